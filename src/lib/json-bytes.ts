/** JSON values written into bytes where they are to stand: no string is made of what is plain. Each returns its end. */

const [SPACE, QUOTE, BACKSLASH, DIGIT_0, POINT, LAST_ASCII] = [0x20, 0x22, 0x5c, 0x30, 0x2e, 0x7e];
/** Bytes that a character of a string takes at most, and a number of `putSeconds`. */
export const CHARACTER_BYTES = 6;
export const NUMBER_BYTES = 25;
/** 31 years: what is longer is written in another way. */
const MS_MAX = 1e12;

export function putBytes(out: Buffer, at: number, bytes: Uint8Array): number {
  out.set(bytes, at);
  return at + bytes.length;
}

/** A short ASCII text of which nothing is to be escaped. */
export function putAscii(out: Buffer, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) out[at + i] = text.charCodeAt(i);
  return at + text.length;
}

/** A string or null. */
export function putString(out: Buffer, at: number, text: string | null): number {
  if (text === null) return putAscii(out, at, 'null');
  out[at] = QUOTE;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    // Anything else may be an escape, several bytes, or half a character.
    if (code < SPACE || code > LAST_ASCII || code === QUOTE || code === BACKSLASH) {
      return at + out.write(JSON.stringify(text), at);
    }
    out[at + 1 + i] = code;
  }
  out[at + 1 + text.length] = QUOTE;
  return at + 2 + text.length;
}

/** A number or null. Seconds with whole ms are written digit by digit: V8 takes long for the shortest form of one. */
export function putSeconds(out: Buffer, at: number, seconds: number | null): number {
  if (seconds === null) return putAscii(out, at, 'null');
  const ms = Math.round(seconds * 1000);
  // Fewer than 15 digits: no shorter text is this number.
  if (!(ms >= 0 && ms < MS_MAX && ms / 1000 === seconds)) return putAscii(out, at, `${seconds}`);
  const whole = Math.floor(ms / 1000);
  const end = putDigits(out, at, whole, digitsOf(whole));
  const rest = ms - whole * 1000;
  if (rest === 0) return end;
  out[end] = POINT;
  if (rest % 100 === 0) return putDigits(out, end + 1, rest / 100, 1);
  if (rest % 10 === 0) return putDigits(out, end + 1, rest / 10, 2);
  return putDigits(out, end + 1, rest, 3);
}

function digitsOf(value: number): number {
  let digits = 1;
  for (let limit = 10; limit <= value; limit *= 10) digits++;
  return digits;
}

function putDigits(out: Buffer, at: number, value: number, digits: number): number {
  let rest = value;
  for (let i = digits - 1; i >= 0; i--) {
    const shorter = Math.floor(rest / 10);
    out[at + i] = DIGIT_0 + rest - shorter * 10;
    rest = shorter;
  }
  return at + digits;
}
