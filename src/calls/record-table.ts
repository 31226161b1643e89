import type { SipScanner } from '../sip/scan.ts';
import { Pool } from './pool.ts';
import { Rows } from './rows.ts';

/** Messages one attempt remembers; the rest is counted as overflow. A fork to three through a proxy has 27. */
export const RECORDS_MAX = 48;
/** Records that lie together in one block: a link for each of them would take as much as what it links. */
const RECORDS_PER_BLOCK = 3;
/** A block: its link, three words of each record, column by column, and four half words for routes and Vias. */
const WORDS = 12;
const SIGNATURE = 1;
const AT = 4;
const WHAT = 7;
const ROUTE = 10;

/** `what`: the method in four bits, the status above it, the direction, how often it was seen again, the tap. */
const STATUS_SHIFT = 4;
const STATUS_BITS = 0x3ff;
const REVERSED = 1 << 14;
const REPEATS_SHIFT = 15;
const REPEATS_MAX = 0xff;
const TAP_SHIFT = 23;
const TAP_BITS = 0xff;
/** The Vias of three records share a half word. */
const VIAS_WIDTH = 5;
export const VIAS_MAX = (1 << VIAS_WIDTH) - 1;

/** What a record says of its message. */
export interface Remembered {
  readonly method: number;
  readonly status: number;
  /** Number of the two endpoints, and whether it went from the one with the larger number to the other. */
  readonly route: number;
  readonly reversed: boolean;
}

/**
 * Hash of what makes a message itself; `branch` and `toTag` are hashes of theirs. Its upper bits are the mixed ones.
 */
export function signatureOf(message: SipScanner, branch: number, toTag: number): number {
  // A 183 with SDP is news after one without.
  const body = message.bodyEnd > message.bodyStart ? 1 << 20 : 0;
  const what = message.method | (message.status << 8) | body;
  const first = Math.imul(branch ^ Math.imul(toTag, 31), 0x9e3779b1 | 0);
  return Math.imul(first ^ what ^ Math.imul(message.cseq, 0x85ebca6b), 0xc2b2ae35 | 0);
}

/**
 * What an attempt remembers of its messages: enough to tell a repeat from news, and to draw the ladder. Blocks of three,
 * chained newest first; within a block in order of arrival. 16 bytes a record. The number of a record is that of its
 * block and its place there; 0 is none.
 */
export class RecordTable {
  /** Of blocks. */
  readonly pool: Pool;
  /** Hash of what makes the message itself: branch, CSeq, method, status, To-tag. */
  readonly signature: Int32Array;
  /** Tenths of a millisecond from the attempt's start. */
  readonly at: Int32Array;
  readonly #what: Int32Array;
  /** Of the record in the first place of a block: the others', and their Vias, are behind it. */
  readonly #route: Uint16Array;

  /** `capacity`: blocks. */
  constructor(capacity: number) {
    const rows = new Rows(capacity, WORDS);
    this.pool = new Pool(capacity, rows.words(0), WORDS);
    this.signature = rows.words(SIGNATURE);
    this.at = rows.words(AT);
    this.#what = rows.words(WHAT);
    this.#route = rows.halves(ROUTE);
  }

  /** The record with this signature among the `count` of the chain; 0 when it is new. */
  find(head: number, count: number, signature: number): number {
    let left = count;
    for (let block = head; block !== 0; block = this.pool.next[block] as number) {
      const filled = ((left - 1) % RECORDS_PER_BLOCK) + 1;
      for (let r = block; r < block + filled; r++) if (this.signature[r] === signature) return r;
      left -= filled;
    }
    return 0;
  }

  /** The `count` records of the chain, in order of arrival. */
  list(head: number, count: number): readonly number[] {
    const newestFirst: number[] = [];
    let left = count;
    for (let block = head; block !== 0; block = this.pool.next[block] as number) {
      const filled = ((left - 1) % RECORDS_PER_BLOCK) + 1;
      for (let r = block + filled - 1; r >= block; r--) newestFirst.push(r);
      left -= filled;
    }
    return newestFirst.reverse();
  }

  /** Room for one more record behind the `count` of the chain; 0 when there is none. Its block is the chain's head. */
  take(head: number, count: number): number {
    const place = count % RECORDS_PER_BLOCK;
    if (place !== 0) return head + place;
    const block = this.pool.take();
    if (block !== 0) this.pool.next[block] = head;
    return block;
  }

  /** Number of the block of a record. */
  blockOf(r: number): number {
    return r - placeOf(r);
  }

  /**
   * Parts of a message, as in `Remembered`: one by one, since an object for each message would be garbage. `tap`: which
   * capture agent saw it, folded to a byte; `vias`: of its Via headers `VIAS_MAX` at most are told apart.
   */
  write(
    r: number,
    method: number,
    status: number,
    reversed: boolean,
    route: number,
    tap: number,
    vias: number,
  ): void {
    const direction = reversed ? REVERSED : 0;
    const what = method | ((status & STATUS_BITS) << STATUS_SHIFT) | direction;
    this.#what[r] = what | ((tap & TAP_BITS) << TAP_SHIFT);
    const routes = this.#route;
    const place = placeOf(r);
    const first = 2 * (r - place);
    routes[first + place] = route;
    const packed = first + RECORDS_PER_BLOCK;
    const kept = Math.min(vias, VIAS_MAX) << (VIAS_WIDTH * place);
    routes[packed] = place === 0 ? kept : (routes[packed] as number) | kept;
  }

  /** What was written. */
  read(r: number): Remembered {
    const what = this.#what[r] as number;
    return {
      method: what & ((1 << STATUS_SHIFT) - 1),
      status: (what >> STATUS_SHIFT) & STATUS_BITS,
      route: this.#route[2 * r - placeOf(r)] as number,
      reversed: (what & REVERSED) !== 0,
    };
  }

  tap(r: number): number {
    return ((this.#what[r] as number) >>> TAP_SHIFT) & TAP_BITS;
  }

  vias(r: number): number {
    const place = placeOf(r);
    const packed = this.#route[2 * (r - place) + RECORDS_PER_BLOCK] as number;
    return (packed >> (VIAS_WIDTH * place)) & VIAS_MAX;
  }

  /** How often it was seen again, at most 255. */
  repeats(r: number): number {
    return ((this.#what[r] as number) >>> REPEATS_SHIFT) & REPEATS_MAX;
  }

  repeated(r: number): void {
    if (this.repeats(r) === REPEATS_MAX) return;
    this.#what[r] = (this.#what[r] as number) + (1 << REPEATS_SHIFT);
  }
}

function placeOf(r: number): number {
  return r % WORDS;
}
