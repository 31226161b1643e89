import { SLAB_VIEW } from '../lib/slab.ts';
import { FIELD, type SipScanner } from './scan.ts';

const APPLICATION = Buffer.from('application/sdp', 'latin1');
const MULTIPART = Buffer.from('multipart/', 'latin1');
/** What an offer asks for: to talk, to put the other side on hold, or to stay on hold. */
export const SDP = { TALK: 0, HOLD: 1, HELD: 2 } as const;
/** RFC 3264 §8.4; the address 0.0.0.0 is the way of RFC 2543. */
const LINES = [
  { line: Buffer.from('a=sendonly', 'latin1'), direction: SDP.HOLD },
  { line: Buffer.from('a=inactive', 'latin1'), direction: SDP.HOLD },
  { line: Buffer.from('c=IN IP4 0.0.0.0', 'latin1'), direction: SDP.HOLD },
  { line: Buffer.from('a=recvonly', 'latin1'), direction: SDP.HELD },
] as const;

/** True when the message carries an SDP body (multipart is taken to hold one). */
export function hasSdp(message: SipScanner): boolean {
  if (message.bodyEnd <= message.bodyStart) return false;
  const start = message.at[2 * FIELD.contentType] as number;
  const end = message.at[2 * FIELD.contentType + 1] as number;
  return startsWith(APPLICATION, start, end) || startsWith(MULTIPART, start, end);
}

/** What the SDP of the message asks for: the first line that says anything. */
export function sdpDirection(message: SipScanner): number {
  const end = message.bodyEnd;
  let p = message.bodyStart;
  while (p < end) {
    for (const { line, direction } of LINES) if (startsWith(line, p, end)) return direction;
    while (p < end && SLAB_VIEW.getUint8(p) !== 0x0a) p++;
    p++;
  }
  return SDP.TALK;
}

function startsWith(text: Uint8Array, start: number, end: number): boolean {
  if (start + text.length > end) return false;
  for (let i = 0; i < text.length; i++) {
    const byte = SLAB_VIEW.getUint8(start + i);
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    const wanted = text[i] as number;
    if (lower !== (wanted >= 0x41 && wanted <= 0x5a ? wanted | 0x20 : wanted)) return false;
  }
  return true;
}
