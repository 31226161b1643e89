import { findByte, findSentByEnd, findSpace, skipQuoted, skipSpaces } from './bytes.ts';
import { BOTTOM_SENT_BY, BRANCH, SENT_BY, VIA } from './imports.ts';
import { VIA_COUNT } from './layout.ts';
import { findParam } from './params.ts';
import { endOf, get, put, set, startOf } from './result.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const SLASH = 0x2f;
const SEMICOLON = 0x3b;
/** `branch`. */
const NAME: u64 = 0x68636e617262;
const NAME_LENGTH = 6;
/** Length of `SIP/2.0/`. */
const USUAL = 8;

/** Takes a Via line, which may have several values (RFC 3261 §20.42). */
export function keepVia(start: usize, end: usize): void {
  let from = start;
  while (from < end) {
    const stop = valueEnd(from, end);
    if (isValue(from, stop)) keepValue(from, stop);
    from = skipSpaces(stop + 1, end);
  }
}

function keepValue(start: usize, end: usize): void {
  const count = get(VIA_COUNT);
  set(VIA_COUNT, count + 1);
  if (count !== 0) {
    keepSentBy(start, end, BOTTOM_SENT_BY);
    return;
  }
  put(VIA, start, end);
  const sentBy = keepSentBy(start, end, SENT_BY);
  findParam(NAME, NAME_LENGTH, sentBy < end ? sentBy : start, end, BRANCH);
  put(BOTTOM_SENT_BY, startOf(SENT_BY), endOf(SENT_BY));
}

function valueEnd(start: usize, end: usize): usize {
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

/** False for an empty list element (RFC 4475 §3.1.2.1), which is no hop. */
function isValue(start: usize, end: usize): bool {
  const p = skipSpaces(start, end);
  return p < end && load<u8>(p) !== SEMICOLON;
}

/** Returns where the sent-by begins. */
function keepSentBy(start: usize, end: usize, field: i32): usize {
  let p = start + USUAL;
  if (p >= end || load<u8>(start + 3) !== SLASH || load<u8>(p - 1) !== SLASH) {
    // White space may stand around the slashes (RFC 3261 §25.1).
    p = start;
    for (let slashes = 0; p < end && slashes < 2; slashes++) p = findByte(SLASH, p, end) + 1;
  }
  p = skipSpaces(p, end);
  if (p < end) p = findSpace(p, end);
  p = min<usize>(skipSpaces(p, end), end);
  put(field, p, findSentByEnd(p, end));
  return p;
}
