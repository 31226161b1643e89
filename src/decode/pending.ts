import type { Stream } from './stream.ts';

/** The longest message of a stream, bytes; see `SLAB_MESSAGE_MAX`. */
export const STREAM_MESSAGE_MAX = 65_536;
/** Bytes reserved for unfinished messages in all streams together. */
export const PENDING_TOTAL_MAX = 67_108_864;
const PENDING_FIRST = 2048;
/** An unfinished message and one more segment behind it. */
const PENDING_MAX = 2 * STREAM_MESSAGE_MAX;

export const KEPT = { OK: 0, TOO_LONG: 1, NO_ROOM: 2 } as const;

/** Keeps what is unfinished in each stream, within one bound for all of them. */
export class PendingBytes {
  /** Bytes reserved. */
  reserved = 0;

  /** Adds bytes to what the stream holds. Other than `OK`, nothing is kept. */
  add(stream: Stream, bytes: Buffer, start: number, end: number): number {
    if (start === end) return KEPT.OK;
    const needed = stream.pendingLength + end - start;
    if (needed > PENDING_MAX) return KEPT.TOO_LONG;
    const pending = this.#reserve(stream, needed);
    if (pending === null) return KEPT.NO_ROOM;
    bytes.copy(pending, stream.pendingLength, start, end);
    stream.pendingLength = needed;
    return KEPT.OK;
  }

  /** The first bytes are used. */
  shift(stream: Stream, used: number): void {
    if (stream.pendingLength === 0) return;
    // Most streams are idle most of the time, and there may be many.
    if (used === stream.pendingLength) {
      this.drop(stream);
      return;
    }
    stream.pending?.copyWithin(0, used, stream.pendingLength);
    stream.pendingLength -= used;
  }

  drop(stream: Stream): void {
    this.reserved -= stream.pending?.length ?? 0;
    stream.pendingLength = 0;
    stream.pending = null;
  }

  /** Room for so many bytes, what is there already included; null: others have all there is. */
  #reserve(stream: Stream, needed: number): Buffer | null {
    const { pending } = stream;
    const before = pending?.length ?? 0;
    if (pending !== null && before >= needed) return pending;
    const size = Math.max(PENDING_FIRST, 2 ** Math.ceil(Math.log2(needed)));
    if (this.reserved + size - before > PENDING_TOTAL_MAX) return null;
    const larger = Buffer.allocUnsafeSlow(size);
    pending?.copy(larger, 0, 0, stream.pendingLength);
    stream.pending = larger;
    this.reserved += size - before;
    return larger;
  }
}
