/** The budget of series: counted as a scrape shows them, and enforced before anything starts. */
import { describe, expect, test } from 'vitest';
import { errorLines } from '../src/config/errors.ts';
import { DEFAULTS } from '../src/config/schema.ts';
import { loadSetup } from '../src/config/setup.ts';
import { Bank, createLayout, seriesOf } from '../src/outputs/bank.ts';
import { Exposition } from '../src/outputs/exposition.ts';
import { countSeries } from '../src/series.ts';
import { INPUT } from './outputs/fixtures.ts';

/** A configuration with so many peers. */
function peers(count: number, more = ''): string {
  const entries = Array.from({ length: count }, (_, i) => {
    return `  - {name: p${i}, role: carrier, addresses: [10.0.${i >> 8}.${i & 255}]}\n`;
  });
  return `limits:\n  peers: ${count}\n${more}peers:\n${entries.join('')}`;
}

const load = (text: string) =>
  loadSetup({ file: 'x.yaml', environment: {}, readFile: readAll(text) }, countSeries);
const readAll = (text: string) => (path: string) => {
  if (path === 'x.yaml') return text;
  throw new Error(path);
};

test('a scrape in which everything was counted has as many series', () => {
  const layout = createLayout(INPUT);
  const bank = new Bank(layout);
  const cells = bank.cells.map(() => 1);
  const lines = new Exposition(layout).render('text', cells).split('\n');
  const samples = lines.filter((line) => line !== '' && !line.startsWith('#'));
  expect(samples).toHaveLength(seriesOf(layout));
});

describe('limits.series', () => {
  test('has room for as many peers and groups of numbers as the other limits allow', () => {
    const { peers: most } = DEFAULTS.limits;
    const groups = Array.from({ length: 64 }, (_, i) => `  - {name: g${i}, starts: ["+${i + 1}"]}`);
    const text = `${peers(most)}prefixes:\n${groups.join('\n')}\n`;
    const loaded = load(text);
    expect(loaded).toMatchObject({ ok: true });
  });

  test('is told with the list that makes most of them', () => {
    const loaded = load(peers(300));
    expect(loaded.ok ? [] : errorLines(loaded.error)).toEqual([
      expect.stringMatching(
        /^x\.yaml:4:3: peers: 300 entries make \d+ series of metrics, more than limits\.series \(100000\); remove some, or raise limits\.series \[CFG_RANGE\]$/,
      ),
    ]);
  });

  test('can be raised, and lowered', () => {
    expect(load(peers(300, '  series: 200000\n'))).toMatchObject({ ok: true });
    const loaded = load('limits:\n  series: 1000\n');
    expect(loaded.ok ? [] : errorLines(loaded.error)).toEqual([
      expect.stringContaining('x.yaml:2:11: limits.series: '),
    ]);
  });
});
