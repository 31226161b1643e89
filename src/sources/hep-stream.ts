import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { isCertified } from '../lib/certificates.ts';
import type { Clock } from '../lib/clock.ts';
import { ADDRESSES_LENGTH } from './address.ts';
import { Brake } from './brake.ts';
import { ChunkBin } from './chunk-bin.ts';
import { boundAddress, type ListenerOptions, listenOn } from './listener.ts';
import {
  type Discard,
  type FrameMeta,
  type FrameSink,
  type HepStreamEvents,
  type HepStreamName,
  SOURCES,
  type StreamReader,
} from './source.ts';

/** Beyond `maxConnections` a connection is closed at once. */
export interface HepStreamOptions extends ListenerOptions {
  readonly name: HepStreamName;
  /** A connection on which nothing arrives for so long, ms, is closed. */
  readonly idleTimeoutMs: number;
  /** Cuts a stream into packets; see `decode/hep-stream.ts`. */
  readonly createReader: (
    packets: (bytes: Uint8Array, count: number) => void,
    broken: () => void,
  ) => PacketReader;
  readonly sink: FrameSink;
  readonly events: HepStreamEvents;
  readonly clock: Clock;
}

interface PacketReader extends StreamReader {
  /** True in the middle of a packet. */
  readonly pending: boolean;
}

export interface HepStreamSource {
  address(): AddressInfo;
  /** Stops listening and closes every connection. */
  close(): Promise<void>;
}

/** TCP asks a silent sender so often whether it is still there, ms. */
const KEEP_ALIVE_MS = 60_000;
/** For a TLS handshake, ms. */
const HANDSHAKE_MS = 5000;

const BROKEN: Discard = { counter: 'malformed', reason: 'hep_stream' };
const TRUNCATED: Discard = { counter: 'malformed', reason: 'hep_truncated' };

/**
 * Listens for HEP version 3 over TCP or TLS. While the engine is late, senders are held up for at most a second; what
 * does not fit the sink then is dropped there and counted. It never writes. Rejects when the address cannot be
 * bound, with an error that names it.
 */
export async function createHepStreamSource(options: HepStreamOptions): Promise<HepStreamSource> {
  const listener = new HepStreamListener(options);
  await listener.listen();
  return listener;
}

class HepStreamListener implements HepStreamSource {
  readonly #options: HepStreamOptions;
  readonly #server: Server;
  /** Those that packets may come from; over TLS, whose handshake is done. */
  readonly #sockets = new Set<Socket>();
  /** All TCP connections. */
  readonly #accepted = new Set<Socket>();
  readonly #brake: Brake;
  readonly #bin = new ChunkBin();
  #closed: Promise<unknown> | null = null;

  constructor(options: HepStreamOptions) {
    this.#options = options;
    this.#brake = new Brake(options.sink);
    const { certificates, events, name } = options;
    if (certificates === null) {
      this.#server = createServer((socket) => this.#open(socket));
    } else {
      const server = createTlsServer(
        { ...certificates.options, handshakeTimeout: HANDSHAKE_MS },
        (socket) => this.#open(socket),
      );
      server.on('tlsClientError', () => events.handshakeFailed(name));
      certificates.serve(server);
      this.#server = server;
    }
    this.#server.maxConnections = options.maxConnections;
    this.#server.on('connection', (socket) => {
      this.#accepted.add(socket);
      socket.once('close', () => this.#accepted.delete(socket));
    });
    this.#server.on('drop', () => events.rejected(name, 'limit'));
  }

  async listen(): Promise<void> {
    await listenOn(this.#server, `HEP (${this.#options.name}) on tcp`, this.#options);
  }

  address(): AddressInfo {
    return boundAddress(this.#server);
  }

  async close(): Promise<void> {
    if (this.#closed === null) {
      this.#closed = once(this.#server, 'close');
      this.#server.close();
      for (const socket of this.#accepted) socket.destroy();
    }
    await this.#closed;
  }

  #open(socket: Socket): void {
    const { certificates, events, name, idleTimeoutMs } = this.#options;
    socket.on('error', () => socket.destroy());
    if (certificates?.asksClients && !isCertified(socket)) {
      events.rejected(name, 'certificate');
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    events.connections(name, this.#sockets.size);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    socket.setTimeout(idleTimeoutMs, () => socket.destroy());
    const reader = this.#readerOf(socket);
    socket.on('data', (chunk) => {
      reader.push(chunk);
      this.#bin.free(chunk);
      this.#brake.check(socket);
    });
    socket.on('close', () => {
      if (reader.pending) events.discarded(name, TRUNCATED);
      this.#brake.forget(socket);
      this.#sockets.delete(socket);
      events.connections(name, this.#sockets.size);
    });
  }

  #readerOf(socket: Socket): PacketReader {
    const { createReader, clock, events, name, sink } = this.#options;
    const meta: FrameMeta = {
      source: SOURCES.indexOf(name),
      arrivedAt: 0,
      payload: 'hep_run',
      transport: 6,
      addresses: new Uint8Array(ADDRESSES_LENGTH),
    };
    return createReader(
      (packets, count) => {
        events.received(name, count);
        meta.arrivedAt = clock();
        meta.packets = count;
        sink.accept(packets, meta);
      },
      () => {
        events.received(name, 1);
        events.discarded(name, BROKEN);
        socket.destroy();
      },
    );
  }
}
