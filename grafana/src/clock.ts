/** Durations of rules, and the one knob that scales them all. */

/** A duration as Prometheus writes it, given in minutes. */
export type Clock = (minutes: number) => string;

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
] as const;

/**
 * `minute`: how many seconds a minute of the rules takes. The rule files are made with 60; the end-to-end test makes the
 * same rules with less, to see them fire within seconds.
 */
export function clock(minute = 60): Clock {
  return (minutes) => {
    const seconds = minutes * minute;
    if (!Number.isInteger(seconds)) return `${Math.round(seconds * 1000)}ms`;
    const unit = UNITS.find(([, length]) => seconds >= length && seconds % length === 0);
    return unit === undefined ? `${seconds}s` : `${seconds / unit[1]}${unit[0]}`;
  };
}
