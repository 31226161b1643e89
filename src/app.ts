import type { Config } from './config/schema.ts';
import type { Setup } from './config/setup.ts';
import { handshakeCounter } from './edge-counters.ts';
import { countSeries, handoverOptions, markCapture, markReload, RingDrops } from './edge-state.ts';
import type { EngineClient, EngineThread } from './engine-client.ts';
import { EngineHost } from './engine-host.ts';
import { liveOptions } from './engine-options.ts';
import { Explainer } from './explain/explain.ts';
import type { VerdictBatch } from './handover.ts';
import type { Logger } from './lib/log.ts';
import { Listeners, type Reach, type Reaches } from './listeners.ts';
import type { CaptureOrigin } from './live-capture.ts';
import type { HepState } from './messages.ts';
import { layoutFor } from './metric-layout.ts';
import { Bank } from './outputs/bank.ts';
import { type CallLog, createCallLog } from './outputs/call-log.ts';
import { createHttpServer, type HttpEdge, type HttpOptions } from './outputs/http.ts';
import { ProcessMetricsLoader } from './outputs/process-metrics-loader.ts';
import { Recent } from './recent.ts';
import { createRing, RingWriter } from './sources/ring.ts';
import { createRingHandle } from './sources/ring-handle.ts';

/** For the engine to hand over its last verdicts when the sidecar stops, ms. */
const DRAIN_GRACE_MS = 5000;

export interface AppOptions {
  readonly setup: Setup;
  readonly version: string;
  readonly logger: Logger;
  /** The engine's thread died: the process should end. */
  readonly onFatal: (error: Error) => void;
  /** The engine's thread, where it was started already. */
  readonly thread?: EngineThread;
  /** A capture comes on standard input, whatever the configuration says. */
  readonly pcap?: boolean;
  /** That capture is over; null: as it should. The process should end. */
  readonly onCaptureEnd?: (problem: string | null) => void;
}

/** Where a running sidecar can be reached; null for what is switched off. */
export interface Addresses extends Reaches {
  readonly http: Reach;
  readonly hep: HepState | null;
  /** Interface that is captured from, `-` for standard input. */
  readonly capture: string | null;
}

/** The sidecar: builds the parts, wires them, starts them in order and stops them in reverse. */
export class App {
  readonly edge: Bank;
  readonly #options: AppOptions;
  #config: Config;
  #vocabularies: Setup['vocabularies'];
  /** Made when the first question comes. */
  #explainer: Explainer | null = null;
  readonly #engine: EngineHost;
  readonly #ring: RingWriter;
  readonly #http: HttpEdge;
  readonly #log: CallLog | null;
  readonly #recent: Recent;
  readonly #listeners: Listeners;
  readonly #ready = { engine: false, websocket: false };
  readonly #ringDrops: RingDrops;
  readonly #processMetrics = new ProcessMetricsLoader();

  constructor(options: AppOptions) {
    const { setup, version, logger } = options;
    const { config, vocabularies } = setup;
    this.#options = options;
    this.#config = config;
    this.#vocabularies = vocabularies;
    const data = liveOptions(config, version, vocabularies.enabled);
    this.edge = new Bank(layoutFor(data));
    countSeries(this.edge, config.limits.series);
    const handover = handoverOptions(config);
    this.#log = handover.lines ? createCallLog(logger, { redactNumbers: false }) : null;
    this.#recent = new Recent({
      config: () => this.#config,
      vocabularies: () => this.#vocabularies,
      edge: this.edge,
      scrape: () => this.#scrape(),
      readiness: () => this.#ready,
      hashKey: handover.hashKey,
    });
    const capture = captureOrigin(config, options.pcap ?? false);
    markCapture(this.edge, capture !== null);
    const ring = createRing(config.limits.ringBytes);
    this.#engine = new EngineHost(
      {
        options: data,
        ring,
        hep: config.hep.udp.enabled ? config.hep.udp : null,
        capture,
        again: false,
        verdictQueue: config.limits.verdictQueue,
        handover,
      },
      config.relay.upstream !== null,
      {
        verdicts: (batch) => this.#write(batch),
        info: (text) => logger.info(text),
        warning: (text) => logger.warn(text),
        captureEnded: (problem) => options.onCaptureEnd?.(problem),
        died: (error, again) => this.#engineDied(error, again),
        restarted: () => {
          this.#ready.engine = true;
          logger.warn('the engine runs again');
        },
      },
      options.thread,
    );
    this.#ring = new RingWriter(ring, () => this.#engine.ring());
    this.#ringDrops = new RingDrops(this.edge, this.#ring);
    this.#listeners = new Listeners({
      config: () => this.#config,
      edge: this.edge,
      sink: this.#ring,
      logger,
    });
    this.#http = this.#createHttp();
  }

  /** Starts the engine, the listeners and HTTP. Rejects with one clear line when a port cannot be had. */
  async start(): Promise<Addresses> {
    const hep = await this.#engine.ready();
    this.#ready.engine = true;
    const reaches = await this.#listeners.start();
    this.#ready.websocket = true;
    const secure = this.#config.http.tls.certFile !== null;
    const http = { ...(await this.#http.listen()), secure };
    void this.#processMetrics.load();
    const capture = this.#options.pcap === true ? '-' : this.#config.capture.interface;
    return { http, ...reaches, hep, capture };
  }

  /** Takes over the reloadable keys and the vocabularies, whole. */
  reload(setup: Setup): void {
    const { config, vocabularies } = setup;
    if (config.http.token !== this.#config.http.token) this.#recent.endStreams();
    this.#config = config;
    this.#vocabularies = vocabularies;
    this.#explainer = null;
    const data = liveOptions(config, this.#options.version, vocabularies.enabled);
    this.#engine.reload(data);
    this.edge.relayout(layoutFor(data));
    countSeries(this.edge, config.limits.series);
    this.#listeners.checkCertificates();
    this.#options.logger.level = config.log.level;
  }

  /** Says whether the last reload was taken over. */
  reloaded(successful: boolean): void {
    markReload(this.edge, successful);
  }

  /** Standard output did not take so many lines. */
  linesDropped(count: number): void {
    this.edge.add(this.edge.cell('callfate_log_lines_total', 'dropped'), count);
  }

  /** Stops the listeners, ends all calls, writes their verdicts. */
  async stop(): Promise<void> {
    this.#ready.websocket = false;
    await this.#listeners.stop();
    await this.#engine.stop(DRAIN_GRACE_MS);
    this.#ready.engine = false;
    this.#recent.close();
    await this.#http.close();
  }

  #createHttp(): HttpEdge {
    const { host, port } = this.#config.http;
    return createHttpServer({
      host,
      port,
      edge: this.edge,
      scrape: () => this.#scrape(),
      processMetrics: this.#processMetrics,
      readiness: () => this.#ready,
      explain: (query) => this.#explain(query),
      bearerToken: () => this.#config.http.token ?? undefined,
      certificates: this.#listeners.certificates('http'),
      onRejected: (reason) => this.#rejected(reason),
      context: this.#config.context.api.enabled ? this.#contextDoor() : null,
      api: this.#recent.api,
      page: this.#recent.page,
    });
  }

  #explain(query: string): ReturnType<Explainer['explain']> {
    this.#explainer ??= new Explainer(this.#vocabularies.all);
    return this.#explainer.explain(query);
  }

  #contextDoor(): NonNullable<HttpOptions['context']> {
    const { edge } = this;
    const { maxBodyBytes, maxBatch, queue } = this.#config.context.api;
    return {
      token: () => this.#config.context.api.token,
      maxBodyBytes,
      maxBatch,
      submit: (events) => this.#engine.context(events, queue),
      onEvent: (result) => edge.add(edge.cell('callfate_context_events_total', result)),
      onRefused: (reason) => edge.add(edge.cell('callfate_context_requests_refused_total', reason)),
    };
  }

  #scrape(): ReturnType<EngineClient['scrape']> {
    this.#ringDrops.count();
    return this.#engine.scrape();
  }

  /** Calls that pass through the relay go on whatever becomes of the observer. */
  #engineDied(error: Error, again: boolean): void {
    this.#ready.engine = false;
    if (!again) {
      this.#options.onFatal(error);
      return;
    }
    this.edge.add(this.edge.cell('callfate_engine_restarts_total'));
    this.#options.logger.error({ stack: error.stack }, 'the engine died; the relay goes on');
  }

  #rejected(reason: 'auth' | 'certificate' | 'host' | 'handshake'): void {
    if (reason === 'handshake') handshakeCounter(this.edge, 'http')();
    else this.edge.add(this.edge.cell('callfate_http_rejected_total', reason));
  }

  #write(batch: VerdictBatch): void {
    const { edge } = this;
    const log = this.#log;
    this.#recent.take(batch);
    if (log === null || this.#options.logger.level === 'silent') return;
    log.writeLines(batch.lines, batch.count);
    edge.add(edge.cell('callfate_log_lines_total', 'queued'), batch.count);
  }
}

function captureOrigin({ capture }: Config, pcap: boolean): CaptureOrigin | null {
  if (pcap) return { kind: 'standard_input' };
  if (capture.interface === null) return null;
  const handle = createRingHandle();
  return { kind: 'interface', ...capture, interface: capture.interface, handle };
}
