/** Bytes of a chunk from which on it is worth the trouble. */
const LARGE = 4096;

/**
 * Frees the memory of chunks that a socket read, at once. Node allocates 64 KiB for every read outside of the heap, and
 * V8 marks the whole heap when much of it waits to be collected: several times a second at full load (measured: a sixth of
 * the CPU time of HEP over TCP).
 */
export class ChunkBin {
  readonly #port: InstanceType<typeof MessageChannel>['port1'];

  constructor() {
    const { port1, port2 } = new MessageChannel();
    // What is sent to a port that is closed goes away, and with it the memory that went along.
    port2.close();
    this.#port = port1;
  }

  /** Nobody may look at the chunk any more: it has no bytes from now on. */
  free({ buffer, byteLength }: Uint8Array): void {
    // A part of a pool is not the chunk's alone.
    if (byteLength < LARGE || byteLength !== buffer.byteLength) return;
    if (buffer instanceof ArrayBuffer) this.#port.postMessage(null, [buffer]);
  }
}
