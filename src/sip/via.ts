import { SLAB_VIEW } from '../lib/slab.ts';
import { findByte } from './find-byte.ts';
import { findParam, isSpace, skipQuoted, skipSpaces } from './params.ts';

const VIEW = SLAB_VIEW;

/** What a branch of RFC 3261 begins with (§8.1.1.7), as two words that have one byte in common. */
const COOKIE = Buffer.from('z9hG4bK', 'latin1');
const COOKIE_HEAD = COOKIE.readInt32LE(0);
const COOKIE_TAIL = COOKIE.readInt32LE(COOKIE.length - 4);
const BRANCH = Buffer.from('branch', 'latin1');
const QUOTE = 0x22;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const SLASH = 0x2f;
/** Length of `SIP/2.0/`. */
const USUAL = 8;

/** By byte: 1 for what ends a sent-by. */
const ENDS_SENT_BY = new Uint8Array(256);
for (const byte of [SEMICOLON, COMMA, 0x20, 0x09, 0x0d, 0x0a]) ENDS_SENT_BY[byte] = 1;

/**
 * End of the Via value that begins at `start`: the comma before the next value of the same line, or `end`
 * (RFC 3261 §20.42: several values may share one header line).
 */
export function viaValueEnd(start: number, end: number): number {
  let comma = findByte(COMMA, start, end);
  if (comma === end) return end;
  let quote = findByte(QUOTE, start, comma);
  // A comma within quotes ends nothing.
  while (quote < comma) {
    const behind = skipQuoted(quote, end);
    if (behind > comma) comma = findByte(COMMA, behind, end);
    quote = findByte(QUOTE, behind, comma);
  }
  return comma;
}

/** False for an empty list element (`,,` or `;,`: RFC 4475 §3.1.2.1), which is no hop. */
export function isViaValue(start: number, end: number): boolean {
  const p = skipSpaces(start, end);
  return p < end && VIEW.getUint8(p) !== SEMICOLON;
}

/**
 * Writes the offsets of the sent-by (`host[:port]`) of the value `SIP/2.0/UDP host:port;…` (RFC 3261 §25.1). Returns
 * where it begins.
 */
export function viaSentBy(start: number, end: number, out: Int32Array, slot: number): number {
  let p = start + USUAL;
  if (p >= end || VIEW.getUint8(start + 3) !== SLASH || VIEW.getUint8(p - 1) !== SLASH) {
    // `SIP / 2.0 / UDP`: white space may stand around the slashes, so the sent-by follows the second slash's token.
    p = start;
    for (let slashes = 0; p < end && slashes < 2; slashes++) p = findByte(SLASH, p, end) + 1;
  }
  p = skipSpaces(p, end);
  while (p < end && !isSpace(VIEW.getUint8(p))) p++;
  p = Math.min(skipSpaces(p, end), end);
  let q = p;
  while (q < end && ENDS_SENT_BY[VIEW.getUint8(q)] === 0) q++;
  out[slot] = p;
  out[slot + 1] = q;
  return p;
}

/**
 * Writes the offsets of the branch parameter; leaves them alone (empty) when there is none (RFC 2543). `sentBy`: where
 * the sent-by begins, behind which the parameters stand.
 */
export function viaBranch(
  start: number,
  sentBy: number,
  end: number,
  out: Int32Array,
  slot: number,
): void {
  // Without a sent-by the value is broken, and the branch may stand anywhere.
  findParam(BRANCH, sentBy < end ? sentBy : start, end, out, slot);
}

/** Whether the branch at [start, end) is unique to its transaction, as RFC 3261 wants it (§8.1.1.7). */
export function hasCookie(start: number, end: number): boolean {
  return (
    end - start >= COOKIE.length &&
    VIEW.getInt32(start, true) === COOKIE_HEAD &&
    VIEW.getInt32(start + COOKIE.length - 4, true) === COOKIE_TAIL
  );
}
