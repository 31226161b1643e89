import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { isCertified } from '../lib/certificates.ts';
import { ADDRESSES_LENGTH, writeAddress, writePort } from './address.ts';
import { createWebServer } from './http-server.ts';
import { boundAddress, listenOn, type WebListenerOptions } from './listener.ts';
import {
  EarlyBytes,
  headOf,
  isHandshake,
  passAnswer,
  type RelayRefusal,
  refuseRelay,
} from './relay-handshake.ts';
import { RelayTap, type TapOptions } from './relay-tap.ts';
import { Tunnel } from './relay-tunnel.ts';
import { type DialOptions, type DialResult, dialUpstream } from './relay-upstream.ts';
import { answerPlainRequest, isAllowedOrigin } from './upgrade.ts';

/** Beyond `maxConnections`, those on their way to the PBX included, a client is answered 503. */
export interface RelayOptions extends TapOptions, DialOptions, WebListenerOptions {
  /** Values of `Origin` that may connect. Empty: any. A request without `Origin` is no browser's and passes. */
  readonly allowedOrigins: readonly string[];
  /** For connections to end by themselves when the relay stops, ms. */
  readonly drainMs: number;
}

export interface RelaySource {
  address(): AddressInfo;
  /** Stops listening, waits for connections to end, and ends the others, first in order and then by force. */
  close(): Promise<void>;
}

/** For both ends to take what is on its way when the relay stops, ms. */
const CLOSE_GRACE_MS = 2000;
/** For the head of a request to arrive, ms. */
const REQUEST_TIMEOUT_MS = 10_000;
/** Cookies and tokens of a web application; what the PBX takes is its own affair. */
const MAX_HEADER_BYTES = 16_384;
/** Connections beyond the cap that may be told so; more are closed without an answer. */
const REFUSAL_SLOTS = 64;
const MAX_CONNECTION = 0xffff_ffff;

/**
 * Listens for WebSocket connections and passes each on to the PBX's own WebSocket listener, reading along. Rejects
 * when the address cannot be bound, with an error that names it.
 */
export async function createRelaySource(options: RelayOptions): Promise<RelaySource> {
  const relay = new Relay(options);
  await relay.listen();
  return relay;
}

/** Waits for something, but no longer than so many ms. */
async function within(ms: number, something: Promise<unknown>): Promise<void> {
  if (ms === 0) return;
  const late = new AbortController();
  await Promise.race([something, setTimeout(ms, null, { signal: late.signal }).catch(() => null)]);
  late.abort();
}

class Relay implements RelaySource {
  readonly #options: RelayOptions;
  readonly #server: Server;
  readonly #tunnels = new Set<Tunnel>();
  /** Clients whose upgrade waits for the PBX. */
  readonly #waiting = new Set<Duplex>();
  #connection = 0;
  /** The last client that was to be let through found no PBX. */
  #unreachable = false;
  #closed: Promise<unknown> | null = null;

  constructor(options: RelayOptions) {
    this.#options = options;
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
  }

  async listen(): Promise<void> {
    await listenOn(this.#server, 'WebSocket (relay) on tcp', this.#options);
  }

  address(): AddressInfo {
    return boundAddress(this.#server);
  }

  async close(): Promise<void> {
    this.#closed ??= this.#shutDown();
    await this.#closed;
  }

  async #shutDown(): Promise<void> {
    const ends = [once(this.#server, 'close'), ...[...this.#tunnels].map(({ ended }) => ended)];
    this.#server.close();
    this.#server.closeAllConnections();
    for (const client of this.#waiting) client.destroy();
    await within(this.#options.drainMs, Promise.all(ends));
    for (const tunnel of this.#tunnels) tunnel.close();
    const cut = globalThis.setTimeout(() => {
      for (const tunnel of this.#tunnels) tunnel.destroy();
    }, CLOSE_GRACE_MS);
    await Promise.all(ends);
    clearTimeout(cut);
  }

  #upgrade(request: IncomingMessage, client: Duplex, head: Buffer): void {
    const refusal = this.#check(request);
    if (refusal !== null) {
      this.#refuse(client, refusal);
      return;
    }
    const early = new EarlyBytes(client, head);
    this.#waiting.add(client);
    const gone = (): void => {
      this.#waiting.delete(client);
      dial.abort();
      this.#options.events.upgrade('client_gone');
    };
    const dial = dialUpstream(request, this.#options, (result) => {
      client.off('close', gone);
      this.#waiting.delete(client);
      this.#answer(request, client, early.take(), result);
    });
    client.once('close', gone);
  }

  #check(request: IncomingMessage): RelayRefusal | null {
    const { allowedOrigins, certificates, maxConnections } = this.#options;
    if (!isHandshake(request)) return 'handshake';
    if (!isAllowedOrigin(request.headers.origin, allowedOrigins)) return 'origin';
    if (certificates?.asksClients && !isCertified(request.socket)) return 'certificate';
    const open = this.#tunnels.size + this.#waiting.size;
    return open >= maxConnections || this.#closed !== null ? 'limit' : null;
  }

  #refuse(client: Duplex, refusal: RelayRefusal): void {
    this.#options.events.upgrade(refusal);
    refuseRelay(client, refusal);
  }

  #answer(request: IncomingMessage, client: Duplex, head: Buffer, result: DialResult): void {
    const { events, onError } = this.#options;
    switch (result.kind) {
      case 'open':
        this.#unreachable = false;
        if (this.#closed !== null) result.socket.destroy();
        else this.#open(request, client, head, result);
        return;
      case 'answered':
        this.#unreachable = false;
        events.upgrade('refused_upstream');
        void passAnswer(client, result.response);
        return;
      case 'failed':
        // Told once, however many clients try again.
        if (!this.#unreachable) onError(new Error(`the PBX cannot be reached: ${result.why}`));
        this.#unreachable = true;
        this.#refuse(client, result.reason);
    }
  }

  #open(
    request: IncomingMessage,
    client: Duplex,
    head: Buffer,
    result: DialResult & { readonly kind: 'open' },
  ): void {
    const { events } = this.#options;
    events.upgrade('accepted');
    const { response, socket: upstream } = result;
    const tap = this.#isSip(response) ? this.#tap(request, response) : null;
    const tunnel = new Tunnel({ client, upstream }, tap);
    void tunnel.ended.then(() => {
      this.#tunnels.delete(tunnel);
      events.connections(this.#tunnels.size);
    });
    this.#tunnels.add(tunnel);
    events.connections(this.#tunnels.size);
    client.write(headOf('101 Switching Protocols', response.rawHeaders), 'latin1');
    tunnel.start({ client: head, upstream: result.head });
  }

  /** What the two agreed on besides SIP (RFC 7118 section 4) passes unread. */
  #isSip({ headers }: IncomingMessage): boolean {
    return headers['sec-websocket-protocol']?.trim().toLowerCase() === 'sip';
  }

  #tap(request: IncomingMessage, response: IncomingMessage): RelayTap {
    const addresses = new Uint8Array(ADDRESSES_LENGTH);
    const { remoteAddress: client = '', remotePort: clientPort = 0 } = request.socket;
    const { remoteAddress: pbx = '', remotePort: pbxPort = 0 } = response.socket;
    if (writeAddress(client, addresses, 0)) writePort(clientPort, addresses, 'source');
    if (writeAddress(pbx, addresses, 16)) writePort(pbxPort, addresses, 'destination');
    this.#connection = this.#connection === MAX_CONNECTION ? 1 : this.#connection + 1;
    return new RelayTap(this.#options, this.#connection, addresses);
  }
}
