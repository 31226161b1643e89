import type { FrameSink } from './source.ts';

/** How often a sink that is crowded is looked at, ms. */
const LOOK_MS = 4;
/** How long streams are held up for it at most, ms: whoever sends must not wait for an engine that does not go on. */
export const HOLD_MAX_MS = 1000;

/** What can be held up: a socket. */
interface Holdable {
  pause(): unknown;
  resume(): unknown;
}

/**
 * Holds streams up while their sink is crowded, so that what the kernel can keep is not lost. After a second they go on
 * in any case, and what does not fit the sink is lost and counted there; they are not held up again before it had room.
 */
export class Brake {
  readonly #sink: FrameSink;
  readonly #held = new Set<Holdable>();
  #timer: NodeJS.Timeout | null = null;
  #looks = 0;
  #gaveUp = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Call it when the stream has given something to the sink. */
  check(stream: Holdable): void {
    if (this.#sink.crowded?.() !== true) {
      this.#gaveUp = false;
      return;
    }
    if (this.#gaveUp) return;
    this.#held.add(stream);
    stream.pause();
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS);
  }

  /** The stream is gone. */
  forget(stream: Holdable): void {
    this.#held.delete(stream);
    if (this.#held.size === 0) this.#stop();
  }

  #look(): void {
    this.#looks++;
    if (this.#sink.crowded?.() === true) {
      if (this.#looks < HOLD_MAX_MS / LOOK_MS) return;
      this.#gaveUp = true;
    }
    this.#stop();
    const held = [...this.#held];
    this.#held.clear();
    for (const stream of held) stream.resume();
  }

  #stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    this.#looks = 0;
  }
}
