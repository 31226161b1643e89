/** How the slab is laid out, and whether this thread shares it with another one. `slab.ts` holds the bytes. */
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { createMemory, type VisibleMemory } from './web-assembly.ts';

/** The largest message kept, bytes: a UDP datagram, or a WebSocket/TCP message. Longer ones are counted `too_long`. */
export const SLAB_MESSAGE_MAX = 65_536;
/** Room behind the message that scanners may read past its end; refilled with LF so that a line scan always stops. */
export const SLAB_PADDING = 64;
/** Room for a message, up to seven bytes from the beginning, and for what has to be inflated out of it, behind it, bytes. */
export const SLAB_PLACE = 2 * (SLAB_MESSAGE_MAX + SLAB_PADDING) + SLAB_PADDING;
/** Room behind that for text that did not come in a message: source and id of an event, 256 characters each, in UTF-8. */
export const SLAB_TEXT_MAX = 2048;
/** Behind that, tables and result of the scanner in src/simd/. */
export const SLAB_SCAN = SLAB_PLACE + SLAB_TEXT_MAX + SLAB_PADDING;
export const SLAB_SCAN_MAX = 8192;
/** Bytes of a slab that is not shared. In one that is, the memory in which messages cross begins here. */
export const SLAB_BYTES = SLAB_SCAN + SLAB_SCAN_MAX;

const KEY = 'callfate:slab';

/**
 * Makes one slab of this thread and of those that it starts, with `room` more bytes behind it. It has to be called before
 * `slab.ts` is loaded, or it does nothing here. Whoever shares it agrees who writes where.
 */
export function shareSlab(room: number): void {
  const bytes = SLAB_BYTES + room;
  setEnvironmentData(KEY, createMemory(bytes, true) ?? { buffer: new SharedArrayBuffer(bytes) });
}

/** The memory that was shared; null: none, and every thread has a slab of its own. */
export function sharedSlab(): VisibleMemory | null {
  const memory = getEnvironmentData(KEY);
  return typeof memory === 'object' ? (memory as unknown as VisibleMemory) : null;
}

export function ownSlab(): VisibleMemory {
  return createMemory(SLAB_BYTES, false) ?? { buffer: new ArrayBuffer(SLAB_BYTES) };
}
