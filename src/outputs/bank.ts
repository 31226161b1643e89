/**
 * The counters of one thread: one Float64Array, and the layout that says which cell is which series. Writers resolve
 * their cells when they are wired and then only do index arithmetic.
 */
import { createHash } from 'node:crypto';
import {
  type Family,
  type LayoutInput,
  labelNames,
  METRICS,
  type MetricName,
} from './metric-table.ts';

interface AxisLayout {
  readonly rows: readonly (readonly string[])[];
  /** Cells from one row to the next. */
  readonly stride: number;
  readonly labelCount: number;
  readonly indexOf: ReadonlyMap<string, number>;
}

/**
 * Where a family lies. The cell of a series is `base` + Σ row × stride over its axes; the last axis has stride `width`,
 * so the values of the last label of a counter or gauge are neighbouring cells in the order of their set.
 */
export interface FamilyLayout {
  readonly definition: Family;
  readonly base: number;
  /** Cells per series: 1, or for a histogram its bounds, then sum, then count. */
  readonly width: number;
  readonly seriesCount: number;
  readonly axes: readonly AxisLayout[];
}

export interface Layout {
  readonly input: LayoutInput;
  /** Equal exactly when two layouts have the same cells. */
  readonly id: string;
  readonly cellCount: number;
  /** In the order of the metric table, which is the order of output. */
  readonly families: readonly FamilyLayout[];
  family(name: MetricName): FamilyLayout;
}

/** Two cells follow the bounds of a histogram: sum, count. The +Inf bucket is the count and needs no cell. */
const HISTOGRAM_EXTRA = 2;
const KEY_SEPARATOR = '\u0000';

function createAxes(definition: Family, input: LayoutInput, width: number): AxisLayout[] {
  let stride = width;
  const axes: AxisLayout[] = [];
  for (const axis of definition.axes.toReversed()) {
    const rows = axis.rows(input);
    const indexOf = new Map(rows.map((row, index) => [row.join(KEY_SEPARATOR), index]));
    if (indexOf.size !== rows.length) {
      throw new Error(`${definition.name}: the values of ${axis.labels.join(', ')} repeat`);
    }
    axes.unshift({ rows, stride, labelCount: axis.labels.length, indexOf });
    stride *= rows.length;
  }
  return axes;
}

function createFamily(definition: Family, input: LayoutInput, base: number): FamilyLayout {
  const width = definition.type === 'histogram' ? definition.buckets.length + HISTOGRAM_EXTRA : 1;
  const axes = createAxes(definition, input, width);
  const seriesCount = axes.reduce((product, axis) => product * axis.rows.length, 1);
  return { definition, base, width, seriesCount, axes };
}

function identify(families: Iterable<FamilyLayout>): string {
  const hash = createHash('sha256');
  for (const { definition, base, axes } of families) {
    hash.update(JSON.stringify([definition.name, base, axes.map((axis) => axis.rows)]));
  }
  return hash.digest('hex').slice(0, 16);
}

/**
 * Lays every family of the table out. Pure: equal inputs give equal layouts, on any thread. Families with a reloadable
 * label stand last, so a cell of any other family stays valid over a reload. Throws on peers that repeat or do not
 * begin with `other`, and on repeated tuples or statuses: the configuration and the tables rule them out.
 */
export function createLayout(input: LayoutInput): Layout {
  if (input.peers[0] !== 'other') throw new Error('peers: index 0 must be other');
  const byName = new Map<string, FamilyLayout>();
  let cellCount = 0;
  for (const reloadable of [false, true]) {
    for (const definition of METRICS as readonly Family[]) {
      if (definition.axes.some((axis) => axis.reloadable) !== reloadable) continue;
      const family = createFamily(definition, input, cellCount);
      byName.set(definition.name, family);
      cellCount += family.seriesCount * family.width;
    }
  }
  const family = (name: string): FamilyLayout => {
    const found = byName.get(name);
    if (found === undefined) throw new Error(`unknown metric ${name}`);
    return found;
  };
  const families = METRICS.map(({ name }) => family(name));
  return { input, id: identify(families), cellCount, families, family };
}

/** Series of a scrape in which everything was counted once: a histogram has one for each bound, +Inf, sum and count. */
export function seriesOf(layout: Layout): number {
  return layout.families.reduce((sum, { definition, seriesCount, width }) => {
    return sum + seriesCount * (definition.type === 'histogram' ? width + 1 : 1);
  }, 0);
}

/** Label values of series number `series` (0 to `seriesCount` - 1), in the order of `labelNames`. */
export function seriesLabels(family: FamilyLayout, series: number): string[] {
  const offset = series * family.width;
  return family.axes.flatMap(
    ({ rows, stride }) => rows[Math.floor(offset / stride) % rows.length] ?? [],
  );
}

/** First cell of the series with these label values; -1 when the family has no such series. */
function findSeries(family: FamilyLayout, labelValues: readonly string[]): number {
  let cell = family.base;
  let at = 0;
  for (const { indexOf, labelCount, stride } of family.axes) {
    const row = indexOf.get(labelValues.slice(at, at + labelCount).join(KEY_SEPARATOR));
    if (row === undefined) return -1;
    cell += row * stride;
    at += labelCount;
  }
  return at === labelValues.length ? cell : -1;
}

/** For each cell that begins a histogram series, 1 + the index of its bounds; 0 elsewhere. */
function indexHistograms(layout: Layout): { boundsAt: Uint8Array; bounds: readonly number[][] } {
  const boundsAt = new Uint8Array(layout.cellCount);
  const bounds: number[][] = [];
  for (const { definition, base, seriesCount, width } of layout.families) {
    if (definition.type !== 'histogram') continue;
    bounds.push([...definition.buckets]);
    for (let series = 0; series < seriesCount; series++) {
      boundsAt[base + series * width] = bounds.length;
    }
  }
  return { boundsAt, bounds };
}

export class Bank {
  #layout: Layout;
  #cells: Float64Array;
  #boundsAt: Uint8Array;
  #bounds: readonly number[][];

  constructor(layout: Layout) {
    const { boundsAt, bounds } = indexHistograms(layout);
    this.#layout = layout;
    this.#cells = new Float64Array(layout.cellCount);
    this.#boundsAt = boundsAt;
    this.#bounds = bounds;
  }

  get layout(): Layout {
    return this.#layout;
  }

  get cells(): Float64Array {
    return this.#cells;
  }

  /**
   * The cell of a series, label values in the order of the table: `cell('callfate_orphans_total', 'bye')`. For wiring,
   * not for the hot path. Throws on a metric or label value that the table does not have: that is a bug.
   */
  cell(name: MetricName, ...labelValues: readonly string[]): number {
    const family = this.#layout.family(name);
    const cell = findSeries(family, labelValues);
    if (cell < 0) {
      const labels = labelNames(family.definition).join(',');
      throw new Error(`${name}{${labels}} has no series (${labelValues.join(', ')})`);
    }
    return cell;
  }

  add(cell: number, n = 1): void {
    this.#cells[cell] = (this.#cells[cell] ?? 0) + n;
  }

  set(cell: number, value: number): void {
    this.#cells[cell] = value;
  }

  /**
   * Counts `seconds` in the histogram series that begins at `cell`. A negative or missing number is left out: it would
   * make the sum fall, which a counter never does. Throws when no histogram begins there: that is a bug.
   */
  observe(cell: number, seconds: number): void {
    const bounds = this.#bounds[(this.#boundsAt[cell] ?? 0) - 1];
    if (bounds === undefined) throw new Error(`no histogram begins at cell ${cell}`);
    if (!(seconds >= 0 && seconds < Number.POSITIVE_INFINITY)) return;
    const sum = cell + bounds.length;
    const bucket = bounds.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) this.add(cell + bucket);
    this.add(sum, seconds);
    this.add(sum + 1);
  }

  copy(): Float64Array {
    return this.#cells.slice();
  }

  /**
   * Takes a new layout over, keeping the value of every series that exists in both; a removed peer's series are gone.
   * Cells of families without a peer label stay valid, the others must be resolved again.
   */
  relayout(next: Layout): void {
    const cells = new Float64Array(next.cellCount);
    for (const family of next.families) {
      const before = this.#layout.families.find((one) => one.definition === family.definition);
      if (before === undefined) continue;
      for (let series = 0; series < family.seriesCount; series++) {
        const from = findSeries(before, seriesLabels(family, series));
        if (from < 0) continue;
        cells.set(
          this.#cells.subarray(from, from + family.width),
          family.base + series * family.width,
        );
      }
    }
    const { boundsAt, bounds } = indexHistograms(next);
    this.#layout = next;
    this.#cells = cells;
    this.#boundsAt = boundsAt;
    this.#bounds = bounds;
  }
}

/** Cell-wise sum of two banks of one layout, e.g. the engine's copy and the edge's live cells. */
export function sumCells(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, cell) => value + (b[cell] ?? 0));
}
