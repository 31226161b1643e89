import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Pool } from '../../src/calls/pool.ts';

/** A pool beside the set of slots that are in use. */
class Pair {
  readonly pool: Pool;
  readonly #stride: number;
  readonly #chains: number[][] = [];
  readonly #inUse = new Set<number>();

  constructor(capacity: number, stride: number) {
    const next = new Int32Array((capacity + 1) * stride);
    this.pool = new Pool(capacity, next, stride);
    this.#stride = stride;
  }

  /** Takes up to `length` slots and chains them. */
  take(length: number): void {
    const chain: number[] = [];
    while (chain.length < length) {
      const slot = this.pool.take();
      if (slot === 0) break;
      this.#check(slot);
      chain.push(slot);
    }
    if (chain.length < length) expect(this.#inUse.size).toBe(this.pool.capacity);
    for (const [i, slot] of chain.entries()) this.pool.next[slot] = chain[i + 1] ?? 0;
    if (chain.length > 0) this.#chains.push(chain);
    expect(this.pool.used).toBe(this.#inUse.size);
  }

  /** Gives the oldest chain back. */
  release(): void {
    const chain = this.#chains.shift() ?? [];
    this.pool.release(chain[0] ?? 0);
    for (const slot of chain) this.#inUse.delete(slot);
    expect(this.pool.used).toBe(this.#inUse.size);
  }

  #check(slot: number): void {
    expect(slot % this.#stride).toBe(0);
    expect(slot).toBeGreaterThanOrEqual(this.#stride);
    expect(slot).toBeLessThanOrEqual(this.pool.capacity * this.#stride);
    expect(this.pool.fresh).toBeGreaterThanOrEqual(slot);
    expect(this.pool.next[slot]).toBe(0);
    expect(this.#inUse.has(slot)).toBe(false);
    this.#inUse.add(slot);
  }
}

test('gives each slot to one user at a time, and takes whole chains back', () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 60 });
  const strides = fc.integer({ min: 1, max: 12 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), strides, lengths, (capacity, stride, list) => {
      const pair = new Pair(capacity, stride);
      for (const length of list) {
        if (length === 0) pair.release();
        else pair.take(length);
      }
    }),
  );
});
