/** What `sipMessageLength` says in place of a length. */
export const FRAMING = {
  /** More bytes are needed. */
  MORE: 0,
  /** These bytes begin no SIP message. */
  BROKEN: -1,
} as const;

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const COLON = 0x3a;
const LETTER_C = 0x63;
const LETTER_L = 0x6c;
/** Longest start line and headers together, bytes. */
const HEAD_MAX = 65_536;
/** Content-Length below 2^31, as everywhere. */
const LENGTH_MAX = 0x7fffffff;

const VERSION = Buffer.from('SIP/2.0', 'latin1');
const CONTENT_LENGTH = Buffer.from('content-length', 'latin1');
/** The methods of the IANA registry that a stream may begin with, each with the space behind it. */
const METHOD_STARTS: readonly Buffer[] = [
  ...['INVITE', 'ACK', 'BYE', 'CANCEL', 'PRACK', 'UPDATE', 'REFER', 'NOTIFY', 'INFO'],
  ...['OPTIONS', 'REGISTER', 'SUBSCRIBE', 'MESSAGE', 'PUBLISH'],
].map((name) => Buffer.from(`${name} `, 'latin1'));
/** Schemes of a Request-URI; RTSP and HTTP have methods of the same names. */
const SCHEMES: readonly Buffer[] = ['sip:', 'sips:', 'tel:', 'urn:'].map((name) =>
  Buffer.from(name, 'latin1'),
);
const RESPONSE_START = Buffer.from('SIP/2.0 ', 'latin1');

/** How far one message was read, so that what comes in small pieces is not read again and again. All 0 at its start. */
export interface FramingProgress {
  /** Bytes of whole lines read. */
  read: number;
  /** Content-Length seen so far. */
  body: number;
  /** Length of the whole message, once its head is complete; 0 before. */
  total: number;
}

/**
 * Length of the SIP message that begins at `start` of a stream: its head, and a body of Content-Length bytes, none
 * without that header (RFC 3261 section 18.3). The length may reach beyond `end`: then the rest is still to come.
 * Keep-alives (CR and LF) before a start line are no message: skip them first.
 */
export function sipMessageLength(
  bytes: Buffer,
  start: number,
  end: number,
  progress: FramingProgress,
): number {
  if (progress.total > 0) return progress.total;
  // A search in the whole buffer might run far beyond `end`.
  const head = bytes.subarray(start, end);
  for (let at = progress.read; at < head.length; at = progress.read) {
    const stop = head.indexOf(LF, at);
    if (stop < 0) break;
    progress.read = stop + 1;
    if (!readLine(head, at, stop, progress)) return FRAMING.BROKEN;
    if (progress.total > 0) return progress.total;
  }
  return head.length > HEAD_MAX ? FRAMING.BROKEN : FRAMING.MORE;
}

/** Takes one line of a head, from `at` to the LF at `stop`. False: no message has such a line. */
function readLine(head: Uint8Array, at: number, stop: number, progress: FramingProgress): boolean {
  if (at === 0) return isStartLine(head, 0, stop);
  if (stop === at || (stop === at + 1 && head[at] === CR)) {
    progress.total = stop + 1 + progress.body;
    return true;
  }
  const found = contentLength(head, at, stop);
  if (found === FRAMING.BROKEN) return false;
  if (found !== null) progress.body = found;
  return true;
}

/**
 * Whether a SIP message begins here, judged by its first bytes; false too when they are too few to tell. Only methods
 * that are registered: this is to find a message among other things.
 */
export function isSipStart(bytes: Uint8Array, start: number, end: number): boolean {
  if (matches(RESPONSE_START, bytes, start, end)) return true;
  for (const method of METHOD_STARTS) {
    if (!matches(method, bytes, start, end)) continue;
    const uri = start + method.length;
    return SCHEMES.some((scheme) => matches(scheme, bytes, uri, end, 0x20));
  }
  return false;
}

/** RFC 3261 section 7: the version stands first in a response and last in a request. */
function isStartLine(bytes: Uint8Array, start: number, lineEnd: number): boolean {
  let end = lineEnd;
  while (end > start && (bytes[end - 1] === CR || bytes[end - 1] === SPACE)) end--;
  if (matches(RESPONSE_START, bytes, start, end)) return true;
  const at = end - VERSION.length;
  return at > start && bytes[at - 1] === SPACE && matches(VERSION, bytes, at, end);
}

/** The value when this header line is a Content-Length; `BROKEN` when it is one without a number; null: another. */
function contentLength(bytes: Uint8Array, start: number, end: number): number | null {
  const first = (bytes[start] as number) | 0x20;
  const name = first === LETTER_L ? 1 : first === LETTER_C ? CONTENT_LENGTH.length : 0;
  if (name === 0 || start + name >= end) return null;
  if (name > 1 && !matches(CONTENT_LENGTH, bytes, start, end, 0x20)) return null;
  let at = skipBlanks(bytes, start + name, end);
  if (bytes[at] !== COLON) return null;
  at = skipBlanks(bytes, at + 1, end);
  let value = -1;
  for (; at < end; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) break;
    value = Math.max(value, 0) * 10 + digit;
    if (value > LENGTH_MAX) return FRAMING.BROKEN;
  }
  return value;
}

function skipBlanks(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at++;
  return at;
}

/** `fold` 0x20: upper and lower case alike, for letters. */
function matches(
  text: Uint8Array,
  bytes: Uint8Array,
  start: number,
  end: number,
  fold = 0,
): boolean {
  if (end - start < text.length) return false;
  for (let i = 0; i < text.length; i++) {
    if (((bytes[start + i] as number) | fold) !== ((text[i] as number) | fold)) return false;
  }
  return true;
}
