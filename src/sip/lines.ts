import { SLAB_VIEW } from '../lib/slab.ts';
import { findByte } from './find-byte.ts';
import { isSpace } from './params.ts';

const VIEW = SLAB_VIEW;

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;

export function isBlankLine(p: number, end: number): boolean {
  const byte = VIEW.getUint8(p);
  return byte === LF || (byte === CR && p + 1 < end && VIEW.getUint8(p + 1) === LF);
}

/** Index of the LF that ends the header line at `p`, folded lines included (RFC 3261 §7.3.1); `end` when none does. */
export function findLineEnd(start: number, end: number): number {
  let p = start;
  for (;;) {
    p = findByte(LF, p, end);
    if (p >= end) return end;
    const next = VIEW.getUint8(p + 1);
    if ((next !== 0x20 && next !== 0x09) || p + 1 >= end) return p;
    p++;
  }
}

export function findColon(start: number, end: number): number {
  for (let p = start; p < end; p++) if (VIEW.getUint8(p) === COLON) return p;
  return -1;
}

export function trimEnd(start: number, end: number): number {
  let p = end;
  while (p > start && isSpace(VIEW.getUint8(p - 1))) p--;
  return p;
}
