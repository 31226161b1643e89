import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { type Row, row } from './measure.ts';
import { Sidecar } from './sidecar.ts';
import { CallStream } from './stream.ts';
import { type Load, runLoad } from './udp.ts';
import { createUdpSender } from './udp-sender.ts';

/** Packets per second, and of the warm-up. */
const RATES = [20_000, 40_000, 60_000, 80_000, 100_000];
const WARM_UP_RATE = 15_000;
const SECONDS = 2;
const SERIALS = 1_000_000;
/** The whole path is to bear so many with a ring of its own (AF_PACKET), which it has not. */
const REACH_RATE = 120_000;

/** The generator's process: bare SIP in UDP over loopback, from one port to another, where nobody reads. */
export async function sendSip(port: number, rate: number, firstSerial: number): Promise<Load> {
  const sender = await createUdpSender(port);
  const stream = new CallStream({ inProgress: 2000, rate, firstSerial, oneHop: true });
  const from = performance.now();
  let [sent, next] = [0, 0];
  while (sent < rate * SECONDS) {
    const past = (performance.now() - from) / 1000;
    const due = Math.min(rate * SECONDS, Math.floor(past * rate));
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

/** Part `capture`: a live capture through tcpdump on loopback, the whole path. Needs the right to capture. */
export async function captureRows(): Promise<Row[]> {
  const silent = createSocket({ type: 'udp4', recvBufferSize: 4096 });
  silent.bind(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address();
  // On loopback the kernel would show each packet twice, on its way out and on its way in.
  const sidecar = await Sidecar.start({
    capture: { interface: 'lo', filter: `inbound and udp and dst port ${port}` },
  });
  try {
    await oneRate(sidecar, port, WARM_UP_RATE, RATES.length);
    const rows: Row[] = [];
    for (const [i, rate] of RATES.entries()) rows.push(...(await oneRate(sidecar, port, rate, i)));
    return rows;
  } finally {
    await sidecar.stop();
    silent.close();
  }
}

async function counts(sidecar: Sidecar) {
  return {
    read: await sidecar.metric('callfate_input_messages_total', 'source="capture"'),
    lost: await sidecar.metric('callfate_input_lost_total', 'source="capture"'),
  };
}

async function oneRate(
  sidecar: Sidecar,
  port: number,
  rate: number,
  index: number,
): Promise<Row[]> {
  const before = await counts(sidecar);
  const [cpu, child] = [sidecar.cpuMicros(), sidecar.childMicros()];
  const load = await runLoad(['--send-sip', port, rate, index * SERIALS]);
  let after = await counts(sidecar);
  // tcpdump says every five seconds what was dropped.
  for (let i = 0; i < 70 && after.read + after.lost < before.read + before.lost + load.sent; i++) {
    await setTimeout(100);
    after = await counts(sidecar);
  }
  const [read, lost] = [after.read - before.read, after.lost - before.lost];
  const real = Math.round(load.sent / load.seconds);
  const name = `live capture at ${real.toLocaleString('en')} packets/s`;
  const micros = (sidecar.cpuMicros() - cpu) / load.sent;
  const ofChild = (sidecar.childMicros() - child) / load.sent;
  return [
    row(`${name}, not read`, (100 * (load.sent - read)) / load.sent, '%', {
      reach: real >= REACH_RATE ? 0 : null,
      note: `${load.sent} sent, ${read} read, ${lost} dropped by the kernel`,
    }),
    row(`${name}, cost`, micros, 'us CPU/packet', { note: `and ${ofChild.toFixed(1)} of tcpdump` }),
  ];
}
