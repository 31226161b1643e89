import {
  answeredLast,
  beganLast,
  firstToEnd,
  IN_PERSON,
  isCancelled,
  isFaultBehind,
  isHungUpByB2bua,
  isLost,
  isRefused,
  isSure,
  isTransferred,
  isUnreached,
} from './call-legs.ts';
import type { Classified } from './classify.ts';
import type { Certainty, EndedBy } from './outcome.ts';
import type { ReasonId } from './reasons.ts';

/** What the legs together say: which leg decides, and what it becomes in their light. */
export interface Decision {
  readonly leg: Classified;
  /** Set when the legs together mean something that none of them says alone. */
  readonly reason?: ReasonId;
  readonly endedBy?: EndedBy;
  readonly certainty?: Certainty;
  readonly why?: string;
  /** The call went on after the first leg was over, until this leg's end. */
  readonly outlivesLead?: boolean;
}

interface CallRule {
  readonly id: string;
  /** `far`: the last leg behind the B2BUA that was not answered elsewhere; `others`: all but the lead. */
  readonly when: (lead: Classified, far: Classified, others: readonly Classified[]) => boolean;
  readonly decide: (lead: Classified, far: Classified, others: readonly Classified[]) => Decision;
}

/** How the verdict of a call comes from its legs; the first row that holds decides (docs/joins.md). */
export const CALL_RULES: readonly CallRule[] = [
  {
    id: 'lead-told',
    when: (lead) =>
      lead.verdict.evidence.some(({ decided, kind }) => decided && kind === 'context'),
    decide: (lead) => ({ leg: lead }),
  },
  {
    id: 'transfer-target-failed',
    when: (lead, far, others) =>
      isTransferred(lead) && isRefused(far) && beganLast(far, [lead, ...others]),
    decide: (_, far) => ({
      leg: far,
      reason: 'transfer_failed',
      certainty: 'inferred',
      why: 'the transferor had left, and the leg to the target was refused',
      outlivesLead: true,
    }),
  },
  {
    // The caller's side of a leg that the B2BUA opened is the B2BUA.
    id: 'transferred-on-b2bua-hung-up',
    when: (lead, _, others) =>
      isTransferred(lead) && firstToEnd(others)?.reason === 'normal_clearing_caller',
    decide: (lead, _, others) => ({
      leg: firstToEnd(others) ?? lead,
      reason: 'normal_clearing_platform',
      endedBy: 'platform',
      why: 'the call went on without the transferor, and the B2BUA sent BYE to all',
      outlivesLead: true,
    }),
  },
  {
    id: 'transferred-on',
    when: (lead, _, others) => isTransferred(lead) && firstToEnd(others) !== undefined,
    decide: (lead, _, others) => ({
      leg: firstToEnd(others) ?? lead,
      why: 'the call went on without the transferor: the first of its other legs to end decides',
      outlivesLead: true,
    }),
  },
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
    id: 'b2bua-hung-up-with-cause',
    when: (lead, far) => isHungUpByB2bua(lead, far) && lead.weight === 'specific',
    decide: (lead) => ({
      leg: lead,
      endedBy: 'platform',
      why: 'the B2BUA sent BYE to both sides, and names a cause',
    }),
  },
  {
    id: 'b2bua-hung-up-with-cause-behind',
    when: (lead, far) => isHungUpByB2bua(lead, far) && isFaultBehind(lead, far),
    decide: (_, far) => ({
      leg: far,
      endedBy: 'platform',
      why: 'the B2BUA sent BYE to both sides, and names a cause to one of them',
    }),
  },
  {
    id: 'far-fault',
    when: isFaultBehind,
    decide: (_, far) => ({
      leg: far,
      why: 'the other leg names a cause that the B2BUA did not pass on',
    }),
  },
  {
    id: 'b2bua-hung-up',
    when: isHungUpByB2bua,
    decide: (lead) => ({
      leg: lead,
      reason: 'normal_clearing_platform',
      endedBy: 'platform',
      why: 'the B2BUA sent BYE to both sides',
    }),
  },
  {
    id: 'answered-after-others',
    when: (lead, _, others) => isUnreached(lead, others) && answeredLast(lead, others),
    decide: (lead) => ({
      leg: lead,
      reason: 'answered_by_platform',
      ...(lead.verdict.endedBy === 'callee' ? { endedBy: 'platform' } : {}),
      certainty: 'assumed',
      why: 'the PBX answered after it had given up on the other side: with a voicemail or an announcement',
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
    id: 'rang-out-behind-answer',
    when: (lead, far, others) =>
      isUnreached(lead, others) && lead.verdict.endedBy === 'callee' && isCancelled(far),
    decide: (lead) => ({
      leg: lead,
      reason: 'ring_timeout_platform',
      endedBy: 'platform',
      certainty: 'inferred',
      why: 'the PBX that had answered rang the other side in vain, and hung up',
    }),
  },
  {
    id: 'abandoned-unreached',
    when: (lead, far, others) =>
      isUnreached(lead, others) &&
      lead.verdict.endedBy === 'caller' &&
      isRefused(far) &&
      IN_PERSON.has(far.verdict.outcome),
    decide: (lead) => ({
      leg: lead,
      reason: 'abandoned_queue',
      certainty: 'inferred',
      why: 'the caller left the PBX that had answered and reached nobody behind it',
    }),
  },
  {
    id: 'refused-behind-answer',
    when: (lead, far, others) => isUnreached(lead, others) && isRefused(far),
    decide: (_, far) => ({
      leg: far,
      certainty: 'inferred',
      why: 'the PBX that had answered reached nobody: the other leg says why',
    }),
  },
  {
    id: 'refused-first-hand',
    when: (lead, far) => isRefused(lead) && isRefused(far),
    decide: (_, far) => ({
      leg: far,
      why: "the other leg's refusal is first hand; the B2BUA told the caller what it made of it",
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
];

/** What the legs together say; the lead's own verdict when no rule holds. */
export function decide(lead: Classified, far: Classified, others: readonly Classified[]): Decision {
  const rule = CALL_RULES.find(({ when }) => when(lead, far, others));
  return rule?.decide(lead, far, others) ?? { leg: lead };
}
