/** Calls that ended, and all that is told of them over HTTP: the parts of `api/`, put together and counted. */

import type { CallKeys } from './api/call-keys.ts';
import { healthOf } from './api/health.ts';
import { createPage } from './api/page-files.ts';
import { RecentCalls } from './api/recent-calls.ts';
import { createApi } from './api/routes.ts';
import { CallStreams } from './api/stream.ts';
import { type Tallied, Windows } from './api/summary.ts';
import type { Config } from './config/schema.ts';
import type { Vocabularies } from './config/setup.ts';
import { type VerdictBatch, verdictText } from './handover.ts';
import { monotonicClock } from './lib/clock.ts';
import { deadline } from './lib/deadline.ts';
import { type Bank, sumCells } from './outputs/bank.ts';
import { HTTP_LIMITS } from './outputs/http.ts';
import type { Routes } from './outputs/http-options.ts';
import type { Snapshot } from './outputs/recorder.ts';
import { Redactor } from './outputs/redact.ts';

/** How often calls that are too old are let go while none ends, ms. */
const EXPIRY_MS = 5000;

export interface RecentOptions {
  /** Read anew each time: a reload changes them. */
  readonly config: () => Config;
  readonly vocabularies: () => Vocabularies;
  readonly edge: Bank;
  readonly scrape: () => Promise<Snapshot>;
  readonly readiness: () => Readonly<Record<string, boolean>>;
  /** Key of the hashes that stand for numbers; null: numbers are shown. */
  readonly hashKey: string | Uint8Array | null;
}

export class Recent {
  readonly api: Routes;
  readonly page: Routes;
  readonly #store: RecentCalls;
  readonly #windows: Windows;
  readonly #streams: CallStreams;
  readonly #timer: NodeJS.Timeout;

  constructor(options: RecentOptions) {
    const { config, edge, hashKey } = options;
    const { recent } = config();
    const redactor = hashKey === null ? null : new Redactor(hashKey);
    this.#store = new RecentCalls(recent, redactor, storeEvents(edge));
    this.#windows = new Windows(peerToCharge(config));
    const epoch = Math.floor(monotonicClock()).toString(36);
    this.#streams = new CallStreams({
      store: this.#store,
      max: recent.maxCalls === 0 ? 0 : recent.streams,
      epoch,
      events: streamEvents(edge),
    });
    this.api = createApi({
      store: this.#store,
      streams: this.#streams,
      windows: this.#windows,
      redactor,
      epoch,
      clock: monotonicClock,
      health: () => healthNow(options),
      vocabularies: options.vocabularies,
    });
    this.page = createPage(new URL('./page/', import.meta.url));
    this.#timer = setInterval(() => this.#store.expire(monotonicClock()), EXPIRY_MS).unref();
  }

  /** Calls ended. */
  take(batch: VerdictBatch): void {
    const now = monotonicClock();
    for (const tally of batch.tallies) this.#windows.add(tally, now, tally.calls);
    if (batch.passedOver > 0) this.#store.passOver(batch.passedOver);
    for (const told of batch.kept) {
      const keys = JSON.parse(told.keys) as CallKeys;
      const call = this.#store.add(keys, verdictText(batch, told), told.trace, now);
      if (call !== null) this.#streams.publish(call);
    }
  }

  /** Whoever follows has to show again that they may: what lets them in has changed. */
  endStreams(): void {
    this.#streams.close();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#streams.close();
  }
}

function storeEvents(edge: Bank): ConstructorParameters<typeof RecentCalls>[2] {
  const calls = edge.cell('callfate_recent_calls');
  const characters = edge.cell('callfate_recent_bytes');
  return {
    removed: (reason, count) =>
      edge.add(edge.cell('callfate_recent_calls_removed_total', reason), count),
    kept: (count, sum) => {
      edge.set(calls, count);
      edge.set(characters, sum);
    },
  };
}

function streamEvents(edge: Bank): ConstructorParameters<typeof CallStreams>[0]['events'] {
  return {
    open: (count) => edge.set(edge.cell('callfate_streams'), count),
    ended: (reason) => edge.add(edge.cell('callfate_streams_ended_total', reason)),
    refused: () => edge.add(edge.cell('callfate_streams_refused_total')),
    skipped: (calls) => edge.add(edge.cell('callfate_stream_calls_skipped_total'), calls),
  };
}

/** The carrier's side of the call, as `callfate_peer_attempts_ended_total` has it; without one, whom was called. */
function peerToCharge(config: () => Config): (call: Tallied) => string {
  let peers: Config['peers'] = [];
  let carriers: ReadonlySet<string> = new Set();
  return ({ peerIn, peerOut }) => {
    if (peers !== config().peers) {
      peers = config().peers;
      carriers = new Set(peers.filter(({ role }) => role === 'carrier').map(({ name }) => name));
    }
    if (carriers.has(peerOut)) return peerOut;
    if (carriers.has(peerIn)) return peerIn;
    return peerOut !== 'other' ? peerOut : peerIn;
  };
}

async function healthNow({ edge, scrape, readiness }: RecentOptions) {
  const snapshot = await deadline(scrape(), HTTP_LIMITS.scrapeTimeoutMs).catch(() => null);
  // After a reload the two threads may differ for a moment.
  if (snapshot === null || snapshot.layoutId !== edge.layout.id) return null;
  const cells = sumCells(snapshot.cells, edge.cells);
  return healthOf(edge.layout, cells, readiness(), monotonicClock());
}
