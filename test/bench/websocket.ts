import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { WebSocketServer } from 'ws';
import { type Row, row } from './measure.ts';
import { cpuMicrosOf, Sidecar } from './sidecar.ts';
import { CallStream } from './stream.ts';
import { type Load, runLoad } from './udp.ts';

const CONNECTIONS = 8;
const FRAMES = 120_000;
/** Frames of one write. */
const RUN = 16;
/** Frames per second; 0: as fast as they are taken. */
const RATES = [20_000, 0];
/** Not counted: code is compiled while the first frames come. */
const WARM_UP_RATE = 40_000;
const SERIALS = 1_000_000;

/** The generator's process: masked binary frames over eight connections. */
export async function sendFrames(port: number, rate: number, firstSerial: number): Promise<Load> {
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => open(port)));
  const stream = new CallStream({ inProgress: 2000, rate: rate || 50_000, firstSerial });
  const runs = runsOf(stream);
  const from = performance.now();
  let sent = 0;
  for (let turn = 0; sent < FRAMES; turn++) {
    while (rate > 0 && sent > ((performance.now() - from) / 1000) * rate) await setImmediate();
    const socket = sockets[turn % CONNECTIONS] as Socket;
    sent += RUN;
    if (!socket.write(runs.next().value)) await once(socket, 'drain');
  }
  const seconds = (performance.now() - from) / 1000;
  for (const socket of sockets) socket.end(CLOSE);
  await Promise.all(sockets.map((socket) => once(socket, 'close')));
  return { sent, seconds };
}

/** A masked close frame without a code. */
const CLOSE = Buffer.from([0x88, 0x80, 0, 0, 0, 0]);

/** The stream's messages as frames, so many to a write. */
function* runsOf(stream: CallStream): Generator<Buffer, never> {
  for (;;) {
    if (!stream.establish()) stream.fill();
    const { messages } = stream.batch;
    for (let from = 0; from + RUN <= messages.length; from += RUN) {
      yield Buffer.concat(messages.slice(from, from + RUN).map(frame));
    }
  }
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  const key = randomBytes(16).toString('base64');
  socket.write(
    [
      'GET / HTTP/1.1',
      `Host: 127.0.0.1:${port}`,
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Key: ${key}`,
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Protocol: sip',
      '',
      '',
    ].join('\r\n'),
  );
  const [answer] = await once(socket, 'data');
  if (!String(answer).startsWith('HTTP/1.1 101')) throw new Error(`refused: ${answer}`);
  return socket.resume();
}

/** RFC 6455 section 5.2: binary, final, masked. The mask is not zero, or the server would not have to unmask. */
function frame(message: Uint8Array): Buffer {
  const bytes = Buffer.alloc(8 + message.length);
  bytes[0] = 0x82;
  bytes[1] = 0x80 | 126;
  bytes.writeUInt16BE(message.length, 2);
  bytes.writeUInt32BE(0x5a5a5a5a, 4);
  for (let i = 0; i < message.length; i++) bytes[8 + i] = (message[i] as number) ^ 0x5a;
  return bytes;
}

/** A server of the same library that only counts; prints its port, and the count when all have gone. */
export async function countFrames(): Promise<void> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  let frames = 0;
  server.on('connection', (socket) => {
    socket.on('message', () => {
      frames++;
    });
    socket.on('close', () => {
      if (server.clients.size === 0) process.stderr.write(`frames ${frames}\n`);
    });
  });
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  process.stdout.write(`${address.port}\n`);
}

interface Cost {
  readonly perSecond: number;
  readonly micros: number;
}

/** Runs this program again as a server, which prints its port. */
export async function runServer(option: string) {
  const child = spawn(process.execPath, [process.argv[1] ?? '', option], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [text] = await once(child.stdout, 'data');
  return { child, port: Number(String(text)) };
}

async function counterCost(rate: number): Promise<Cost> {
  const { child, port } = await runServer('--count-frames');
  const cost = async (at: number): Promise<Cost> => {
    const before = cpuMicrosOf(child.pid ?? 0);
    const counted = once(child.stderr, 'data');
    const load = await runLoad(['--send-frames', port, at, 0]);
    await counted;
    const micros = (cpuMicrosOf(child.pid ?? 0) - before) / load.sent;
    return { perSecond: load.sent / load.seconds, micros };
  };
  await cost(WARM_UP_RATE);
  const warm = await cost(rate);
  child.kill('SIGKILL');
  await once(child, 'exit');
  return warm;
}

/** Part `websocket`: the mirror beside a server that only counts, same frames, one run. */
export async function websocketRows(): Promise<Row[]> {
  const rows: Row[] = [];
  const sidecar = await Sidecar.start();
  try {
    const serial = RATES.length * SERIALS;
    await runLoad(['--send-frames', sidecar.websocket, WARM_UP_RATE, serial]);
    await sidecar.settledMicros();
    for (const [i, rate] of RATES.entries()) {
      rows.push(...(await oneRate(sidecar, rate, i, await counterCost(rate))));
    }
  } finally {
    await sidecar.stop();
  }
  return rows;
}

async function oneRate(sidecar: Sidecar, rate: number, index: number, counter: Cost) {
  const read = () => sidecar.metric('callfate_input_messages_total', 'websocket');
  const lost = () => sidecar.metric('callfate_input_lost_total', 'source="websocket"');
  const before = { read: await read(), lost: await lost() };
  const cpu = sidecar.cpuMicros();
  const edge = sidecar.edgeMicros();
  const load = await runLoad(['--send-frames', sidecar.websocket, rate, index * SERIALS]);
  const micros = ((await sidecar.settledMicros()) - cpu) / load.sent;
  const edgeMicros = (sidecar.edgeMicros() - edge) / load.sent;
  const expected = before.read + before.lost + load.sent;
  for (let i = 0; i < 20 && (await read()) + (await lost()) < expected; i++) await setTimeout(100);
  const taken = (await read()) - before.read;
  const dropped = (await lost()) - before.lost;
  const perSecond = load.sent / load.seconds;
  const name = `WebSocket mirror at ${Math.round(perSecond).toLocaleString('en')} frames/s`;
  return [
    row(`${name}, both threads`, micros, 'us CPU/frame', {
      note: `of it ${edgeMicros.toFixed(1)} in the edge; ${taken} of ${load.sent} read, ${dropped} lost`,
    }),
    row(`${name}, beyond a counting server`, micros - counter.micros, 'us CPU/frame', {
      reach: 1.5,
      note: `that one: ${counter.micros.toFixed(2)} us at ${Math.round(counter.perSecond)} frames/s`,
    }),
  ];
}
