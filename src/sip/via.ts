import { SLAB_VIEW } from '../lib/slab.ts';
import { findParam, isSpace, skipQuoted, skipSpaces } from './params.ts';

const BRANCH = Buffer.from('branch', 'latin1');
const QUOTE = 0x22;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;

/**
 * End of the Via value that begins at `start`: the comma before the next value of the same line, or `end`
 * (RFC 3261 §20.42: several values may share one header line).
 */
export function viaValueEnd(start: number, end: number): number {
  let p = start;
  while (p < end) {
    const byte = SLAB_VIEW.getUint8(p);
    if (byte === QUOTE) p = skipQuoted(p, end);
    else if (byte === COMMA) return p;
    else p++;
  }
  return end;
}

/** False for an empty list element (`,,` or `;,`: RFC 4475 §3.1.2.1), which is no hop. */
export function isViaValue(start: number, end: number): boolean {
  const p = skipSpaces(start, end);
  return p < end && SLAB_VIEW.getUint8(p) !== SEMICOLON;
}

/** Writes the offsets of the branch parameter; leaves them alone (empty) when there is none (RFC 2543). */
export function viaBranch(start: number, end: number, out: Int32Array, slot: number): void {
  findParam(BRANCH, start, end, out, slot);
}

/** Writes the offsets of the sent-by (`host[:port]`) of the value `SIP/2.0/UDP host:port;…` (RFC 3261 §25.1). */
export function viaSentBy(start: number, end: number, out: Int32Array, slot: number): void {
  let p = start;
  // `SIP / 2.0 / UDP`: white space may stand around the slashes, so the sent-by follows the second slash's token.
  for (let slashes = 0; p < end && slashes < 2; p++) {
    if (SLAB_VIEW.getUint8(p) === 0x2f) slashes++;
  }
  p = skipSpaces(p, end);
  while (p < end && !isSpace(SLAB_VIEW.getUint8(p))) p++;
  p = skipSpaces(p, end);
  let q = p;
  while (q < end) {
    const byte = SLAB_VIEW.getUint8(q);
    if (byte === SEMICOLON || byte === COMMA || isSpace(byte)) break;
    q++;
  }
  out[slot] = p;
  out[slot + 1] = q;
}
