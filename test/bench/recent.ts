import { readFileSync } from 'node:fs';
import { legParties, RecentCalls } from '../../src/api/recent-calls.ts';
import { Windows } from '../../src/api/summary.ts';
import type { Verdict } from '../../src/classify/outcome.ts';
import type { Vocabulary } from '../../src/classify/vocabulary/vocabulary.ts';
import { DEFAULTS, SHIPPED_VOCABULARIES } from '../../src/config/schema.ts';
import { readVocabulary } from '../../src/config/vocabulary-file.ts';
import { readYaml } from '../../src/config/yaml.ts';
import { Engine } from '../../src/engine.ts';
import { liveOptions } from '../../src/engine-options.ts';
import { Redactor } from '../../src/outputs/redact.ts';
import { traceOf } from '../../src/trace.ts';
import { feed, PEERS, RATE } from './in-memory.ts';
import { cpuMicros, type Row, row } from './measure.ts';
import { CallStream } from './stream.ts';

const CALLS = 20_000;

interface Told {
  readonly verdict: Verdict;
  readonly trace: string;
}

/** The shipped ones, from the folder of the project: the benchmark is compiled to another place. */
function vocabularies(): readonly Vocabulary[] {
  return SHIPPED_VOCABULARIES.flatMap((id) => {
    const path = `config/vocabularies/${id}.yaml`;
    const tree = readYaml(readFileSync(path, 'utf8'), path);
    const read = tree.ok ? readVocabulary(tree.value, DEFAULTS.vocabularies.thresholds) : tree;
    return read.ok ? [read.value] : [];
  });
}

/** As many calls as asked for, from an engine of its own; with what CPU time traces took, us a call. */
function calls(count: number): { readonly told: readonly Told[]; readonly traceMicros: number } {
  const told: Told[] = [];
  const config = { ...DEFAULTS, peers: PEERS };
  let traceMicros = 0;
  const engine = new Engine(liveOptions(config, '0.0.0', vocabularies()), (verdict, legs, own) => {
    const before = performance.now();
    const trace = traceOf(legs, own);
    traceMicros += 1000 * (performance.now() - before);
    // As it comes out of the other thread.
    if (told.length < count) told.push(structuredClone({ verdict, trace }));
  });
  const stream = new CallStream({ inProgress: 2000, rate: RATE });
  const bench = { engine, stream, verdicts: () => told.length };
  while (stream.establish()) feed(bench);
  while (told.length < count) {
    stream.fill();
    feed(bench);
  }
  return { told, traceMicros: traceMicros / told.length };
}

function heapBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function storeFor(redactor: Redactor): RecentCalls {
  return new RecentCalls({ maxCalls: CALLS, maxAgeSeconds: 3600, maxBytes: 2 ** 30 }, redactor, {
    removed: () => undefined,
    kept: () => undefined,
  });
}

/** Part `recent`: what a kept call costs, in memory and on the thread that keeps it. */
export function recentRows(): Row[] {
  const redactor = new Redactor('a key of the benchmark');
  const windows = new Windows(({ peerOut }) => peerOut);
  const { told, traceMicros } = calls(CALLS);
  const keep = (store: RecentCalls, some = told): { redact: number; store: number } => {
    const begun = cpuMicros();
    const shown = some.map(({ verdict, trace }) =>
      redactor.verdict(verdict, legParties(verdict, trace)),
    );
    const redacted = cpuMicros();
    some.forEach(({ verdict, trace }, i) => {
      windows.add(verdict, i);
      store.add(verdict, shown[i] ?? verdict, trace, i);
    });
    return { redact: (redacted - begun) / CALLS, store: (cpuMicros() - redacted) / CALLS };
  };
  keep(storeFor(redactor), told.slice(0, CALLS / 10));
  const before = heapBytes();
  const store = storeFor(redactor);
  // The texts of a trace come with the message that brings them: they belong to the store.
  const traces = told.reduce((sum, { trace }) => sum + trace.length, 0) / CALLS;
  const micros = keep(store);
  const bytes = (heapBytes() - before) / CALLS + traces;
  const verdicts = told.reduce((sum, { verdict }) => sum + JSON.stringify(verdict).length, 0);
  return [
    row(`memory of a kept call, ${store.size.toLocaleString('en')}`, bytes, 'B', {
      note: `verdict ${Math.round(verdicts / CALLS)}, ladder ${Math.round(traces)} characters`,
    }),
    row('keeping a call, on the edge', micros.store, 'us CPU/call', {
      note: `redaction, which its log line needs too: ${micros.redact.toFixed(1)}`,
    }),
    row('its legs as text, on the engine', traceMicros, 'us/call', {}),
  ];
}
