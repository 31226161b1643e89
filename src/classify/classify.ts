import type { Ended } from '../calls/call.ts';
import { directionOfCall } from './direction.ts';
import { type Case, collectFacts, decidingChain } from './facts.ts';
import { type Judgement, judge } from './judge.ts';
import type { SeenIn, Verdict } from './outcome.ts';
import type { ReasonId } from './reasons.ts';
import { RULES, type Rule, type Weight } from './rules.ts';
import { timelineOf } from './timeline.ts';
import { type PeerDirectory, toVerdict } from './verdict.ts';

/** One Q.850 cause as it was seen: each cause counts once per attempt and place. */
export interface SeenCause {
  readonly cause: number;
  readonly seenIn: SeenIn;
}

export interface Classified {
  readonly ended: Ended;
  /** Roles of the peers when the leg ended: a reload may change them before the call closes. */
  readonly roleIn: string;
  readonly roleOut: string;
  readonly reason: ReasonId;
  /** Weight of the deciding evidence. */
  readonly weight: Weight;
  readonly verdict: Verdict;
  readonly causes: readonly SeenCause[];
}

const CONNECTED_ENDINGS: ReadonlySet<string> = new Set(['hung_up', 'dialog_failed']);

/** Causes proven by the wire besides a 2xx: the ACK of one, or a BYE of the callee (RFC 3261 §15.1.1). */
function isConnected(ended: Ended): boolean {
  return ended.answeredAt !== null || CONNECTED_ENDINGS.has(ended.ending);
}

/**
 * Judges one ended attempt: facts in, one verdict out. Pure; the rules are a parameter so that a test can take one
 * away and see what it was good for.
 */
export function classify(
  ended: Ended,
  peers: PeerDirectory,
  rules: readonly Rule[] = RULES,
): Classified {
  const connected = isConnected(ended);
  const chain = decidingChain(ended);
  const [roleIn, roleOut] = [peers.role(ended.peerIn), peers.role(ended.peerOut)];
  const c: Case = {
    ended,
    connected,
    deciding: chain.at(-1) ?? null,
    roleOut,
    timeline: timelineOf(ended, roleOut),
    outbound: directionOfCall(ended, roleIn, roleOut) === 'outbound',
    stranger: peers.configured && ended.peerIn === 0 && !ended.fromUnknown,
    facts: collectFacts(ended, connected, chain),
  };
  const judgement = judge(c, rules);
  const { reason, weight } = judgement.readings[0];
  const verdict = toVerdict(c, judgement, peers);
  return { ended, roleIn, roleOut, reason, weight, verdict, causes: seenCauses(judgement) };
}

function seenCauses({ readings }: Judgement): SeenCause[] {
  const seen = new Map<string, SeenCause>();
  for (const { fact } of readings) {
    if (fact.type !== 'reason' || fact.value.key !== 'q.850' || fact.value.cause === null) continue;
    const { seenIn } = fact;
    seen.set(`${fact.value.cause} ${seenIn}`, { cause: fact.value.cause, seenIn });
  }
  return [...seen.values()];
}
