const [SPACE, QUOTE, BACKSLASH, DIGIT_0, POINT, LAST_ASCII] = [0x20, 0x22, 0x5c, 0x30, 0x2e, 0x7e];
/** Bytes that a character of a JSON string takes at most (`\u0000`), one of UTF-8, and a number. */
export const ESCAPE_BYTES = 6;
const UTF8_BYTES = 3;
export const NUMBER_BYTES = 25;
/** 31 years, in ms: what is longer is written in another way. */
const MS_MAX = 1e12;
/** Bytes that are copied at a time: it takes less than one by one, and less than a call of `copyWithin`. */
const WORD = 4;

/** Text that grows at its end, as bytes: JSON values are written where they stand, and no string is made of them. */
export class JsonBuffer {
  #bytes: Buffer;
  #view: DataView;
  /** Bytes so far. */
  #end = 0;

  /** `size`: room to begin with, bytes. */
  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafeSlow(size);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#end;
  }

  /** Before any `put…` there must be room for what it writes at most. */
  makeRoom(most: number): void {
    if (this.#end + most <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(this.#end + most);
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }

  /** Any text, as UTF-8; makes room for it. */
  write(text: string): void {
    this.makeRoom(text.length * UTF8_BYTES);
    this.#end += this.#bytes.write(text, this.#end);
  }

  putBytes(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /** A short ASCII text. */
  putAscii(text: string): void {
    this.writeOver(this.#end, text);
    this.#end += text.length;
  }

  /** Puts a short ASCII text in place of what stands there. */
  writeOver(at: number, text: string): void {
    const bytes = this.#bytes;
    for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
  }

  /** The same with what stands elsewhere; `length`: a multiple of four bytes. */
  copyOver(at: number, from: number, length: number): void {
    const view = this.#view;
    for (let i = 0; i < length; i += WORD) view.setInt32(at + i, view.getInt32(from + i));
  }

  /** A string or null. */
  putString(text: string | null): void {
    if (text === null) this.putAscii('null');
    else if (!this.#putPlain(text)) {
      this.#end += this.#bytes.write(JSON.stringify(text), this.#end);
    }
  }

  /** False, and nothing written, where anything may be an escape, several bytes, or half a character. */
  #putPlain(text: string): boolean {
    const bytes = this.#bytes;
    let at = this.#end;
    bytes[at++] = QUOTE;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code < SPACE || code > LAST_ASCII || code === QUOTE || code === BACKSLASH) return false;
      bytes[at++] = code;
    }
    bytes[at++] = QUOTE;
    this.#end = at;
    return true;
  }

  /** A number or null. Seconds of whole ms are written digit by digit: V8 takes long to find the shortest text of one. */
  putSeconds(seconds: number | null): void {
    if (seconds === null) {
      this.putAscii('null');
      return;
    }
    const ms = Math.round(seconds * 1000);
    // Fewer than 15 digits: no shorter text is this number.
    if (!(ms >= 0 && ms < MS_MAX && ms / 1000 === seconds)) this.putAscii(`${seconds}`);
    else this.#putMs(ms);
  }

  /** As seconds, without zeros at the end. */
  #putMs(ms: number): void {
    const whole = Math.floor(ms / 1000);
    let digits = 1;
    for (let limit = 10; limit <= whole; limit *= 10) digits++;
    this.#putDigits(whole, digits);
    const rest = ms - whole * 1000;
    if (rest === 0) return;
    this.#bytes[this.#end++] = POINT;
    if (rest % 100 === 0) this.#putDigits(rest / 100, 1);
    else if (rest % 10 === 0) this.#putDigits(rest / 10, 2);
    else this.#putDigits(rest, 3);
  }

  #putDigits(value: number, digits: number): void {
    let rest = value;
    for (let at = this.#end + digits - 1; at >= this.#end; at--) {
      const shorter = Math.floor(rest / 10);
      this.#bytes[at] = DIGIT_0 + rest - shorter * 10;
      rest = shorter;
    }
    this.#end += digits;
  }

  /** Takes back what stands behind the first `length` bytes. */
  cut(length: number): void {
    this.#end = Math.min(this.#end, length);
  }

  /** All so far; then nothing is left. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = Buffer.allocUnsafeSlow(this.#end);
    this.#bytes.copy(taken, 0, 0, this.#end);
    this.#end = 0;
    return taken;
  }
}
