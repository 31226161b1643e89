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
  const tel = (SLAB_VIEW.getUint8(p - 1) | 0x20) === 0x6c;
  const stop = userEnd(p + 1, end, tel);
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

/** End of the user part; -1 when a SIP URI has none. A tel: number ends with its parameters or with the URI. */
function userEnd(start: number, end: number, tel: boolean): number {
  for (let p = start; p < end; p++) {
    const byte = SLAB_VIEW.getUint8(p);
    if (byte === AT) return p;
    if (byte === GT) return tel ? p : -1;
    if (tel && byte === SEMICOLON) return p;
  }
  return tel ? end : -1;
}
