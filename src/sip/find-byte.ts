import { SLAB_VIEW } from '../lib/slab.ts';

const VIEW = SLAB_VIEW;

/**
 * Index of the first `byte` in [start, end) of the slab, or `end`. Four bytes at a time: `(x - 0x01…) & ~x & 0x80…` is
 * not zero when one of the four is zero. Reads at most three bytes past `end`, which the slab's padding covers.
 */
export function findByte(byte: number, start: number, end: number): number {
  const four = Math.imul(byte, 0x01010101);
  let p = start;
  while (p < end) {
    const x = VIEW.getInt32(p, true) ^ four;
    if (((x - 0x01010101) & ~x & 0x80808080) !== 0) break;
    p += 4;
  }
  while (p < end && VIEW.getUint8(p) !== byte) p++;
  return Math.min(p, end);
}
