/** One scrape: every series by its name and labels as they are written. */
export type Scrape = ReadonlyMap<string, Sample>;

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** How far the series of one family with these label values moved. */
export interface Moved {
  readonly values: readonly string[];
  readonly by: number;
}

/** Reads the Prometheus text format 0.0.4, as far as callfate writes it: no time stamps. */
export function readScrape(text: string): Scrape {
  const samples = new Map<string, Sample>();
  for (const line of text.split('\n')) {
    const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const pairs = labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g);
    samples.set(line.slice(0, line.lastIndexOf(' ')), {
      name,
      labels: Object.fromEntries([...pairs].map(([, label = '', text = '']) => [label, text])),
      value: Number(value),
    });
  }
  return samples;
}

/** Sum over all series of the family. */
export function total(scrape: Scrape, name: string): number {
  let sum = 0;
  for (const sample of scrape.values()) if (sample.name === name) sum += sample.value;
  return sum;
}

/**
 * What moved in a family between two scrapes, summed over the labels that are not in `by`, in the order of the page.
 * A series that is absent counts as 0.
 */
export function moved(
  before: Scrape,
  after: Scrape,
  name: string,
  by: readonly string[],
): readonly Moved[] {
  const sums = new Map<string, { values: readonly string[]; by: number }>();
  for (const [series, sample] of after) {
    if (sample.name !== name) continue;
    const values = by.map((label) => sample.labels[label] ?? '');
    const sum = sums.get(values.join('\n')) ?? { values, by: 0 };
    sum.by += sample.value - (before.get(series)?.value ?? 0);
    sums.set(values.join('\n'), sum);
  }
  return [...sums.values()].filter((sum) => sum.by !== 0);
}
