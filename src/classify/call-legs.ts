import { clocksOf } from '../lib/leg-clock.ts';
import type { Classified } from './classify.ts';

/** A B2BUA does two things at once when they are seen no further apart, ms: packets may be late. */
const AT_ONCE_MS = 500;

export const isLost = ({ verdict }: Classified): boolean => verdict.outcome === 'lost';
export const isCancelled = ({ verdict }: Classified): boolean => verdict.outcome === 'cancelled';
export const isTransferred = ({ verdict }: Classified): boolean =>
  verdict.outcome === 'transferred';
/** Refused at first hand: nobody cancelled it, and its end was seen. */
export const isRefused = (leg: Classified): boolean =>
  !leg.verdict.connected && !isCancelled(leg) && !isLost(leg);
export const isSure = ({ weight, verdict }: Classified): boolean =>
  weight === 'specific' && verdict.certainty === 'observed';

/** True for a leg that was opened when all that were answered had been: the target of a transfer, not a fork. */
export function beganLast(leg: Classified, legs: readonly Classified[]): boolean {
  const ahead = clocksOf(legs.map(({ ended }) => ended));
  const began = leg.ended.startedAt - ahead(leg.ended);
  return legs.every(
    ({ ended }) => ended.answeredAt === null || ended.answeredAt - ahead(ended) < began,
  );
}

/**
 * The last leg behind the B2BUA that did not lose to another. Some B2BUAs say in a CANCEL that another leg was answered;
 * without that, and of a leg that refused, the time of the answer tells.
 */
export function farOf(others: readonly Classified[]): Classified | undefined {
  const lost = (leg: Classified): boolean =>
    leg.verdict.outcome === 'answered_elsewhere' ||
    (!leg.verdict.connected && !beganLast(leg, others));
  return others.filter((leg) => !lost(leg)).at(-1);
}

/** Both legs were answered, and both BYEs came from the B2BUA: the callee of the first, the caller of the other. */
export const isHungUpByB2bua = ({ verdict: a }: Classified, { verdict: b }: Classified): boolean =>
  a.connected && b.connected && a.endedBy === 'callee' && b.endedBy === 'caller';

/** The B2BUA answered the caller, nobody answered the B2BUA, and the first leg ended without a fault. */
export const isUnreached = ({ verdict }: Classified, others: readonly Classified[]): boolean =>
  verdict.outcome === 'completed' && others.every((leg) => !leg.verdict.connected);

/** The lead was answered after the others had begun, and when they were over or about to be. */
export function answeredLast(lead: Classified, others: readonly Classified[]): boolean {
  const ahead = clocksOf([lead, ...others].map(({ ended }) => ended));
  const answered = (lead.ended.answeredAt ?? Number.NEGATIVE_INFINITY) - ahead(lead.ended);
  return others.every(({ ended }) => {
    const over = (ended.cancelAt ?? ended.endedAt) - ahead(ended);
    return ended.startedAt - ahead(ended) < answered && over <= answered + AT_ONCE_MS;
  });
}

/** Both were answered; only the far leg names a cause. */
export const isFaultBehind = (lead: Classified, far: Classified): boolean =>
  lead.verdict.connected &&
  far.verdict.connected &&
  lead.weight === 'generic' &&
  far.weight === 'specific';

/** What a person's phone says; any other refusal is a fault behind the B2BUA. */
export const IN_PERSON: ReadonlySet<string> = new Set([
  'busy',
  'no_answer',
  'declined',
  'unreachable',
]);

/** Of the legs that went on without the transferor, the one that ended first: the B2BUA then hung up the other. */
export function firstToEnd(others: readonly Classified[]): Classified | undefined {
  const ahead = clocksOf(others.map(({ ended }) => ended));
  const end = ({ ended }: Classified): number => ended.endedAt - ahead(ended);
  return others
    .filter((leg) => leg.verdict.connected && !isTransferred(leg) && !isLost(leg))
    .sort((x, y) => end(x) - end(y))[0];
}
