/**
 * What the test process and the supervisor inside the network namespace say to each other: one JSON object a line,
 * requests on the supervisor's standard input, replies on its standard output, matched by `id`.
 */

/** When a started process counts as up. */
export type Ready =
  /** An IPv4 socket of that protocol is bound (UDP) or listening (TCP). */
  | { readonly kind: 'udp' | 'tcp'; readonly address: string; readonly port: number }
  /** GET answers 200. */
  | { readonly kind: 'http'; readonly url: string }
  /** The file, in the directory of the run, holds the text. */
  | { readonly kind: 'log'; readonly file: string; readonly text: string };

export interface ProcessSpec {
  /** Unique within the namespace; the logs are `NAME.out` and `NAME.err`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** All must hold before `start` replies. */
  readonly ready: readonly Ready[];
}

/** `code` is null when a signal ended it. */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface Fetched {
  readonly status: number;
  readonly body: string;
}

export type Command =
  | { readonly op: 'start'; readonly spec: ProcessSpec; readonly deadlineMs: number }
  /** Waits for the process to end by itself. */
  | { readonly op: 'wait'; readonly name: string; readonly deadlineMs: number }
  /** SIGTERM, then SIGKILL at the deadline. */
  | { readonly op: 'stop'; readonly name: string; readonly deadlineMs: number }
  | { readonly op: 'fetch'; readonly url: string };

export interface Request {
  readonly id: number;
  readonly command: Command;
}

export type Reply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly error: string };

/** The value of a reply to each command. */
export interface Values {
  readonly start: null;
  readonly wait: Exit;
  readonly stop: Exit;
  readonly fetch: Fetched;
}
