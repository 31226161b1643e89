import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, createServer, type Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { WsFrameReader } from '../../src/decode/ws-frames.ts';
import { Certificates } from '../../src/lib/certificates.ts';
import { parseUpstream } from '../../src/lib/upstream.ts';
import { createRelaySource, type RelayOptions } from '../../src/sources/relay.ts';
import { createRing, RingReader, RingWriter } from '../../src/sources/ring.ts';
import {
  type Discard,
  type FrameMeta,
  type FrameSink,
  type RelayEvents,
  type RelaySide,
  SOURCES,
} from '../../src/sources/source.ts';
import { CertificateFolder } from '../support/certificates.ts';
import { until } from '../support/until.ts';
import { OPCODE, wsFrame } from '../support/ws.ts';

type ClientOptions = NonNullable<ConstructorParameters<typeof WebSocket>[2]>;

class Recorder implements FrameSink, RelayEvents {
  readonly frames: { readonly text: string; readonly meta: FrameMeta }[] = [];
  readonly discards: string[] = [];
  readonly results: string[] = [];
  readonly closes: string[] = [];
  count = 0;
  open = 0;
  accept(bytes: Uint8Array, meta: FrameMeta): void {
    const addresses = Uint8Array.from(meta.addresses);
    const text = Buffer.from(bytes).toString(meta.payload === 'closing' ? 'hex' : 'latin1');
    this.frames.push({ text, meta: { ...meta, addresses } });
  }
  received(): void {
    this.count += 1;
  }
  discarded({ counter, reason }: Discard): void {
    this.discards.push(`${counter} ${reason}`);
  }
  upgrade(result: string): void {
    this.results.push(result);
  }
  connections(open: number): void {
    this.open = open;
  }
  closed(side: RelaySide, code: number): void {
    this.closes.push(`${side} ${code}`);
  }
  texts(): string[] {
    return this.frames.filter(({ meta }) => meta.payload === 'sip').map(({ text }) => text);
  }
  closings(): string[] {
    return this.frames
      .filter(({ meta }) => meta.payload === 'closing')
      .map(({ text, meta }) => `${meta.fromClient ? 'client' : 'upstream'} ${parseInt(text, 16)}`);
  }
}

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

interface Pbx {
  readonly url: string;
  /** Upgrade requests that arrived. */
  readonly requests: IncomingMessage[];
  /** The PBX's end of each connection. */
  readonly ends: WebSocket[];
  readonly server: WebSocketServer;
}

async function startPbx(): Promise<Pbx> {
  const server = new WebSocketServer({
    host: '127.0.0.1',
    port: 0,
    perMessageDeflate: true,
    skipUTF8Validation: false,
    handleProtocols: (protocols) => (protocols.has('sip') ? 'sip' : ([...protocols][0] ?? false)),
  });
  await once(server, 'listening');
  const requests: IncomingMessage[] = [];
  const ends: WebSocket[] = [];
  server.on('connection', (end, request) => {
    end.on('error', () => {});
    requests.push(request);
    ends.push(end);
  });
  cleanUps.push(() => {
    for (const end of ends) end.terminate();
    return new Promise((resolve) => server.close(resolve));
  });
  return { url: urlOf(server), requests, ends, server };
}

function urlOf(server: { address(): unknown }): string {
  const address = server.address() as { port: number };
  return `ws://127.0.0.1:${address.port}`;
}

async function startRelay(upstream: string, options: Partial<RelayOptions> = {}) {
  const seen = new Recorder();
  const parsed = parseUpstream(upstream);
  if (!parsed.ok) throw new Error(parsed.error);
  const relay = await createRelaySource({
    host: '127.0.0.1',
    port: 0,
    upstream: parsed.value,
    timeoutMs: 5000,
    drainMs: 0,
    ca: undefined,
    verify: true,
    allowedOrigins: [],
    maxConnections: 8,
    certificates: null,
    onHandshakeFailed: () => {},
    sink: seen,
    events: seen,
    clock: () => performance.now(),
    createReader: (maxBytes, events) => new WsFrameReader(maxBytes, events),
    observe: () => true,
    onError: () => {},
    ...options,
  });
  cleanUps.push(() => relay.close());
  return { relay, seen, url: urlOf(relay) };
}

function dial(url: string, options: ClientOptions = {}, protocols = ['sip']): WebSocket {
  const client = new WebSocket(url, protocols, options);
  client.on('error', () => {});
  cleanUps.push(() => client.terminate());
  return client;
}

async function open(url: string, options: ClientOptions = {}): Promise<WebSocket> {
  const client = dial(url, options);
  await once(client, 'open');
  return client;
}

/** A client, the PBX's end of its connection, and what the tap saw. */
async function through(options: Partial<RelayOptions> = {}) {
  const pbx = await startPbx();
  const { relay, seen, url } = await startRelay(pbx.url, options);
  const client = await open(url);
  await until(() => pbx.ends.length === 1);
  const end = pbx.ends[0];
  if (end === undefined) throw new Error('not connected');
  return { pbx, relay, seen, url, client, end };
}

/** What arrives at one end, in order. */
function inbox(socket: WebSocket): string[] {
  const list: string[] = [];
  socket.on('message', (data: Buffer, isBinary) =>
    list.push(`${isBinary ? 'binary' : 'text'} ${data.toString('latin1')}`),
  );
  socket.on('ping', (data) => list.push(`ping ${data.toString()}`));
  socket.on('pong', (data) => list.push(`pong ${data.toString()}`));
  socket.on('close', (code, reason) => list.push(`close ${code} ${reason.toString()}`));
  return list;
}

/** A connection of which every byte is our own affair, upgraded. */
async function rawClient(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  cleanUps.push(() => socket.destroy());
  socket.on('error', () => {});
  socket.write(
    'GET / HTTP/1.1\r\nHost: pbx\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n' +
      'Sec-WebSocket-Protocol: sip\r\n\r\n',
  );
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toContain('101');
  return socket;
}

describe('handshake', () => {
  it('hands on path, query, subprotocols and headers, and the client address', async () => {
    const pbx = await startPbx();
    const { url } = await startRelay(pbx.url);
    const client = dial(
      `${url}/ws/x?token=a%20b`,
      {
        origin: 'https://pbx.example',
        headers: {
          Cookie: 'a=b; c=d',
          Authorization: 'Digest x="y"',
          'User-Agent': 'phone/1',
          Forwarded: 'for=192.0.2.9',
          'X-Forwarded-For': '192.0.2.9',
          Host: 'pbx.example',
        },
      },
      ['sip', 'other'],
    );
    await once(client, 'open');
    expect(client.protocol).toBe('sip');
    expect(client.extensions).toBe('');
    const [request] = pbx.requests;
    expect(request?.url).toBe('/ws/x?token=a%20b');
    expect(request?.headers).toMatchObject({
      origin: 'https://pbx.example',
      cookie: 'a=b; c=d',
      authorization: 'Digest x="y"',
      'user-agent': 'phone/1',
      forwarded: 'for=192.0.2.9',
      'x-forwarded-for': '192.0.2.9, 127.0.0.1',
      host: 'pbx.example',
      'sec-websocket-protocol': 'sip,other',
    });
    expect(request?.headers).not.toHaveProperty('sec-websocket-extensions');
  });

  it('hands on the answer headers of the PBX', async () => {
    const pbx = await startPbx();
    pbx.server.on('headers', (headers: string[]) => headers.push('Set-Cookie: s=1', 'X-Pbx: y'));
    const { url } = await startRelay(pbx.url);
    const client = dial(url);
    const [response] = (await once(client, 'upgrade')) as [IncomingMessage];
    expect(response.headers).toMatchObject({ 'set-cookie': ['s=1'], 'x-pbx': 'y' });
  });

  /** Status and body of a refused upgrade. */
  async function refusal(url: string, options: ClientOptions = {}): Promise<[number, string]> {
    const client = dial(url, options);
    const [, response] = (await once(client, 'unexpected-response')) as [unknown, IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return [response.statusCode ?? 0, Buffer.concat(chunks).toString()];
  }

  it('hands on a refusal of the PBX with its body', async () => {
    const server: Server = createHttpServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanUps.push(() => server.close());
    server.on('upgrade', (_, socket) =>
      socket.end(
        'HTTP/1.1 403 No Way\r\nX-Why: tenant\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nnope\r\n0\r\n\r\n',
      ),
    );
    const { url, seen } = await startRelay(urlOf(server));
    expect(await refusal(url)).toEqual([403, 'nope']);
    expect(seen.results).toEqual(['refused_upstream']);
  });

  it('answers 502 before the upgrade when nothing listens, and 504 when nothing answers', async () => {
    const silent: NetServer = createServer((socket) => {
      cleanUps.push(() => socket.destroy());
      socket.on('error', () => {});
    }).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    cleanUps.push(() => silent.close());
    const slow = await startRelay(urlOf(silent), { timeoutMs: 50 });
    expect(await refusal(slow.url)).toEqual([504, 'the PBX did not answer\n']);
    expect(slow.seen.results).toEqual(['timeout']);

    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const nowhere = urlOf(gone);
    await new Promise((resolve) => gone.close(resolve));
    const told: string[] = [];
    const dead = await startRelay(nowhere, { onError: ({ message }) => told.push(message) });
    expect(await refusal(dead.url)).toEqual([502, 'the PBX cannot be reached\n']);
    await refusal(dead.url);
    expect(dead.seen.results).toEqual(['unreachable', 'unreachable']);
    // Once, and not for every client that tries.
    expect(told).toHaveLength(1);
    expect(told.join()).toContain('ECONNREFUSED');
  });

  it('refuses an origin that is not listed with 403, and one connection too many with 503', async () => {
    const pbx = await startPbx();
    const { url, seen } = await startRelay(pbx.url, {
      allowedOrigins: ['https://pbx.example'],
      maxConnections: 1,
    });
    expect((await refusal(url, { origin: 'https://evil.example' }))[0]).toBe(403);
    await open(url, { origin: 'https://pbx.example' });
    expect((await refusal(url, { origin: 'https://pbx.example' }))[0]).toBe(503);
    expect(seen.results).toEqual(['origin', 'accepted', 'limit']);
  });

  it.each([
    ['a body', 'GET / HTTP/1.1', 'Content-Length: 5\r\n'],
    ['a chunked body', 'GET / HTTP/1.1', 'Transfer-Encoding: chunked\r\n'],
    ['another method', 'POST / HTTP/1.1', ''],
    ['an absolute target', 'GET http://other/ HTTP/1.1', ''],
  ])('refuses %s with 400 and tells the PBX nothing', async (_, line, more) => {
    const pbx = await startPbx();
    const { url, seen } = await startRelay(pbx.url);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write(
      `${line}\r\nHost: pbx\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${more}` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\nhello',
    );
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toMatch(/^HTTP\/1.1 400 /);
    expect(seen.results).toEqual(['handshake']);
    expect(pbx.requests).toEqual([]);
  });

  it('gives up a client that leaves while the PBX is being asked', async () => {
    const accepted: Socket[] = [];
    const silent = createServer((socket) => {
      socket.on('error', () => {}).resume();
      accepted.push(socket);
    }).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    cleanUps.push(() => silent.close());
    const { url, seen } = await startRelay(urlOf(silent));
    const client = dial(url);
    await until(() => accepted.length === 1);
    client.terminate();
    await until(() => seen.results.length > 0);
    expect(seen.results).toEqual(['client_gone']);
    await until(() => accepted[0]?.destroyed === true);
  });
});

describe('frames', () => {
  it('pass both ways as they are, and the tap reads them along', async () => {
    const { client, end, seen } = await through();
    const [toPbx, toClient] = [inbox(end), inbox(client)];
    client.send('one');
    client.send(Buffer.from([0, 255]), { binary: true });
    client.send('fr', { fin: false });
    client.ping('between');
    client.send('agment', { fin: true });
    await until(() => toPbx.length === 4);
    expect(toPbx).toEqual(['text one', 'binary \x00\xff', 'ping between', 'text fragment']);
    end.send('back');
    end.ping('hello');
    await until(() => toClient.length === 3 && toPbx.length === 5);
    expect(toClient).toEqual(['pong between', 'text back', 'ping hello']);
    expect(toPbx.at(-1)).toBe('pong hello');
    expect(seen.texts()).toEqual(['one', '\x00\xff', 'fragment', 'back']);
    expect(seen.frames.map(({ meta }) => meta.fromClient)).toEqual([true, true, true, false]);
    expect(seen.frames.every(({ meta }) => meta.source === SOURCES.indexOf('relay'))).toBe(true);
    expect(new Set(seen.frames.map(({ meta }) => meta.connection))).toEqual(new Set([1]));
  });

  it('carry the addresses of the two ends, each way round', async () => {
    const { client, end, seen, pbx } = await through();
    client.send('a');
    end.send('b');
    await until(() => seen.frames.length === 2);
    const ports = seen.frames.map(({ meta }) => {
      const view = Buffer.from(meta.addresses);
      return [view.readUInt16BE(32), view.readUInt16BE(34)];
    });
    expect(ports[0]?.[1]).toBe(Number(new URL(pbx.url).port));
    expect(ports[1]).toEqual([...(ports[0] ?? [])].reverse());
  });

  it('pass the largest payload, which the tap counts and leaves out', async () => {
    const { client, end, seen } = await through();
    const large = Buffer.alloc(16 * 1024 * 1024, 'x');
    const received = once(end, 'message');
    client.send(large);
    client.send('after');
    const [data] = (await received) as [Buffer];
    expect(data.equals(large)).toBe(true);
    await until(() => seen.frames.length === 1);
    expect(seen.texts()).toEqual(['after']);
    expect(seen.discards).toEqual(['lost oversize']);
    expect(seen.count).toBe(2);
  });

  it('pass byte by byte, and bytes that are no UTF-8 or no frames, for the ends to judge', async () => {
    const { pbx, url, seen } = await through();
    const socket = await rawClient(url);
    await until(() => pbx.ends.length === 2);
    const end = pbx.ends[1] as WebSocket;
    const got = inbox(end);
    const mask = [1, 2, 3, 4] as const;
    const bytes = wsFrame(Buffer.from('slow'), { opcode: OPCODE.text, mask });
    for (const byte of bytes) {
      socket.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => got.length === 1);
    const answer: Buffer[] = [];
    socket.on('data', (chunk) => answer.push(chunk));
    socket.write(wsFrame(Buffer.from([0xff, 0xfe]), { opcode: OPCODE.text, mask }));
    await until(() => answer.length > 0);
    expect(got[0]).toBe('text slow');
    expect(Buffer.concat(answer)).toEqual(
      wsFrame(Buffer.from([0x03, 0xef]), { opcode: OPCODE.close }),
    );
    expect(seen.texts()).toEqual(['slow', '\xff\xfe']);
    expect(seen.closes).toEqual(['upstream 1007']);
  });

  it('of another subprotocol pass unread', async () => {
    const pbx = await startPbx();
    const { url, seen } = await startRelay(pbx.url);
    const client = dial(url, {}, ['chat']);
    await once(client, 'open');
    const got = inbox(pbx.ends[0] as WebSocket);
    client.send('not SIP');
    await until(() => got.length === 1);
    expect(seen.frames).toEqual([]);
  });

  it('that are no WebSocket stop the tap and not the connection', async () => {
    const raw = createHttpServer().listen(0, '127.0.0.1');
    await once(raw, 'listening');
    const got: Buffer[] = [];
    raw.on('upgrade', (_, socket) => {
      cleanUps.push(() => socket.destroy());
      socket.on('data', (chunk) => got.push(chunk));
      socket.write(
        'HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: sip\r\n\r\n',
      );
    });
    cleanUps.push(() => raw.close());
    const { url, seen } = await startRelay(urlOf(raw));
    const socket = await rawClient(url);
    const bytes = Buffer.alloc(1000, 0xff);
    socket.write(bytes);
    socket.write(bytes);
    await until(() => Buffer.concat(got).length === 2000);
    expect(seen.discards).toEqual(['malformed ws_frame']);
  });
});

describe('close', () => {
  it.each([
    ['client', 1000, 'done'],
    ['client', 1001, 'going away'],
    ['client', 4321, 'ours'],
    ['upstream', 1001, 'restart'],
    ['upstream', 1011, ''],
  ] as const)('by the %s with %i passes with its reason', async (side, code, reason) => {
    const { client, end, seen } = await through();
    const [from, to] = side === 'client' ? [client, end] : [end, client];
    const [own, other] = [inbox(from), inbox(to)];
    from.close(code, reason);
    await until(() => own.length === 1 && other.length === 1 && seen.open === 0);
    expect(other).toEqual([`close ${code} ${reason}`]);
    expect(own).toEqual([`close ${code} ${code === 4321 ? 'ours' : reason}`]);
    expect(seen.closes).toEqual([`${side} ${code}`]);
    expect(seen.closings()).toEqual([`${side} ${code}`]);
  });

  it('without a code stays without one', async () => {
    const { client, end, seen } = await through();
    const got = inbox(end);
    client.close();
    await until(() => got.length === 1 && seen.open === 0);
    expect(got).toEqual(['close 1005 ']);
    expect(seen.closings()).toEqual(['client 1005']);
  });

  it.each(['client', 'upstream'] as const)('of the %s without a frame is 1006', async (side) => {
    const { client, end, seen } = await through();
    const [from, to] = side === 'client' ? [client, end] : [end, client];
    const got = inbox(to);
    from.send('last words');
    from.terminate();
    await until(() => got.length === 2 && seen.open === 0);
    expect(got).toEqual(['text last words', 'close 1006 ']);
    expect(seen.closings()).toEqual([`${side} 1006`]);
  });

  it('by a PBX whose ping stays unanswered means that the client is gone', async () => {
    const { pbx, url, seen } = await through();
    const socket = await rawClient(url);
    await until(() => pbx.ends.length === 2);
    const answered = once(socket, 'data');
    (pbx.ends[1] as WebSocket).ping();
    await answered;
    (pbx.ends[1] as WebSocket).terminate();
    await until(() => seen.closes.length === 1);
    expect(seen.closings()).toEqual(['client 1006']);
  });

  it('of the relay ends both sides with 1001, and is laid to none of them', async () => {
    const { relay, client, end, seen } = await through();
    const [a, b] = [inbox(client), inbox(end)];
    await relay.close();
    await until(() => a.length === 1 && b.length === 1);
    expect([a, b]).toEqual([['close 1001 '], ['close 1001 ']]);
    expect(seen.open).toBe(0);
    expect(seen.closings()).toEqual([]);
  });

  it('of the relay puts nothing into a frame that is on its way', async () => {
    const { pbx, relay, url } = await through();
    const socket = await rawClient(url);
    await until(() => pbx.ends.length === 2);
    const end = pbx.ends[1] as WebSocket & { readonly _socket: Socket };
    const told = inbox(end);
    const half = Buffer.from('8105616263', 'hex');
    const got: Buffer[] = [];
    socket.on('data', (bytes: Buffer) => got.push(bytes));
    end._socket.write(half);
    await until(() => got.length > 0);
    const over = once(socket, 'end');
    await relay.close();
    await over;
    await until(() => told.length > 0);
    expect(Buffer.concat(got)).toEqual(half);
    expect(told).toEqual(['close 1001 ']);
  });

  it('of the relay waits for those that are open, and takes no new ones', async () => {
    const { relay, client, end, url, seen } = await through({ drainMs: 60_000 });
    const [a, b] = [inbox(client), inbox(end)];
    const closed = relay.close();
    const late = dial(url);
    await new Promise((resolve) => late.once('close', resolve));
    client.send('still here');
    await until(() => b.length === 1);
    client.close(1000);
    await closed;
    await until(() => a.length === 1 && b.length === 2);
    expect([a, b]).toEqual([['close 1000 '], ['text still here', 'close 1000 ']]);
    expect(seen.open).toBe(0);
  });
});

describe('the observer', () => {
  /** Messages both ways while the observer is in the state at hand: all of them arrive, in order. */
  async function exchange(client: WebSocket, end: WebSocket, count: number): Promise<void> {
    const [toPbx, toClient] = [inbox(end), inbox(client)];
    const sent = Array.from({ length: count }, (_, i) => `${i} ${'x'.repeat(200)}`);
    for (const text of sent) {
      client.send(text);
      end.send(text);
    }
    await until(() => toPbx.length === count && toClient.length === count);
    const expected = sent.map((text) => `text ${text}`);
    expect(toPbx).toEqual(expected);
    expect(toClient).toEqual(expected);
  }

  it('may throw: every message passes and is counted', async () => {
    const sink: FrameSink = {
      accept: () => {
        throw new Error('the classifier is broken');
      },
    };
    const { client, end, seen } = await through({ sink });
    await exchange(client, end, 50);
    expect(seen.count).toBe(100);
    expect(seen.discards).toEqual(Array(100).fill('lost observer'));
  });

  it('may hang: its ring fills, every message passes and what did not fit is counted', async () => {
    const ring = createRing(16_384);
    const writer = new RingWriter(ring, () => {});
    const { client, end, seen } = await through({ sink: writer });
    await exchange(client, end, 500);
    const dropped = writer.dropped(SOURCES.indexOf('relay'));
    let kept = 0;
    new RingReader(ring).drain({ accept: () => (kept += 1) }, Number.POSITIVE_INFINITY);
    expect(kept).toBeGreaterThan(0);
    expect(dropped.ring_full).toBeGreaterThan(0);
    expect(kept + dropped.ring_full).toBe(seen.count);
    expect(seen.count).toBe(1000);
  });

  it('may be switched off and, for new connections, on again', async () => {
    let on = true;
    const { client, end, seen, url, pbx } = await through({ observe: () => on });
    await exchange(client, end, 2);
    on = false;
    await exchange(client, end, 2);
    on = true;
    await exchange(client, end, 2);
    expect(seen.count).toBe(4);
    client.close(1001);
    await until(() => seen.closes.length === 1);
    expect(seen.closings()).toEqual([]);
    const next = await open(url);
    await until(() => pbx.ends.length === 2);
    await exchange(next, pbx.ends[1] as WebSocket, 1);
    expect(seen.count).toBe(6);
  });
});

describe('back-pressure', () => {
  it.each(['client', 'upstream'] as const)(
    'holds a fast %s until the other reads',
    async (side) => {
      const { client, end } = await through();
      const [from, to] = side === 'client' ? [client, end] : [end, client];
      to.pause();
      const chunk = Buffer.alloc(1024 * 1024, 'x');
      const count = 48;
      for (let i = 0; i < count; i++) from.send(chunk);
      // What neither kernel nor relay takes waits at the sender: most of it.
      let unsent = -1;
      await until(() => {
        const settled = unsent === from.bufferedAmount;
        unsent = from.bufferedAmount;
        return settled;
      });
      expect(unsent).toBeGreaterThan((count / 2) * chunk.length);
      let got = 0;
      to.on('message', () => {
        got += 1;
      });
      to.resume();
      await until(() => got === count);
      expect(from.bufferedAmount).toBe(0);
    },
  );
});

describe('bytes', () => {
  it('come out as they went in, both ways at once, whatever the pace of the readers', async () => {
    const sent = { client: randomBytes(3_000_000), upstream: randomBytes(3_000_000) };
    const got = { client: [] as Buffer[], upstream: [] as Buffer[] };
    /** Reads in fits and starts. */
    const readInto = (list: Buffer[], socket: Duplex) => {
      socket.on('data', (chunk: Buffer) => {
        list.push(chunk);
        socket.pause();
        setImmediate(() => socket.resume());
      });
    };
    const raw = createHttpServer().listen(0, '127.0.0.1');
    await once(raw, 'listening');
    cleanUps.push(() => raw.close());
    raw.on('upgrade', (_, socket, head) => {
      cleanUps.push(() => socket.destroy());
      got.upstream.push(head);
      readInto(got.upstream, socket);
      socket.write(
        'HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: sip\r\n\r\n',
      );
      // Not before the client reads.
      socket.once('data', () => socket.write(sent.upstream));
    });
    const { url } = await startRelay(urlOf(raw));
    const client = await rawClient(url);
    readInto(got.client, client);
    client.write(sent.client);
    const length = (list: Buffer[]) => list.reduce((sum, chunk) => sum + chunk.length, 0);
    await until(() => length(got.client) >= 3_000_000 && length(got.upstream) >= 3_000_000);
    expect(Buffer.concat(got.client).equals(sent.upstream)).toBe(true);
    expect(Buffer.concat(got.upstream).equals(sent.client)).toBe(true);
  });
});

describe('the address of the PBX', () => {
  it.each([
    ['ws://pbx', { secure: false, host: 'pbx', port: 80 }],
    ['wss://pbx.example/', { secure: true, host: 'pbx.example', port: 443 }],
    ['ws://192.0.2.1:8088', { secure: false, host: '192.0.2.1', port: 8088 }],
    ['wss://[2001:db8::1]:8089', { secure: true, host: '2001:db8::1', port: 8089 }],
  ])('%s', (text, upstream) => {
    expect(parseUpstream(text)).toEqual({ ok: true, value: upstream });
  });

  it.each([
    ['', 'is no ws:// or wss:// URL'],
    ['pbx:8088', 'is no ws:// or wss:// URL'],
    ['http://pbx', 'is no ws:// or wss:// URL'],
    ['ws://pbx/ws', 'holds more than scheme, host and port'],
    ['ws://pbx?x', 'holds more than scheme, host and port'],
    ['ws://user:word@pbx', 'holds more than scheme, host and port'],
    ['ws://:8088', 'is no ws:// or wss:// URL'],
  ])('%s is refused', (text, error) => {
    expect(parseUpstream(text)).toEqual({ ok: false, error });
  });
});

describe('TLS', () => {
  async function secured(withAuthority: boolean) {
    const folder = new CertificateFolder();
    cleanUps.push(() => folder.remove());
    const { certFile, keyFile, caFile } = folder;
    const certificates = Certificates.open(
      { certFile, keyFile, caFile: withAuthority ? caFile : null },
      { loaded: () => {}, failed: () => {} },
    );
    cleanUps.push(() => certificates.close());
    return { folder, certificates };
  }

  /** A PBX behind `wss`, with a certificate of the folder's authority. */
  async function startSecurePbx(certificates: Certificates): Promise<string> {
    const web = createHttpsServer(certificates.options);
    const server = new WebSocketServer({ server: web });
    server.on('connection', (end) => end.on('message', (data) => end.send(`echo ${data}`)));
    web.listen(0, '127.0.0.1');
    await once(web, 'listening');
    cleanUps.push(() => {
      for (const end of server.clients) end.terminate();
      web.close();
    });
    return urlOf(web).replace('ws:', 'wss:');
  }

  it('on both sides passes messages both ways, and the tap reads them', async () => {
    const { folder, certificates } = await secured(false);
    const pbx = await startSecurePbx(certificates);
    const { url, seen } = await startRelay(pbx, { certificates, ca: folder.ca.cert });
    const client = await open(url.replace('ws:', 'wss:'), { ca: folder.ca.cert });
    const got = inbox(client);
    client.send('secret');
    await until(() => got.length === 1);
    expect(got).toEqual(['text echo secret']);
    expect(seen.texts()).toEqual(['secret', 'echo secret']);
    client.close(1001);
    await until(() => seen.open === 0);
    expect(seen.closings()).toEqual(['client 1001']);
  });

  it('to a PBX whose certificate nobody vouches for is 502, unless it is not to be checked', async () => {
    const { certificates } = await secured(false);
    const pbx = await startSecurePbx(certificates);
    const strict = await startRelay(pbx);
    const refused = dial(strict.url);
    const [, response] = (await once(refused, 'unexpected-response')) as [unknown, IncomingMessage];
    expect(response.statusCode).toBe(502);
    const lax = await startRelay(pbx, { verify: false });
    await open(lax.url);
    expect(lax.seen.results).toEqual(['accepted']);
  });

  it('refuses a client without a certificate with 403 where one is asked for', async () => {
    const { folder, certificates } = await secured(true);
    const pbx = await startPbx();
    const { url, seen } = await startRelay(pbx.url, { certificates });
    const secure = url.replace('ws:', 'wss:');
    for (const options of [{}, folder.stranger]) {
      const refused = dial(secure, { ca: folder.ca.cert, ...certificateOf(options) });
      const [, response] = (await once(refused, 'unexpected-response')) as [
        unknown,
        IncomingMessage,
      ];
      expect(response.statusCode).toBe(403);
    }
    await open(secure, { ca: folder.ca.cert, ...certificateOf(folder.client) });
    expect(seen.results).toEqual(['certificate', 'certificate', 'accepted']);
  });

  it('counts a client that speaks none', async () => {
    const { certificates } = await secured(false);
    const failed: string[] = [];
    const { url } = await startRelay('ws://127.0.0.1:9', {
      certificates,
      onHandshakeFailed: () => failed.push('handshake'),
    });
    dial(url);
    await until(() => failed.length === 1);
  });
});

function certificateOf({ cert, key }: { readonly cert?: string; readonly key?: string }) {
  return cert === undefined ? {} : { cert, key };
}
