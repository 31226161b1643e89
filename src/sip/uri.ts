import { SLAB_VIEW } from '../lib/slab.ts';
import { skipQuoted } from './params.ts';

const VIEW = SLAB_VIEW;

const QUOTE = 0x22;
const LT = 0x3c;
const GT = 0x3e;
const COLON = 0x3a;
const AT = 0x40;
const SEMICOLON = 0x3b;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** By byte: 1 for what ends a host: port, parameter, header, bracket or white space. */
const ENDS_HOST = new Uint8Array(256);
for (const byte of [COLON, SEMICOLON, GT, 0x3f, 0x20, 0x09, 0x0d, 0x0a]) ENDS_HOST[byte] = 1;

/**
 * Writes the offsets of the user part (or of a tel: number) of the URI in a From, To or Request-URI value
 * (RFC 3261 §19.1.1, RFC 3966). Writes an empty range when there is none.
 */
export function uriUser(start: number, end: number, out: Int32Array): void {
  out[0] = 0;
  out[1] = 0;
  const scheme = uriStart(start, end);
  let p = scheme;
  while (p < end && VIEW.getUint8(p) !== COLON) p++;
  if (p >= end) return;
  const tel = p > scheme && (VIEW.getUint8(p - 1) | 0x20) === 0x6c;
  const stop = tel ? find(SEMICOLON, GT, p + 1, end) : sipUserEnd(p + 1, end);
  if (stop < 0) return;
  out[0] = p + 1;
  out[1] = stop;
}

/** Writes the offsets of the host of the SIP URI in such a value; an empty range when there is none, as in a tel: URI. */
export function uriHost(start: number, end: number, out: Int32Array): void {
  out[0] = 0;
  out[1] = 0;
  const scheme = uriStart(start, end);
  let p = find(COLON, GT, scheme, end);
  if (p >= end || VIEW.getUint8(p) !== COLON || p < scheme + 3) return;
  // tel: has no host.
  if ((VIEW.getUint8(p - 1) | 0x20) === 0x6c) return;
  const at = find(AT, GT, p, end);
  p = at < end && VIEW.getUint8(at) === AT ? at + 1 : p + 1;
  const bracket = p < end && VIEW.getUint8(p) === OPEN_BRACKET;
  let stop = bracket ? find(CLOSE_BRACKET, GT, p, end) : p;
  while (stop < end && ENDS_HOST[VIEW.getUint8(stop)] !== 1) stop++;
  out[0] = p;
  out[1] = stop;
}

/** Behind the opening angle bracket of a name-addr; the value itself when it is a bare URI. */
function uriStart(start: number, end: number): number {
  let p = start;
  while (p < end && VIEW.getUint8(p) !== LT) {
    p = VIEW.getUint8(p) === QUOTE ? skipQuoted(p, end) : p + 1;
  }
  return p < end ? p + 1 : start;
}

/** End of the user part of a SIP URI, before a password (RFC 3261 §19.1.1); -1 when it has none. */
function sipUserEnd(start: number, end: number): number {
  const at = find(AT, GT, start, end);
  if (at === end || VIEW.getUint8(at) !== AT) return -1;
  return find(COLON, AT, start, at);
}

/** First of two bytes, `end` when neither is there. */
function find(one: number, other: number, start: number, end: number): number {
  let p = start;
  while (p < end && VIEW.getUint8(p) !== one && VIEW.getUint8(p) !== other) p++;
  return p;
}
