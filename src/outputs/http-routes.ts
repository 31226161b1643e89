/** What the HTTP edge answers, by path, and whom. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isCertified } from '../lib/certificates.ts';
import { isAddressed, isLoopback } from '../lib/loopback.ts';
import { wrongParameter } from '../lib/query.ts';
import { CONTEXT_PATH, replyContext } from './http-context.ts';
import { HTTP_LIMITS, type HttpOptions, type Reply, type Route } from './http-options.ts';
import type { MetricsPage } from './metrics-page.ts';
import { negotiate } from './negotiate.ts';
import { PROBLEM_TYPE, problem } from './problem.ts';
import { CONTENT_TYPES } from './text-format.ts';

const PLAIN = 'text/plain; charset=utf-8';
const JSON_TYPE = 'application/json; charset=utf-8';
const METHODS = ['GET', 'HEAD'];

const INDEX_PAGE = `callfate

/metrics           counters, as Prometheus text or OpenMetrics by Accept
/                  the live page, for a browser
/runbooks          what to do when an alert fires, for a browser
/v1/calls          calls that ended, the newest first, as JSON; docs/api.md
/v1/stream         calls as they end, as server-sent events
/v1/summary        how calls end now
/v1/openapi.json   all of /v1, described
/v1/explain?q=486  what a status, cause, Reason or vendor code means, as JSON
/v1/context        POST, when context.api.enabled: facts about calls, as CloudEvents
/healthz           200 while the process lives
/readyz            200 when every part is ready; otherwise 503 and which part is not
`;

const INDEX = { status: 200, type: PLAIN, body: INDEX_PAGE };

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

/** What asks for no token, or has none, keeps no connection: whoever likes could hold all of them, and Prometheus would get none. */
const CLOSE = { Connection: 'close' };
const CHALLENGE = { 'WWW-Authenticate': 'Bearer realm="callfate"' };

async function replyMetrics(page: MetricsPage, request: IncomingMessage): Promise<Reply> {
  const format = negotiate(request.headers.accept);
  const headers = { Vary: 'Accept, Accept-Encoding' };
  const rendered = await page.render(format);
  if (!rendered.ok) return plain(503, `no scrape: ${rendered.error}`, headers);
  return { status: 200, type: CONTENT_TYPES[format], body: rendered.value, headers };
}

function json(status: number, value: unknown): Reply {
  return { status, type: JSON_TYPE, body: `${JSON.stringify(value)}\n` };
}

function replyReady(parts: Readonly<Record<string, boolean>>): Reply {
  const ready = Object.values(parts).every(Boolean);
  const body = `${JSON.stringify({ ready, parts })}\n`;
  return { status: ready ? 200 : 503, type: JSON_TYPE, body, headers: CLOSE };
}

function replyExplain({ explain }: HttpOptions, request: IncomingMessage): Reply {
  const given = new URLSearchParams((request.url ?? '').replace(/^[^?]*/, ''));
  const query = given.get('q');
  if (query === null) return problem(400, 'q is missing; ask /v1/explain?q=486');
  const wrong = wrongParameter(given, ['q']);
  if (wrong !== null) return problem(400, wrong);
  const explained = explain(query);
  return explained.ok ? json(200, explained.value) : problem(400, explained.error);
}

export function createRoutes(options: HttpOptions, page: MetricsPage): ReadonlyMap<string, Route> {
  return new Map<string, Route>([
    ['/', { open: false, reply: () => ({ ...INDEX, headers: { Vary: 'Accept' } }) }],
    ['/metrics', { open: false, reply: (request) => replyMetrics(page, request) }],
    ['/v1/explain', { open: false, reply: (request) => replyExplain(options, request) }],
    ['/healthz', { open: true, reply: () => plain(200, 'ok', CLOSE) }],
    ['/readyz', { open: true, reply: () => replyReady(options.readiness()) }],
  ]);
}

async function contextReply(request: IncomingMessage, options: HttpOptions): Promise<Reply> {
  const { context, limits } = options;
  if (!context) return problem(404, 'not found');
  const answerTimeoutMs = limits?.scrapeTimeoutMs ?? HTTP_LIMITS.scrapeTimeoutMs;
  const { body, ...reply } = await replyContext(
    request,
    { ...context, answerTimeoutMs },
    { isAuthorized, isRebound: isRebound(request, options.host, context.token()) },
  );
  // Every event refused is an answer like any other; a request refused whole is a problem.
  const type = reply.status >= 400 && reply.status !== 422 ? PROBLEM_TYPE : JSON_TYPE;
  return { ...reply, type, body: `${JSON.stringify(body)}\n` };
}

/** Errors of the API are JSON, of the rest a word. */
function refusal(path: string, status: number, words: string, headers?: Reply['headers']): Reply {
  return path.startsWith('/v1/') ? problem(status, words, headers) : plain(status, words, headers);
}

/**
 * True when a page of some other site may be asking: a name that its owner points at loopback makes it the same origin
 * (DNS rebinding). On loopback without a token nothing else would keep it out.
 */
function isRebound({ headers }: IncomingMessage, host: string, token: string | null): boolean {
  const given = headers.host ?? '';
  return token === null && isLoopback(host) && given !== '' && !isAddressed(given);
}

/** Authorization comes before "not found", so that without the token nothing tells which paths exist. */
export async function route(
  routes: ReadonlyMap<string, Route>,
  options: HttpOptions,
  request: IncomingMessage,
): Promise<Reply> {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const page = options.page?.(path, request);
  const found = page ?? routes.get(path) ?? options.api?.(path, request);
  const certified = !options.certificates?.asksClients || isCertified(request.socket);
  if ((page !== undefined || !found?.open) && !certified) {
    options.onRejected?.('certificate');
    return refusal(path, 403, 'present a client certificate', CLOSE);
  }
  // It has a token of its own.
  if (path === CONTEXT_PATH && options.context) return contextReply(request, options);
  const token = options.bearerToken?.();
  if (!found?.open && !isAuthorized(request, token)) {
    options.onRejected?.('auth');
    return refusal(path, 401, 'unauthorized', { ...CHALLENGE, ...CLOSE });
  }
  if (path.startsWith('/v1/') && isRebound(request, options.host, token ?? null)) {
    options.onRejected?.('host');
    return refusal(path, 403, 'ask by address or as localhost, or set http.token', CLOSE);
  }
  return answer(path, found, request);
}

function answer(
  path: string,
  found: Route | undefined,
  request: IncomingMessage,
): Reply | Promise<Reply> {
  if (found === undefined) return refusal(path, 404, 'not found');
  if (!METHODS.includes(request.method ?? '')) {
    // The body of such a request is not worth reading.
    const headers = { Allow: METHODS.join(', '), Connection: 'close' };
    return refusal(path, 405, 'method not allowed', headers);
  }
  return found.reply(request);
}
