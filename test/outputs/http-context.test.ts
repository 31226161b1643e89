import { request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { DEFAULTS } from '../../src/config/schema.ts';
import type { ContextResult, RequestRefusal } from '../../src/context/results.ts';
import { Engine } from '../../src/engine.ts';
import { engineOptions } from '../../src/engine-options.ts';
import { Bank, createLayout } from '../../src/outputs/bank.ts';
import { createHttpServer, type HttpEdge, type HttpOptions } from '../../src/outputs/http.ts';
import { cloudEvent } from '../support/context.ts';
import { INPUT } from './fixtures.ts';

const ONE = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';
const TOKEN = 'token-of-events';
const MAX_BODY = 4096;

const edges: HttpEdge[] = [];
afterEach(async () => {
  await Promise.all(edges.splice(0).map((edge) => edge.close()));
});

type Door = NonNullable<HttpOptions['context']>;

/** A server with a real engine behind its door. */
async function start(door: Partial<Door> = {}, limits: HttpOptions['limits'] = {}) {
  const engine = new Engine(engineOptions(DEFAULTS, '0.0.0'), () => undefined);
  const refusals: RequestRefusal[] = [];
  const results: ContextResult[] = [];
  const edge = createHttpServer({
    host: '127.0.0.1',
    port: 0,
    edge: new Bank(createLayout(INPUT)),
    scrape: () => Promise.reject(new Error('nobody scrapes here')),
    processMetrics: { render: () => Promise.resolve('') },
    readiness: () => ({}),
    explain: () => ({ ok: false, error: 'nobody asks here' }),
    bearerToken: () => 'token-of-scrapes',
    context: {
      token: () => TOKEN,
      maxBodyBytes: MAX_BODY,
      maxBatch: 3,
      submit: (events) => Promise.resolve(events.map((event) => engine.context(event, 1000))),
      onEvent: (result) => results.push(result),
      onRefused: (reason) => refusals.push(reason),
      ...door,
    },
    limits,
  });
  edges.push(edge);
  const { port } = await edge.listen();
  const url = `http://127.0.0.1:${port}/v1/context`;
  const post = async (body: unknown, type = ONE, headers: Record<string, string> = {}) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': type, Authorization: `Bearer ${TOKEN}`, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: JSON.parse(text) };
  };
  return { url, port, post, refusals, results, engine };
}

const event = (id: string, type = 'callfate.agent.offered') =>
  cloudEvent(type, 'a@b', { id, ...(type.includes('stage') ? { data: { name: 'queue' } } : {}) });

describe('POST /v1/context', () => {
  test('takes one event', async () => {
    const { post, engine } = await start();
    const { status, body, headers } = await post(event('1'));
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch('application/json');
    expect(body).toEqual({
      accepted: 1,
      refused: 0,
      events: [{ id: '1', result: 'held', detail: null }],
    });
    expect(engine.tracker.contextHeld).toBe(1);
  });

  test('takes a batch, and tells of each event in its place what became of it', async () => {
    const { post, results } = await start();
    const bad = { ...event('2'), type: 'callfate.agent.gone' };
    const { status, body } = await post([event('1'), bad, event('1')], BATCH);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      accepted: 2,
      refused: 1,
      events: [
        { id: '1', result: 'held' },
        { id: '2', result: 'unknown_type', detail: expect.stringContaining('docs/context.md') },
        { id: '1', result: 'duplicate' },
      ],
    });
    expect(results).toEqual(['unknown_type']);
  });

  test('an empty batch is none', async () => {
    const { post } = await start();
    expect(await post([], BATCH)).toMatchObject({ status: 200, body: { accepted: 0, refused: 0 } });
  });

  test('answers 422 when nothing was taken', async () => {
    const { post } = await start();
    expect(await post({ ...event('1'), specversion: '2' })).toMatchObject({
      status: 422,
      body: { accepted: 0, refused: 1, events: [{ id: '1', result: 'specversion' }] },
    });
  });

  test('a content type may have parameters and capitals', async () => {
    const { post } = await start();
    const type = 'Application/CloudEvents+JSON; charset=utf-8';
    expect((await post(event('1'), type)).status).toBe(200);
  });
});

/** Type, body, headers; what is answered, and under what it is counted. */
const REFUSED: readonly (readonly [
  string,
  readonly [unknown, string?, Record<string, string>?],
  number,
  RequestRefusal,
])[] = [
  ['plain JSON', [event('1'), 'application/json'], 415, 'content_type'],
  ['a compressed body', [event('1'), ONE, { 'Content-Encoding': 'gzip' }], 415, 'content_type'],
  ['no JSON', ['{"specversion":'], 400, 'unparseable'],
  ['no body', [''], 400, 'unparseable'],
  ['a batch under the type of one', [[event('1')]], 400, 'unparseable'],
  ['one under the type of a batch', [event('1'), BATCH], 400, 'unparseable'],
  ['a number', ['7'], 400, 'unparseable'],
  ['brackets without end', ['['.repeat(4000), BATCH], 400, 'unparseable'],
  ['brackets within brackets', [`${'['.repeat(2000)}${']'.repeat(2000)}`, ONE], 400, 'unparseable'],
  ['a long body', [`"${'x'.repeat(MAX_BODY)}"`], 413, 'too_large'],
  ['a long batch', [['1', '2', '3', '4'].map((id) => event(id)), BATCH], 413, 'batch_size'],
  ['no token', [event('1'), ONE, { Authorization: '' }], 401, 'unauthorized'],
  ['a wrong token', [event('1'), ONE, { Authorization: 'Bearer wrong' }], 401, 'unauthorized'],
  [
    'token-of-scrapes',
    [event('1'), ONE, { Authorization: 'Bearer token-of-scrapes' }],
    401,
    'unauthorized',
  ],
  ['another scheme', [event('1'), ONE, { Authorization: `Basic ${TOKEN}` }], 401, 'unauthorized'],
];

describe('a request is refused whole', () => {
  test.each(REFUSED)('%s', async (_, given, status, reason) => {
    const { post, refusals, engine } = await start();
    const answered = await post(...given);
    expect(answered).toMatchObject({ status, body: { reason, error: expect.any(String) } });
    expect(refusals).toEqual([reason]);
    expect(engine.tracker.contextHeld).toBe(0);
  });

  test.each(['GET', 'PUT', 'DELETE'])('%s', async (method) => {
    const { url, refusals } = await start();
    const response = await fetch(url, { method, headers: { Authorization: `Bearer ${TOKEN}` } });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    expect(refusals).toEqual(['method']);
  });

  test('brackets within brackets in a batch are one event that is none', async () => {
    const { post } = await start();
    const deep = `[${'['.repeat(1500)}${']'.repeat(1500)}]`;
    expect((await post(deep, BATCH)).status).toBe(422);
  });

  test('a body of no declared length is read up to the bound, and answered', async () => {
    const { port, refusals } = await start();
    const answered = await new Promise<string>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1');
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve(text));
      socket.on('error', reject);
      const chunk = `1000\r\n${'x'.repeat(4096)}\r\n`;
      socket.write(
        `POST /v1/context HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\n` +
          `Content-Type: ${ONE}\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}${chunk}`,
      );
    });
    expect(answered).toMatch(/^HTTP\/1.1 413 /);
    expect(refusals).toEqual(['too_large']);
  });

  test('when the way to the engine is full', async () => {
    const { post, refusals } = await start({ submit: () => null });
    const answered = await post(event('1'));
    expect(answered).toMatchObject({ status: 429, body: { reason: 'queue_full' } });
    expect(answered.headers.get('retry-after')).toBe('1');
    expect(refusals).toEqual(['queue_full']);
  });

  test('when the engine does not answer', async () => {
    const never = { submit: () => new Promise<never>(() => {}) };
    const { post, refusals } = await start(never, { scrapeTimeoutMs: 20 });
    expect(await post(event('1'))).toMatchObject({ status: 503, body: { reason: 'no_answer' } });
    expect(refusals).toEqual(['no_answer']);
  });
});

describe('the door', () => {
  test('asks for its own token, and not for that of scrapes', async () => {
    const { post, url } = await start();
    expect((await post(event('1'))).status).toBe(200);
    const metrics = await fetch(url.replace('/v1/context', '/metrics'), {
      headers: { Authorization: `Bearer ${TOKEN}` },
    });
    expect(metrics.status).toBe(401);
  });

  test('asks for none when none is set', async () => {
    const { post } = await start({ token: () => null });
    expect((await post(event('1'), ONE, { Authorization: '' })).status).toBe(200);
  });

  test('without a token asks for an address in Host, whatever token scrapes have', async () => {
    const { port, refusals, engine } = await start({ token: () => null });
    const body = JSON.stringify(event('1'));
    const answer = (host: string): Promise<number> =>
      new Promise((resolve, reject) => {
        const headers = { Host: host, 'Content-Type': ONE };
        const options = { host: '127.0.0.1', port, path: '/v1/context', headers, agent: false };
        request({ ...options, method: 'POST' }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        })
          .on('error', reject)
          .end(body);
      });
    for (const host of ['evil.example', '127.0.0.1.evil.example']) {
      expect(await answer(host)).toBe(403);
    }
    expect(refusals).toEqual(['host', 'host']);
    expect(engine.tracker.contextHeld).toBe(0);
    expect(await answer('127.0.0.1:9606')).toBe(200);
  });

  test('is not there when it is shut', async () => {
    const edge = createHttpServer({
      host: '127.0.0.1',
      port: 0,
      edge: new Bank(createLayout(INPUT)),
      scrape: () => Promise.reject(new Error('nobody scrapes here')),
      processMetrics: { render: () => Promise.resolve('') },
      readiness: () => ({}),
      explain: () => ({ ok: false, error: 'nobody asks here' }),
      context: null,
    });
    edges.push(edge);
    const { port } = await edge.listen();
    const response = await fetch(`http://127.0.0.1:${port}/v1/context`, { method: 'POST' });
    expect(response.status).toBe(404);
  });
});
