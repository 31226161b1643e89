import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import { type Bench, createBench, establish, feed, RATE, steady } from './in-memory.ts';
import { cpuMicros, type Row, row } from './measure.ts';

const MESSAGES_PER_CALL = 9;
const FURTHER_MESSAGES = 4;
/** Messages between two turns of the event loop. */
const TURN = 256;
const STALL_BATCHES = 150;
const COLLECTIONS = 8;
const MIB = 1024 * 1024;

/** Several collections: the pages that the first one frees go back to the system with a later one. */
async function residentBytes(): Promise<number> {
  for (let i = 0; i < COLLECTIONS; i++) {
    globalThis.gc?.();
    await setImmediate();
  }
  return process.memoryUsage.rss();
}

/** An engine that is warm: code is compiled, the stream has its buffers. */
function warmBench(inProgress: number, max: number): Bench {
  const warm = createBench({ inProgress: 1000, rate: RATE, max: 1024 * 8 });
  establish(warm);
  steady(warm, 0);
  return createBench({ inProgress, rate: RATE, max });
}

/** Part `memory`: what calls in progress cost. `max` is `calls.max`. */
export async function memoryRows(): Promise<Row[]> {
  const bench = warmBench(106_667, 131_072);
  const empty = await residentBytes();
  establish(bench);
  const calls = bench.stream.talkers;
  const full = await residentBytes();
  let from = 0;
  while (from < calls) {
    from = bench.stream.further(from);
    feed(bench);
  }
  const further = await residentBytes();
  return [
    row(`memory of a call of ${MESSAGES_PER_CALL} messages, 100,000`, (full - empty) / calls, 'B', {
      reach: 450,
      note: `RSS ${mib(full)} MiB, calls.max 131,072`,
    }),
    row('memory of each further message', (further - full) / calls / FURTHER_MESSAGES, 'B', {
      reach: 24,
    }),
    drainRow(bench),
  ];
}

/** All calls in progress end when the sidecar stops. */
function drainRow({ engine, stream }: Bench): Row {
  const before = cpuMicros();
  engine.tracker.drain();
  const micros = cpuMicros() - before;
  return row('stop: end of a call in progress', micros / stream.talkers, 'us CPU/call', {
    note: 'every call is judged; the sidecar gives this 5 s',
  });
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(0);
}

/** Part `million`: the supported maximum, its memory, cost and pauses. */
export async function millionRows(): Promise<Row[]> {
  const bench = warmBench(1_000_000, 1_048_576);
  const empty = await residentBytes();
  establish(bench);
  const full = await residentBytes();
  const { talkers } = bench.stream;
  const stalls = await measureStalls(bench);
  const slices = steady(bench, 0);
  const scrape = scrapeMillis(bench);
  return [
    row('memory of a call of 9 messages, 940,000', (full - empty) / talkers, 'B', { reach: 450 }),
    row('RSS at 1,000,000 calls in progress', process.memoryUsage.rss() / MIB, 'MiB', {
      reach: 700,
      note: `${mib(empty)} MiB before, calls.max 1,048,576`,
    }),
    row('HEP to verdict, 1,000,000 calls in progress', slices.median, 'us CPU/message', {
      note: `lowest slice ${slices.lowest.toFixed(2)}`,
    }),
    row('longest event-loop delay at 1,000,000 calls', stalls.delay, 'ms', {
      reach: 10,
      note: 'wall clock: other processes count in',
    }),
    row(`longest turn of ${TURN} messages`, stalls.turn, 'ms CPU', {
      reach: 10,
      note: `longest garbage collection ${stalls.collection.toFixed(1)} ms`,
    }),
    row('snapshot for a scrape at 1,000,000 calls', scrape, 'ms CPU', { reach: 10 }),
  ];
}

interface Stalls {
  /** All in ms. */
  readonly delay: number;
  readonly turn: number;
  readonly collection: number;
}

/** The steady state as a live process has it: a few messages, then the event loop's turn. */
async function measureStalls(bench: Bench): Promise<Stalls> {
  const { stream } = bench;
  let collection = 0;
  let turn = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) collection = Math.max(collection, duration);
  });
  observer.observe({ entryTypes: ['gc'] });
  const delays = monitorEventLoopDelay({ resolution: 1 });
  for (let i = 0; i < STALL_BATCHES; i++) {
    delays.disable();
    stream.fill();
    delays.enable();
    for (let from = 0; from < stream.batch.count; from += TURN) {
      const before = cpuMicros();
      feed(bench, from, Math.min(from + TURN, stream.batch.count));
      turn = Math.max(turn, cpuMicros() - before);
      await setImmediate();
    }
  }
  delays.disable();
  observer.disconnect();
  return { delay: delays.max / 1e6, turn: turn / 1000, collection };
}

function scrapeMillis({ engine }: Bench): number {
  const runs = 5;
  const before = cpuMicros();
  for (let i = 0; i < runs; i++) engine.snapshot();
  return (cpuMicros() - before) / runs / 1000;
}
