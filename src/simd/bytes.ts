/** Bytes in memory, sixteen at a time: up to fifteen past `end` are read, which the slab's padding covers. */

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const GT = 0x3e;
const BACKSLASH = 0x5c;

/** Address of the first `byte` in [start, end), or `end`. */
export function findByte(byte: i32, start: usize, end: usize): usize {
  const wanted = i8x16.splat(byte as i8);
  for (let p = start; p < end; p += 16) {
    const hits = i8x16.bitmask(i8x16.eq(v128.load(p), wanted));
    if (hits !== 0) return min<usize>(p + ctz<i32>(hits), end);
  }
  return end;
}

/** Address of the first of three bytes in [start, end), or `end`. */
export function findOf3(a: i32, b: i32, c: i32, start: usize, end: usize): usize {
  const x = i8x16.splat(a as i8);
  const y = i8x16.splat(b as i8);
  const z = i8x16.splat(c as i8);
  for (let p = start; p < end; p += 16) {
    const bytes = v128.load(p);
    const found = v128.or(v128.or(i8x16.eq(bytes, x), i8x16.eq(bytes, y)), i8x16.eq(bytes, z));
    const hits = i8x16.bitmask(found);
    if (hits !== 0) return min<usize>(p + ctz<i32>(hits), end);
  }
  return end;
}

export function findSpace(start: usize, end: usize): usize {
  for (let p = start; p < end; p += 16) {
    const hits = i8x16.bitmask(spaces(v128.load(p)));
    if (hits !== 0) return min<usize>(p + ctz<i32>(hits), end);
  }
  return end;
}

/** Address of what ends a sent-by: white space, a semicolon or a comma. */
export function findSentByEnd(start: usize, end: usize): usize {
  for (let p = start; p < end; p += 16) {
    const hits = i8x16.bitmask(delimiters(v128.load(p)));
    if (hits !== 0) return min<usize>(p + ctz<i32>(hits), end);
  }
  return end;
}

/** Address of what ends a parameter's value: as a sent-by, or a `>`. */
export function findValueEnd(start: usize, end: usize): usize {
  for (let p = start; p < end; p += 16) {
    const bytes = v128.load(p);
    const hits = i8x16.bitmask(v128.or(delimiters(bytes), equal(bytes, GT)));
    if (hits !== 0) return min<usize>(p + ctz<i32>(hits), end);
  }
  return end;
}

/** All bits of those bytes that are `byte`. */
function equal(bytes: v128, byte: i32): v128 {
  return i8x16.eq(bytes, i8x16.splat(byte as i8));
}

function spaces(bytes: v128): v128 {
  const blanks = v128.or(equal(bytes, SPACE), equal(bytes, TAB));
  return v128.or(blanks, v128.or(equal(bytes, CR), equal(bytes, LF)));
}

function delimiters(bytes: v128): v128 {
  return v128.or(spaces(bytes), v128.or(equal(bytes, SEMICOLON), equal(bytes, COMMA)));
}

/** A to Z of sixteen bytes in lower case; all else stays. */
export function lowerCase(bytes: v128): v128 {
  const upper = i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(0x41)), i8x16.splat(26));
  return v128.or(bytes, v128.and(upper, i8x16.splat(SPACE as i8)));
}

/** SP, HTAB, CR or LF: what may stand between tokens of a folded value (RFC 3261 §25.1 LWS). */
export function isSpace(byte: i32): bool {
  return byte === SPACE || byte === TAB || byte === CR || byte === LF;
}

export function skipSpaces(start: usize, end: usize): usize {
  let p = start;
  while (p < end && isSpace(load<u8>(p))) p++;
  return p;
}

export function trimEnd(start: usize, end: usize): usize {
  let p = end;
  while (p > start && isSpace(load<u8>(p - 1))) p--;
  return p;
}

/** Address behind the closing quote of the quoted string that opens at `start`; `end` when it never closes. */
export function skipQuoted(start: usize, end: usize): usize {
  let p = start + 1;
  while (p < end) {
    const byte = load<u8>(p);
    if (byte === QUOTE) return p + 1;
    p += byte === BACKSLASH ? 2 : 1;
  }
  return end;
}

/** Address of the LF that ends the header line, folded lines included (RFC 3261 §7.3.1); `end` when none does. */
export function findLineEnd(start: usize, end: usize): usize {
  let p = findByte(LF, start, end);
  while (p + 1 < end) {
    const next = load<u8>(p + 1);
    if (next !== SPACE && next !== TAB) return p;
    p = findByte(LF, p + 1, end);
  }
  return min<usize>(p, end);
}

export function isBlankLine(p: usize, end: usize): bool {
  const byte = load<u8>(p);
  return byte === LF || (byte === CR && p + 1 < end && load<u8>(p + 1) === LF);
}
