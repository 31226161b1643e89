/** The HTTP edge: /metrics, /healthz, /readyz, the API under /v1, the live page, and the door for facts about calls. */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { bindError } from '../lib/bind-error.ts';
import { HTTP_LIMITS, type HttpOptions, type Reply } from './http-options.ts';
import { createRoutes, route } from './http-routes.ts';
import { MetricsPage } from './metrics-page.ts';
import { acceptsGzip } from './negotiate.ts';

export type { HttpOptions } from './http-options.ts';
export { HTTP_LIMITS } from './http-options.ts';

export interface HttpEdge {
  readonly server: Server;
  /** Resolves with the bound address; rejects with an error that names it, and the system's as its cause. */
  listen(): Promise<{ readonly host: string; readonly port: number }>;
  /** Stops accepting, gives requests in progress their grace, resolves when every connection is closed. */
  close(): Promise<void>;
}

const SECURITY_HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
} as const;

const compress = promisify<string, { level: number }, Buffer>(gzip);
/** A body below this is sent as it is: one packet either way. */
const COMPRESS_FROM_BYTES = 1024;

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  reply: Reply,
): Promise<void> {
  if (reply.stream !== undefined) {
    const refused = reply.stream.refusal(response);
    if (refused !== null) return send(request, response, refused);
    response.writeHead(reply.status, {
      ...SECURITY_HEADERS,
      ...reply.headers,
      'Content-Type': reply.type,
    });
    if (request.method === 'HEAD') response.end();
    else reply.stream.open(response);
    return;
  }
  if (reply.status === 304) {
    response.writeHead(304, { ...SECURITY_HEADERS, ...reply.headers }).end();
    return;
  }
  const encode =
    reply.body.length >= COMPRESS_FROM_BYTES && acceptsGzip(request.headers['accept-encoding']);
  const body = encode
    ? await compress(reply.body, { level: constants.Z_BEST_SPEED })
    : Buffer.from(reply.body);
  response.writeHead(reply.status, {
    ...SECURITY_HEADERS,
    ...reply.headers,
    ...(encode ? { 'Content-Encoding': 'gzip' } : {}),
    'Content-Type': reply.type,
    'Content-Length': body.length,
  });
  // Node leaves the body of a HEAD out by itself.
  response.end(body);
}

function listen(server: Server, { host, port }: HttpOptions): ReturnType<HttpEdge['listen']> {
  return new Promise((resolve, reject) => {
    const refuse = (error: Error): void => reject(bindError('HTTP on tcp', host, port, error));
    server.once('error', refuse);
    server.listen(port, host, () => {
      server.off('error', refuse);
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address : undefined;
      resolve({ host: bound?.address ?? host, port: bound?.port ?? port });
    });
  });
}

function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function serverFor(
  { certificates = null, onRejected }: HttpOptions,
  options: ServerOptions,
  onRequest: RequestListener,
): Server {
  if (certificates === null) return createServer(options, onRequest);
  const tls = { ...certificates.options, handshakeTimeout: options.requestTimeout };
  const server = createTlsServer({ ...options, ...tls }, onRequest);
  server.on('tlsClientError', () => onRejected?.('handshake'));
  certificates.serve(server);
  return server;
}

/** Requests that a connection may send before it has the answer to one, without being closed at once. */
const UNANSWERED_MAX = 100;

/**
 * Of each connection one request at a time is answered. Node would make the answers to all that are sent in one go at
 * once, and keep them for a client that may never read.
 */
class OneAtATime {
  /** By connection: the answer under way, and requests behind it. */
  readonly #answers = new WeakMap<object, { readonly response: ServerResponse; more: number }>();

  /** True: it is to be answered. False: the connection ends behind the answer under way (RFC 9112 section 9.3.2). */
  takes({ socket }: IncomingMessage, response: ServerResponse): boolean {
    const before = this.#answers.get(socket);
    if (before === undefined) {
      this.#answers.set(socket, { response, more: 0 });
      response.once('close', () => this.#answers.delete(socket));
      return true;
    }
    before.more++;
    if (before.more === 1) {
      before.response.shouldKeepAlive = false;
      before.response.once('close', () => socket.destroySoon());
    }
    if (before.more > UNANSWERED_MAX) socket.destroy();
    return false;
  }
}

export function createHttpServer(options: HttpOptions): HttpEdge {
  const limits = { ...HTTP_LIMITS, ...options.limits };
  const page = new MetricsPage({ ...options, scrapeTimeoutMs: limits.scrapeTimeoutMs });
  const routes = createRoutes(options, page);
  const connections = new OneAtATime();
  const server = serverFor(
    options,
    {
      maxHeaderSize: limits.maxHeaderBytes,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.idleTimeoutMs,
      connectionsCheckingInterval: Math.min(1_000, limits.requestTimeoutMs),
    },
    (request, response) => {
      if (!connections.takes(request, response)) return;
      route(routes, options, request)
        .then((reply) => send(request, response, reply))
        // A bug in a part must not take the process down with it: the scrape fails, and that alerts.
        .catch(() => {
          if (response.headersSent) response.destroy();
          else response.writeHead(500, SECURITY_HEADERS).end();
        });
    },
  );
  server.maxConnections = limits.maxConnections;
  server.timeout = limits.idleTimeoutMs;
  return {
    server,
    listen: () => listen(server, options),
    close: () => close(server, limits.closeGraceMs),
  };
}
