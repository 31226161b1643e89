import { write, writeSync } from 'node:fs';

/** How long a full disk or a busy pipe is left alone before the next try, ms. */
const RETRY_MS = 50;
/** Tries at a busy pipe when the process ends: half a second. */
const LAST_TRIES = 10;
/** The reader is gone for good. Anything else, such as a full disk, may pass. */
const GONE: ReadonlySet<string> = new Set(['EPIPE', 'EBADF']);

/**
 * Lines on their way to a file descriptor, written asynchronously one batch at a time. Never throws and never blocks
 * while the process runs: what does not fit, and what nobody reads, is dropped and counted.
 */
export class LineQueue {
  private readonly descriptor: number;
  private readonly maxBytes: number;
  private readonly onDrop: (lines: number) => void;
  private waiting: string[] = [];
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
    const full = this.waitingBytes + this.batch.length + bytes > this.maxBytes;
    if (full || this.state === 'closed') {
      this.onDrop(1);
      return;
    }
    this.waiting.push(line);
    this.waitingBytes += bytes;
    if (this.state === 'idle') this.send();
  }

  /** Calls back when everything so far is written, or cannot be written now. */
  flush(done: () => void): void {
    if (this.state === 'writing') this.flushed.push(done);
    else done();
  }

  /** The last chance, when the process ends. A batch that the kernel has is completed before the process is gone. */
  flushSync(): void {
    if (this.state === 'closed') return;
    if (this.state === 'writing') this.batch = Buffer.alloc(0);
    let rest = Buffer.concat([this.batch, Buffer.from(this.waiting.join(''))]);
    for (let tries = 0; rest.length > 0 && tries < LAST_TRIES; ) {
      try {
        rest = rest.subarray(writeSync(this.descriptor, rest));
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) return;
        tries++;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
      }
    }
  }

  private send(): void {
    if (this.batch.length === 0) {
      this.batch = Buffer.from(this.waiting.join(''));
      this.batchLines = this.waiting.length;
      this.waiting = [];
      this.waitingBytes = 0;
    }
    this.state = 'writing';
    write(this.descriptor, this.batch, 0, this.batch.length, null, (error, written) => {
      if (error !== null) this.refused(error.code ?? '');
      else this.accepted(written);
    });
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
      this.onDrop(this.batchLines + this.waiting.length);
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
