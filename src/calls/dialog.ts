import { SLAB_VIEW } from '../lib/slab.ts';
import { FIELD, METHOD, type SipScanner } from '../sip/scan.ts';
import { hasSdp, isHold } from '../sip/sdp.ts';
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
    if (message.isRequest) this.#hold(a, message, units);
    else if (message.status >= 200 && message.status < 300) refresh(this.#store, a, message, units);
    else this.#failure(a, message);
    if (attempts.state[a] === STATE.answered) this.#life.touch(a);
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

  /** The ACK of a 2xx is a transaction of its own; that of a failure shares the INVITE's branch (RFC 3261 §17.1.1.3). */
  #ack(a: number, message: SipScanner): void {
    const { attempts, branches } = this.#store;
    const head = attempts.branches[a] as number;
    if (branches.find(head, this.#store.branch, message.cseq) !== 0) return;
    if (attempts.moment(a, MOMENT.ANSWER) === NEVER) return;
    attempts.flags[a] = (attempts.flags[a] as number) | FLAG.ACKED;
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

  /** The newest offer rules; time on hold adds up until somebody resumes (RFC 3264 §8.4). */
  #hold(a: number, message: SipScanner, units: number): void {
    if (!message.isRequest || !hasSdp(message)) return;
    const { attempts } = this.#store;
    const flags = attempts.flags[a] as number;
    const held = (flags & FLAG.ON_HOLD) !== 0;
    if (isHold(message) === held) return;
    attempts.flags[a] = flags ^ FLAG.ON_HOLD;
    if (!held) {
      attempts.unmark(a, MOMENT.HOLD);
      attempts.mark(a, MOMENT.HOLD, units);
      return;
    }
    const since = attempts.moment(a, MOMENT.HOLD);
    if (since !== NEVER) attempts.holdUnits[a] = (attempts.holdUnits[a] as number) + units - since;
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
