import { describe, expect, test } from 'vitest';
import type { Health } from '../../src/api/health.ts';
import { lossesSince } from '../../src/page/words.ts';

interface Counts {
  /** By source. */
  readonly lost?: Readonly<Record<string, number>>;
  readonly dropped?: number;
  readonly restarts?: number;
}

function health({ lost = {}, dropped = 0, restarts = 0 }: Counts): Health {
  const seen = { frames: 100, messages: 100, notOurs: 0, malformed: 0 };
  return {
    ...{ version: '0.0.0', at: '2026-01-02T10:00:00.000Z', parts: {}, limits: {} },
    input: Object.entries(lost).map(([source, n]) => ({ source, ...seen, lost: n })),
    attempts: { started: 0, ended: 0, active: 0 },
    calls: { opened: 0, closed: 0, open: 0, merged: 0 },
    laws: { attempts: true, calls: true },
    ...{ verdictsDropped: dropped, logLinesDropped: 0, engineRestarts: restarts },
  };
}

describe('what was lost from one answer to the next', () => {
  const all: Counts = { lost: { hep_udp: 7 }, dropped: 3, restarts: 1 };
  const words = [
    'input of hep udp was lost',
    'verdicts were dropped',
    'the engine was started again',
  ];
  const cases: readonly (readonly [string, Counts | null, Counts, readonly string[]])[] = [
    ['from before the page was opened: nothing to warn of', null, all, []],
    ['nothing more', all, all, []],
    ['more of each', {}, all, words],
    ['more of one', all, { ...all, dropped: 4 }, ['verdicts were dropped']],
    [
      'by a source that brought nothing before',
      {},
      { lost: { websocket: 1 } },
      ['input of websocket was lost'],
    ],
    ['counts that fell to 0', all, { lost: { hep_udp: 0 } }, []],
    [
      'counts that fell, and what was lost since',
      all,
      { lost: { hep_udp: 2 } },
      ['input of hep udp was lost'],
    ],
  ];
  test.each(cases)('%s', (_, before, now, expected) => {
    expect(lossesSince(before === null ? null : health(before), health(now))).toEqual(expected);
  });
});
