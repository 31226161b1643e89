import { FIELD, type SipScanner } from '../sip/scan.ts';
import { hasSdp } from '../sip/sdp.ts';
import { type Arrival, isSourceKnown } from './arrival.ts';
import { BRANCH_FLAG, VIAS_UNKNOWN } from './branch-table.ts';
import { allOver, dialogAnswered } from './dialogs.ts';
import { callersHop, finalStatus, HOP, isCallersHop, provisional } from './hops.ts';
import type { JoinReader } from './join.ts';
import type { Lifecycle } from './lifecycle.ts';
import { FLAG, MOMENT, NEVER, NO_CSEQ } from './marks.ts';
import { refresh } from './midcall.ts';
import { NameKeeper } from './names.ts';
import { PeerNames } from './peer-names.ts';
import { keepReasons, SEEN } from './reasons.ts';
import { slotOf } from './rows.ts';
import { type CallStore, COPY_UNITS } from './store.ts';
import { SIGNAL, STATE } from './transitions.ts';

/** Finals that a caller may answer with another INVITE RFC 3261 §8.1.3.4, §8.1.3.5; RFC 4028 §7. */
const RETRYABLE = new Uint8Array(700).fill(1, 300, 400);
for (const status of [401, 407, 415, 420, 422, 503]) RETRYABLE[status] = 1;

/** States in which the first INVITE transaction is over. */
const FINAL_STATES = new Set<number>([STATE.rejected, STATE.answered, STATE.hung_up]);

/** Reads what happens in the INVITE transactions that set a call up: requests, responses, the hops they pass. */
export class InviteReader {
  readonly #store: CallStore;
  readonly #life: Lifecycle;
  readonly #joins: JoinReader;
  readonly #names: NameKeeper;
  readonly #peers: PeerNames;

  constructor(store: CallStore, life: Lifecycle, joins: JoinReader) {
    this.#store = store;
    this.#life = life;
    this.#joins = joins;
    this.#names = new NameKeeper(store);
    this.#peers = new PeerNames(store);
  }

  /** A new INVITE under a known Call-ID and From-tag that cannot be the same attempt: Call-ID reuse is two calls. */
  beginsAnother(a: number, message: SipScanner): boolean {
    const { attempts } = this.#store;
    if (!FINAL_STATES.has(attempts.state[slotOf(a)] as number)) return false;
    return this.#store.forward(a) && message.cseq > (attempts.cseq[a] as number);
  }

  /** The caller sent its INVITE again: nobody had answered. */
  repeated(a: number, units: number): void {
    const { attempts } = this.#store;
    const { inviteRepeats } = attempts.extras;
    const e = attempts.extend(a);
    attempts.unmark(a, MOMENT.REPEAT);
    attempts.mark(a, MOMENT.REPEAT, units);
    inviteRepeats[e] = Math.min((inviteRepeats[e] as number) + 1, 0xffff);
  }

  /** The callee sent its 2xx again: no ACK had come. */
  answerRepeated(a: number): void {
    const { attempts } = this.#store;
    const { answerRepeats } = attempts.extras;
    const e = attempts.extend(a);
    answerRepeats[e] = Math.min((answerRepeats[e] as number) + 1, 0xffff);
  }

  read(a: number, message: SipScanner, arrival: Arrival, units: number): void {
    const { attempts } = this.#store;
    const { cseq } = message;
    this.#life.media.negotiated(a, message);
    if (cseq > (attempts.cseq[a] as number)) this.#nextTransaction(a, cseq);
    const b = this.#store.branchOf(a, cseq, message.viaCount, units);
    if (b === 0) return;
    const vias = Math.min(message.viaCount, VIAS_UNKNOWN - 1);
    const fewest = attempts.minVias[slotOf(a)] as number;
    if (cseq === attempts.cseq[a] && vias < fewest) this.#nearer(a, vias);
    this.#place(a, b, message, units);
    if (message.isRequest) this.#request(a, b, message, arrival, units);
    else this.#response(a, b, message, arrival, units);
    this.#settle(a);
  }

  /** A hop nearer to the caller: dialogs are the caller's, and farther hops may have shown other tags. */
  #nearer(a: number, vias: number): void {
    const { attempts } = this.#store;
    attempts.minVias[slotOf(a)] = vias;
    if (attempts.moment(a, MOMENT.BYE) !== NEVER) return;
    attempts.dialog[a] = 0;
    if (attempts.extra(a) !== 0) attempts.extras.secondDialog[attempts.extra(a)] = 0;
  }

  /** The newest CSeq decides; what an older one ended with was only a step. */
  #nextTransaction(a: number, cseq: number): void {
    const { attempts } = this.#store;
    const first = attempts.cseq[a] === NO_CSEQ;
    attempts.cseq[a] = cseq;
    attempts.minVias[slotOf(a)] = 255;
    if (first) return;
    // What the first try was answered with is no sign of the callee: the delay counts to what follows.
    attempts.unmark(a, MOMENT.FIRST_RESPONSE);
    this.#life.signal(a, SIGNAL.retry);
  }

  /** Which hop the branch is of: INVITE and responses carry the same Vias. */
  #place(a: number, b: number, message: SipScanner, units: number): void {
    const { attempts, branches } = this.#store;
    // Some proxies leave Vias of their own on responses: the fewest are those of the INVITE.
    branches.setVias(b, Math.min(branches.vias(b), message.viaCount, VIAS_UNKNOWN - 1));
    branches.sentBy[b] = this.#store.fieldHash(message, FIELD.sentBy);
    const cancelled = branches.has(b, BRANCH_FLAG.CANCELLED);
    if (cancelled && isCallersHop(this.#store, a, b)) attempts.mark(a, MOMENT.CANCEL, units);
  }

  #request(a: number, b: number, message: SipScanner, arrival: Arrival, units: number): void {
    const { attempts, branches } = this.#store;
    const known = isSourceKnown(arrival) ? BRANCH_FLAG.FROM_KNOWN : 0;
    branches.raise(b, BRANCH_FLAG.INVITED | known);
    branches.startedAt[b] = units;
    branches.setPeers(
      b,
      this.#peers.peerOf(message, arrival, 'source'),
      this.#peers.peerOf(message, arrival, 'target'),
    );
    attempts.callerSentBy[a] = this.#store.fieldHash(message, FIELD.bottomSentBy);
    const signed = message.has(FIELD.authorization) || message.has(FIELD.proxyAuthorization);
    if (signed) attempts.raise(a, FLAG.AUTHENTICATED);
    const first = !attempts.has(a, FLAG.NAMED);
    if (first) this.#names.tag(a, message);
    const nearer = message.viaCount < (attempts.namedVias[slotOf(a)] as number);
    if (nearer) this.#names.keep(a, message);
    if (attempts.has(a, FLAG.RECORDING)) return;
    const read = (first || nearer) && this.#joins.nearer(a, message, arrival, first);
    if ((attempts.state[slotOf(a)] as number) <= STATE.ringing)
      this.#joins.forwarded(a, message, arrival, read);
  }

  #response(a: number, b: number, message: SipScanner, arrival: Arrival, units: number): void {
    const store = this.#store;
    const { branches } = store;
    const { status } = message;
    if (!branches.has(b, BRANCH_FLAG.INVITED)) {
      // Known from its response first: the peers stand the other way round.
      branches.setPeers(b, store.peerOf(arrival, 'target'), store.peerOf(arrival, 'source'));
    }
    if (status < 200) this.#provisional(a, b, message, units);
    else this.#final(a, b, message, units);
    const seen = status < 200 ? SEEN.PROVISIONAL : SEEN.RESPONSE;
    keepReasons(store, a, message, seen, 0, b, units);
  }

  #provisional(a: number, b: number, message: SipScanner, units: number): void {
    const { attempts, branches } = this.#store;
    const { status } = message;
    branches.progressed(b, status);
    if (branches.status(b) === 0 && this.#store.toTag !== 0) branches.toTag[b] = this.#store.toTag;
    if (status === 100) {
      this.#life.signal(a, SIGNAL.trying);
      return;
    }
    attempts.mark(a, MOMENT.FIRST_RESPONSE, units);
    if (status === 180) attempts.mark(a, MOMENT.RINGING, units);
    if (status === 182) attempts.mark(a, MOMENT.QUEUED, units);
    if (status === 183 && hasSdp(message)) attempts.mark(a, MOMENT.EARLY_MEDIA, units);
    this.#life.signal(a, status === 180 ? SIGNAL.ringing : SIGNAL.progress);
  }

  #final(a: number, b: number, message: SipScanner, units: number): void {
    const { attempts, branches } = this.#store;
    const before = branches.status(b);
    const answer = message.status < 300;
    // A 2xx beats a 487 that crossed it; otherwise the first final of a transaction is its only one.
    if (answer && before >= 200 && before < 300) this.#anotherAnswer(a, b, units);
    if (before !== 0 && !(answer && before >= 300)) return;
    branches.setStatus(b, message.status);
    branches.endedAt[b] = units;
    branches.toTag[b] = this.#store.toTag;
    attempts.mark(a, MOMENT.FIRST_RESPONSE, units);
    if (attempts.state[slotOf(a)] === STATE.hung_up) this.#life.touch(a);
    if (answer) this.#answer(a, b, message, units);
    else if (isCallersHop(this.#store, a, b)) this.#store.texts.phrase(a, message);
  }

  /** A second 2xx of the branch: another fork's, or one repeated when no more messages are remembered. */
  #anotherAnswer(a: number, b: number, units: number): void {
    const { branches, toTag } = this.#store;
    if (branches.toTag[b] !== toTag) this.#answeredDialog(a, b, toTag);
    else if (units - (branches.endedAt[b] as number) >= COPY_UNITS) this.answerRepeated(a);
  }

  #answer(a: number, b: number, message: SipScanner, units: number): void {
    const { attempts, branches } = this.#store;
    const tag = branches.toTag[b] as number;
    attempts.mark(a, MOMENT.ANSWER, units);
    if (branches.has(b, BRANCH_FLAG.ACKED)) attempts.raise(a, FLAG.ACKED);
    refresh(this.#store, a, message, units);
    this.#answeredDialog(a, b, tag);
  }

  /** The BYE that was seen ended another dialog of the same INVITE: the call is up. */
  #answeredDialog(a: number, b: number, tag: number): void {
    const { attempts } = this.#store;
    if (!isCallersHop(this.#store, a, b)) return;
    if (dialogAnswered(this.#store, a, tag)) return;
    if (attempts.state[slotOf(a)] === STATE.hung_up) this.#life.signal(a, SIGNAL.revive);
  }

  /** Brings the state in step with what the branches say; also replays what an embryo had seen before its INVITE. */
  #settle(a: number): void {
    const { attempts } = this.#store;
    if (attempts.state[slotOf(a)] === STATE.embryo) return;
    if (attempts.state[slotOf(a)] === STATE.calling && provisional(this.#store, a) > 0) {
      const rang = attempts.moment(a, MOMENT.RINGING) !== NEVER;
      this.#life.signal(a, rang ? SIGNAL.ringing : SIGNAL.progress);
    }
    if (attempts.moment(a, MOMENT.ANSWER) !== NEVER) this.#life.signal(a, SIGNAL.answer);
    const hop = callersHop(this.#store, a);
    if (hop === HOP.PENDING) this.#life.signal(a, SIGNAL.reopen);
    else if (hop === HOP.REJECTED) this.#life.signal(a, this.#rejectSignal(a));
    if (attempts.moment(a, MOMENT.CANCEL) !== NEVER) this.#life.signal(a, SIGNAL.cancel);
    const over = attempts.moment(a, MOMENT.BYE) !== NEVER && allOver(this.#store, a);
    if (over) this.#life.signal(a, SIGNAL.bye);
  }

  #rejectSignal(a: number): number {
    const status = finalStatus(this.#store, a);
    return RETRYABLE[status] === 1 ? SIGNAL.retryable_reject : SIGNAL.reject;
  }
}
