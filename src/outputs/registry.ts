/** The families of a bank in an embedder's own prom-client registry. */
import {
  type Metric,
  type OpenMetricsContentType,
  type PrometheusContentType,
  Registry,
} from 'prom-client';
import { type Bank, type FamilyLayout, seriesLabels } from './bank.ts';
import { type Family, labelNames, METRICS, type MetricName } from './metric-table.ts';
import type { Exemplar } from './text-format.ts';

/** A registry of either content type, or of one that changes it. */
export type AnyRegistry =
  | Registry<PrometheusContentType>
  | Registry<OpenMetricsContentType>
  | Registry<PrometheusContentType | OpenMetricsContentType>;

interface Sample {
  readonly labels: Record<string, string | number>;
  readonly value: number;
  readonly metricName?: string;
  readonly exemplar?: ClientExemplar | undefined;
}

/** An exemplar as prom-client's writer reads it. */
interface ClientExemplar {
  readonly labelSet: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timestamp: number;
}

type ExemplarOf = (cell: number) => ClientExemplar | undefined;

function histogramSamples(
  { definition }: FamilyLayout,
  labels: Record<string, string>,
  cells: Float64Array,
  first: number,
  exemplarOf: ExemplarOf,
): Sample[] {
  const { name, buckets } = definition;
  const sum = first + buckets.length;
  const count = cells[sum + 1] ?? 0;
  let below = 0;
  const bounds = buckets.map((le, bound): Sample => {
    below += cells[first + bound] ?? 0;
    const exemplar = exemplarOf(first + bound);
    return { labels: { le, ...labels }, value: below, metricName: `${name}_bucket`, exemplar };
  });
  return [
    ...bounds,
    {
      labels: { le: '+Inf', ...labels },
      value: count,
      metricName: `${name}_bucket`,
      exemplar: exemplarOf(sum + 1),
    },
    { labels, value: cells[sum] ?? 0, metricName: `${name}_sum` },
    { labels, value: count, metricName: `${name}_count` },
  ];
}

function readFamily(family: FamilyLayout, cells: Float64Array, exemplarOf: ExemplarOf): Sample[] {
  const { definition, base, width, seriesCount } = family;
  const names = labelNames(definition);
  const samples: Sample[] = [];
  for (let series = 0; series < seriesCount; series++) {
    const first = base + series * width;
    if (!definition.preinit && cells[first + width - 1] === 0) continue;
    const values = seriesLabels(family, series);
    const labels = Object.fromEntries(names.map((label, index) => [label, values[index] ?? '']));
    if (definition.type === 'histogram') {
      samples.push(...histogramSamples(family, labels, cells, first, exemplarOf));
    } else {
      const exemplar = definition.type === 'counter' ? exemplarOf(first) : undefined;
      samples.push({ labels, value: cells[first] ?? 0, exemplar });
    }
  }
  return samples;
}

/** What belongs to a bank but does not stand in it. */
export interface FamilySource {
  /** Brings the bank's cells up to date; called before they are read. */
  readonly refresh?: () => void;
  readonly exemplars?: () => readonly Exemplar[];
}

/**
 * What prom-client's registry asks of a metric, fed from the bank when it asks. A real prom-client metric would hold
 * every value a second time, and it loses `_total` in text after one OpenMetrics rendering (15.1.3).
 */
class BankMetric {
  /** prom-client strips `_total` from it in OpenMetrics, so `get` does not use it. */
  name: string;
  readonly help: string;
  readonly type: string;
  readonly aggregator = 'sum';
  readonly #definition: Family & { readonly name: MetricName };
  readonly #bank: Bank;
  readonly #registry: AnyRegistry;
  readonly #source: FamilySource;

  constructor(
    definition: Family & { readonly name: MetricName },
    bank: Bank,
    registry: AnyRegistry,
    source: FamilySource,
  ) {
    this.name = definition.name;
    this.help = definition.help;
    this.type = definition.type;
    this.#definition = definition;
    this.#bank = bank;
    this.#registry = registry;
    this.#source = source;
  }

  /** Reads the bank before it first waits: prom-client asks all metrics in one turn, so a scrape is consistent. */
  async get(): Promise<object> {
    const { name, help, type } = this.#definition;
    const open = this.#registry.contentType === Registry.OPENMETRICS_CONTENT_TYPE;
    this.#source.refresh?.();
    const exemplars = (open ? this.#source.exemplars?.() : undefined) ?? [];
    const byCell = new Map(exemplars.map((one) => [one.cell, one]));
    const exemplarOf: ExemplarOf = (cell) => {
      const exemplar = byCell.get(cell);
      return exemplar && { ...exemplar, labelSet: exemplar.labels };
    };
    return {
      // prom-client's OpenMetrics writer appends `_total` to the name of a counter.
      name: open && type === 'counter' ? name.replace(/_total$/, '') : name,
      help,
      type,
      aggregator: this.aggregator,
      values: readFamily(this.#bank.layout.family(name), this.#bank.cells, exemplarOf),
    };
  }

  /** Does nothing: counters that fell to 0 beside live gauges would break `started = ended + active`. */
  reset(): void {}
}

/**
 * Registers every family that the engine counts (those of the edge have no meaning in a library). The registry may be
 * of either content type and may change it. Throws, as prom-client does, when it has a metric of one of these names.
 */
export function registerFamilies(
  bank: Bank,
  registry: AnyRegistry,
  source: FamilySource = {},
): void {
  for (const definition of METRICS) {
    if (definition.side === 'edge') continue;
    const metric = new BankMetric(definition, bank, registry, source);
    // The typings ask for prom-client's own classes; its registry uses name, type, get and reset alone.
    registry.registerMetric(metric as unknown as Metric);
  }
}
