import type { JoinMethod } from '../calls/call.ts';
import type { Classified } from './classify.ts';
import { directionOf, roleOfEnder } from './direction.ts';
import type { Certainty, EndedBy, Evidence, Verdict } from './outcome.ts';
import { type ReasonId, reasonRow } from './reasons.ts';

/** What the legs together say: which leg decides, and what it becomes in their light. */
interface Decision {
  readonly leg: Classified;
  /** Set when the legs together mean something that none of them says alone. */
  readonly reason?: ReasonId;
  readonly endedBy?: EndedBy;
  readonly certainty?: Certainty;
  readonly why?: string;
}

interface CallRule {
  readonly id: string;
  /** `far`: the last leg behind the B2BUA that was not answered elsewhere. */
  readonly when: (lead: Classified, far: Classified) => boolean;
  readonly decide: (lead: Classified, far: Classified) => Decision;
}

const isLost = ({ verdict }: Classified): boolean => verdict.outcome === 'lost';
const isCancelled = ({ verdict }: Classified): boolean => verdict.outcome === 'cancelled';
const isSure = ({ weight, verdict }: Classified): boolean =>
  weight === 'specific' && verdict.certainty === 'observed';

/** How the verdict of a call comes from its legs; the first row that holds decides (DESIGN §3). */
export const CALL_RULES: readonly CallRule[] = [
  {
    id: 'lead-lost',
    when: (lead, far) =>
      isLost(lead) && lead.verdict.connected && far.verdict.connected && !isLost(far),
    decide: (_, far) => ({
      leg: far,
      certainty: 'inferred',
      why: "the first leg's end was missed; its other leg's was seen",
    }),
  },
  {
    id: 'far-fault',
    when: (lead, far) =>
      lead.verdict.connected &&
      far.verdict.connected &&
      lead.weight === 'generic' &&
      far.weight === 'specific',
    decide: (_, far) => ({
      leg: far,
      why: 'the other leg names a cause that the B2BUA did not pass on',
    }),
  },
  {
    id: 'b2bua-hung-up',
    when: ({ verdict: a }, { verdict: b }) =>
      a.connected && b.connected && a.endedBy === 'callee' && b.endedBy === 'caller',
    decide: (lead) => ({
      leg: lead,
      reason: 'normal_clearing_platform',
      endedBy: 'platform',
      why: 'the B2BUA sent BYE to both sides',
    }),
  },
  {
    id: 'abandoned-while-agents-rang',
    when: (lead, far) =>
      lead.verdict.connected &&
      !far.verdict.connected &&
      lead.verdict.endedBy === 'caller' &&
      isCancelled(far),
    decide: (lead) => ({
      leg: lead,
      reason: 'abandoned_agent_ringing',
      certainty: 'inferred',
      why: 'the caller left while the PBX that had answered still rang the other side',
    }),
  },
  {
    id: 'lead-decides',
    when: (lead) => lead.verdict.connected || isCancelled(lead) || isSure(lead) || isLost(lead),
    decide: (lead) => ({ leg: lead }),
  },
  {
    id: 'b2bua-stopped-ringing',
    when: (_, far) => isCancelled(far),
    decide: (lead) => ({
      leg: lead,
      reason: 'ring_timeout_platform',
      endedBy: 'platform',
      certainty: 'inferred',
      why: 'the B2BUA cancelled the other leg although the caller had not given up',
    }),
  },
  {
    id: 'far-rejected',
    when: (_, far) => !far.verdict.connected && !isLost(far),
    decide: (_, far) => ({ leg: far, why: "the other leg's refusal is what the B2BUA passed on" }),
  },
];

/**
 * The verdict on a call of one or more legs, in the order in which they began. One leg: its own. Several: the first
 * leg's identity and times, and the ending that all of them together prove.
 */
export function judgeCall(legs: readonly Classified[], joined: JoinMethod | null): Verdict {
  const [lead, ...rest] = legs;
  if (lead === undefined) throw new Error('a call has at least one leg');
  if (rest.length === 0) return lead.verdict;
  const far = rest.filter(({ verdict }) => verdict.outcome !== 'answered_elsewhere').at(-1);
  const decision = far === undefined ? { leg: lead } : decide(lead, far);
  return merge(lead, far ?? lead, legs, decision, joined);
}

function decide(lead: Classified, far: Classified): Decision {
  return CALL_RULES.find((rule) => rule.when(lead, far))?.decide(lead, far) ?? { leg: lead };
}

function merge(
  lead: Classified,
  far: Classified,
  legs: readonly Classified[],
  decision: Decision,
  joined: JoinMethod | null,
): Verdict {
  const { verdict } = decision.leg;
  const row = reasonRow(decision.reason ?? decision.leg.reason);
  const endedBy = decision.endedBy ?? verdict.endedBy;
  const { roleIn } = lead;
  const { roleOut } = far;
  const served = legs.slice(1).some((leg) => leg.verdict.served);
  const all = legs.map((leg) => leg.verdict);
  return {
    ...lead.verdict,
    legs: all.map((leg) => leg.id),
    joined,
    direction: directionOf(roleIn, roleOut),
    peerOut: far.verdict.peerOut,
    outcome: row.outcome,
    reason: row.id,
    attribution: row.attribution,
    stage: row.outcome === 'abandoned' ? row.stage : lead.verdict.stage,
    endedBy,
    endedByRole: roleOfEnder(endedBy, roleIn, roleOut),
    served,
    abnormal: row.abnormal,
    certainty: decision.certainty ?? verdict.certainty,
    sip: {
      ...lead.verdict.sip,
      farStatus: far.verdict.sip.farStatus ?? lead.verdict.sip.farStatus,
    },
    q850: verdict.q850 ?? lead.verdict.q850,
    reasonHeaders: [...new Set(all.flatMap((leg) => leg.reasonHeaders))],
    branches: all.flatMap((leg) => leg.branches),
    context: all.flatMap((leg) => leg.context),
    evidence: evidenceOf(decision, legs),
    conflicts: all.flatMap((leg) => leg.conflicts),
    timing: { ...lead.verdict.timing, talk: served ? far.verdict.timing.talk : null },
  };
}

/** The deciding leg's evidence first; what the legs say together stands on top. */
function evidenceOf({ leg, why, reason }: Decision, legs: readonly Classified[]): Evidence[] {
  const others = legs.filter((other) => other !== leg).flatMap((other) => other.verdict.evidence);
  const demoted = others.map((item) => ({ ...item, decided: false }));
  if (why === undefined) return [...leg.verdict.evidence, ...demoted];
  const together: Evidence = {
    kind: 'inference',
    value: 'legs',
    message: null,
    at: null,
    decided: reason !== undefined,
    why,
  };
  const own = leg.verdict.evidence.map((item) => ({
    ...item,
    decided: item.decided && reason === undefined,
  }));
  return reason === undefined ? [...own, together, ...demoted] : [together, ...own, ...demoted];
}
