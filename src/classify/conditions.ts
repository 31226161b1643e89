/** Conditions that rules of the evidence table share, or that take more than a line. */
import type { Case, Fact, Seen } from './facts.ts';

/** Timer H, 64 × T1, and the time that a BYE takes (RFC 3261 §13.3.1.4); of several 200s the first may be missed. */
const NEVER_ACKED_MS = 29_000;
const NEVER_ACKED_END_MS = 34_500;
/** 200s that must have been repeated: one lost ACK packet proves nothing. */
const REPEATED_ANSWERS = 3;
const CROSSING_MS = 5000;
const LONG_RING_MS = 10_000;
/** The shortest no-answer timer in common use; nobody looks at a ringing phone for so long to press reject. */
const RING_TIMEOUT_MS = 20_000;
const SESSION_SLACK_S = 1.5;
/** PBXs end a call that sends no media or answers no request after 30 to 60 s. */
const MISSING_MS = 90_000;

export const rang = (c: Seen): boolean => c.ended.ringingAt !== null;
const rangFor = ({ ended }: Seen, least: number): boolean =>
  ended.ringingAt !== null && ended.endedAt - ended.ringingAt >= least;
export const rangLong = (c: Seen): boolean => rangFor(c, LONG_RING_MS);
export const rangTooLong = (c: Seen): boolean => rangFor(c, RING_TIMEOUT_MS);
export const isStaleDate = ({ ended }: Seen): boolean =>
  ended.phrase !== null && /stale date/i.test(ended.phrase);
export const ending =
  (...names: readonly string[]) =>
  (_: Fact, c: Case): boolean =>
    names.includes(c.ended.ending);
export const withCause =
  (cause: number) =>
  (_: Fact, c: Case): boolean =>
    c.facts.some((f) => f.type === 'reason' && f.value.key === 'q.850' && f.value.cause === cause);
export const inNetwork = (f: Fact): boolean =>
  f.type === 'reason' && f.value.location !== null && f.value.location !== 'U';

/** The BYE is not from the party that was cut off, and came while a PBX may still have waited for it. */
export function hungUpOnTheMissing({ ended }: Seen): boolean {
  const { connectionLoss: loss, byeAt, endedBy } = ended;
  // A PBX also closes connections that were merely idle.
  if (loss?.closedBy !== 'client' || byeAt === null || ended.ending !== 'hung_up') return false;
  return endedBy !== loss.party && byeAt >= loss.at && byeAt - loss.at <= MISSING_MS;
}

/** CANCEL, then answer, then the caller's BYE at once. */
export function crossed({ ended }: Seen): boolean {
  const { cancelAt, byeAt, answeredAt } = ended;
  if (cancelAt === null || byeAt === null || ended.endedBy === 'callee') return false;
  return byeAt - Math.max(cancelAt, answeredAt ?? cancelAt) <= CROSSING_MS;
}

export function neverAcked({ ended }: Seen): boolean {
  if (ended.ackSeen || ended.answeredAt === null || ended.byeAt === null) return false;
  if (ended.answerRetransmissions < REPEATED_ANSWERS) return false;
  const after = ended.byeAt - ended.answeredAt;
  return ended.endedBy === 'callee' && after >= NEVER_ACKED_MS && after <= NEVER_ACKED_END_MS;
}

/** RFC 4028 §10: who does not get a refresh sends BYE min(32, interval / 3) seconds before the end. */
export function atSessionExpiry({ ended }: Seen): boolean {
  const { sessionExpires, refreshedAt, byeAt } = ended;
  if (sessionExpires === null || refreshedAt === null || byeAt === null) return false;
  const early = Math.min(32, sessionExpires / 3);
  const left = sessionExpires - (byeAt - refreshedAt) / 1000;
  return Math.abs(left - early) <= SESSION_SLACK_S || Math.abs(left) <= SESSION_SLACK_S;
}

export function proxyCancelled({ ended }: Seen): boolean {
  for (const { key, cancelled } of ended.branches) if (!key && cancelled) return true;
  return false;
}

/** The call went on behind the branch that is known to have decided, and what it was answered there was not seen. */
export function farFinalMissed({ ended, deciding }: Seen): boolean {
  const vias = deciding?.vias ?? 0;
  for (const branch of ended.branches) {
    if (branch.vias > vias && branch.status === 0) return true;
  }
  return false;
}

/** A first try was seen, and the final belongs to a later one of which nothing else was. */
export function ownInviteMissed({ ended }: Seen): boolean {
  const own = ended.branches.find((branch) => branch.key && branch.status === ended.status);
  if (own === undefined || own.invited) return false;
  return ended.branches.some((branch) => branch.cseq < own.cseq);
}
