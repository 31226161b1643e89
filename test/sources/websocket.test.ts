import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { RunRoom, WsRunReader } from '../../src/decode/ws-runs.ts';
import { Certificates } from '../../src/lib/certificates.ts';
import { createRing, RingReader, RingWriter } from '../../src/sources/ring.ts';
import {
  type Discard,
  type FrameMeta,
  type FrameSink,
  SOURCES,
  type SourceEvents,
} from '../../src/sources/source.ts';
import {
  createWebSocketSource,
  type WebSocketOptions,
  type WebSocketSource,
} from '../../src/sources/websocket.ts';
import { CertificateFolder } from '../support/certificates.ts';
import { encodeAddresses } from '../support/hep.ts';
import { until } from '../support/until.ts';
import { OPCODE, wsFrame } from '../support/ws.ts';

type ClientOptions = NonNullable<ConstructorParameters<typeof WebSocket>[2]>;

const SIP = 'OPTIONS sip:a@b SIP/2.0\r\n\r\n';

class Recorder implements FrameSink, SourceEvents {
  readonly frames: { readonly text: string; readonly meta: FrameMeta }[] = [];
  readonly discards: string[] = [];
  readonly refusals: string[] = [];
  count = 0;
  open = 0;
  accept(bytes: Uint8Array, meta: FrameMeta): void {
    const addresses = Uint8Array.from(meta.addresses);
    this.frames.push({ text: Buffer.from(bytes).toString(), meta: { ...meta, addresses } });
  }
  received(frames = 1): void {
    this.count += frames;
  }
  discarded({ counter, reason }: Discard): void {
    this.discards.push(`${counter} ${reason}`);
  }
  rejected(reason: string): void {
    this.refusals.push(reason);
  }
  connections(open: number): void {
    this.open = open;
  }
}

/** As the edge hands frames on: what the ring is given comes out of it at once. */
function throughRing(sink: FrameSink): FrameSink {
  const ring = createRing(1_048_576);
  const [writer, reader] = [new RingWriter(ring, () => undefined), new RingReader(ring)];
  return {
    accept(bytes, meta) {
      writer.accept(bytes, meta);
      reader.drain(sink, Number.POSITIVE_INFINITY);
    },
  };
}

const sources: WebSocketSource[] = [];
const clients: WebSocket[] = [];
const sockets: Socket[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.terminate();
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(sources.splice(0).map((source) => source.close()));
});

async function listen(options: Partial<WebSocketOptions> = {}) {
  const seen = new Recorder();
  const source = await createWebSocketSource({
    host: '127.0.0.1',
    port: 0,
    path: '/sip',
    allowedOrigins: [],
    token: () => null,
    maxPayloadBytes: 1024,
    maxConnections: 8,
    certificates: null,
    onHandshakeFailed: () => {},
    idleTimeoutMs: 60_000,
    createReader: (maxBytes, events) => new WsRunReader(maxBytes, events, new RunRoom()),
    sink: throughRing(seen),
    events: seen,
    clock: () => performance.now(),
    onError: (error) => {
      throw error;
    },
    ...options,
  });
  sources.push(source);
  return { source, seen, url: `ws://127.0.0.1:${source.address().port}/sip` };
}

function dial(url: string, options: ClientOptions = {}, protocols = ['sip']): WebSocket {
  const client = new WebSocket(url, protocols, { perMessageDeflate: true, ...options });
  client.on('error', () => {});
  clients.push(client);
  return client;
}

async function open(url: string, options: ClientOptions = {}): Promise<WebSocket> {
  const client = dial(url, options);
  await once(client, 'open');
  return client;
}

/** The status of an upgrade: 101, or that of the refusal. */
async function statusOf(url: string, options?: ClientOptions, protocols?: string[]) {
  const client = dial(url, options, protocols);
  return new Promise<number>((resolve, reject) => {
    client.on('open', () => resolve(101));
    client.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
    client.on('error', reject);
  });
}

describe('upgrade', () => {
  it('agrees on the subprotocol sip, without compression', async () => {
    const { url } = await listen();
    const client = dial(url, {}, ['chat', 'sip']);
    await once(client, 'open');
    expect(client.protocol).toBe('sip');
    expect(client.extensions).toBe('');
  });

  const refused: readonly (readonly [string, number, string, ClientOptions, string[]])[] = [
    ['another path', 404, '/other', {}, ['sip']],
    ['a longer path', 404, '/sip/', {}, ['sip']],
    ['no subprotocol', 400, '/sip', {}, []],
    ['another subprotocol', 400, '/sip', {}, ['sips']],
    ['another origin', 403, '/sip', { origin: 'https://evil.example' }, ['sip']],
    ['an opaque origin', 403, '/sip', { origin: 'null' }, ['sip']],
    ['no token', 401, '/sip', {}, ['sip']],
    ['another token', 401, '/sip?access_token=secreT', {}, ['sip']],
    ['another scheme', 401, '/sip', { headers: { Authorization: 'Basic secret' } }, ['sip']],
    [
      'a wrong header beside a right query',
      401,
      '/sip?access_token=secret',
      { headers: { Authorization: 'Bearer no' } },
      ['sip'],
    ],
    ['a token in the subprotocol', 401, '/sip', {}, ['sip', 'secret']],
    ['a side that is no address', 400, '/sip?access_token=secret&src=pbx:5060', {}, ['sip']],
  ];
  it.each(refused)('refuses %s with %i', async (_, status, path, options, protocols) => {
    const { url, seen } = await listen({
      token: () => 'secret',
      allowedOrigins: ['https://pbx.example'],
    });
    expect(await statusOf(new URL(path, url).href, options, protocols)).toBe(status);
    const reasons: Record<number, readonly string[]> = {
      400: ['subprotocol', 'endpoint'],
      401: ['auth'],
      403: ['origin'],
      404: ['path'],
    };
    expect(seen.refusals).toHaveLength(1);
    expect(reasons[status]).toContain(seen.refusals[0]);
    expect(seen.open).toBe(0);
  });

  it('takes the token in the header or the query, and the listed origin', async () => {
    const options = { token: () => 's&cret', allowedOrigins: ['https://pbx.example'] };
    const { url, seen } = await listen(options);
    const header = { headers: { Authorization: 'Bearer s&cret' } };
    expect(await statusOf(url, header)).toBe(101);
    expect(await statusOf(`${url}?access_token=s%26cret`, { origin: 'https://PBX.example' })).toBe(
      101,
    );
    expect(seen.refusals).toEqual([]);
  });

  it('asks for the token that holds now; an empty one lets nobody in', async () => {
    let token: string | null = 'old';
    const { url } = await listen({ token: () => token });
    expect(await statusOf(`${url}?access_token=old`)).toBe(101);
    token = 'new';
    expect(await statusOf(`${url}?access_token=old`)).toBe(401);
    token = '';
    expect(await statusOf(`${url}?access_token=`)).toBe(401);
    expect(await statusOf(url)).toBe(401);
  });

  it('refuses one connection too many, until another closes', async () => {
    const { url, seen } = await listen({ maxConnections: 2 });
    const first = await open(url);
    await open(url);
    expect(seen.open).toBe(2);
    expect(await statusOf(url)).toBe(503);
    expect(seen.refusals).toEqual(['limit']);
    first.close();
    await until(() => seen.open === 1);
    expect(await statusOf(url)).toBe(101);
  });

  it('answers what is no WebSocket', async () => {
    const { source, seen, url } = await listen();
    const plain = await fetch(url.replace('ws:', 'http:'));
    expect(plain.status).toBe(426);
    const socket = connect(source.address().port, '127.0.0.1');
    sockets.push(socket);
    const head = 'GET /sip HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';
    socket.write(`${head}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sip\r\n\r\n`);
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1\.1 400 /);
    expect(seen.refusals).toEqual(['handshake']);
  });

  it('rejects an address in use and names it', async () => {
    const { source } = await listen();
    const { port } = source.address();
    await expect(listen({ port })).rejects.toThrow(
      new RegExp(`^cannot listen for WebSocket on tcp 127\\.0\\.0\\.1:${port}: .*EADDRINUSE`),
    );
  });
});

describe('frames', () => {
  it('hands on text and binary as they came, in order, with their arrival', async () => {
    let now = 1000;
    const { url, seen } = await listen({ clock: () => now++ });
    const client = await open(url);
    client.send(SIP);
    client.send(Buffer.from(`\r\n${SIP}`));
    client.send('not SIP: höher');
    await until(() => seen.frames.length === 3);
    expect(seen.frames.map(({ text }) => text)).toEqual([SIP, `\r\n${SIP}`, 'not SIP: höher']);
    // Those of one read have one.
    const times = seen.frames.map(({ meta }) => meta.arrivedAt);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect([times[0], now > (times[2] ?? 0)]).toEqual([1001, true]);
    expect(seen.frames[0]?.meta).toMatchObject({
      source: SOURCES.indexOf('websocket'),
      payload: 'sip',
      transport: 6,
    });
    expect(seen.count).toBe(3);
    expect(seen.discards).toEqual([]);
  });

  it('joins fragments to one message', async () => {
    const { url, seen } = await listen();
    const client = await open(url);
    client.send(SIP.slice(0, 9), { fin: false });
    client.send(SIP.slice(9), { fin: true });
    await until(() => seen.frames.length === 1);
    expect(seen.frames[0]?.text).toBe(SIP);
  });

  it('has the addresses of the connection when the client states none', async () => {
    const { url, seen, source } = await listen();
    const socket = connect(source.address().port, '127.0.0.1');
    sockets.push(socket);
    await once(socket, 'connect');
    const client = await open(url, { createConnection: () => socket });
    client.send(SIP);
    await until(() => seen.frames.length === 1);
    expect(seen.frames[0]?.meta.fromConnection).toBe(true);
    expect(seen.frames[0]?.meta.addresses).toEqual(
      encodeAddresses(`127.0.0.1:${socket.localPort}`, `127.0.0.1:${source.address().port}`),
    );
  });

  const SRC = '[2001:db8::1]:5061';
  const DST = '192.0.2.2:5060';
  const half = encodeAddresses(SRC, DST);
  half.fill(0, 16, 32).fill(0, 34, 36);
  const stated: readonly (readonly [string, string, ClientOptions, Uint8Array])[] = [
    ['query', `?src=${SRC}&dst=${DST}`, {}, encodeAddresses(SRC, DST)],
    [
      'headers',
      '',
      { headers: { 'X-Callfate-Src': SRC, 'X-Callfate-Dst': DST } },
      encodeAddresses(SRC, DST),
    ],
    ['one side', `?src=${SRC}`, {}, half],
  ];
  it.each(stated)(
    'has the addresses that the client states: %s',
    async (_, query, options, want) => {
      const { url, seen } = await listen();
      const client = await open(url + query, options);
      client.send(SIP);
      await until(() => seen.frames.length === 1);
      expect(seen.frames[0]?.meta.fromConnection).toBe(false);
      expect(seen.frames[0]?.meta.addresses).toEqual(want);
    },
  );
});

describe('keep-alives', () => {
  it.each([false, true])('answers a double CRLF with a single one (binary: %s)', async (binary) => {
    const { url, seen } = await listen();
    const client = await open(url);
    const answer = once(client, 'message');
    client.send('\r\n\r\n', { binary });
    const [data, isBinary] = await answer;
    expect(String(data)).toBe('\r\n');
    expect(isBinary).toBe(binary);
    expect(seen.discards).toEqual(['not_ours keepalive']);
    expect(seen.frames).toEqual([]);
  });

  it('answers no other run of line ends', async () => {
    const { url, seen } = await listen();
    const client = await open(url);
    const answers: string[] = [];
    client.on('message', (data) => answers.push(String(data)));
    for (const text of ['\r\n', '', '\n\n\n\n', '\r\n\r\n\r\n']) client.send(text);
    client.ping('x');
    const [pong] = await once(client, 'pong');
    expect(String(pong)).toBe('x');
    expect(answers).toEqual([]);
    expect(seen.discards).toEqual(Array(4).fill('not_ours keepalive'));
    expect(seen.count).toBe(4);
  });
});

describe('limits', () => {
  it('closes with 1009 on a message over the limit and counts it lost', async () => {
    const { url, seen } = await listen({ maxPayloadBytes: 1024 });
    const client = await open(url);
    client.send('x'.repeat(1024));
    client.send('x'.repeat(1025));
    const [code] = await once(client, 'close');
    expect(code).toBe(1009);
    expect(seen.frames).toHaveLength(1);
    expect(seen.discards).toEqual(['lost oversize']);
    await until(() => seen.open === 0);
  });

  it('closes with 1007 on text that is not UTF-8 and counts it malformed', async () => {
    const { url, seen } = await listen();
    const client = await open(url);
    client.send(Buffer.from([0xff, 0xfe]), { binary: false });
    const [code] = await once(client, 'close');
    expect(code).toBe(1007);
    expect(seen.discards).toEqual(['malformed encoding']);
  });

  it('closes with 1001 where nothing arrives, and pings before', async () => {
    let now = 0;
    const { url, seen } = await listen({ idleTimeoutMs: 40, clock: () => now });
    const client = dial(url, { autoPong: false });
    let pings = 0;
    client.on('ping', () => {
      pings += 1;
    });
    await once(client, 'open');
    now = 20;
    await until(() => pings === 1);
    now = 40;
    const [code, reason] = await once(client, 'close');
    expect([code, String(reason)]).toEqual([1001, 'idle timeout']);
    await until(() => seen.open === 0);
  });

  it('keeps a silent client that answers pings', async () => {
    let now = 0;
    const { url, seen } = await listen({ idleTimeoutMs: 40, clock: () => now });
    const client = await open(url);
    for (let round = 0; round < 5; round++) {
      const pinged = once(client, 'ping');
      now += 20;
      await pinged;
      // Its own ping behind the pong comes back when the pong has been read.
      client.ping();
      await once(client, 'pong');
    }
    expect(now).toBe(100);
    expect(seen.open).toBe(1);
    expect(client.readyState).toBe(WebSocket.OPEN);
  });
});

describe('close', () => {
  it('says 1001, takes what is still under way, and frees the port', async () => {
    const { url, seen, source } = await listen();
    const client = await open(url);
    const { port } = source.address();
    client.send(SIP);
    await until(() => seen.frames.length === 1);
    // A client that goes on sending until it has seen the close frame.
    const closed = once(client, 'close');
    const closing = source.close();
    for (let i = 0; i < 10; i++) client.send(SIP);
    const [code] = await closed;
    await closing;
    expect(code).toBe(1001);
    expect(seen.frames).toHaveLength(11);
    expect(seen.open).toBe(0);
    await source.close();
    expect((await listen({ port })).source.address().port).toBe(port);
  });

  it('cuts off a client that does not answer, and one that never asked for anything', async () => {
    const { source, seen, url } = await listen();
    const silent = connect(source.address().port, '127.0.0.1');
    sockets.push(silent);
    await once(silent, 'connect');
    const deaf = connect(source.address().port, '127.0.0.1');
    sockets.push(deaf);
    const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n';
    const head = 'GET /sip HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';
    deaf.write(`${head}${key}Sec-WebSocket-Protocol: sip\r\n\r\n`);
    await until(() => seen.open === 1);
    await source.close();
    expect(seen.open).toBe(0);
    await expect(statusOf(url)).rejects.toThrow('ECONNREFUSED');
  });
});

describe('TLS', () => {
  it('serves wss, and refuses a client without the certificate that it asks for with 403', async () => {
    const folder = new CertificateFolder();
    const { certFile, keyFile, caFile } = folder;
    const certificates = Certificates.open(
      { certFile, keyFile, caFile },
      { loaded: () => {}, failed: () => {} },
    );
    const { seen, url } = await listen({ certificates });
    const secure = url.replace('ws:', 'wss:');
    const ca = folder.ca.cert;
    expect(await statusOf(secure, { ca })).toBe(403);
    expect(seen.refusals).toEqual(['certificate']);
    const { cert, key } = folder.client;
    const client = await open(secure, { ca, cert, key });
    client.send(SIP);
    await until(() => seen.frames.length === 1);
    certificates.close();
    folder.remove();
  });
});

describe('frames that are read in runs', () => {
  const MASK = [0x12, 0x34, 0x56, 0x78] as const;
  const framed = (payload: string | Buffer, opcode: number = OPCODE.binary, fin = true): Buffer =>
    wsFrame(Buffer.from(payload), { opcode, fin, mask: MASK });
  const long = framed(`OPTIONS ${'x'.repeat(900)}`);
  const end = framed('', OPCODE.close);
  const withBits = (frame: Buffer, first: number): Buffer =>
    Buffer.concat([Buffer.from([(frame[0] ?? 0) | first]), frame.subarray(1)]);
  const streams: readonly (readonly [string, readonly Buffer[]])[] = [
    ['messages of all lengths', [...Array(300).keys()].map((i) => framed('y'.repeat(i + 1)))],
    ['text beyond ASCII', [framed('höher', OPCODE.text), framed(SIP, OPCODE.text)]],
    ['binary beyond ASCII', [framed(Buffer.from([0x41, 0xff, 0xfe])), framed(SIP)]],
    ['pings and pongs in between', [long, framed('p', OPCODE.ping), long, framed('', OPCODE.pong)]],
    ['keep-alives in between', [long, framed('\r\n\r\n', OPCODE.text), long, framed('')]],
    ['leading line ends', [framed(`\r\n${SIP}`), framed(SIP)]],
    [
      'fragments',
      [long, framed('OPT', 1, false), framed('p', OPCODE.ping), framed('IONS', 0), long],
    ],
    ['a length in eight octets', [Buffer.from('82ff000000000000000300000000414243', 'hex'), long]],
    ['text that is not UTF-8', [long, framed(Buffer.from([0x41, 0xff]), OPCODE.text), long]],
    ['line ends and no UTF-8', [framed(Buffer.from([0x0d, 0xff]), OPCODE.text), long]],
    ['no mask', [long, wsFrame(Buffer.from(SIP), { opcode: OPCODE.text }), long]],
    ['a reserved bit', [long, withBits(long, 0x20), long]],
    ['compression', [long, withBits(long, 0x40), long]],
    ['an unknown opcode', [long, framed(SIP, 3), long]],
    ['a continuation of nothing', [long, framed(SIP, OPCODE.continuation), long]],
    ['a message inside a message', [framed('OPT', 1, false), framed(SIP), long]],
    ['a control frame that is too long', [long, framed('p'.repeat(126), OPCODE.ping), long]],
    ['a message over the limit', [long, framed('x'.repeat(1025)), long]],
    ['a length that nobody can send', [long, Buffer.from('82ffffffffffffffffff00000000', 'hex')]],
    ['frames behind a close', [long, end, long]],
    ['a close of one octet', [long, framed('x', OPCODE.close), long]],
    ['half a frame at the end', [long, long.subarray(0, 500)]],
  ];

  /** What came of a stream sent in pieces of `step` bytes: frames, discards, and what was answered. */
  async function outcome(bytes: Buffer, step: number, options: Partial<WebSocketOptions>) {
    const { seen, source } = await listen(options);
    const socket = connect(source.address().port, '127.0.0.1').setNoDelay();
    sockets.push(socket);
    const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n';
    const head = 'GET /sip HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';
    // The first piece comes with the request.
    const request = Buffer.from(`${head}${key}Sec-WebSocket-Protocol: sip\r\n\r\n`);
    socket.write(Buffer.concat([request, bytes.subarray(0, step)]));
    const answers: Buffer[] = [];
    socket.on('data', (data) => answers.push(data)).on('error', () => {});
    for (let at = step; at < bytes.length; at += step) {
      await new Promise(setImmediate);
      socket.write(bytes.subarray(at, at + step));
    }
    socket.end();
    // After a fault `ws` waits half a minute for an answer to its close frame.
    await until(() => socket.closed || Buffer.concat(answers).includes(0x88));
    socket.destroy();
    await until(() => seen.open === 0);
    const frames = seen.frames.map(({ text, meta }) => `${meta.payload} ${text}`);
    const answer = Buffer.concat(answers).toString('latin1');
    return { frames, count: seen.count, discards: seen.discards, answer };
  }

  it.each(streams)('come to the same as frames that ws reads: %s', async (_, frames) => {
    const bytes = Buffer.concat(frames);
    for (const step of [1, 7, 911, bytes.length].filter((one) => bytes.length / one < 3000)) {
      const plain = await outcome(bytes, step, { createReader: null });
      expect(await outcome(bytes, step, {})).toEqual(plain);
      expect(plain.frames.length + plain.discards.length).toBeGreaterThan(0);
    }
  });

  it('are handed on as one run where they come in one read', async () => {
    const runs: number[] = [];
    const sink: FrameSink = {
      accept: (_, { payload, packets }) => {
        if (payload === 'sip_run') runs.push(packets ?? 0);
      },
    };
    await outcome(Buffer.concat(Array<Buffer>(20).fill(long)), 20 * long.length, { sink });
    expect(runs).toEqual([20]);
  });
});

describe('a ring that is crowded', () => {
  it('holds a client up and loses nothing', async () => {
    const ring = createRing(524_288);
    const writer = new RingWriter(ring, () => undefined);
    const reader = new RingReader(ring);
    const { seen, url } = await listen({ sink: writer });
    const client = dial(url);
    await once(client, 'open');
    const frames = 3000;
    const message = SIP.replace('\r\n\r\n', `\r\nSubject: ${'x'.repeat(700)}\r\n\r\n`);
    for (let i = 0; i < frames; i++) client.send(message);
    let wasCrowded = false;
    let taken = 0;
    const sink = { accept: () => taken++ };
    await until(() => {
      wasCrowded ||= writer.crowded();
      reader.drain(sink, 5);
      return taken === frames;
    });
    expect(wasCrowded).toBe(true);
    expect(seen.count).toBe(frames);
    expect(writer.dropped(SOURCES.indexOf('websocket'))).toEqual({ ring_full: 0, oversize: 0 });
  });
});
