import type { Ended } from '../calls/call.ts';
import { stableId } from '../lib/hash.ts';
import type { IsoTexts } from '../lib/iso.ts';
import { directionOfCall } from './direction.ts';
import type { Seen } from './facts.ts';
import type { Finding, Moment } from './finding.ts';
import type { Memory } from './memory.ts';
import type { Evidence, Verdict, VerdictBranch } from './outcome.ts';
import { isServed, stageAtEnd, timingOf } from './stages.ts';

const NO_CONTEXT: Verdict['context'] = Object.freeze([]);
const NO_CONFLICTS: Verdict['conflicts'] = Object.freeze([]);

/** What the judgement needs to know of the configured peers; index 0 is `other`. */
export interface PeerDirectory {
  /** False when no peer is configured: then nobody is a stranger. */
  readonly configured: boolean;
  name(index: number): string;
  role(index: number): string;
}

/**
 * Puts a finding into the one shape that all outputs share, with the times and names of its call. One literal, and no
 * spreads: V8 then makes the object in one piece, and outputs see one shape.
 */
export function toVerdict(
  seen: Seen,
  finding: Finding,
  peers: PeerDirectory,
  memory: Memory,
): Verdict {
  const { ended, roleIn, roleOut } = seen;
  const { row } = finding;
  const { times } = memory;
  const served = isServed(seen, row.outcome);
  const id = stableId(`${ended.callId}\n${ended.fromTag}\n${ended.ordinal}`);
  const evidence = evidenceOf(seen, finding, times);
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
    startedAt: times.text(ended.startedAt),
    ringingAt: ended.ringingAt === null ? null : times.text(ended.ringingAt),
    answeredAt: ended.answeredAt === null ? null : times.text(ended.answeredAt),
    endedAt: times.text(ended.endedAt),
    outcome: row.outcome,
    reason: row.id,
    attribution: row.attribution,
    stage: stageAtEnd(seen, row),
    endedBy: finding.endedBy,
    endedByRole: finding.endedByRole,
    connected: seen.connected,
    served,
    abnormal: row.abnormal,
    certainty: finding.certainty,
    sip: sipOf(seen),
    q850: finding.q850,
    reasonHeaders: finding.reasonHeaders,
    branches: branchesOf(seen, peers, memory),
    stages: stagesOf(seen, times),
    context: contextOf(ended, times),
    evidence,
    conflicts: conflictsOf(finding, evidence),
    vocabularies: {},
    timing: timingOf(seen, served, row.outcome),
  };
}

function stagesOf({ timeline: { spans } }: Seen, times: IsoTexts): Verdict['stages'] {
  const stages: Verdict['stages'][number][] = [];
  for (const { stage, from, to } of spans) {
    stages.push({ stage, enteredAt: times.text(from), leftAt: times.text(to) });
  }
  return stages;
}

function contextOf({ context }: Ended, times: IsoTexts): Verdict['context'] {
  if (context.length === 0) return NO_CONTEXT;
  return context.map((note) => ({ ...note, at: times.text(note.at) }));
}

function evidenceOf(seen: Seen, finding: Finding, times: IsoTexts): Evidence[] {
  const evidence: Evidence[] = [];
  for (const { kind, value, message, moment, decided, why } of finding.evidence) {
    const at = times.text(timeOf(moment, seen));
    evidence.push({ kind, value, message, at, decided, why });
  }
  return evidence;
}

/** Where a finding says that a time comes from, it is there. */
function timeOf({ of, index }: Moment, { ended, deciding }: Seen): number {
  switch (of) {
    case 'end':
      return ended.endedAt;
    case 'deciding':
      return deciding?.endedAt ?? ended.endedAt;
    case 'connection':
      return ended.connectionLoss?.at ?? Number.NaN;
    case 'reason':
      return ended.reasons[index]?.at ?? Number.NaN;
    case 'context':
      return ended.context[index]?.at ?? Number.NaN;
  }
}

function conflictsOf(finding: Finding, evidence: readonly Evidence[]): Verdict['conflicts'] {
  if (finding.conflicts.length === 0) return NO_CONFLICTS;
  return finding.conflicts.flatMap((conflict) => {
    const [winner, loser] = [evidence[conflict.winner], evidence[conflict.loser]];
    return winner === undefined || loser === undefined ? [] : [{ winner, loser }];
  });
}

function sipOf({ ended, deciding }: Seen): Verdict['sip'] {
  const status = ended.status === 0 ? null : ended.status;
  const answered = status !== null && status < 300;
  const farStatus = answered ? status : (deciding?.status ?? status);
  return { status, phrase: answered ? null : ended.phrase, farStatus };
}

function branchesOf(seen: Seen, peers: PeerDirectory, memory: Memory): VerdictBranch[] {
  const branches: VerdictBranch[] = [];
  for (const [index, branch] of seen.ended.branches.entries()) {
    const answered = branch.status >= 200 && branch.status < 300;
    branches.push({
      peer: peers.name(branch.peer),
      status: branch.status === 0 ? null : branch.status,
      cause: causeOf(index, seen.ended, memory),
      decided: branch === seen.deciding || (seen.connected && answered),
    });
  }
  return branches;
}

/** Of the final response on this very branch: the facts hold each text only once. */
function causeOf(branch: number, { reasons }: Ended, memory: Memory): number | null {
  for (const header of reasons) {
    if (header.seenIn !== 'response' || header.branch !== branch) continue;
    const cause = memory.causeIn(header.raw);
    if (cause !== null) return cause;
  }
  return null;
}
