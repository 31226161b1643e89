import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeCapture } from './analyze.ts';
import { type Row, row } from './measure.ts';

const MESSAGES = 600_000;
/** A program that takes longer is stopped, and its time is told as the least that it takes, ms. */
const LONGEST_MS = 100_000;
const MAIN = join(import.meta.dirname, '../../../../dist/main.js');

/**
 * Other programs that read the same file, each with the least that it can do for it. Without `-l` sngrep keeps 20,000
 * dialogs and passes over the others: that is not the same work.
 */
const PEERS = [
  { program: 'sngrep', args: ['-N', '-q', '-l', '1000000', '-I'], does: 'call list', reach: 15 },
  { program: 'tshark', args: ['-q', '-z', 'sip,stat', '-r'], does: 'counts', reach: 25 },
] as const;

/** What one run took, seconds. */
interface Time {
  readonly wall: number;
  readonly cpu: number;
  /** It came to its end; else it was stopped. */
  readonly isDone: boolean;
  /** It gave up by itself: the last thing that it said; null: it did not. */
  readonly failure: string | null;
}

/** Part `peers`: one capture of SIP in UDP, wall clock, one after the other on the same machine. */
export async function peerRows(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'callfate-bench-'));
  const path = join(folder, 'udp.pcap');
  try {
    writeCapture(path, 'udp', MESSAGES);
    // Before the others and after them, so that the busier moments of the machine are not those of one program alone.
    const first = ownTime(path);
    const others = PEERS.map((peer) => ({ peer, time: peerTime(peer, path) }));
    const last = ownTime(path);
    const own = {
      wall: (first.wall + last.wall) / 2,
      cpu: (first.cpu + last.cpu) / 2,
      isDone: first.isDone && last.isDone,
      failure: first.failure ?? last.failure,
    };
    if (own.failure !== null) throw new Error(own.failure);
    const size = `${(statSync(path).size / 1_000_000).toFixed(0)} MB`;
    return [
      row('callfate analyze', MESSAGES / own.wall, 'messages/s', {
        note: `verdicts of all calls; ${size}, ${words(own)}`,
      }),
      ...others.flatMap(({ peer, time }) => rowsOf(peer, time, own)),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

type Peer = (typeof PEERS)[number];

function ownTime(path: string): Time {
  return timeOf(process.execPath, [MAIN, 'analyze', '--format', 'json', path]);
}

/** Null: it is not installed. */
function peerTime({ program, args }: Peer, path: string): Time | null {
  const found = ['--version', '-V'].some((flag) => spawnSync(program, [flag]).status === 0);
  return found ? timeOf(program, [...args, path]) : null;
}

function rowsOf({ program, args, does, reach }: Peer, time: Time | null, own: Time): Row[] {
  if (time === null) return [row(`${program} is not installed`, Number.NaN, '')];
  if (time.failure !== null) {
    const note = `gave up after ${words(time)}: ${time.failure}`;
    return [row(program, Number.NaN, '', { note })];
  }
  const command = [program, ...args].slice(0, -1).join(' ');
  return [
    row(command, MESSAGES / time.wall, 'messages/s', { note: `${does}; ${words(time)}` }),
    row(`callfate beside ${program}`, time.wall / own.wall, 'times as fast', {
      reach,
      good: 'above',
      note: `${(time.cpu / own.cpu).toFixed(1)} times by CPU time`,
    }),
  ];
}

function words({ wall, cpu, isDone }: Time): string {
  const times = `${wall.toFixed(1)} s, ${cpu.toFixed(1)} s CPU`;
  return isDone ? times : `stopped after ${times}: it takes longer`;
}

function timeOf(program: string, args: readonly string[]): Time {
  const [from, cpu] = [performance.now(), childSeconds()];
  const run = spawnSync(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    timeout: LONGEST_MS,
    // tshark takes a SIGTERM for a reason to end with status 2.
    killSignal: 'SIGKILL',
  });
  const wall = (performance.now() - from) / 1000;
  const failure = run.signal === null && run.status !== 0 ? failureOf(run) : null;
  return { wall, cpu: childSeconds() - cpu, isDone: run.signal === null, failure };
}

function failureOf({ status, stderr }: { status: number | null; stderr: string }): string {
  return `status ${status}: ${stderr.trimEnd().split('\n').at(-1)}`;
}

/** CPU time of all processes that this one waited for, proc(5): cutime and cstime, in hundredths. */
function childSeconds(): number {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[13]) + Number(fields[14])) / 100;
}
