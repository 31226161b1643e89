import { Worker } from 'node:worker_threads';
import { clearBatches } from './batch-memory.ts';
import type { CaptureReading } from './capture-reading.ts';
import type { CaptureProgress } from './captures.ts';
import type { InputHealth } from './input-health.ts';
import type { Pipeline } from './pipeline.ts';
import type { BatchReader } from './scan-batch.ts';

/** What the thread is told. */
export interface CaptureTask {
  readonly names: readonly string[];
}

/** What the thread tells. */
export type FromCaptureThread =
  /** The next batch has so many words. */
  | { readonly type: 'batch'; readonly words: number; readonly progress: CaptureProgress }
  | {
      readonly type: 'done';
      readonly reading: CaptureReading;
      readonly health: Pick<InputHealth, 'frames' | 'discards'>;
    };

/** Where its messages go. */
export interface CaptureFollower {
  readonly batches: BatchReader;
  readonly pipeline: Pipeline;
  /** Called between batches; when it resolves to false, nothing more is read. */
  readonly turn: (progress: CaptureProgress) => Promise<boolean>;
}

/** Captures that are read, decoded and scanned in a thread of their own, while this one follows the calls. */
export class CaptureThread {
  readonly #worker: Worker;
  /** Told and not looked at: a message a batch, and the last one. */
  readonly #told: FromCaptureThread[] = [];
  #failure: Error | null = null;
  #wake: () => void = () => undefined;

  /**
   * Begins to read at once, into the batches that the threads share: one such thread at a time. A process that ends before
   * it follows the calls does not wait for it.
   */
  constructor(names: readonly string[]) {
    const workerData: CaptureTask = { names };
    clearBatches();
    this.#worker = new Worker(new URL('./capture-worker.js', import.meta.url), { workerData });
    this.#worker.on('message', (message: FromCaptureThread) => {
      this.#told.push(message);
      this.#wake();
    });
    this.#worker.on('error', (error) => this.#fail(error));
    this.#worker.on('exit', (code) =>
      this.#fail(new Error(`the thread that reads captures ended with ${code}`)),
    );
    this.#worker.unref();
  }

  /** Hands every message on, in order. Null: `turn` wanted no more. Rejects when the thread fails. */
  async follow(follower: CaptureFollower): Promise<CaptureReading | null> {
    this.#worker.ref();
    try {
      return await this.#follow(follower);
    } finally {
      // It may wait for room in the batches, which nobody makes any more.
      await this.#worker.terminate();
    }
  }

  async #follow({ batches, pipeline, turn }: CaptureFollower): Promise<CaptureReading | null> {
    for (;;) {
      const message = await this.#next();
      if (message.type === 'done') {
        pipeline.health.addUnscanned(message.health);
        return message.reading;
      }
      batches.play(message.words, pipeline);
      if (!(await turn(message.progress))) return null;
    }
  }

  async #next(): Promise<FromCaptureThread> {
    for (;;) {
      const message = this.#told.shift();
      if (message !== undefined) return message;
      if (this.#failure !== null) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#wake();
  }
}
