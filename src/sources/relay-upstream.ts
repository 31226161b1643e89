import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Upstream } from '../lib/upstream.ts';

export interface DialOptions {
  readonly upstream: Upstream;
  /** For address, connection, TLS and answer together, ms. */
  readonly timeoutMs: number;
  /** Certificates (PEM) that a `wss` upstream is checked against; undefined: those of Node. */
  readonly ca: string | undefined;
  /** False: whoever answers is believed. */
  readonly verify: boolean;
}

/** How the PBX answered: with a connection, with another HTTP answer, or not at all. */
export type DialResult =
  | {
      readonly kind: 'open';
      readonly response: IncomingMessage;
      readonly socket: Duplex;
      /** What came right behind the answer. */
      readonly head: Buffer;
    }
  | { readonly kind: 'answered'; readonly response: IncomingMessage }
  | { readonly kind: 'failed'; readonly reason: 'unreachable' | 'timeout'; readonly why: string };

/**
 * Headers of one hop (RFC 9110 section 7.6.1). Those of the WebSocket handshake are set anew; extensions are left out,
 * since compressed frames could not be read along.
 */
const NOT_PASSED = new Set([
  'connection',
  'upgrade',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'content-length',
  'expect',
  'http2-settings',
  'sec-websocket-extensions',
]);
const FORWARDED_FOR = 'x-forwarded-for';

/** The headers for the PBX: the client's own, in its order and spelling, and its address behind `X-Forwarded-For`. */
export function upstreamHeaders({ rawHeaders, socket }: IncomingMessage): string[] {
  const headers = pairs(rawHeaders).filter(([name]) => !NOT_PASSED.has(name.toLowerCase()));
  const before = headers.filter(([name]) => name.toLowerCase() === FORWARDED_FOR);
  const others = headers.filter(([name]) => name.toLowerCase() !== FORWARDED_FOR);
  const hops = [...before.map(([, value]) => value), socket.remoteAddress ?? 'unknown'];
  return [
    ...others,
    ['X-Forwarded-For', hops.join(', ')],
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
  ].flat();
}

/** Asks the PBX for the WebSocket that a client asked for. `done` is called once, unless it is aborted before. */
export function dialUpstream(
  request: IncomingMessage,
  options: DialOptions,
  done: (result: DialResult) => void,
): { abort(): void } {
  const { upstream, timeoutMs } = options;
  const ask = upstream.secure ? httpsRequest : httpRequest;
  // Throws for a path or header that must not be sent. Node's own parser lets none through, so that would be a bug.
  const outgoing = ask(requestOptions(request, options));
  let finished = false;
  const finish = (result: DialResult): void => {
    if (finished) return;
    finished = true;
    clearTimeout(timer);
    done(result);
  };
  const timer = setTimeout(() => {
    finish({ kind: 'failed', reason: 'timeout', why: `no answer within ${timeoutMs} ms` });
    outgoing.destroy();
  }, timeoutMs);
  outgoing.on('error', ({ message }) =>
    finish({ kind: 'failed', reason: 'unreachable', why: message }),
  );
  outgoing.on('upgrade', (response, socket, head) => {
    if (finished) socket.destroy();
    else finish({ kind: 'open', response, socket, head });
  });
  outgoing.on('response', (response) => finish({ kind: 'answered', response }));
  outgoing.end();
  return {
    abort: () => {
      finished = true;
      clearTimeout(timer);
      outgoing.destroy();
    },
  };
}

function requestOptions(request: IncomingMessage, options: DialOptions): RequestOptions {
  const { upstream, ca, verify } = options;
  return {
    host: upstream.host,
    port: upstream.port,
    method: 'GET',
    path: request.url ?? '/',
    headers: upstreamHeaders(request),
    agent: false,
    // What a client still sends when the PBX has ended its half, such as its close frame, has to get through.
    ...{ allowHalfOpen: true },
    ...(upstream.secure
      ? {
          ca,
          rejectUnauthorized: verify,
          servername: isIP(upstream.host) === 0 ? upstream.host : '',
        }
      : {}),
  };
}

/** `rawHeaders` as pairs of name and value. */
export function pairs(raw: readonly string[]): [name: string, value: string][] {
  return Array.from({ length: raw.length / 2 }, (_, i) => [raw[2 * i] ?? '', raw[2 * i + 1] ?? '']);
}
