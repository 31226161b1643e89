import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../lib/clock.ts';
import { Brake } from './brake.ts';
import { ChunkBin } from './chunk-bin.ts';
import { createWebServer } from './http-server.ts';
import { asksForAnswer, isKeepAlive, KEEP_ALIVE_ANSWER } from './keep-alive.ts';
import { boundAddress, listenOn, type WebListenerOptions } from './listener.ts';
import {
  type Discard,
  type FrameMeta,
  type FrameSink,
  SOURCES,
  type SourceEvents,
  type WebSocketRefusal,
} from './source.ts';
import {
  answerPlainRequest,
  checkUpgrade,
  refuseUpgrade,
  type TapAddresses,
  type UpgradePolicy,
} from './upgrade.ts';
import { type CreateRunReader, readRuns } from './websocket-runs.ts';

/** Beyond `maxConnections` a client is answered 503. */
export interface WebSocketOptions extends UpgradePolicy, WebListenerOptions {
  /** Longest message, bytes; a longer one closes its connection with 1009. */
  readonly maxPayloadBytes: number;
  /** Takes plain frames out of the stream in runs; see `decode/ws-runs.ts`. Null: `ws` reads them all, at four times the cost. */
  readonly createReader: CreateRunReader | null;
  /** A connection on which nothing arrives for so long, ms, is closed with 1001. Half of it brings a ping. */
  readonly idleTimeoutMs: number;
  readonly sink: FrameSink;
  readonly events: SourceEvents;
  readonly clock: Clock;
}

export interface WebSocketSource {
  address(): AddressInfo;
  /** Stops listening, asks every client to close, takes what they still send, and cuts off who does not close. */
  close(): Promise<void>;
}

/** For a client to answer a close, ms. */
const CLOSE_GRACE_MS = 2000;
/** For the head of a request to arrive, ms. */
const REQUEST_TIMEOUT_MS = 10_000;
const MAX_HEADER_BYTES = 8192;
/** Connections beyond the cap that may be told so; more are closed without an answer. */
const REFUSAL_SLOTS = 64;
/** Unsent bytes above which a keep-alive is not answered: the client sends them and reads nothing. */
const MAX_UNSENT_BYTES = 4096;
const GOING_AWAY = 1001;

const KEEPALIVE: Discard = { counter: 'not_ours', reason: 'keepalive' };
const OVERSIZE: Discard = { counter: 'lost', reason: 'oversize' };
const ENCODING: Discard = { counter: 'malformed', reason: 'encoding' };

/**
 * Listens for copies of SIP messages over WebSocket (RFC 7118): one message a frame, text or binary. Rejects when the
 * address cannot be bound, with an error that names it.
 */
export async function createWebSocketSource(options: WebSocketOptions): Promise<WebSocketSource> {
  const listener = new Listener(options);
  await listener.listen();
  return listener;
}

/** One connection. */
interface Tap {
  readonly socket: WebSocket;
  readonly meta: FrameMeta;
  /** When anything last arrived, pings and pongs included. */
  heardAt: number;
  pinged: boolean;
}

class Listener implements WebSocketSource {
  readonly #options: WebSocketOptions;
  readonly #server: Server;
  readonly #upgrades: WebSocketServer;
  readonly #taps = new Set<Tap>();
  readonly #brake: Brake;
  readonly #bin = new ChunkBin();
  #sweeper: NodeJS.Timeout | null = null;
  #closed: Promise<unknown> | null = null;

  constructor(options: WebSocketOptions) {
    this.#options = options;
    this.#brake = new Brake(options.sink);
    this.#server = createWebServer(
      {
        maxHeaderSize: MAX_HEADER_BYTES,
        headersTimeout: REQUEST_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        connectionsCheckingInterval: REQUEST_TIMEOUT_MS / 10,
      },
      options.certificates,
      options.onHandshakeFailed,
      answerPlainRequest,
    );
    this.#server.maxConnections = options.maxConnections + REFUSAL_SLOTS;
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.#upgrades = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: options.maxPayloadBytes,
      handleProtocols: () => 'sip',
    });
    this.#upgrades.on('wsClientError', (_error, socket) => this.#refuse(socket, 'handshake'));
  }

  async listen(): Promise<void> {
    const { idleTimeoutMs } = this.#options;
    await listenOn(this.#server, 'WebSocket on tcp', this.#options);
    this.#sweeper = setInterval(() => this.#sweep(), Math.ceil(idleTimeoutMs / 4));
  }

  address(): AddressInfo {
    return boundAddress(this.#server);
  }

  async close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    await this.#closed;
  }

  async #shutDown(): Promise<void> {
    if (this.#sweeper !== null) clearInterval(this.#sweeper);
    const sockets = [...this.#taps].map(({ socket }) => socket);
    const ends = sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    ends.push(once(this.#server, 'close'));
    this.#server.close();
    this.#server.closeAllConnections();
    for (const socket of sockets) socket.close(GOING_AWAY, 'going away');
    const cut = setTimeout(() => {
      for (const socket of sockets) socket.terminate();
    }, CLOSE_GRACE_MS);
    await Promise.all(ends);
    clearTimeout(cut);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const checked = checkUpgrade(request, this.#options);
    if (!checked.ok) {
      this.#refuse(socket, checked.error);
    } else if (this.#taps.size >= this.#options.maxConnections || this.#closed !== null) {
      this.#refuse(socket, 'limit');
    } else {
      this.#upgrades.handleUpgrade(request, socket, head, (client) =>
        this.#open(client, socket, checked.value),
      );
    }
  }

  #refuse(socket: Duplex, refusal: WebSocketRefusal): void {
    this.#options.events.rejected(refusal);
    refuseUpgrade(socket, refusal);
  }

  #open(socket: WebSocket, stream: Duplex, { addresses, fromConnection }: TapAddresses): void {
    const { clock, createReader, events, maxPayloadBytes } = this.#options;
    const meta: FrameMeta = {
      source: SOURCES.indexOf('websocket'),
      arrivedAt: 0,
      payload: 'sip',
      transport: 6,
      addresses,
      fromConnection,
    };
    const tap: Tap = { socket, meta, heardAt: clock(), pinged: false };
    this.#taps.add(tap);
    events.connections(this.#taps.size);
    const runMeta: FrameMeta = { ...meta, payload: 'sip_run' };
    if (createReader !== null)
      readRuns(stream, maxPayloadBytes, createReader, this.#bin, (run, count) =>
        this.#receiveRun(tap, runMeta, run, count),
      );
    socket.on('message', (data, isBinary) => this.#receive(tap, data, isBinary));
    socket.on('ping', () => this.#hear(tap));
    socket.on('pong', () => this.#hear(tap));
    socket.on('error', (error) => this.#countError(error));
    socket.on('close', () => {
      this.#taps.delete(tap);
      this.#brake.forget(tap.socket);
      events.connections(this.#taps.size);
    });
  }

  #hear(tap: Tap): number {
    tap.heardAt = this.#options.clock();
    tap.pinged = false;
    return tap.heardAt;
  }

  #receiveRun(tap: Tap, meta: FrameMeta, run: Uint8Array, count: number): void {
    const { events, sink } = this.#options;
    events.received(count);
    meta.packets = count;
    meta.arrivedAt = this.#hear(tap);
    sink.accept(run, meta);
    this.#brake.check(tap.socket);
  }

  #receive(tap: Tap, data: unknown, isBinary: boolean): void {
    const { events, sink } = this.#options;
    if (!Buffer.isBuffer(data)) throw new TypeError('ws gave no Buffer');
    events.received();
    tap.meta.arrivedAt = this.#hear(tap);
    if (!isKeepAlive(data)) {
      sink.accept(data, tap.meta);
      this.#brake.check(tap.socket);
      return;
    }
    events.discarded(KEEPALIVE);
    if (asksForAnswer(data) && tap.socket.bufferedAmount < MAX_UNSENT_BYTES) {
      tap.socket.send(KEEP_ALIVE_ANSWER, { binary: isBinary });
    }
  }

  /** `ws` closes the connection by itself: 1009 for a message that is too long, 1002 or 1007 for the others. */
  #countError(error: Error): void {
    const code = 'code' in error ? String(error.code) : '';
    if (!code.startsWith('WS_ERR_')) return;
    const { events } = this.#options;
    events.received();
    events.discarded(code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' ? OVERSIZE : ENCODING);
  }

  #sweep(): void {
    const { clock, idleTimeoutMs } = this.#options;
    const now = clock();
    for (const tap of this.#taps) {
      const silence = now - tap.heardAt;
      if (silence >= idleTimeoutMs + CLOSE_GRACE_MS) tap.socket.terminate();
      else if (silence >= idleTimeoutMs) tap.socket.close(GOING_AWAY, 'idle timeout');
      else if (silence >= idleTimeoutMs / 2 && !tap.pinged) {
        tap.pinged = true;
        tap.socket.ping();
      }
    }
  }
}
