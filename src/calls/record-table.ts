import type { SipScanner } from '../sip/scan.ts';
import { Pool } from './pool.ts';

/** Messages one attempt remembers; the rest is counted as overflow. A fork to three through a proxy has 27. */
export const RECORDS_MAX = 48;
/** Records that lie together in one block: a link for each of them would take as much as what it links. */
export const RECORDS_PER_BLOCK = 3;

/** `what`: the method in four bits, the status above it, then the direction. */
const STATUS_SHIFT = 4;
const STATUS_BITS = 0x3ff;
const REVERSED = 1 << 15;

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
 * chained newest first; within a block in order of arrival. 16 1/3 bytes a record. The number of a record is that of its
 * block times `RECORDS_PER_BLOCK`, and its place there; 0 is none.
 */
export class RecordTable {
  /** Of blocks. */
  readonly pool: Pool;
  /** Hash of what makes the message itself: branch, CSeq, method, status, To-tag. */
  readonly signature: Int32Array;
  /** Tenths of a millisecond from the attempt's start. */
  readonly at: Int32Array;
  /** How often it was seen again, at most 255. */
  readonly repeats: Uint8Array;
  /** Which capture agent saw it, folded to a byte. */
  readonly tap: Uint8Array;
  /** Number of Via headers, at most 255. */
  readonly vias: Uint8Array;
  readonly #what: Uint16Array;
  readonly #route: Uint16Array;

  /** `capacity`: blocks. */
  constructor(capacity: number) {
    const size = (capacity + 1) * RECORDS_PER_BLOCK;
    this.pool = new Pool(capacity);
    this.signature = new Int32Array(size);
    this.at = new Int32Array(size);
    this.repeats = new Uint8Array(size);
    this.tap = new Uint8Array(size);
    this.#what = new Uint16Array(size);
    this.#route = new Uint16Array(size);
    this.vias = new Uint8Array(size);
  }

  /** The record with this signature among the `count` of the chain; 0 when it is new. */
  find(head: number, count: number, signature: number): number {
    let left = count;
    for (let block = head; block !== 0; block = this.pool.next[block] as number) {
      const first = block * RECORDS_PER_BLOCK;
      const filled = ((left - 1) % RECORDS_PER_BLOCK) + 1;
      for (let r = first; r < first + filled; r++) if (this.signature[r] === signature) return r;
      left -= filled;
    }
    return 0;
  }

  /** The `count` records of the chain, in order of arrival. */
  list(head: number, count: number): readonly number[] {
    const newestFirst: number[] = [];
    let left = count;
    for (let block = head; block !== 0; block = this.pool.next[block] as number) {
      const first = block * RECORDS_PER_BLOCK;
      const filled = ((left - 1) % RECORDS_PER_BLOCK) + 1;
      for (let r = first + filled - 1; r >= first; r--) newestFirst.push(r);
      left -= filled;
    }
    return newestFirst.reverse();
  }

  /** Room for one more record behind the `count` of the chain; 0 when there is none. Its block is the chain's head. */
  take(head: number, count: number): number {
    const place = count % RECORDS_PER_BLOCK;
    if (place !== 0) return head * RECORDS_PER_BLOCK + place;
    const block = this.pool.take();
    this.pool.next[block] = block === 0 ? 0 : head;
    return block * RECORDS_PER_BLOCK;
  }

  /** Parts of a message, as in `Remembered`: one by one, since an object for each message would be garbage. */
  write(r: number, method: number, status: number, reversed: boolean, route: number): void {
    this.#what[r] = method | ((status & STATUS_BITS) << STATUS_SHIFT) | (reversed ? REVERSED : 0);
    this.#route[r] = route;
    this.repeats[r] = 0;
  }

  /** What was written. */
  read(r: number): Remembered {
    const what = this.#what[r] as number;
    return {
      method: what & ((1 << STATUS_SHIFT) - 1),
      status: (what >> STATUS_SHIFT) & STATUS_BITS,
      route: this.#route[r] as number,
      reversed: (what & REVERSED) !== 0,
    };
  }
}
