/** Answers what is asked for under /v1 of the calls that are kept. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Verdict } from '../classify/outcome.ts';
import { isReasonId, type ReasonRow, reasonRow } from '../classify/reasons.ts';
import type { Vocabulary } from '../classify/vocabulary/vocabulary.ts';
import type { Reply, Route, Routes } from '../outputs/http-options.ts';
import { problem } from '../outputs/problem.ts';
import type { Redactor } from '../outputs/redact.ts';
import { detailOf } from './call-ladder.ts';
import { rowOf } from './call-row.ts';
import { ENDPOINTS, type EndpointId } from './endpoints.ts';
import type { Health } from './health.ts';
import { type Query, readQuery } from './parameters.ts';
import type { RecentCalls } from './recent-calls.ts';
import { findCalls } from './search.ts';
import { type CallStreams, cursorSeq, cursorText } from './stream.ts';
import type { Windows } from './summary.ts';

export interface ApiOptions {
  readonly store: RecentCalls;
  readonly streams: CallStreams;
  readonly windows: Windows;
  /** null: numbers are shown. */
  readonly redactor: Redactor | null;
  /** Tells this run of the process from others. */
  readonly epoch: string;
  readonly clock: () => number;
  /** null: the engine did not answer. */
  readonly health: () => Promise<Health | null>;
  readonly vocabularies: () => {
    readonly all: readonly Vocabulary[];
    readonly enabled: readonly Vocabulary[];
  };
}

type Handler = (query: Query, request: IncomingMessage, id: string) => Reply | Promise<Reply>;
/** Endpoints that others answer. */
type Elsewhere = 'explain' | 'tellContext';

const JSON_TYPE = 'application/json; charset=utf-8';
/** nginx would hold events back until its buffer is full. No request follows a stream on its connection. */
const STREAM_HEADERS = { 'X-Accel-Buffering': 'no', Connection: 'close' };
const WAIT = { 'Retry-After': '5', Connection: 'close' };

function json(value: unknown): Reply {
  return { status: 200, type: JSON_TYPE, body: `${JSON.stringify(value)}\n` };
}

/** Routes of every endpoint but those that others answer. */
export function createApi(options: ApiOptions): Routes {
  const handlers = handlersOf(options);
  const rows = ENDPOINTS.flatMap((endpoint) => {
    const { id, path, parameters } = endpoint;
    if (id === 'explain' || id === 'tellContext') return [];
    const [before = '', after] = path.split('{id}');
    return [{ before, isExact: after === undefined, parameters, handler: handlers[id] }];
  });
  return (path) => {
    const row = rows.find(({ before, isExact }) =>
      isExact ? path === before : path.startsWith(before) && idIn(path, before) !== null,
    );
    if (row === undefined) return undefined;
    const id = idIn(path, row.before) ?? '';
    return { open: false, reply: (request) => reply(row, request, id) } satisfies Route;
  };
}

/** The rest of a path when it is one part. */
function idIn(path: string, before: string): string | null {
  const rest = path.slice(before.length);
  return /^[^/]{1,128}$/.test(rest) ? rest : null;
}

function reply(
  { parameters, handler }: { parameters: Parameters<typeof readQuery>[1]; handler: Handler },
  request: IncomingMessage,
  id: string,
): Reply | Promise<Reply> {
  const given = new URLSearchParams((request.url ?? '').replace(/^[^?]*/, ''));
  const query = readQuery(given, parameters);
  return query.ok ? handler(query.value, request, id) : problem(400, query.error);
}

function handlersOf(options: ApiOptions): Record<Exclude<EndpointId, Elsewhere>, Handler> {
  const { store, windows, clock } = options;
  return {
    listCalls: (query) => listCalls(options, query),
    getCall: (_query, _request, id) => oneCall(options, id),
    streamCalls: (query, request) => streamCalls(options, query, request),
    getSummary: ({ window }) => json(windows.summary(Number(window), clock())),
    getHealth: async () => {
      store.expire(clock());
      const health = await options.health();
      return health === null ? problem(503, 'the engine did not answer; ask again') : json(health);
    },
    listVocabularies: () => json(vocabularyList(options.vocabularies())),
    // Loaded when it is asked for: hardly ever.
    getDocument: async () => json((await import('./openapi.ts')).openApiDocument()),
  };
}

async function listCalls({ store, epoch, clock }: ApiOptions, query: Query): Promise<Reply> {
  const { cursor } = query;
  const before = cursor === undefined ? store.next : cursorSeq(epoch, String(cursor));
  if (before === null) {
    return problem(410, 'cursor: callfate was started again since; ask without it');
  }
  store.expire(clock());
  const found = await findCalls(store, query, before);
  const texts = found.calls.map(({ verdict }) =>
    query.view === 'row' ? JSON.stringify(rowOf(JSON.parse(verdict) as Verdict)) : verdict,
  );
  const next = found.next === null ? null : cursorText(epoch, found.next);
  // The texts of verdicts are JSON already.
  const body = `{"calls":[${texts.join(',')}],"next":${JSON.stringify(next)},"kept":${store.size}}\n`;
  return { status: 200, type: JSON_TYPE, body };
}

function oneCall({ store, redactor, clock }: ApiOptions, id: string): Reply {
  store.expire(clock());
  const call = store.byId(id);
  if (call === null) return problem(404, 'no call that is kept has this id; it may be too old');
  const detail = detailOf(call, redactor);
  const row: ReasonRow | null = isReasonId(call.reason) ? reasonRow(call.reason) : null;
  const { advice = '', source = '' } = row ?? {};
  return json({ ...detail, advice, source });
}

function streamCalls({ streams }: ApiOptions, query: Query, request: IncomingMessage): Reply {
  const last = request.headers['last-event-id'];
  return {
    status: 200,
    type: 'text/event-stream; charset=utf-8',
    body: '',
    headers: STREAM_HEADERS,
    stream: {
      refusal: (response) => {
        const words = noStream(streams, response);
        return words === null ? null : streams.refuse(problem(503, words, WAIT));
      },
      open: (response) => streams.open(response, query, typeof last === 'string' ? last : null),
    },
  };
}

/** Why there is no stream to be had now; null: there is. */
function noStream(streams: CallStreams, response: ServerResponse): string | null {
  if (streams.isOff) return 'recent.maxCalls or recent.streams is 0: there is no stream';
  if (streams.isFull) return 'as many streams as recent.streams are open';
  // Behind an answer that is still under way, or with the client gone, its end would never be told.
  const isOwn = response.socket !== null && !response.destroyed;
  return isOwn ? null : 'ask for a stream on a connection of its own';
}

function vocabularyList({ all, enabled }: ReturnType<ApiOptions['vocabularies']>) {
  return {
    vocabularies: all.map(({ id, title, source, codes }) => ({
      id,
      title,
      source,
      enabled: enabled.some((one) => one.id === id),
      codes: codes.map(({ field, code, name, title: words, scope, reason, evidence }) => {
        return { field, code, name, title: words, scope, reason, evidence };
      }),
    })),
  };
}
