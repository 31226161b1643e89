/**
 * Stops callfate again and again and sends datagrams to its HEP port until the kernel has dropped a thousand of them:
 * how a sidecar loses packets on a machine that gives it no time. Goes on until SIGTERM.
 *
 *     flood-hep.js PORT
 */
import { createSocket } from 'node:dgram';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const DROPS = 1000;
const AT_ONCE = 500;
const PAUSE_MS = 500;
/** The last column of /proc/net/udp. */
const DROPS_COLUMN = -1;
const HOST = '127.0.0.1';
const PACKET = Buffer.concat([Buffer.from('HEP3\x00\x06', 'latin1'), Buffer.alloc(500)]);

/** Of this PID namespace, which holds one. */
function callfate(): number {
  const found = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isCallfate(name));
  if (found.length !== 1) throw new Error(`${found.length} processes are callfate`);
  return Number(found[0]);
}

function isCallfate(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('dist/main.js\0run\0');
  } catch {
    return false;
  }
}

/** Datagrams that the kernel dropped at this port. */
function drops(port: number): number {
  const rows = readFileSync('/proc/net/udp', 'latin1').trim().split('\n').slice(1);
  const own = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter((columns) => columns[1]?.endsWith(own))
    .reduce((sum, columns) => sum + Number(columns.at(DROPS_COLUMN)), 0);
}

async function flood(pid: number, port: number): Promise<void> {
  const socket = createSocket('udp4');
  const send = () =>
    new Promise<void>((resolve) => socket.send(PACKET, port, HOST, () => resolve()));
  process.once('SIGTERM', () => {
    process.kill(pid, 'SIGCONT');
    process.exit();
  });
  for (;;) {
    const enough = drops(port) + DROPS;
    process.kill(pid, 'SIGSTOP');
    while (drops(port) < enough) await Promise.all(Array.from({ length: AT_ONCE }, send));
    process.kill(pid, 'SIGCONT');
    process.stdout.write(`${drops(port)} dropped\n`);
    await pause(PAUSE_MS);
  }
}

await flood(callfate(), Number(process.argv[2]));
