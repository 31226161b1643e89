import { SLAB_VIEW } from '../lib/slab.ts';
import { FIELD, type SipScanner } from './scan.ts';

const APPLICATION = Buffer.from('application/sdp', 'latin1');
const MULTIPART = Buffer.from('multipart/', 'latin1');
const HOLD_LINES = ['a=sendonly', 'a=inactive', 'c=IN IP4 0.0.0.0'].map((line) =>
  Buffer.from(line, 'latin1'),
);

/** True when the message carries an SDP body (multipart is taken to hold one). */
export function hasSdp(message: SipScanner): boolean {
  if (message.bodyEnd <= message.bodyStart) return false;
  const start = message.at[2 * FIELD.contentType] as number;
  const end = message.at[2 * FIELD.contentType + 1] as number;
  return startsWith(APPLICATION, start, end) || startsWith(MULTIPART, start, end);
}

/**
 * True when the SDP puts the other side on hold: `a=sendonly`, `a=inactive` (RFC 3264 §8.4) or the old address
 * 0.0.0.0 (RFC 2543).
 */
export function isHold(message: SipScanner): boolean {
  const end = message.bodyEnd;
  let p = message.bodyStart;
  while (p < end) {
    for (const line of HOLD_LINES) if (startsWith(line, p, end)) return true;
    while (p < end && SLAB_VIEW.getUint8(p) !== 0x0a) p++;
    p++;
  }
  return false;
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
