import { readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { writeAddress } from './address.ts';

/** A bound UDP socket, as `dgram`'s `address()` gives it. */
export interface BoundSocket {
  readonly address: string;
  readonly family: string;
  readonly port: number;
}

/** The address columns of the tables are words in the byte order of the host. */
export type ByteOrder = 'LE' | 'BE';

/**
 * Datagrams that the kernel threw away since the socket was bound, mostly because its receive buffer was full.
 * `null` where the system has no such table (not Linux) or does not list the socket.
 */
export function readKernelDrops(socket: BoundSocket): number | null {
  const path = socket.family === 'IPv6' ? '/proc/net/udp6' : '/proc/net/udp';
  try {
    return parseKernelDrops(readFileSync(path, 'latin1'), socket, endianness());
  } catch {
    return null;
  }
}

/** Finds the socket in the text of `/proc/net/udp` or `udp6` and reads its last column; `null` when it is not there. */
export function parseKernelDrops(
  table: string,
  socket: BoundSocket,
  byteOrder: ByteOrder,
): number | null {
  const local = localAddress(socket, byteOrder);
  for (const line of table.split('\n')) {
    const columns = line.trim().split(/\s+/);
    const drops = columns.at(-1) ?? '';
    if (columns[1] === local && /^\d+$/.test(drops)) return Number(drops);
  }
  return null;
}

/** The socket as the column `local_address` spells it, such as `0100007F:2384` for 127.0.0.1:9092. */
function localAddress(socket: BoundSocket, byteOrder: ByteOrder): string | null {
  const bytes = Buffer.alloc(16);
  if (!writeAddress(socket.address, bytes, 0)) return null;
  const address = socket.family === 'IPv6' ? bytes : bytes.subarray(12);
  if (byteOrder === 'LE') address.swap32();
  const port = socket.port.toString(16).padStart(4, '0');
  return `${address.toString('hex')}:${port}`.toUpperCase();
}
