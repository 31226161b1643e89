import type { Verdict } from '../classify/outcome.ts';
import { type Logger, writeLines } from '../lib/log.ts';
import { Redactor } from './redact.ts';

export interface CallLogOptions {
  /** Replace numbers and user names by keyed hashes, see `Redactor`. */
  readonly redactNumbers: boolean;
  /** Key of the hashes; null or absent: random for this process. */
  readonly hashKey?: string | null;
}

export interface CallLog {
  /** Writes the one line of a call: the verdict's fields at top level, `msg` "call ended". Does not wait. */
  write(verdict: Verdict): void;
  /** Writes lines that `callLine` made elsewhere, so many, UTF-8. Does not wait. */
  writeLines(lines: Uint8Array, count: number): void;
}

/**
 * One line a call at level info, whatever the logger's level is: quiet diagnostics are no reason to lose calls. Only a
 * logger at `silent` writes none.
 */
export function createCallLog(logger: Logger, options: CallLogOptions): CallLog {
  const lines = logger.child({}, { level: 'info' });
  const redactor = options.redactNumbers ? new Redactor(options.hashKey ?? null) : null;
  return {
    write(verdict) {
      if (logger.level === 'silent') return;
      lines.info(redactor === null ? verdict : redactor.verdict(verdict), 'call ended');
    },
    writeLines(ready, count) {
      if (logger.level !== 'silent') writeLines(logger, ready, count);
    },
  };
}
