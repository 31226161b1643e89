import type { RingReader } from './ring.ts';
import type { FrameSink } from './source.ts';

/** Frames taken from the ring before others get their turn. */
export const RING_BATCH = 512;

/** Takes frames out of a ring as long as there are any, in batches, so that timers and scrapes get their turn between them. */
export class RingDrain {
  readonly #ring: RingReader;
  readonly #sink: FrameSink;
  /** Null: the ring is empty, and its writer will wake. */
  #next: NodeJS.Immediate | null = null;

  constructor(ring: RingReader, sink: FrameSink) {
    this.#ring = ring;
    this.#sink = sink;
  }

  /**
   * The writer woke. It does so also while the ring is drained: it saw the moment in which the reader was about to sleep.
   * That must not make two turns of one, since each such moment would add another.
   */
  wake(): void {
    if (this.#next === null) this.#turn();
  }

  /** Takes all that is there, at once. */
  finish(): void {
    while (this.#ring.drain(this.#sink, RING_BATCH) > 0);
  }

  #turn(): void {
    const taken = this.#ring.drain(this.#sink, RING_BATCH);
    const isEmpty = taken < RING_BATCH && this.#ring.sleep();
    this.#next = isEmpty ? null : setImmediate(() => this.#turn());
  }
}
