/** Every series that a query may ask for, with its labels and their values: callfate's own, recorded, Prometheus's. */
import { collectDefaultMetrics, Registry } from 'prom-client';
import { RECORDING_GROUPS } from '../../grafana/src/recording.ts';
import { type Family, METRICS } from '../../src/outputs/metric-table.ts';
import { passes, readPromql } from './promql.ts';
import { closedValues } from './queries.ts';

/** Labels by name; null: any value. */
export type Labels = ReadonlyMap<string, ReadonlySet<string> | null>;

/** What every scrape adds. */
const SCRAPED = ['job', 'instance'];
const OF_PROMETHEUS = ['up', 'scrape_duration_seconds', 'scrape_samples_scraped'];
/** Alerts carry whatever labels their rules have. */
const ALERT_LABELS = ['alertname', 'alertstate', 'severity', 'peer', 'reason', 'source'];

function labelsOf(family: Family): Labels {
  const labels = new Map<string, ReadonlySet<string> | null>(SCRAPED.map((label) => [label, null]));
  for (const axis of family.axes) {
    for (const label of axis.labels) {
      const values = closedValues(axis, label);
      labels.set(label, values && new Set(values));
    }
  }
  return labels;
}

const anyOf = (labels: readonly string[]): Labels => new Map(labels.map((label) => [label, null]));

/** The labels of every series by its name. */
export function knownSeries(): ReadonlyMap<string, Labels> {
  const known = new Map<string, Labels>(OF_PROMETHEUS.map((name) => [name, anyOf(SCRAPED)]));
  known.set('ALERTS', anyOf([...SCRAPED, ...ALERT_LABELS]));
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const { name } of registry.getMetricsAsArray()) known.set(name, anyOf(SCRAPED));
  for (const family of METRICS) {
    const labels = labelsOf(family);
    if (family.type !== 'histogram') known.set(family.name, labels);
    else {
      known.set(`${family.name}_sum`, labels).set(`${family.name}_count`, labels);
      known.set(`${family.name}_bucket`, new Map([...labels, ['le', null]]));
    }
  }
  for (const rule of RECORDING_GROUPS.flatMap((group) => group.rules)) {
    if ('record' in rule) known.set(rule.record, recordedLabels(rule.expr));
  }
  return known;
}

/** Each rule aggregates, and by the same labels throughout; what is left of a quantile has no bounds any more. */
function recordedLabels(expression: string): Labels {
  return anyOf(readPromql(expression).grouping.filter((label) => label !== 'le'));
}

/** What is wrong with the series that an expression asks for: names, labels or values that cannot be. */
export function wrongSeries(expression: string, known: ReadonlyMap<string, Labels>): string[] {
  const { selectors, grouping, made } = readPromql(expression);
  const wrong: string[] = [];
  const all = new Set<string>(made);
  for (const { name, matchers } of selectors) {
    const labels = known.get(name);
    if (!labels) {
      wrong.push(`no series ${name}`);
      continue;
    }
    for (const label of labels.keys()) all.add(label);
    for (const matcher of matchers) {
      const values = labels.get(matcher.label);
      if (values === undefined) wrong.push(`${name} has no label ${matcher.label}`);
      else if (values !== null) wrong.push(...missing(name, matcher, values));
    }
  }
  const unknown = grouping.filter((label) => !all.has(label));
  return [...wrong, ...unknown.map((label) => `no label ${label} to group by`)];
}

/** Each alternative of a list must be a value, or match one. */
function missing(
  name: string,
  { label, operator, value }: Parameters<typeof passes>[0],
  values: ReadonlySet<string>,
): string[] {
  const isRegex = operator === '=~' || operator === '!~';
  const alternatives = isRegex && !value.includes('(') ? value.split('|') : [value];
  return alternatives
    .filter((one) => {
      const matcher = { label, operator: isRegex ? ('=~' as const) : ('=' as const), value: one };
      return ![...values].some((actual) => passes(matcher, actual));
    })
    .map((one) => `${name}: no ${label} is ${one}`);
}
