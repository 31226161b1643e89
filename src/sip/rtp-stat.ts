import { SLAB_VIEW } from '../lib/slab.ts';

const VIEW = SLAB_VIEW;

const EQUALS = 0x3d;
const QUOTE = 0x22;
const COUNT_MAX = 0x7fffffff;

/**
 * A count out of `PS=12,OS=3` or `PS=12;OS=3` at [start, end) of the slab, by its name in lower case; -1 when it is not
 * there. Names are compared without regard to case; what stands in quotes is passed over.
 */
export function statistic(name: Uint8Array, start: number, end: number): number {
  let quoted = false;
  let fresh = true;
  for (let p = start; p < end; p++) {
    const byte = VIEW.getUint8(p);
    if (byte === QUOTE) quoted = !quoted;
    if (fresh && !quoted && isNamed(name, p, end)) return number(p + name.length + 1, end);
    fresh = byte === 0x2c || byte === 0x3b || byte === 0x20 || byte === 0x09;
  }
  return -1;
}

function isNamed(name: Uint8Array, at: number, end: number): boolean {
  if (at + name.length >= end || VIEW.getUint8(at + name.length) !== EQUALS) return false;
  for (let i = 0; i < name.length; i++) {
    if ((VIEW.getUint8(at + i) | 0x20) !== name[i]) return false;
  }
  return true;
}

function number(start: number, end: number): number {
  let value = -1;
  for (let p = start; p < end; p++) {
    const digit = VIEW.getUint8(p) - 0x30;
    if (digit < 0 || digit > 9) break;
    value = Math.min(Math.max(value, 0) * 10 + digit, COUNT_MAX);
  }
  return value;
}
