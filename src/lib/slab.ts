/**
 * The one static buffer of a thread, and the only module-level state.
 *
 * A message is copied here once and then read by offset: element access on a module-level constant is measured about
 * twice as fast in V8 as on each packet's own Buffer. Not re-entrant: one message at a time.
 */

import {
  ownSlab,
  SLAB_MESSAGE_MAX,
  SLAB_PADDING,
  SLAB_PLACE,
  SLAB_SCAN,
  SLAB_TEXT_MAX,
  sharedSlab,
} from './slab-memory.ts';
import type { VisibleMemory } from './web-assembly.ts';

export { SLAB_MESSAGE_MAX, SLAB_PADDING } from './slab-memory.ts';

/** Second region, for text that did not come in a message: it may come while a message is being read. */
export const SLAB_TEXT = SLAB_PLACE;

/** Four line feeds. */
const LFS = 0x0a0a0a0a;

/** What a scanner that is machine code works in. */
export const SLAB_MEMORY: VisibleMemory = sharedSlab() ?? ownSlab();

export const SLAB: Buffer<ArrayBufferLike> = Buffer.from(SLAB_MEMORY.buffer);
SLAB.fill(0x0a, 0, SLAB_SCAN);
/**
 * A module that reads bytes keeps it in a constant of its own: V8 builds the address of a module's own constant into the
 * machine code, and loads an import anew at every byte (measured: the scan is 1.3 to 1.4 times as fast).
 */
export const SLAB_VIEW = new DataView(SLAB.buffer, SLAB.byteOffset, SLAB.byteLength);

/** The same by words, in the byte order of the machine. */
export const SLAB_WORDS = new Int32Array(SLAB.buffer, SLAB.byteOffset, SLAB.byteLength >> 2);

/**
 * Copies `bytes` to `at`, where there is room for the longest message, and pads with LF. Returns the end offset, or -1 when
 * it is longer.
 */
export function loadSlab(bytes: Uint8Array, at = 0): number {
  const length = bytes.length;
  if (length > SLAB_MESSAGE_MAX) return -1;
  SLAB.set(bytes, at);
  const end = at + length;
  // Buffer's `fill` takes longer than the sixteen stores.
  for (let p = end; p < end + SLAB_PADDING; p += 4) SLAB_VIEW.setInt32(p, LFS);
  return end;
}

/** Writes text, cut to 2048 bytes, to the second region. Returns its end offset. */
export function writeSlabText(text: string, encoding: 'latin1' | 'utf8'): number {
  return SLAB_TEXT + SLAB.write(text, SLAB_TEXT, SLAB_TEXT_MAX, encoding);
}
