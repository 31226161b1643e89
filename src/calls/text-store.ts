import { copy } from '../lib/copy.ts';
import { SLAB_VIEW } from '../lib/slab.ts';
import { Pool } from './pool.ts';

const VIEW = SLAB_VIEW;

/** Bytes of one chunk that hold text: Call-ID, From-tag and both numbers of a call fill two. */
export const CHUNK = 48;
/** Chunks one attempt may chain: 20 × 48 bytes. What does not fit is left out and counted as overflow. */
export const CHUNKS_MAX = 20;
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

/** Texts of Reasons and phrases that are remembered, each in the place that its hash names: a power of two. */
const TEXTS_REMEMBERED = 1024;
const CHUNK_WORDS = CHUNK / 4;

/** Kind and length; what else an item has depends on its kind. */
const HEADER = 2;
/** By kind: bytes of the header. A phrase has its status (2); a Reason its branch (2), meta (4) and time (4). */
const HEADERS = Uint8Array.from({ length: 8 }, (_, kind) => {
  if (kind === TEXT.REASON) return HEADER + 10;
  return kind === TEXT.PHRASE ? HEADER + 2 : HEADER;
});

/**
 * Text of calls in progress: chunks of a fixed pool, chained per attempt, appended only. An item is its header, then its
 * bytes. Index 0 is "no chunk".
 */
export class TextStore {
  readonly pool: Pool;
  readonly #fill: Uint8Array;
  readonly #bytes: Buffer;
  readonly #view: DataView;
  /** The same bytes, for whole chunks. */
  readonly #words: Int32Array;
  readonly #scratch = Buffer.from(new ArrayBuffer(CHUNKS_MAX * CHUNK));
  readonly #scratchView = new DataView(this.#scratch.buffer);
  readonly #scratchWords = new Int32Array(this.#scratch.buffer);
  /** The chain that is brought up: where each item begins, the last one of each kind, and all as one text. */
  readonly #starts = new Int16Array((CHUNKS_MAX * CHUNK) / HEADER);
  readonly #last = new Int16Array(HEADERS.length);
  #whole = '';
  readonly #remembered = new Array<string>(TEXTS_REMEMBERED).fill('');

  constructor(capacity: number) {
    this.pool = new Pool(capacity);
    this.#fill = new Uint8Array(capacity + 1);
    this.#bytes = Buffer.from(new ArrayBuffer((capacity + 1) * CHUNK));
    this.#view = new DataView(this.#bytes.buffer);
    this.#words = new Int32Array(this.#bytes.buffer);
  }

  /** A new chain of one chunk; 0 when the pool is empty. */
  open(): number {
    const chunk = this.pool.take();
    this.#fill[chunk] = 0;
    return chunk;
  }

  /**
   * Appends slab bytes [start, end) as one item. Text over `TEXT_ITEM_MAX` is cut. `branch` and `at` are kept of a
   * Reason, `meta` of a Reason and a phrase (there it is below 65,536). Returns false when the chain or the pool is full:
   * then nothing is written.
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
    if (kind === TEXT.PHRASE) view.setUint16(2, meta);
    else if (kind === TEXT.REASON) {
      view.setInt16(2, branch);
      view.setInt32(4, meta);
      view.setInt32(8, at);
    }
    const header = HEADERS[kind] as number;
    // Not by `Buffer.copy`, here and below: of a part it allocates a view.
    copy(VIEW, start, view, header, length);
    return this.#write(head, header + length);
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
      copy(this.#scratchView, done, this.#view, target, part);
      this.#fill[tail] = fill + part;
      done += part;
      if (done === total) return true;
      const next = this.open();
      this.pool.next[tail] = next;
      tail = next;
    }
  }

  /** Compares the first item of the chain, a Call-ID, with slab bytes [start, end); longer text up to the bound. */
  equals(head: number, start: number, end: number): boolean {
    const view = this.#view;
    const length = view.getUint8(head * CHUNK + 1);
    if (length !== Math.min(end - start, TEXT_ITEM_MAX)) return false;
    let chunk = head;
    let offset = HEADER;
    for (let p = start, left = length; left > 0; ) {
      const run = Math.min(left, CHUNK - offset);
      const base = chunk * CHUNK + offset;
      let i = 0;
      for (; i + 4 <= run; i += 4)
        if (view.getInt32(base + i, true) !== VIEW.getInt32(p + i, true)) return false;
      for (; i < run; i++) if (view.getUint8(base + i) !== VIEW.getUint8(p + i)) return false;
      p += run;
      left -= run;
      chunk = this.pool.next[chunk] as number;
      offset = 0;
    }
    return true;
  }

  /**
   * Brings up the items of a chain, in order of arrival, and returns how many there are: below they go by their number
   * until the next chain is brought up. Done once per attempt, when it ends.
   */
  load(head: number): number {
    const { next } = this.pool;
    const words = this.#words;
    const scratch = this.#scratchWords;
    const view = this.#scratchView;
    this.#last.fill(-1);
    let count = 0;
    let length = 0;
    let start = 0;
    for (let chunk = head; chunk !== 0; chunk = next[chunk] as number) {
      // Items lie end to end: only the last chunk is not full, and what is brought up behind its end is not looked at.
      const from = chunk * CHUNK_WORDS;
      const to = length >> 2;
      for (let i = 0; i < CHUNK_WORDS; i++) scratch[to + i] = words[from + i] as number;
      length += this.#fill[chunk] as number;
    }
    while (start < length) {
      const kind = view.getUint8(start);
      this.#starts[count] = start;
      this.#last[kind] = count++;
      start += (HEADERS[kind] as number) + view.getUint8(start + 1);
    }
    this.#whole = length === 0 ? '' : this.#scratch.toString('latin1', 0, length);
    return count;
  }

  /** The last item of this kind; -1 when there is none. */
  last(kind: number): number {
    return this.#last[kind] as number;
  }

  kindOf(item: number): number {
    return this.#scratchView.getUint8(this.#starts[item] as number);
  }

  /** Branch, meta and time of a Reason. */
  branchOf(item: number): number {
    return this.#scratchView.getInt16((this.#starts[item] as number) + 2);
  }

  metaOf(item: number): number {
    return this.#scratchView.getInt32((this.#starts[item] as number) + 4);
  }

  timeOf(item: number): number {
    return this.#scratchView.getInt32((this.#starts[item] as number) + 8);
  }

  /** Status of a phrase. */
  statusOf(item: number): number {
    return this.#scratchView.getUint16((this.#starts[item] as number) + 2);
  }

  /** Reason texts and phrases are UTF-8 (RFC 3261 §25.1); the others are kept byte by byte. */
  textOf(item: number): string {
    const at = this.#starts[item] as number;
    const kind = this.#scratchView.getUint8(at);
    const start = at + (HEADERS[kind] as number);
    const end = start + this.#scratchView.getUint8(at + 1);
    if (kind === TEXT.REASON || kind === TEXT.PHRASE) return this.#repeated(start, end);
    // Cut out of one text: a call into the runtime for each would cost more than the text.
    return this.#whole.slice(start, end);
  }

  /** Reasons and phrases are the same few texts again and again: those met last are not made anew. */
  #repeated(start: number, end: number): string {
    const scratch = this.#scratch;
    let hash = end - start;
    let bits = 0;
    for (let i = start; i < end; i++) {
      const byte = scratch[i] as number;
      bits |= byte;
      hash = Math.imul(hash ^ byte, 0x01000193);
    }
    if (bits > 0x7f) return scratch.toString('utf8', start, end);
    const slot = (hash ^ (hash >>> 15)) & (TEXTS_REMEMBERED - 1);
    const known = this.#remembered[slot] as string;
    if (isAt(known, scratch, start, end)) return known;
    const fresh = scratch.toString('latin1', start, end);
    this.#remembered[slot] = fresh;
    return fresh;
  }
}

function isAt(text: string, bytes: Uint8Array, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) !== bytes[start + i]) return false;
  }
  return true;
}
