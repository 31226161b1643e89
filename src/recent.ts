/** Calls that ended, and all that is told of them over HTTP: the parts of `api/`, put together and counted. */
import { healthOf } from './api/health.ts';
import { createPage } from './api/page-files.ts';
import { legParties, RecentCalls } from './api/recent-calls.ts';
import { createApi } from './api/routes.ts';
import { CallStreams } from './api/stream.ts';
import { Windows } from './api/summary.ts';
import type { Verdict } from './classify/outcome.ts';
import type { Config } from './config/schema.ts';
import type { Vocabularies } from './config/setup.ts';
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
}

export class Recent {
  readonly api: Routes;
  readonly page: Routes;
  readonly #redactor: Redactor | null;
  readonly #store: RecentCalls;
  readonly #windows: Windows;
  readonly #streams: CallStreams;
  readonly #timer: NodeJS.Timeout;
  readonly #keeps: boolean;

  constructor(options: RecentOptions) {
    const { config, edge } = options;
    const { recent, log } = config();
    this.#keeps = recent.maxCalls > 0;
    this.#redactor = log.redactNumbers ? new Redactor(log.hashKey) : null;
    this.#store = new RecentCalls(recent, this.#redactor, storeEvents(edge));
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
      redactor: this.#redactor,
      epoch,
      clock: monotonicClock,
      health: () => healthNow(options),
      vocabularies: options.vocabularies,
    });
    this.page = createPage(new URL('./page/', import.meta.url));
    this.#timer = setInterval(() => this.#store.expire(monotonicClock()), EXPIRY_MS).unref();
  }

  /** False: nothing of a call is kept, and nobody needs to be shown it. */
  get keeps(): boolean {
    return this.#keeps;
  }

  /** The verdict as every output shows it; `trace`: see `traceOf`. */
  shown(verdict: Verdict, trace: string): Verdict {
    if (this.#redactor === null) return verdict;
    return this.#redactor.verdict(verdict, legParties(verdict, trace));
  }

  /** A call ended; `shown` is what `shown` made of its verdict. */
  add(verdict: Verdict, shown: Verdict, trace: string): void {
    const now = monotonicClock();
    this.#windows.add(verdict, now);
    const call = this.#store.add(verdict, shown, trace, now);
    if (call !== null) this.#streams.publish(call);
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
    removed: (reason) => edge.add(edge.cell('callfate_recent_calls_removed_total', reason)),
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
function peerToCharge(config: () => Config): (verdict: Verdict) => string {
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
