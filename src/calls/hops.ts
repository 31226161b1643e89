import type { SipScanner } from '../sip/scan.ts';
import { BRANCH_FLAG } from './branch-table.ts';
import { FLAG } from './marks.ts';
import { slotOf } from './rows.ts';
import type { CallStore } from './store.ts';

/**
 * The caller's hop: of the hops seen, the one whose INVITE has the fewest Vias. Its branches of the newest
 * CSeq decide the attempt; the others are what proxies did on its behalf.
 */

/** True when branch `b` belongs to the caller's hop of attempt `a`. */
export function isCallersHop(store: CallStore, a: number, b: number): boolean {
  return (
    store.branches.cseq[b] === store.attempts.cseq[a] &&
    store.branches.vias(b) === store.attempts.minVias[slotOf(a)]
  );
}

/**
 * True when branch `b` was passed over: another one of its hop began after its final of 300 or more. Failover in
 * series, by the caller or by a proxy; forks in parallel begin before any of them ends. A caller never forks, so at its
 * own hop whatever is still open, or ended later, came after: that holds even when two taps' clocks disagree.
 */
export function passedOver(store: CallStore, a: number, b: number): boolean {
  const { branches } = store;
  if (branches.status(b) < 300) return false;
  const ended = branches.endedAt[b] as number;
  for (let c = store.attempts.branches[a] as number; c !== 0; c = branches.pool.next[c] as number) {
    if (c === b || branches.cseq[c] !== branches.cseq[b]) continue;
    if (branches.vias(c) !== branches.vias(b)) continue;
    const later = branches.vias(b) === 1 && endsAfter(store, c, ended);
    if (later || (branches.startedAt[c] as number) > ended) return true;
  }
  return false;
}

function endsAfter(store: CallStore, c: number, ended: number): boolean {
  const { branches } = store;
  return branches.status(c) === 0 || (branches.endedAt[c] as number) > ended;
}

/** True when a hop farther than that of this message is known of its INVITE: the message is late. */
export function wentFarther(store: CallStore, a: number, message: SipScanner): boolean {
  const { branches } = store;
  for (let b = store.attempts.branches[a] as number; b !== 0; b = branches.pool.next[b] as number) {
    if (branches.cseq[b] !== message.cseq || !branches.has(b, BRANCH_FLAG.INVITED)) continue;
    if (branches.vias(b) > message.viaCount) return true;
  }
  return false;
}

/** Summary of the caller's hop. */
export const HOP = { NONE: 0, PENDING: 1, REJECTED: 2, ANSWERED: 3 } as const;

/** Whether the caller's hop is still open, was answered, or has a final of 300 or more on every branch. */
export function callersHop(store: CallStore, a: number): number {
  let result: number = HOP.NONE;
  const { branches } = store;
  for (let b = store.attempts.branches[a] as number; b !== 0; b = branches.pool.next[b] as number) {
    if (!isCallersHop(store, a, b) || passedOver(store, a, b)) continue;
    const status = branches.status(b);
    if (status >= 200 && status < 300) return HOP.ANSWERED;
    if (status === 0) result = HOP.PENDING;
    else if (result === HOP.NONE) result = HOP.REJECTED;
  }
  return result;
}

/**
 * The branch of the caller's hop whose final a proxy would choose (RFC 3261 §16.7 step 6): a 2xx, else a 6xx, else the
 * lowest class, and in it anything rather than 408 or 487. 0 when it has no final at all.
 */
export function bestBranch(store: CallStore, a: number): number {
  let best = 0;
  let bestRank = Number.POSITIVE_INFINITY;
  const { branches } = store;
  for (let b = store.attempts.branches[a] as number; b !== 0; b = branches.pool.next[b] as number) {
    const status = branches.status(b);
    if (status === 0 || !isCallersHop(store, a, b) || passedOver(store, a, b)) continue;
    const rank = finalRank(status);
    if (rank < bestRank) {
      best = b;
      bestRank = rank;
    }
  }
  return best;
}

function finalRank(status: number): number {
  const kind = Math.floor(status / 100);
  if (kind === 2) return 0;
  if (kind === 6) return 1;
  return kind * 10 + (status === 408 || status === 487 ? 1 : 0);
}

/** The caller gave up: CANCEL was seen on a branch of its own hop. */
export function callerCancelled(store: CallStore, a: number): boolean {
  const { branches } = store;
  for (let b = store.attempts.branches[a] as number; b !== 0; b = branches.pool.next[b] as number) {
    if (isCallersHop(store, a, b) && branches.has(b, BRANCH_FLAG.CANCELLED)) {
      return true;
    }
  }
  return false;
}

/** True when `sentBy` (a hash) is a hop that the INVITE gained in transit: a proxy in its path. */
export function joinedInTransit(store: CallStore, a: number, sentBy: number): boolean {
  if (sentBy === 0 || sentBy === store.attempts.callerSentBy[a]) return false;
  const { branches } = store;
  for (let b = store.attempts.branches[a] as number; b !== 0; b = branches.pool.next[b] as number) {
    if (branches.vias(b) > 1 && branches.sentBy[b] === sentBy) return true;
  }
  return false;
}

/** Proof, other than a 2xx, that the dialog was confirmed. */
export function provenAnswer(flags: number): boolean {
  return (flags & (FLAG.ACKED | FLAG.IN_DIALOG | FLAG.BYE_CALLEE)) !== 0;
}

/** Final status at the caller's hop; 0 while there is none. */
export function finalStatus(store: CallStore, a: number): number {
  const best = bestBranch(store, a);
  return best === 0 ? 0 : store.branches.status(best);
}

/** Highest provisional status on the newest CSeq, at whatever hop; 0 when none was seen. */
export function provisional(store: CallStore, a: number): number {
  const { branches } = store;
  let highest = 0;
  for (let b = store.attempts.branches[a] as number; b !== 0; b = branches.pool.next[b] as number) {
    if (branches.cseq[b] !== store.attempts.cseq[a]) continue;
    highest = Math.max(highest, branches.provisional(b));
  }
  return highest;
}
