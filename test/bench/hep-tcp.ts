import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { type Row, row } from './measure.ts';
import { Sidecar, sumOf } from './sidecar.ts';
import { CallStream } from './stream.ts';
import { type Load, runLoad } from './udp.ts';

/** Messages per second of part `hep-tcp`; 0: as fast as they are taken. */
const RATES = [20_000, 60_000, 0];
const MESSAGES = 240_000;
/** Not counted: code is compiled while the first messages come. */
const WARM_UP_RATE = 40_000;
const IN_PROGRESS = 2000;
/** Numbers of calls of one rate do not reach those of the next. */
const SERIALS = 1_000_000;
const REACH_MICROS = 3;

/** Part `exact`: 18,000 attempts a second, seen on one hop, are about 126,000 messages. */
const ATTEMPTS = 90_000;
const ATTEMPT_RATE = 18_000;
const MESSAGES_OF_ATTEMPT = 7;

/** What a generator has sent: calls that came to their end, by what they are to be judged as. */
interface Calls extends Load {
  readonly begun: number;
  readonly ended: Readonly<Record<string, number>>;
}

/** The generator's process: whole calls over one connection, at so many messages a second, until all have ended. */
export async function sendTcp(
  port: number,
  rate: number,
  firstSerial: number,
  attempts: number,
): Promise<Calls> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const oneHop = attempts > 0;
  const stream = new CallStream({
    inProgress: oneHop ? ATTEMPT_RATE : IN_PROGRESS,
    rate: rate || 100_000,
    firstSerial,
    oneHop,
  });
  const isDone = (): boolean =>
    oneHop ? stream.begun >= attempts : sent >= MESSAGES - stream.talkers * 4;
  const from = performance.now();
  let sent = 0;
  const send = async (): Promise<void> => {
    while (rate > 0 && sent > ((performance.now() - from) / 1000) * rate) await setImmediate();
    sent += stream.batch.count;
    await write(socket, stream.bytes);
    stream.now = Date.now();
  };
  stream.now = Date.now();
  while (stream.establish()) await send();
  while (!isDone()) {
    stream.fill();
    await send();
  }
  while (stream.finish()) await send();
  const seconds = (performance.now() - from) / 1000;
  socket.end();
  await once(socket, 'close');
  return { sent, seconds, begun: stream.begun, ended: Object.fromEntries(stream.ended) };
}

/** Resolves when the bytes may be written over. */
function write(socket: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}

function start(): Promise<Sidecar> {
  const any = { port: 0 };
  // On a slow machine the answer to a challenge may come late: it belongs to its call all the same.
  const calls = { retryWindowMs: 60_000 };
  return Sidecar.start({ hep: { udp: any, tcp: { ...any, enabled: true } }, calls });
}

async function warmUp(sidecar: Sidecar, firstSerial: number): Promise<void> {
  await runLoad(['--send-tcp', sidecar.hepTcp, WARM_UP_RATE, firstSerial, 0]);
  await sidecar.settledMicros();
}

/** Counters once so many messages are read, or nothing changes any more. */
async function read(sidecar: Sidecar, expected: number): Promise<number> {
  let now = -1;
  for (let last = -2; now < expected && now !== last; ) {
    last = now;
    await setTimeout(200);
    now = await sidecar.metric('callfate_input_messages_total', 'hep_tcp');
  }
  return now;
}

/** Part `hep-tcp`: HEP over TCP on loopback, the whole path, log lines included. */
export async function hepTcpRows(): Promise<Row[]> {
  const sidecar = await start();
  try {
    await warmUp(sidecar, RATES.length * SERIALS);
    const rows: Row[] = [];
    for (const [i, rate] of RATES.entries()) rows.push(await oneRate(sidecar, rate, i));
    return rows;
  } finally {
    await sidecar.stop();
  }
}

/** Messages read and lost so far. */
function taken(metrics: string): { readonly read: number; readonly lost: number } {
  return {
    read: sumOf(metrics, 'callfate_input_messages_total', 'hep_tcp'),
    lost: sumOf(metrics, 'callfate_input_lost_total', 'source="hep_tcp"'),
  };
}

async function oneRate(sidecar: Sidecar, rate: number, index: number): Promise<Row> {
  const before = await sidecar.metrics();
  const [cpu, edge] = [sidecar.cpuMicros(), sidecar.edgeMicros()];
  const load = await runLoad(['--send-tcp', sidecar.hepTcp, rate, index * SERIALS, 0]);
  const micros = ((await sidecar.settledMicros()) - cpu) / load.sent;
  const edgeMicros = (sidecar.edgeMicros() - edge) / load.sent;
  const after = await sidecar.metrics();
  const read = taken(after).read - taken(before).read;
  const lost = taken(after).lost - taken(before).lost;
  if (read + lost !== load.sent) throw new Error(`${load.sent} sent, ${read} read, ${lost} lost`);
  const gained = (name: string, label = ''): number =>
    sumOf(after, name, label) - sumOf(before, name, label);
  const written = gained('callfate_log_lines_total', 'queued');
  const dropped = gained('callfate_verdicts_dropped_total');
  const real = Math.round(load.sent / load.seconds).toLocaleString('en');
  return row(`HEP over TCP at ${real}/s`, micros, 'us CPU/message', {
    reach: rate === 0 ? REACH_MICROS : null,
    note: `of it ${edgeMicros.toFixed(1)} in the edge, which wrote ${written} lines; ${dropped} lines dropped, ${lost} messages lost`,
  });
}

/** Part `exact`: does every counter say what was sent, at 18,000 call attempts a second? */
export async function exactRows(): Promise<Row[]> {
  const sidecar = await start();
  try {
    await warmUp(sidecar, SERIALS);
    // What ended settles before it is counted as ended.
    await setTimeout(1000);
    const before = await sidecar.metrics();
    const cpu = sidecar.cpuMicros();
    const rate = ATTEMPT_RATE * MESSAGES_OF_ATTEMPT;
    const args = ['--send-tcp', sidecar.hepTcp, rate, 0, ATTEMPTS] as const;
    const load = (await runLoad(args)) as Calls;
    const spent = (await sidecar.settledMicros()) - cpu;
    await read(sidecar, sumOf(before, 'callfate_input_messages_total', 'hep_tcp') + load.sent);
    await setTimeout(1000);
    const wrong = differences(before, await sidecar.metrics(), load);
    const dropped = await sidecar.metric('callfate_verdicts_dropped_total');
    const attempts = Object.values(load.ended).reduce((sum, count) => sum + count, 0);
    return [
      row('call attempts over HEP/TCP', attempts / load.seconds, '/s', {
        reach: ATTEMPT_RATE,
        good: 'above',
        note: `${attempts} attempts, ${Math.round(load.sent / load.seconds)} messages/s`,
      }),
      row('counters that are not exact', wrong.length, '', {
        reach: 0,
        note: wrong.length > 0 ? wrong.join('; ') : `${load.sent} messages, none lost`,
      }),
      row('log lines left out because the edge was late', dropped, '', {
        note: 'counted in callfate_verdicts_dropped_total',
      }),
      row('cost', spent / load.sent, 'us CPU/message'),
    ];
  } finally {
    await sidecar.stop();
  }
}

/** What the counters say against what was sent, in words; empty: all is exact. `before` and `after`: see `metrics`. */
function differences(before: string, after: string, load: Calls): string[] {
  const zero = [
    'callfate_input_lost_total',
    'callfate_input_malformed_total',
    'callfate_limit_hits_total',
  ];
  const attempts = load.begun;
  const expected: (readonly [name: string, labels: string, value: number])[] = [
    ['callfate_input_messages_total', 'hep_tcp', load.sent],
    ['callfate_attempts_started_total', '', attempts],
    ['callfate_attempts_ended_total', '', attempts],
    ['callfate_calls_opened_total', '', attempts],
    ['callfate_calls_closed_total', '', attempts],
    ...zero.map((name) => [name, '', 0] as const),
    ...Object.entries(load.ended).map(
      ([outcome, count]) =>
        ['callfate_attempts_ended_total', `outcome="${outcome}"`, count] as const,
    ),
  ];
  return expected.flatMap(([name, labels, value]) => {
    const found = sumOf(after, name, labels) - sumOf(before, name, labels);
    return found === value ? [] : [`${name}{${labels}} is ${found}, not ${value}`];
  });
}
