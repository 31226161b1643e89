import { once } from 'node:events';
import { WebSocket, WebSocketServer } from 'ws';
import { median, type Row, row } from './measure.ts';
import { Sidecar } from './sidecar.ts';
import { CallStream } from './stream.ts';
import { runServer } from './websocket.ts';

/** Round trips of one way, and how many of them one way has before the other has its turn. */
const ROUND_TRIPS = 12_000;
const TURN = 200;
const WARM_UP = 3_000;
const REACH_MEDIAN = 150;
const REACH_P99 = 1000;

/** A PBX that sends every frame back, in a process of its own; prints its port. */
export async function echoFrames(): Promise<void> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  });
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  process.stdout.write(`${address.port}\n`);
}

/** One way to the PBX: straight, or through the relay. */
class Way {
  readonly micros: number[] = [];
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  static async open(port: number): Promise<Way> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, ['sip'], { perMessageDeflate: false });
    await once(socket, 'open');
    return new Way(socket);
  }

  async trip(message: Uint8Array): Promise<void> {
    const from = performance.now();
    this.#socket.send(message);
    await once(this.#socket, 'message');
    this.micros.push((performance.now() - from) * 1000);
  }

  close(): void {
    this.#socket.terminate();
  }
}

function share(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(p * (sorted.length - 1))] ?? Number.NaN;
}

/** Part `relay`: a round trip to the same PBX with the relay and without, turn by turn in one run. */
export async function relayRows(): Promise<Row[]> {
  const echo = await runServer('--echo-frames');
  const relay = { port: 0, upstream: `ws://127.0.0.1:${echo.port}` };
  const sidecar = await Sidecar.start({ relay });
  const ways = { straight: await Way.open(echo.port), through: await Way.open(sidecar.relay) };
  const stream = new CallStream({ inProgress: 1000, rate: 10_000 });
  try {
    stream.establish();
    const { messages } = stream.batch;
    const message = (i: number): Uint8Array => messages[i % messages.length] as Uint8Array;
    for (let i = 0; i < WARM_UP; i++) await ways.through.trip(message(i));
    for (let i = 0; i < WARM_UP; i++) await ways.straight.trip(message(i));
    for (const way of Object.values(ways)) way.micros.length = 0;
    const before = sidecar.cpuMicros();
    for (let i = 0; i < ROUND_TRIPS; i += TURN) {
      for (let j = 0; j < TURN; j++) await ways.straight.trip(message(i + j));
      for (let j = 0; j < TURN; j++) await ways.through.trip(message(i + j));
    }
    const cpu = (sidecar.cpuMicros() - before) / (2 * ROUND_TRIPS);
    return rowsOf(ways.straight.micros, ways.through.micros, cpu);
  } finally {
    for (const way of Object.values(ways)) way.close();
    await sidecar.stop();
    echo.child.kill('SIGKILL');
  }
}

function rowsOf(straight: readonly number[], through: readonly number[], cpu: number): Row[] {
  const [m, n] = [median(straight), median(through)];
  const [p, q] = [share(straight, 0.99), share(through, 0.99)];
  const beside = (a: number, b: number): string =>
    `${b.toFixed(0)} through it, ${a.toFixed(0)} without`;
  return [
    row('relay, added to the median round trip', n - m, 'us', {
      reach: REACH_MEDIAN,
      note: beside(m, n),
    }),
    row('relay, added to the 99th percentile', q - p, 'us', {
      reach: REACH_P99,
      note: beside(p, q),
    }),
    row('relay, one message passed on and judged', cpu, 'us CPU/message'),
  ];
}
