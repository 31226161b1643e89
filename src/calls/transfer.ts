import { SLAB_VIEW } from '../lib/slab.ts';
import { FIELD, type SipScanner } from '../sip/scan.ts';
import { FLAG } from './marks.ts';
import type { CallStore } from './store.ts';
import { STATE } from './transitions.ts';

const REPLACES = Buffer.from('replaces', 'latin1');
const EARLY_ONLY = Buffer.from('early-only', 'latin1');
const REFER = Buffer.from('refer', 'latin1');
const SEMICOLON = 0x3b;
/** A sipfrag begins with a status line: `SIP/2.0 200 OK` (RFC 3515 §2.4.5). */
const FRAGMENT_STATUS_AT = 8;

/** Reads transfers: REFER and its NOTIFYs inside a dialog (RFC 3515), Replaces in a new INVITE (RFC 3891). */
export class TransferReader {
  readonly #store: CallStore;

  constructor(store: CallStore) {
    this.#store = store;
  }

  refer(a: number, message: SipScanner): void {
    const { attempts } = this.#store;
    if (!message.isRequest) {
      if (message.status >= 200 && message.status < 300) attempts.raise(a, FLAG.REFER_ACCEPTED);
      else if (message.status >= 300 && !isChallenge(message)) {
        attempts.raise(a, FLAG.TRANSFER_FAILED);
      }
      return;
    }
    // A second REFER is a second try: what the first one came to no longer counts.
    attempts.flags[a] =
      (attempts.flags[a] as number) & ~(FLAG.TRANSFER_FAILED | FLAG.REFER_REPLACES);
    attempts.raise(a, FLAG.REFER);
    if (fieldContains(message, FIELD.referTo, REPLACES)) attempts.raise(a, FLAG.REFER_REPLACES);
  }

  notify(a: number, message: SipScanner): void {
    const { attempts } = this.#store;
    if (!message.isRequest || !fieldContains(message, FIELD.event, REFER)) return;
    const at = message.bodyStart + FRAGMENT_STATUS_AT;
    if (at >= message.bodyEnd) return;
    const hundreds = SLAB_VIEW.getUint8(at) - 0x30;
    if (hundreds === 2) {
      attempts.flags[a] = (attempts.flags[a] as number) & ~FLAG.TRANSFER_FAILED;
      attempts.raise(a, FLAG.TRANSFER_DONE);
    } else if (hundreds >= 3 && hundreds <= 6) attempts.raise(a, FLAG.TRANSFER_FAILED);
  }

  /** The dialog that a new INVITE's Replaces names will be ended by a BYE that is no hang-up. */
  replaces(message: SipScanner): void {
    const start = message.at[2 * FIELD.replaces] as number;
    const end = message.at[2 * FIELD.replaces + 1] as number;
    if (start >= end) return;
    let stop = start;
    while (stop < end && SLAB_VIEW.getUint8(stop) !== SEMICOLON) stop++;
    const replaced = this.#store.findByCallId(start, stop);
    if (replaced === 0) return;
    const { attempts } = this.#store;
    const early =
      contains(stop, end, EARLY_ONLY) || (attempts.state[replaced] as number) < STATE.answered;
    attempts.raise(replaced, FLAG.REPLACED | (early ? FLAG.PICKED_UP : 0));
  }
}

function isChallenge(message: SipScanner): boolean {
  return message.status === 401 || message.status === 407;
}

/** Case-insensitive search in a header value. */
export function fieldContains(message: SipScanner, field: number, text: Uint8Array): boolean {
  return contains(message.at[2 * field] as number, message.at[2 * field + 1] as number, text);
}

/** Case-insensitive search for lower-case ASCII letters. */
function contains(start: number, end: number, text: Uint8Array): boolean {
  for (let p = start; p + text.length <= end; p++) {
    let i = 0;
    while (i < text.length && (SLAB_VIEW.getUint8(p + i) | 0x20) === ((text[i] as number) | 0x20))
      i++;
    if (i === text.length) return true;
  }
  return false;
}
