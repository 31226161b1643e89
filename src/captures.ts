import type { Readable } from 'node:stream';
import { CaptureReader } from './decode/capture-reader.ts';
import type { CaptureRecord, CaptureStop } from './decode/capture-record.ts';
import { type ByteSource, openFile, openStream } from './sources/capture-bytes.ts';

/** Captures read at a time, when they overlap in time. More have to wait, and their packets come late. */
export const OPEN_MAX = 64;
/** Of a capture that is one of many, bytes in memory at a time; a whole packet always fits. */
const SHARED_BUFFER = 262_144;
/** What `-` stands for. */
export const STANDARD_INPUT = '-';

/** What was read of one capture. */
export interface CaptureReport {
  readonly name: string;
  readonly packets: number;
  /** Bytes, uncompressed. */
  readonly bytes: number;
  /** Why reading stopped before its end; null: it did not. */
  readonly stop: CaptureStop | null;
  /** Why it could not be read at all, or not further; null: it could. */
  readonly error: string | null;
  /** Packets dropped before they reached the file, as it says itself; null: it does not say. */
  readonly dropped: number | null;
  /** Blocks that were broken in themselves. */
  readonly broken: number;
}

export interface CaptureProgress {
  /** Bytes read as stored, of all captures; `total` null: nobody knows. */
  readonly read: number;
  readonly total: number | null;
}

export interface CaptureOptions {
  /** Files, or `-` for `input`. */
  readonly names: readonly string[];
  readonly input: Readable;
  /** One packet, valid during the call. */
  readonly packet: (record: CaptureRecord) => void;
  /** Called between pieces; reading goes on when it resolves, or ends when it resolves to false. */
  readonly turn: (progress: CaptureProgress) => Promise<boolean>;
}

/** One capture that is being read. */
class Tape {
  readonly name: string;
  readonly reader: CaptureReader;
  readonly bytes: ByteSource;
  error: string | null = null;

  constructor(name: string, bytes: ByteSource, bufferBytes?: number) {
    this.name = name;
    this.bytes = bytes;
    this.reader = new CaptureReader(bufferBytes);
  }

  /** Time of the packet at hand, ms. */
  get time(): number {
    return this.reader.record.time[0] as number;
  }

  /** Reads until there is a packet at hand. False: there is none any more. `turn`: after each piece. */
  async next(turn: () => Promise<boolean>): Promise<boolean> {
    for (;;) {
      if (this.reader.next()) return true;
      if (this.reader.stop !== null || !(await this.#more())) return false;
      if (!(await turn())) return false;
    }
  }

  async #more(): Promise<boolean> {
    try {
      const count = await this.bytes.read(this.reader.room());
      this.reader.wrote(count);
      if (count > 0) return true;
    } catch (error) {
      // Of gzip, too: a file that was cut off ends in the middle of a block.
      this.error = error instanceof Error ? error.message : String(error);
    }
    this.reader.finish();
    return false;
  }

  report(): CaptureReport {
    const { packets, offset, stop, dropped, broken } = this.reader;
    const { name, error } = this;
    return { name, packets, bytes: offset, stop, error, dropped, broken };
  }
}

/** A capture that waits for its time. */
interface Waiting {
  readonly name: string;
  /** Time of its first packet, ms. */
  readonly first: number;
  readonly size: number;
}

/** Reads captures in the order of the times of their packets, one after another or, where they overlap, merged. */
export async function readCaptures(options: CaptureOptions): Promise<readonly CaptureReport[]> {
  return new CaptureMerge(options).run();
}

class CaptureMerge {
  readonly #options: CaptureOptions;
  readonly #waiting: Waiting[] = [];
  readonly #active: Tape[] = [];
  readonly #reports: CaptureReport[] = [];
  #total: number | null = 0;
  /** Bytes of captures that are done. */
  #done = 0;
  #stopped = false;

  constructor(options: CaptureOptions) {
    this.#options = options;
  }

  async run(): Promise<readonly CaptureReport[]> {
    for (const name of this.#options.names) await this.#prepare(name);
    this.#waiting.sort((a, b) => a.first - b.first);
    while (!this.#stopped) {
      const tape = this.#earliest();
      const next = this.#waiting[0];
      const isTime = next !== undefined && next.first <= (tape?.time ?? Number.POSITIVE_INFINITY);
      if (isTime && this.#active.length < OPEN_MAX) {
        this.#waiting.shift();
        await this.#open(next);
        continue;
      }
      if (tape === null) break;
      await this.#play(tape, this.#limit(tape));
    }
    for (const tape of [...this.#active]) await this.#close(tape);
    const { names } = this.#options;
    return this.#reports.toSorted((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
  }

  /** Standard input has no second reading, so it begins at once; a file waits for the time of its first packet. */
  async #prepare(name: string): Promise<void> {
    if (name === STANDARD_INPUT) {
      this.#total = null;
      await this.#start(new Tape(name, await openStream(this.#options.input)));
      return;
    }
    try {
      const bytes = await openFile(name);
      if (bytes.size === null) {
        this.#total = null;
        await this.#start(new Tape(name, bytes));
        return;
      }
      const tape = new Tape(name, bytes, SHARED_BUFFER);
      const found = await tape.next(async () => true);
      await bytes.close();
      if (this.#total !== null) this.#total += bytes.size;
      const first = found ? tape.time : Number.NEGATIVE_INFINITY;
      this.#waiting.push({ name, first, size: bytes.size });
    } catch (error) {
      this.#fail(name, error);
    }
  }

  async #open({ name }: Waiting): Promise<void> {
    try {
      const shared = this.#active.length > 0 || this.#waiting.length > 0;
      await this.#start(new Tape(name, await openFile(name), shared ? SHARED_BUFFER : undefined));
    } catch (error) {
      this.#fail(name, error);
    }
  }

  async #start(tape: Tape): Promise<void> {
    this.#active.push(tape);
    if (!(await tape.next(() => this.#turn()))) await this.#close(tape);
  }

  #earliest(): Tape | null {
    let earliest: Tape | null = null;
    for (const tape of this.#active) {
      if (earliest === null || tape.time < earliest.time) earliest = tape;
    }
    return earliest;
  }

  /** Up to which time packets of `tape` come before those of the others. */
  #limit(tape: Tape): number {
    let limit = Number.POSITIVE_INFINITY;
    for (const other of this.#active) if (other !== tape) limit = Math.min(limit, other.time);
    const next = this.#waiting[0];
    const isNext = next !== undefined && this.#active.length < OPEN_MAX;
    return isNext ? Math.min(limit, next.first) : limit;
  }

  async #play(tape: Tape, limit: number): Promise<void> {
    const { reader } = tape;
    const { packet } = this.#options;
    const { time } = reader.record;
    do {
      packet(reader.record);
      if (reader.next()) continue;
      if (!(await tape.next(() => this.#turn()))) {
        await this.#close(tape);
        return;
      }
    } while ((time[0] as number) <= limit);
  }

  async #turn(): Promise<boolean> {
    const taken = this.#active.reduce((sum, tape) => sum + tape.bytes.taken, this.#done);
    const goOn = await this.#options.turn({ read: taken, total: this.#total });
    if (!goOn) this.#stopped = true;
    return goOn;
  }

  async #close(tape: Tape): Promise<void> {
    this.#active.splice(this.#active.indexOf(tape), 1);
    this.#done += tape.bytes.taken;
    this.#reports.push(tape.report());
    await tape.bytes.close();
  }

  #fail(name: string, error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    const nothing = { packets: 0, bytes: 0, stop: null, dropped: null, broken: 0 };
    this.#reports.push({ name, error: text, ...nothing });
  }
}
