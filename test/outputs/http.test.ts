import { once } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { request as requestTls } from 'node:https';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { DEFAULTS } from '../../src/config/schema.ts';
import { shippedVocabularies } from '../../src/config/setup.ts';
import { Explainer, type Explanation } from '../../src/explain/explain.ts';
import { Certificates } from '../../src/lib/certificates.ts';
import { Bank, createLayout } from '../../src/outputs/bank.ts';
import { createHttpServer, type HttpEdge, type HttpOptions } from '../../src/outputs/http.ts';
import { CallRecorder, type Snapshot } from '../../src/outputs/recorder.ts';
import { CertificateFolder } from '../support/certificates.ts';
import { INPUT, parse, sampleKey, verdict } from './fixtures.ts';

const edges: HttpEdge[] = [];
afterEach(async () => {
  await Promise.all(edges.splice(0).map((edge) => edge.close()));
});

const layout = createLayout(INPUT);
const explainer = new Explainer(shippedVocabularies(DEFAULTS));

async function start(options: Partial<HttpOptions> = {}) {
  const engine = new Bank(layout);
  const recorder = new CallRecorder(engine);
  const own = new Bank(layout);
  const edge = createHttpServer({
    host: '127.0.0.1',
    port: 0,
    edge: own,
    scrape: async () => recorder.snapshot(),
    processMetrics: { render: async () => '# HELP app_up x\n# TYPE app_up gauge\napp_up 1\n' },
    readiness: () => ({ engine: true, hep_udp: true }),
    explain: (query) => explainer.explain(query),
    ...options,
  });
  edges.push(edge);
  const { port } = await edge.listen();
  return { edge, port, engine, recorder, own };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

async function receive(outgoing: ClientRequest): Promise<Answer> {
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: Buffer.concat(chunks),
  };
}

const call = (
  port: number,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<Answer> =>
  receive(request({ host: '127.0.0.1', port, path, method, headers, agent: false }));

const FRAMES = sampleKey('callfate_input_frames_total', { source: 'websocket' });

describe('/metrics', () => {
  test('sums both threads and appends the process metrics', async () => {
    const { port, engine, own } = await start();
    engine.add(engine.cell('callfate_input_frames_total', 'websocket'), 2);
    own.add(own.cell('callfate_input_frames_total', 'websocket'), 3);
    const { status, headers, body } = await call(port, '/metrics');
    const { samples } = parse(body.toString());
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(samples.get(FRAMES)?.value).toBe(5);
    expect(samples.get(sampleKey('app_up'))?.value).toBe(1);
    expect(samples.get(sampleKey('callfate_build_info', { version: '1.2.3' }))?.value).toBe(1);
  });

  test('speaks OpenMetrics with exemplars and one end mark', async () => {
    const { port, recorder } = await start();
    recorder.attemptEnded(verdict({ callId: 'the-call' }), 1);
    const { headers, body } = await call(port, '/metrics', {
      accept: 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5',
    });
    const text = body.toString();
    expect(headers['content-type']).toBe(
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    );
    expect(text).toContain('# {call_id="the-call"} 1 ');
    expect(text.split('# EOF')).toHaveLength(2);
    expect(parse(text).ended).toBe(true);
  });

  test('compresses for those who ask', async () => {
    const { port } = await start();
    const zipped = await call(port, '/metrics', { 'accept-encoding': 'gzip' });
    const plain = await call(port, '/metrics');
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(zipped.headers.vary).toBe('Accept, Accept-Encoding');
    expect(gunzipSync(zipped.body)).toEqual(plain.body);
    expect(plain.headers['content-encoding']).toBeUndefined();
  });

  test('answers HEAD with the headers alone', async () => {
    const { port } = await start();
    const head = await call(port, '/metrics', {}, 'HEAD');
    const get = await call(port, '/metrics');
    expect(head.status).toBe(200);
    expect(head.body).toHaveLength(0);
    expect(head.headers['content-length']).toBe(String(get.body.length));
  });

  const never = new Promise<Snapshot>(() => {});
  const stale: Snapshot = { layoutId: 'old', cells: new Float64Array(1), exemplars: [] };
  test.each([
    ['does not answer', () => never, 'engine_timeout'],
    ['fails', () => Promise.reject(new Error('gone')), 'engine_failed'],
    [
      'throws',
      () => {
        throw new Error('gone');
      },
      'engine_failed',
    ],
    ['still has the old peers', async () => stale, 'reloading'],
  ])('is 503 when the engine %s', async (_, scrape, reason) => {
    const { port } = await start({ scrape, limits: { scrapeTimeoutMs: 20 } });
    const { status, body } = await call(port, '/metrics');
    expect(status).toBe(503);
    expect(body.toString()).toBe(`no scrape: ${reason}\n`);
    expect((await call(port, '/healthz')).status).toBe(200);
  });

  test('follows the peers of a reload', async () => {
    const { port, engine, recorder, own } = await start();
    const next = createLayout({ ...INPUT, peers: ['other', 'new'] });
    engine.relayout(next);
    expect((await call(port, '/metrics')).status).toBe(503);
    own.relayout(next);
    recorder.branchFinal(1, 200);
    const { samples } = parse((await call(port, '/metrics')).body.toString());
    const key = sampleKey('callfate_branch_finals_total', { peer: 'new', status: '200' });
    expect(samples.get(key)?.value).toBe(1);
    expect(samples.get(sampleKey('callfate_build_info', { version: '1.2.3' }))?.value).toBe(1);
  });

  test('asks again where a reload came between question and answer', async () => {
    const next = createLayout({ ...INPUT, peers: ['other', 'new'] });
    const { port, engine, own } = await start({
      scrape: async () => {
        const snapshot = new CallRecorder(engine).snapshot();
        if (own.layout !== next) {
          own.relayout(next);
          engine.relayout(next);
        }
        return snapshot;
      },
    });
    expect((await call(port, '/metrics')).status).toBe(200);
    expect(own.layout).toBe(next);
  });

  test('is 500, and the process lives, when a part throws', async () => {
    const render = () => Promise.reject(new Error('bug'));
    const { port } = await start({ processMetrics: { render } });
    expect((await call(port, '/metrics')).status).toBe(500);
    expect((await call(port, '/healthz')).status).toBe(200);
  });
});

describe('health', () => {
  test('/readyz says which part is not ready', async () => {
    const parts = { engine: true, hep_udp: false };
    const { port } = await start({ readiness: () => parts });
    const before = await call(port, '/readyz');
    expect(before.status).toBe(503);
    expect(before.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(JSON.parse(before.body.toString())).toEqual({ ready: false, parts });
    expect((await call(port, '/healthz')).status).toBe(200);
    parts.hep_udp = true;
    const after = await call(port, '/readyz');
    expect(after.status).toBe(200);
    expect(JSON.parse(after.body.toString())).toEqual({ ready: true, parts });
  });
});

describe('other requests', () => {
  test('/ lists the endpoints', async () => {
    const { port } = await start();
    const { status, headers, body } = await call(port, '/?from=browser');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    for (const path of ['/metrics', '/healthz', '/readyz']) {
      expect(body.toString()).toContain(path);
      expect((await call(port, path)).status).toBe(200);
    }
  });

  test.each(['/nothing', '/metrics/', '//', '/metrics/../x', '*'])(
    '%s is not found',
    async (path) => {
      const { port } = await start();
      expect((await call(port, path)).status).toBe(404);
    },
  );

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s is not allowed', async (method) => {
    const { port } = await start();
    const { status, headers } = await call(port, '/metrics', {}, method);
    expect(status).toBe(405);
    expect(headers.allow).toBe('GET, HEAD');
  });

  test.each(['/', '/metrics', '/readyz', '/nothing'])(
    '%s carries security headers',
    async (path) => {
      const { port } = await start();
      const { headers } = await call(port, path);
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      });
    },
  );
});

describe('with a token', () => {
  const guarded = () => start({ bearerToken: () => 'secret' });

  test.each(['/', '/metrics', '/nothing'])('%s asks for it', async (path) => {
    const { port } = await guarded();
    const { status, headers, body } = await call(port, path);
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toBe('Bearer realm="callfate"');
    expect(body.toString()).not.toContain('callfate_');
  });

  test('whoever has none holds no connection', async () => {
    const { port } = await guarded();
    const ask = (headers: Record<string, string>) =>
      fetch(`http://127.0.0.1:${port}/metrics`, { headers });
    const [refused, served] = [await ask({}), await ask({ Authorization: 'Bearer secret' })];
    expect([refused, served].map(({ headers }) => headers.get('connection'))).toEqual([
      'close',
      'keep-alive',
    ]);
  });

  test.each(['/healthz', '/readyz'])('%s does not', async (path) => {
    const { port } = await guarded();
    expect((await call(port, path)).status).toBe(200);
  });

  test.each([
    ['Bearer secret', 200],
    ['bearer  secret', 200],
    ['Bearer Secret', 401],
    ['Bearer secre', 401],
    ['Bearer secrets', 401],
    ['Bearer secret x', 401],
    ['Bearer', 401],
    ['Basic secret', 401],
    ['secret', 401],
    ['', 401],
  ])('Authorization %j is answered %d', async (authorization, status) => {
    const { port } = await guarded();
    expect((await call(port, '/metrics', { authorization })).status).toBe(status);
  });

  test('nobody passes an empty one, and a reload changes it', async () => {
    let token: string | undefined = '';
    const { port } = await start({ bearerToken: () => token });
    expect((await call(port, '/metrics')).status).toBe(401);
    expect((await call(port, '/metrics', { authorization: 'Bearer ' })).status).toBe(401);
    token = 'new';
    expect((await call(port, '/metrics', { authorization: 'Bearer new' })).status).toBe(200);
    token = undefined;
    expect((await call(port, '/metrics')).status).toBe(200);
  });
});

describe('limits', () => {
  /** All that the server says on one raw connection until it closes it. */
  async function raw(port: number, text: string): Promise<string> {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(text);
    let answer = '';
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString('latin1');
    });
    await once(socket, 'close');
    return answer;
  }

  test('headers that are too large are answered 431', async () => {
    const { port } = await start({ limits: { maxHeaderBytes: 1024 } });
    const answer = await raw(
      port,
      `GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(2000)}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  });

  test('a request that does not arrive in time is answered 408', async () => {
    const { port } = await start({ limits: { requestTimeoutMs: 50 } });
    expect(await raw(port, 'GET /healthz HTTP/1.1\r\n')).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('what is no HTTP is answered 400', async () => {
    const { port } = await start();
    expect(await raw(port, 'INVITE sip:x SIP/2.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });

  test('of requests that are sent without waiting for answers one is answered', async () => {
    const scrapes = { count: 0 };
    const { port, recorder } = await start({
      scrape: async () => {
        scrapes.count++;
        return recorder.snapshot();
      },
    });
    const answer = await raw(port, 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(50));
    expect(answer.match(/^HTTP\/1\.1 200 /gm)).toHaveLength(1);
    expect(answer).toMatch(/^connection: close\r$/im);
    expect(answer).toContain('\napp_up 1\n');
    expect(scrapes.count).toBe(1);
  });

  test('a connection that goes on sending is closed, also where the answer is under way', async () => {
    const { port } = await start({ scrape: () => new Promise(() => {}) });
    expect(await raw(port, 'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(200))).toBe('');
  });

  test('of those that wait there are as many as a client likes', async () => {
    const { port } = await start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const codes: number[] = [];
    for (let i = 0; i < 20; i++) {
      const answer = request({ host: '127.0.0.1', port, path: '/metrics', agent });
      codes.push((await receive(answer)).status);
    }
    expect(codes).toEqual(new Array(20).fill(200));
    agent.destroy();
  });

  test('connections beyond the limit are closed, and room is made again', async () => {
    const { edge, port } = await start({ limits: { maxConnections: 1 } });
    const first = connect(port, '127.0.0.1');
    await once(edge.server, 'connection');
    expect(await raw(port, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')).toBe('');
    first.destroy();
    await expect
      .poll(() => call(port, '/healthz').then(({ status }) => status, String), { timeout: 60_000 })
      .toBe(200);
  });
});

describe('the server', () => {
  test('says why it cannot listen', async () => {
    const { port } = await start();
    const second = start({ port });
    await expect(second).rejects.toThrow(
      `cannot listen for HTTP on tcp 127.0.0.1:${port}: listen EADDRINUSE`,
    );
  });

  test('closes although a client keeps its connection open', async () => {
    const { edge, port } = await start({ limits: { closeGraceMs: 10 } });
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write('GET /metrics HTTP/1.1\r\n');
    await once(edge.server, 'connection');
    await edge.close();
    expect(edge.server.listening).toBe(false);
  });
});

describe('TLS', () => {
  test('asks for a client certificate and a token, of all but the probes', async () => {
    const folder = new CertificateFolder();
    const { certFile, keyFile, caFile } = folder;
    const certificates = Certificates.open(
      { certFile, keyFile, caFile },
      { loaded: () => {}, failed: () => {} },
    );
    const rejected: string[] = [];
    const { port } = await start({
      certificates,
      bearerToken: () => 'secret-token',
      page: (path) =>
        path === '/page/x.js'
          ? { open: true, reply: () => ({ status: 200, type: 'text/plain', body: 'x' }) }
          : undefined,
      onRejected: (reason) => rejected.push(reason),
    });
    const ask = async (path: string, options: object = {}) => {
      const outgoing = requestTls({
        ...{ host: '127.0.0.1', port, path, agent: false, ca: folder.ca.cert },
        ...options,
      });
      return (await receive(outgoing)).status;
    };
    const { cert, key } = folder.client;
    const headers = { Authorization: 'Bearer secret-token' };
    expect(await ask('/healthz')).toBe(200);
    expect(await ask('/readyz')).toBe(200);
    expect(await ask('/metrics', { headers })).toBe(403);
    const { cert: strange, key: strangeKey } = folder.stranger;
    expect(await ask('/metrics', { headers, cert: strange, key: strangeKey })).toBe(403);
    expect(await ask('/page/x.js')).toBe(403);
    expect(await ask('/page/x.js', { cert, key })).toBe(200);
    expect(await ask('/metrics', { cert, key })).toBe(401);
    expect(await ask('/metrics', { cert, key, headers })).toBe(200);
    expect(rejected).toEqual(['certificate', 'certificate', 'certificate', 'auth']);
    certificates.close();
    folder.remove();
  });
});

describe('/v1/explain', () => {
  const ask = async (path: string): Promise<{ status: number; type: string; body: unknown }> => {
    const { port } = await start();
    const { status, headers, body } = await call(port, path);
    return { status, type: headers['content-type'] ?? '', body: JSON.parse(body.toString()) };
  };

  test.each([
    ['486', 'user_busy'],
    ['retell%3Adial_busy', 'user_busy'],
    ['480+q850%3A34', 'no_circuit_available'],
    ['SIP%3Bcause%3D200%3Btext%3D%22where%3F%22', 'answered_elsewhere'],
    ['SIP;cause=200;text=where?', 'answered_elsewhere'],
  ])('answers %s in JSON', async (query, reason) => {
    const { status, type, body } = await ask(`/v1/explain?q=${query}`);
    expect(status).toBe(200);
    expect(type).toBe('application/json; charset=utf-8');
    const { matches } = body as Explanation;
    expect(matches[0]?.reason).toBe(reason);
  });

  test.each([
    ['/v1/explain', 'q is missing; ask /v1/explain?q=486'],
    ['/v1/explain?p=486', 'q is missing; ask /v1/explain?q=486'],
    ['/v1/explain?q=', 'nothing to explain; ask for 486, q850:38 or retell:dial_busy'],
    ['/v1/explain?q=%E0%A4%A', expect.stringContaining('is not known')],
    [`/v1/explain?q=${'4'.repeat(513)}`, '513 characters are too many; ask with at most 512'],
  ])('refuses %s in JSON', async (path, error) => {
    const { status, type, body } = await ask(path);
    expect({ status, type, body }).toEqual({
      status: 400,
      type: 'application/problem+json',
      body: { type: 'about:blank', title: 'Bad Request', status: 400, detail: error, error },
    });
  });

  test('asks for the token, as all but the health checks', async () => {
    const { port } = await start({ bearerToken: () => 'secret-1' });
    expect((await call(port, '/v1/explain?q=486')).status).toBe(401);
  });
});
