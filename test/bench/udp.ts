import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { type Row, row } from './measure.ts';
import { Sidecar } from './sidecar.ts';
import { CallStream } from './stream.ts';

/** Packets per second. */
const RATES = [10_000, 20_000, 40_000, 50_000, 60_000];
const SECONDS = 3;
/** Not counted: code is compiled while so much comes. */
const WARM_UP_RATE = 30_000;
const WARM_UP_SECONDS = 6;
/** Issue: no loss at 50,000 a second with plain dgram. */
const REACH_RATE = 50_000;
/** Packets in a row before the generator looks at the clock. */
const RUN = 32;
const IN_PROGRESS = 2000;
/** Numbers of calls of one rate do not reach those of the next. */
const SERIALS = 1_000_000;

export interface Load {
  readonly sent: number;
  readonly seconds: number;
}

/** The generator's process: sends at `rate` for `duration` seconds, then prints what it did. */
export async function sendUdp(
  port: number,
  rate: number,
  firstSerial: number,
  duration: number,
): Promise<Load> {
  const socket = createSocket('udp4');
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const stream = new CallStream({ inProgress: IN_PROGRESS, rate, firstSerial });
  const from = performance.now();
  let sent = 0;
  let next = 0;
  const total = rate * duration;
  const more = (): boolean => stream.establish() || stream.fill().count > 0;
  while (sent < total) {
    const due = Math.min(total, ((performance.now() - from) / 1000) * rate);
    for (let i = 0; i < RUN && sent < due; i++) {
      if (next === stream.batch.packets.length) {
        stream.now = Date.now();
        more();
        next = 0;
      }
      socket.send(stream.batch.packets[next++] as Uint8Array);
      sent++;
    }
    await setImmediate();
  }
  const seconds = (performance.now() - from) / 1000;
  socket.close();
  await once(socket, 'close');
  return { sent, seconds };
}

/** Runs this program again as a generator. */
export async function runLoad(args: readonly (string | number)[]): Promise<Load> {
  const child = spawn(process.execPath, [process.argv[1] ?? '', ...args.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const text of child.stdout) output += text;
  return JSON.parse(output) as Load;
}

/** Part `udp`: HEP over UDP on loopback, the whole path, log lines included. */
export async function udpRows(): Promise<Row[]> {
  const sidecar = await Sidecar.start();
  const rows: Row[] = [];
  try {
    const serial = RATES.length * SERIALS;
    await runLoad(['--send-udp', sidecar.hep, WARM_UP_RATE, serial, WARM_UP_SECONDS]);
    await sidecar.settledMicros();
    for (const [i, rate] of RATES.entries()) rows.push(...(await oneRate(sidecar, rate, i)));
  } finally {
    await sidecar.stop();
  }
  return rows;
}

async function counts(sidecar: Sidecar) {
  return {
    read: await sidecar.metric('callfate_input_messages_total', 'hep_udp'),
    lost: await sidecar.metric('callfate_input_lost_total', 'kernel'),
    lines: await sidecar.metric('callfate_log_lines_total', 'queued'),
  };
}

async function oneRate(sidecar: Sidecar, rate: number, index: number): Promise<Row[]> {
  const before = await counts(sidecar);
  const cpu = sidecar.cpuMicros();
  const edge = sidecar.edgeMicros();
  const load = await runLoad(['--send-udp', sidecar.hep, rate, index * SERIALS, SECONDS]);
  const spent = (await sidecar.settledMicros()) - cpu;
  const spentInEdge = sidecar.edgeMicros() - edge;
  const after = await settled(sidecar, before.read + before.lost + load.sent);
  const read = after.read - before.read;
  const lost = after.lost - before.lost;
  const micros = spent / read;
  const edgeMicros = spentInEdge / read;
  const real = Math.round(load.sent / load.seconds);
  const missing = load.sent - read - lost;
  return [
    row(`HEP over UDP at ${real.toLocaleString('en')}/s, lost`, (100 * lost) / load.sent, '%', {
      reach: real <= REACH_RATE ? 0 : null,
      note: `${load.sent} sent, ${read} read, ${lost} dropped by the kernel, ${missing} unaccounted`,
    }),
    row(`HEP over UDP at ${real.toLocaleString('en')}/s, cost`, micros, 'us CPU/message', {
      note: `of it ${edgeMicros.toFixed(1)} in the edge, which wrote ${after.lines - before.lines} lines`,
    }),
  ];
}

/** Counters once everything that was sent is accounted for, or nothing changes any more. */
async function settled(sidecar: Sidecar, expected: number) {
  let now = await counts(sidecar);
  for (let tries = 0; tries < 20 && now.read + now.lost < expected; tries++) {
    await setTimeout(100);
    now = await counts(sidecar);
  }
  return now;
}
