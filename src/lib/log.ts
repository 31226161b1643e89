import { pino } from 'pino';
import { LineQueue } from './line-queue.ts';

export type Logger = pino.Logger;
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export interface LogOptions {
  /** May be changed later through `logger.level`. */
  readonly level: LogLevel;
  /** Most text that waits for standard output, bytes; a line that does not fit is dropped. Default 16 MiB. */
  readonly queueBytes?: number;
  /** Called with the number of lines just lost: the queue is full, or the reader of standard output is gone. */
  readonly onDrop?: (lines: number) => void;
  /** File descriptor or stream to write to. Default: standard output. */
  readonly destination?: number | pino.DestinationStream;
}

const DEFAULT_QUEUE_BYTES = 16_777_216;
const STDOUT = 1;

/**
 * JSON lines with `level` as a word and `time` as ISO 8601 UTC. Writing is asynchronous, so that a slow reader never
 * stops the caller. `logger.flush(callback)` waits for what is queued; what is left when the process ends is written
 * then, as far as its reader takes it.
 */
export function createLogger(options: LogOptions): Logger {
  const { destination = STDOUT } = options;
  const stream = typeof destination === 'number' ? openQueue(destination, options) : destination;
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
}

/** Hands `count` ready lines to where the logger writes, whatever its level. */
export function writeLines(logger: Logger, lines: Uint8Array, count: number): void {
  const stream: unknown = Reflect.get(logger, pino.symbols.streamSym);
  if (stream instanceof LineQueue) {
    stream.writeLines(lines, count);
    return;
  }
  const text = Buffer.from(lines.buffer, lines.byteOffset, lines.length).toString();
  for (const line of text.split(/(?<=\n)/)) (stream as pino.DestinationStream).write(line);
}

// Not pino's own destination: it cannot end its process while the disk is full, and its flush does not wait.
function openQueue(descriptor: number, options: LogOptions): LineQueue {
  const { queueBytes = DEFAULT_QUEUE_BYTES, onDrop = () => {} } = options;
  const queue = new LineQueue(descriptor, queueBytes, onDrop);
  process.once('exit', () => queue.flushSync());
  return queue;
}
