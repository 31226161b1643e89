import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
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

/** proc(5), `/proc/net/udp`: `sl local_address rem_address st queues tr:when retrnsmt uid timeout inode ref pointer drops`. */
const LOCAL_COLUMN = 1;
const INODE_COLUMN = 9;
/** The open files of this process. */
const DESCRIPTORS = '/proc/self/fd';

/**
 * Datagrams that the kernel threw away since the socket was bound, mostly because its receive buffer was full.
 * `null` where the system has no such table (not Linux) or does not list the socket.
 */
export function readKernelDrops(socket: BoundSocket): number | null {
  const table = readTable(socket);
  return table === null ? null : parseKernelDrops(table, socket, endianness());
}

/**
 * The file descriptor of a socket of this process; `null` where the system does not say. Node has no other public way to
 * learn it.
 */
export function findDescriptor(socket: BoundSocket): number | null {
  const table = readTable(socket);
  const inode = table === null ? null : parseInode(table, socket, endianness());
  if (inode === null) return null;
  const name = `socket:[${inode}]`;
  const found = readdirSync(DESCRIPTORS).find((descriptor) => linkOf(descriptor) === name);
  return found === undefined ? null : Number(found);
}

/** Finds the socket in the text of `/proc/net/udp` or `udp6` and reads its last column; `null` when it is not there. */
export function parseKernelDrops(
  table: string,
  socket: BoundSocket,
  byteOrder: ByteOrder,
): number | null {
  return numberOf(rowOf(table, socket, byteOrder)?.at(-1));
}

/** The same, of the column that says which inode the socket has. */
export function parseInode(
  table: string,
  socket: BoundSocket,
  byteOrder: ByteOrder,
): number | null {
  return numberOf(rowOf(table, socket, byteOrder)?.[INODE_COLUMN]);
}

function readTable(socket: BoundSocket): string | null {
  try {
    return readFileSync(socket.family === 'IPv6' ? '/proc/net/udp6' : '/proc/net/udp', 'latin1');
  } catch {
    return null;
  }
}

function rowOf(table: string, socket: BoundSocket, byteOrder: ByteOrder): string[] | undefined {
  const local = localAddress(socket, byteOrder);
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find((columns) => columns[LOCAL_COLUMN] === local);
}

function numberOf(column: string | undefined): number | null {
  return column !== undefined && /^\d+$/.test(column) ? Number(column) : null;
}

/** Where the descriptor leads to; null when it was closed meanwhile. */
function linkOf(descriptor: string): string | null {
  try {
    return readlinkSync(`${DESCRIPTORS}/${descriptor}`);
  } catch {
    return null;
  }
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
