/** PromQL of the panels. Every selector is held to the job and the instances that the dashboard's variables name. */
import { REASONS } from '../../../src/classify/reasons.ts';
import type { MetricName } from '../../../src/outputs/metric-table.ts';

type Series = MetricName | `${MetricName}_${'bucket' | 'sum' | 'count'}`;

const SCOPE = 'job=~"$job",instance=~"$instance"';

/**
 * What the ratios count: a losing fork or queue leg is no call of its own, and a stranger who was refused is none of
 * the PBX's. Only families that know the reason can leave the latter out.
 */
export const COUNTED = 'outcome!="answered_elsewhere",reason!="unsolicited"';

const FAULTY = new Set<string>(REASONS.filter((row) => row.abnormal).map((row) => row.outcome));
const NOT_FAULTY = REASONS.filter((row) => FAULTY.has(row.outcome) && !row.abnormal);

/** Exactly the reasons that the table marks as abnormal: `$normal` names the others of the same outcomes. */
export const FAULTS = `outcome=~"${[...FAULTY].join('|')}",reason!~"$normal"`;
/** The value of the variable `normal`. */
export const NORMAL_REASONS: string = NOT_FAULTY.map((row) => row.id).join('|');

/** Any series that Prometheus has of callfate's scrapes, such as `up` or Node's own. */
export function scoped(name: string, ...matchers: readonly string[]): string {
  return `${name}{${[SCOPE, ...matchers].join(',')}}`;
}

/** The series of one family of callfate. */
export function series(name: Series, ...matchers: readonly string[]): string {
  return scoped(name, ...matchers);
}

/** Growth of a counter a minute: what a PBX is measured in. `by` is empty for one series in all. */
export function perMinute(by: string, name: MetricName, ...matchers: readonly string[]): string {
  return `60 * sum by (${by}) (rate(${series(name, ...matchers)}[$__rate_interval]))`;
}

/**
 * The same without the series that do not grow, of which there are many; where none does there is one called `none`, so
 * that a quiet panel is not taken for a broken one.
 */
export function perMinuteOrNone(by: string, name: MetricName): string {
  const [first = ''] = by.split(',');
  const none = `label_replace(${perMinute('', name)}, "${first}", "none", "", "")`;
  return `${perMinute(by, name)} > 0 or on () ${none}`;
}

/** Growth of a counter over the time range of the dashboard. Prometheus extrapolates it: an estimate, not a count. */
export function estimate(by: string, name: MetricName, ...matchers: readonly string[]): string {
  return `sum by (${by}) (increase(${series(name, ...matchers)}[$__range]))`;
}

/** The value below which this share of the histogram lies; `by` holds the labels that stay. */
export function quantile(
  share: number,
  by: string,
  name: MetricName,
  ...matchers: readonly string[]
) {
  const buckets: Series = `${name}_bucket`;
  return `histogram_quantile(${share}, sum by (le, ${by}) (rate(${series(buckets, ...matchers)}[$__rate_interval])))`;
}
