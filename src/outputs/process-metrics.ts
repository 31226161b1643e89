/** Metrics of the process and of Node, from prom-client's own collectors, written in either format. */
import { collectDefaultMetrics, Registry } from 'prom-client';
import {
  type Format,
  formatBound,
  formatHeader,
  formatLabels,
  formatValue,
} from './text-format.ts';

/** A value as `getMetricsAsJSON` gives it: a histogram's carry the name of their line and `le` as a number. */
interface CollectedValue {
  readonly value: number;
  readonly labels: Readonly<Partial<Record<string, string | number>>>;
  readonly metricName?: string;
}

function writeValue(name: string, { metricName, labels, value }: CollectedValue): string {
  const pairs = Object.entries(labels).map(([label, text = '']): [string, string] => [
    label,
    label === 'le' && typeof text === 'number' ? formatBound(text) : String(text),
  ]);
  return `${metricName ?? name}${formatLabels(pairs)} ${formatValue(value)}\n`;
}

/**
 * prom-client collects, this class writes: `Registry.metrics()` renames its counters for good when it writes
 * OpenMetrics (15.1.3), so the text format would lose `_total` afterwards.
 */
export class ProcessMetrics {
  readonly #registry = new Registry();

  constructor() {
    collectDefaultMetrics({ register: this.#registry });
  }

  /** All families, without the end mark. */
  async render(format: Format): Promise<string> {
    let text = '';
    for (const { name, help, type, values } of await this.#registry.getMetricsAsJSON()) {
      text += formatHeader({ name, help, type: String(type) }, format);
      for (const value of values) text += writeValue(name, value);
    }
    return text;
  }
}
