import { expect, test } from 'vitest';
import { ANSWERED } from '../support/calls.ts';
import { play } from '../support/sip.ts';

test('a recording session (SIPREC) is no call, and its messages are no orphans', () => {
  const { verdicts, counters, occupied } = play(`
    0 > INVITE | Require: siprec
    20 < 200
    30 > ACK
    9000 > BYE
    9010 < 200 BYE`);
  expect(verdicts).toEqual([]);
  expect(counters.started).toBe(0);
  expect(counters.orphans.reduce((a, b) => a + b)).toBe(0);
  expect(occupied).toBe(0);
});

test('a flood of INVITEs pushes out what is in set-up, not the call that is up', () => {
  const flood = Array.from(
    { length: 50 },
    (_, i) => `${10_000 + i} > INVITE id=flood-${i} from=f${i}`,
  );
  const { verdicts } = play(`${ANSWERED}\n${flood.join('\n')}\n20000 > BYE\n20010 < 200 BYE`, {
    tracker: { capacity: 8 },
  });
  const up = verdicts.find((verdict) => verdict.callId === 'call-1');
  expect(up?.reason).toBe('normal_clearing_caller');
  expect(verdicts.filter((verdict) => verdict.reason === 'evicted')).toHaveLength(50 - 7);
});
