import { SLAB_VIEW } from '../lib/slab.ts';
import { METHOD, METHODS } from './methods.ts';

const VIEW = SLAB_VIEW;

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
