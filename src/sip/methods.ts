import { SLAB_VIEW } from '../lib/slab.ts';

const VIEW = SLAB_VIEW;

/** SIP methods by index; 0 is any method not listed. Names are case-sensitive (RFC 3261 §7.1). */
export const METHODS = [
  'OTHER',
  'INVITE',
  'ACK',
  'BYE',
  'CANCEL',
  'PRACK',
  'UPDATE',
  'REFER',
  'NOTIFY',
  'INFO',
  'OPTIONS',
  'REGISTER',
  'SUBSCRIBE',
  'MESSAGE',
  'PUBLISH',
] as const;

/** Indices into `METHODS`, named. */
export const METHOD = {
  OTHER: 0,
  INVITE: 1,
  ACK: 2,
  BYE: 3,
  CANCEL: 4,
  PRACK: 5,
  UPDATE: 6,
  REFER: 7,
  NOTIFY: 8,
  INFO: 9,
  OPTIONS: 10,
  REGISTER: 11,
  SUBSCRIBE: 12,
  MESSAGE: 13,
  PUBLISH: 14,
} as const;

/** First four bytes as a little-endian integer: the methods differ in them (`ACK` and `BYE` with the space behind). */
const PREFIXES: readonly number[] = METHODS.map((name) => {
  const bytes = Buffer.from(`${name}    `, 'latin1');
  return bytes.readInt32LE(0);
});

/** Method index of the token at [start, end) in the slab. */
export function methodAt(start: number, end: number): number {
  const length = end - start;
  const prefix =
    length === 3
      ? (VIEW.getInt32(start, true) & 0x00ffffff) | 0x20000000
      : VIEW.getInt32(start, true);
  for (let i = 1; i < PREFIXES.length; i++) {
    const name = METHODS[i];
    if (PREFIXES[i] === prefix && name !== undefined && name.length === length) {
      return tailMatches(name, start) ? i : METHOD.OTHER;
    }
  }
  return METHOD.OTHER;
}

function tailMatches(name: string, start: number): boolean {
  for (let i = 4; i < name.length; i++) {
    if (VIEW.getUint8(start + i) !== name.charCodeAt(i)) return false;
  }
  return true;
}
