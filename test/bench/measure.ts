/** One figure of the table. */
export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What issue and design ask for; `null`: nothing. */
  readonly reach: number | null;
  /** Which side of `reach` is good. */
  readonly good: 'below' | 'above';
  /** A ratio to another figure of the same run, or what else belongs to it. */
  readonly note: string;
}

export function row(
  name: string,
  value: number,
  unit: string,
  { reach = null, good = 'below', note = '' }: Partial<Pick<Row, 'reach' | 'good' | 'note'>> = {},
): Row {
  return { name, value, unit, reach, good, note };
}

/** CPU time of this process, user and system, all threads, µs. */
export function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/**
 * CPU time per unit of work, in slices: the median says what it costs, the lowest what it costs when the machine is
 * quiet.
 */
export class Slices {
  readonly #each: number;
  readonly #slices: number[] = [];
  #micros = 0;
  #units = 0;

  /** `each`: units of one slice. */
  constructor(each: number) {
    this.#each = each;
  }

  /** Runs `work`, which does `units` of it. */
  measure(units: number, work: () => void): void {
    const before = cpuMicros();
    work();
    this.#micros += cpuMicros() - before;
    this.#units += units;
    if (this.#units < this.#each) return;
    this.#slices.push(this.#micros / this.#units);
    this.#micros = 0;
    this.#units = 0;
  }

  /** µs per unit. */
  get median(): number {
    return median(this.#slices);
  }

  get lowest(): number {
    return Math.min(...this.#slices);
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** A number with as many digits as mean something. */
export function format(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en');
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);
}

export function table(rows: readonly Row[]): string {
  const head = ['figure', 'measured', 'unit', 'reach', '', 'note'];
  const body = rows.map((one) => [
    one.name,
    format(one.value),
    one.unit,
    one.reach === null ? '' : `${one.good === 'below' ? '<=' : '>='} ${format(one.reach)}`,
    verdict(one),
    one.note,
  ]);
  const lines = [head, ...body];
  const widths = head.map((_, i) => Math.max(...lines.map((line) => line[i]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, i) => (i === 1 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function verdict({ value, reach, good }: Row): string {
  if (reach === null) return '';
  return (good === 'below' ? value <= reach : value >= reach) ? 'reached' : 'missed';
}
