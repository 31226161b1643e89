import { SLAB_BYTES, sharedSlab, shareSlab } from './lib/slab-memory.ts';

/** Batches of which one thread fills some while the other reads some, and bytes of each. */
export const BATCHES = 4;
export const BATCH_BYTES = 524_288;
/** One word is used, and it has a cache line of its own. */
const CONTROL_BYTES = 64;

/** Where in the slab the control word and the first batch are, in words. */
export const CONTROL = (SLAB_BYTES + CONTROL_BYTES - (SLAB_BYTES % CONTROL_BYTES)) / 4;
export const FIRST_BATCH = CONTROL + CONTROL_BYTES / 4;
const END = 4 * FIRST_BATCH + BATCHES * BATCH_BYTES;

/**
 * Batches of messages on their way from the thread that scans them to the one that follows them, which both see in their
 * slabs: one writes a message where the other one reads it. It has to be called before `lib/slab.ts` is loaded.
 */
export function shareBatches(): void {
  shareSlab(END - SLAB_BYTES);
}

/** Empties the batches for another pair of threads that uses them. */
export function clearBatches(): void {
  const memory = sharedSlab();
  if (memory !== null) new Int32Array(memory.buffer)[CONTROL] = 0;
}
