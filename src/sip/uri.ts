import { SLAB_VIEW } from '../lib/slab.ts';
import { skipQuoted } from './params.ts';

const QUOTE = 0x22;
const LT = 0x3c;
const GT = 0x3e;
const COLON = 0x3a;
const AT = 0x40;
const SEMICOLON = 0x3b;

/**
 * Writes the offsets of the user part (or of a tel: number) of the URI in a From, To or Request-URI value
 * (RFC 3261 §19.1.1, RFC 3966). Writes an empty range when there is none.
 */
export function uriUser(start: number, end: number, out: Int32Array): void {
  out[0] = 0;
  out[1] = 0;
  const scheme = uriStart(start, end);
  let p = scheme;
  while (p < end && SLAB_VIEW.getUint8(p) !== COLON) p++;
  if (p >= end) return;
  const tel = p > scheme && (SLAB_VIEW.getUint8(p - 1) | 0x20) === 0x6c;
  const stop = tel ? find(SEMICOLON, GT, p + 1, end) : sipUserEnd(p + 1, end);
  if (stop < 0) return;
  out[0] = p + 1;
  out[1] = stop;
}

/** Behind the opening angle bracket of a name-addr; the value itself when it is a bare URI. */
function uriStart(start: number, end: number): number {
  let p = start;
  while (p < end && SLAB_VIEW.getUint8(p) !== LT) {
    p = SLAB_VIEW.getUint8(p) === QUOTE ? skipQuoted(p, end) : p + 1;
  }
  return p < end ? p + 1 : start;
}

/** End of the user part of a SIP URI, before a password (RFC 3261 §19.1.1); -1 when it has none. */
function sipUserEnd(start: number, end: number): number {
  const at = find(AT, GT, start, end);
  if (at === end || SLAB_VIEW.getUint8(at) !== AT) return -1;
  return find(COLON, AT, start, at);
}

/** First of two bytes, `end` when neither is there. */
function find(one: number, other: number, start: number, end: number): number {
  let p = start;
  while (p < end && SLAB_VIEW.getUint8(p) !== one && SLAB_VIEW.getUint8(p) !== other) p++;
  return p;
}
