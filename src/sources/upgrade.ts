import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Certificates, isCertified } from '../lib/certificates.ts';
import { fail, ok, type Result } from '../lib/result.ts';
import { ADDRESSES_LENGTH, writeAddress, writeEndpoint, writePort } from './address.ts';
import type { WebSocketRefusal } from './source.ts';

/** Why an upgrade is refused, in the order in which it is checked, and what the client is told. */
export const UPGRADE_REFUSALS = {
  path: { status: '404 Not Found', why: 'no WebSocket endpoint at this path' },
  subprotocol: { status: '400 Bad Request', why: 'offer the subprotocol sip (RFC 7118 section 4)' },
  origin: { status: '403 Forbidden', why: 'this origin may not connect' },
  auth: { status: '401 Unauthorized', why: 'present the token' },
  endpoint: { status: '400 Bad Request', why: 'src and dst are an IP address and a port' },
  limit: { status: '503 Service Unavailable', why: 'too many connections' },
  certificate: { status: '403 Forbidden', why: 'present a client certificate' },
  handshake: { status: '400 Bad Request', why: 'no WebSocket handshake (RFC 6455 section 4.2.1)' },
} as const satisfies Record<WebSocketRefusal, { status: string; why: string }>;

export interface UpgradePolicy {
  /** Path of the endpoint, compared as it is, without the query. */
  readonly path: string;
  /** Values of `Origin` that may connect. Empty: any. A request without `Origin` is no browser's and passes. */
  readonly allowedOrigins: readonly string[];
  /** The token to ask for, read for each upgrade so that a reload can change it. `null`: none is asked for. */
  readonly token: () => string | null;
  /** Null: no TLS. With it a client certificate may be asked for besides. */
  readonly certificates: Certificates | null;
}

/** Between which two ends the copies of one connection travelled. */
export interface TapAddresses {
  /** See `FrameMeta.addresses`. */
  readonly addresses: Uint8Array;
  /** See `FrameMeta.fromConnection`. */
  readonly fromConnection: boolean;
}

/** Checks an upgrade request against the policy. */
export function checkUpgrade(
  request: IncomingMessage,
  policy: UpgradePolicy,
): Result<TapAddresses, WebSocketRefusal> {
  const [path, queryText = ''] = splitOnce(request.url ?? '', '?');
  const query = new URLSearchParams(queryText);
  if (path !== policy.path) return fail('path');
  if (!offersSip(request.headers['sec-websocket-protocol'])) return fail('subprotocol');
  if (!isAllowedOrigin(request.headers.origin, policy.allowedOrigins)) return fail('origin');
  if (policy.certificates?.asksClients && !isCertified(request.socket)) return fail('certificate');
  if (!isAuthorized(request.headers.authorization, query, policy.token())) return fail('auth');
  const addresses = tapAddresses(request, query);
  return addresses === null ? fail('endpoint') : ok(addresses);
}

/** Answers a refused upgrade and closes its connection. */
export function refuseUpgrade(socket: Duplex, refusal: WebSocketRefusal): void {
  const { status, why } = UPGRADE_REFUSALS[refusal];
  const challenge = refusal === 'auth' ? 'WWW-Authenticate: Bearer\r\n' : '';
  answerUpgrade(socket, status, why, challenge);
}

/** Answers an upgrade with a status and a line of text, and closes its connection. */
export function answerUpgrade(socket: Duplex, status: string, why: string, headers = ''): void {
  socket.on('error', () => socket.destroy());
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\n${headers}Content-Type: text/plain\r\n` +
      `Content-Length: ${why.length + 1}\r\n\r\n${why}\n`,
  );
}

/** Answers a request that asks for no upgrade. */
export function answerPlainRequest(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(426, {
    Connection: 'close, Upgrade',
    Upgrade: 'websocket',
    'Content-Type': 'text/plain',
  });
  response.end('SIP over WebSocket only (RFC 7118)\n');
}

function splitOnce(text: string, separator: string): [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

function offersSip(header: string | undefined): boolean {
  return (header ?? '').split(',').some((protocol) => protocol.trim() === 'sip');
}

/** A request without `Origin` is no browser's and passes; so does any while none is listed. */
export function isAllowedOrigin(origin: string | undefined, allowed: readonly string[]): boolean {
  if (origin === undefined || allowed.length === 0) return true;
  return allowed.some((entry) => entry.toLowerCase() === origin.toLowerCase());
}

/** RFC 6750 section 2.1, or section 2.3 for browsers, whose WebSocket cannot set a header. */
function isAuthorized(
  header: string | undefined,
  query: URLSearchParams,
  token: string | null,
): boolean {
  if (token === null) return true;
  const presented =
    header === undefined ? query.get('access_token') : /^Bearer +(.+)$/i.exec(header)?.[1];
  return token !== '' && timingSafeEqual(digest(presented ?? ''), digest(token));
}

/** Equal lengths for the comparison in constant time. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** The sides that the client stated, else those of the connection; `null` when what it stated is no address. */
function tapAddresses(request: IncomingMessage, query: URLSearchParams): TapAddresses | null {
  const addresses = new Uint8Array(ADDRESSES_LENGTH);
  const source = query.get('src') ?? request.headers['x-callfate-src'];
  const destination = query.get('dst') ?? request.headers['x-callfate-dst'];
  if (source === undefined && destination === undefined) {
    const { remoteAddress = '', remotePort = 0, localAddress = '', localPort = 0 } = request.socket;
    if (writeAddress(remoteAddress, addresses, 0)) writePort(remotePort, addresses, 'source');
    if (writeAddress(localAddress, addresses, 16)) writePort(localPort, addresses, 'destination');
    return { addresses, fromConnection: true };
  }
  // One side alone may be stated: the other stays unknown.
  const stated =
    (source === undefined || writeEndpoint(String(source), addresses, 'source')) &&
    (destination === undefined || writeEndpoint(String(destination), addresses, 'destination'));
  return stated ? { addresses, fromConnection: false } : null;
}
