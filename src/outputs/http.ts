/** The HTTP edge: /metrics, /healthz, /readyz, a page that lists them, and the door for facts about calls. */
import { createHash, timingSafeEqual } from 'node:crypto';
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
import { type Certificates, isCertified } from '../lib/certificates.ts';
import { CONTEXT_PATH, type ContextDoorOptions, replyContext } from './http-context.ts';
import { MetricsPage, type MetricsPageOptions } from './metrics-page.ts';
import { acceptsGzip, negotiate } from './negotiate.ts';
import { CONTENT_TYPES } from './text-format.ts';

export interface HttpLimits {
  /** Request line and headers, bytes; more is answered 431. */
  readonly maxHeaderBytes: number;
  /** For a whole request to arrive, ms; later is answered 408. */
  readonly requestTimeoutMs: number;
  /** A connection on which nothing moves is closed, ms. Longer than a usual scrape interval. */
  readonly idleTimeoutMs: number;
  /** Connections at a time; more are closed at once. */
  readonly maxConnections: number;
  /** For the engine to answer a scrape, ms; later is answered 503. Below Prometheus's own 10 s. */
  readonly scrapeTimeoutMs: number;
  /** For requests in progress when the server closes, ms. */
  readonly closeGraceMs: number;
}

export const HTTP_LIMITS: HttpLimits = {
  maxHeaderBytes: 8192,
  requestTimeoutMs: 10_000,
  idleTimeoutMs: 75_000,
  maxConnections: 64,
  scrapeTimeoutMs: 5_000,
  closeGraceMs: 2_000,
};

export interface HttpOptions extends Omit<MetricsPageOptions, 'scrapeTimeoutMs'> {
  /** Address to bind. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Each part by name and whether it is ready. */
  readonly readiness: () => Readonly<Record<string, boolean>>;
  /**
   * The token that all but /healthz and /readyz ask for, read for each request so that a reload can change it.
   * Undefined: none is asked for; empty: nobody passes.
   */
  readonly bearerToken?: () => string | undefined;
  /** Null or absent: plain HTTP. With it a client certificate may be asked for, of all but the same two. */
  readonly certificates?: Certificates | null;
  /** A request or a TLS handshake was refused. */
  readonly onRejected?: (reason: 'auth' | 'certificate' | 'handshake') => void;
  /** The door for facts about calls, which has a token of its own; absent: it is shut. */
  readonly context?: Omit<ContextDoorOptions, 'answerTimeoutMs'> | null;
  readonly limits?: Partial<HttpLimits>;
}

export interface HttpEdge {
  readonly server: Server;
  /** Resolves with the bound address; rejects with the system's error (EADDRINUSE, EACCES, …). */
  listen(): Promise<{ readonly host: string; readonly port: number }>;
  /** Stops accepting, gives requests in progress their grace, resolves when every connection is closed. */
  close(): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Route {
  /** True: never asks for the token. */
  readonly open: boolean;
  reply(request: IncomingMessage): Reply | Promise<Reply>;
}

const SECURITY_HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
} as const;

const PLAIN = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';
const METHODS = ['GET', 'HEAD'];

const INDEX_PAGE = `callfate

/metrics     counters, as Prometheus text or OpenMetrics by Accept
/healthz     200 while the process lives
/readyz      200 when every part is ready; otherwise 503 and which part is not
/v1/context  POST, when context.api.enabled: facts about calls, as CloudEvents
`;

const compress = promisify<string, { level: number }, Buffer>(gzip);
/** A body below this is sent as it is: one packet either way. */
const COMPRESS_FROM_BYTES = 1024;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Digests have one length, so the comparison takes as long for any guess. */
function isAuthorized({ headers }: IncomingMessage, token: string | undefined): boolean {
  if (token === undefined) return true;
  const given = /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  return given !== undefined && timingSafeEqual(digest(given), digest(token));
}

function plain(status: number, body: string, headers: Reply['headers'] = {}) {
  return { status, type: PLAIN, body: `${body}\n`, headers };
}

/** What asks for no token keeps no connection: whoever likes could hold all of them, and Prometheus would get none. */
const CLOSE = { Connection: 'close' };

async function replyMetrics(page: MetricsPage, request: IncomingMessage): Promise<Reply> {
  const format = negotiate(request.headers.accept);
  const headers = { Vary: 'Accept, Accept-Encoding' };
  const rendered = await page.render(format);
  if (!rendered.ok) return plain(503, `no scrape: ${rendered.error}`, headers);
  return { status: 200, type: CONTENT_TYPES[format], body: rendered.value, headers };
}

function replyReady(parts: Readonly<Record<string, boolean>>): Reply {
  const ready = Object.values(parts).every(Boolean);
  const body = `${JSON.stringify({ ready, parts })}\n`;
  return { status: ready ? 200 : 503, type: JSON_TYPE, body, headers: CLOSE };
}

function createRoutes(options: HttpOptions, page: MetricsPage): ReadonlyMap<string, Route> {
  return new Map<string, Route>([
    ['/', { open: false, reply: () => ({ status: 200, type: PLAIN, body: INDEX_PAGE }) }],
    ['/metrics', { open: false, reply: (request) => replyMetrics(page, request) }],
    ['/healthz', { open: true, reply: () => plain(200, 'ok', CLOSE) }],
    ['/readyz', { open: true, reply: () => replyReady(options.readiness()) }],
  ]);
}

async function contextReply(request: IncomingMessage, options: HttpOptions): Promise<Reply> {
  const { context, limits } = options;
  if (!context) return plain(404, 'not found');
  const answerTimeoutMs = limits?.scrapeTimeoutMs ?? HTTP_LIMITS.scrapeTimeoutMs;
  const { body, ...reply } = await replyContext(
    request,
    { ...context, answerTimeoutMs },
    isAuthorized,
  );
  return { ...reply, type: JSON_TYPE, body: `${JSON.stringify(body)}\n` };
}

/** Authorization comes before "not found", so that without the token nothing tells which paths exist. */
async function route(
  routes: ReadonlyMap<string, Route>,
  options: HttpOptions,
  request: IncomingMessage,
): Promise<Reply> {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  if (path === CONTEXT_PATH && options.context) return contextReply(request, options);
  const found = routes.get(path);
  if (!found?.open && options.certificates?.asksClients && !isCertified(request.socket)) {
    options.onRejected?.('certificate');
    return plain(403, 'present a client certificate', CLOSE);
  }
  if (!found?.open && !isAuthorized(request, options.bearerToken?.())) {
    options.onRejected?.('auth');
    return plain(401, 'unauthorized', { 'WWW-Authenticate': 'Bearer realm="callfate"' });
  }
  if (found === undefined) return plain(404, 'not found');
  if (!METHODS.includes(request.method ?? '')) {
    // The body of such a request is not worth reading.
    return plain(405, 'method not allowed', { Allow: METHODS.join(', '), Connection: 'close' });
  }
  return found.reply(request);
}

async function send(request: IncomingMessage, response: ServerResponse, reply: Reply) {
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
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
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

export function createHttpServer(options: HttpOptions): HttpEdge {
  const limits = { ...HTTP_LIMITS, ...options.limits };
  const page = new MetricsPage({ ...options, scrapeTimeoutMs: limits.scrapeTimeoutMs });
  const routes = createRoutes(options, page);
  const server = serverFor(
    options,
    {
      maxHeaderSize: limits.maxHeaderBytes,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.idleTimeoutMs,
      connectionsCheckingInterval: Math.min(1_000, limits.requestTimeoutMs),
    },
    (request, response) => {
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
