import type { Writable } from 'node:stream';

/**
 * Text on its way to standard output. What was written waits here until `flush`, so that a slow reader slows down
 * reading and memory stays bounded. A reader that is gone is no failure: `isGone` says so, and the rest is dropped.
 */
export class Output {
  /** Nobody reads any more. */
  isGone = false;
  #failure: Error | null = null;
  #parts: string[] = [];
  readonly #stream: Writable;
  readonly #onError = (error: Error): void => {
    this.isGone = true;
    if (!('code' in error && error.code === 'EPIPE')) this.#failure = error;
  };

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('error', this.#onError);
  }

  write(text: string): void {
    if (!this.isGone) this.#parts.push(text);
  }

  /** Resolves when all is taken, or nobody takes it; rejects when it cannot be written, as on a full disk. */
  async flush(): Promise<void> {
    const text = this.#parts.join('');
    this.#parts = [];
    if (text !== '' && !this.isGone) {
      // The error goes to the listener, too.
      await new Promise<void>((resolve) => this.#stream.write(text, () => resolve()));
      // An EPIPE may be told a turn later than the write that brought it about.
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    if (this.#failure !== null) throw this.#failure;
  }
}
