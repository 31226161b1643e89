/** What the suites share around their tests. */
import { expect, type TestContext, test } from 'vitest';
import type { Verdict } from '../../../src/classify/outcome.ts';
import type { Expected, ExpectedVerdict } from './growth.ts';
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
export function canRun(suite: string, programs: readonly string[] = []): boolean {
  const missing = missingRequirements(programs);
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
  // A sidecar that fell over and came back would keep the laws and lose the calls. A scrape that came late is no such thing:
  // the machine may be busy for a second.
  const started = 'process_start_time_seconds{job="callfate"}';
  expect(await prometheus.scalar(`changes(${started}[10m])`)).toBe(0);
  expect(await prometheus.scalar('resets(callfate_attempts_started_total[10m])')).toBe(0);
}

/** One log line a call, and nothing else, says what was expected, in one of the `ways` in which it may come out. */
export async function expectVerdicts(
  stack: Stack,
  ways: readonly (readonly (ExpectedVerdict & { readonly callId: string })[])[],
): Promise<void> {
  const callIds = ways[0]?.map((line) => line.callId) ?? [];
  let verdicts: readonly Verdict[] = [];
  const allTold = async () => {
    verdicts = await stack.verdicts(callIds);
    return verdicts.length >= callIds.length || undefined;
  };
  await poll(allTold, LOG_MS, () => `${verdicts.length} of ${callIds.length} log lines`);
  const told = verdicts.map((line) => ({ ...line, legs: line.legs.length })).map(said);
  expectOneOf(
    told.sort(byCallId),
    ways.map((expected) => expected.map(said).sort(byCallId)),
  );
}

/** The lines of `callIds`, calls of one leg that all ended alike. */
export function alike(callIds: readonly string[], { direction, outcome, ...rest }: Expected) {
  const { reason, attribution, endedBy } = rest;
  const verdict = { direction, outcome, reason, attribution, endedBy, joined: null, legs: 1 };
  return callIds.map((callId) => ({ callId, ...verdict }));
}

/** With one way the difference is shown, with several only that it is none of them. */
export function expectOneOf<T>(actual: T, ways: readonly T[]): void {
  if (ways.length === 1) expect(actual).toEqual(ways[0]);
  else expect(ways).toContainEqual(actual);
}

interface Said extends Omit<ExpectedVerdict, 'joined'> {
  readonly callId: string;
  readonly joined: string | null;
}

function said({ callId, direction, outcome, reason, ...rest }: Said): Said {
  const { attribution, endedBy, joined, legs } = rest;
  return { callId, direction, outcome, reason, attribution, endedBy, joined, legs };
}

function byCallId(a: Said, b: Said): number {
  return a.callId < b.callId ? -1 : 1;
}
