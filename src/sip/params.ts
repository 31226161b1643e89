import { SLAB_VIEW } from '../lib/slab.ts';
import { findByte } from './find-byte.ts';

const VIEW = SLAB_VIEW;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LT = 0x3c;
const GT = 0x3e;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const COMMA = 0x2c;

/** By byte: 1 for what ends a parameter's value. */
const ENDS_VALUE = new Uint8Array(256);
for (const byte of [SEMICOLON, COMMA, GT, 0x20, 0x09, 0x0d, 0x0a]) ENDS_VALUE[byte] = 1;

/** SP, HTAB, CR or LF: what may stand between tokens of a folded value (RFC 3261 §25.1 LWS). */
export function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0d || byte === 0x0a;
}

/** Index behind the closing quote of the quoted string that opens at `at`; `end` when it never closes. */
export function skipQuoted(at: number, end: number): number {
  let p = at + 1;
  while (p < end) {
    const byte = VIEW.getUint8(p);
    if (byte === QUOTE) return p + 1;
    p += byte === BACKSLASH ? 2 : 1;
  }
  return end;
}

/**
 * Where the header parameters of a From, To or Contact value begin (RFC 3261 §20: without angle brackets, all
 * parameters are the header's). Returns the index of the first `;`, or `end`.
 */
export function headerParams(start: number, end: number): number {
  let p = start;
  let closed = true;
  while (p < end) {
    const byte = VIEW.getUint8(p);
    if (byte === QUOTE && closed) {
      // A quote that never closes quotes nothing (RFC 4475 §3.1.2.6): the tag behind it is still wanted.
      const behind = skipQuoted(p, end);
      closed = behind < end;
      p = closed ? behind : p + 1;
    } else if (byte === LT) return afterAngle(p, end);
    else if (byte === SEMICOLON) return p;
    else p++;
  }
  return end;
}

function afterAngle(at: number, end: number): number {
  return findByte(SEMICOLON, findByte(GT, at + 1, end), end);
}

/**
 * Finds parameter `name` (lower-case bytes) in `;a=b;c` from `start`, and writes the offsets of its value to
 * `out[slot]`, `out[slot + 1]`. Quotes are skipped whole. Returns false, and writes nothing, when it is absent.
 */
export function findParam(
  name: Uint8Array,
  start: number,
  end: number,
  out: Int32Array,
  slot: number,
): boolean {
  let p = start;
  while (p < end) {
    const byte = VIEW.getUint8(p);
    if (byte === QUOTE) p = skipQuoted(p, end);
    else if (byte === COMMA) return false;
    else if (byte === SEMICOLON) {
      p = skipSpaces(p + 1, end);
      const after = matchName(name, p, end);
      if (after >= 0) {
        writeValue(after, end, out, slot);
        return true;
      }
    } else p++;
  }
  return false;
}

export function skipSpaces(at: number, end: number): number {
  let p = at;
  while (p < end && isSpace(VIEW.getUint8(p))) p++;
  return p;
}

/** Index of the value behind `name [LWS] = [LWS]` at `at`, or -1 when another name stands there. */
function matchName(name: Uint8Array, at: number, end: number): number {
  const length = name.length;
  if (at + length >= end) return -1;
  for (let i = 0; i < length; i++) {
    if ((VIEW.getUint8(at + i) | 0x20) !== (name[i] as number)) return -1;
  }
  const equals = skipSpaces(at + length, end);
  if (equals >= end || VIEW.getUint8(equals) !== EQUALS) return -1;
  return skipSpaces(equals + 1, end);
}

function writeValue(start: number, end: number, out: Int32Array, slot: number): void {
  let p = start;
  while (p < end) {
    const byte = VIEW.getUint8(p);
    if (ENDS_VALUE[byte] === 1) break;
    p++;
  }
  out[slot] = start;
  out[slot + 1] = p;
}
