import { SLAB_VIEW } from '../lib/slab.ts';
import { FIELD } from './headers.ts';
import { methodAt } from './method-at.ts';
import { isSpace, skipSpaces } from './params.ts';
import { SCAN } from './scan-result.ts';

const VIEW = SLAB_VIEW;

const SPACE = 0x20;
/** "SIP/" lower-cased, and "2.0": `SIP-Version` is case-insensitive (RFC 3261 §7.1). */
const SIP_SLASH = Buffer.from('sip/', 'latin1').readInt32LE(0);
const VERSION_LENGTH = 7;

/** Where a start line is written to. */
export interface StartLine {
  isRequest: boolean;
  method: number;
  status: number;
  readonly at: Int32Array;
}

/** Reads the Request-Line or Status-Line at [start, end) into `scanner` (RFC 3261 §7.1, §7.2). */
export function scanStartLine(scanner: StartLine, start: number, end: number): number {
  if (start + 4 <= end && isSipSlash(start)) return statusLine(scanner, start, end);
  return requestLine(scanner, start, end);
}

function isSipSlash(at: number): boolean {
  return (VIEW.getInt32(at, true) | 0x20202020) === SIP_SLASH;
}

function isVersion2(at: number): boolean {
  return (
    isSipSlash(at) &&
    VIEW.getUint8(at + 4) === 0x32 &&
    VIEW.getUint8(at + 5) === 0x2e &&
    VIEW.getUint8(at + 6) === 0x30
  );
}

function statusLine(scanner: StartLine, start: number, end: number): number {
  const digits = start + VERSION_LENGTH + 1;
  if (!isVersion2(start) || digits + 3 > end || VIEW.getUint8(digits - 1) !== SPACE) {
    return SCAN.START_LINE;
  }
  let status = 0;
  for (let p = digits; p < digits + 3; p++) {
    const digit = VIEW.getUint8(p) - 0x30;
    if (digit < 0 || digit > 9) return SCAN.START_LINE;
    status = status * 10 + digit;
  }
  const after = digits + 3;
  if (after < end && VIEW.getUint8(after) !== SPACE) return SCAN.START_LINE;
  if (status < 100 || status > 699) return SCAN.START_LINE;
  scanner.isRequest = false;
  scanner.status = status;
  scanner.at[2 * FIELD.phrase] = Math.min(skipSpaces(after, end), end);
  scanner.at[2 * FIELD.phrase + 1] = end;
  return SCAN.OK;
}

function requestLine(scanner: StartLine, start: number, end: number): number {
  let p = start;
  while (p < end && !isSpace(VIEW.getUint8(p))) p++;
  const version = end - VERSION_LENGTH;
  if (version <= p || !isSipSlash(version) || VIEW.getUint8(version - 1) !== SPACE) {
    // `GET / HTTP/1.1` is another protocol; `INVITE sip:a SIP/7.0` or a cut line is SIP gone wrong.
    return mentionsSip(start, end) ? SCAN.START_LINE : SCAN.NOT_SIP;
  }
  if (!isVersion2(version)) return SCAN.START_LINE;
  const uri = p + 1;
  let uriEnd = version - 1;
  while (uriEnd > uri && isSpace(VIEW.getUint8(uriEnd - 1))) uriEnd--;
  if (uriEnd <= uri) return SCAN.START_LINE;
  scanner.isRequest = true;
  scanner.method = methodAt(start, p);
  scanner.at[2 * FIELD.requestUri] = skipSpaces(uri, uriEnd);
  scanner.at[2 * FIELD.requestUri + 1] = uriEnd;
  return SCAN.OK;
}

function mentionsSip(start: number, end: number): boolean {
  for (let p = start; p + 4 <= end; p++) if (isSipSlash(p)) return true;
  return false;
}
