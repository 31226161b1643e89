/**
 * Writes the cells of a bank as Prometheus text 0.0.4 or OpenMetrics 1.0.0. All of a line but its value is made once
 * per series and kept, so a scrape is one concatenation per line.
 */
import { type FamilyLayout, type Layout, seriesLabels } from './bank.ts';
import { labelNames } from './metric-table.ts';
import {
  type Exemplar,
  type Format,
  formatBound,
  formatExemplar,
  formatHeader,
  formatLabels,
  formatValue,
} from './text-format.ts';

interface FamilyWriter {
  readonly layout: FamilyLayout;
  readonly header: Readonly<Record<Format, string>>;
  /** By series: the start of each of its lines up to the value. Filled when first written. */
  readonly prefixes: (readonly string[] | undefined)[];
}

type ExemplarOf = (cell: number) => string;
const NO_EXEMPLAR: ExemplarOf = () => '';

function createPrefixes({ definition, ...family }: FamilyLayout, series: number): string[] {
  const { name, type, buckets } = definition;
  const names = labelNames(definition);
  const values = seriesLabels({ definition, ...family }, series);
  const labels = names.map((label, index) => [label, values[index] ?? ''] as const);
  if (type !== 'histogram') return [`${name}${formatLabels(labels)} `];
  const bounds = [...buckets.map(formatBound), '+Inf'];
  return [
    ...bounds.map((bound) => `${name}_bucket${formatLabels([...labels, ['le', bound]])} `),
    `${name}_sum${formatLabels(labels)} `,
    `${name}_count${formatLabels(labels)} `,
  ];
}

/** Bounds are counted apart in the bank and written cumulated; the count is the +Inf bucket too. */
function writeHistogram(
  prefixes: readonly string[],
  cells: Float64Array,
  first: number,
  exemplarOf: ExemplarOf,
): string {
  const bounds = prefixes.length - 3;
  const count = first + bounds + 1;
  let below = 0;
  let text = '';
  for (let bound = 0; bound < bounds; bound++) {
    below += cells[first + bound] ?? 0;
    text += `${prefixes[bound]}${formatValue(below)}${exemplarOf(first + bound)}\n`;
  }
  const total = formatValue(cells[count] ?? 0);
  text += `${prefixes[bounds]}${total}${exemplarOf(count)}\n`;
  text += `${prefixes[bounds + 1]}${formatValue(cells[first + bounds] ?? 0)}\n`;
  return `${text}${prefixes[bounds + 2]}${total}\n`;
}

function writeFamily(
  { layout, header, prefixes }: FamilyWriter,
  format: Format,
  cells: Float64Array,
  exemplarOf: ExemplarOf,
): string {
  const { base, width, seriesCount, definition } = layout;
  let text = header[format];
  for (let series = 0; series < seriesCount; series++) {
    const first = base + series * width;
    // The last cell of a series, its value or its count, tells whether anything was counted.
    if (!definition.preinit && cells[first + width - 1] === 0) continue;
    prefixes[series] ??= createPrefixes(layout, series);
    const lines = prefixes[series] ?? [];
    if (definition.type === 'histogram') {
      text += writeHistogram(lines, cells, first, exemplarOf);
    } else {
      text += `${lines[0]}${formatValue(cells[first] ?? 0)}${exemplarOf(first)}\n`;
    }
  }
  return text;
}

export class Exposition {
  readonly layout: Layout;
  readonly #writers: readonly FamilyWriter[];

  constructor(layout: Layout) {
    this.layout = layout;
    this.#writers = layout.families.map((family) => ({
      layout: family,
      header: {
        text: formatHeader(family.definition, 'text'),
        openmetrics: formatHeader(family.definition, 'openmetrics'),
      },
      prefixes: new Array(family.seriesCount),
    }));
  }

  /**
   * All families in table order, without the end mark (`END_MARK`), so that others can follow. Exemplars are written
   * in OpenMetrics only, on counters and buckets; one whose labels are too long is left out.
   */
  render(format: Format, cells: Float64Array, exemplars: readonly Exemplar[] = []): string {
    const byCell = new Map(exemplars.map((one) => [one.cell, one]));
    const exemplarOf: ExemplarOf = (cell) => {
      const exemplar = byCell.get(cell);
      return exemplar === undefined ? '' : formatExemplar(exemplar);
    };
    let text = '';
    for (const writer of this.#writers) {
      const allowed = format === 'openmetrics' && writer.layout.definition.type !== 'gauge';
      text += writeFamily(writer, format, cells, allowed ? exemplarOf : NO_EXEMPLAR);
    }
    return text;
  }
}
