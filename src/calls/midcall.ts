import { SLAB_VIEW } from '../lib/slab.ts';
import { FIELD, METHOD, type SipScanner } from '../sip/scan.ts';
import { hasSdp, SDP, sdpDirection } from '../sip/sdp.ts';
import type { Lifecycle } from './lifecycle.ts';
import { FLAG, MOMENT } from './marks.ts';
import { slotOf } from './rows.ts';
import type { CallStore } from './store.ts';
import { SIGNAL, STATE } from './transitions.ts';

const VIEW = SLAB_VIEW;

/** Reads what keeps, changes or breaks a dialog that is up: re-INVITE, UPDATE, hold, session timer, 481. */
export class MidcallReader {
  readonly #store: CallStore;
  readonly #life: Lifecycle;

  constructor(store: CallStore, life: Lifecycle) {
    this.#store = store;
    this.#life = life;
  }

  /** A re-INVITE, or a response to one: the dialog lives (RFC 3261 §14). */
  reinvite(a: number, message: SipScanner, units: number): void {
    const { attempts } = this.#store;
    attempts.raise(a, FLAG.IN_DIALOG);
    if (message.isRequest && this.#store.forward(a)) {
      attempts.extras.reinviteCseq[attempts.extend(a)] = message.cseq;
    }
    this.update(a, message, units);
  }

  /** Re-INVITE or UPDATE: may hold or resume, refreshes the session, and may find the dialog gone. */
  update(a: number, message: SipScanner, units: number): void {
    const { attempts } = this.#store;
    this.renegotiated(a, message);
    if (message.isRequest) this.#offer(a, message, units);
    else if (message.status >= 200) this.#answered(a, message, units);
    if (attempts.state[slotOf(a)] === STATE.answered) this.#life.touch(a);
  }

  /** A second offer or answer, which a PRACK may carry too (RFC 3262 §5): what reports say of the first is void. */
  renegotiated(a: number, message: SipScanner): void {
    if (hasSdp(message)) this.#store.attempts.raise(a, FLAG.MEDIA_CHANGED);
  }

  #answered(a: number, message: SipScanner, units: number): void {
    if (message.status >= 300) {
      this.failure(a, message);
      return;
    }
    refresh(this.#store, a, message, units);
    const { attempts } = this.#store;
    const transaction = this.#transaction(a, message);
    const offered = attempts.has(a, FLAG.OFFER_HOLD | FLAG.OFFER_RESUME);
    const { offeredIn, answeredIn } = attempts.extras;
    if (offered && offeredIn[attempts.extra(a)] === transaction) this.#accept(a);
    // The answer to a re-INVITE may have gone ahead of its 2xx; an UPDATE's stands there (RFC 3311 §5.2).
    else if (message.method === METHOD.INVITE || hasSdp(message)) {
      answeredIn[attempts.extend(a)] = transaction;
    }
  }

  /**
   * A number for a request inside the dialog, which its response shares: each side counts its own CSeq (RFC 3261
   * §12.2.1.1), and both may have one in the air (§14.1). 0 is none.
   */
  #transaction(a: number, message: SipScanner): number {
    return ((message.cseq << 1) | (this.#store.forward(a) ? 1 : 0)) & 0xffff || 1;
  }

  /** RFC 5057 §5.1: 481 ends the dialog, 408 as well; 488, 491, 500 and all others only the request. */
  failure(a: number, message: SipScanner): void {
    const { status } = message;
    if (message.isRequest || (status !== 481 && status !== 408)) return;
    this.#store.attempts.raise(a, status === 481 ? FLAG.DIALOG_481 : FLAG.DIALOG_408);
    this.#life.signal(a, SIGNAL.dialog_failed);
  }

  /** An offer to hold or to resume waits for its answer: one that is refused changes nothing (RFC 3264 §8.4). */
  #offer(a: number, message: SipScanner, units: number): void {
    const { attempts } = this.#store;
    // An older offer that was overtaken on its way here: the newer one counts.
    if (units < attempts.moment(a, MOMENT.OFFER)) return;
    attempts.flags[a] = (attempts.flags[a] as number) & ~(FLAG.OFFER_HOLD | FLAG.OFFER_RESUME);
    if (!hasSdp(message)) return;
    const direction = sdpDirection(message);
    if (direction === SDP.HELD) return;
    attempts.raise(a, direction === SDP.HOLD ? FLAG.OFFER_HOLD : FLAG.OFFER_RESUME);
    if (direction === SDP.HOLD && !attempts.has(a, FLAG.ON_HOLD)) {
      attempts.flags[a] = (attempts.flags[a] as number) & ~FLAG.HELD_BY_CALLEE;
      if (!this.#store.forward(a)) attempts.raise(a, FLAG.HELD_BY_CALLEE);
    }
    attempts.unmark(a, MOMENT.OFFER);
    attempts.mark(a, MOMENT.OFFER, units);
    const { offeredIn, answeredIn } = attempts.extras;
    const e = attempts.extend(a);
    offeredIn[e] = this.#transaction(a, message);
    if (answeredIn[e] === offeredIn[e]) this.#accept(a);
  }

  /** The offer was accepted: time on hold runs from it, or stops at it. */
  #accept(a: number): void {
    const { attempts } = this.#store;
    const held = attempts.has(a, FLAG.ON_HOLD);
    const at = attempts.moment(a, MOMENT.OFFER);
    if (!held && attempts.has(a, FLAG.OFFER_HOLD)) {
      attempts.raise(a, FLAG.ON_HOLD);
      attempts.unmark(a, MOMENT.HOLD);
      attempts.mark(a, MOMENT.HOLD, at);
    } else if (held && attempts.has(a, FLAG.OFFER_RESUME)) {
      const since = attempts.moment(a, MOMENT.HOLD);
      const { holdUnits } = attempts.extras;
      const e = attempts.extend(a);
      holdUnits[e] = (holdUnits[e] as number) + Math.max(0, at - since);
      attempts.flags[a] = (attempts.flags[a] as number) & ~FLAG.ON_HOLD;
    }
    attempts.flags[a] = (attempts.flags[a] as number) & ~(FLAG.OFFER_HOLD | FLAG.OFFER_RESUME);
  }
}

/** A 2xx to INVITE or UPDATE sets the session interval and starts it anew (RFC 4028 §7.2, §9). */
export function refresh(store: CallStore, a: number, message: SipScanner, units: number): void {
  const { attempts } = store;
  const start = message.at[2 * FIELD.sessionExpires] as number;
  const end = message.at[2 * FIELD.sessionExpires + 1] as number;
  const seconds = leadingNumber(start, end);
  const { sessionExpires } = attempts.extras;
  if (seconds > 0) sessionExpires[attempts.extend(a)] = seconds;
  if (sessionExpires[attempts.extra(a)] === 0) return;
  attempts.unmark(a, MOMENT.REFRESH);
  attempts.mark(a, MOMENT.REFRESH, units);
}

/** Longest session interval believed, seconds: a week. */
const INTERVAL_MAX = 604_800;

function leadingNumber(start: number, end: number): number {
  let value = 0;
  for (let p = start; p < end; p++) {
    const digit = VIEW.getUint8(p) - 0x30;
    if (digit < 0 || digit > 9) break;
    value = Math.min(value * 10 + digit, INTERVAL_MAX);
  }
  return value;
}
