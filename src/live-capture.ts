import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { CaptureInput, type CaptureSink } from './capture-input.ts';
import { CaptureReader } from './decode/capture-reader.ts';
import type { CaptureStop } from './decode/capture-record.ts';
import type { Clock } from './lib/clock.ts';
import { RingCapture } from './ring-capture.ts';
import { liveStandardInput } from './sources/standard-input.ts';
import { startTcpdump } from './sources/tcpdump.ts';

/** How packets of an interface are captured. */
export type CaptureReceiver = 'ring' | 'tcpdump';

/** Where a live capture comes from; plain data, so that it can cross to a thread. */
export type CaptureOrigin =
  | { readonly kind: 'standard_input' }
  | ({ readonly kind: 'interface' } & InterfaceOrigin);

interface InterfaceOrigin {
  readonly program: string;
  readonly interface: string;
  readonly filter: string;
  readonly bufferKib: number;
  readonly receiver: 'auto' | CaptureReceiver;
  /** See `createRingHandle`. */
  readonly handle: SharedArrayBuffer;
}

/** What captures from an interface: a ring, or a tcpdump. */
interface Capturer {
  /** Packets dropped since its start; null: it did not say yet. */
  dropped(): number | null;
  /** Where it has to be asked: to say how many were dropped. */
  ask?(): void;
  stop(): Promise<void>;
}

export interface LiveCaptureEvents {
  /** Good to know, and nothing is wrong. */
  info(text: string): void;
  /** Something the operator should know; capturing goes on, or begins again. */
  warning(text: string): void;
  /** Standard input has ended, or cannot be read on; null: as it should. */
  ended(problem: string | null): void;
}

/** How long until what ended is started again, ms. */
const RESTART_MS = 5000;
/** How often tcpdump is asked what was dropped, ms. */
const ASK_MS = 5000;

/** A capture that is read while it is made. Its packets arrive when they are read; their own time measures durations. */
export class LiveCapture {
  /** Packets come, or may come. */
  isRunning = false;
  /** How packets are captured, decided when it began first; null: not yet, or they come on standard input. */
  receiver: CaptureReceiver | null = null;
  readonly #origin: CaptureOrigin;
  readonly #events: LiveCaptureEvents;
  readonly #clock: Clock;
  readonly #input: CaptureInput;
  #reader = new CaptureReader();
  #capturer: Capturer | null = null;
  #stdin: Readable | null = null;
  /** Why there is no ring, until it is told. */
  #fallback: string | null = null;
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
    const now = this.#capturer === null ? this.#reader.dropped : this.#capturer.dropped();
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
    await this.#capturer?.stop();
    this.#input.finish();
  }

  async #capture(): Promise<void> {
    const origin = this.#origin;
    if (origin.kind !== 'interface') return;
    const capturer = (await this.#throughRing(origin)) ?? (await this.#throughTcpdump(origin));
    this.#capturer = capturer;
    if (this.#stopped) {
      await capturer.stop();
      return;
    }
    this.isRunning = true;
    this.#ask();
    // Its bytes may come before its word that it captures.
    if (this.#reader.stop !== null) void this.#broken(this.#reader.stop);
  }

  /** Null: tcpdump is to do it. Rejects where a ring is a must. */
  async #throughRing(origin: InterfaceOrigin): Promise<RingCapture | null> {
    const wanted = this.receiver ?? origin.receiver;
    if (wanted === 'tcpdump') return null;
    try {
      if (wanted === 'auto' && basename(origin.program) !== 'tcpdump')
        throw new Error('capture.program may capture elsewhere');
      const ring = await RingCapture.start({
        ...origin,
        input: this.#input,
        clock: this.#clock,
        onEnd: (text) => this.#again(text),
      });
      this.receiver = 'ring';
      return ring;
    } catch (error) {
      const why = textOf(error);
      if (wanted === 'ring') throw new Error(noRing(origin, why));
      this.#fallback = why;
      return null;
    }
  }

  async #throughTcpdump(origin: InterfaceOrigin): Promise<Capturer> {
    this.#reader = new CaptureReader();
    const tcpdump = await startTcpdump({
      ...origin,
      onData: (bytes) => this.#feed(bytes),
      onEnd: (text) => this.#again(text),
    });
    this.receiver = 'tcpdump';
    if (this.#fallback !== null)
      this.#events.info(
        `packets are captured through tcpdump (no ring: ${this.#fallback}); see capture.receiver`,
      );
    this.#fallback = null;
    return tcpdump;
  }

  /** Asks from time to time, so that what was dropped shows without a scrape having to wait. */
  #ask(): void {
    this.#capturer?.ask?.();
    this.#timer = setTimeout(() => this.#ask(), ASK_MS);
  }

  /** An interface that went away may come back. */
  #again(text: string): void {
    this.#droppedBefore = this.dropped() ?? 0;
    this.#capturer = null;
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
    const tcpdump = this.#capturer;
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

function noRing({ interface: name, receiver }: InterfaceOrigin, why: string): string {
  const instead =
    receiver === 'ring'
      ? '; with capture.receiver: auto, tcpdump captures where a ring cannot'
      : '';
  return `cannot capture from ${name} through a ring: ${why}${instead}`;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
