import { lowerCase } from './bytes.ts';
import { HEADER_TABLE, TO_ROW } from './imports.ts';
import {
  COMPACT,
  HASH_FACTOR,
  HASH_SHIFT,
  ROW,
  ROW_LENGTH,
  ROW_MASK,
  ROW_NEXT,
  ROWS,
} from './layout.ts';

const TAB = 0x09;
const SPACE = 0x20;
const COLON = 0x3a;
const LETTERS: u32 = 128;
const LOWER_CASE = 0x20202020;
/** `to`, the only name of two letters. */
const TO_NAME = 0x6f74;
const FACTOR: u32 = HASH_FACTOR as u32;

/**
 * Row of the header whose line is [start, end), or 0 when it is not kept. Four bytes in lower case pick the candidates, then
 * the whole name is compared.
 */
export function headerAt(start: usize, end: usize): usize {
  if (end - start < 2) return 0;
  if (endsName(load<u8>(start + 1))) {
    const letter: u32 = load<u8>(start) | SPACE;
    return letter < LETTERS ? rowOf(load<u8>(HEADER_TABLE + COMPACT + letter)) : 0;
  }
  const key: u32 = load<u32>(start) | LOWER_CASE;
  if ((key & 0xffff) === TO_NAME && start + 2 < end && endsName(load<u8>(start + 2))) {
    return rowOf(TO_ROW);
  }
  let row = rowOf(load<u8>(HEADER_TABLE + ((key * FACTOR) >>> HASH_SHIFT)));
  while (row !== 0 && !nameMatches(row, start, end)) row = rowOf(load<i32>(row + ROW_NEXT));
  return row;
}

/** Whole name, case-insensitive, followed by a colon or by white space before one (RFC 3261 §7.3.1). */
function nameMatches(row: usize, start: usize, end: usize): bool {
  const length = load<usize>(row + ROW_LENGTH);
  if (start + length >= end || !endsName(load<u8>(start + length))) return false;
  const first = differences(row, start);
  return !v128.any_true(length > 16 ? v128.or(first, differences(row + 16, start + 16)) : first);
}

function differences(name: usize, text: usize): v128 {
  const all = v128.xor(lowerCase(v128.load(text)), v128.load(name));
  return v128.and(all, v128.load(name + ROW_MASK));
}

function endsName(byte: i32): bool {
  return byte === COLON || byte === SPACE || byte === TAB;
}

function rowOf(index: i32): usize {
  return index === 0 ? 0 : HEADER_TABLE + ROWS + (index as usize) * ROW;
}
