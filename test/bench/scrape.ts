import { DEFAULTS } from '../../src/config/schema.ts';
import { Engine } from '../../src/engine.ts';
import { engineOptions } from '../../src/engine-options.ts';
import { sumCells } from '../../src/outputs/bank.ts';
import { Exposition } from '../../src/outputs/exposition.ts';
import type { Format } from '../../src/outputs/text-format.ts';
import { cpuMicros, median, type Row, row } from './measure.ts';

const RUNS = 11;
/** They give about 4,000, 10,000 and 40,000 series, every one of them written. */
const PEER_COUNTS = [4, 24, 128];
const REACH_SERIES = 10_000;

interface Cost {
  readonly series: number;
  readonly bytes: number;
  readonly millis: number;
}

/** One scrape as the sidecar makes it: snapshot in the engine, sum, text; every series counted something. */
function scrapeCost(peers: number, format: Format): Cost {
  const config = {
    ...DEFAULTS,
    peers: Array.from({ length: peers }, (_, i) => ({
      name: `carrier-${i}`,
      role: 'carrier' as const,
      hosts: [],
      users: [],
      addresses: [`10.${Math.floor(i / 250)}.${i % 250}.1`],
    })),
  };
  const engine = new Engine(engineOptions(config, '0.0.0'), () => undefined);
  const { bank } = engine;
  for (let cell = 0; cell < bank.cells.length; cell++) bank.set(cell, cell * 7 + 1);
  const exposition = new Exposition(bank.layout);
  const edge = new Float64Array(bank.cells.length);
  const ended = bank.layout.family('callfate_attempts_ended_total');
  const exemplars = Array.from({ length: ended.seriesCount }, (_, i) => ({
    cell: ended.base + i,
    labels: { call_id: `6f2c9d1a-${i}-4be7-a0c3@pbx.example.com` },
    value: 1,
    timestamp: 1_795_255_200.123,
  }));
  const render = (): string => {
    const { cells } = engine.snapshot();
    return exposition.render(format, sumCells(cells, edge), exemplars);
  };
  const text = render();
  const times = Array.from({ length: RUNS }, () => {
    const before = cpuMicros();
    render();
    return (cpuMicros() - before) / 1000;
  });
  const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
  return { series, bytes: Buffer.byteLength(text), millis: median(times) };
}

/** Part `scrape`: CPU and size of a scrape by number of series. */
export function scrapeRows(): Row[] {
  return PEER_COUNTS.flatMap((peers) =>
    (['text', 'openmetrics'] as const).map((format) => {
      const { series, bytes, millis } = scrapeCost(peers, format);
      const near = series > REACH_SERIES / 2 && series < REACH_SERIES * 2;
      const what = format === 'openmetrics' ? 'OpenMetrics with exemplars' : 'text';
      return row(`scrape of ${series.toLocaleString('en')} series, ${what}`, millis, 'ms CPU', {
        reach: near && format === 'openmetrics' ? 5 : null,
        note: `${peers} peers, ${Math.round(bytes / 1024)} KiB`,
      });
    }),
  );
}
