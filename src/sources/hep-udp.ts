import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { bindError } from '../lib/bind-error.ts';
import type { Clock } from '../lib/clock.ts';
import { ADDRESSES_LENGTH } from './address.ts';
import { type FrameMeta, type FrameSink, SOURCES } from './source.ts';
import { readKernelDrops } from './udp-table.ts';

export interface HepUdpOptions {
  /** IP address or name to bind; an IPv6 address without brackets. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Receive buffer to ask the kernel for, bytes of payload and the kernel's own bookkeeping. */
  readonly receiveBufferBytes: number;
  readonly sink: FrameSink;
  readonly clock: Clock;
  /** Errors of the socket after it was bound. */
  readonly onError: (error: Error) => void;
}

export interface ReceiveBuffer {
  readonly requested: number;
  /** What the kernel gave, bytes, comparable with `requested`. */
  readonly granted: number;
}

export interface HepUdpSource {
  readonly receiveBuffer: ReceiveBuffer;
  address(): { readonly address: string; readonly family: string; readonly port: number };
  /** Datagrams lost in the kernel since the start; `null` where it does not say. Reads a file: for scrapes. */
  kernelDrops(): number | null;
  close(): Promise<void>;
}

/**
 * Listens for HEP over UDP and hands every datagram to the sink as it is. Rejects when the address cannot be bound,
 * with an error that names it.
 */
export async function createHepUdpSource(options: HepUdpOptions): Promise<HepUdpSource> {
  const socket = createSocket(isIPv6(options.host) ? 'udp6' : 'udp4');
  const meta = hepUdpMeta();
  socket.on('message', (bytes) => {
    meta.arrivedAt = options.clock();
    options.sink.accept(bytes, meta);
  });
  await bind(socket, options.host, options.port);
  socket.on('error', options.onError);
  const receiveBuffer = sizeReceiveBuffer(socket, options.receiveBufferBytes);
  let closed: Promise<unknown> | null = null;
  return {
    receiveBuffer,
    address: () => socket.address(),
    kernelDrops: () => (closed === null ? readKernelDrops(socket.address()) : null),
    close: async () => {
      if (closed === null) {
        closed = once(socket, 'close');
        socket.close();
      }
      await closed;
    },
  };
}

/** What goes with a datagram; `arrivedAt` is filled in for each. */
export function hepUdpMeta(): FrameMeta {
  return {
    source: SOURCES.indexOf('hep_udp'),
    arrivedAt: 0,
    payload: 'hep',
    transport: 17,
    addresses: new Uint8Array(ADDRESSES_LENGTH),
  };
}

/** What to tell the operator when the kernel gave less than was asked for; `null` when it did not. */
export function receiveBufferWarning(buffer: ReceiveBuffer): string | null {
  if (buffer.granted >= buffer.requested) return null;
  return (
    `HEP receive buffer is ${buffer.granted} bytes instead of ${buffer.requested}: ` +
    `bursts may be dropped by the kernel; run "sysctl -w net.core.rmem_max=${buffer.requested}"`
  );
}

async function bind(socket: Socket, host: string, port: number): Promise<void> {
  try {
    const listening = once(socket, 'listening');
    socket.bind({ address: host, port });
    await listening;
  } catch (error) {
    socket.close();
    throw bindError('HEP on udp', host, port, error);
  }
}

function sizeReceiveBuffer(socket: Socket, requested: number): ReceiveBuffer {
  try {
    socket.setRecvBufferSize(requested);
  } catch {
    // Some systems refuse a size above their maximum where Linux cuts it; either way the size is read back.
  }
  const size = socket.getRecvBufferSize();
  // socket(7): Linux doubles the value for its own bookkeeping and reports it doubled.
  return { requested, granted: process.platform === 'linux' ? size / 2 : size };
}
