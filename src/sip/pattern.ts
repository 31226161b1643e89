import { SLAB_VIEW } from '../lib/slab.ts';
import { findByte } from './find-byte.ts';

const VIEW = SLAB_VIEW;

/** Bytes of a value that a pattern looks at; what follows is not read. */
export const PATTERN_READS = 1024;

/**
 * A pattern with `*` for any text, compared without regard to case, on bytes of the slab. Its pieces are searched one
 * after the other and never again, so that no value can make it slow: at most `PATTERN_READS` × its own length steps.
 */
export class Pattern {
  readonly #pieces: readonly Uint8Array[];

  constructor(text: string) {
    this.#pieces = text.split('*').map((piece) => Buffer.from(piece.toLowerCase(), 'latin1'));
  }

  /** True when all of [start, end) is as the pattern says. */
  matches(start: number, end: number): boolean {
    const pieces = this.#pieces;
    const stop = Math.min(end, start + PATTERN_READS);
    const first = pieces[0] as Uint8Array;
    if (!isAt(first, start, stop)) return false;
    let p = start + first.length;
    if (pieces.length === 1) return p === stop;
    for (let i = 1; i < pieces.length - 1; i++) {
      p = find(pieces[i] as Uint8Array, p, stop);
      if (p < 0) return false;
    }
    const last = pieces[pieces.length - 1] as Uint8Array;
    return stop - last.length >= p && isAt(last, stop - last.length, stop);
  }
}

/** Behind the first place of `piece` in [start, end); -1 when it is not there. */
function find(piece: Uint8Array, start: number, end: number): number {
  const stop = end - piece.length + 1;
  const first = piece[0] ?? 0;
  // What is no letter, as the `;` of a parameter, is searched four bytes at a time.
  const letter = first === 0 || (first >= 0x61 && first <= 0x7a);
  for (let p = start; p < stop; p++) {
    if (!letter) p = findByte(first, p, stop);
    if (isAt(piece, p, end)) return p + piece.length;
  }
  return -1;
}

function isAt(piece: Uint8Array, at: number, end: number): boolean {
  if (at + piece.length > end) return false;
  for (let i = 0; i < piece.length; i++) {
    const byte = VIEW.getUint8(at + i);
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower !== piece[i]) return false;
  }
  return true;
}
