import { RESULT } from './imports.ts';
import { FIELDS } from './layout.ts';

/** A number of the result, see `layout.ts`. */
export function set(word: usize, value: i32): void {
  store<i32>(RESULT + (word << 2), value);
}

export function get(word: usize): i32 {
  return load<i32>(RESULT + (word << 2));
}

/** Where a field stands. */
export function put(field: i32, start: usize, end: usize): void {
  const at = address(field);
  store<usize>(at, start);
  store<usize>(at + 4, end);
}

export function startOf(field: i32): usize {
  return load<usize>(address(field));
}

export function endOf(field: i32): usize {
  return load<usize>(address(field) + 4);
}

export function has(field: i32): bool {
  return startOf(field) < endOf(field);
}

function address(field: i32): usize {
  return RESULT + 4 * FIELDS + ((field as usize) << 3);
}
