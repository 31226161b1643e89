/** Errors of the API in one shape: RFC 9457, `application/problem+json`. */
import { STATUS_CODES } from 'node:http';

export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  /** One line: what is wrong; what to do. */
  readonly detail: string;
  /** The same, as answers had it from the start. */
  readonly error: string;
}

export const PROBLEM_TYPE = 'application/problem+json';

export function problemBody(status: number, detail: string): Problem {
  const title = STATUS_CODES[status] ?? 'Error';
  return { type: 'about:blank', title, status, detail, error: detail };
}

/** `more`: members besides, which the problem type allows (§3.2). */
export function problem(
  status: number,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
  more: Readonly<Record<string, string>> = {},
): {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
} {
  const body = `${JSON.stringify({ ...problemBody(status, detail), ...more })}\n`;
  return { status, type: PROBLEM_TYPE, body, headers };
}
