import type { JoinMethod } from '../calls/call.ts';
import { clocksOf } from '../lib/leg-clock.ts';
import { farOf } from './call-legs.ts';
import { type Decision, decide } from './call-rules.ts';
import type { Classified } from './classify.ts';
import { directionOfCall, roleOfEnder } from './direction.ts';
import { CERTAINTIES, type Certainty, type Evidence, type Verdict } from './outcome.ts';
import { reasonRow } from './reasons.ts';

/**
 * The verdict on a call of one or more legs, in the order in which they began. One leg: its own. Several: the first
 * leg's identity and times, and the ending that all of them together prove.
 */
export function judgeCall(legs: readonly Classified[], joined: JoinMethod | null): Verdict {
  const [lead, ...rest] = legs;
  if (lead === undefined) throw new Error('a call has at least one leg');
  if (rest.length === 0) return lead.verdict;
  const far = farOf(rest);
  const decision = far === undefined ? { leg: lead } : decide(lead, far, rest);
  return merge(lead, far ?? lead, legs, decision, joined);
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
  // Who was called, and not who the call was handed to.
  const first = legs.slice(1).find(({ verdict: { connected } }) => connected);
  const called = decision.outlivesLead === true ? (first ?? far) : far;
  const { roleOut } = called;
  const byFar = legs.slice(1).some((leg) => leg.verdict.served);
  const byLead = lead.verdict.served && isToldServed(lead.verdict);
  const served = byFar || byLead;
  const all = legs.map((leg) => leg.verdict);
  return {
    ...lead.verdict,
    legs: all.map((leg) => leg.id),
    joined,
    direction: directionOfCall(lead.ended, roleIn, roleOut),
    peerOut: called.verdict.peerOut,
    outcome: row.outcome,
    reason: row.id,
    attribution: row.attribution,
    stage: row.outcome === 'abandoned' ? row.stage : lead.verdict.stage,
    endedBy,
    endedByRole: roleOfEnder(endedBy, roleIn, roleOut),
    served,
    abnormal: row.abnormal,
    certainty: certaintyOf(decision),
    sip: {
      ...lead.verdict.sip,
      farStatus: far.verdict.sip.farStatus ?? lead.verdict.sip.farStatus,
    },
    q850: verdict.q850 ?? lead.verdict.q850,
    reasonHeaders: [...new Set(all.flatMap((leg) => leg.reasonHeaders))],
    branches: all.flatMap((leg) => leg.branches),
    context: contextOf(all),
    evidence: evidenceOf(decision, legs),
    conflicts: all.flatMap((leg) => leg.conflicts),
    ...timesOf(lead, legs, decision, served, talkOf(lead, far, byFar, byLead)),
  };
}

/** A leg's own ending is no surer for what the legs say together. */
function certaintyOf({ leg, reason, certainty = leg.verdict.certainty }: Decision): Certainty {
  const own = reason === undefined ? leg.verdict.certainty : 'observed';
  return CERTAINTIES.indexOf(own) > CERTAINTIES.indexOf(certainty) ? own : certainty;
}

const seconds = (from: number, to: number): number => Math.max(0, Math.round(to - from) / 1000);

/** From the first leg's start to its end, or to that of the leg that went on without it. */
function timesOf(
  lead: Classified,
  legs: readonly Classified[],
  decision: Decision,
  served: boolean,
  talk: number | null,
) {
  const { timing } = lead.verdict;
  if (decision.outlivesLead !== true) return { timing: { ...timing, talk } };
  const { startedAt, answeredAt } = lead.ended;
  const last = decision.leg.ended;
  const ahead = clocksOf(legs.map(({ ended }) => ended));
  const endedAt = last.endedAt - ahead(last) + ahead(lead.ended);
  const whole = served && answeredAt !== null ? seconds(answeredAt, endedAt) : null;
  const times = { ...timing, talk: whole, total: seconds(startedAt, endedAt) };
  return { endedAt: decision.leg.verdict.endedAt, timing: times };
}

/** An agent answered, as a fact on the leg itself says. */
function isToldServed({ context }: Verdict): boolean {
  return context.some(({ kind, value }) => kind === 'agent' && value === 'answered');
}

function talkOf(lead: Classified, far: Classified, byFar: boolean, byLead: boolean): number | null {
  if (byLead) return lead.verdict.timing.talk;
  return byFar ? far.verdict.timing.talk : null;
}

/** Legs that share a Call-ID have the same facts: each is shown once. */
function contextOf(legs: readonly Verdict[]): Verdict['context'] {
  const facts = new Map(
    legs.flatMap(({ context }) => context.map((fact) => [JSON.stringify(fact), fact])),
  );
  return [...facts.values()].sort((x, y) => x.at.localeCompare(y.at));
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
