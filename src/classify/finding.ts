import type { Ended } from '../calls/call.ts';
import { nameOf, TOLD_BY } from './context-facts.ts';
import { roleOfEnder } from './direction.ts';
import type { Case, Fact } from './facts.ts';
import type { Judgement, Reading } from './judge.ts';
import type { Certainty, EndedBy, EndedByRole, Evidence, SeenIn, Verdict } from './outcome.ts';
import { type ReasonId, type ReasonRow, reasonRow } from './reasons.ts';
import type { Weight } from './rule.ts';
import { statusRow } from './sip-status.ts';

/** One Q.850 cause as it was seen: each cause counts once per attempt and place. */
export interface SeenCause {
  readonly cause: number;
  readonly seenIn: SeenIn;
}

/** The fact that a piece of evidence has its time from; `index` into the reasons or the context of the attempt. */
export interface Moment {
  readonly of: 'end' | 'deciding' | 'connection' | 'reason' | 'context';
  readonly index: number;
}

/** Evidence but for its time. */
export interface Testimony extends Omit<Evidence, 'at'> {
  readonly moment: Moment;
}

/**
 * What a judgement comes to, without times and names: calls of the same signature (`Memory`) share it, so its parts
 * that stand in verdicts are frozen.
 */
export interface Finding {
  readonly reason: ReasonId;
  /** Of the reason. */
  readonly row: ReasonRow;
  /** Weight of the deciding evidence. */
  readonly weight: Weight;
  readonly certainty: Certainty;
  readonly endedBy: EndedBy;
  readonly endedByRole: EndedByRole;
  readonly q850: Verdict['q850'];
  readonly reasonHeaders: readonly string[];
  readonly evidence: readonly Testimony[];
  /** Places in `evidence`. */
  readonly conflicts: readonly { readonly winner: number; readonly loser: number }[];
  readonly causes: readonly SeenCause[];
}

export function toFinding(c: Case, { readings, overruled }: Judgement): Finding {
  const [winner] = readings;
  const endedBy = whoEnded(winner, c.ended);
  return {
    reason: winner.reason,
    row: reasonRow(winner.reason),
    weight: winner.weight,
    certainty: winner.certainty,
    endedBy,
    endedByRole: roleOfEnder(endedBy, c.roleIn, c.roleOut),
    q850: q850Of(readings),
    reasonHeaders: Object.freeze([...new Set(c.ended.reasons.map(({ raw }) => raw))]),
    evidence: readings.map((reading) => toTestimony(reading, winner, c)),
    conflicts: overruled.map((loser) => ({ winner: 0, loser: readings.indexOf(loser) })),
    causes: seenCauses(readings),
  };
}

function seenCauses(readings: Judgement['readings']): SeenCause[] {
  const seen = new Map<string, SeenCause>();
  for (const { fact } of readings) {
    if (fact.type !== 'reason' || fact.value.key !== 'q.850' || fact.value.cause === null) continue;
    const { seenIn } = fact;
    seen.set(`${fact.value.cause} ${seenIn}`, { cause: fact.value.cause, seenIn });
  }
  return [...seen.values()];
}

function toTestimony(reading: Reading, winner: Reading, c: Case): Testimony {
  const { fact, rule, kind } = reading;
  const decided = reading === winner;
  return {
    kind,
    value: valueText(fact, c),
    message: messageOf(fact, c),
    moment: momentOf(fact, c.ended),
    decided,
    why: decided ? rule.why : `${rule.why}; ${lostBecause(reading, winner)}`,
  };
}

function momentOf(fact: Fact, { reasons, context }: Ended): Moment {
  switch (fact.type) {
    case 'reason':
      return { of: 'reason', index: reasons.indexOf(fact.header) };
    case 'context':
      return { of: 'context', index: context.indexOf(fact.note) };
    case 'connection':
      return { of: 'connection', index: 0 };
    case 'status':
      return { of: fact.near ? 'end' : 'deciding', index: 0 };
    case 'ending':
      return { of: 'end', index: 0 };
  }
}

function lostBecause(reading: Reading, winner: Reading): string {
  if (reading.weight === 'none') return 'never decides';
  if (reading.weight === 'impossible') return 'the signalling rules it out';
  if (reading.weight === 'synthetic') return 'made up by the PBX, so it does not count';
  if (winner.weight === 'ruling') return 'overruled';
  if (reading.weight === 'generic' && winner.weight === 'specific')
    return 'a specific cause beats a default';
  if (reading.kind !== winner.kind)
    return `${winner.kind} is stronger evidence than ${reading.kind}`;
  return reading.outcome === winner.outcome ? 'it says the same' : 'another of its kind came first';
}

function valueText(fact: Fact, c: Case): string {
  switch (fact.type) {
    case 'reason':
      return fact.value.key === 'q.850' && fact.value.cause !== null
        ? String(fact.value.cause)
        : fact.header.raw;
    case 'status':
      return String(fact.status);
    case 'context':
      return [nameOf(fact.note), fact.note.name].filter((part) => part !== null).join(' ');
    case 'ending':
      return endingText(c.ended);
    case 'connection':
      return `WebSocket of the ${fact.loss.party} closed by the ${fact.loss.closedBy} with ${fact.loss.code}`;
  }
}

function endingText(ended: Ended): string {
  if (ended.ending === 'hung_up') return `${ended.endedBy ?? 'unknown'} BYE`;
  if (ended.ending === 'cancelled') return 'caller CANCEL';
  return ended.ending;
}

function messageOf(fact: Fact, c: Case): string | null {
  if (fact.type === 'context') return TOLD_BY[fact.note.source];
  if (fact.type === 'status') return `${fact.status} to INVITE`;
  if (fact.type === 'ending') {
    const { ending, endedBy } = c.ended;
    if (ending === 'hung_up') return `BYE from ${endedBy ?? 'unknown'}`;
    return ending === 'cancelled' ? 'CANCEL from caller' : null;
  }
  if (fact.type === 'connection') return null;
  const { header } = fact;
  if (header.status > 0) return `${header.status} to INVITE`;
  return `${header.seenIn.toUpperCase()} from ${header.by ?? 'unknown'}`;
}

/** What the deciding evidence says; else who sent the BYE or CANCEL. */
function whoEnded(winner: Reading, ended: Ended): EndedBy {
  if (winner.rule.id === 'evicted' || winner.rule.id === 'shutdown') return 'observer';
  const { outcome } = reasonRow(winner.reason);
  if (outcome === 'lost') return 'unknown';
  if (ended.ending === 'hung_up') return whoHungUp(winner, ended);
  if (ended.ending === 'cancelled') return whoCancelled(winner);
  if (winner.rule.endedBy !== undefined) return winner.rule.endedBy;
  if (ended.ending === 'refused') return winner.endedBy ?? 'platform';
  if (winner.endedBy !== null && winner.endedBy !== 'unknown') return winner.endedBy;
  if (winner.reason === 'ring_timeout_platform' || winner.reason === 'rejected_by_platform')
    return 'platform';
  if (ended.ending === 'challenged') return 'caller';
  if (ended.ending === 'no_response') return 'network';
  return ended.status >= 300 ? statusRow(ended.status).endedBy : 'unknown';
}

/** The sender of the BYE, unless it says that a timer or limit of the PBX made it send it. */
function whoHungUp(winner: Reading, ended: Ended): EndedBy {
  if (ended.glare) return 'unknown';
  if (winner.weight === 'specific' && winner.endedBy === 'platform') return 'platform';
  return ended.endedBy ?? 'unknown';
}

/** The caller, unless its CANCEL was a PBX's ring timer, or a final response that crossed it decided. */
function whoCancelled(winner: Reading): EndedBy {
  if (winner.reason === 'ring_timeout_platform') return 'platform';
  const refused = winner.fact.type === 'status' && winner.weight === 'specific';
  const located = winner.fact.type === 'reason' && winner.fact.value.location !== null;
  if (refused || located) return winner.endedBy ?? 'caller';
  return winner.fact.type === 'reason' && winner.fact.seenIn === 'response'
    ? (winner.endedBy ?? 'caller')
    : 'caller';
}

function q850Of(readings: Judgement['readings']): Verdict['q850'] {
  for (const { fact } of readings) {
    if (fact.type !== 'reason' || fact.value.key !== 'q.850') continue;
    const { cause, location } = fact.value;
    if (cause !== null) return Object.freeze({ cause, location, seenIn: fact.seenIn });
  }
  return null;
}
