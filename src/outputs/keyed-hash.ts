import { createHash, createHmac } from 'node:crypto';
import { hex } from '../lib/hash.ts';
import { BLOCK_BYTES, DIGEST_BYTES, Sha256 } from '../lib/sha256.ts';

/** RFC 2104: what the key is combined with for the inner and the outer hash. */
const INNER = 0x36;
const OUTER = 0x5c;
/** Texts that fit one block with its padding: an end bit and the length, 64 bits of which 32 are enough. */
const SHORT = BLOCK_BYTES - 9;
/** FIPS 180-4 section 5.1.1: what stands behind the last byte. */
const END_BIT = 0x80;
const LENGTH_WORD = 15;
const LAST_ASCII = 0x7f;
/** Hashes of numbers remembered: callers repeat. Each has one place, which its last digits tell; the latest there stays. */
const PLACES = 4096;
/** Digits that a double holds exactly. */
const DIGITS_MAX = 15;
const DIGIT_0 = 0x30;

/**
 * The first 32 bits of HMAC-SHA256 as hex. Of a short text, as numbers and names are, not by `createHmac`: what comes
 * of the key alone is hashed once and gone on from, which takes less than half of the time, and every call has two numbers.
 */
export class KeyedHash {
  readonly #key: string | Uint8Array;
  readonly #sha = new Sha256();
  /** States of the inner and the outer hash behind the padded key. */
  readonly #inner: Int32Array;
  readonly #outer: Int32Array;
  /** By place: a number that was hashed, how many digits it was written with, and its hash. */
  readonly #numbers = new Float64Array(PLACES);
  readonly #lengths = new Uint8Array(PLACES);
  readonly #hashes = new Int32Array(PLACES);

  constructor(key: string | Uint8Array) {
    this.#key = key;
    const bytes = Buffer.from(key);
    // RFC 2104 section 2: a longer key is hashed first.
    const isLong = bytes.length > BLOCK_BYTES;
    const block = isLong ? createHash('sha256').update(bytes).digest() : bytes;
    this.#inner = stateBehind(block, INNER);
    this.#outer = stateBehind(block, OUTER);
  }

  /** Eight digits. */
  of(text: string): string {
    const number = text.length <= DIGITS_MAX ? numberOf(text) : -1;
    if (number < 0) return hex(this.#digest(text));
    // The rest of a division: `%` of what is no small integer takes long.
    const place = number - Math.floor(number / PLACES) * PLACES;
    if (this.#lengths[place] !== text.length || this.#numbers[place] !== number) {
      this.#hashes[place] = this.#digest(text);
      this.#numbers[place] = number;
      this.#lengths[place] = text.length;
    }
    return hex(this.#hashes[place] as number);
  }

  #digest(text: string): number {
    if (!this.#load(text)) {
      return createHmac('sha256', this.#key).update(text).digest().readInt32BE(0);
    }
    const { words, state } = this.#sha;
    this.#sha.go(this.#inner);
    for (let i = 0; i < LENGTH_WORD; i++) words[i] = i < state.length ? (state[i] as number) : 0;
    end(words, DIGEST_BYTES);
    this.#sha.go(this.#outer);
    return state[0] as number;
  }

  /** Writes the one block of an ASCII text and its padding; false: it takes more. */
  #load(text: string): boolean {
    const { words } = this.#sha;
    if (text.length > SHORT) return false;
    for (let i = 0; i < LENGTH_WORD; i++) words[i] = 0;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > LAST_ASCII) return false;
      put(words, i, code);
    }
    end(words, text.length);
    return true;
  }
}

/** Of the hash that a padded key begins. */
function stateBehind(key: Uint8Array, pad: number): Int32Array {
  const sha = new Sha256();
  for (let i = 0; i < BLOCK_BYTES; i++) put(sha.words, i, (key[i] ?? 0) ^ pad);
  sha.go(sha.state.slice());
  return sha.state;
}

function put(words: Int32Array, at: number, byte: number): void {
  const shift = 24 - ((at & 3) << 3);
  words[at >> 2] = (words[at >> 2] as number) | (byte << shift);
}

/** `length`: of the text behind the padded key, bytes. */
function end(words: Int32Array, length: number): void {
  put(words, length, END_BIT);
  words[LENGTH_WORD] = (BLOCK_BYTES + length) * 8;
}

/** -1: it is no digits alone; an empty text is none. */
function numberOf(text: string): number {
  let number = text === '' ? -1 : 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - DIGIT_0;
    if (!(digit >= 0 && digit <= 9)) return -1;
    number = number * 10 + digit;
  }
  return number;
}
