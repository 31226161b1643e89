/** What both suites share around their tests. */
import { expect, type TestContext, test } from 'vitest';
import type { Verdict } from '../../../src/classify/outcome.ts';
import type { Expected } from './growth.ts';
import { poll } from './poll.ts';
import type { Prometheus } from './prometheus.ts';
import { missingRequirements } from './requirements.ts';
import type { Stack } from './stack.ts';

/** Time for calls to end, settle and be scraped twice. */
export const SETTLE_MS = 30_000;
/** Lines are counted when they are queued and written after that. */
const LOG_MS = 10_000;

/** Each is 1 when it holds. */
const LAWS = [
  'sum(callfate_attempts_started_total) == bool sum(callfate_attempts_ended_total) + sum(callfate_attempts_active)',
  'sum(callfate_calls_opened_total) == bool sum(callfate_calls_closed_total) + sum(callfate_calls_open) + sum(callfate_calls_merged_total)',
];

/**
 * True when the suite can run. Otherwise it is skipped with a hint; in CI, where a skipped suite would go unnoticed,
 * a failing test takes its place.
 */
export function canRun(suite: string): boolean {
  const missing = missingRequirements();
  if (missing === '') return true;
  if ((process.env.CI ?? '') === '') {
    console.warn(`${suite}: skipped, ${missing}`);
    return false;
  }
  test(suite, () => {
    throw new Error(missing);
  });
  return false;
}

/** Shows the logs when this test fails; `name` starts the names of its own processes. */
export function showLogsOnFailure(context: TestContext, stack: Stack, name: string): void {
  context.onTestFailed(() => stack.showLogs(name));
}

/** Both conservation laws, evaluated by Prometheus at every second of the last ten minutes. */
export async function expectLaws(prometheus: Prometheus): Promise<void> {
  for (const law of LAWS) {
    expect(await prometheus.scalar(`min_over_time((${law})[10m:1s])`), law).toBe(1);
  }
  // A sidecar that fell over and came back would keep the laws and lose the calls.
  expect(await prometheus.scalar('min_over_time(up{job="callfate"}[10m])')).toBe(1);
  expect(await prometheus.scalar('resets(callfate_attempts_started_total[10m])')).toBe(0);
}

/** One log line a call, and nothing else, says what was expected. */
export async function expectVerdicts(
  stack: Stack,
  callIds: readonly string[],
  { direction, outcome, reason, attribution, endedBy }: Expected,
): Promise<void> {
  let verdicts: readonly Verdict[] = [];
  const allTold = async () => {
    verdicts = await stack.verdicts(callIds);
    return verdicts.length >= callIds.length || undefined;
  };
  await poll(allTold, LOG_MS, () => `${verdicts.length} of ${callIds.length} log lines`);
  const told = verdicts.map((line) => [
    line.callId,
    line.direction,
    line.outcome,
    line.reason,
    line.attribution,
    line.endedBy,
  ]);
  const expected = callIds.map((callId) => [
    callId,
    direction,
    outcome,
    reason,
    attribution,
    endedBy,
  ]);
  const byCallId = ([a = '']: readonly string[], [b = '']: readonly string[]) => (a < b ? -1 : 1);
  expect(told.sort(byCallId)).toEqual(expected.sort(byCallId));
}
