import fc from 'fast-check';
import { expect, test } from 'vitest';
import { timelineOf } from '../../src/classify/timeline.ts';
import { ROLES, randomEnded, TASK } from '../support/ended.ts';

test('where a call was is the same with a fact that says nothing of it', () => {
  fc.assert(
    fc.property(randomEnded, fc.constantFrom(...ROLES), (ended, role) => {
      expect(timelineOf(ended, role)).toEqual(timelineOf({ ...ended, context: [TASK] }, role));
    }),
    { numRuns: 2000 },
  );
});
