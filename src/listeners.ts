import type { Config } from './config/schema.ts';
import { tlsFiles } from './config/tls-files.ts';
import { HepStreamReader } from './decode/hep-stream.ts';
import { WsFrameReader } from './decode/ws-frames.ts';
import { RunRoom, WsRunReader } from './decode/ws-runs.ts';
import {
  handshakeCounter,
  hepStreamEvents,
  relayEvents,
  tlsEvents,
  websocketEvents,
} from './edge-counters.ts';
import { Certificates, readCaFile } from './lib/certificates.ts';
import { monotonicClock } from './lib/clock.ts';
import type { Logger } from './lib/log.ts';
import { parseUpstream } from './lib/upstream.ts';
import type { Bank } from './outputs/bank.ts';
import { createHepStreamSource } from './sources/hep-stream.ts';
import { createRelaySource } from './sources/relay.ts';
import {
  type FrameSink,
  HEP_STREAMS,
  type HepStreamName,
  type TlsListener,
} from './sources/source.ts';
import { createWebSocketSource } from './sources/websocket.ts';

/** Where one listener of the edge can be reached. */
export interface Reach {
  readonly host: string;
  readonly port: number;
  /** Over TLS. */
  readonly secure: boolean;
}

/** All of them; null for what is switched off. */
export interface Reaches {
  readonly websocket: (Reach & { readonly path: string }) | null;
  readonly relay: (Reach & { readonly upstream: string }) | null;
  readonly hepTcp: Reach | null;
  readonly hepTls: Reach | null;
}

/** What is needed to close a listener again, and to say where it is. */
interface Running {
  address(): { readonly address: string; readonly port: number };
  close(): Promise<void>;
}

export interface ListenersOptions {
  /** As it is now: a reload changes it. */
  readonly config: () => Config;
  readonly edge: Bank;
  readonly sink: FrameSink;
  readonly logger: Logger;
}

/** The listeners of the edge that take input, and the certificates of all of its listeners. */
export class Listeners {
  readonly #options: ListenersOptions;
  readonly #running: Running[] = [];
  readonly #certificates: Certificates[] = [];
  #relayed: Running | null = null;

  constructor(options: ListenersOptions) {
    this.#options = options;
  }

  /** The certificate of a listener; null: it has none. Throws one clear line when it cannot be used. */
  certificates(listener: TlsListener): Certificates | null {
    const config = this.#options.config();
    const section = listener === 'hep_tls' ? config.hep.tls : config[listener].tls;
    const files = tlsFiles(section);
    if (files === null) return null;
    const { edge, logger } = this.#options;
    const opened = Certificates.open(
      files,
      tlsEvents(edge, listener, (text) => logger.error(text)),
    );
    this.#certificates.push(opened);
    return opened;
  }

  /** Looks whether certificates changed, now. */
  checkCertificates(): void {
    for (const certificates of this.#certificates) certificates.check();
  }

  /** Starts what is switched on. Rejects with one clear line when a port cannot be had. */
  async start(): Promise<Reaches> {
    const { websocket, relay } = this.#options.config();
    return {
      websocket: websocket.enabled ? { ...(await this.#websocket()), path: websocket.path } : null,
      relay:
        relay.upstream === null
          ? null
          : { ...(await this.#relay(relay.upstream)), upstream: relay.upstream },
      hepTcp: await this.#hep('hep_tcp'),
      hepTls: await this.#hep('hep_tls'),
    };
  }

  /** Stops all of them: first the relay, whose calls may go on for a while, then the last one first. */
  async stop(): Promise<void> {
    for (const certificates of this.#certificates) certificates.close();
    await this.#relayed?.close();
    for (const running of this.#running.reverse()) await running.close();
  }

  async #websocket(): Promise<Reach> {
    const { config, edge, sink, logger } = this.#options;
    const { websocket } = config();
    const certificates = this.certificates('websocket');
    const room = new RunRoom();
    const source = await createWebSocketSource({
      ...websocket,
      createReader: (maxBytes, events) => new WsRunReader(maxBytes, events, room),
      idleTimeoutMs: websocket.idleTimeoutSeconds * 1000,
      token: () => config().websocket.token,
      certificates,
      onHandshakeFailed: handshakeCounter(edge, 'websocket'),
      sink,
      events: websocketEvents(edge),
      clock: monotonicClock,
      onError: (error) => logger.warn(`websocket: ${error.message}`),
    });
    return this.#started(source, certificates !== null);
  }

  async #relay(upstream: string): Promise<Reach> {
    const { config, edge, sink, logger } = this.#options;
    const { relay } = config();
    const parsed = parseUpstream(upstream);
    if (!parsed.ok) throw new Error(`relay.upstream ${parsed.error}`);
    const ca = relay.upstreamTls.caFile === null ? null : readCaFile(relay.upstreamTls.caFile);
    if (ca?.ok === false) throw new Error(ca.error.wrong);
    const certificates = this.certificates('relay');
    const source = await createRelaySource({
      ...relay,
      upstream: parsed.value,
      timeoutMs: relay.connectTimeoutSeconds * 1000,
      drainMs: relay.drainSeconds * 1000,
      ca: ca?.value,
      verify: relay.upstreamTls.verify,
      certificates,
      onHandshakeFailed: handshakeCounter(edge, 'relay'),
      observe: () => config().relay.observe,
      createReader: (maxBytes, events) => new WsFrameReader(maxBytes, events),
      sink,
      events: relayEvents(edge),
      clock: monotonicClock,
      onError: (error) => logger.warn(`relay: ${error.message}`),
    });
    this.#relayed = source;
    return this.#started(source, certificates !== null);
  }

  async #hep(name: HepStreamName): Promise<Reach | null> {
    const { config, edge, sink, logger } = this.#options;
    const { hep } = config();
    const section = name === 'hep_tcp' ? hep.tcp : hep.tls;
    if (!section.enabled) return null;
    const certificates = name === 'hep_tls' ? this.certificates(name) : null;
    const source = await createHepStreamSource({
      ...section,
      name,
      idleTimeoutMs: section.idleTimeoutSeconds * 1000,
      certificates,
      createReader: (packets, broken) => new HepStreamReader(packets, broken),
      sink,
      events: hepStreamEvents(edge),
      clock: monotonicClock,
      onError: (error) => logger.warn(`${name}: ${error.message}`),
    });
    return this.#started(source, certificates !== null);
  }

  #started(source: Running, secure: boolean): Reach {
    this.#running.push(source);
    const { address, port } = source.address();
    return { host: address, port, secure };
  }
}

/** Sources whose frames cross to the engine through the ring. */
export const RING_SOURCES = ['websocket', 'relay', ...HEP_STREAMS] as const;
