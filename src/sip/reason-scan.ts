/** The Q.850 cause of a Reason header field straight from the bytes: the hot path's share of `reason.ts`. */
import { parseReasons, REASON_CAUSE_DIGITS_MAX, REASON_VALUES_MAX } from './reason.ts';

const Q850_CAUSE_MAX = 127;

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;

/** What was read is not within the strict grammar: `parseReasons` decides. */
const UNUSUAL = -1;
const NO_CAUSE = Q850_CAUSE_MAX + 1;

/**
 * The first Q.850 cause of 0..127 in the Reason header field value at `[start, end)`, -1 when there is none.
 *
 * Always what `parseReasons` finds. Allocates nothing while the value keeps to RFC 3326; unquoted free text and other
 * liberties go through `parseReasons` itself.
 */
export function scanQ850(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  for (let values = 0; values < REASON_VALUES_MAX; values++) {
    at = skipDelimiters(bytes, at, end);
    if (at >= end) return -1;
    const protocolEnd = endOfQ850(bytes, at, end);
    const cause = protocolEnd < 0 ? NO_CAUSE : findCause(bytes, protocolEnd, end);
    if (cause >= 0 && cause <= Q850_CAUSE_MAX) return cause;
    at = cause === UNUSUAL ? UNUSUAL : skipParams(bytes, at, end, false);
    if (at === UNUSUAL) return slowQ850(bytes, start, end);
  }
  return -1;
}

function slowQ850(bytes: Uint8Array, start: number, end: number): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
  for (const { key, cause } of parseReasons(text)) {
    if (key === 'q.850' && cause !== null && cause <= Q850_CAUSE_MAX) return cause;
  }
  return -1;
}

/** Offset behind the protocol when that is Q.850, else -1. */
function endOfQ850(bytes: Uint8Array, start: number, end: number): number {
  const word = endOfName(bytes, start, end);
  if (!is(bytes, start, word, 'q.850') && !is(bytes, start, word, 'q850')) return -1;
  return standsAt(bytes, skipLws(bytes, word, end), end, EQUALS) ? -1 : word;
}

/** The cause among the parameters from `at` on, `NO_CAUSE`, or `UNUSUAL`. */
function findCause(bytes: Uint8Array, start: number, end: number): number {
  const at = skipParams(bytes, start, end, true);
  if (at === UNUSUAL) return UNUSUAL;
  return at === end || bytes[at] === COMMA ? NO_CAUSE : readCause(bytes, at, end);
}

/**
 * Offset of the `,` that ends the value, or `end`; with `stopAtCause` the offset of what follows `cause=`, if that
 * comes first; or `UNUSUAL`.
 */
function skipParams(bytes: Uint8Array, from: number, end: number, stopAtCause: boolean): number {
  let at = skipLws(bytes, from, end);
  while (at >= 0 && at < end && bytes[at] !== COMMA) {
    if (bytes[at] === SEMICOLON) {
      at = skipLws(bytes, at + 1, end);
      continue;
    }
    const name = at;
    const nameEnd = endOfName(bytes, at, end);
    if (standsAt(bytes, nameEnd, end, QUOTE)) return UNUSUAL;
    at = skipLws(bytes, nameEnd, end);
    if (!standsAt(bytes, at, end, EQUALS)) continue;
    at = skipLws(bytes, at + 1, end);
    if (stopAtCause && is(bytes, name, nameEnd, 'cause')) return at;
    at = skipValue(bytes, at, end, isFreeText(bytes, name, nameEnd));
  }
  return at;
}

/** Offset of what follows a parameter's value and its LWS, or `UNUSUAL`. */
function skipValue(bytes: Uint8Array, at: number, end: number, freeText: boolean): number {
  if (!standsAt(bytes, at, end, QUOTE)) {
    return freeText ? UNUSUAL : skipLws(bytes, endOfValue(bytes, at, end), end);
  }
  const close = endOfQuoted(bytes, at, end);
  return close < 0 ? UNUSUAL : skipLws(bytes, close, end);
}

/** A decimal number that ends where a value may end, or `UNUSUAL`. */
function readCause(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  let cause = 0;
  for (; at < end; at++) {
    const code = bytes[at] ?? 0;
    if (code < DIGIT_0 || code > DIGIT_9) break;
    cause = cause * 10 + (code - DIGIT_0);
  }
  const digits = at - start;
  if (digits === 0 || digits > REASON_CAUSE_DIGITS_MAX) return UNUSUAL;
  return at === endOfValue(bytes, at, end) ? cause : UNUSUAL;
}

function isFreeText(bytes: Uint8Array, start: number, end: number): boolean {
  return is(bytes, start, end, 'text') || is(bytes, start, end, 'description');
}

/** Compares with `word`, which is in lower case, without regard to ASCII case. */
function is(bytes: Uint8Array, start: number, end: number, word: string): boolean {
  if (end - start !== word.length) return false;
  for (let i = 0; i < word.length; i++) {
    const code = bytes[start + i] ?? 0;
    const folded = code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
    if (folded !== word.charCodeAt(i)) return false;
  }
  return true;
}

function standsAt(bytes: Uint8Array, at: number, end: number, code: number): boolean {
  return at < end && bytes[at] === code;
}

function isLws(code: number | undefined): boolean {
  return code === SPACE || code === TAB || code === CR || code === LF;
}

function skipLws(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && isLws(bytes[at])) at++;
  return at;
}

function skipDelimiters(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && (isLws(bytes[at]) || bytes[at] === COMMA || bytes[at] === SEMICOLON)) at++;
  return at;
}

function endOfValue(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && bytes[at] !== COMMA && bytes[at] !== SEMICOLON && !isLws(bytes[at])) at++;
  return at;
}

function endOfName(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  for (; at < end; at++) {
    const code = bytes[at];
    if (code === COMMA || code === SEMICOLON || code === EQUALS || code === QUOTE || isLws(code)) {
      break;
    }
  }
  return at;
}

/** Offset behind the closing quote, `UNUSUAL` when there is none. */
function endOfQuoted(bytes: Uint8Array, open: number, end: number): number {
  for (let at = open + 1; at < end; at++) {
    if (bytes[at] === QUOTE) return at + 1;
    if (bytes[at] === BACKSLASH) at++;
  }
  return UNUSUAL;
}
