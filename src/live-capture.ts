import type { Readable } from 'node:stream';
import { CaptureInput, type CaptureSink } from './capture-input.ts';
import { CaptureReader } from './decode/capture-reader.ts';
import type { CaptureStop } from './decode/capture-record.ts';
import type { Clock } from './lib/clock.ts';
import { liveStandardInput } from './sources/standard-input.ts';
import { startTcpdump, type Tcpdump } from './sources/tcpdump.ts';

/** Where a live capture comes from; plain data, so that it can cross to a thread. */
export type CaptureOrigin =
  | { readonly kind: 'standard_input' }
  | {
      readonly kind: 'interface';
      readonly program: string;
      readonly interface: string;
      readonly filter: string;
      readonly bufferKib: number;
    };

export interface LiveCaptureEvents {
  /** Something the operator should know; capturing goes on, or begins again. */
  warning(text: string): void;
  /** Standard input has ended, or cannot be read on; null: as it should. */
  ended(problem: string | null): void;
}

/** How long until a tcpdump that ended is started again, ms. */
const RESTART_MS = 5000;
/** How often tcpdump is asked what was dropped, ms. */
const ASK_MS = 5000;

/** A capture that is read while it is made. Its packets arrive when they are read; their own time measures durations. */
export class LiveCapture {
  /** Packets come, or may come. */
  isRunning = false;
  readonly #origin: CaptureOrigin;
  readonly #events: LiveCaptureEvents;
  readonly #clock: Clock;
  readonly #input: CaptureInput;
  #reader = new CaptureReader();
  #tcpdump: Tcpdump | null = null;
  #stdin: Readable | null = null;
  /** Dropped by those that ran before. */
  #droppedBefore = 0;
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;

  constructor(origin: CaptureOrigin, sink: CaptureSink, clock: Clock, events: LiveCaptureEvents) {
    this.#origin = origin;
    this.#events = events;
    this.#clock = clock;
    this.#input = new CaptureInput(sink);
  }

  /** Resolves when packets may come. Rejects with one clear line when they never will. */
  async start(): Promise<void> {
    if (this.#origin.kind === 'interface') await this.#capture();
    else this.#listen(liveStandardInput());
  }

  /** As `start`, but waits for nothing: what fails is told, and tried again like a capture that broke. */
  startAgain(): void {
    this.start().catch((error: unknown) => this.#again(textOf(error)));
  }

  /** Packets dropped before they came here, since the start; null: nobody said. */
  dropped(): number | null {
    const now = this.#tcpdump === null ? this.#reader.dropped : this.#tcpdump.dropped();
    return now === null && this.#droppedBefore === 0 ? null : this.#droppedBefore + (now ?? 0);
  }

  /** Moves time on while no packets come. */
  advance(now: number): void {
    this.#input.advance(now);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.isRunning = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#stdin?.destroy();
    await this.#tcpdump?.stop();
    this.#input.finish();
  }

  async #capture(): Promise<void> {
    if (this.#origin.kind !== 'interface') return;
    this.#reader = new CaptureReader();
    this.#tcpdump = await startTcpdump({
      ...this.#origin,
      onData: (bytes) => this.#feed(bytes),
      onEnd: (text) => this.#again(text),
    });
    if (this.#stopped) {
      await this.#tcpdump.stop();
      return;
    }
    this.isRunning = true;
    this.#ask();
    // Its bytes may come before its word that it captures.
    if (this.#reader.stop !== null) void this.#broken(this.#reader.stop);
  }

  /** Asks from time to time, so that what was dropped shows without a scrape having to wait. */
  #ask(): void {
    this.#tcpdump?.ask();
    this.#timer = setTimeout(() => this.#ask(), ASK_MS);
  }

  /** An interface that went away may come back. */
  #again(text: string): void {
    this.#droppedBefore = this.dropped() ?? 0;
    this.#tcpdump = null;
    this.#reader = new CaptureReader();
    this.isRunning = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#stopped) return;
    this.#events.warning(`capture: ${text}; it begins again in ${RESTART_MS / 1000} s`);
    this.#timer = setTimeout(() => {
      this.#capture().catch((error: unknown) => this.#again(textOf(error)));
    }, RESTART_MS);
  }

  #listen(stdin: Readable): void {
    this.#stdin = stdin;
    this.isRunning = true;
    stdin.on('data', (bytes: Buffer) => this.#feed(bytes));
    stdin.once('end', () => {
      this.#reader.finish();
      this.#end(this.#reader.stop);
    });
    stdin.once('error', (error) => this.#end(null, error.message));
  }

  #feed(bytes: Buffer): void {
    const reader = this.#reader;
    const now = this.#clock();
    for (let at = 0; at < bytes.length && reader.stop === null; ) {
      at += reader.push(bytes.subarray(at));
      while (reader.next()) this.#input.packet(reader.record, now);
    }
    if (reader.stop === null) return;
    if (this.#stdin === null) void this.#broken(reader.stop);
    else this.#end(reader.stop);
  }

  /** tcpdump gave something that is no capture: it is started anew. */
  async #broken({ what }: CaptureStop): Promise<void> {
    const tcpdump = this.#tcpdump;
    if (tcpdump === null) return;
    this.#again(`tcpdump gave ${what}`);
    await tcpdump.stop();
  }

  #end(stop: CaptureStop | null, error: string | null = null): void {
    if (!this.isRunning) return;
    this.isRunning = false;
    this.#stdin?.destroy();
    const problem = stop === null ? error : `${stop.kind} at byte ${stop.offset}: ${stop.what}`;
    this.#events.ended(problem);
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
