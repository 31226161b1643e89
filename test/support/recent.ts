/** Real calls of one script, kept and answered for over real HTTP. */
import { type IncomingMessage, request } from 'node:http';
import { keysOf, legParties } from '../../src/api/call-keys.ts';
import { healthOf } from '../../src/api/health.ts';
import { RecentCalls } from '../../src/api/recent-calls.ts';
import { createApi } from '../../src/api/routes.ts';
import { CallStreams, STREAM_HEARTBEAT_MS } from '../../src/api/stream.ts';
import { Windows } from '../../src/api/summary.ts';
import type { Verdict } from '../../src/classify/outcome.ts';
import { DEFAULTS } from '../../src/config/schema.ts';
import { shippedVocabularies } from '../../src/config/setup.ts';
import { Engine } from '../../src/engine.ts';
import { liveOptions } from '../../src/engine-options.ts';
import { Explainer } from '../../src/explain/explain.ts';
import { Bank, createLayout } from '../../src/outputs/bank.ts';
import { createHttpServer, type HttpEdge, type HttpOptions } from '../../src/outputs/http.ts';
import { CallRecorder } from '../../src/outputs/recorder.ts';
import { Redactor } from '../../src/outputs/redact.ts';
import { SOURCES } from '../../src/sources/source.ts';
import { traceOf } from '../../src/trace.ts';
import { INPUT } from '../outputs/fixtures.ts';
import { CONTEXT, perform } from './context.ts';
import { frameOf, type Play, peersOf, T0 } from './sip.ts';

const VOCABULARIES = shippedVocabularies(DEFAULTS);
const LONG_AFTER_MS = 1_000_000_000;
const HASH_KEY = 'a key of these tests';
export const EPOCH = 'test';

export interface Told {
  readonly verdict: Verdict;
  /** What each leg was judged alone. */
  readonly own: readonly Verdict[];
  readonly trace: string;
}

/** What the engine hands to the edge of a script's calls. */
export function tell(script: string, { peers = {} }: Play = {}): readonly Told[] {
  const told: Told[] = [];
  const options = liveOptions(DEFAULTS, 'test', VOCABULARIES);
  const tracker = { ...options.tracker, capacity: 64, endpoints: 256, context: CONTEXT };
  const engine = new Engine(
    { ...options, tracker, peers: peersOf(peers), seed: [1, 2] },
    (verdict, legs, own) => told.push({ verdict, own, trace: traceOf(legs, own) }),
  );
  const library = { source: SOURCES.indexOf('library'), transport: 17 };
  perform(script, {
    send: (step) => {
      const { bytes, meta } = frameOf(step);
      engine.pipeline.accept(bytes, { ...library, ...meta });
    },
    tell: () => undefined,
    advance: (at) => engine.tracker.advance(T0 + at),
  });
  engine.tracker.advance(T0 + LONG_AFTER_MS);
  return told;
}

export interface DeskOptions {
  readonly limits?: Partial<ConstructorParameters<typeof RecentCalls>[0]>;
  readonly redact?: boolean;
  readonly streams?: number;
  readonly heartbeatMs?: number;
  readonly http?: Partial<HttpOptions>;
}

/** Store, streams and HTTP server, with a clock that a test sets. */
export class Desk {
  readonly counts = new Map<string, number>();
  readonly store: RecentCalls;
  readonly streams: CallStreams;
  readonly windows: Windows;
  readonly redactor: Redactor | null;
  readonly #edge: HttpEdge;
  now = T0;
  port = 0;

  constructor({
    limits = {},
    redact = false,
    streams = 4,
    http = {},
    heartbeatMs = STREAM_HEARTBEAT_MS,
  }: DeskOptions = {}) {
    const count = (name: string, n = 1): void => {
      this.counts.set(name, (this.counts.get(name) ?? 0) + n);
    };
    this.redactor = redact ? new Redactor(HASH_KEY) : null;
    this.store = new RecentCalls({ ...DEFAULTS.recent, ...limits }, this.redactor, {
      removed: (reason, calls) => count(`removed ${reason}`, calls),
      kept: () => undefined,
    });
    this.windows = new Windows(({ peerOut }) => peerOut);
    this.streams = new CallStreams({
      store: this.store,
      max: streams,
      heartbeatMs,
      epoch: EPOCH,
      events: {
        open: (n) => this.counts.set('open', n),
        ended: (reason) => count(`ended ${reason}`),
        refused: () => count('refused'),
        skipped: (calls) => count('skipped', calls),
      },
    });
    const bank = new Bank(createLayout(INPUT));
    const explainer = new Explainer(VOCABULARIES);
    this.#edge = createHttpServer({
      host: '127.0.0.1',
      port: 0,
      edge: bank,
      scrape: async () => new CallRecorder(bank).snapshot(),
      processMetrics: { render: async () => '' },
      readiness: () => ({ engine: true }),
      explain: (query) => explainer.explain(query),
      api: createApi({
        store: this.store,
        streams: this.streams,
        windows: this.windows,
        redactor: this.redactor,
        epoch: EPOCH,
        clock: () => this.now,
        health: async () => healthOf(bank.layout, bank.cells, { engine: true }, this.now),
        vocabularies: () => ({ all: VOCABULARIES, enabled: VOCABULARIES }),
      }),
      ...http,
    });
  }

  async open(): Promise<this> {
    this.port = (await this.#edge.listen()).port;
    return this;
  }

  add(...told: readonly Told[]): void {
    for (const { verdict, own, trace } of told) {
      const shown =
        this.redactor === null ? verdict : this.redactor.verdict(verdict, legParties(own));
      this.windows.add(verdict, this.now);
      const keys = keysOf(verdict, shown, own, this.redactor);
      const call = this.store.add(keys, JSON.stringify(shown), trace, this.now);
      if (call !== null) this.streams.publish(call);
    }
  }

  /** An answer and its JSON; undefined when there is none. */
  async ask(path: string, headers: Record<string, string> = {}, method = 'GET') {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, { headers, method });
    const type = response.headers.get('content-type') ?? '';
    const text = await response.text();
    const body: unknown = /json/.test(type) && text !== '' ? JSON.parse(text) : undefined;
    return { status: response.status, type, headers: response.headers, body, text };
  }

  /** A stream, with what has come of it so far. */
  stream(path: string, headers: Record<string, string> = {}): Promise<Stream> {
    return new Promise((resolve, reject) => {
      const outgoing = request({ host: '127.0.0.1', port: this.port, path, headers, agent: false });
      outgoing.once('error', reject);
      outgoing.once('response', (response) => resolve(new Stream(response)));
      outgoing.end();
    });
  }

  async close(): Promise<void> {
    this.streams.close();
    await this.#edge.close();
  }
}

interface StreamEvent {
  readonly name: string;
  readonly id: string;
  readonly data: unknown;
}

export class Stream {
  readonly response: IncomingMessage;
  text = '';
  ended = false;

  constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8');
    response.on('data', (text) => {
      this.text += text;
    });
    response.on('close', () => {
      this.ended = true;
    });
    response.on('error', () => undefined);
  }

  get events(): readonly StreamEvent[] {
    return this.text
      .split('\n\n')
      .slice(0, -1)
      .filter((block) => block.includes('event: '))
      .map((block) => {
        const field = (name: string): string =>
          new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
        return { name: field('event'), id: field('id'), data: JSON.parse(field('data')) };
      });
  }

  /** The id that a client would come back with. */
  get lastId(): string {
    return [...this.text.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? '';
  }

  close(): void {
    this.response.destroy();
  }
}
