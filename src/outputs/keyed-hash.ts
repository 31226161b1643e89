import { createHash, createHmac, hash } from 'node:crypto';

const BLOCK = 64;
const DIGEST = 32;
/** RFC 2104: what the key is combined with for the inner and the outer hash. */
const INNER = 0x36;
const OUTER = 0x5c;
/** Texts that are hashed without an object of their own, bytes. Numbers and names are shorter. */
const SHORT = 256;
const HEX_DIGITS = 8;
/** Hashes remembered, a power of two: callers repeat. Each text has one place, and the latest there stays. */
const PLACES = 4096;
/** Characters at the end of a text that tell its place: numbers differ there. */
const TAIL = 6;

/**
 * The first 32 bits of HMAC-SHA256 as hex. Not `createHmac`: that makes an object for each text and takes four times as
 * long, and every call has two numbers.
 */
export class KeyedHash {
  readonly #key: string | Uint8Array;
  /** The padded key, and behind it the text. */
  readonly #inner = Buffer.alloc(BLOCK + SHORT);
  /** The padded key, and behind it the inner digest. */
  readonly #outer = Buffer.alloc(BLOCK + DIGEST);
  readonly #texts = new Array<string>(PLACES).fill('');
  readonly #hashes = new Array<string>(PLACES).fill('');

  constructor(key: string | Uint8Array) {
    this.#key = key;
    const bytes = Buffer.from(key);
    // RFC 2104 section 2: a longer key is hashed first.
    const block = bytes.length > BLOCK ? createHash('sha256').update(bytes).digest() : bytes;
    for (let i = 0; i < BLOCK; i++) {
      this.#inner[i] = (block[i] ?? 0) ^ INNER;
      this.#outer[i] = (block[i] ?? 0) ^ OUTER;
    }
  }

  /** Eight digits. */
  of(text: string): string {
    const place = placeOf(text);
    if (text !== '' && this.#texts[place] === text) return this.#hashes[place] as string;
    const digits = this.#digest(text).slice(0, HEX_DIGITS);
    // A long text is kept by nobody.
    if (text.length > SHORT) return digits;
    this.#texts[place] = text;
    this.#hashes[place] = digits;
    return digits;
  }

  #digest(text: string): string {
    // A character is three bytes at most.
    if (text.length * 3 > SHORT) return createHmac('sha256', this.#key).update(text).digest('hex');
    const end = BLOCK + this.#inner.write(text, BLOCK);
    this.#outer.write(hash('sha256', this.#inner.subarray(0, end), 'binary'), BLOCK, 'latin1');
    return hash('sha256', this.#outer, 'hex');
  }
}

function placeOf(text: string): number {
  let place = text.length;
  for (let i = Math.max(0, text.length - TAIL); i < text.length; i++) {
    place = (place * 31 + text.charCodeAt(i)) | 0;
  }
  return place & (PLACES - 1);
}
