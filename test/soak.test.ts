import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Verdict } from '../src/classify/outcome.ts';
import { DEFAULTS } from '../src/config/schema.ts';
import { Engine } from '../src/engine.ts';
import { engineOptions } from '../src/engine-options.ts';
import type { MetricName } from '../src/outputs/metric-table.ts';
import { type FrameMeta, SOURCES } from '../src/sources/source.ts';
import { CallStream } from './bench/stream.ts';

/** Simulated messages per second, and calls in progress at a time. */
const RATE = 20_000;
const IN_PROGRESS = 1500;
const WAVES = 4;
/** Batches of about 2,000 messages a wave. */
const BATCHES = 20;
/** Every so many messages one is lost; every so many one more comes that is no SIP at all. */
const LOSS_EVERY = 97;
const GARBAGE_EVERY = 31;
/** Every so many calls the whole set-up is lost: their BYEs are orphans. */
const UNSEEN_EVERY = 10;
const SET_UP_MESSAGES = 9;
/** Longer than every time-out: all that was left open has ended. */
const SILENCE_MS = 2 * DEFAULTS.calls.timeouts.answeredSeconds * 1000;
const STEP_MS = 60_000;
/** Heap that the last waves may leave behind, bytes: their verdicts alone would be several times that. */
const HEAP_GROWTH_MAX = 2 * 1024 * 1024;

/** Attempts, their extras, branches, records and texts. */
const NOTHING = [0, 0, 0, 0, 0];

/** What is no message of a call, in turn: half a HEP packet, noise, a keep-alive, SIP without its headers. */
const GARBAGE: readonly Buffer[] = [
  Buffer.from('HEP3\0\x40\0\0\0\x01\0\x07\x02', 'latin1'),
  Buffer.from([0xff, 0x00, 0x13, 0x37]),
  Buffer.from('\r\n\r\n', 'latin1'),
  Buffer.from('INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP x\r\n\r\n', 'latin1'),
];

// Without a full collection the heap's size would say when the last one was.
setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

class Soak {
  readonly engine: Engine;
  readonly outcomes = new Map<string, number>();
  garbage = 0;
  #now = 0;
  readonly #meta: FrameMeta = {
    source: SOURCES.indexOf('hep_udp'),
    arrivedAt: 0,
    payload: 'hep',
    transport: 17,
    addresses: new Uint8Array(36),
  };

  constructor(max: number) {
    const config = { ...DEFAULTS, calls: { ...DEFAULTS.calls, max } };
    this.engine = new Engine(engineOptions(config, '0.0.0'), (verdict) => this.#count(verdict));
  }

  #count({ outcome }: Verdict): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }

  /** Plays one wave of calls with its losses and garbage, then a long silence. */
  wave(firstSerial: number, batches = BATCHES): void {
    const stream = new CallStream({ inProgress: IN_PROGRESS, rate: RATE, firstSerial });
    stream.now = this.#now + STEP_MS;
    const unseen = (i: number): boolean => Math.floor(i / SET_UP_MESSAGES) % UNSEEN_EVERY === 0;
    while (stream.establish()) this.#feed(stream, unseen);
    const lost = (i: number): boolean => i % LOSS_EVERY === 0;
    for (let i = 0; i < batches; i++) {
      stream.fill();
      this.#feed(stream, lost);
    }
    for (let waited = 0; waited < SILENCE_MS; waited += STEP_MS) {
      this.#now += STEP_MS;
      this.engine.tracker.advance(this.#now);
    }
  }

  #feed({ batch }: CallStream, isLost: (i: number) => boolean): void {
    for (let i = 0; i < batch.count; i++) {
      this.#now = batch.at[i] ?? this.#now;
      if (i % GARBAGE_EVERY === 0) this.#throw();
      if (!isLost(i)) this.accept(batch.packets[i], 'hep');
    }
  }

  #throw(): void {
    const bytes = GARBAGE[this.garbage++ % GARBAGE.length];
    this.accept(bytes, this.garbage % 2 === 0 ? 'hep' : 'sip');
  }

  accept(bytes: Uint8Array | undefined, payload: 'hep' | 'sip'): void {
    this.#meta.arrivedAt = this.#now;
    this.#meta.payload = payload;
    if (bytes !== undefined) this.engine.pipeline.accept(bytes, this.#meta);
  }

  value(name: MetricName, ...labels: readonly string[]): number {
    this.engine.publish();
    const { bank } = this.engine;
    return bank.cells[bank.cell(name, ...labels)] ?? 0;
  }

  /** Both laws of conservation, as a scrape would show them; how many attempts were started. */
  expectLaws(): number {
    this.engine.publish();
    const { bank } = this.engine;
    const ended = bank.layout.family('callfate_attempts_ended_total');
    const cells = bank.cells.subarray(ended.base, ended.base + ended.seriesCount);
    const endedTotal = cells.reduce((sum, cell) => sum + cell, 0);
    const started = this.value('callfate_attempts_started_total');
    expect(endedTotal + this.value('callfate_attempts_active')).toBe(started);
    const closed = this.value('callfate_calls_closed_total');
    const merged = this.value('callfate_calls_merged_total');
    expect(closed + merged + this.value('callfate_calls_open')).toBe(
      this.value('callfate_calls_opened_total'),
    );
    expect([...this.outcomes.values()].reduce((sum, count) => sum + count, 0)).toBe(closed);
    return started;
  }
}

describe('tens of thousands of calls with losses and garbage', () => {
  const soak = new Soak(8192);
  const heap: number[] = [];
  const usage: (readonly number[])[] = [];

  beforeAll(() => {
    for (let wave = 0; wave < WAVES; wave++) {
      soak.wave(wave * 1_000_000);
      soak.expectLaws();
      collectGarbage();
      heap.push(process.memoryUsage().heapUsed);
      usage.push(soak.engine.tracker.usage);
    }
  }, 60_000);

  test('every wave leaves every pool as it found it', () => {
    expect(usage).toEqual(new Array(WAVES).fill(NOTHING));
    expect(soak.engine.tracker.occupied).toBe(0);
  });

  test('every call ended once, and each way to end was there', () => {
    const started = soak.expectLaws();
    expect(started).toBeGreaterThan(15_000);
    expect(soak.value('callfate_attempts_active')).toBe(0);
    expect(soak.value('callfate_calls_open')).toBe(0);
    const outcomes = ['busy', 'cancelled', 'completed', 'invalid_number', 'lost', 'no_answer'];
    expect(outcomes.filter((outcome) => !soak.outcomes.has(outcome))).toEqual([]);
  });

  test('what was lost shows as orphans, what was garbage is counted as such', () => {
    const { orphans } = soak.engine.tracker.counters;
    expect(orphans.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(300);
    const { not_ours, malformed } = soak.engine.pipeline.health.discards;
    const counted = [...not_ours, ...malformed].reduce((sum, count) => sum + count, 0);
    expect(counted).toBe(soak.garbage);
    expect(soak.garbage).toBeGreaterThan(5_000);
  });

  test('no cap was hit', () => {
    expect([...soak.engine.tracker.counters.limits].filter((hits) => hits > 0)).toEqual([]);
  });

  test('waves leave no heap behind', () => {
    const [, second = 0] = heap;
    const last = heap.at(-1) ?? 0;
    expect(last - second).toBeLessThan(HEAP_GROWTH_MAX);
  });
});

describe('more calls at a time than there is room for', () => {
  const MAX = 500;
  const soak = new Soak(MAX);

  test('the table stays within its cap, and who had to go is counted and has its verdict', () => {
    soak.wave(0, 2);
    const evicted = soak.value('callfate_limit_hits_total', 'calls');
    expect(evicted).toBeGreaterThan(IN_PROGRESS - MAX);
    expect(soak.outcomes.get('lost')).toBeGreaterThanOrEqual(IN_PROGRESS - MAX);
    soak.expectLaws();
    expect(soak.engine.tracker.usage).toEqual(NOTHING);
  });

  test('it never held more than its cap', () => {
    const flood = new Soak(MAX);
    const stream = new CallStream({ inProgress: IN_PROGRESS, rate: RATE });
    let most = 0;
    while (stream.establish()) {
      for (const packet of stream.batch.packets) {
        flood.accept(packet, 'hep');
        most = Math.max(most, flood.engine.tracker.occupied);
      }
    }
    expect(most).toBe(MAX);
    flood.expectLaws();
  });
});
