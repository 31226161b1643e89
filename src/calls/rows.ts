/**
 * What is looked at together lies together, in rows of words, and a row's number is that of its first word: a column is
 * the same array begun at its own word, and `column[row]` needs no arithmetic.
 *
 * Of an attempt, what every message looks at is a row of sixteen words, a cache line. What is looked at less, or walked
 * through as a whole, is a column of its own, by slot: 1, 2, 3, …
 */
const WORDS_SHIFT = 4;
export const ROW_WORDS = 1 << WORDS_SHIFT;
/**
 * An array as large as these tables is a mapping of its own, and begins behind malloc's 16 bytes: with these before the
 * first row, no row of an attempt lies across two cache lines. Where that is not so, nothing but speed depends on it.
 */
const LEAD = 64 - 16;

/** Slot of the attempt with this number. */
export function slotOf(a: number): number {
  return a >>> WORDS_SHIFT;
}

/** Number of the attempt in this slot. */
export function numberOf(slot: number): number {
  return slot << WORDS_SHIFT;
}

/** Rows 0…capacity of so many words. */
export class Rows {
  readonly #buffer: ArrayBuffer;

  constructor(capacity: number, words: number) {
    this.#buffer = new ArrayBuffer(LEAD + 4 * words * (capacity + 1));
  }

  /** Index it with the row's number. */
  words(first: number): Int32Array<ArrayBuffer> {
    return new Int32Array(this.#buffer, LEAD + 4 * first);
  }

  /** Half words behind the first half of this word; index it with twice the row's number. */
  halves(first: number): Uint16Array {
    return new Uint16Array(this.#buffer, LEAD + 4 * first);
  }

  /** Bytes behind the first byte of this word; index it with four times the row's number. */
  bytes(first: number): Uint8Array {
    return new Uint8Array(this.#buffer, LEAD + 4 * first);
  }
}
