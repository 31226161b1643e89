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

export interface TextItem {
  readonly kind: number;
  readonly meta: number;
  readonly at: number;
  readonly branch: number;
  readonly text: string;
}

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
  readonly #scratch = Buffer.alloc(CHUNKS_MAX * CHUNK);
  readonly #scratchView = new DataView(this.#scratch.buffer, this.#scratch.byteOffset);

  constructor(capacity: number) {
    this.pool = new Pool(capacity);
    this.#fill = new Uint8Array(capacity + 1);
    this.#bytes = Buffer.from(new ArrayBuffer((capacity + 1) * CHUNK));
    this.#view = new DataView(this.#bytes.buffer);
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
      const item = this.#item(p);
      items.push(item);
      p += (HEADERS[item.kind] as number) + this.#scratchView.getUint8(p + 1);
    }
    return items;
  }

  #item(p: number): TextItem {
    const view = this.#scratchView;
    const kind = view.getUint8(p);
    const start = p + (HEADERS[kind] as number);
    const text = this.#scratch.toString(encodingOf(kind), start, start + view.getUint8(p + 1));
    if (kind === TEXT.PHRASE) return { kind, meta: view.getUint16(p + 2), at: 0, branch: 0, text };
    if (kind !== TEXT.REASON) return { kind, meta: 0, at: 0, branch: 0, text };
    const [branch, meta, at] = [view.getInt16(p + 2), view.getInt32(p + 4), view.getInt32(p + 8)];
    return { kind, meta, at, branch, text };
  }
}

/** Copies four bytes at a time. */
function copy(from: DataView, start: number, to: DataView, at: number, length: number): void {
  let i = 0;
  for (; i + 4 <= length; i += 4) to.setInt32(at + i, from.getInt32(start + i, true), true);
  for (; i < length; i++) to.setUint8(at + i, from.getUint8(start + i));
}

/** Reason texts and phrases are UTF-8 (RFC 3261 §25.1); the key is kept byte by byte. */
function encodingOf(kind: number): 'utf8' | 'latin1' {
  return kind === TEXT.REASON || kind === TEXT.PHRASE ? 'utf8' : 'latin1';
}
