import { Pool } from './pool.ts';
import { Rows } from './rows.ts';

/** Most INVITE transactions one attempt keeps; more are counted as overflow. */
export const BRANCHES_MAX = 32;
/** Slots reserved per attempt: what a call through one proxy needs, with room. */
export const BRANCHES_PER_ATTEMPT = 3;

/**
 * A Via count that no INVITE has: a branch known only from its CANCEL, which carries a single Via at every hop. Whose
 * it is turns out when an INVITE or a response of that branch is seen.
 */
export const VIAS_UNKNOWN = 254;

export const BRANCH_FLAG = {
  /** The caller's or a proxy's CANCEL was seen on it. */
  CANCELLED: 1,
  /** An INVITE was seen on it (a branch may be known from its response first). */
  INVITED: 2,
  /** The address of who sent the INVITE is known. */
  FROM_KNOWN: 4,
  /** The CANCEL itself was seen, and not only its 200. */
  CANCEL_SEEN: 8,
  /** The ACK of its refusal was seen before anything else. */
  ACK_SEEN: 16,
  /** An ACK came on it: of its refusal, or, from an older peer, of its 2xx (RFC 2543 knew no other branch). */
  ACKED: 32,
} as const;

const WORDS = 9;
/** A word of both peers, and one of the status and the flags above it, the provisional status, the Vias. */
const PEERS = 7;
const STATE = 8;
/** Of 16 bits, a status takes ten (RFC 3261 §7.2). */
const STATUS_BITS = 10;
const STATUS_MASK = (1 << STATUS_BITS) - 1;
/** A provisional status is kept in a byte, from 1 on; 0 is none. */
const PROVISIONAL_BASE = 99;

/**
 * INVITE transactions (RFC 3261 §17), chained per attempt. Times are tenths of a millisecond from the attempt's
 * start; `FOREVER` means "not yet".
 */
export class BranchTable {
  readonly pool: Pool;
  readonly hash: Int32Array;
  readonly cseq: Int32Array;
  readonly sentBy: Int32Array;
  readonly toTag: Int32Array;
  readonly startedAt: Int32Array;
  readonly endedAt: Int32Array;
  readonly #halves: Uint16Array;
  readonly #state: Uint16Array;
  readonly #bytes: Uint8Array;

  constructor(capacity: number) {
    const rows = new Rows(capacity, WORDS);
    this.pool = new Pool(capacity, rows.words(0), WORDS);
    this.hash = rows.words(1);
    this.cseq = rows.words(2);
    this.sentBy = rows.words(3);
    this.toTag = rows.words(4);
    this.startedAt = rows.words(5);
    this.endedAt = rows.words(6);
    this.#halves = rows.halves(PEERS);
    this.#state = rows.halves(STATE);
    this.#bytes = rows.bytes(STATE);
  }

  /** Index of the peer that the INVITE came from. */
  source(b: number): number {
    return this.#halves[2 * b] as number;
  }

  /** Index of the peer that it went to. */
  target(b: number): number {
    return this.#halves[2 * b + 1] as number;
  }

  setPeers(b: number, source: number, target: number): void {
    this.#halves[2 * b] = source;
    this.#halves[2 * b + 1] = target;
  }

  /** Of the final response; 0: there was none. */
  status(b: number): number {
    return (this.#state[2 * b] as number) & STATUS_MASK;
  }

  setStatus(b: number, status: number): void {
    const flags = (this.#state[2 * b] as number) & ~STATUS_MASK;
    this.#state[2 * b] = flags | (status & STATUS_MASK);
  }

  /** `flag`: of `BRANCH_FLAG`. */
  has(b: number, flag: number): boolean {
    return (((this.#state[2 * b] as number) >> STATUS_BITS) & flag) !== 0;
  }

  raise(b: number, flags: number): void {
    this.#state[2 * b] = (this.#state[2 * b] as number) | (flags << STATUS_BITS);
  }

  /** The highest status of the provisional responses; 0: there was none. */
  provisional(b: number): number {
    const kept = this.#bytes[4 * b + 2] as number;
    return kept === 0 ? 0 : kept + PROVISIONAL_BASE;
  }

  /** A response with a status from 100 to 199. */
  progressed(b: number, status: number): void {
    const kept = status - PROVISIONAL_BASE;
    if (kept > (this.#bytes[4 * b + 2] as number)) this.#bytes[4 * b + 2] = kept;
  }

  /** Number of Via headers of its INVITE, at most 255. */
  vias(b: number): number {
    return this.#bytes[4 * b + 3] as number;
  }

  setVias(b: number, vias: number): void {
    this.#bytes[4 * b + 3] = Math.min(vias, 255);
  }

  /** After a reload the same peers have other indices. */
  renumberPeers(indices: Uint16Array): void {
    for (let b = WORDS; b <= this.pool.fresh; b += WORDS) {
      this.setPeers(b, indices[this.source(b)] as number, indices[this.target(b)] as number);
    }
  }

  /**
   * Whether an attempt that has `count` may have one more. When few are left, they are for calls that have none: one
   * with many must not leave the others unjudged.
   */
  hasRoom(count: number): boolean {
    const { used, capacity } = this.pool;
    const scarce = used * 4 > capacity * 3;
    return count < (scarce ? BRANCHES_PER_ATTEMPT : BRANCHES_MAX);
  }

  /** An empty branch, or 0 when the pool is full. */
  open(hash: number, cseq: number, vias: number, startedAt: number): number {
    const b = this.pool.take();
    if (b === 0) return 0;
    this.hash[b] = hash;
    this.cseq[b] = cseq;
    this.sentBy[b] = 0;
    this.toTag[b] = 0;
    this.startedAt[b] = startedAt;
    this.endedAt[b] = 0;
    this.setPeers(b, 0, 0);
    this.#state[2 * b] = 0;
    this.#bytes[4 * b + 2] = 0;
    this.setVias(b, vias);
    return b;
  }

  /** Whether an INVITE of the chain was sent by this sent-by (a hash). */
  sentByAny(head: number, sentBy: number): boolean {
    let b = head;
    while (b !== 0 && this.sentBy[b] !== sentBy) b = this.pool.next[b] as number;
    return b !== 0;
  }

  /** The branch of the chain with this hash and CSeq; 0 when it is not there. */
  find(head: number, hash: number, cseq: number): number {
    for (let b = head; b !== 0; b = this.pool.next[b] as number) {
      if (this.hash[b] === hash && this.cseq[b] === cseq) return b;
    }
    return 0;
  }
}
