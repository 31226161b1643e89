import type { DemoCall, Expected } from './calls.ts';
import type { Played } from './play.ts';
import { type Moved, moved, type Scrape, total } from './scrape.ts';

/** What is known of a call's verdict; null where counters do not tell. */
export interface Seen {
  readonly outcome: string;
  readonly reason: string;
  readonly attribution: string;
  readonly endedBy: string | null;
  readonly certainty: string | null;
}

/** One call after it was judged. */
export interface Judged {
  readonly call: DemoCall;
  /** null: no verdict was seen. */
  readonly seen: Seen | null;
  /** What is wrong, in one line; null: nothing. */
  readonly problem: string | null;
}

/** Names of the fields that are compared, as the table shows them. */
const FIELDS = [
  ['outcome', 'outcome'],
  ['reason', 'reason'],
  ['attribution', 'fault'],
  ['endedBy', 'ended by'],
  ['certainty', 'certainty'],
] as const satisfies readonly (readonly [keyof Expected, string])[];

export const REASON_LABELS = ['outcome', 'reason', 'attribution'] as const;

const LAWS = [
  ['attempts', 'started_total', ['ended_total', 'active']],
  ['calls', 'opened_total', ['closed_total', 'open', 'merged_total']],
] as const;

/** Holds every call against its own verdict. */
export function judgeByVerdicts(
  played: readonly Played[],
  verdicts: ReadonlyMap<string, Seen>,
): readonly Judged[] {
  return played.map(({ call, callId, problem }) => {
    const seen = verdicts.get(callId) ?? null;
    return { call, seen, problem: problem ?? disagreement(call.expected, seen) };
  });
}

function disagreement(expected: Expected, seen: Seen | null): string | null {
  if (seen === null) return 'no verdict came';
  const wrong = FIELDS.filter(([field]) => expected[field] !== seen[field]);
  if (wrong.length === 0) return null;
  return wrong
    .map(([field, name]) => `${name} is ${seen[field]}, not ${expected[field]}`)
    .join('; ');
}

/**
 * Holds every call against the counter of its reason: enough when that moved at least once for each such call, because
 * other calls may have moved it too. Counters do not say who ended a call, nor how certain that is.
 */
export function judgeByCounters(
  played: readonly Played[],
  counted: readonly Moved[],
): readonly Judged[] {
  return played.map(({ call, problem }) => {
    const needed = neededFor(call.expected, played);
    const found = movedBy(call.expected, counted);
    const { outcome, reason, attribution } = call.expected;
    const short = found < needed ? `its counter moved by ${found}, not by ${needed}` : null;
    const seen = { outcome, reason, attribution, endedBy: null, certainty: null };
    return { call, seen: short === null ? seen : null, problem: problem ?? short };
  });
}

/**
 * What is wrong with the counters of a sidecar that nobody else shows calls to: each must have moved by exactly the
 * calls played. One line each.
 */
export function inexactCounters(
  played: readonly Played[],
  counted: readonly Moved[],
): readonly string[] {
  const expected = played.map(({ call }) => call.expected);
  const missing = expected.filter((one) => movedBy(one, counted) === 0).map(labelsOf);
  const all = [...counted.map(({ values }) => values), ...missing];
  const lines = all.flatMap((labels) => {
    const needed = expected.filter((one) => sameReason(one, labels)).length;
    const found = counted.find(({ values }) => values === labels)?.by ?? 0;
    return found === needed
      ? []
      : [`the counter of ${labels.join(' ')} moved by ${found}, not by ${needed}`];
  });
  return [...new Set(lines)];
}

export function countedReasons(before: Scrape, after: Scrape): readonly Moved[] {
  return moved(before, after, 'callfate_attempts_ended_total', REASON_LABELS);
}

/** The conservation laws that this scrape breaks, one line each. */
export function brokenLaws(scrape: Scrape): readonly string[] {
  return LAWS.flatMap(([unit, whole, parts]) => {
    const left = total(scrape, `callfate_${unit}_${whole}`);
    const right = parts.reduce((sum, part) => sum + total(scrape, `callfate_${unit}_${part}`), 0);
    return left === right
      ? []
      : [`law broken: ${unit} ${whole} is ${left}, ${parts.join(' + ')} is ${right}`];
  });
}

/** How many of the played calls end this way. */
function neededFor(expected: Expected, played: readonly Played[]): number {
  return played.filter(({ call }) => sameReason(call.expected, labelsOf(expected))).length;
}

function movedBy(expected: Expected, counted: readonly Moved[]): number {
  return counted.find(({ values }) => sameReason(expected, values))?.by ?? 0;
}

function sameReason(expected: Expected, labels: readonly string[]): boolean {
  return labelsOf(expected).every((value, index) => value === labels[index]);
}

function labelsOf(expected: Expected): readonly string[] {
  return REASON_LABELS.map((label) => expected[label]);
}
