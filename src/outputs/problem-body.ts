import { STATUS_CODES } from 'node:http';

/** Members of `application/problem+json` (RFC 9457 §3.1). */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  /** One line: what is wrong; what to do. */
  readonly detail: string;
  /** The same, as answers had it from the start. */
  readonly error: string;
}

export function problemBody(status: number, detail: string): Problem {
  const title = STATUS_CODES[status] ?? 'Error';
  return { type: 'about:blank', title, status, detail, error: detail };
}
