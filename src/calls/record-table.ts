import { Pool } from './pool.ts';

/** Messages one attempt remembers; the rest is counted as overflow. A fork to three through a proxy has 27. */
export const RECORDS_MAX = 48;

/**
 * What an attempt remembers of its messages, chained in order of arrival: enough to tell a repeat from news, and to
 * draw the ladder. 24 bytes each.
 */
export class RecordTable {
  readonly pool: Pool;
  /** Hash of what makes the message itself: branch, CSeq, method, status, To-tag. */
  readonly signature: Int32Array;
  /** Tenths of a millisecond from the attempt's start. */
  readonly at: Int32Array;
  /** Method in the low byte, status above it. */
  readonly what: Int32Array;
  readonly source: Uint16Array;
  readonly target: Uint16Array;
  /** How often it was seen again. */
  readonly repeats: Uint16Array;
  readonly vias: Uint8Array;
  readonly tap: Uint16Array;

  constructor(capacity: number) {
    const size = capacity + 1;
    this.pool = new Pool(capacity);
    this.signature = new Int32Array(size);
    this.at = new Int32Array(size);
    this.what = new Int32Array(size);
    this.source = new Uint16Array(size);
    this.target = new Uint16Array(size);
    this.repeats = new Uint16Array(size);
    this.vias = new Uint8Array(size);
    this.tap = new Uint16Array(size);
  }

  /** The record with this signature; 0 when it is new. */
  find(head: number, signature: number): number {
    for (let r = head; r !== 0; r = this.pool.next[r] as number) {
      if (this.signature[r] === signature) return r;
    }
    return 0;
  }
}
