/** Copies four bytes at a time. */
export function copy(
  from: DataView,
  start: number,
  to: DataView,
  at: number,
  length: number,
): void {
  let i = 0;
  for (; i + 4 <= length; i += 4) to.setInt32(at + i, from.getInt32(start + i, true), true);
  for (; i < length; i++) to.setUint8(at + i, from.getUint8(start + i));
}
