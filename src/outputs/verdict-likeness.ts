/** Whether two verdicts differ only in times, ids, numbers and intervals: most strings are the very same objects then. */
import type { Evidence, Verdict } from '../classify/outcome.ts';

/** Of ISO 8601 with milliseconds, and of an `id`. */
export const TIME_CHARS = 24;
export const ID_CHARS = 16;

/** False, too, when they are no verdicts of common form: with facts of the context, or a year of five digits. */
export function isAlike(a: Verdict, b: Verdict): boolean {
  return (
    a.vocabularies === b.vocabularies &&
    a.reason === b.reason &&
    a.peerOut === b.peerOut &&
    a.peerIn === b.peerIn &&
    a.context.length === 0 &&
    a.id.length === ID_CHARS &&
    areWordsAlike(a, b) &&
    areSignalsAlike(a, b) &&
    areTimesAlike(a, b) &&
    areBranchesAlike(a.branches, b.branches) &&
    areStagesAlike(a.stages, b.stages) &&
    isEvidenceAlike(a.evidence, b.evidence) &&
    areConflictsAlike(a.conflicts, b.conflicts)
  );
}

function areWordsAlike(a: Verdict, b: Verdict): boolean {
  return (
    a.schema === b.schema &&
    a.source === b.source &&
    a.captureId === b.captureId &&
    a.joined === b.joined &&
    a.direction === b.direction &&
    a.outcome === b.outcome &&
    a.attribution === b.attribution &&
    a.stage === b.stage &&
    a.endedBy === b.endedBy &&
    a.endedByRole === b.endedByRole &&
    a.connected === b.connected &&
    a.served === b.served &&
    a.abnormal === b.abnormal &&
    a.certainty === b.certainty
  );
}

function areSignalsAlike({ sip, q850, reasonHeaders }: Verdict, b: Verdict): boolean {
  if (sip.status !== b.sip.status || sip.farStatus !== b.sip.farStatus) return false;
  if (sip.phrase !== b.sip.phrase || reasonHeaders.length !== b.reasonHeaders.length) return false;
  for (let i = 0; i < reasonHeaders.length; i++) {
    if (reasonHeaders[i] !== b.reasonHeaders[i]) return false;
  }
  if (q850 === null || b.q850 === null) return q850 === b.q850;
  return (
    q850.cause === b.q850.cause &&
    q850.location === b.q850.location &&
    q850.seenIn === b.q850.seenIn
  );
}

function isTime(a: string | null, b: string | null): boolean {
  return a === null ? b === null : b !== null && a.length === TIME_CHARS;
}

function areTimesAlike(a: Verdict, b: Verdict): boolean {
  return (
    isTime(a.startedAt, b.startedAt) &&
    isTime(a.ringingAt, b.ringingAt) &&
    isTime(a.answeredAt, b.answeredAt) &&
    isTime(a.endedAt, b.endedAt)
  );
}

function areBranchesAlike(a: Verdict['branches'], b: Verdict['branches']): boolean {
  if (a.length !== b.length) return false;
  for (const [i, one] of a.entries()) {
    const other = b[i];
    if (other === undefined || one.peer !== other.peer || one.status !== other.status) return false;
    if (one.cause !== other.cause || one.decided !== other.decided) return false;
  }
  return true;
}

function areStagesAlike(a: Verdict['stages'], b: Verdict['stages']): boolean {
  if (a.length !== b.length) return false;
  for (const [i, one] of a.entries()) {
    const other = b[i];
    if (other === undefined || one.stage !== other.stage) return false;
    if (!isTime(one.enteredAt, other.enteredAt) || !isTime(one.leftAt, other.leftAt)) return false;
  }
  return true;
}

function isEvidenceAlike(a: Verdict['evidence'], b: Verdict['evidence']): boolean {
  if (a.length !== b.length) return false;
  for (const [i, one] of a.entries()) {
    const other = b[i];
    if (other === undefined || !isItemAlike(one, other)) return false;
  }
  return true;
}

function isItemAlike(a: Evidence, b: Evidence): boolean {
  return (
    a.kind === b.kind &&
    a.value === b.value &&
    a.message === b.message &&
    isTime(a.at, b.at) &&
    a.decided === b.decided &&
    a.why === b.why
  );
}

function areConflictsAlike(a: Verdict['conflicts'], b: Verdict['conflicts']): boolean {
  if (a.length !== b.length) return false;
  for (const [i, { winner, loser }] of a.entries()) {
    const other = b[i];
    if (other === undefined || !isItemAlike(winner, other.winner)) return false;
    if (!isItemAlike(loser, other.loser)) return false;
  }
  return true;
}

/** A small integer that tells kinds of verdicts apart; those that are alike have the same one. */
export function likenessOf(verdict: Verdict): number {
  const { reason, sip, peerIn, peerOut, evidence, branches, stages } = verdict;
  let mixed = mix(endOf(reason), (sip.status ?? 0) | ((sip.farStatus ?? 0) << 10));
  mixed = mix(mixed, endOf(peerIn));
  mixed = mix(mixed, endOf(peerOut));
  mixed = mix(mixed, stages.length | (evidence.length << 8) | (branches.length << 16));
  for (let i = 0; i < branches.length; i++) {
    const { peer, status, cause, decided } = branches[i] as Verdict['branches'][number];
    mixed = mix(mixed, (status ?? 0) | ((cause ?? 255) << 10) | (+decided << 18));
    mixed = mix(mixed, endOf(peer));
  }
  for (let i = 0; i < evidence.length; i++) {
    const { value, why } = evidence[i] as Evidence;
    mixed = mix(mixed, value.length | (why.length << 10));
  }
  for (let i = 0; i < stages.length; i++) {
    mixed = mix(mixed, (stages[i] as Verdict['stages'][number]).stage.length);
  }
  // A small integer to V8.
  return mixed & 0x3fff_ffff;
}

/** Four characters at the end, which tell names apart, and the length. */
function endOf(name: string): number {
  const { length } = name;
  if (length < 4) return length;
  const last = name.charCodeAt(length - 1) | (name.charCodeAt(length - 2) << 8);
  const before = name.charCodeAt(length - 3) | (name.charCodeAt(length - 4) << 8);
  return (length << 24) ^ last ^ (before << 13);
}

function mix(seed: number, word: number): number {
  const mixed = Math.imul(seed ^ word, 0x85eb_ca6b);
  return mixed ^ (mixed >>> 15);
}
