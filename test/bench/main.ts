/**
 * The benchmark: `npm run bench`, or `npm run bench -- PART...`, or `-- all`. Every part is a process of its own; the table says what
 * is asked for, what was measured, and what it is beside. CPU time is counted, since the machine may be busy.
 */
import { spawn } from 'node:child_process';
import { availableParallelism, loadavg } from 'node:os';
import { pathToFileURL } from 'node:url';
import { analyzeRows } from './analyze.ts';
import { captureRows, sendSip } from './capture.ts';
import { exactRows, hepTcpRows, sendTcp } from './hep-tcp.ts';
import { engineRows, seriesRows, variantRows } from './in-memory.ts';
import { type Row, table } from './measure.ts';
import { memoryRows, millionRows } from './memory.ts';
import { parserRows, sizeRows } from './parsers.ts';
import { peerRows } from './peers.ts';
import { recentRows } from './recent.ts';
import { echoFrames, relayRows } from './relay.ts';
import { scrapeRows } from './scrape.ts';
import { startRows } from './start.ts';
import { sendUdp, udpRows } from './udp.ts';
import { countFrames, sendFrames, websocketRows } from './websocket.ts';

/**
 * For glibc: each table is a mapping of its own. Else some lie in memory that others freed, which is resident before there
 * is any call, and would not be counted. Users do not run it so, and only one part does.
 */
const TABLES_APART = { MALLOC_MMAP_THRESHOLD_: '65536' };

/** Parts in the order in which they run; `seconds`: what one may take at most; `env`: what its environment has besides. */
export const PARTS = {
  parsers: { run: parserRows, seconds: 30, says: 'scan and HEP decode alone, beside sip.js' },
  engine: { run: engineRows, seconds: 60, says: 'HEP packet to verdict, 1 k to 100 k calls' },
  variants: { run: variantRows, seconds: 60, says: 'with log lines; one calling number' },
  series: { run: seriesRows, seconds: 90, says: 'HEP packet to verdict, 4 to 4,096 peers' },
  memory: {
    run: memoryRows,
    seconds: 60,
    says: 'bytes a call and a message, 100 k calls',
    env: TABLES_APART,
  },
  million: { run: millionRows, seconds: 120, says: '1 M calls: memory, cost, pauses' },
  sizes: { run: sizeRows, seconds: 60, says: 'by length of message' },
  analyze: { run: analyzeRows, seconds: 120, says: 'captures of 600 k messages to verdicts' },
  peers: { run: peerRows, seconds: 240, says: 'the same capture through tshark and sngrep' },
  recent: { run: recentRows, seconds: 60, says: 'calls that are kept: memory and cost' },
  scrape: { run: scrapeRows, seconds: 30, says: 'text and OpenMetrics by number of series' },
  start: { run: startRows, seconds: 30, says: 'start to ready' },
  udp: { run: udpRows, seconds: 150, says: 'HEP over UDP, the whole sidecar' },
  'hep-tcp': { run: hepTcpRows, seconds: 180, says: 'HEP over TCP, the whole sidecar' },
  exact: { run: exactRows, seconds: 120, says: '18,000 call attempts a second over HEP/TCP' },
  capture: {
    run: captureRows,
    seconds: 180,
    says: 'live capture, each way, the whole sidecar',
  },
  websocket: { run: websocketRows, seconds: 60, says: 'WebSocket mirror, the whole sidecar' },
  relay: { run: relayRows, seconds: 60, says: 'a round trip with the relay and without' },
} as const;
type Part = keyof typeof PARTS;
const NAMES = Object.keys(PARTS) as Part[];

/** What takes long, or needs rights or programs that not everybody has: only when it is named. */
const ONLY_NAMED: readonly Part[] = [
  'series',
  'peers',
  'udp',
  'hep-tcp',
  'exact',
  'capture',
  'relay',
];
/** For all parts together; what does not fit any more is left out, visibly. */
const BUDGET_SECONDS = 175;

function isPart(name: string): name is Part {
  return name in PARTS;
}

async function runPart(name: Part, seconds: number): Promise<Row[]> {
  // In a group of its own: what it started, a sidecar or a generator, ends with it.
  const part = PARTS[name];
  const child = spawn(process.execPath, ['--expose-gc', process.argv[1] ?? '', '--part', name], {
    env: { ...process.env, ...('env' in part ? part.env : {}) },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const end = (): void => endGroup(child.pid);
  const stop = (): never => {
    end();
    process.exit(1);
  };
  const deadline = setTimeout(end, seconds * 1000);
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  let output = '';
  for await (const text of child.stdout) output += text;
  clearTimeout(deadline);
  process.off('SIGINT', stop);
  process.off('SIGTERM', stop);
  return output === '' ? [] : (JSON.parse(output) as Row[]);
}

function endGroup(pid: number | undefined): void {
  if (pid !== undefined) process.kill(-pid, 'SIGKILL');
}

async function runAll(parts: readonly Part[], budget: number): Promise<boolean> {
  const from = performance.now();
  const load = loadavg();
  let complete = true;
  for (const name of parts) {
    const left = budget - (performance.now() - from) / 1000;
    const rows = left > 0 ? await runPart(name, Math.min(left, PARTS[name].seconds)) : [];
    console.log(`\n${name}: ${PARTS[name].says}`);
    console.log(rows.length > 0 ? table(rows) : 'LEFT OUT: failed, or no time left; run it alone');
    complete &&= rows.length > 0;
  }
  const seconds = ((performance.now() - from) / 1000).toFixed(0);
  const [before = 0] = load;
  const busy = `load average ${before.toFixed(1)} before on ${availableParallelism()} cores`;
  console.log(`\n${seconds} s, Node ${process.version}, ${busy}`);
  return complete;
}

async function main(args: readonly string[]): Promise<void> {
  const [first = '', ...rest] = args;
  // The last: call attempts, or seconds.
  const [port = 0, rate = 0, serial = 0, attempts = 0] = rest.map(Number);
  if (first === '--send-udp') return print(await sendUdp(port, rate, serial, attempts));
  if (first === '--send-tcp') return print(await sendTcp(port, rate, serial, attempts));
  if (first === '--send-sip') return print(await sendSip(port, rate, serial, attempts));
  if (first === '--echo-frames') return echoFrames();
  if (first === '--send-frames') return print(await sendFrames(port, rate, serial));
  if (first === '--count-frames') return countFrames();
  const part = rest[0] ?? '';
  if (first === '--part' && isPart(part)) return print(await PARTS[part].run());
  const unknown = args.find((name) => name !== 'all' && !isPart(name));
  if (unknown !== undefined) {
    console.error(
      `unknown part "${unknown}"; choose among ${NAMES.join(', ')}, all, or none for the quick ones`,
    );
    process.exitCode = 2;
    return;
  }
  const chosen = args.includes('all') ? NAMES : args.filter(isPart);
  const usual = NAMES.filter((name) => !ONLY_NAMED.includes(name));
  const budget = chosen.length > 0 ? Number.POSITIVE_INFINITY : BUDGET_SECONDS;
  const complete = await runAll(chosen.length > 0 ? chosen : usual, budget);
  if (!complete) process.exitCode = 1;
}

function print(result: unknown): void {
  process.stdout.write(JSON.stringify(result));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  await main(process.argv.slice(2));
