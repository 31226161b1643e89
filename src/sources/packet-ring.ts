import type { Result } from '../lib/result.ts';
import { whyNotNative } from './native.ts';
import { loadPacketCalls } from './packet-calls.ts';
import { cookedFilter, EVERYTHING, type Instruction, parseFilter } from './packet-filter.ts';
import { PacketSocket } from './packet-socket.ts';
import { RingHandle } from './ring-handle.ts';
import { compileFilter, type FilterSource } from './tcpdump.ts';

export interface PacketRingOptions extends Omit<FilterSource, 'linkType'> {
  /** Room for packets, KiB. */
  readonly bufferKib: number;
  /** See `createRingHandle`. */
  readonly handle: SharedArrayBuffer;
}

/** The link type that tcpdump makes the filter for. */
const LINK_TYPES = { ethernet: 'EN10MB', cooked: 'LINUX_SLL' } as const;

/**
 * Opens a ring for the packets of an interface, or of all. Resolves when they come in; rejects with one clear line, and
 * nothing left behind, when they cannot.
 */
export async function openPacketRing(options: PacketRingOptions): Promise<PacketSocket> {
  const why = whyNotNative('packet sockets');
  if (why !== null) throw new Error(why);
  const calls = await loadPacketCalls();
  const handle = new RingHandle(options.handle, calls);
  // What a thread that died has left.
  handle.release();
  try {
    const socket = new PacketSocket(calls, handle, options.interface);
    socket.filter(await programOf(options, socket.link));
    socket.map(options.bufferKib);
    socket.bind();
    return socket;
  } catch (error) {
    handle.release();
    throw error;
  }
}

async function programOf(
  options: PacketRingOptions,
  link: PacketSocket['link'],
): Promise<readonly Instruction[]> {
  if (options.filter === '') return EVERYTHING;
  const text = await compileFilter({ ...options, linkType: LINK_TYPES[link] });
  const program = parseFilter(text);
  return orThrow(program.ok && link === 'cooked' ? cookedFilter(program.value) : program);
}

function orThrow<T>(result: Result<T, string>): T {
  if (!result.ok) throw new Error(result.error);
  return result.value;
}
