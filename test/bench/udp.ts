import { spawn } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { whyNoBatches } from '../../src/sources/udp-batches.ts';
import { type Row, row } from './measure.ts';
import { Sidecar } from './sidecar.ts';
import { CallStream } from './stream.ts';
import { createUdpSender } from './udp-sender.ts';

/** How HEP over UDP is received, at how many packets per second, and up to which of them nothing is to be lost. */
const RECEIVERS = [
  { receiver: 'dgram', rates: [10_000, 20_000, 40_000, 50_000, 60_000], reach: 50_000 },
  { receiver: 'batched', rates: [40_000, 60_000, 90_000, 120_000], reach: 90_000 },
] as const;
const SECONDS = 3;
/** Not counted: code is compiled while so much comes. */
const WARM_UP_RATE = 30_000;
const WARM_UP_SECONDS = 6;
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
  const sender = await createUdpSender(port);
  const stream = new CallStream({ inProgress: IN_PROGRESS, rate, firstSerial });
  const from = performance.now();
  let sent = 0;
  let next = 0;
  const total = rate * duration;
  const more = (): boolean => stream.establish() || stream.fill().count > 0;
  while (sent < total) {
    const due = Math.min(total, Math.floor(((performance.now() - from) / 1000) * rate));
    while (sent < due) {
      if (next === stream.batch.packets.length) {
        stream.now = Date.now();
        more();
        next = 0;
      }
      const count = sender.send(stream.batch.packets, next, due - sent);
      next += count;
      sent += count;
    }
    await setTimeout(1);
  }
  const seconds = (performance.now() - from) / 1000;
  await sender.close();
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

/** Part `udp`: HEP over UDP on loopback, the whole path, log lines included; each receiver in a process of its own. */
export async function udpRows(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const row of RECEIVERS)
    if (row.receiver === 'dgram' || whyNoBatches() === null) rows.push(...(await rowsOf(row)));
  return rows;
}

async function rowsOf({ receiver, rates, reach }: (typeof RECEIVERS)[number]): Promise<Row[]> {
  const sidecar = await Sidecar.start({ hep: { udp: { port: 0, receiver } } });
  const rows: Row[] = [];
  try {
    const serial = rates.length * SERIALS;
    await runLoad(['--send-udp', sidecar.hep, WARM_UP_RATE, serial, WARM_UP_SECONDS]);
    await sidecar.settledMicros();
    for (const [index, rate] of rates.entries())
      rows.push(...(await oneRate(sidecar, { receiver, rate, index, reach })));
  } finally {
    await sidecar.stop();
  }
  return rows;
}

async function counts(sidecar: Sidecar) {
  return {
    read: await sidecar.metric('callfate_input_messages_total', 'hep_udp'),
    lost: await sidecar.metric('callfate_input_lost_total', 'source="hep_udp"'),
    lines: await sidecar.metric('callfate_log_lines_total', 'queued'),
  };
}

interface Run {
  readonly receiver: string;
  readonly rate: number;
  readonly index: number;
  readonly reach: number;
}

async function oneRate(sidecar: Sidecar, { receiver, rate, index, reach }: Run): Promise<Row[]> {
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
  const name = `HEP over UDP, ${receiver}, at ${real.toLocaleString('en')}/s`;
  return [
    row(`${name}, lost`, (100 * lost) / load.sent, '%', {
      reach: rate <= reach ? 0 : null,
      note: `${load.sent} sent, ${read} read, ${lost} dropped by the kernel, ${missing} unaccounted`,
    }),
    row(`${name}, cost`, micros, 'us CPU/message', {
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
