import fc from 'fast-check';
import { expect, test } from 'vitest';
import { iso } from '../../src/lib/iso.ts';

const DAY_MS = 86_400_000;
/** The first and last times that are written without a Date, and what lies beyond. */
const EDGES = [0, 0.9, -0.5, -1, 253_402_300_799_999, 253_402_300_799_999.9, 253_402_300_800_000];

test.each(EDGES)('%d ms is written as a Date writes it', (at) => {
  expect(iso(at)).toBe(new Date(at).toISOString());
});

test('so is the last millisecond of each day of 800 years', () => {
  for (let day = 1; day <= 800 * 366; day++) {
    const at = day * DAY_MS - 1;
    if (iso(at) !== new Date(at).toISOString()) expect.fail(`${at}: ${iso(at)}`);
  }
});

test('and any time with a fraction', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 253_402_300_800_000, noNaN: true }), (at) => {
      expect(iso(at)).toBe(new Date(at).toISOString());
    }),
    { numRuns: 2000 },
  );
});

test.each([Number.NaN, Number.POSITIVE_INFINITY])('%d is no time', (at) => {
  expect(() => iso(at)).toThrow(RangeError);
});
