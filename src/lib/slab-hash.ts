import { avalanche } from './hash.ts';
import { SLAB_VIEW } from './slab.ts';

const VIEW = SLAB_VIEW;

/**
 * 64-bit seeded hash of a range of the slab, as two 32-bit lanes. The seed is random per process, so that a sender
 * cannot choose colliding Call-IDs; whoever looks up by it still compares the bytes.
 */
export class SlabHash {
  lo = 0;
  hi = 0;
  readonly #seedLo: number;
  readonly #seedHi: number;

  constructor(seedLo: number, seedHi: number) {
    this.#seedLo = seedLo | 0;
    this.#seedHi = seedHi | 0;
  }

  /** Hashes [start, end) into `lo` and `hi`. Reads at most three bytes past `end`, which the slab's padding covers. */
  update(start: number, end: number): void {
    let a = this.#seedLo ^ (end - start);
    let b = this.#seedHi;
    let p = start;
    for (; p + 8 <= end; p += 8) {
      const first = VIEW.getInt32(p, true);
      const second = VIEW.getInt32(p + 4, true);
      a = Math.imul(a ^ first, 0x85ebca6b);
      a = Math.imul(((a << 13) | (a >>> 19)) ^ second, 0x85ebca6b);
      a = (a << 13) | (a >>> 19);
      b = Math.imul(b ^ first, 0xc2b2ae35 | 0);
      b = Math.imul(((b << 17) | (b >>> 15)) ^ second, 0xc2b2ae35 | 0);
      b = (b << 17) | (b >>> 15);
    }
    if (p + 4 <= end) {
      const word = VIEW.getInt32(p, true);
      a = Math.imul(a ^ word, 0x85ebca6b);
      a = (a << 13) | (a >>> 19);
      b = Math.imul(b ^ word, 0xc2b2ae35 | 0);
      b = (b << 17) | (b >>> 15);
      p += 4;
    }
    if (p < end) {
      const tail = VIEW.getInt32(p, true) & ((1 << (8 * (end - p))) - 1);
      a = Math.imul(a ^ tail, 0x85ebca6b);
      b = Math.imul(b ^ tail, 0xc2b2ae35 | 0);
    }
    this.lo = avalanche(a ^ (b >>> 7));
    this.hi = avalanche(b ^ (a >>> 9));
  }

  /** 32-bit hash of a range, never 0, so that 0 can mean "none". */
  short(start: number, end: number): number {
    if (start >= end) return 0;
    this.update(start, end);
    return (this.lo ^ this.hi) | 0 || 1;
  }
}
