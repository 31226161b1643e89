import { findByte, findOf3, findValueEnd, skipQuoted, skipSpaces } from './bytes.ts';
import { put } from './result.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const LT = 0x3c;
const EQUALS = 0x3d;
const GT = 0x3e;
/** Eight times 0x20. */
const LOWER_CASE: u64 = 0x20202020 * 0x100000001;

/** Where the header parameters of a From or To value begin: see `headerParams` in src/sip/params.ts. */
export function headerParams(start: usize, end: usize): usize {
  let p = start;
  let closed = true;
  while (p < end) {
    p = findOf3(QUOTE, LT, SEMICOLON, p, end);
    if (p >= end) return end;
    const byte = load<u8>(p);
    if (byte === LT) return findByte(SEMICOLON, findByte(GT, p + 1, end), end);
    if (byte === SEMICOLON) return p;
    // A quote that never closes quotes nothing (RFC 4475 §3.1.2.6).
    const behind: usize = closed ? skipQuoted(p, end) : end;
    closed = behind < end;
    p = closed ? behind : p + 1;
  }
  return end;
}

/**
 * Finds a parameter in `;a=b;c` from `start` and puts where its value stands. Its name, of at most eight bytes in lower case,
 * is the low `length` bytes of `name`.
 */
export function findParam(name: u64, length: usize, start: usize, end: usize, field: i32): void {
  const mask: u64 = (1 << ((length as u64) << 3)) - 1;
  let p = start;
  while (p < end) {
    p = findOf3(QUOTE, COMMA, SEMICOLON, p, end);
    if (p >= end) return;
    const byte = load<u8>(p);
    if (byte === COMMA) return;
    if (byte === QUOTE) {
      p = skipQuoted(p, end);
      continue;
    }
    p = skipSpaces(p + 1, end);
    if (p + length >= end || ((load<u64>(p) | LOWER_CASE) & mask) !== name) continue;
    const equals = skipSpaces(p + length, end);
    if (equals >= end || load<u8>(equals) !== EQUALS) continue;
    const value = skipSpaces(equals + 1, end);
    put(field, value, findValueEnd(value, end));
    return;
  }
}
