import { describe, expect, test } from 'vitest';
import type { CallRow } from '../../src/api/call-row.ts';
import { LiveCalls } from '../../src/page/live-calls.ts';

/** Ended so many seconds into the minute. */
const row = (second: number): CallRow => ({
  id: `call-${second}`,
  callId: `${second}@example.com`,
  startedAt: '2026-01-02T10:00:00.000Z',
  endedAt: new Date(Date.UTC(2026, 0, 2, 10, 1, second)).toISOString(),
  ...{ direction: 'inbound', peerIn: 'carrier-a', peerOut: 'pbx', caller: null, callee: null },
  ...{ outcome: 'completed', reason: 'completed', attribution: 'none', stage: 'talking' },
  ...{ endedBy: 'caller', certainty: 'observed', connected: true, abnormal: false },
  ...{ status: 200, cause: 16, legs: 1, talk: 3, total: 5 },
});
const rows = (...seconds: readonly number[]) => seconds.map(row);
const shown = ({ rows: now }: LiveCalls) => now.map(({ id }) => Number(id.slice(5)));
const range = (first: number, last: number) =>
  Array.from({ length: Math.abs(last - first) + 1 }, (_, i) => first + Math.sign(last - first) * i);

describe('calls as they end', () => {
  test('those missed stand above the older ones, each once', () => {
    const live = new LiveCalls();
    live.add(...rows(2, 1));
    live.add(row(7));
    live.add(...rows(7, 6, 5, 4, 3, 2, 1));
    expect(shown(live)).toEqual([7, 6, 5, 4, 3, 2, 1]);
  });

  test('one told late stands where it ended', () => {
    const live = new LiveCalls();
    for (const one of rows(1, 3, 2)) live.add(one);
    expect(shown(live)).toEqual([3, 2, 1]);
  });

  test('the oldest go beyond fifty', () => {
    const live = new LiveCalls();
    live.add(...rows(...range(55, 6)));
    live.add(row(5));
    live.add(row(56));
    expect(shown(live)).toEqual(range(56, 7));
  });

  test('nothing moves while it is paused, and what was told twice is shown once', () => {
    const live = new LiveCalls();
    live.add(...rows(2, 1));
    live.toggle();
    live.add(row(3));
    live.add(row(3));
    live.add(row(2));
    live.add(...rows(5, 4, 3, 2, 1));
    expect(shown(live)).toEqual([2, 1]);
    expect(live.waiting).toBe(3);
    live.toggle();
    expect(shown(live)).toEqual([5, 4, 3, 2, 1]);
    expect(live.waiting).toBe(0);
  });
});
