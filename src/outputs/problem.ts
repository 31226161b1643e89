/** Errors of the API in one shape: RFC 9457, `application/problem+json`. */
import type { Reply } from './http-options.ts';
import { problemBody } from './problem-body.ts';

export const PROBLEM_TYPE = 'application/problem+json';

/** `more`: members besides, which the problem type allows (§3.2). */
export function problem(
  status: number,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
  more: Readonly<Record<string, string>> = {},
): Reply {
  const body = `${JSON.stringify({ ...problemBody(status, detail), ...more })}\n`;
  return { status, type: PROBLEM_TYPE, body, headers };
}
