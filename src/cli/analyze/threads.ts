import { fstatSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { CaptureThread } from '../../capture-thread.ts';
import type { AnalyzeArgs } from '../parsed-args.ts';

/** Captures of so many bytes together are worth a second thread: starting it takes as long as reading this much. */
const LARGE = 8_388_608;

/** A thread that reads the captures, where one is asked for or pays off; else null, and one thread does all. */
export function startReading({ files, threads }: AnalyzeArgs): CaptureThread | null {
  const isWanted = threads === null ? availableParallelism() > 1 && isLarge(files) : threads > 1;
  return isWanted ? new CaptureThread(files) : null;
}

/**
 * The same before the command line and the configuration are checked. Not for pipes: a thread that waits for one to say
 * something would keep the process from ending.
 */
export function startEarly(args: AnalyzeArgs): CaptureThread | null {
  return args.files.every(isRegular) ? startReading(args) : null;
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
