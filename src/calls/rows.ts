/**
 * What every message of an attempt looks at lies together in one row of sixteen words, a cache line, and an attempt's
 * number is that of the row's first word: a column is the same array begun at its own word, and `column[a]` needs no
 * arithmetic. What is looked at less, or walked through as a whole, is a column of its own, by slot: 1, 2, 3, …
 */
const WORDS_SHIFT = 4;
export const ROW_WORDS = 1 << WORDS_SHIFT;
/**
 * An array as large as these tables is a mapping of its own, and begins behind malloc's 16 bytes: with these before the
 * first row, no row lies across two cache lines. Where that is not so, nothing but speed depends on it.
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

/** The columns of rows for slots 0…capacity, one for each word. */
export function rowColumns(capacity: number): (word: number) => Int32Array {
  const words = (capacity + 1) * ROW_WORDS;
  const buffer = new ArrayBuffer(LEAD + 4 * words);
  return (word) => new Int32Array(buffer, LEAD + 4 * word, words - word);
}
