import type { Verdict } from './classify/outcome.ts';
import type { Config } from './config/schema.ts';
import { websocketEvents } from './edge-counters.ts';
import { layoutFor } from './engine.ts';
import { EngineClient } from './engine-client.ts';
import { engineOptions } from './engine-options.ts';
import { monotonicClock } from './lib/clock.ts';
import type { Logger } from './lib/log.ts';
import type { HepState } from './messages.ts';
import { Bank } from './outputs/bank.ts';
import { type CallLog, createCallLog } from './outputs/call-log.ts';
import { createHttpServer, type HttpEdge } from './outputs/http.ts';
import { ProcessMetrics } from './outputs/process-metrics.ts';
import { createRing, RingWriter } from './sources/ring.ts';
import { SOURCES } from './sources/source.ts';
import { createWebSocketSource, type WebSocketSource } from './sources/websocket.ts';

/** For the engine to hand over its last verdicts when the sidecar stops, ms. */
const DRAIN_GRACE_MS = 5000;

export interface AppOptions {
  readonly config: Config;
  readonly version: string;
  readonly logger: Logger;
  /** The engine's thread died: the process should end. */
  readonly onFatal: (error: Error) => void;
}

/** Where a running sidecar can be reached; null for what is switched off. */
export interface Addresses {
  readonly http: { readonly host: string; readonly port: number };
  readonly websocket: {
    readonly host: string;
    readonly port: number;
    readonly path: string;
  } | null;
  readonly hep: HepState | null;
}

/** The sidecar: builds the parts, wires them, starts them in order and stops them in reverse. */
export class App {
  readonly edge: Bank;
  readonly #options: AppOptions;
  #config: Config;
  readonly #engine: EngineClient;
  readonly #ring: RingWriter;
  readonly #http: HttpEdge;
  readonly #log: CallLog | null;
  #websocket: WebSocketSource | null = null;
  readonly #ready = { engine: false, websocket: false };

  constructor(options: AppOptions) {
    const { config, version, logger } = options;
    this.#options = options;
    this.#config = config;
    const data = engineOptions(config, version);
    this.edge = new Bank(layoutFor(data));
    const { redactNumbers, hashKey } = config.log;
    this.#log = config.log.calls ? createCallLog(logger, { redactNumbers, hashKey }) : null;
    const ring = createRing(config.limits.ringBytes);
    this.#engine = new EngineClient(
      {
        options: data,
        ring,
        hep: config.hep.udp.enabled ? config.hep.udp : null,
        verdictQueue: config.limits.verdictQueue,
      },
      {
        verdicts: (list) => this.#write(list),
        warning: (text) => logger.warn(text),
        died: (error) => {
          this.#ready.engine = false;
          options.onFatal(error);
        },
      },
    );
    this.#ring = new RingWriter(ring, () => this.#engine.ring());
    this.#http = this.#createHttp();
  }

  /** Starts the engine, the listeners and HTTP. Rejects with one clear line when a port cannot be had. */
  async start(): Promise<Addresses> {
    const hep = await this.#engine.ready();
    this.#ready.engine = true;
    const { websocket } = this.#config;
    if (websocket.enabled) this.#websocket = await this.#listen();
    this.#ready.websocket = true;
    const http = await this.#http.listen();
    const bound = this.#websocket?.address() ?? null;
    return {
      http,
      websocket:
        bound === null ? null : { host: bound.address, port: bound.port, path: websocket.path },
      hep,
    };
  }

  /** Takes over the reloadable keys of `config`, whole. */
  reload(config: Config): void {
    this.#config = config;
    const data = engineOptions(config, this.#options.version);
    this.#engine.reload(data);
    this.edge.relayout(layoutFor(data));
    this.#options.logger.level = config.log.level;
  }

  /** Says whether the last reload was taken over. */
  reloaded(successful: boolean): void {
    const { edge } = this;
    edge.set(edge.cell('callfate_config_last_reload_successful'), successful ? 1 : 0);
    if (!successful) return;
    const at = edge.cell('callfate_config_last_reload_success_timestamp_seconds');
    edge.set(at, Math.floor(monotonicClock() / 1000));
  }

  /** Standard output did not take so many lines. */
  linesDropped(count: number): void {
    this.edge.add(this.edge.cell('callfate_log_lines_total', 'dropped'), count);
  }

  /** Stops the listeners, ends all calls, writes their verdicts. */
  async stop(): Promise<void> {
    this.#ready.websocket = false;
    await this.#websocket?.close();
    await this.#engine.stop(DRAIN_GRACE_MS);
    this.#ready.engine = false;
    await this.#http.close();
  }

  #createHttp(): HttpEdge {
    const { host, port } = this.#config.http;
    return createHttpServer({
      host,
      port,
      edge: this.edge,
      scrape: () => this.#scrape(),
      processMetrics: new ProcessMetrics(),
      readiness: () => this.#ready,
      bearerToken: () => this.#config.http.token ?? undefined,
    });
  }

  #scrape(): ReturnType<EngineClient['scrape']> {
    const { edge } = this;
    for (const reason of ['ring_full', 'oversize'] as const) {
      const cell = edge.cell('callfate_input_lost_total', 'websocket', reason);
      edge.set(cell, this.#ring.dropped(SOURCES.indexOf('websocket'))[reason]);
    }
    return this.#engine.scrape();
  }

  #listen(): Promise<WebSocketSource> {
    const { websocket } = this.#config;
    return createWebSocketSource({
      ...websocket,
      idleTimeoutMs: websocket.idleTimeoutSeconds * 1000,
      token: () => this.#config.websocket.token,
      sink: this.#ring,
      events: websocketEvents(this.edge),
      clock: monotonicClock,
      onError: (error) => this.#options.logger.warn(`websocket: ${error.message}`),
    });
  }

  #write(list: readonly Verdict[]): void {
    const { edge } = this;
    if (this.#log === null || this.#options.logger.level === 'silent') return;
    for (const verdict of list) this.#log.write(verdict);
    edge.add(edge.cell('callfate_log_lines_total', 'queued'), list.length);
  }
}
