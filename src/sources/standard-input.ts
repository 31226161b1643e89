import { createReadStream, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { isatty } from 'node:tty';

const STDIN = 0;

/**
 * Standard input as a live stream, in whatever thread. Throws with one clear line when it is none: a terminal has no
 * capture to give, and the times of a file are over.
 */
export function liveStandardInput(): Readable {
  if (isatty(STDIN)) {
    throw new Error('standard input is a terminal; write tcpdump -w - | callfate run --pcap -');
  }
  const stat = fstatSync(STDIN);
  if (!stat.isFIFO() && !stat.isSocket()) {
    throw new Error('standard input is no pipe; callfate analyze reads captures from files');
  }
  // Not a file stream: its read would block a thread that the process then waits for when it ends.
  return new Socket({ fd: STDIN, readable: true, writable: false });
}

/** Standard input to its end, whatever it is, in whatever thread. */
export function standardInput(): Readable {
  const stat = fstatSync(STDIN);
  if (stat.isFIFO() || stat.isSocket()) {
    return new Socket({ fd: STDIN, readable: true, writable: false });
  }
  return createReadStream('', { fd: STDIN, autoClose: false });
}
