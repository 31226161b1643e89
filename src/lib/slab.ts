/**
 * The one static buffer of a thread, and the only module-level state.
 *
 * A message is copied here once and then read by offset: element access on a module-level constant is measured about
 * twice as fast in V8 as on each packet's own Buffer. Not re-entrant: one message at a time.
 */

/** Four line feeds. */
const LFS = 0x0a0a0a0a;

/** The largest message kept, bytes: a UDP datagram, or a WebSocket/TCP message. Longer ones are counted `too_long`. */
export const SLAB_MESSAGE_MAX = 65_536;
/** Room behind the message that scanners may read past its end; refilled with LF so that a line scan always stops. */
export const SLAB_PADDING = 64;
/** Second region, for a payload that had to be inflated out of the first. */
export const SLAB_SECOND = SLAB_MESSAGE_MAX + SLAB_PADDING;
/** Third region, for text that did not come in a message: it may come while a message is being read. */
export const SLAB_THIRD = 2 * (SLAB_MESSAGE_MAX + SLAB_PADDING);
/** Room there, bytes: source and id of an event, 256 characters each, in UTF-8. */
const SLAB_TEXT_MAX = 2048;

export const SLAB: Buffer<ArrayBuffer> = Buffer.alloc(
  SLAB_THIRD + SLAB_TEXT_MAX + SLAB_PADDING,
  0x0a,
);
/**
 * A module that reads bytes keeps it in a constant of its own: V8 builds the address of a module's own constant into the
 * machine code, and loads an import anew at every byte (measured: the scan is 1.3 to 1.4 times as fast).
 */
export const SLAB_VIEW = new DataView(SLAB.buffer, SLAB.byteOffset, SLAB.byteLength);

/** The same by words, in the byte order of the machine. */
export const SLAB_WORDS = new Int32Array(SLAB.buffer, SLAB.byteOffset, SLAB.byteLength >> 2);

/**
 * Copies `bytes` to `at` (0 or `SLAB_SECOND`) and pads with LF. Returns the end offset, or -1 when it does not fit.
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

/** Writes text, cut to 2048 bytes, to the third region. Returns its end offset. */
export function writeSlabText(text: string, encoding: 'latin1' | 'utf8'): number {
  return SLAB_THIRD + SLAB.write(text, SLAB_THIRD, SLAB_TEXT_MAX, encoding);
}
