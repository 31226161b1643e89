import { openSync, readFileSync } from 'node:fs';
import type { CallKeys } from '../../src/api/call-keys.ts';
import { RECENT_CALLS_PER_SECOND, RecentCalls } from '../../src/api/recent-calls.ts';
import { Windows } from '../../src/api/summary.ts';
import type { Vocabulary } from '../../src/classify/vocabulary/vocabulary.ts';
import { DEFAULTS, SHIPPED_VOCABULARIES } from '../../src/config/schema.ts';
import { readVocabulary } from '../../src/config/vocabulary-file.ts';
import { readYaml } from '../../src/config/yaml.ts';
import { Engine, type OnVerdict } from '../../src/engine.ts';
import { liveOptions } from '../../src/engine-options.ts';
import { Handover, type VerdictBatch, verdictText } from '../../src/handover.ts';
import { createLogger } from '../../src/lib/log.ts';
import { type CallLog, createCallLog } from '../../src/outputs/call-log.ts';
import { Redactor } from '../../src/outputs/redact.ts';
import { feed, PEERS, RATE } from './in-memory.ts';
import { cpuMicros, median, type Row, row } from './measure.ts';
import { CallStream } from './stream.ts';

const CALLS = 20_000;
const RUNS = 5;
const HASH_KEY = 'a key of the benchmark';
/** Verdicts a second where few of them are kept. */
const ATTEMPT_RATE = 18_000;
const REACH_MICROS = 8;

type Told = Parameters<OnVerdict>;

/** The shipped ones, from the folder of the project: the benchmark is compiled to another place. */
function vocabularies(): readonly Vocabulary[] {
  return SHIPPED_VOCABULARIES.flatMap((id) => {
    const path = `config/vocabularies/${id}.yaml`;
    const tree = readYaml(readFileSync(path, 'utf8'), path);
    const read = tree.ok ? readVocabulary(tree.value, DEFAULTS.vocabularies.thresholds) : tree;
    return read.ok ? [read.value] : [];
  });
}

/** As many calls as asked for, from an engine of its own. */
function calls(count: number): readonly Told[] {
  const told: Told[] = [];
  const config = { ...DEFAULTS, peers: PEERS };
  const engine = new Engine(liveOptions(config, '0.0.0', vocabularies()), (...one) => {
    if (told.length < count) told.push(one);
  });
  const stream = new CallStream({ inProgress: 2000, rate: RATE });
  const bench = { engine, stream, verdicts: () => told.length };
  while (stream.establish()) feed(bench);
  while (told.length < count) {
    stream.fill();
    feed(bench);
  }
  return told;
}

function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function createStore(): RecentCalls {
  const limits = { maxCalls: CALLS, maxAgeSeconds: 3600, maxBytes: 2 ** 30 };
  return new RecentCalls(limits, new Redactor(HASH_KEY), {
    removed: () => undefined,
    kept: () => undefined,
  });
}

interface Cost {
  engine: number;
  crossing: number;
  edge: number;
}

/** us CPU a call of each step between verdict and standard output, batch by batch as in a sidecar. */
function cost(told: readonly Told[], perSecond: number, log: CallLog, store: RecentCalls): Cost {
  const sums: Cost = { engine: 0, crossing: 0, edge: 0 };
  const measured = <Result>(step: keyof Cost, work: () => Result): Result => {
    const before = cpuMicros();
    const result = work();
    sums[step] += (cpuMicros() - before) / told.length;
    return result;
  };
  let now = Date.UTC(2026, 10, 21);
  const options = { lines: true, keptPerSecond: RECENT_CALLS_PER_SECOND, hashKey: HASH_KEY };
  const handover = new Handover(options, () => now);
  const windows = new Windows(({ peerOut }) => peerOut);
  let next = 0;
  const fill = (): VerdictBatch => {
    while (next < told.length && !handover.isFull) {
      now += 1000 / perSecond;
      handover.add(...(told[next++] as Told));
    }
    return handover.take();
  };
  while (next < told.length) {
    const made = measured('engine', fill);
    const { buffer } = made.lines;
    const batch = measured('crossing', () => structuredClone(made, { transfer: [buffer] }));
    measured('edge', () => take(batch, { store, log, windows, now }));
  }
  return sums;
}

interface Edge {
  readonly store: RecentCalls;
  readonly log: CallLog;
  readonly windows: Windows;
  readonly now: number;
}

/** The edge's part, as `Recent` and `App` do it. */
function take(batch: VerdictBatch, { store, log, windows, now }: Edge): void {
  for (const tally of batch.tallies) windows.add(tally, now, tally.calls);
  for (const one of batch.kept) {
    store.add(JSON.parse(one.keys) as CallKeys, verdictText(batch, one), one.trace, now);
  }
  log.writeLines(batch.lines, batch.count);
}

/** Part `recent`: what a verdict costs on its way out, line and store included, and a kept call in memory. */
export function recentRows(): Row[] {
  const told = calls(CALLS);
  const destination = openSync('/dev/null', 'w');
  const queueBytes = 2 ** 30;
  const log = createCallLog(createLogger({ level: 'info', destination, queueBytes }), {
    redactNumbers: false,
  });
  const before = heapBytes();
  const store = createStore();
  cost(told, RECENT_CALLS_PER_SECOND, log, store);
  const bytes = (heapBytes() - before) / store.size;
  const rows = [RECENT_CALLS_PER_SECOND, ATTEMPT_RATE].map((perSecond) => {
    const runs = Array.from({ length: RUNS }, () => cost(told, perSecond, log, store));
    const of = (step: keyof Cost): number => median(runs.map((run) => run[step]));
    const steps = `${of('engine').toFixed(1)} to write it down, ${of('crossing').toFixed(1)} to cross`;
    const sum = of('engine') + of('crossing') + of('edge');
    const name = `verdict to standard output and store, ${perSecond.toLocaleString('en')} a second`;
    return row(name, sum, 'us CPU/call', {
      reach: REACH_MICROS,
      note: `${steps}, ${of('edge').toFixed(1)} on the edge`,
    });
  });
  return [...rows, row('memory of a kept call', bytes, 'B')];
}
