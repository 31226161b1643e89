import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stableId } from '../../src/lib/hash.ts';
import { SLAB, SLAB_MESSAGE_MAX } from '../../src/lib/slab.ts';
import { SlabHash } from '../../src/lib/slab-hash.ts';

const hash = new SlabHash(1, 2);
const bytes = fc.uint8Array({ maxLength: 40 });

/** Hash of `content` at `at`, with `behind` after it. */
function hashAt(content: Uint8Array, at: number, behind = 0): [number, number, number] {
  SLAB.set(content, at);
  SLAB.fill(behind, at + content.length, at + content.length + 8);
  const short = hash.short(at, at + content.length);
  hash.update(at, at + content.length);
  return [hash.lo, hash.hi, short];
}

describe('SlabHash', () => {
  test('the same bytes have the same hash at every offset, whatever follows them', () => {
    const offset = fc.oneof(
      fc.integer({ min: 0, max: 64 }),
      fc.integer({ min: SLAB_MESSAGE_MAX - 48, max: SLAB_MESSAGE_MAX - 41 }),
    );
    fc.assert(
      fc.property(bytes, offset, offset, fc.nat(255), fc.nat(255), (content, a, b, x, y) => {
        expect(hashAt(content, a, x)).toEqual(hashAt(content, b, y));
      }),
      { numRuns: 500 },
    );
  });

  test('other bytes, another length or another seed make another hash', () => {
    fc.assert(
      fc.property(bytes, fc.nat(39), fc.integer({ min: 1, max: 255 }), (content, at, flip) => {
        const own = hashAt(content, 0);
        expect(hashAt(Uint8Array.from([...content, 0]), 0)).not.toEqual(own);
        if (at >= content.length) return;
        const other = Uint8Array.from(content);
        other[at] = (other[at] ?? 0) ^ flip;
        expect(hashAt(other, 0).slice(0, 2)).not.toEqual(own.slice(0, 2));
        const seeded = new SlabHash(3, 2);
        SLAB.set(content, 0);
        seeded.update(0, content.length);
        expect([seeded.lo, seeded.hi]).not.toEqual(own.slice(0, 2));
      }),
    );
  });

  test('spreads Call-IDs that differ in a counter over the buckets of a table', () => {
    const buckets = new Uint32Array(1024);
    for (let i = 0; i < 65_536; i++) {
      const length = SLAB.write(`${i}-4711@10.0.0.1`, 0, 'latin1');
      hash.update(0, length);
      buckets[hash.lo & 1023] = (buckets[hash.lo & 1023] ?? 0) + 1;
    }
    // 64 expected; a Poisson bucket over 120 or under 20 comes once in 10^9 tables.
    expect(Math.max(...buckets)).toBeLessThan(120);
    expect(Math.min(...buckets)).toBeGreaterThan(20);
  });

  test('short is 0 for nothing, and for nothing else', () => {
    expect(hash.short(5, 5)).toBe(0);
    expect(hash.short(5, 4)).toBe(0);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 12 }), (content) => {
        expect(hashAt(content, 0)[2]).not.toBe(0);
      }),
    );
  });
});

describe('stableId', () => {
  test('never changes between versions', () => {
    expect([stableId(''), stableId('call-1\nf\n0'), stableId('call-1\nf\n1')]).toEqual([
      '74141c203a02a010',
      'd48b2bdb23a48f73',
      'dc1b8cf21d74980d',
    ]);
  });

  test('16 hex digits, and another text has another id', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(stableId(a)).toMatch(/^[0-9a-f]{16}$/);
        expect(stableId(a) === stableId(b)).toBe(a === b);
      }),
    );
  });

  test('no two of a hundred thousand ids are the same', () => {
    const ids = new Set<string>();
    for (let i = 0; i < 100_000; i++) ids.add(stableId(`${i}@pbx\ntag\n0`));
    expect(ids.size).toBe(100_000);
  });
});
