/** The branches of an attempt at its end. Loops and no closures: every call comes through here. */
import { BRANCH_FLAG } from './branch-table.ts';
import type { BranchFact } from './call.ts';
import { secondDialog } from './dialogs.ts';
import { isCallersHop, passedOver } from './hops.ts';
import { slotOf } from './rows.ts';
import type { CallStore } from './store.ts';

/** What some branch of an attempt shows. */
export const MARK = { CANCEL_SEEN: 1, OTHER_ANSWER: 2, SETUP_MISSED: 4 } as const;

export function marksOf(
  store: CallStore,
  a: number,
  slots: readonly number[],
  real: readonly number[],
): number {
  let marks = 0;
  for (const b of slots) {
    if (isAckAlone(store, b) || isNearer(store, a, b)) marks |= MARK.SETUP_MISSED;
  }
  for (const b of real) {
    if (cancelSeen(store, a, b)) marks |= MARK.CANCEL_SEEN;
    if (isOtherAnswer(store, a, b)) marks |= MARK.OTHER_ANSWER;
  }
  return marks;
}

/** The first branch of the caller's hop; 0 when none is. */
export function callersBranch(store: CallStore, a: number, slots: readonly number[]): number {
  for (const b of slots) if (isCallersHop(store, a, b)) return b;
  return 0;
}

export function realBranches(
  store: CallStore,
  a: number,
  slots: readonly number[],
): readonly number[] {
  for (const b of slots) {
    if (!isBranch(store, a, b)) return slots.filter((one) => isBranch(store, a, one));
  }
  return slots;
}

function isAckAlone({ branches }: CallStore, b: number): boolean {
  const acked = branches.has(b, BRANCH_FLAG.ACK_SEEN);
  return acked && branches.status(b) === 0;
}

/** An earlier try was seen nearer to the caller than any message of the last one. */
function isNearer({ attempts, branches }: CallStore, a: number, b: number): boolean {
  return branches.vias(b) < (attempts.minVias[slotOf(a)] as number);
}

/** Branch slots in the order in which they were seen. */
export function branchSlots(store: CallStore, a: number): number[] {
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
  const invited = store.branches.has(b, BRANCH_FLAG.INVITED);
  const answered = store.branches.provisional(b) + store.branches.status(b) > 0;
  return invited || (answered && store.branches.cseq[b] === store.attempts.cseq[a]);
}

function isOtherAnswer(store: CallStore, a: number, b: number): boolean {
  const { branches, attempts } = store;
  const status = branches.status(b);
  if (status < 200 || status >= 300 || attempts.dialog[a] === 0) return false;
  const tag = branches.toTag[b];
  return tag !== attempts.dialog[a] && tag !== secondDialog(store, a);
}

function cancelSeen(store: CallStore, a: number, b: number): boolean {
  const seen = store.branches.has(b, BRANCH_FLAG.CANCEL_SEEN);
  return seen && isCallersHop(store, a, b);
}

export function branchFacts(store: CallStore, a: number, real: readonly number[]): BranchFact[] {
  const facts: BranchFact[] = [];
  for (const b of real) facts.push(branchFact(store, a, b));
  return facts;
}

function branchFact(store: CallStore, a: number, b: number): BranchFact {
  const { branches, attempts } = store;
  const status = branches.status(b);
  return {
    peer: branches.target(b),
    cseq: branches.cseq[b] as number,
    vias: branches.vias(b),
    status,
    key: isCallersHop(store, a, b),
    invited: branches.has(b, BRANCH_FLAG.INVITED),
    passedOver: passedOver(store, a, b),
    cancelled: branches.has(b, BRANCH_FLAG.CANCELLED),
    provisional: branches.provisional(b),
    startedAt: attempts.timeOf(a, branches.startedAt[b] as number),
    endedAt: status === 0 ? null : attempts.timeOf(a, branches.endedAt[b] as number),
  };
}

/** Where the call went: the target of the winning, else of the last tried branch, at its farthest hop. */
export function peerOut(store: CallStore, slots: readonly number[]): number {
  const { branches } = store;
  let best = 0;
  let bestRank = -1;
  for (const b of slots) {
    const status = branches.status(b);
    const answered = status >= 200 && status < 300;
    const rank = (answered ? 1000 : 0) + branches.vias(b);
    if (rank >= bestRank) {
      best = b;
      bestRank = rank;
    }
  }
  return branches.target(best);
}

export function earliestInvite(store: CallStore, slots: readonly number[]): number {
  let first = 0;
  for (const b of slots) first = Math.min(first, store.branches.startedAt[b] as number);
  return first;
}
