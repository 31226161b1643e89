import { SLAB_VIEW } from '../lib/slab.ts';
import { findByte } from './find-byte.ts';
import { FIELD, type SipScanner } from './scan.ts';

const VIEW = SLAB_VIEW;

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const SLASH = 0x2f;
const APPLICATION = Buffer.from('application/sdp', 'latin1');
const MULTIPART = Buffer.from('multipart/', 'latin1');
/** What an offer asks for: to talk, to put the other side on hold, or to stay on hold. */
export const SDP = { TALK: 0, HOLD: 1, HELD: 2 } as const;
/** Beside the direction: the connection address is 0.0.0.0, the way to hold of RFC 2543. */
const NO_ADDRESS = 4;
/** Media that no direction is read of: refused, or neither audio nor video. */
const NOT_COUNTED = -1;
/** Directions (RFC 3264 §8.4) and addresses, as whole words in lower case. First match wins. */
const LINES = [
  { text: 'a=sendonly', clear: SDP.HOLD | SDP.HELD, set: SDP.HOLD },
  { text: 'a=inactive', clear: SDP.HOLD | SDP.HELD, set: SDP.HOLD },
  { text: 'a=recvonly', clear: SDP.HOLD | SDP.HELD, set: SDP.HELD },
  { text: 'a=sendrecv', clear: SDP.HOLD | SDP.HELD, set: SDP.TALK },
  { text: 'c=in ip4 0.0.0.0', clear: NO_ADDRESS, set: NO_ADDRESS },
  { text: 'c=in', clear: NO_ADDRESS, set: 0 },
].map((line) => ({ ...line, bytes: Buffer.from(line.text, 'latin1') }));
const MEDIA = Buffer.from('m=', 'latin1');
/** The first letters of `MEDIA` and `LINES`, as words of the slab; what is in lower case stays so with `LOWER_CASE`. */
const LOWER_CASE = 0x20202020;
const MEDIA_START = MEDIA.readInt16LE(0);
const [SEND, INACTIVE, RECEIVE, ADDRESS] = ['a=se', 'a=in', 'a=re', 'c=in'].map((text) =>
  Buffer.from(text, 'latin1').readInt32LE(0),
);
const COUNTED = ['m=audio', 'm=video'].map((line) => Buffer.from(line, 'latin1'));
const REFUSED = Buffer.from('0', 'latin1');

/** True when the message carries an SDP body (multipart is taken to hold one). */
export function hasSdp(message: SipScanner): boolean {
  if (message.bodyEnd <= message.bodyStart) return false;
  const start = message.at[2 * FIELD.contentType] as number;
  const end = message.at[2 * FIELD.contentType + 1] as number;
  return startsWith(APPLICATION, start, end) || startsWith(MULTIPART, start, end);
}

/**
 * What the SDP of the message asks for: to talk as soon as one audio or video stream flows both ways. What stands before
 * the first `m=` holds for all media that do not say otherwise (RFC 4566 §5); refused media and others, such as a data
 * channel, do not count.
 */
export function sdpDirection(message: SipScanner): number {
  const end = message.bodyEnd;
  let session = 0;
  let media = NOT_COUNTED;
  let inMedia = false;
  let result = -1;
  for (let p = message.bodyStart; p < end; p = findByte(LF, p, end) + 1) {
    // Most lines are told by their first letters to say nothing here. Reads past `end`, in the padding.
    const start = VIEW.getInt32(p, true) | LOWER_CASE;
    if ((start & 0xffff) === MEDIA_START && startsWith(MEDIA, p, end)) {
      result = combine(result, media);
      media = isCounted(p, end) ? session : NOT_COUNTED;
      inMedia = true;
    } else if (!mayTell(start)) continue;
    else if (!inMedia) session = afterLine(session, p, end);
    else if (media !== NOT_COUNTED) media = afterLine(media, p, end);
  }
  result = combine(result, media);
  return result < 0 ? directionOf(session) : result;
}

/** The direction of several media; `result` is -1 before the first. */
function combine(result: number, media: number): number {
  if (media === NOT_COUNTED) return result;
  const direction = directionOf(media);
  if (result < 0 || direction === SDP.TALK) return direction;
  return result === SDP.HELD ? direction : result;
}

function directionOf(bits: number): number {
  return (bits & NO_ADDRESS) !== 0 ? SDP.HOLD : bits;
}

/** Whether one of `LINES` may begin with these four letters. */
function mayTell(start: number): boolean {
  return start === SEND || start === INACTIVE || start === RECEIVE || start === ADDRESS;
}

function afterLine(bits: number, start: number, end: number): number {
  for (const { bytes, clear, set } of LINES) {
    if (word(bytes, start, end) >= 0) return (bits & ~clear) | set;
  }
  return bits;
}

/** Audio or video whose port is not 0 (RFC 3264 §6: refused). */
function isCounted(start: number, end: number): boolean {
  for (const name of COUNTED) {
    const behind = word(name, start, end);
    if (behind >= 0) return word(REFUSED, behind + 1, end) < 0;
  }
  return false;
}

/** Index behind `text` when it stands at `start` as a whole word, else -1. */
function word(text: Uint8Array, start: number, end: number): number {
  if (!startsWith(text, start, end)) return -1;
  const behind = start + text.length;
  if (behind >= end) return behind;
  const byte = VIEW.getUint8(behind);
  return byte === CR || byte === LF || byte === SPACE || byte === SLASH ? behind : -1;
}

/** Case-insensitive; `text` is in lower case. */
function startsWith(text: Uint8Array, start: number, end: number): boolean {
  if (start + text.length > end) return false;
  for (let i = 0; i < text.length; i++) {
    const byte = VIEW.getUint8(start + i);
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower !== (text[i] as number)) return false;
  }
  return true;
}
