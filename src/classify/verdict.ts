import type { BranchFact, Ended } from '../calls/call.ts';
import { stableId } from '../lib/hash.ts';
import { iso } from '../lib/iso.ts';
import { parseReasons } from '../sip/reason.ts';
import { nameOf, TOLD_BY } from './context-facts.ts';
import { directionOfCall, roleOfEnder } from './direction.ts';
import type { Case, Fact } from './facts.ts';
import type { Judgement, Reading } from './judge.ts';
import type { EndedBy, Evidence, Verdict, VerdictBranch } from './outcome.ts';
import { reasonRow } from './reasons.ts';
import { statusRow } from './sip-status.ts';
import { isServed, stageAtEnd, timingOf } from './stages.ts';
import type { Span } from './timeline.ts';

/** What the judgement needs to know of the configured peers; index 0 is `other`. */
export interface PeerDirectory {
  /** False when no peer is configured: then nobody is a stranger. */
  readonly configured: boolean;
  name(index: number): string;
  role(index: number): string;
}

/**
 * Puts a judgement into the one shape that all outputs share. One literal, and no spreads: V8 then makes the object in
 * one piece, and outputs see one shape.
 */
export function toVerdict(c: Case, judgement: Judgement, peers: PeerDirectory): Verdict {
  const { ended } = c;
  const [winner] = judgement.readings;
  const row = reasonRow(winner.reason);
  const served = isServed(c, row.outcome);
  const id = stableId(`${ended.callId}\n${ended.fromTag}\n${ended.ordinal}`);
  const [roleIn, roleOut] = [peers.role(ended.peerIn), peers.role(ended.peerOut)];
  const endedBy = whoEnded(winner, ended);
  const { evidence, conflicts } = evidenceOf(c, judgement);
  return {
    schema: 1,
    source: ended.ending === 'refused' ? 'context' : 'sip',
    id,
    captureId: ended.captureId === 0 ? null : ended.captureId,
    callId: ended.callId,
    fromTag: ended.fromTag,
    legs: [id],
    joined: null,
    direction: directionOfCall(ended, roleIn, roleOut),
    peerIn: peers.name(ended.peerIn),
    peerOut: peers.name(ended.peerOut),
    caller: ended.caller,
    callee: ended.callee,
    startedAt: iso(ended.startedAt),
    ringingAt: isoOrNull(ended.ringingAt),
    answeredAt: isoOrNull(ended.answeredAt),
    endedAt: iso(ended.endedAt),
    outcome: row.outcome,
    reason: row.id,
    attribution: row.attribution,
    stage: stageAtEnd(c, row),
    endedBy,
    endedByRole: roleOfEnder(endedBy, roleIn, roleOut),
    connected: c.connected,
    served,
    abnormal: row.abnormal,
    certainty: winner.certainty,
    sip: sipOf(c),
    q850: q850Of(judgement),
    reasonHeaders: textsOf(ended),
    branches: ended.branches.map((branch) => toBranch(branch, c, peers)),
    stages: c.timeline.spans.map(toStage),
    context: ended.context.map((note) => ({ ...note, at: iso(note.at) })),
    evidence,
    conflicts,
    vocabularies: {},
    timing: timingOf(c, served, row.outcome),
  };
}

/** Each text once. */
function textsOf({ reasons }: Ended): string[] {
  return reasons.length === 0 ? [] : [...new Set(reasons.map((reason) => reason.raw))];
}

function toStage({ stage, from, to }: Span): Verdict['stages'][number] {
  return { stage, enteredAt: iso(from), leftAt: iso(to) };
}

function evidenceOf(c: Case, { readings, overruled }: Judgement) {
  const [winner] = readings;
  if (overruled.length === 0) {
    return { evidence: readings.map((reading) => toEvidence(reading, winner, c)), conflicts: [] };
  }
  const told = new Map(readings.map((reading) => [reading, toEvidence(reading, winner, c)]));
  const conflicts = overruled.flatMap((loser) => {
    const [won, lost] = [told.get(winner), told.get(loser)];
    return won === undefined || lost === undefined ? [] : [{ winner: won, loser: lost }];
  });
  return { evidence: [...told.values()], conflicts };
}

function toEvidence(reading: Reading, winner: Reading, c: Case): Evidence {
  const { fact, rule, kind } = reading;
  const decided = reading === winner;
  return {
    kind,
    value: valueText(fact, c),
    message: messageOf(fact, c),
    at: iso(fact.type === 'reason' ? fact.header.at : fact.at),
    decided,
    why: decided ? rule.why : `${rule.why}; ${lostBecause(reading, winner)}`,
  };
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

function sipOf({ ended, deciding }: Case): Verdict['sip'] {
  const status = ended.status === 0 ? null : ended.status;
  const answered = status !== null && status < 300;
  const farStatus = answered ? status : (deciding?.status ?? status);
  return { status, phrase: answered ? null : ended.phrase, farStatus };
}

function q850Of({ readings }: Judgement): Verdict['q850'] {
  for (const { fact } of readings) {
    if (fact.type !== 'reason' || fact.value.key !== 'q.850') continue;
    const { cause, location } = fact.value;
    if (cause !== null) return { cause, location, seenIn: fact.seenIn };
  }
  return null;
}

function toBranch(branch: BranchFact, c: Case, peers: PeerDirectory): VerdictBranch {
  const answered = branch.status >= 200 && branch.status < 300;
  return {
    peer: peers.name(branch.peer),
    status: branch.status === 0 ? null : branch.status,
    cause: causeOf(branch, c),
    decided: branch === c.deciding || (c.connected && answered),
  };
}

/** Of the final response on this very branch: the facts hold each text only once. */
function causeOf(branch: BranchFact, { ended }: Case): number | null {
  for (const header of ended.reasons) {
    if (header.seenIn !== 'response' || ended.branches[header.branch] !== branch) continue;
    const value = parseReasons(header.raw).find(
      ({ key, cause }) => key === 'q.850' && cause !== null,
    );
    if (value !== undefined) return value.cause;
  }
  return null;
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : iso(at);
}
