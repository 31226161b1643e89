import { SLAB_VIEW } from '../lib/slab.ts';
import { FIELD, METHOD, type SipScanner } from '../sip/scan.ts';
import { hasSdp, SDP, sdpDirection } from '../sip/sdp.ts';
import { BRANCH_FLAG } from './branch-table.ts';
import { isCallersHop, joinedInTransit } from './hops.ts';
import type { Lifecycle } from './lifecycle.ts';
import { FLAG, MOMENT, NEVER } from './marks.ts';
import { keepReasons, SEEN } from './reasons.ts';
import type { CallStore } from './store.ts';
import { TransferReader } from './transfer.ts';
import { SIGNAL, STATE } from './transitions.ts';

/** Sender of a request, as kept with its Reason. */
const BY = { CALLER: 1, CALLEE: 2, PLATFORM: 3 } as const;
const BYE_FLAG = [0, FLAG.BYE_CALLER, FLAG.BYE_CALLEE, FLAG.BYE_PLATFORM] as const;

/**
 * A Via count that no INVITE has: a branch known only from its CANCEL, which carries a single Via at every hop. Whose
 * it is turns out when the INVITE of that branch is seen.
 */
const VIAS_UNKNOWN = 254;

/** Reads what is not the set-up itself: CANCEL, ACK, BYE and requests inside the dialog. */
export class DialogReader {
  readonly #store: CallStore;
  readonly #life: Lifecycle;
  readonly #transfers: TransferReader;

  constructor(store: CallStore, life: Lifecycle) {
    this.#store = store;
    this.#life = life;
    this.#transfers = new TransferReader(store);
  }

  read(a: number, message: SipScanner, units: number): void {
    switch (message.method) {
      case METHOD.CANCEL:
        if (message.isRequest) this.#cancel(a, message, units);
        return;
      case METHOD.ACK:
        this.#ack(a, message);
        return;
      case METHOD.BYE:
        if (message.isRequest) this.#bye(a, message, units);
        else this.#byeResponse(a, message);
        return;
      case METHOD.REFER:
        this.#transfers.refer(a, message);
        return;
      case METHOD.NOTIFY:
        this.#transfers.notify(a, message);
        return;
      case METHOD.UPDATE:
        this.#inside(a, message, units);
        return;
      case METHOD.INFO:
        this.#failure(a, message);
        return;
      default:
    }
  }

  /** A re-INVITE, or a response to one: the dialog lives (RFC 3261 §14). */
  reinvite(a: number, message: SipScanner, units: number): void {
    this.#store.attempts.raise(a, FLAG.IN_DIALOG);
    this.#inside(a, message, units);
  }

  /** Re-INVITE or UPDATE: may hold or resume, refreshes the session, and may find the dialog gone. */
  #inside(a: number, message: SipScanner, units: number): void {
    const { attempts } = this.#store;
    if (message.isRequest) this.#offer(a, message, units);
    else if (message.status >= 200) this.#answered(a, message, units);
    if (attempts.state[a] === STATE.answered) this.#life.touch(a);
  }

  #answered(a: number, message: SipScanner, units: number): void {
    if (message.status >= 300) {
      this.#failure(a, message);
      return;
    }
    refresh(this.#store, a, message, units);
    this.#accept(a);
  }

  /** RFC 5057 §5.1: 481 ends the dialog, 408 as well; 488, 491, 500 and all others only the request. */
  #failure(a: number, message: SipScanner): void {
    const { status } = message;
    if (message.isRequest || (status !== 481 && status !== 408)) return;
    this.#store.attempts.raise(a, status === 481 ? FLAG.DIALOG_481 : FLAG.DIALOG_408);
    this.#life.signal(a, SIGNAL.dialog_failed);
  }

  /** CANCEL is hop by hop: only the one on the caller's own branch is the caller's (RFC 3261 §9.1). */
  #cancel(a: number, message: SipScanner, units: number): void {
    const { attempts, branches } = this.#store;
    const b = this.#store.branchOf(a, message.cseq, VIAS_UNKNOWN, units);
    if (b === 0) return;
    branches.flags[b] = (branches.flags[b] as number) | BRANCH_FLAG.CANCELLED;
    const own = isCallersHop(this.#store, a, b);
    keepReasons(this.#store, a, message, SEEN.CANCEL, own ? BY.CALLER : BY.PLATFORM, b, units);
    if (!own) return;
    attempts.mark(a, MOMENT.CANCEL, units);
    if (attempts.state[a] !== STATE.embryo) this.#life.signal(a, SIGNAL.cancel);
  }

  /**
   * The ACK of a 2xx is a transaction of its own; that of a failure shares the INVITE's branch (RFC 3261 §17.1.1.3).
   * So an ACK on a new branch at the hop whose INVITE is known proves a 2xx, even one that was missed or comes late.
   */
  #ack(a: number, message: SipScanner): void {
    const { attempts, branches } = this.#store;
    const head = attempts.branches[a] as number;
    if (branches.find(head, this.#store.branch, message.cseq) !== 0) return;
    const answered = attempts.moment(a, MOMENT.ANSWER) !== NEVER;
    const nearest = attempts.has(a, FLAG.NAMED) && message.viaCount === attempts.minVias[a];
    if (!answered && !(nearest && message.has(FIELD.toTag))) return;
    attempts.raise(a, FLAG.ACKED);
    if (attempts.state[a] !== STATE.embryo) this.#life.signal(a, SIGNAL.answer);
  }

  #bye(a: number, message: SipScanner, units: number): void {
    const { attempts } = this.#store;
    const flags = attempts.flags[a] as number;
    if (this.#losingDialog(a, flags)) return;
    const by = this.#party(a, message);
    const mine = BYE_FLAG[by] as number;
    // Hop copies of a BYE say nothing new.
    if ((flags & mine) !== 0) return;
    const crossed = (flags & (FLAG.BYE_CALLER | FLAG.BYE_CALLEE)) !== 0 && by !== BY.PLATFORM;
    const glare = crossed && (flags & FLAG.BYE_OK) === 0 ? FLAG.GLARE : 0;
    attempts.flags[a] = flags | mine | glare;
    attempts.mark(a, MOMENT.BYE, units);
    keepReasons(this.#store, a, message, SEEN.BYE, by, 0, units);
    if (attempts.state[a] !== STATE.embryo) this.#life.signal(a, SIGNAL.bye);
  }

  /** Two forks answered, and this BYE ends the one that the caller did not keep (RFC 3261 §13.2.2.4). */
  #losingDialog(a: number, flags: number): boolean {
    if ((flags & FLAG.MANY_DIALOGS) === 0) return false;
    const tag = this.#store.forward(a) ? this.#store.toTag : this.#store.fromTag;
    return tag !== this.#store.attempts.dialog[a];
  }

  #party(a: number, message: SipScanner): number {
    const start = message.at[2 * FIELD.bottomSentBy] as number;
    const end = message.at[2 * FIELD.bottomSentBy + 1] as number;
    if (joinedInTransit(this.#store, a, this.#store.hash.short(start, end))) return BY.PLATFORM;
    return this.#store.forward(a) ? BY.CALLER : BY.CALLEE;
  }

  #byeResponse(a: number, message: SipScanner): void {
    const { flags } = this.#store.attempts;
    if (message.status >= 200 && message.status < 300)
      flags[a] = (flags[a] as number) | FLAG.BYE_OK;
  }

  /** An offer to hold or to resume waits for its answer: one that is refused changes nothing (RFC 3264 §8.4). */
  #offer(a: number, message: SipScanner, units: number): void {
    const { attempts } = this.#store;
    attempts.flags[a] = (attempts.flags[a] as number) & ~(FLAG.OFFER_HOLD | FLAG.OFFER_RESUME);
    if (!hasSdp(message)) return;
    const direction = sdpDirection(message);
    if (direction === SDP.HELD) return;
    attempts.raise(a, direction === SDP.HOLD ? FLAG.OFFER_HOLD : FLAG.OFFER_RESUME);
    attempts.unmark(a, MOMENT.OFFER);
    attempts.mark(a, MOMENT.OFFER, units);
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
      attempts.holdUnits[a] = (attempts.holdUnits[a] as number) + Math.max(0, at - since);
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
  if (seconds > 0) attempts.sessionExpires[a] = seconds;
  attempts.unmark(a, MOMENT.REFRESH);
  attempts.mark(a, MOMENT.REFRESH, units);
}

/** Longest session interval believed, seconds: a week. */
const INTERVAL_MAX = 604_800;

function leadingNumber(start: number, end: number): number {
  let value = 0;
  for (let p = start; p < end; p++) {
    const digit = SLAB_VIEW.getUint8(p) - 0x30;
    if (digit < 0 || digit > 9) break;
    value = Math.min(value * 10 + digit, INTERVAL_MAX);
  }
  return value;
}
