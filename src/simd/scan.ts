/**
 * The SIP scanner once more, in AssemblyScript with SIMD: what `SipScanner.scan` says in src/sip/scan.ts this says in less
 * than half the time. That one is the plain version, which runs where this cannot; test/sip/simd.test.ts compares the two.
 */
import { findByte, findLineEnd, isBlankLine, skipSpaces, trimEnd } from './bytes.ts';
import { headerAt } from './headers.ts';
import {
  CALL_ID,
  CONTENT_LENGTH,
  CSEQ as CSEQ_FIELD,
  FROM,
  HEADER,
  KEEPALIVE,
  MISSING_HEADER,
  OK,
  REASONS,
  REASONS_MAX,
  RESULT,
  TO,
  VIA,
} from './imports.ts';
import {
  BODY_END,
  BODY_START,
  CSEQ,
  CSEQ_METHOD,
  HEADERS_END,
  HEADERS_START,
  IS_REQUEST,
  METHOD,
  REASON_COUNT,
  ROLE_CONTENT_LENGTH,
  ROLE_CSEQ,
  ROLE_LENIENT,
  ROLE_REASON,
  ROLE_TAGGED,
  ROLE_VIA,
  ROW_FIELD,
  ROW_LENGTH,
  CONTENT_LENGTH as STATED_LENGTH,
  TRUNCATED,
} from './layout.ts';
import { findParam, headerParams } from './params.ts';
import { get, has, put, set } from './result.ts';
import { methodAt, readStartLine } from './start-line.ts';
import { keepVia } from './via.ts';

const CR = 0x0d;
const ZERO = 0x30;
const COLON = 0x3a;
/** `tag`. */
const TAG: u64 = 0x676174;
const TAG_LENGTH = 3;
/** RFC 3261 §8.1.1.5: less than 2^31. */
const NUMBER_MAX: u64 = 0x7fffffff;

/** Scans the message at [start, end). The result is valid when this is `OK`, until the next scan. */
export function scan(start: usize, end: usize): i32 {
  const zero = i64x2.splat(0);
  for (let at: usize = RESULT; at < REASONS; at += 16) v128.store(at, zero);
  set(STATED_LENGTH, -1);
  const p = skipSpaces(start, end);
  if (p >= end) return KEEPALIVE;
  const lineEnd = findLineEnd(p, end);
  const first = readStartLine(p, trimEnd(p, lineEnd));
  if (first !== OK) return first;
  const problem = scanHeaders(lineEnd + 1, end);
  return problem === OK ? finish(end) : problem;
}

function scanHeaders(start: usize, end: usize): i32 {
  set(HEADERS_START, start as i32);
  let p = start;
  while (p < end && !isBlankLine(p, end)) {
    const lineEnd = findLineEnd(p, end);
    const row = headerAt(p, lineEnd);
    if (row !== 0) {
      const problem = scanHeader(row, p, lineEnd);
      if (problem !== OK) return problem;
    }
    p = lineEnd + 1;
  }
  set(HEADERS_END, min<usize>(p, end) as i32);
  if (p >= end) {
    set(TRUNCATED, 1);
    set(BODY_START, end as i32);
  } else set(BODY_START, (p as i32) + (load<u8>(p) === CR ? 2 : 1));
  return OK;
}

function scanHeader(row: usize, start: usize, lineEnd: usize): i32 {
  const role: i32 = load<u8>(row + ROW_FIELD + 2);
  const behind = start + load<usize>(row + ROW_LENGTH);
  // Rarely there is white space before it.
  const colon = load<u8>(behind) === COLON ? behind : findByte(COLON, behind, lineEnd);
  if (colon >= lineEnd) return role === ROLE_LENIENT ? OK : HEADER;
  const from = skipSpaces(colon + 1, lineEnd);
  const to = trimEnd(from, lineEnd);
  if (role === ROLE_VIA) keepVia(from, to);
  else if (role === ROLE_REASON) keepReason(from, to);
  else return keep(row, role, from, to);
  return OK;
}

function keepReason(start: usize, end: usize): void {
  const count = get(REASON_COUNT);
  set(REASON_COUNT, count + 1);
  if (count >= REASONS_MAX) return;
  store<usize>(REASONS + ((count as usize) << 3), start);
  store<usize>(REASONS + ((count as usize) << 3) + 4, end);
}

function keep(row: usize, role: i32, start: usize, end: usize): i32 {
  const field: i32 = load<u8>(row + ROW_FIELD);
  // The first of a header that must be single counts: later ones are an attack or a mistake (RFC 4475 §3.3.8).
  if (has(field)) return OK;
  put(field, start, end);
  if (role === ROLE_TAGGED) {
    findParam(TAG, TAG_LENGTH, headerParams(start, end), end, load<u8>(row + ROW_FIELD + 1));
  } else if (role === ROLE_CSEQ) return keepCseq(start, end);
  else if (role === ROLE_CONTENT_LENGTH) return keepContentLength(start, end);
  return OK;
}

function keepCseq(start: usize, end: usize): i32 {
  let value: u64 = 0;
  let p = start;
  for (; p < end; p++) {
    const digit: u32 = (load<u8>(p) as u32) - ZERO;
    if (digit > 9) break;
    value = value * 10 + digit;
    if (value > NUMBER_MAX) return HEADER;
  }
  const method = skipSpaces(p, end);
  if (p === start || method === p || method >= end) return HEADER;
  set(CSEQ, value as i32);
  set(CSEQ_METHOD, methodAt(method, end));
  return OK;
}

function keepContentLength(start: usize, end: usize): i32 {
  let value: u64 = 0;
  for (let p = start; p < end; p++) {
    const digit: u32 = (load<u8>(p) as u32) - ZERO;
    if (digit > 9) return CONTENT_LENGTH;
    value = min<u64>(value * 10 + digit, NUMBER_MAX + 1);
  }
  if (start === end || value > NUMBER_MAX) return CONTENT_LENGTH;
  set(STATED_LENGTH, value as i32);
  return OK;
}

function finish(end: usize): i32 {
  if (!has(VIA) || !has(FROM) || !has(TO) || !has(CALL_ID) || !has(CSEQ_FIELD))
    return MISSING_HEADER;
  if (get(IS_REQUEST) === 0) set(METHOD, get(CSEQ_METHOD));
  else if (get(METHOD) !== get(CSEQ_METHOD)) return HEADER;
  const bodyStart = get(BODY_START);
  const room = (end as i32) - bodyStart;
  const contentLength = get(STATED_LENGTH);
  // A body longer than the frame is a cut capture, not a reason to lose the call: its headers are whole.
  if (contentLength > room) set(TRUNCATED, 1);
  const isCut = contentLength >= 0 && contentLength < room;
  set(BODY_END, isCut ? bodyStart + contentLength : (end as i32));
  return OK;
}
