import { SLAB_VIEW } from '../lib/slab.ts';
import { findParam } from './params.ts';
import { FIELD, type SipScanner } from './scan.ts';

const VIEW = SLAB_VIEW;

const RECEIVED = Buffer.from('received', 'latin1');
const RPORT = Buffer.from('rport', 'latin1');
const DOT = 0x2e;
const COLON = 0x3a;

/**
 * Writes the IPv4 address and port at which the sender of the top Via is reached: its `received` and `rport` parameters,
 * else its sent-by (RFC 3261 §18.2.1, RFC 3581 §4). Returns false, and writes nothing, when neither is an IPv4 address: a browser's sent-by
 * is a random name under `.invalid` (RFC 7118 §5).
 */
export function viaEndpoint(
  message: SipScanner,
  out: Uint8Array,
  address: number,
  port: number,
): boolean {
  const sentBy = message.at[2 * FIELD.sentBy] as number;
  const sentByEnd = message.at[2 * FIELD.sentBy + 1] as number;
  const via = message.at[2 * FIELD.via + 1] as number;
  const value = new Int32Array([sentBy, sentByEnd]);
  findParam(RECEIVED, sentByEnd, via, value, 0);
  const [start = 0, end = 0] = value;
  if (ipv4End(start, end, null, 0) < 0) return false;
  ipv4End(start, end, out, address);
  if (findParam(RPORT, sentByEnd, via, value, 0))
    writeNumber(value[0] ?? 0, value[1] ?? 0, out, port);
  else writePort(sentBy, sentByEnd, out, port);
  return true;
}

/** Reads `a.b.c.d` at `start`; index behind it, or -1. Writes it as ::ffff:a.b.c.d when `out` is given. */
function ipv4End(start: number, end: number, out: Uint8Array | null, at: number): number {
  let p = start;
  if (out !== null) out.fill(0, at, at + 10).fill(0xff, at + 10, at + 12);
  for (let part = 0; part < 4; part++) {
    if (part > 0 && (p >= end || VIEW.getUint8(p++) !== DOT)) return -1;
    const stop = digitsEnd(p, end);
    const value = number(p, stop);
    if (stop === p || value > 255) return -1;
    if (out !== null) out[at + 12 + part] = value;
    p = stop;
  }
  return p === end || VIEW.getUint8(p) === COLON ? p : -1;
}

function writePort(start: number, end: number, out: Uint8Array, at: number): void {
  let p = start;
  while (p < end && VIEW.getUint8(p) !== COLON) p++;
  writeNumber(p + 1, digitsEnd(p + 1, end), out, at);
}

function writeNumber(start: number, end: number, out: Uint8Array, at: number): void {
  const value = number(start, end);
  out[at] = (value >> 8) & 0xff;
  out[at + 1] = value & 0xff;
}

function digitsEnd(start: number, end: number): number {
  let p = start;
  while (p < end && VIEW.getUint8(p) >= 0x30 && VIEW.getUint8(p) <= 0x39) p++;
  return p;
}

/** Decimal digits of [start, end), saturated where no port or address part can be. */
function number(start: number, end: number): number {
  let value = 0;
  for (let p = start; p < end; p++) {
    value = Math.min(value * 10 + VIEW.getUint8(p) - 0x30, 0xffff);
  }
  return value;
}
