/**
 * Now against one's own past: the last hours, and the same hour of yesterday and a week ago. An alert has to stand out
 * from all of them that are there, so that neither a morning nor a Monday fires it.
 */
import type { Clock } from './clock.ts';
import { NOW } from './inputs.ts';

const HOUR = 60;
const DAY = 24 * HOUR;
const HOURS = 6 * HOUR;

/** Windows as `[length] offset start`; those of days begin half an hour later, so that now is in their middle. */
const hours = (t: Clock): string => `[${t(HOURS)}] offset ${t(NOW)}`;
const days = (t: Clock): readonly string[] => [
  `[${t(HOUR)}] offset ${t(DAY - HOUR / 2)}`,
  `[${t(HOUR)}] offset ${t(7 * DAY - HOUR / 2)}`,
];

const divide = (above: string, below: string, matching: string): string =>
  `${above} / ${matching} ${below}`;

export interface Spike {
  /** Recorded counts of the last minutes: of what is watched, and of all. */
  readonly part: string;
  readonly whole: string;
  /** How they match, such as `on (job, instance) group_left ()`. */
  readonly matching: string;
  /** At least so many, and at least this share of all. */
  readonly least: number;
  readonly share: number;
  /** So many times the share of each past. */
  readonly times: number;
}

/** Fires where a share has risen; its value is the share. A past of days that is not there yet has no say. */
export function spike({ part, whole, matching, least, share, times }: Spike, t: Clock): string {
  // Without calls there is no share, and none is above 1.
  const now = divide(part, `(${whole} > 0)`, matching);
  // Less than one call in ten minutes is no past to compare with: it counts as one good call.
  const past = (window: string): string =>
    divide(
      `avg_over_time(${part}${window})`,
      `clamp_min(avg_over_time(${whole}${window}), 1)`,
      matching,
    );
  return [
    `(${now} >= ${share} and ${part} >= ${least})`,
    `> ${times} * (${past(hours(t))})`,
    ...days(t).map((window) => `unless ${now} <= ${times} * (${past(window)})`),
  ].join('\n');
}

export interface Fall {
  /** A recorded count with label `set`. */
  readonly sets: string;
  readonly counts: string;
  readonly of: string;
  /** At least so many in the denominator. */
  readonly least: number;
  /** Below this part of each past. */
  readonly below: number;
}

/** Fires where a ratio has fallen; its value is the ratio. A past without calls has no say. */
export function fall({ sets, counts, of, least, below }: Fall, t: Clock): string {
  const above = `${sets}{set="${counts}"}`;
  const under = `${sets}{set="${of}"}`;
  const matching = 'ignoring (set)';
  const now = divide(above, `(${under} >= ${least})`, matching);
  const past = (window: string): string =>
    divide(`avg_over_time(${above}${window})`, `(avg_over_time(${under}${window}) > 1)`, matching);
  return [
    now,
    `< ${below} * (${past(hours(t))})`,
    ...days(t).map((window) => `unless ${now} >= ${below} * (${past(window)})`),
  ].join('\n');
}
