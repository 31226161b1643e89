/** `POST /v1/context`: CloudEvents 1.0 in JSON, structured mode, one or a batch, that tell facts about calls. */
import type { IncomingMessage } from 'node:http';
import { parseContextEvent } from '../context/event.ts';
import {
  type ContextAnswer,
  type ContextEvent,
  type ContextResult,
  isRefused,
  type RequestRefusal,
} from '../context/results.ts';
import { deadline } from '../lib/deadline.ts';
import { problemBody } from './problem.ts';

export const CONTEXT_PATH = '/v1/context';

export interface ContextDoorOptions {
  /** The token that a request must carry, read for each request; null: none is asked for. */
  readonly token: () => string | null;
  readonly maxBodyBytes: number;
  readonly maxBatch: number;
  /** For the engine to answer, ms; later is answered 503. */
  readonly answerTimeoutMs: number;
  /** Hands events to the engine; null when they find no room on the way, resolves with null when it is dead. */
  readonly submit: (
    events: readonly ContextEvent[],
  ) => Promise<readonly ContextAnswer[] | null> | null;
  /** An event that did not get to the engine. */
  readonly onEvent: (result: ContextResult) => void;
  /** A request that was refused whole. */
  readonly onRefused: (reason: RequestRefusal) => void;
}

export interface ContextReply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const TYPES: Readonly<Record<string, 'one' | 'batch'>> = {
  'application/cloudevents+json': 'one',
  'application/cloudevents-batch+json': 'batch',
};

interface Refusal {
  readonly status: number;
  readonly error: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What is left unread of a body would be read as the next request. */
const CLOSE = { Connection: 'close' };
export const REFUSALS = {
  unauthorized: {
    status: 401,
    error: 'send the token of context.api.token: Authorization: Bearer TOKEN',
    headers: { 'WWW-Authenticate': 'Bearer realm="callfate"', ...CLOSE },
  },
  host: {
    status: 403,
    error: 'ask by address or as localhost, or set context.api.token',
    headers: CLOSE,
  },
  method: { status: 405, error: 'send POST', headers: { Allow: 'POST', ...CLOSE } },
  content_type: {
    status: 415,
    error: `send ${Object.keys(TYPES).join(' or ')}, without Content-Encoding`,
    headers: CLOSE,
  },
  too_large: { status: 413, error: 'longer than context.api.maxBodyBytes', headers: CLOSE },
  unparseable: { status: 400, error: 'no JSON of that content type: one object, or an array' },
  batch_size: { status: 413, error: 'more events than context.api.maxBatch' },
  queue_full: {
    status: 429,
    error: 'too many events are on their way; send again later',
    headers: { 'Retry-After': '1' },
  },
  no_answer: { status: 503, error: 'the engine did not answer; send again with the same ids' },
} as const satisfies Record<RequestRefusal, Refusal>;

/** Who asks: what the rest of the HTTP edge checks too. */
export interface ContextGuard {
  /** Compares a token in constant time. */
  readonly isAuthorized: (request: IncomingMessage, token: string) => boolean;
  /** A page of some other site may be asking. */
  readonly isRebound: boolean;
}

/** Answers one request. */
export async function replyContext(
  request: IncomingMessage,
  options: ContextDoorOptions,
  { isAuthorized, isRebound }: ContextGuard,
): Promise<ContextReply> {
  const refuse = (reason: RequestRefusal): ContextReply => {
    options.onRefused(reason);
    const { status, error, ...rest }: Refusal = REFUSALS[reason];
    return { ...rest, status, body: { ...problemBody(status, error), reason } };
  };
  const token = options.token();
  if (isRebound) return refuse('host');
  if (token !== null && !isAuthorized(request, token)) return refuse('unauthorized');
  if (request.method !== 'POST') return refuse('method');
  const shape = shapeOf(request);
  if (shape === undefined) return refuse('content_type');
  const body = await readBody(request, options.maxBodyBytes);
  if (body === null) return refuse('too_large');
  const values = parse(body, shape);
  if (values === null) return refuse('unparseable');
  if (values.length > options.maxBatch) return refuse('batch_size');
  const answers = await answerAll(values, options);
  return typeof answers === 'string' ? refuse(answers) : told(answers);
}

function shapeOf({ headers }: IncomingMessage): 'one' | 'batch' | undefined {
  const encoding = headers['content-encoding'] ?? 'identity';
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  return encoding === 'identity' ? TYPES[type.trim().toLowerCase()] : undefined;
}

/**
 * Null: longer than allowed; what stands behind the bound is not read. Rejects when the client goes away. No `for await`:
 * leaving it would destroy the socket, and with it the answer.
 */
function readBody(request: IncomingMessage, most: number): Promise<string | null> {
  if (Number(request.headers['content-length'] ?? 0) > most) return Promise.resolve(null);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= most) chunks.push(chunk);
      else {
        request.pause();
        resolve(null);
      }
    });
    request.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.once('close', () => reject(new Error('the client went away')));
  });
}

/** The events of a body as plain values; null when it is not what its content type says. */
function parse(body: string, shape: 'one' | 'batch'): readonly unknown[] | null {
  try {
    const value: unknown = JSON.parse(body);
    if (shape === 'batch') return Array.isArray(value) ? value : null;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? [value] : null;
  } catch {
    return null;
  }
}

/** What became of each, in the order in which they were sent. */
async function answerAll(
  values: readonly unknown[],
  options: ContextDoorOptions,
): Promise<readonly ContextAnswer[] | RequestRefusal> {
  const parsed = values.map(parseContextEvent);
  const events = parsed.flatMap((one) => (one.ok ? [one.value] : []));
  const promise = events.length === 0 ? Promise.resolve([]) : options.submit(events);
  if (promise === null) return 'queue_full';
  const given = await deadline(promise, options.answerTimeoutMs);
  if (given === null) return 'no_answer';
  for (const one of parsed) if (!one.ok) options.onEvent(one.error.result);
  const rest = [...given];
  return parsed.flatMap((one) => (one.ok ? (rest.shift() ?? []) : [one.error]));
}

/** 200 as soon as one was taken; 422 when all of them were refused. */
function told(answers: readonly ContextAnswer[]): ContextReply {
  const refused = answers.filter(({ result }) => isRefused(result)).length;
  const taken = answers.length - refused;
  const status = taken === 0 && refused > 0 ? 422 : 200;
  return { status, body: { accepted: taken, refused, events: answers } };
}
