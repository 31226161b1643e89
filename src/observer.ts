import type { Verdict } from './classify/outcome.ts';
import type { Vocabulary } from './classify/vocabulary/vocabulary.ts';
import { DEFAULTS, SHIPPED_VOCABULARIES } from './config/schema.ts';
import { shippedVocabularies } from './config/setup.ts';
import { parseContextEvent } from './context/event.ts';
import type { ContextAnswer } from './context/results.ts';
import { Engine } from './engine.ts';
import { engineOptions } from './engine-options.ts';
import { monotonicClock } from './lib/clock.ts';
import { type AnyRegistry, registerFamilies } from './outputs/registry.ts';
import { ADDRESSES_LENGTH, writeEndpoint } from './sources/address.ts';
import { type FrameMeta, SOURCES } from './sources/source.ts';
import { VERSION } from './version.ts';

export interface ObserverOptions {
  /** Called once for each attempt that ended, in the caller's thread. */
  readonly onVerdict: (verdict: Verdict) => void;
  /** prom-client registry in which the call families are registered; none without it. */
  readonly registry?: AnyRegistry;
  /** Attempts in progress at most, 1 to 1048576; anything else throws a RangeError. Default 131072. */
  readonly maxCalls?: number;
  /** Vocabularies that come with callfate, by name, to tell verdicts in (docs/vocabularies.md). Default: none. */
  readonly vocabularies?: readonly (typeof SHIPPED_VOCABULARIES)[number][];
  /** Headers that name the other leg of a B2BUA, see docs/joins.md. Default: none. */
  readonly joinHeaders?: readonly string[];
  /** How long an ended attempt waits for facts, ms, 0 to 60000; anything else throws a RangeError. Default 0. */
  readonly contextWaitMs?: number;
}

/** Where a message was seen; all of it optional. */
export interface Sighting {
  /** ms since the epoch; must not go back. Default: now. */
  readonly at?: number;
  /** `192.0.2.1:5060` or `[2001:db8::1]:5060`. */
  readonly source?: string;
  readonly destination?: string;
}

export interface Observer {
  /** One SIP message, or one HEP packet. Bad input is counted, never thrown. */
  sip(bytes: Uint8Array, sighting?: Sighting): void;
  hep(bytes: Uint8Array, sighting?: Sighting): void;
  /**
   * A fact about a call, as a CloudEvent, see docs/context.md; `at` (ms since the epoch, default now) is when it came.
   * Answers what became of it; a bad one is answered and counted, never thrown.
   */
  context(event: unknown, at?: number): ContextAnswer;
  /** Moves time on (ms since the epoch; default now), so that calls end although no message comes. */
  advance(at?: number): void;
  /** Ends all calls, and with them the observer. */
  close(): void;
}

/** As long as `context.waitMs` may be in the configuration. */
const MAX_WAIT_MS = 60_000;

/** As many as `calls.max` may be in the configuration. */
const MAX_CALLS = 1_048_576;

/** The latest moment that a date can have, ms (ECMA-262, time values). */
const TIME_MAX = 8.64e15;

/** Now, when no time or none that can be compared is given. */
function timeOf(at: number | undefined): number {
  if (at === undefined || !Number.isFinite(at)) return monotonicClock();
  return Math.min(Math.max(at, 0), TIME_MAX);
}

interface Turns {
  readonly busy: boolean;
  run(work: () => void): void;
}

/**
 * One thing at a time: the slab holds one message, so what an `onVerdict` feeds waits until the message at hand is
 * done. An error of the embedder's own goes on to it; what waits is done at the next turn.
 */
function takeTurns(): Turns {
  let busy = false;
  const waiting: (() => void)[] = [];
  return {
    get busy() {
      return busy;
    },
    run(work) {
      waiting.push(work);
      if (busy) return;
      busy = true;
      try {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) next();
      } finally {
        busy = false;
      }
    },
  };
}

/** In the order of the list; read from the package, and only when one is asked for. */
function namedVocabularies(names: readonly string[]): readonly Vocabulary[] {
  const known: readonly string[] = SHIPPED_VOCABULARIES;
  const wrong = names.find((name, index) => !known.includes(name) || names.indexOf(name) !== index);
  if (wrong !== undefined) {
    throw new RangeError(`vocabularies: "${wrong}" is given twice, or none of ${known.join(', ')}`);
  }
  if (names.length === 0) return [];
  return shippedVocabularies(DEFAULTS).filter(({ id }) => names.includes(id));
}

/**
 * callfate as a library: the whole engine in the caller's thread, without sockets, timers or files, those of
 * vocabularies aside. The caller feeds messages and time.
 */
export function createObserver(options: ObserverOptions): Observer {
  const vocabularies = namedVocabularies(options.vocabularies ?? []);
  const defaults = engineOptions(DEFAULTS, VERSION, vocabularies);
  const capacity = options.maxCalls ?? defaults.tracker.capacity;
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > MAX_CALLS) {
    throw new RangeError(`maxCalls: ${capacity} is no whole number from 1 to ${MAX_CALLS}`);
  }
  const waitMs = options.contextWaitMs ?? 0;
  if (!(waitMs >= 0 && waitMs <= MAX_WAIT_MS)) {
    throw new RangeError(`contextWaitMs: ${waitMs} is no number from 0 to ${MAX_WAIT_MS}`);
  }
  const headers = (options.joinHeaders ?? []).map((name) => name.toLowerCase());
  const { context } = defaults.tracker;
  const join = { ...defaults.tracker.join, headers };
  const engine = new Engine(
    {
      ...defaults,
      tracker: { ...defaults.tracker, capacity, join, context: { ...context, waitMs } },
    },
    options.onVerdict,
  );
  if (options.registry !== undefined) {
    registerFamilies(engine.bank, options.registry, {
      refresh: () => engine.publish(),
      exemplars: () => engine.recorder.exemplars(),
    });
  }
  const meta: FrameMeta = {
    source: SOURCES.indexOf('library'),
    arrivedAt: 0,
    payload: 'sip',
    transport: 0,
    addresses: new Uint8Array(ADDRESSES_LENGTH),
  };
  const turn = takeTurns();
  const accept = (payload: FrameMeta['payload'], bytes: Uint8Array, sighting: Sighting): void => {
    meta.payload = payload;
    meta.arrivedAt = timeOf(sighting.at);
    meta.addresses.fill(0);
    if (sighting.source !== undefined) writeEndpoint(sighting.source, meta.addresses, 'source');
    if (sighting.destination !== undefined) {
      writeEndpoint(sighting.destination, meta.addresses, 'destination');
    }
    engine.pipeline.accept(bytes, meta);
  };
  /** The caller may use its buffer again before the turn comes. */
  const feed = (payload: FrameMeta['payload'], bytes: Uint8Array, sighting: Sighting): void => {
    const kept = turn.busy ? bytes.slice() : bytes;
    turn.run(() => accept(payload, kept, sighting));
  };
  return {
    sip: (bytes, sighting = {}) => feed('sip', bytes, sighting),
    hep: (bytes, sighting = {}) => feed('hep', bytes, sighting),
    context: (event, at) => {
      const parsed = parseContextEvent(event);
      if (parsed.ok) return engine.context(parsed.value, timeOf(at));
      engine.tracker.counters.told(parsed.error.result);
      return parsed.error;
    },
    advance: (at) => turn.run(() => engine.tracker.advance(timeOf(at))),
    close: () => turn.run(() => engine.tracker.drain()),
  };
}
