/** The pieces that the Prometheus text format 0.0.4 and OpenMetrics 1.0.0 share, and where they differ. */

export type Format = 'text' | 'openmetrics';

export const CONTENT_TYPES = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
} as const satisfies Record<Format, string>;

/** Ends a whole OpenMetrics exposition; the text format has no end mark. */
export const END_MARK = { text: '', openmetrics: '# EOF\n' } as const satisfies Record<
  Format,
  string
>;

/** OpenMetrics 1.0.0, Exemplars: names and values of the label set together, in code points. */
const EXEMPLAR_LABELS_MAX = 128;

/** The last call that a counter or bucket counted. */
export interface Exemplar {
  /** Cell of a counter or of a histogram bound; the count cell of a histogram stands for its +Inf bucket. */
  readonly cell: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Seconds since the epoch. */
  readonly timestamp: number;
}

export function formatValue(value: number): string {
  if (Number.isFinite(value)) return String(value);
  if (Number.isNaN(value)) return 'NaN';
  return value > 0 ? '+Inf' : '-Inf';
}

/** `le` as OpenMetrics wants it, `1.0` for 1; written so in both formats, or a series would depend on the scraper. */
export function formatBound(bound: number): string {
  return Number.isInteger(bound) ? bound.toFixed(1) : formatValue(bound);
}

export function escapeLabelValue(value: string): string {
  return /[\\\n"]/.test(value)
    ? value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"')
    : value;
}

/** Only OpenMetrics escapes a double quote in HELP. */
function escapeHelp(help: string, format: Format): string {
  if (format === 'openmetrics') return escapeLabelValue(help);
  return help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

/** `{a="1",b="2"}`, or nothing when there is no label. */
export function formatLabels(labels: Iterable<readonly [string, string]>): string {
  const pairs = Array.from(labels, ([name, value]) => `${name}="${escapeLabelValue(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

/** HELP and TYPE of a family. OpenMetrics names a counter family without the `_total` of its samples. */
export function formatHeader(
  family: { readonly name: string; readonly type: string; readonly help: string },
  format: Format,
): string {
  const counter = format === 'openmetrics' && family.type === 'counter';
  const name = counter ? family.name.replace(/_total$/, '') : family.name;
  return `# HELP ${name} ${escapeHelp(family.help, format)}\n# TYPE ${name} ${family.type}\n`;
}

/** Prometheus 2.42 gives a whole scrape up for one NUL; no control character belongs into a Call-ID (RFC 3261 §25.1). */
const CONTROL = /\p{Cc}/u;

/** Whether a label set keeps to `EXEMPLAR_LABELS_MAX` and holds nothing that a scraper chokes on. */
export function exemplarFits(labels: Readonly<Record<string, string>>): boolean {
  if (Object.values(labels).some((value) => CONTROL.test(value))) return false;
  let units = 0;
  for (const name in labels) units += name.length + (labels[name] ?? '').length;
  // A string never has more code points than UTF-16 units, so counting them is only needed beyond.
  if (units <= EXEMPLAR_LABELS_MAX) return true;
  const points = Object.entries(labels).flatMap(([name, value]) => [...name, ...value]);
  return points.length <= EXEMPLAR_LABELS_MAX;
}

/** ` # {call_id="…"} 1 1700000000.123`; nothing when the label set is too long. */
export function formatExemplar({ labels, value, timestamp }: Exemplar): string {
  if (!exemplarFits(labels)) return '';
  const set = formatLabels(Object.entries(labels)) || '{}';
  return ` # ${set} ${formatValue(value)} ${formatValue(timestamp)}`;
}
