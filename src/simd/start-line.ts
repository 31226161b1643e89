import { findSpace, skipSpaces, trimEnd } from './bytes.ts';
import { METHOD_TABLE, METHODS, NOT_SIP, OK, PHRASE, REQUEST_URI, START_LINE } from './imports.ts';
import { IS_REQUEST, METHOD, METHOD_LENGTH, METHOD_ROW, STATUS } from './layout.ts';
import { put, set } from './result.ts';

const SPACE = 0x20;
const ZERO = 0x30;
const LOWER_CASE = 0x20202020;
/** `sip/`, and `2.0`: the SIP-Version is case-insensitive (RFC 3261 §7.1). */
const SIP_SLASH = 0x2f706973;
const TWO_ZERO = 0x302e32;
const VERSION_LENGTH = 7;
/** Letters of a method that a row has room for. */
const NAME_MAX: usize = METHOD_LENGTH;

/** Reads the Request-Line or Status-Line at [start, end) (RFC 3261 §7.1, §7.2). */
export function readStartLine(start: usize, end: usize): i32 {
  if (start + 4 <= end && isSipSlash(start)) return statusLine(start, end);
  return requestLine(start, end);
}

function isSipSlash(p: usize): bool {
  return (load<i32>(p) | LOWER_CASE) === SIP_SLASH;
}

function isVersion2(p: usize): bool {
  return isSipSlash(p) && (load<i32>(p + 4) & 0xffffff) === TWO_ZERO;
}

function statusLine(start: usize, end: usize): i32 {
  const digits = start + VERSION_LENGTH + 1;
  const after = digits + 3;
  if (!isVersion2(start) || after > end || load<u8>(digits - 1) !== SPACE) return START_LINE;
  let status: u32 = 0;
  for (let p = digits; p < after; p++) {
    const digit: u32 = (load<u8>(p) as u32) - ZERO;
    if (digit > 9) return START_LINE;
    status = status * 10 + digit;
  }
  if (after < end && load<u8>(after) !== SPACE) return START_LINE;
  if (status < 100 || status > 699) return START_LINE;
  set(IS_REQUEST, 0);
  set(STATUS, status);
  put(PHRASE, min<usize>(skipSpaces(after, end), end), end);
  return OK;
}

function requestLine(start: usize, end: usize): i32 {
  const p = findSpace(start, end);
  const version = end - VERSION_LENGTH;
  const isPlaced = p + VERSION_LENGTH < end && load<u8>(version - 1) === SPACE;
  // `GET / HTTP/1.1` is another protocol; `INVITE sip:a SIP/7.0` or a cut line is SIP gone wrong.
  if (!isPlaced || !isSipSlash(version)) return mentionsSip(start, end) ? START_LINE : NOT_SIP;
  if (!isVersion2(version)) return START_LINE;
  const uri = p + 1;
  const uriEnd = trimEnd(uri, version - 1);
  if (uriEnd <= uri) return START_LINE;
  set(IS_REQUEST, 1);
  set(METHOD, methodAt(start, p));
  put(REQUEST_URI, skipSpaces(uri, uriEnd), uriEnd);
  return OK;
}

function mentionsSip(start: usize, end: usize): bool {
  for (let p = start; p + 4 <= end; p++) if (isSipSlash(p)) return true;
  return false;
}

/** Number of the method whose name is [start, end); 0 for any that is not listed. Names are case-sensitive. */
export function methodAt(start: usize, end: usize): i32 {
  const length = end - start;
  if (length === 0 || length > NAME_MAX) return 0;
  const bits: u64 = length < 8 ? (1 << ((length as u64) << 3)) - 1 : -1;
  const name = load<u64>(start) & bits;
  for (let i = 1; i < METHODS; i++) {
    const row = METHOD_TABLE + (i as usize) * METHOD_ROW;
    if (load<u64>(row) === name && load<usize>(row + METHOD_LENGTH) === length) {
      return tailMatches(row, start, length) ? i : 0;
    }
  }
  return 0;
}

/** What stands behind the first eight letters. */
function tailMatches(row: usize, start: usize, length: usize): bool {
  for (let i: usize = 8; i < length; i++)
    if (load<u8>(row + i) !== load<u8>(start + i)) return false;
  return true;
}
