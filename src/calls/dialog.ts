import { FIELD, METHOD, type SipScanner } from '../sip/scan.ts';
import { BRANCH_FLAG, VIAS_UNKNOWN } from './branch-table.ts';
import { allOver, dialogAnswered, dialogEnded, isOver, know, secondDialog } from './dialogs.ts';
import { finalStatus, isCallersHop, joinedInTransit } from './hops.ts';
import type { Lifecycle } from './lifecycle.ts';
import { FLAG, MOMENT, NEVER } from './marks.ts';
import { MidcallReader } from './midcall.ts';
import { keepReasons, SEEN } from './reasons.ts';
import { slotOf } from './rows.ts';
import type { CallStore } from './store.ts';
import { TransferReader } from './transfer.ts';
import { SIGNAL, STATE } from './transitions.ts';

/** Sender of a request, as kept with its Reason. */
const BY = { CALLER: 1, CALLEE: 2, PLATFORM: 3 } as const;
/** What belongs to one dialog's BYE. */
const BYE_FLAGS =
  FLAG.BYE_CALLER | FLAG.BYE_CALLEE | FLAG.BYE_PLATFORM | FLAG.BYE_OK | FLAG.BYE_OF_SECOND;
const BYE_FLAG = [0, FLAG.BYE_CALLER, FLAG.BYE_CALLEE, FLAG.BYE_PLATFORM] as const;

/** Finals after which the next try may have the same CSeq: it goes elsewhere. */
const keepsCseq = (status: number): boolean => status < 400 || status === 503;

/** Reads what is not the set-up itself: CANCEL, ACK, BYE and requests inside the dialog. */
export class DialogReader {
  readonly #store: CallStore;
  readonly #life: Lifecycle;
  readonly #transfers: TransferReader;
  readonly #midcall: MidcallReader;

  constructor(store: CallStore, life: Lifecycle) {
    this.#store = store;
    this.#life = life;
    this.#transfers = new TransferReader(store, life.legs, life.counters);
    this.#midcall = new MidcallReader(store, life);
  }

  read(a: number, message: SipScanner, units: number): void {
    if (this.#store.attempts.state[slotOf(a)] === STATE.retryable) this.#missedRetry(a, message);
    switch (message.method) {
      case METHOD.CANCEL:
        if (message.isRequest) this.#cancel(a, message, units);
        else if (message.status === 200) this.#cancelled(a, message, units);
        return;
      case METHOD.ACK:
        this.#ack(a, message, units);
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
        this.#midcall.update(a, message, units);
        return;
      case METHOD.PRACK:
        this.#midcall.renegotiated(a, message);
        return;
      case METHOD.INFO:
        this.#midcall.failure(a, message);
        return;
      default:
    }
  }

  /** A re-INVITE, or a response to one. */
  reinvite(a: number, message: SipScanner, units: number): void {
    this.#midcall.reinvite(a, message, units);
  }

  /** A CANCEL that was missed, told by its 200. */
  #cancelled(a: number, message: SipScanner, units: number): void {
    const { attempts, branches } = this.#store;
    const b = branches.find(attempts.branches[a] as number, this.#store.branch, message.cseq);
    if (b === 0) return;
    branches.raise(b, BRANCH_FLAG.CANCELLED);
    if (!isCallersHop(this.#store, a, b)) return;
    attempts.mark(a, MOMENT.CANCEL, units);
    if (attempts.state[slotOf(a)] !== STATE.embryo) this.#life.signal(a, SIGNAL.cancel);
  }

  /** CANCEL is hop by hop: only the one on the caller's own branch is the caller's (RFC 3261 §9.1). */
  #cancel(a: number, message: SipScanner, units: number): void {
    const { attempts, branches } = this.#store;
    const b = this.#store.branchOf(a, message.cseq, VIAS_UNKNOWN, units);
    if (b === 0) return;
    const seen = BRANCH_FLAG.CANCELLED | BRANCH_FLAG.CANCEL_SEEN;
    branches.raise(b, seen);
    const own = isCallersHop(this.#store, a, b);
    keepReasons(this.#store, a, message, SEEN.CANCEL, own ? BY.CALLER : BY.PLATFORM, b, units);
    if (!own) return;
    attempts.mark(a, MOMENT.CANCEL, units);
    if (attempts.state[slotOf(a)] !== STATE.embryo) this.#life.signal(a, SIGNAL.cancel);
  }

  /**
   * The ACK of a 2xx is a transaction of its own; that of a failure shares the INVITE's branch (RFC 3261 §17.1.1.3).
   * So an ACK on a new branch at the hop whose INVITE is known proves a 2xx, even one that was missed or comes late.
   */
  #ack(a: number, message: SipScanner, units: number): void {
    const { attempts, branches } = this.#store;
    const own = branches.find(attempts.branches[a] as number, this.#store.branch, message.cseq);
    if (own !== 0) {
      branches.raise(own, BRANCH_FLAG.ACKED);
      const status = branches.status(own);
      if (status >= 200 && status < 300) attempts.raise(a, FLAG.ACKED);
      return;
    }
    const answered = attempts.moment(a, MOMENT.ANSWER) !== NEVER;
    if (this.#provesAnswer(a, message)) this.#confirmed(a);
    else if (!answered) {
      const b = this.#store.branchOf(a, message.cseq, VIAS_UNKNOWN, units);
      if (b !== 0) branches.raise(b, BRANCH_FLAG.ACK_SEEN | BRANCH_FLAG.ACKED);
      return;
    }
    attempts.raise(a, FLAG.ACKED);
    if (attempts.state[slotOf(a)] !== STATE.embryo) this.#life.touch(a);
  }

  /** The caller's ACK names the dialog whose 2xx it confirms, also one whose 2xx was missed at the caller's hop. */
  #confirmed(a: number): void {
    if (dialogAnswered(this.#store, a, this.#store.toTag)) return;
    if (this.#store.attempts.state[slotOf(a)] === STATE.hung_up)
      this.#life.signal(a, SIGNAL.revive);
  }

  /**
   * After a challenge, a higher CSeq tells of an INVITE that was missed: the caller had not given up. An ACK has its
   * number; a PRACK or UPDATE of the early dialog a higher one. After a redirection or a 503 the INVITE may have kept
   * its number, so that only the state goes on.
   */
  #missedRetry(a: number, message: SipScanner): void {
    const { attempts } = this.#store;
    const known = attempts.cseq[a] as number;
    if (message.cseq <= known || !this.#store.forward(a)) return;
    const isAck = message.method === METHOD.ACK;
    if (isAck || !keepsCseq(finalStatus(this.#store, a))) {
      attempts.cseq[a] = isAck ? message.cseq : known + 1;
      attempts.minVias[slotOf(a)] = 255;
    }
    attempts.unmark(a, MOMENT.FIRST_RESPONSE);
    this.#life.signal(a, SIGNAL.retry);
  }

  #provesAnswer(a: number, message: SipScanner): boolean {
    const { attempts, branches } = this.#store;
    // The callee's own ACK, of its re-INVITE, may have that number too (RFC 3261 §12.2.1.1).
    if (message.cseq !== attempts.cseq[a] || !this.#store.forward(a)) return false;
    if (message.viaCount !== attempts.minVias[slotOf(a)]) return false;
    // A proxy acknowledges a refusal by itself, with a Via of its own alone.
    if (this.#store.fieldHash(message, FIELD.bottomSentBy) !== attempts.callerSentBy[a])
      return false;
    const { toTag } = this.#store;
    let invited = false;
    for (let b = attempts.branches[a] as number; b !== 0; b = branches.pool.next[b] as number) {
      // The To-tag of a refusal belongs to the ACK of that refusal.
      if (branches.status(b) >= 300 && branches.toTag[b] === toTag) return false;
      const seen = branches.has(b, BRANCH_FLAG.INVITED);
      invited ||= seen && isCallersHop(this.#store, a, b);
    }
    return invited && toTag !== 0;
  }

  #bye(a: number, message: SipScanner, units: number): void {
    const { attempts } = this.#store;
    const tag = this.#store.forward(a) ? this.#store.toTag : this.#store.fromTag;
    const repeated = isOver(this.#store, a, tag);
    const by = this.#party(a, message);
    if (!dialogEnded(this.#store, a, tag)) return;
    const second = secondDialog(this.#store, a) === tag ? FLAG.BYE_OF_SECOND : 0;
    const current = ((attempts.flags[a] as number) & FLAG.BYE_OF_SECOND) === second;
    // Hop copies of a BYE say nothing new, and a late one of the other dialog does not either.
    if (repeated && (!current || attempts.has(a, BYE_FLAG[by] as number))) return;
    // Of two dialogs the later BYE ended the call, whichever came first.
    if (repeated || units >= attempts.moment(a, MOMENT.BYE)) {
      if (!repeated) this.#forgetBye(a, second);
      this.#raiseBye(a, by);
      attempts.mark(a, MOMENT.BYE, units);
      keepReasons(this.#store, a, message, SEEN.BYE, by, 0, units);
    }
    if (attempts.state[slotOf(a)] !== STATE.embryo && allOver(this.#store, a)) {
      this.#life.signal(a, SIGNAL.bye);
    }
  }

  /** `flags`: of the dialog whose BYE counts from now on. */
  #forgetBye(a: number, flags: number): void {
    const { attempts } = this.#store;
    attempts.flags[a] = ((attempts.flags[a] as number) & ~BYE_FLAGS) | flags;
    attempts.unmark(a, MOMENT.BYE);
  }

  #raiseBye(a: number, by: number): void {
    const { attempts } = this.#store;
    const crossed = attempts.has(a, FLAG.BYE_CALLER | FLAG.BYE_CALLEE) && by !== BY.PLATFORM;
    if (crossed && !attempts.has(a, FLAG.BYE_OK)) attempts.raise(a, FLAG.GLARE);
    attempts.raise(a, BYE_FLAG[by] as number);
  }

  /** BYEs to both sides from one sent-by are a hop's, as is one from a hop that the INVITE gained in transit. */
  #party(a: number, message: SipScanner): number {
    const { attempts } = this.#store;
    const sentBy = this.#store.fieldHash(message, FIELD.bottomSentBy);
    if (joinedInTransit(this.#store, a, sentBy)) return BY.PLATFORM;
    const forward = this.#store.forward(a);
    // The first BYE is kept with its direction: its own copies must not look like the one to the other side.
    const { byeSentBy } = attempts.extras;
    const e = attempts.extend(a);
    if (byeSentBy[e] === 0) byeSentBy[e] = forward ? sentBy : ~sentBy;
    // Behind another network the callee may have the caller's private address: one that both have is no hop's.
    if (sentBy === attempts.callerSentBy[a]) return forward ? BY.CALLER : BY.CALLEE;
    if (byeSentBy[e] === (forward ? ~sentBy : sentBy)) return BY.PLATFORM;
    return forward ? BY.CALLER : BY.CALLEE;
  }

  /** Of a BYE that was missed it tells that the dialog was answered, and not who is still in the call. */
  #byeResponse(a: number, message: SipScanner): void {
    if (message.status < 200 || message.status >= 300) return;
    const store = this.#store;
    know(store, a, store.forward(a) ? store.toTag : store.fromTag);
    store.attempts.raise(a, FLAG.BYE_OK);
  }
}
