import type { Ended } from '../calls/call.ts';
import { directionOfCall } from './direction.ts';
import { collectFacts, decidingChain, type Seen } from './facts.ts';
import { type Finding, type SeenCause, toFinding } from './finding.ts';
import { judge } from './judge.ts';
import { Memory } from './memory.ts';
import type { Verdict } from './outcome.ts';
import type { ReasonId } from './reasons.ts';
import { RULES, type Rule, type Weight } from './rules.ts';
import { timelineOf } from './timeline.ts';
import { type PeerDirectory, toVerdict } from './verdict.ts';

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

/** Causes proven by the wire besides a 2xx: the ACK of one, or a BYE of the callee (RFC 3261 §15.1.1). */
function isConnected({ answeredAt, ending }: Ended): boolean {
  return answeredAt !== null || ending === 'hung_up' || ending === 'dialog_failed';
}

/**
 * Judges one ended attempt: facts in, one verdict out. The rules are a parameter so that a test can take one away and
 * see what it was good for. `memory` saves work and changes nothing; one memory goes with one table of rules.
 */
export function classify(
  ended: Ended,
  peers: PeerDirectory,
  rules: readonly Rule[] = RULES,
  memory: Memory = new Memory(),
): Classified {
  const seen = see(ended, peers);
  const { roleIn, roleOut } = seen;
  const finding = findingOf(seen, rules, memory);
  const verdict = toVerdict(seen, finding, peers, memory);
  const { reason, weight, causes } = finding;
  return { ended, roleIn, roleOut, reason, weight, verdict, causes };
}

function see(ended: Ended, peers: PeerDirectory): Seen {
  const chain = decidingChain(ended);
  const roleOut = peers.role(ended.peerOut);
  return {
    ended,
    connected: isConnected(ended),
    chain,
    deciding: chain.at(-1) ?? null,
    roleIn: peers.role(ended.peerIn),
    roleOut,
    stranger: peers.configured && ended.peerIn === 0 && !ended.fromUnknown,
    timeline: timelineOf(ended, roleOut),
  };
}

function findingOf(seen: Seen, rules: readonly Rule[], memory: Memory): Finding {
  const signed = memory.sign(seen);
  const known = signed ? memory.recall() : null;
  if (known !== null) return known;
  const { ended, connected, chain, roleIn, roleOut } = seen;
  const c = {
    ...seen,
    outbound: directionOfCall(ended, roleIn, roleOut) === 'outbound',
    facts: collectFacts(ended, connected, chain),
  };
  const finding = toFinding(c, judge(c, rules));
  if (signed) memory.keep(finding);
  return finding;
}
