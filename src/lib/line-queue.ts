import { write, writeSync } from 'node:fs';

/** How long a full disk or a busy pipe is left alone before the next try, ms. */
const RETRY_MS = 50;
/** When the process ends: how often a busy pipe is tried, how long while its reader takes nothing, and in all, ms. */
const LAST_RETRY_MS = 2;
const LAST_IDLE_MS = 500;
const LAST_MS = 5000;
const LINE_END = 0x0a;
/** The reader is gone for good. Anything else, such as a full disk, may pass. */
const GONE: ReadonlySet<string> = new Set(['EPIPE', 'EBADF']);

interface Lines {
  readonly bytes: Uint8Array;
  readonly count: number;
}

/**
 * Lines on their way to a file descriptor, written asynchronously one batch at a time. Never throws and never blocks
 * while the process runs: what does not fit, and what nobody reads, is dropped and counted.
 */
export class LineQueue {
  private readonly descriptor: number;
  private readonly maxBytes: number;
  private readonly onDrop: (lines: number) => void;
  private waiting: (string | Lines)[] = [];
  /** The batch being written: what is left of it, and how many lines it held. */
  private batch: Buffer = Buffer.alloc(0);
  private batchLines = 0;
  private waitingBytes = 0;
  /** `writing`: the kernel has the batch; `retrying`: it refused, a timer runs; `closed`: the reader is gone. */
  private state: 'idle' | 'writing' | 'retrying' | 'closed' = 'idle';
  private flushed: (() => void)[] = [];

  constructor(descriptor: number, maxBytes: number, onDrop: (lines: number) => void) {
    this.descriptor = descriptor;
    this.maxBytes = maxBytes;
    this.onDrop = onDrop;
  }

  /** Takes one line with its line end. */
  write(line: string): void {
    const bytes = Buffer.byteLength(line);
    if (bytes > this.room) this.onDrop(1);
    else this.queue(line, bytes);
  }

  /** Takes many lines, UTF-8, each with its line end. They are not copied; as many as fit are written. */
  writeLines(bytes: Uint8Array, count: number): void {
    const { room } = this;
    if (bytes.length <= room) {
      this.queue({ bytes, count }, bytes.length);
      return;
    }
    const fitting = bytes.subarray(0, room > 0 ? bytes.lastIndexOf(LINE_END, room - 1) + 1 : 0);
    const fit = lineEnds(fitting);
    if (fit > 0) this.queue({ bytes: fitting, count: fit }, fitting.length);
    this.onDrop(count - fit);
  }

  /** Calls back when everything so far is written, or cannot be written now. */
  flush(done: () => void): void {
    if (this.state === 'writing') this.flushed.push(done);
    else done();
  }

  /**
   * The last chance, when the process ends: a pipe that is full is waited for as long as its reader goes on. What it does
   * not take is dropped and counted. A batch that the kernel has is completed before the process is gone.
   */
  flushSync(): void {
    if (this.state === 'closed') return;
    if (this.state === 'writing') this.batch = Buffer.alloc(0);
    const pieces = this.waiting.map((one) =>
      Buffer.from(typeof one === 'string' ? one : one.bytes),
    );
    const left = this.writeLast(Buffer.concat([this.batch, ...pieces]));
    if (left.length > 0) this.onDrop(lineEnds(left));
  }

  /** Returns what could not be written. */
  private writeLast(bytes: Buffer): Buffer {
    const end = performance.now() + LAST_MS;
    let rest = bytes;
    let patience = LAST_IDLE_MS;
    while (rest.length > 0 && patience > 0 && performance.now() < end) {
      try {
        rest = rest.subarray(writeSync(this.descriptor, rest));
        patience = LAST_IDLE_MS;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) break;
        patience -= LAST_RETRY_MS;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LAST_RETRY_MS);
      }
    }
    return rest;
  }

  /** Bytes that may wait yet. */
  private get room(): number {
    if (this.state === 'closed') return -1;
    return this.maxBytes - this.waitingBytes - this.batch.length;
  }

  private queue(lines: string | Lines, bytes: number): void {
    this.waiting.push(lines);
    this.waitingBytes += bytes;
    if (this.state === 'idle') this.send();
  }

  private send(): void {
    if (this.batch.length === 0) this.next();
    this.state = 'writing';
    write(this.descriptor, this.batch, 0, this.batch.length, null, (error, written) => {
      if (error !== null) this.refused(error.code ?? '');
      else this.accepted(written);
    });
  }

  /** Makes a batch of the lines that came one by one, or of many that came together. */
  private next(): void {
    const together = this.waiting.findIndex((one) => typeof one !== 'string');
    const first = this.waiting[0];
    if (typeof first === 'object') {
      this.waiting.shift();
      const { buffer, byteOffset, length } = first.bytes;
      this.batch = Buffer.from(buffer, byteOffset, length);
      this.batchLines = first.count;
    } else {
      const lines = this.waiting.splice(0, together < 0 ? this.waiting.length : together);
      this.batch = Buffer.from(lines.join(''));
      this.batchLines = lines.length;
    }
    this.waitingBytes -= this.batch.length;
  }

  private accepted(written: number): void {
    this.batch = this.batch.subarray(written);
    if (this.batch.length > 0 || this.waiting.length > 0) {
      this.send();
      return;
    }
    this.state = 'idle';
    this.settle();
  }

  private refused(code: string): void {
    if (GONE.has(code)) {
      this.state = 'closed';
      const lines = this.waiting.map((one) => (typeof one === 'string' ? 1 : one.count));
      this.onDrop(lines.reduce((sum, count) => sum + count, this.batchLines));
      this.waiting = [];
      this.batch = Buffer.alloc(0);
    } else {
      this.state = 'retrying';
      // Not a reason to keep the process alive.
      setTimeout(() => this.send(), RETRY_MS).unref();
    }
    this.settle();
  }

  private settle(): void {
    const callbacks = this.flushed;
    this.flushed = [];
    for (const callback of callbacks) callback();
  }
}

function lineEnds(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_END); at >= 0; at = bytes.indexOf(LINE_END, at + 1)) count++;
  return count;
}
