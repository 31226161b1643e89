import type { EngineOptions } from './engine.ts';
import {
  EngineClient,
  type EngineClientEvents,
  type EngineThread,
  startEngineThread,
} from './engine-client.ts';
import type { EngineData, HepState } from './messages.ts';
import { layoutFor } from './metric-layout.ts';
import { CarriedCounters } from './outputs/carried.ts';
import type { Snapshot } from './outputs/recorder.ts';

export interface EngineHostEvents extends Omit<EngineClientEvents, 'died'> {
  /** The thread died. `again`: it will be started again. */
  died(error: Error, again: boolean): void;
  /** It runs again. */
  restarted(): void;
}

/** From the death of the thread to the next try, ms; doubled up to the longest, and from the start after a calm hour. */
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;
const CALM_MS = 3_600_000;

/**
 * The engine's thread, kept alive. Where calls pass through this process its death must not end them: the thread is
 * started again, and what passes meanwhile waits in the ring or is counted as lost there.
 */
export class EngineHost {
  #data: EngineData;
  #options: EngineOptions;
  readonly #events: EngineHostEvents;
  readonly #again: boolean;
  readonly #carried: CarriedCounters;
  #client: EngineClient;
  #timer: NodeJS.Timeout | null = null;
  #wait = FIRST_WAIT_MS;
  #startedAt = 0;
  #stopped = false;

  /** `again`: start the thread again when it dies. `thread`: one that was started already. */
  constructor(
    data: EngineData,
    again: boolean,
    events: EngineHostEvents,
    thread: EngineThread = startEngineThread(),
  ) {
    this.#data = data;
    this.#options = data.options;
    this.#events = events;
    this.#again = again;
    this.#carried = new CarriedCounters(layoutFor(data.options));
    this.#client = this.#create(thread);
  }

  /** Resolves when the thread listens; rejects with one clear line when it cannot. */
  ready(): Promise<HepState | null> {
    return this.#client.ready();
  }

  ring(): void {
    this.#client.ring();
  }

  reload(options: EngineOptions): void {
    this.#options = options;
    this.#carried.relayout(layoutFor(options));
    this.#client.reload(options);
  }

  /** See `EngineClient.scrape`; with what threads that died had counted. */
  async scrape(): Promise<Snapshot> {
    return this.#carried.add(await this.#client.scrape());
  }

  /** See `EngineClient.context`. */
  context(...args: Parameters<EngineClient['context']>): ReturnType<EngineClient['context']> {
    return this.#client.context(...args);
  }

  /** See `EngineClient.stop`. */
  async stop(graceMs: number): Promise<void> {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#client.stop(graceMs);
  }

  #create(thread: EngineThread): EngineClient {
    this.#startedAt = performance.now();
    const { verdicts, info, warning, captureEnded } = this.#events;
    return new EngineClient(
      { ...this.#data, options: this.#options },
      { verdicts, info, warning, captureEnded, died: (error) => this.#died(error) },
      thread,
    );
  }

  #died(error: Error): void {
    // A thread that dies while it is started says so twice.
    if (this.#stopped || this.#timer !== null) return;
    this.#events.died(error, this.#again);
    if (!this.#again) return;
    this.#carried.carry();
    if (performance.now() - this.#startedAt > CALM_MS) this.#wait = FIRST_WAIT_MS;
    this.#timer = setTimeout(() => this.#restart(), this.#wait);
    this.#wait = Math.min(2 * this.#wait, LONGEST_WAIT_MS);
  }

  #restart(): void {
    this.#timer = null;
    const data = dataForRestart(this.#data);
    if (data.capture !== this.#data.capture)
      this.#events.warning('the capture on standard input is not read on');
    this.#data = data;
    this.#client = this.#create(startEngineThread());
    this.#client.ready().then(
      () => this.#events.restarted(),
      // A thread that cannot listen has said so and lives: it is no use, and `died` did not tell.
      (error: Error) => this.#failed(error),
    );
  }

  #failed(error: Error): void {
    void this.#client.stop(0);
    this.#died(error);
  }
}

/** A capture on standard input cannot be taken up again: the dead thread left it in the middle of a packet. */
export function dataForRestart(data: EngineData): EngineData {
  const capture = data.capture?.kind === 'standard_input' ? null : data.capture;
  return { ...data, capture, again: true };
}
