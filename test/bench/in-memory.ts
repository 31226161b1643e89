import type { Verdict } from '../../src/classify/outcome.ts';
import { type Config, DEFAULTS } from '../../src/config/schema.ts';
import { Engine } from '../../src/engine.ts';
import { engineOptions } from '../../src/engine-options.ts';
import { createLogger } from '../../src/lib/log.ts';
import { createCallLog } from '../../src/outputs/call-log.ts';
import type { MetricName } from '../../src/outputs/metric-table.ts';
import type { FrameMeta } from '../../src/sources/source.ts';
import { SOURCES } from '../../src/sources/source.ts';
import { type Row, row, Slices } from './measure.ts';
import { CallStream, type StreamOptions } from './stream.ts';

/** Messages of simulated time per second: what the design is to bear. */
export const RATE = 100_000;
/** Before figures count: code is compiled, tables are warm. */
const WARM_UP = 100_000;
const SLICE = 40_000;
const SLICES = 7;

/** Peers as the generated calls need them. */
export const PEERS = [
  { name: 'pbx', role: 'pbx', hosts: [], users: [], addresses: ['10.0.0.1'] },
  { name: 'proxy', role: 'proxy', hosts: [], users: [], addresses: ['10.0.0.2'] },
  { name: 'carrier-a', role: 'carrier', hosts: [], users: [], addresses: ['10.0.0.11'] },
  { name: 'carrier-b', role: 'carrier', hosts: [], users: [], addresses: ['10.0.0.12'] },
] as const;

export interface Bench {
  readonly engine: Engine;
  readonly stream: CallStream;
  /** Verdicts so far. */
  verdicts(): number;
}

export interface BenchOptions extends StreamOptions {
  /** `calls.max`. */
  readonly max: number;
  /** With the log line of every call, into nothing. */
  readonly log?: boolean;
  /** Peers besides those of the calls. */
  readonly morePeers?: number;
}

/** An engine as `callfate run` makes it, in this thread, and a stream of calls for it. */
export function createBench(
  { max, log = false, morePeers = 0, ...stream }: BenchOptions,
  onVerdict: (verdict: Verdict) => void = () => undefined,
): Bench {
  const peers = [...PEERS, ...furtherPeers(morePeers)];
  const config = { ...DEFAULTS, peers, calls: { ...DEFAULTS.calls, max } };
  let verdicts = 0;
  const sink = { write: () => true };
  const callLog = createCallLog(createLogger({ level: 'info', destination: sink }), config.log);
  const engine = new Engine(engineOptions(config, '0.0.0'), (verdict) => {
    verdicts++;
    onVerdict(verdict);
    if (log) callLog.write(verdict);
  });
  const { scannerProblem } = engine.pipeline;
  if (scannerProblem !== null) throw new Error(`the plain scanner: ${scannerProblem}`);
  return { engine, stream: new CallStream(stream), verdicts: () => verdicts };
}

/** Carriers in networks of their own. */
export function furtherPeers(count: number): Config['peers'] {
  return Array.from({ length: count }, (_, i) => ({
    name: `carrier-${i}`,
    role: 'carrier' as const,
    hosts: [],
    users: [],
    addresses: [`172.${16 + Math.floor(i / 250)}.${i % 250}.1`],
  }));
}

const META: FrameMeta = {
  source: SOURCES.indexOf('hep_udp'),
  arrivedAt: 0,
  payload: 'hep',
  transport: 17,
  addresses: new Uint8Array(36),
};

/** Feeds messages [from, to) of the stream's batch. */
export function feed({ engine, stream }: Bench, from = 0, to = stream.batch.count): void {
  const { packets, at } = stream.batch;
  for (let i = from; i < to; i++) {
    META.arrivedAt = at[i] as number;
    engine.pipeline.accept(packets[i] as Uint8Array, META);
  }
}

/** As many calls talk as should. */
export function establish(bench: Bench): void {
  while (bench.stream.establish()) feed(bench);
}

/** CPU time per message in the steady state. */
export function steady(bench: Bench, warmUp = WARM_UP): Slices {
  const { stream } = bench;
  for (let fed = 0; fed < warmUp; fed += stream.batch.count) {
    stream.fill();
    feed(bench);
  }
  const slices = new Slices(SLICE);
  for (let fed = 0; fed < SLICE * SLICES; fed += stream.batch.count) {
    stream.fill();
    slices.measure(stream.batch.count, () => feed(bench));
  }
  check(bench);
  return slices;
}

/** A figure of an engine that lost something would be worthless. */
function check({ engine, verdicts }: Bench): void {
  engine.publish();
  const { bank } = engine;
  const value = (name: MetricName): number => bank.cells[bank.cell(name)] ?? 0;
  const seen = {
    started: value('callfate_attempts_started_total'),
    opened: value('callfate_calls_opened_total'),
    closed: value('callfate_calls_closed_total'),
    open: value('callfate_calls_open'),
    merged: value('callfate_calls_merged_total'),
    verdicts: verdicts(),
    discarded: sum(Object.values(engine.pipeline.health.discards)),
    limits: sum([engine.tracker.counters.limits]),
    orphans: sum([engine.tracker.counters.orphans]),
  };
  const { started, opened, closed, open, merged, discarded, limits, orphans } = seen;
  const lawful = opened === started && opened === closed + open + merged;
  if (lawful && closed === seen.verdicts && discarded + limits + orphans === 0) return;
  throw new Error(`not all was counted: ${JSON.stringify(seen)}`);
}

function sum(columns: readonly Float64Array[]): number {
  return columns.reduce((all, cells) => cells.reduce((total, cell) => total + cell, all), 0);
}

const REACH_MICROS = 3;
const REACH_AT = 100_000;

/** Part `engine`: HEP packet to verdict in memory, by calls in progress. */
export function engineRows(): Row[] {
  const rows = [1_000, 10_000, 100_000].map((inProgress) => {
    const bench = createBench({ inProgress, rate: RATE, max: 131_072 });
    establish(bench);
    const slices = steady(bench);
    const name = `HEP to verdict, ${inProgress.toLocaleString('en')} calls in progress`;
    return row(name, slices.median, 'us CPU/message', {
      reach: inProgress === REACH_AT ? REACH_MICROS : null,
      note: `lowest slice ${slices.lowest.toFixed(2)}`,
    });
  });
  return rows;
}

/** Part `series`: does a message cost more, the more peers there are to count apart? */
export function seriesRows(): Row[] {
  return [4, 100, 1000, 4096].map((peers) => {
    const bench = createBench({
      inProgress: 10_000,
      rate: RATE,
      max: 131_072,
      morePeers: peers - 4,
    });
    establish(bench);
    const slices = steady(bench);
    const cells = bench.engine.bank.cells.length.toLocaleString('en');
    return row(
      `HEP to verdict, ${peers.toLocaleString('en')} peers`,
      slices.median,
      'us CPU/message',
      {
        note: `lowest slice ${slices.lowest.toFixed(2)}; ${cells} cells of counters`,
      },
    );
  });
}

/** Part `engine`, too: what varies besides the number of calls. */
export function variantRows(): Row[] {
  const variants = [
    { name: 'the same at 10,000 calls, with log lines', log: true },
    { name: 'the same at 10,000 calls, one calling number', oneCaller: true },
  ];
  return variants.map(({ name, ...options }) => {
    const bench = createBench({ inProgress: 10_000, rate: RATE, max: 131_072, ...options });
    establish(bench);
    const slices = steady(bench);
    return row(name, slices.median, 'us CPU/message', {
      note: `lowest slice ${slices.lowest.toFixed(2)}`,
    });
  });
}
