import type { ContextNote } from '../context/kinds.ts';
import {
  branchFacts,
  branchSlots,
  callersBranch,
  earliestInvite,
  MARK,
  marksOf,
  peerOut,
  realBranches,
} from './branch-facts.ts';
import { BRANCH_FLAG } from './branch-table.ts';
import type { Ended, Ending, Party, ReasonFact } from './call.ts';
import { dialogFailure, has, replacedBy, transferOf } from './flag-facts.ts';
import { holdFacts } from './hold-facts.ts';
import { bestBranch } from './hops.ts';
import { FLAG, MOMENT, NEVER } from './marks.ts';
import { reasonFacts } from './reason-facts.ts';
import { slotOf } from './rows.ts';
import type { CallStore } from './store.ts';
import { TEXT, type TextStore } from './text-store.ts';

/** What several facts of an attempt are made of. */
interface Parts extends Pick<Ended, 'peerOut' | 'connectionLoss' | 'branches'> {
  readonly ending: Ending;
  /** When its first INVITE was sent, in units from its start; and when it ended. */
  readonly began: number;
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
  /** Bits of `MARK`. */
  readonly marks: number;
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
  const key = best !== 0 ? best : callersBranch(store, a, slots);
  const real = realBranches(store, a, slots);
  const end = endedAt(store, a, best, now);
  return factsOf(store, a, {
    ending,
    began: earliestInvite(store, slots),
    end,
    peerOut: peerOut(store, real),
    connectionLoss: store.connections.lossOf(a),
    branches: branchFacts(store, a, real),
    context,
    slots,
    real,
    status: store.branches.status(best),
    key,
    reasons: reasonFacts(store, a, items, slots, real),
    hold: holdFacts(store, a, end),
    ladder,
    flags: store.attempts.flags[a] as number,
    marks: marksOf(store, a, slots, real),
    extra: store.attempts.extra(a),
  });
}

/** One literal, and no spreads: V8 then makes the object in one piece. */
function factsOf({ attempts, branches, text }: CallStore, a: number, parts: Parts): Ended {
  const { key, reasons, flags, marks, extra, hold, status } = parts;
  return {
    callId: lastText(text, TEXT.CALL_ID) ?? '',
    fromTag: lastText(text, TEXT.FROM_TAG) ?? '',
    ordinal: attempts.ordinal(a),
    captureId: (attempts.captureId[a] as number) >>> 0,
    source: attempts.source[slotOf(a)] as number,
    ending: parts.ending,
    peerIn: branches.source(key),
    peerOut: parts.peerOut,
    fromUnknown: !branches.has(key, BRANCH_FLAG.FROM_KNOWN),
    caller: lastText(text, TEXT.CALLER),
    callee: lastText(text, TEXT.CALLEE),
    clockAhead: attempts.clockOffset[slotOf(a)] as number,
    startedAt: attempts.timeOf(a, parts.began),
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
    endedBy: endedBy(flags, reasons, attempts.moment(a, MOMENT.CANCEL) !== NEVER),
    cancelSeen: has(marks, MARK.CANCEL_SEEN),
    glare: has(flags, FLAG.GLARE),
    byeAnswered: has(flags, FLAG.BYE_OK),
    ackSeen: has(flags, FLAG.ACKED),
    authenticated: has(flags, FLAG.AUTHENTICATED),
    inviteRetransmissions: attempts.extras.inviteRepeats[extra] as number,
    otherAnswer: has(marks, MARK.OTHER_ANSWER),
    setupMissed: has(marks, MARK.SETUP_MISSED),
    answerRetransmissions: attempts.extras.answerRepeats[extra] as number,
    transfer: transferOf(flags),
    transferFailed: has(flags, FLAG.TRANSFER_FAILED),
    replaced: replacedBy(flags),
    dialogFailure: dialogFailure(flags),
    sessionExpires: (attempts.extras.sessionExpires[extra] as number) || null,
    refreshedAt: attempts.momentAt(a, MOMENT.REFRESH),
    connectionLoss: parts.connectionLoss,
    branches: parts.branches,
    reasons,
    context: parts.context,
    overflow: attempts.extras.overflow[extra] as number,
    ladder: parts.ladder,
  };
}

function endedAt(store: CallStore, a: number, best: number, now: number): number {
  const { attempts, branches } = store;
  const bye = attempts.momentAt(a, MOMENT.BYE);
  if (bye !== null) return bye;
  const status = branches.status(best);
  if (status >= 300) return attempts.timeOf(a, branches.endedAt[best] as number);
  const cancel = status === 0 ? attempts.momentAt(a, MOMENT.CANCEL) : null;
  return cancel ?? now + (attempts.clockOffset[slotOf(a)] as number);
}

/** Sender of the first BYE; without one, of the CANCEL. */
function endedBy(flags: number, reasons: readonly ReasonFact[], cancelled: boolean): Party | null {
  if ((flags & FLAG.BYE_PLATFORM) !== 0) return 'platform';
  const caller = (flags & FLAG.BYE_CALLER) !== 0;
  const callee = (flags & FLAG.BYE_CALLEE) !== 0;
  if (caller && callee) {
    return reasons.find((reason) => reason.seenIn === 'bye')?.by ?? 'caller';
  }
  if (caller || callee) return caller ? 'caller' : 'callee';
  return cancelled ? 'caller' : null;
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
