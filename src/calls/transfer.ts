import { SLAB_VIEW } from '../lib/slab.ts';
import { FIELD, type SipScanner } from '../sip/scan.ts';
import type { Legs } from './legs.ts';
import { FLAG } from './marks.ts';
import type { TrackerCounters } from './options.ts';
import { slotOf } from './rows.ts';
import type { CallStore } from './store.ts';
import { STATE } from './transitions.ts';

const VIEW = SLAB_VIEW;

/** In the Refer-To of an attended transfer; the header's value follows, escaped (RFC 5589 §7). */
const REPLACES = Buffer.from('replaces=', 'latin1');
const EARLY_ONLY = Buffer.from('early-only', 'latin1');
const REFER = Buffer.from('refer', 'latin1');
const SEMICOLON = 0x3b;
const PERCENT = 0x25;
/** Ends a Call-ID in a URI header: `;` `&` `>` `"`, white space, NUL, and an escape that is none (-1). */
const STOPS: ReadonlySet<number> = new Set([SEMICOLON, 0x26, 0x3e, 0x22, 0x20, 0x09, 0x00, -1]);
/** Referred dialogs remembered; the oldest goes, and its transfer is then known by the transferor's leg alone. */
export const REFERRED_MAX = 1024;

/** A Call-ID by its hash. */
interface CallIdHash {
  readonly lo: number;
  readonly hi: number;
}

/** A sipfrag begins with a status line: `SIP/2.0 200 OK` (RFC 3515 §2.4.5). */
const FRAGMENT_STATUS_AT = 8;

/** Reads transfers: REFER and its NOTIFYs inside a dialog (RFC 3515), Replaces in a new INVITE (RFC 3891). */
export class TransferReader {
  readonly #store: CallStore;
  readonly #legs: Legs;
  readonly #counters: TrackerCounters;
  /** By attempt with a REFER: the dialog that its Replaces names. */
  readonly #referred = new Map<number, CallIdHash>();

  constructor(store: CallStore, legs: Legs, counters: TrackerCounters) {
    this.#store = store;
    this.#legs = legs;
    this.#counters = counters;
  }

  refer(a: number, message: SipScanner): void {
    const { attempts } = this.#store;
    // A REFER that was missed is known from its response.
    this.#try(a, message);
    if (!message.isRequest) {
      if (message.status >= 200 && message.status < 300) attempts.raise(a, FLAG.REFER_ACCEPTED);
      else if (message.status >= 300 && !isChallenge(message)) {
        attempts.raise(a, FLAG.TRANSFER_FAILED);
      }
      return;
    }
    const start = message.at[2 * FIELD.referTo] as number;
    const end = message.at[2 * FIELD.referTo + 1] as number;
    const at = find(start, end, REPLACES);
    if (at < 0) return;
    attempts.raise(a, FLAG.REFER_REPLACES);
    this.#refersTo(a, at + REPLACES.length, end);
  }

  /** A second REFER is a second try: what the first one came to no longer counts. Its late hop copies are none. */
  #try(a: number, message: SipScanner): void {
    const { attempts } = this.#store;
    const { referIn } = attempts.extras;
    const e = attempts.extend(a);
    const one = ((message.cseq << 1) | (this.#store.forward(a) ? 1 : 0)) & 0xffff;
    if (attempts.has(a, FLAG.REFER)) {
      if (referIn[e] === one) return;
      attempts.flags[a] =
        (attempts.flags[a] as number) & ~(FLAG.TRANSFER_FAILED | FLAG.REFER_REPLACES);
    }
    attempts.raise(a, FLAG.REFER);
    referIn[e] = one;
  }

  /** The consultation's Call-ID stands at `start`; it is unescaped where it stands: nothing else reads a Refer-To. */
  #refersTo(a: number, start: number, end: number): void {
    const { hash } = this.#store;
    hash.update(start, unescapeToken(start, end));
    // An attempt that had this number before may have left an entry, and this one is not as old.
    this.#referred.delete(a);
    if (this.#referred.size >= REFERRED_MAX) {
      this.#counters.hit('transfers');
      for (const oldest of this.#referred.keys()) {
        this.#referred.delete(oldest);
        break;
      }
    }
    this.#referred.set(a, { lo: hash.lo, hi: hash.hi });
  }

  /** The two calls of the transferor are one from here on, and the BYE of the consultation is no hang-up. */
  #completed(a: number): void {
    const { attempts } = this.#store;
    const callId = this.#referred.get(a);
    if (callId === undefined || !attempts.has(a, FLAG.REFER_REPLACES)) return;
    // What is no leg must not join: the call would wait for its end and never close.
    if (!this.#store.isReal(a)) return;
    this.#referred.delete(a);
    const consultation = this.#store.findByHash(callId.lo, callId.hi);
    if (consultation === 0 || consultation === a) return;
    attempts.raise(consultation, FLAG.REPLACED);
    this.#legs.join(a, consultation, 'header');
  }

  notify(a: number, message: SipScanner): void {
    const { attempts } = this.#store;
    if (!message.isRequest || !fieldContains(message, FIELD.event, REFER)) return;
    const at = message.bodyStart + FRAGMENT_STATUS_AT;
    if (at >= message.bodyEnd) return;
    const hundreds = VIEW.getUint8(at) - 0x30;
    if (hundreds === 2) {
      attempts.flags[a] = (attempts.flags[a] as number) & ~FLAG.TRANSFER_FAILED;
      attempts.raise(a, FLAG.TRANSFER_DONE);
      this.#completed(a);
    } else if (hundreds >= 3 && hundreds <= 6) attempts.raise(a, FLAG.TRANSFER_FAILED);
  }

  /** The dialog that a new INVITE's Replaces names will be ended by a BYE that is no hang-up. */
  replaces(message: SipScanner): void {
    const start = message.at[2 * FIELD.replaces] as number;
    const end = message.at[2 * FIELD.replaces + 1] as number;
    if (start >= end) return;
    let stop = start;
    while (stop < end && VIEW.getUint8(stop) !== SEMICOLON) stop++;
    const replaced = this.#store.findByCallId(start, stop);
    if (replaced === 0) return;
    const { attempts } = this.#store;
    const early =
      find(stop, end, EARLY_ONLY) >= 0 ||
      (attempts.state[slotOf(replaced)] as number) < STATE.answered;
    attempts.raise(replaced, FLAG.REPLACED | (early ? FLAG.PICKED_UP : 0));
  }
}

function isChallenge(message: SipScanner): boolean {
  return message.status === 401 || message.status === 407;
}

/** Case-insensitive search in a header value. */
export function fieldContains(message: SipScanner, field: number, text: Uint8Array): boolean {
  return find(message.at[2 * field] as number, message.at[2 * field + 1] as number, text) >= 0;
}

/** Decodes %-escapes in place up to the first character that no Call-ID has, escaped or not; returns the new end. */
function unescapeToken(start: number, end: number): number {
  let to = start;
  for (let p = start; p < end; to++) {
    const escaped = VIEW.getUint8(p) === PERCENT && p + 2 < end;
    const byte = escaped ? hexByte(p + 1) : VIEW.getUint8(p);
    if (STOPS.has(byte)) break;
    VIEW.setUint8(to, byte);
    p += escaped ? 3 : 1;
  }
  return to;
}

/** Two hexadecimal digits; -1 when they are none. */
function hexByte(at: number): number {
  const text = String.fromCharCode(VIEW.getUint8(at), VIEW.getUint8(at + 1));
  return /^[0-9a-f]{2}$/i.test(text) ? Number.parseInt(text, 16) : -1;
}

/** Case-insensitive search for ASCII letters and signs; where it stands, or -1. */
function find(start: number, end: number, text: Uint8Array): number {
  for (let p = start; p + text.length <= end; p++) {
    let i = 0;
    while (i < text.length && (VIEW.getUint8(p + i) | 0x20) === ((text[i] as number) | 0x20)) i++;
    if (i === text.length) return p;
  }
  return -1;
}
