import { SLAB_VIEW } from '../lib/slab.ts';

const VIEW = SLAB_VIEW;

/**
 * Index of the first `byte` in [start, end) of the slab, or `end`. Four bytes at a time: `(x - 0x01…) & ~x & 0x80…` is
 * not zero when one of the four is zero. Reads at most three bytes past `end`, which the slab's padding covers.
 */
export function findByte(byte: number, start: number, end: number): number {
  const four = Math.imul(byte, 0x01010101);
  for (let p = start; p < end; p += 4) {
    const x = VIEW.getInt32(p, true) ^ four;
    const zeros = (x - 0x01010101) & ~x & 0x80808080;
    // The lowest bit that is set is that of the first zero; those above it may be a carry's.
    if (zeros !== 0) return Math.min(p + ((31 - Math.clz32(zeros & -zeros)) >> 3), end);
  }
  return end;
}
