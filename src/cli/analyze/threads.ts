import { fstatSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { shareBatches } from '../../batch-memory.ts';
import { CaptureThread } from '../../capture-thread.ts';
import type { AnalyzeArgs } from '../parsed-args.ts';

/** Captures of so many bytes together are worth a second thread: starting it takes as long as reading this much. */
const LARGE = 8_388_608;

/** Threads that read captures, one after another: one for each pass. */
export class CaptureThreads {
  readonly #files: readonly string[];
  #next: CaptureThread | null = null;

  /**
   * The first one begins at once, unless there are pipes among the captures: while it waits for one to say something, it
   * would keep a process from ending whose configuration is wrong.
   */
  constructor(files: readonly string[]) {
    this.#files = files;
    shareBatches();
    if (files.every(isRegular)) this.#next = new CaptureThread(files);
  }

  /** A thread for the next pass. The one before must have ended. */
  take(): CaptureThread {
    const thread = this.#next ?? new CaptureThread(this.#files);
    this.#next = null;
    return thread;
  }
}

/**
 * Threads that read the captures, where they are asked for or pay off; else null, and one thread does all. To be called
 * before what follows the calls is loaded: it shares memory with them.
 */
export function startReading({ files, threads }: AnalyzeArgs): CaptureThreads | null {
  const isWanted = threads === null ? availableParallelism() > 1 && isLarge(files) : threads > 1;
  return isWanted ? new CaptureThreads(files) : null;
}

function isRegular(file: string): boolean {
  return file !== '-' && statSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

/** How much comes out of a pipe, nobody knows. */
function isLarge(files: readonly string[]): boolean {
  let bytes = 0;
  for (const file of files) bytes += bytesOf(file);
  return bytes >= LARGE;
}

function bytesOf(file: string): number {
  try {
    const stat = file === '-' ? fstatSync(0) : statSync(file);
    return stat.isFile() ? stat.size : LARGE;
  } catch {
    // Whoever reads it says what is wrong.
    return 0;
  }
}
