import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Tombstones } from '../../src/calls/tombstones.ts';

const CAPACITY = 8;
const TTL = 64;

interface Grave {
  readonly call: number;
  readonly tag: number;
  readonly until: number;
  readonly cseq: number;
  readonly ordinal: number;
}

/** Few Call-IDs, all in one bucket of eight, and tags that repeat: chains are long. */
const call = fc.constantFrom(0, 8, 16, -8);
const tag = fc.integer({ min: 1, max: 3 });
const step = fc.oneof(
  fc.record({ op: fc.constant('add' as const), call, tag, after: fc.integer({ min: 0, max: 20 }) }),
  fc.record({
    op: fc.constant('find' as const),
    call,
    tag,
    after: fc.integer({ min: 0, max: 90 }),
  }),
);

test('finds the newest tombstone that is neither expired nor evicted', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), tag, (steps, other) => {
      const stones = new Tombstones(CAPACITY, TTL);
      let graves: Grave[] = [];
      let evicted = 0;
      let now = 1000;
      steps.forEach(({ op, call, tag, after }, i) => {
        now += after;
        if (op === 'add') {
          stones.add(call, ~call, tag, i, i % 7, now);
          graves = graves.filter((grave) => grave.until > now);
          if (graves.length === CAPACITY) {
            evicted++;
            graves.shift();
          }
          graves.push({ call, tag, until: now + TTL, cseq: i, ordinal: i % 7 });
        } else {
          stones.expire(now);
          graves = graves.filter((grave) => grave.until > now);
          const handle = stones.find(call, ~call, tag, other);
          const expected = graves.findLast((g) => g.call === call && [tag, other].includes(g.tag));
          expect(handle !== 0).toBe(expected !== undefined);
          if (expected === undefined) return;
          expect(stones.cseq(handle)).toBe(expected.cseq);
          expect(stones.ordinal(handle)).toBe(expected.ordinal);
        }
      });
      expect(stones.size).toBe(graves.length);
      expect(stones.evicted).toBe(evicted);
    }),
    { numRuns: 500 },
  );
});

test('both halves of the Call-ID hash must agree', () => {
  const stones = new Tombstones(CAPACITY, TTL);
  stones.add(1, 2, 3, 4, 5, 0);
  expect(stones.find(1, 3, 3, 3)).toBe(0);
  expect(stones.find(1, 2, 9, 3)).not.toBe(0);
});
