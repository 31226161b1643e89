import type { ContextNote } from '../context/kinds.ts';
import { BRANCH_FLAG } from './branch-table.ts';
import type { BranchFact, Ended, Ending, Party, ReasonFact } from './call.ts';
import { secondDialog } from './dialogs.ts';
import { dialogFailure, has, replacedBy, transferOf } from './flag-facts.ts';
import { holdFacts } from './hold-facts.ts';
import { bestBranch, isCallersHop, passedOver } from './hops.ts';
import { FLAG, MOMENT } from './marks.ts';
import { reasonFacts } from './reason-facts.ts';
import { slotOf } from './rows.ts';
import type { CallStore } from './store.ts';
import { TEXT, type TextStore } from './text-store.ts';

/** What several facts of an attempt are made of. */
interface Parts {
  readonly ending: Ending;
  readonly end: number;
  readonly context: readonly ContextNote[];
  /** Branch slots, those that are INVITE transactions of it, and the one whose peers are its. */
  readonly slots: readonly number[];
  readonly real: readonly number[];
  readonly key: number;
  /** Final status, 0 when none. */
  readonly status: number;
  readonly reasons: readonly ReasonFact[];
  readonly hold: ReturnType<typeof holdFacts>;
  readonly ladder: string | null;
  readonly flags: number;
  /** Its row of `Extras`. */
  readonly extra: number;
}

/** Everything that is known of an attempt, as one readable object; `now` is when it was given up. */
export function toEnded(
  store: CallStore,
  a: number,
  ending: Ending,
  now: number,
  context: readonly ContextNote[],
  ladder: string | null,
): Ended {
  const items = store.text.load(store.attempts.text[a] as number);
  const slots = branchSlots(store, a);
  const best = bestBranch(store, a);
  const key = best !== 0 ? best : (slots.find((b) => isCallersHop(store, a, b)) ?? 0);
  const real = slots.every((b) => isBranch(store, a, b))
    ? slots
    : slots.filter((b) => isBranch(store, a, b));
  const end = endedAt(store, a, best, now);
  return factsOf(store, a, {
    ending,
    end,
    context,
    slots,
    real,
    status: store.branches.status[best] as number,
    key,
    reasons: reasonFacts(store, a, items, slots, real),
    hold: holdFacts(store, a, end),
    ladder,
    flags: store.attempts.flags[a] as number,
    extra: store.attempts.extra(a),
  });
}

/** One literal, and no spreads: V8 then makes the object in one piece. */
function factsOf(store: CallStore, a: number, parts: Parts): Ended {
  const { slots, real, key, reasons, flags, extra, hold, status } = parts;
  const { attempts, branches, text } = store;
  return {
    callId: lastText(text, TEXT.CALL_ID) ?? '',
    fromTag: lastText(text, TEXT.FROM_TAG) ?? '',
    ordinal: attempts.ordinal[slotOf(a)] as number,
    captureId: (attempts.captureId[a] as number) >>> 0,
    source: attempts.source[slotOf(a)] as number,
    ending: parts.ending,
    peerIn: branches.source[key] as number,
    peerOut: peerOut(store, real),
    fromUnknown: ((branches.flags[key] as number) & BRANCH_FLAG.FROM_KNOWN) === 0,
    caller: lastText(text, TEXT.CALLER),
    callee: lastText(text, TEXT.CALLEE),
    startedAt: attempts.timeOf(a, earliestInvite(store, slots)),
    firstResponseAt: attempts.momentAt(a, MOMENT.FIRST_RESPONSE),
    ringingAt: attempts.momentAt(a, MOMENT.RINGING),
    earlyMediaAt: attempts.momentAt(a, MOMENT.EARLY_MEDIA),
    queuedAt: attempts.momentAt(a, MOMENT.QUEUED),
    answeredAt: attempts.momentAt(a, MOMENT.ANSWER),
    cancelAt: attempts.momentAt(a, MOMENT.CANCEL),
    byeAt: attempts.momentAt(a, MOMENT.BYE),
    endedAt: parts.end,
    onHold: hold.onHold,
    heldBy: hold.heldBy,
    holdSeconds: hold.holdSeconds,
    status,
    phrase: phraseOf(text, status),
    endedBy: endedBy(flags, reasons, attempts.momentAt(a, MOMENT.CANCEL)),
    cancelSeen: real.some((b) => cancelSeen(store, a, b)),
    glare: has(flags, FLAG.GLARE),
    byeAnswered: has(flags, FLAG.BYE_OK),
    ackSeen: has(flags, FLAG.ACKED),
    authenticated: has(flags, FLAG.AUTHENTICATED),
    inviteRetransmissions: attempts.extras.inviteRepeats[extra] as number,
    otherAnswer: real.some((b) => isOtherAnswer(store, a, b)),
    setupMissed: slots.some((b) => isAckAlone(store, b) || isNearer(store, a, b)),
    answerRetransmissions: attempts.extras.answerRepeats[extra] as number,
    transfer: transferOf(flags),
    transferFailed: has(flags, FLAG.TRANSFER_FAILED),
    replaced: replacedBy(flags),
    dialogFailure: dialogFailure(flags),
    sessionExpires: (attempts.extras.sessionExpires[extra] as number) || null,
    refreshedAt: attempts.momentAt(a, MOMENT.REFRESH),
    connectionLoss: store.connections.lossOf(a),
    branches: real.map((b) => branchFact(store, a, b)),
    reasons,
    context: parts.context,
    overflow: attempts.overflow[slotOf(a)] as number,
    ladder: parts.ladder,
  };
}

function isAckAlone({ branches }: CallStore, b: number): boolean {
  const acked = ((branches.flags[b] as number) & BRANCH_FLAG.ACK_SEEN) !== 0;
  return acked && branches.status[b] === 0;
}

/** An earlier try was seen nearer to the caller than any message of the last one. */
function isNearer({ attempts, branches }: CallStore, a: number, b: number): boolean {
  return (branches.vias[b] as number) < (attempts.minVias[slotOf(a)] as number);
}

/** Branch slots in the order in which they were seen. */
function branchSlots(store: CallStore, a: number): number[] {
  const slots: number[] = [];
  const { next } = store.branches.pool;
  for (let b = store.attempts.branches[a] as number; b !== 0; b = next[b] as number) slots.push(b);
  return slots.reverse();
}

/**
 * A response without its INVITE makes a branch only under the CSeq of the attempt: a 487 to another CSeq, of a broken
 * peer, is no transaction of it (RFC 3261 §17.1.3).
 */
function isBranch(store: CallStore, a: number, b: number): boolean {
  const invited = ((store.branches.flags[b] as number) & BRANCH_FLAG.INVITED) !== 0;
  const answered =
    (store.branches.provisional[b] as number) + (store.branches.status[b] as number) > 0;
  return invited || (answered && store.branches.cseq[b] === store.attempts.cseq[a]);
}

function isOtherAnswer(store: CallStore, a: number, b: number): boolean {
  const { branches, attempts } = store;
  const status = branches.status[b] as number;
  if (status < 200 || status >= 300 || attempts.dialog[a] === 0) return false;
  const tag = branches.toTag[b];
  return tag !== attempts.dialog[a] && tag !== secondDialog(store, a);
}

function cancelSeen(store: CallStore, a: number, b: number): boolean {
  const seen = ((store.branches.flags[b] as number) & BRANCH_FLAG.CANCEL_SEEN) !== 0;
  return seen && isCallersHop(store, a, b);
}

function branchFact(store: CallStore, a: number, b: number): BranchFact {
  const { branches, attempts } = store;
  const status = branches.status[b] as number;
  return {
    peer: branches.target[b] as number,
    cseq: branches.cseq[b] as number,
    vias: branches.vias[b] as number,
    status,
    key: isCallersHop(store, a, b),
    invited: ((branches.flags[b] as number) & BRANCH_FLAG.INVITED) !== 0,
    passedOver: passedOver(store, a, b),
    cancelled: ((branches.flags[b] as number) & BRANCH_FLAG.CANCELLED) !== 0,
    provisional: branches.provisional[b] as number,
    startedAt: attempts.timeOf(a, branches.startedAt[b] as number),
    endedAt: status === 0 ? null : attempts.timeOf(a, branches.endedAt[b] as number),
  };
}

/** Where the call went: the target of the winning, else of the last tried branch, at its farthest hop. */
function peerOut(store: CallStore, slots: readonly number[]): number {
  const { branches } = store;
  let best = 0;
  let bestRank = -1;
  for (const b of slots) {
    const status = branches.status[b] as number;
    const answered = status >= 200 && status < 300;
    const rank = (answered ? 1000 : 0) + (branches.vias[b] as number);
    if (rank >= bestRank) {
      best = b;
      bestRank = rank;
    }
  }
  return branches.target[best] as number;
}

function earliestInvite(store: CallStore, slots: readonly number[]): number {
  return slots.reduce((first, b) => Math.min(first, store.branches.startedAt[b] as number), 0);
}

function endedAt(store: CallStore, a: number, best: number, now: number): number {
  const { attempts, branches } = store;
  const bye = attempts.momentAt(a, MOMENT.BYE);
  if (bye !== null) return bye;
  const status = branches.status[best] as number;
  if (status >= 300) return attempts.timeOf(a, branches.endedAt[best] as number);
  const cancel = status === 0 ? attempts.momentAt(a, MOMENT.CANCEL) : null;
  return cancel ?? now + (attempts.clockOffset[slotOf(a)] as number);
}

/** Sender of the first BYE; without one, of the CANCEL. */
function endedBy(
  flags: number,
  reasons: readonly ReasonFact[],
  cancelAt: number | null,
): Party | null {
  if ((flags & FLAG.BYE_PLATFORM) !== 0) return 'platform';
  const caller = (flags & FLAG.BYE_CALLER) !== 0;
  const callee = (flags & FLAG.BYE_CALLEE) !== 0;
  if (caller && callee) {
    return reasons.find((reason) => reason.seenIn === 'bye')?.by ?? 'caller';
  }
  if (caller || callee) return caller ? 'caller' : 'callee';
  return cancelAt === null ? null : 'caller';
}

/** The phrase of the final that counts; earlier tries had theirs. */
function phraseOf(text: TextStore, status: number): string | null {
  for (let item = text.last(TEXT.PHRASE); item >= 0; item--) {
    const isIt = text.kindOf(item) === TEXT.PHRASE && text.statusOf(item) === status;
    if (isIt) return text.textOf(item);
  }
  return null;
}

function lastText(text: TextStore, kind: number): string | null {
  const item = text.last(kind);
  return item < 0 ? null : text.textOf(item);
}
