import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeCapture } from './analyze.ts';
import { type Row, row } from './measure.ts';

const MESSAGES = 600_000;
const MAIN = join(import.meta.dirname, '../../../../dist/main.js');

/** Other programs that read the same file, each with the least that it can do for it. */
const PEERS = [
  { program: 'tshark', args: ['-q', '-z', 'sip,stat', '-r'], does: 'counts', reach: 25 },
  { program: 'sngrep', args: ['-N', '-q', '-l', '1000000', '-I'], does: 'call list', reach: 15 },
] as const;

/** Part `peers`: one capture of SIP in UDP, wall clock, one after the other on the same machine. */
export async function peerRows(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'callfate-bench-'));
  const path = join(folder, 'udp.pcap');
  try {
    writeCapture(path, 'udp', MESSAGES);
    const analyze = ['analyze', '--format', 'json', path];
    // Twice, so that the busier moments of the machine are not those of one program alone.
    const own = (): number => secondsOf(process.execPath, [MAIN, ...analyze]);
    const first = own();
    const others = PEERS.map((peer) => ({ ...peer, seconds: timeOf(peer, path) }));
    const seconds = (first + own()) / 2;
    const size = `${(statSync(path).size / 1_000_000).toFixed(0)} MB`;
    return [
      row('callfate analyze', MESSAGES / seconds, 'messages/s', {
        note: `verdicts of all calls; ${seconds.toFixed(1)} s for ${size}`,
      }),
      ...others.flatMap((peer) => peerRow(peer, seconds)),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

type Peer = (typeof PEERS)[number];

function timeOf({ program, args }: Peer, path: string): number | null {
  const found =
    spawnSync(program, ['--version']).status === 0 || spawnSync(program, ['-V']).status === 0;
  return found ? secondsOf(program, [...args, path]) : null;
}

function peerRow(
  { program, args, does, reach, seconds }: Peer & { readonly seconds: number | null },
  own: number,
): Row[] {
  const command = [program, ...args].slice(0, -1).join(' ');
  if (seconds === null) return [row(`${program} is not installed`, Number.NaN, '')];
  return [
    row(command, MESSAGES / seconds, 'messages/s', { note: `${does}; ${seconds.toFixed(1)} s` }),
    row(`callfate beside ${program}`, seconds / own, 'times as fast', { reach, good: 'above' }),
  ];
}

function secondsOf(program: string, args: readonly string[]): number {
  const from = performance.now();
  const run = spawnSync(program, args, { stdio: 'ignore' });
  if (run.status !== 0) throw new Error(`${program} ended with ${run.status ?? run.signal}`);
  return (performance.now() - from) / 1000;
}
