import { Pool } from './pool.ts';

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
} as const;

/**
 * INVITE transactions (RFC 3261 §17), chained per attempt. Times are tenths of a millisecond from the attempt's
 * start; `FOREVER` means "not yet".
 */
export class BranchTable {
  readonly pool: Pool;
  readonly hash: Int32Array;
  readonly cseq: Int32Array;
  readonly vias: Uint8Array;
  readonly flags: Uint8Array;
  readonly status: Uint16Array;
  readonly provisional: Uint16Array;
  readonly source: Uint16Array;
  readonly target: Uint16Array;
  readonly sentBy: Int32Array;
  readonly toTag: Int32Array;
  readonly startedAt: Int32Array;
  readonly endedAt: Int32Array;

  constructor(capacity: number) {
    const size = capacity + 1;
    this.pool = new Pool(capacity);
    this.hash = new Int32Array(size);
    this.cseq = new Int32Array(size);
    this.vias = new Uint8Array(size);
    this.flags = new Uint8Array(size);
    this.status = new Uint16Array(size);
    this.provisional = new Uint16Array(size);
    this.source = new Uint16Array(size);
    this.target = new Uint16Array(size);
    this.sentBy = new Int32Array(size);
    this.toTag = new Int32Array(size);
    this.startedAt = new Int32Array(size);
    this.endedAt = new Int32Array(size);
  }

  /** After a reload the same peers have other indices. */
  renumberPeers(indices: Uint16Array): void {
    for (let b = 1; b <= this.pool.fresh; b++) {
      this.source[b] = indices[this.source[b] as number] as number;
      this.target[b] = indices[this.target[b] as number] as number;
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
    this.vias[b] = Math.min(vias, 255);
    this.flags[b] = 0;
    this.status[b] = 0;
    this.provisional[b] = 0;
    this.source[b] = 0;
    this.target[b] = 0;
    this.sentBy[b] = 0;
    this.toTag[b] = 0;
    this.startedAt[b] = startedAt;
    this.endedAt[b] = 0;
    return b;
  }

  /** The branch of the chain with this hash and CSeq; 0 when it is not there. */
  find(head: number, hash: number, cseq: number): number {
    for (let b = head; b !== 0; b = this.pool.next[b] as number) {
      if (this.hash[b] === hash && this.cseq[b] === cseq) return b;
    }
    return 0;
  }
}
