import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import koffi from 'koffi';
import { findDescriptor } from '../../src/sources/udp-table.ts';

/** Packets of one system call. */
const RUN = 32;
/** sendmmsg(2): `struct mmsghdr` and `struct iovec` with pointers of 64 bits, bytes. */
const HEADER = { size: 64, iov: 16, iovCount: 24 } as const;
const VECTOR = { size: 16, base: 0, length: 8 } as const;

/** Sends datagrams to a port of loopback. */
export interface UdpSender {
  /** Sends some of `packets` from number `from` on, at most `count`, and returns how many. */
  send(packets: readonly Uint8Array[], from: number, count: number): number;
  close(): Promise<void>;
}

/** In batches where that is possible, since with `dgram` alone the generator is what limits the rate. */
export async function createUdpSender(port: number): Promise<UdpSender> {
  const socket = createSocket('udp4');
  // Bound to an address, so that it can be found; then told where to.
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const descriptor = process.platform === 'linux' ? findDescriptor(socket.address()) : null;
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const close = async (): Promise<void> => {
    socket.close();
    await once(socket, 'close');
  };
  return { send: descriptor === null ? oneByOne(socket) : inBatches(descriptor), close };
}

function oneByOne(socket: Socket): UdpSender['send'] {
  return (packets, from, count) => {
    const run = packets.slice(from, from + Math.min(RUN, count));
    for (const packet of run) socket.send(packet);
    return run.length;
  };
}

function inBatches(descriptor: number): UdpSender['send'] {
  const sendmmsg = koffi.load(null).func('int sendmmsg(int, void *, unsigned int, int)');
  const headers = Buffer.alloc(RUN * HEADER.size);
  const vectors = Buffer.alloc(RUN * VECTOR.size);
  for (let i = 0; i < RUN; i++) {
    const vector = koffi.address(vectors) + BigInt(i * VECTOR.size);
    headers.writeBigUInt64LE(vector, i * HEADER.size + HEADER.iov);
    headers.writeBigUInt64LE(1n, i * HEADER.size + HEADER.iovCount);
  }
  return (packets, from, count) => {
    const run = Math.min(RUN, count, packets.length - from);
    for (let i = 0; i < run; i++) {
      const packet = packets[from + i] as Uint8Array;
      const at = i * VECTOR.size;
      vectors.writeBigUInt64LE(koffi.address(packet), at + VECTOR.base);
      vectors.writeBigUInt64LE(BigInt(packet.length), at + VECTOR.length);
    }
    return Math.max(0, sendmmsg(descriptor, headers, run, 0));
  };
}
