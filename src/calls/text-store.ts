import { SLAB_VIEW } from '../lib/slab.ts';
import { Pool } from './pool.ts';

const VIEW = SLAB_VIEW;

/** Bytes of one chunk that hold text. */
const CHUNK = 60;
/** Chunks one attempt may chain: 16 × 60 bytes. What does not fit is left out and counted as overflow. */
export const CHUNKS_MAX = 16;
/** Longest item, bytes: its length stands in one byte. */
export const TEXT_ITEM_MAX = 255;

/** What an item of an attempt's text is. */
export const TEXT = {
  CALL_ID: 1,
  FROM_TAG: 2,
  ALT_TAG: 3,
  CALLER: 4,
  CALLEE: 5,
  PHRASE: 6,
  REASON: 7,
} as const;

export interface TextItem {
  readonly kind: number;
  readonly meta: number;
  readonly at: number;
  readonly branch: number;
  readonly text: string;
}

const HEADER = 12;

/**
 * Text of calls in progress: chunks of a fixed pool, chained per attempt, appended only. An item is kind (1), length
 * (1), branch (2), meta (4), time (4), then its bytes. Index 0 is "no chunk".
 */
export class TextStore {
  readonly pool: Pool;
  readonly #fill: Uint8Array;
  readonly #bytes: Buffer;
  readonly #scratch = Buffer.alloc(CHUNKS_MAX * CHUNK);
  readonly #scratchView = new DataView(this.#scratch.buffer, this.#scratch.byteOffset);

  constructor(capacity: number) {
    this.pool = new Pool(capacity);
    this.#fill = new Uint8Array(capacity + 1);
    this.#bytes = Buffer.from(new ArrayBuffer((capacity + 1) * CHUNK));
  }

  /** A new chain of one chunk; 0 when the pool is empty. */
  open(): number {
    const chunk = this.pool.take();
    this.#fill[chunk] = 0;
    return chunk;
  }

  /**
   * Appends slab bytes [start, end) as one item. Text over `TEXT_ITEM_MAX` is cut. Returns false when the chain or the
   * pool is full: then nothing is written.
   */
  append(
    head: number,
    kind: number,
    start: number,
    end: number,
    branch = 0,
    meta = 0,
    at = 0,
  ): boolean {
    const length = Math.min(end - start, TEXT_ITEM_MAX);
    const view = this.#scratchView;
    view.setUint8(0, kind);
    view.setUint8(1, length);
    view.setInt16(2, branch);
    view.setInt32(4, meta);
    view.setInt32(8, at);
    // Byte by byte here and below: `Buffer.copy` of a part allocates a view of it.
    for (let i = 0; i < length; i++) this.#scratch[HEADER + i] = VIEW.getUint8(start + i);
    return this.#write(head, HEADER + length);
  }

  #write(head: number, total: number): boolean {
    let tail = head;
    let chunks = 1;
    for (
      let next = this.pool.next[tail] as number;
      next !== 0;
      next = this.pool.next[tail] as number
    ) {
      tail = next;
      chunks++;
    }
    const room = CHUNK - (this.#fill[tail] as number);
    const more = Math.ceil(Math.max(0, total - room) / CHUNK);
    if (chunks + more > CHUNKS_MAX || this.pool.used + more > this.pool.capacity) return false;
    let done = 0;
    for (;;) {
      const fill = this.#fill[tail] as number;
      const part = Math.min(CHUNK - fill, total - done);
      const target = tail * CHUNK + fill;
      for (let i = 0; i < part; i++) this.#bytes[target + i] = this.#scratch[done + i] as number;
      this.#fill[tail] = fill + part;
      done += part;
      if (done === total) return true;
      const next = this.open();
      this.pool.next[tail] = next;
      tail = next;
    }
  }

  /** Compares the `index`-th item of the chain with slab bytes [start, end); longer text compares up to the bound. */
  equals(head: number, index: number, start: number, end: number): boolean {
    let chunk = head;
    let offset = 0;
    for (let i = 0; i < index; i++) {
      offset += HEADER + this.#byteAfter(chunk, offset + 1);
      while (offset >= CHUNK) {
        chunk = this.pool.next[chunk] as number;
        offset -= CHUNK;
      }
    }
    const length = this.#byteAfter(chunk, offset + 1);
    if (length !== Math.min(end - start, TEXT_ITEM_MAX)) return false;
    offset += HEADER;
    for (let p = start; p < start + length; p++, offset++) {
      if (offset >= CHUNK) {
        chunk = this.pool.next[chunk] as number;
        offset -= CHUNK;
      }
      if (this.#byte(chunk, offset) !== VIEW.getUint8(p)) return false;
    }
    return true;
  }

  /** All items in order of arrival. Made once per attempt, when it ends. */
  items(head: number): TextItem[] {
    let length = 0;
    for (let chunk = head; chunk !== 0; chunk = this.pool.next[chunk] as number) {
      const fill = this.#fill[chunk] as number;
      this.#bytes.copy(this.#scratch, length, chunk * CHUNK, chunk * CHUNK + fill);
      length += fill;
    }
    const items: TextItem[] = [];
    for (let p = 0; p < length; ) {
      const size = this.#scratchView.getUint8(p + 1);
      const kind = this.#scratchView.getUint8(p);
      items.push({
        kind,
        branch: this.#scratchView.getInt16(p + 2),
        meta: this.#scratchView.getInt32(p + 4),
        at: this.#scratchView.getInt32(p + 8),
        text: this.#scratch.toString(encodingOf(kind), p + HEADER, p + HEADER + size),
      });
      p += HEADER + size;
    }
    return items;
  }

  #byte(chunk: number, offset: number): number {
    return this.#bytes[chunk * CHUNK + offset] as number;
  }

  #byteAfter(chunk: number, offset: number): number {
    return offset < CHUNK
      ? this.#byte(chunk, offset)
      : this.#byte(this.pool.next[chunk] as number, offset - CHUNK);
  }
}

/** Reason texts and phrases are UTF-8 (RFC 3261 §25.1); the key is kept byte by byte. */
function encodingOf(kind: number): 'utf8' | 'latin1' {
  return kind === TEXT.REASON || kind === TEXT.PHRASE ? 'utf8' : 'latin1';
}
