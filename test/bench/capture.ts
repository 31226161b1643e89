import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { whyNotNative } from '../../src/sources/native.ts';
import { type Row, row } from './measure.ts';
import { Sidecar } from './sidecar.ts';
import { CallStream } from './stream.ts';
import { type Load, runLoad } from './udp.ts';
import { createUdpSender } from './udp-sender.ts';

/** How packets come to callfate, at how many per second, and up to which of them nothing is to be lost. */
const RECEIVERS = [
  { receiver: 'tcpdump', rates: [40_000, 60_000, 80_000, 100_000, 120_000], reach: 0 },
  { receiver: 'ring', rates: [40_000, 60_000, 80_000, 100_000, 120_000, 140_000], reach: 120_000 },
] as const;
/** Not counted: code is compiled while so much comes. */
const WARM_UP_RATE = 15_000;
const WARM_UP_SECONDS = 4;
const SECONDS = 3;
const SERIALS = 1_000_000;

/** The generator's process: bare SIP in UDP over loopback, from one port to another, where nobody reads. */
export async function sendSip(
  port: number,
  rate: number,
  firstSerial: number,
  duration: number,
): Promise<Load> {
  const sender = await createUdpSender(port);
  const stream = new CallStream({ inProgress: 2000, rate, firstSerial, oneHop: true });
  const from = performance.now();
  let [sent, next] = [0, 0];
  const total = rate * duration;
  while (sent < total) {
    const past = (performance.now() - from) / 1000;
    const due = Math.min(total, Math.floor(past * rate));
    while (sent < due) {
      if (next === stream.batch.messages.length) {
        if (!stream.establish()) stream.fill();
        next = 0;
      }
      const count = sender.send(stream.batch.messages, next, due - sent);
      next += count;
      sent += count;
    }
    await setTimeout(1);
  }
  const seconds = (performance.now() - from) / 1000;
  await sender.close();
  return { sent, seconds };
}

/** Part `capture`: a live capture on loopback, the whole path, each receiver in a process of its own. Needs the right. */
export async function captureRows(): Promise<Row[]> {
  const silent = createSocket({ type: 'udp4', recvBufferSize: 4096 });
  silent.bind(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address();
  const rows: Row[] = [];
  for (const one of RECEIVERS)
    if (one.receiver === 'tcpdump' || whyNotNative('') === null)
      rows.push(...(await rowsOf(port, one)));
  silent.close();
  return rows;
}

async function rowsOf(
  port: number,
  { receiver, rates, reach }: (typeof RECEIVERS)[number],
): Promise<Row[]> {
  // On loopback the kernel would show each packet twice, on its way out and on its way in.
  const filter = `inbound and udp and dst port ${port}`;
  const sidecar = await Sidecar.start({ capture: { interface: 'lo', filter, receiver } });
  const rows: Row[] = [];
  try {
    await runLoad(['--send-sip', port, WARM_UP_RATE, rates.length * SERIALS, WARM_UP_SECONDS]);
    await sidecar.settledMicros();
    for (const [index, rate] of rates.entries())
      rows.push(...(await oneRate(sidecar, port, { receiver, rate, index, reach })));
  } finally {
    await sidecar.stop();
  }
  return rows;
}

async function counts(sidecar: Sidecar) {
  return {
    read: await sidecar.metric('callfate_input_messages_total', 'source="capture"'),
    lost: await sidecar.metric('callfate_input_lost_total', 'source="capture"'),
  };
}

interface Run {
  readonly receiver: string;
  readonly rate: number;
  readonly index: number;
  readonly reach: number;
}

async function oneRate(
  sidecar: Sidecar,
  port: number,
  { receiver, rate, index, reach }: Run,
): Promise<Row[]> {
  const before = await counts(sidecar);
  const [cpu, child] = [sidecar.cpuMicros(), sidecar.childMicros()];
  const load = await runLoad(['--send-sip', port, rate, index * SERIALS, SECONDS]);
  const spent = (await sidecar.settledMicros()) - cpu;
  const spentInChild = sidecar.childMicros() - child;
  let after = await counts(sidecar);
  // tcpdump says every five seconds what was dropped.
  for (let i = 0; i < 70 && after.read + after.lost < before.read + before.lost + load.sent; i++) {
    await setTimeout(100);
    after = await counts(sidecar);
  }
  const [read, lost] = [after.read - before.read, after.lost - before.lost];
  const real = Math.round(load.sent / load.seconds);
  const missing = load.sent - read - lost;
  const name = `live capture, ${receiver}, at ${real.toLocaleString('en')} packets/s`;
  return [
    row(`${name}, not read`, (100 * (load.sent - read)) / load.sent, '%', {
      reach: rate <= reach ? 0 : null,
      note: `${load.sent} sent, ${read} read, ${lost} dropped by the kernel, ${missing} unaccounted`,
    }),
    row(`${name}, cost`, (spent + spentInChild) / read, 'us CPU/packet', {
      note: `of it ${(spentInChild / read).toFixed(1)} of tcpdump`,
    }),
  ];
}
