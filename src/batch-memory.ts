/** Batches of which one thread fills some while the other reads some, and bytes of each: the longest message fits twice. */
export const BATCHES = 4;
export const BATCH_BYTES = 524_288;
/** One word is used, and it has a cache line of its own. */
export const CONTROL_BYTES = 64;

/** Shared memory for messages on their way from the thread that scans them to the one that follows them. */
export function createBatches(): SharedArrayBuffer {
  return new SharedArrayBuffer(CONTROL_BYTES + BATCHES * BATCH_BYTES);
}
