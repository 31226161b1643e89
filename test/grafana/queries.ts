/** What queries name: metrics with their labels and values, and recorded series. */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { REASONS } from '../../src/classify/reasons.ts';
import { SIP_STATUSES } from '../../src/classify/sip-status.ts';
import {
  type Axis,
  type Family,
  type LayoutInput,
  METRICS,
} from '../../src/outputs/metric-table.ts';

const PROJECT = resolve(import.meta.dirname, '../..');
const HISTOGRAM_SUFFIX = /_(?:bucket|sum|count)$/;
/** A variable of Grafana, as in `ratio_rate${window}`. */
const WINDOW = /\$\{window\}/g;
/** What Prometheus and its rules add. */
const OWN_LABELS = new Set([
  'job',
  'instance',
  'le',
  'alertname',
  'alertstate',
  'severity',
  'kind',
]);

const INPUT: LayoutInput = {
  version: '1.2.3',
  peers: ['other'],
  prefixes: ['other'],
  vocabularyCodes: [],
  tuples: REASONS.map(({ id, outcome, attribution }) => ({ reason: id, outcome, attribution })),
  finalStatuses: SIP_STATUSES.map((row) => row.status).filter((status) => status >= 200),
};

const FAMILIES = new Map<string, Family>(METRICS.map((family) => [family.name, family]));
const LABELS = new Set(METRICS.flatMap(({ axes }: Family) => axes.flatMap(({ labels }) => labels)));

/** The family of a series, given the name in a query. */
export function familyOf(name: string): Family | undefined {
  const family = FAMILIES.get(name);
  if (family !== undefined) return family;
  const histogram = FAMILIES.get(name.replace(HISTOGRAM_SUFFIX, ''));
  return histogram?.type === 'histogram' ? histogram : undefined;
}

/** Every text of a tree of JSON or YAML. */
function texts(node: unknown): string[] {
  if (typeof node === 'string') return [node];
  if (typeof node !== 'object' || node === null) return [];
  return Object.values(node).flatMap(texts);
}

export interface Source {
  readonly path: string;
  readonly texts: readonly string[];
}

/** Every rule file, provisioning file and dashboard, and every code span of the runbooks. */
export function sources(): Source[] {
  const files = readdirSync(join(PROJECT, 'grafana'), { recursive: true, encoding: 'utf8' })
    .filter((name) => ['.yaml', '.yml', '.json'].includes(extname(name)))
    .map((name) => `grafana/${name}`);
  const runbooks = readFileSync(join(PROJECT, 'docs/runbooks.md'), 'utf8');
  const spans = [...runbooks.matchAll(/`([^`\n]+)`/g)].map(([, span = '']) => span);
  return [
    ...files.map((path) => {
      const text = readFileSync(join(PROJECT, path), 'utf8');
      // A dashboard leaves the window of a recorded series to whoever looks at it.
      const found = texts(path.endsWith('.json') ? JSON.parse(text) : parse(text));
      return { path, texts: found.map((one) => one.replaceAll(WINDOW, '5m')) };
    }),
    { path: 'docs/runbooks.md', texts: spans },
  ];
}

/** Names of metrics that a text uses; those within recorded names are not. */
export function metricsIn(text: string): string[] {
  return [...text.matchAll(/(?<!:)\b(callfate_[a-z0-9_]+)\b(?!:)/g)].map(([, name = '']) => name);
}

export function recordedIn(text: string): string[] {
  return [...text.matchAll(/\b[a-z_]+:callfate_[a-z0-9_]+:[a-z0-9_]+/g)].map(([name]) => name);
}

/** The values of a label; null where they are a user's. */
export function closedValues(
  { labels, reloadable, rows }: Axis,
  label: string,
): readonly string[] | null {
  if (reloadable || label === 'version') return null;
  const at = labels.indexOf(label);
  return rows(INPUT).map((row) => row[at] ?? '');
}

/** Whether a matcher matches any value that there is; one with a variable of Grafana may. */
function matches(operator: string, text: string, values: readonly string[]): boolean {
  if (text.includes('$') || text === '') return true;
  if (!operator.includes('~')) return values.includes(text);
  // Every alternative has to be good for something.
  return text.split('|').every((part) => {
    const pattern = new RegExp(`^(?:${part})$`);
    return values.some((value) => pattern.test(value));
  });
}

function wrongMatchers(family: Family, selector: string): string[] {
  const found = [...selector.matchAll(/(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"/g)];
  return found.flatMap(([whole, label = '', operator = '', text = '']) => {
    if (OWN_LABELS.has(label)) return [];
    const axis = family.axes.find(({ labels }) => labels.includes(label));
    if (axis === undefined) return [`${family.name} has no label ${label}`];
    const values = closedValues(axis, label);
    return values === null || matches(operator, text, values) ? [] : [`${family.name} ${whole}`];
  });
}

/** What a query names that does not exist. `recorded`: every recorded series. */
export function wrongNames(text: string, recorded: ReadonlySet<string>): string[] {
  const metrics = [...text.matchAll(/(?<!:)\b(callfate_[a-z0-9_]+)\b(?!:)(?:\{([^}]*)\})?/g)];
  const groupings = [...text.matchAll(/\b(?:by|without|on|ignoring|group_left)\s*\(([\w\s,]*)\)/g)];
  const labels = groupings.flatMap(([, list = '']) => list.split(',').map((one) => one.trim()));
  return [
    ...metrics.flatMap(([, name = '', selector = '']) => {
      const family = familyOf(name);
      return family === undefined ? [`no metric ${name}`] : wrongMatchers(family, selector);
    }),
    ...labels
      .filter((label) => label !== '' && !LABELS.has(label) && !OWN_LABELS.has(label))
      .map((label) => `no label ${label}`),
    ...recordedIn(text)
      .filter((name) => !recorded.has(name))
      .map((name) => `no recorded series ${name}`),
  ];
}
