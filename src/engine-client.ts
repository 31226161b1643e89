import { Worker } from 'node:worker_threads';
import type { ContextAnswer, ContextEvent } from './context/results.ts';
import type { EngineOptions } from './engine.ts';
import type { VerdictBatch } from './handover.ts';
import type { EngineData, FromEngine, HepState, ToEngine } from './messages.ts';
import type { Snapshot } from './outputs/recorder.ts';

export interface EngineClientEvents {
  verdicts(batch: VerdictBatch): void;
  info(text: string): void;
  warning(text: string): void;
  /** The capture on standard input is over; null: as it should. */
  captureEnded(problem: string | null): void;
  /** The thread died by itself: nothing is observed any more. */
  died(error: Error): void;
}

/** A thread that has loaded the engine, or is about to, and waits to be told what to do. */
export type EngineThread = Worker;

/** Starts loading the engine. A process that ends before it says what to do does not wait for it. */
export function startEngineThread(): EngineThread {
  const thread = new Worker(new URL('./engine-worker.js', import.meta.url));
  thread.unref();
  return thread;
}

/** The edge's end of the engine's thread. */
export class EngineClient {
  readonly #worker: EngineThread;
  readonly #events: EngineClientEvents;
  #scrape: Promise<Snapshot> | null = null;
  #onSnapshot: (snapshot: Snapshot) => void = () => undefined;
  readonly #contexts = new Map<number, (answers: readonly ContextAnswer[]) => void>();
  /** Events on their way to the thread. */
  #eventsUnderWay = 0;
  #nextId = 1;
  #onReady: (hep: HepState | null) => void = () => undefined;
  #onFailed: (error: Error) => void = () => undefined;
  #onStopped: () => void = () => undefined;
  #stopping = false;
  #dead = false;

  /** `thread`: one that nobody told what to do. */
  constructor(data: EngineData, events: EngineClientEvents, thread: EngineThread) {
    this.#events = events;
    this.#worker = thread;
    thread.ref();
    this.#send({ type: 'start', data });
    this.#worker.on('message', (message: FromEngine) => this.#receive(message));
    this.#worker.on('error', (error) => this.#died(error));
    this.#worker.on('exit', (code) => {
      if (!this.#stopping) this.#died(new Error(`the engine thread exited with ${code}`));
    });
  }

  /** Resolves when the thread listens; rejects with one clear line when it cannot. */
  ready(): Promise<HepState | null> {
    return new Promise((resolve, reject) => {
      this.#onReady = resolve;
      this.#onFailed = reject;
    });
  }

  ring(): void {
    this.#send({ type: 'bell' });
  }

  reload(options: EngineOptions): void {
    this.#send({ type: 'reload', options });
  }

  /**
   * Counters as of one moment between two frames. Pends for ever when the thread is stuck: callers have a deadline. One
   * that waits is answered together with the next, so a stuck thread costs one entry and not one a scrape.
   */
  scrape(): Promise<Snapshot> {
    this.#scrape ??= new Promise((resolve) => {
      this.#onSnapshot = resolve;
      this.#send({ type: 'scrape' });
    });
    return this.#scrape;
  }

  /**
   * Hands facts over; resolves with what became of each, or null when the thread is dead. Null when more than `queue`
   * events would be on their way. Pends for ever when the thread is stuck: callers have a deadline.
   */
  context(
    events: readonly ContextEvent[],
    queue: number,
  ): Promise<readonly ContextAnswer[] | null> | null {
    if (this.#dead) return Promise.resolve(null);
    if (this.#eventsUnderWay + events.length > queue) return null;
    this.#eventsUnderWay += events.length;
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#contexts.set(id, resolve);
      this.#send({ type: 'context', id, events });
    });
  }

  /** Ends all calls, waits for their verdicts, at most `graceMs`, and ends the thread. */
  async stop(graceMs: number): Promise<void> {
    if (this.#dead) return;
    this.#stopping = true;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#onStopped = () => {
        clearTimeout(timer);
        resolve();
      };
      this.#send({ type: 'stop' });
    });
    await this.#worker.terminate();
  }

  #receive(message: FromEngine): void {
    switch (message.type) {
      case 'ready':
        this.#onReady(message.hep);
        return;
      case 'failed':
        this.#onFailed(new Error(message.error));
        return;
      case 'info':
      case 'warning':
        this.#events[message.type](message.text);
        return;
      case 'capture_ended':
        this.#events.captureEnded(message.problem);
        return;
      case 'snapshot':
        this.#scrape = null;
        this.#onSnapshot(message.snapshot);
        return;
      case 'context':
        this.#eventsUnderWay -= message.answers.length;
        this.#contexts.get(message.id)?.(message.answers);
        this.#contexts.delete(message.id);
        return;
      case 'verdicts':
        this.#events.verdicts(message.batch);
        this.#send({ type: 'written', count: message.batch.count });
        return;
      case 'stopped':
        this.#onStopped();
    }
  }

  #died(error: Error): void {
    if (this.#dead) return;
    this.#dead = true;
    this.#stopping = true;
    this.#onFailed(error);
    this.#events.died(error);
  }

  #send(message: ToEngine): void {
    this.#worker.postMessage(message);
  }
}
