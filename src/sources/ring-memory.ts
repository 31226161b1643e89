/** Control words, Int32: far apart, so that the two threads do not share a cache line. */
export const HEAD = 0;
export const TAIL = 16;
/** 1 while the reader waits for a wake-up. */
export const ASLEEP = 32;
export const CONTROL_LENGTH = 256;

/** The records of a ring, as either thread sees them. */
export class RingMemory {
  readonly control: Int32Array;
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly capacity: number;

  constructor(buffer: SharedArrayBuffer) {
    this.control = new Int32Array(buffer, 0, CONTROL_LENGTH / 4);
    this.bytes = new Uint8Array(buffer, CONTROL_LENGTH);
    this.view = new DataView(buffer, CONTROL_LENGTH);
    this.capacity = this.bytes.length;
  }

  /** Bytes, what was left unused at the end included. */
  used(): number {
    const used = Atomics.load(this.control, TAIL) - Atomics.load(this.control, HEAD);
    return used < 0 ? used + this.capacity : used;
  }
}
