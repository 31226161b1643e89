import { describe, expect, test } from 'vitest';
import type { Arrival } from '../../src/calls/arrival.ts';
import { AttemptTable } from '../../src/calls/attempt-table.ts';
import { CaptureClock } from '../../src/calls/capture-clock.ts';
import { TrackerCounters } from '../../src/calls/options.ts';

const T0 = Date.UTC(2026, 10, 21);
const SKEW = 5000;

function arrival(arrivedAt: number, capturedAt = 0, captureId = 7): Arrival {
  const addresses = new Uint8Array(36);
  return {
    source: 0,
    arrivedAt,
    capturedAt,
    captureId,
    correlationStart: 0,
    correlationEnd: 0,
    addresses,
    connection: 0,
    fromClient: false,
  };
}

/** An attempt whose first message is `first`, and its clock. */
function started(first: Arrival) {
  const table = new AttemptTable(1);
  const counters = new TrackerCounters();
  const clock = new CaptureClock(table, SKEW, counters);
  const a = table.open(1, 2);
  table.captureId[a] = first.captureId;
  clock.start(a, first);
  return { counters, units: (message: Arrival) => clock.units(a, message) };
}

describe('units from the start of an attempt', () => {
  test.each([
    ['arrival without capture time', arrival(T0), arrival(T0 + 12.34), 123],
    ['before the start', arrival(T0), arrival(T0 - 0.1), -1],
    ['later than 59 hours: saturated', arrival(T0), arrival(T0 + 1e15), 0x7fffffff],
    ['earlier than 59 hours: saturated', arrival(T0), arrival(T0 - 1e15), -0x7fffffff],
    [
      'capture time of the same agent, delayed on the way',
      arrival(T0, T0 - 20),
      arrival(T0 + 900, T0 + 80),
      1000,
    ],
    ["another agent's clock", arrival(T0, T0 - 20), arrival(T0 + 900, T0 + 80, 8), 9000],
    [
      'capture time further off than the skew',
      arrival(T0, T0 - 20),
      arrival(T0 + 900, T0 + 80 - 2 * SKEW),
      9000,
    ],
  ])('%s', (_, first, message, units) => {
    expect(started(first).units(message)).toBe(units);
  });

  test.each([
    [-20.25, 0],
    [4095.1, 0],
    [-4000.7, 0],
    [-3_600_000, 0],
    [3_599_999.9, 0.2],
  ])(
    'a clock %d ms ahead of arrival: the start is the capture time, but for %d ms',
    (ahead, off) => {
      const table = new AttemptTable(1);
      const clock = new CaptureClock(table, 3_600_000, new TrackerCounters());
      const first = arrival(T0, T0 + ahead);
      const a = table.open(1, 2);
      clock.start(a, first);
      expect(Math.abs(table.timeOf(a, 0) - first.capturedAt)).toBeLessThanOrEqual(off);
      const again = table.timeOf(a, clock.units(a, first));
      expect(Math.abs(again - first.capturedAt)).toBeLessThanOrEqual(off);
    },
  );

  test('counts the capture times that are not believed', () => {
    const { counters, units } = started(arrival(T0, T0 - 20));
    units(arrival(T0, T0 + SKEW + 1));
    units(arrival(T0, T0 - SKEW - 1, 8));
    units(arrival(T0, T0 + SKEW));
    units(arrival(T0));
    expect(counters.captureTimeRejected).toBe(2);
  });
});
