import type { OracleCall } from './generate.ts';
import type { Truth } from './truth.ts';

/** What a verdict says, as far as the truth can be held against it. */
export interface Said {
  readonly callId: string;
  readonly fromTag: string;
  readonly outcome: string;
  readonly reason: string;
  readonly endedBy: string;
  readonly connected: boolean;
  readonly certainty: string;
}

export type Judged = 'true' | 'excused' | 'lost' | 'assumed' | 'absent' | 'wrong';

export interface Judgement {
  readonly call: OracleCall;
  readonly judged: Judged;
  readonly observed: boolean;
  /** `expected … got …`; empty when it is right. */
  readonly complaint: string;
}

/**
 * Holds the verdicts against the truth. `seen` is, per call, which of its messages arrived: null when all did. Then
 * nothing but the truth will do; otherwise a verdict may be marked `lost` or `assumed`, or be what a call would have
 * been told as without the messages that prove more.
 */
export function judge(
  calls: readonly OracleCall[],
  said: readonly Said[],
  seen: readonly ReadonlySet<unknown>[] | null,
): Judgement[] {
  const byCall = new Map<string, Said[]>();
  for (const verdict of said) {
    const key = `${verdict.callId} ${verdict.fromTag}`;
    byCall.set(key, [...(byCall.get(key) ?? []), verdict]);
  }
  return calls.map((call, index) => {
    const verdicts = byCall.get(`${call.callId} ${call.fromTag}`) ?? [];
    const [judged, complaint] = judgeCall(call, verdicts, seen === null ? null : seen[index]);
    return { call, judged, complaint, observed: verdicts[0]?.certainty === 'observed' };
  });
}

function judgeCall(
  call: OracleCall,
  verdicts: readonly Said[],
  seen: ReadonlySet<unknown> | null | undefined,
): [Judged, string] {
  const [verdict, second] = verdicts;
  if (verdict === undefined) {
    if (seen != null && !inviteSeen(call, seen)) return ['absent', ''];
    return ['wrong', `${wanted(call)} got nothing`];
  }
  if (second !== undefined) return ['wrong', `${wanted(call)} got ${verdicts.length} verdicts`];
  if (call.truths.some((truth) => agrees(truth, verdict))) return ['true', ''];
  const complaint = `${wanted(call)} got ${text(verdict)} (${verdict.certainty})`;
  if (seen == null) return ['wrong', complaint];
  if (verdict.outcome === 'lost') return ['lost', ''];
  if (verdict.certainty === 'assumed') return ['assumed', ''];
  return isUndecided(call, seen) || isExcused(call, verdict, seen)
    ? ['excused', '']
    : ['wrong', complaint];
}

function agrees(truth: Truth, said: Said): boolean {
  return (
    truth.outcome === said.outcome &&
    truth.reason === said.reason &&
    truth.connected === said.connected &&
    truth.endedBy.includes(said.endedBy)
  );
}

/** An INVITE that is seen to set a call up; to a caller without a tag a re-INVITE has no To-tag either. */
function inviteSeen({ wires, fromTag }: OracleCall, seen: ReadonlySet<unknown>): boolean {
  const initial = fromTag === '' ? / INVITE cseq .* -→- / : / INVITE cseq .*→- /;
  return wires.some((wire) => initial.test(wire.label) && seen.has(wire));
}

/** How long a refused INVITE waits for the one that follows it. */
const RETRY_MS = 5000;

/** Nothing came in time of the INVITE that followed a challenge, a redirection or a failed gateway. */
function isUndecided({ wires }: OracleCall, seen: ReadonlySet<unknown>): boolean {
  const before = wires.filter((wire) => !wire.decisive && seen.has(wire)).at(-1);
  const after = wires.find((wire) => wire.decisive && seen.has(wire) && isCallersHop(wire.label));
  if (before === undefined) return false;
  return after === undefined || after.at - before.at > RETRY_MS;
}

/** One Via: what is seen behind a proxy does not tell which of the caller's INVITEs it belongs to. */
function isCallersHop(label: string): boolean {
  return !label.includes(' < ');
}

function isExcused(call: OracleCall, said: Said, seen: ReadonlySet<unknown>): boolean {
  return call.excuses.some(({ key, truths }) => {
    const proven = call.wires.some((wire) => wire.proves.includes(key) && seen.has(wire));
    return !proven && truths.some((truth) => agrees(truth, said));
  });
}

function wanted({ truths }: OracleCall): string {
  const all = truths.map(
    ({ reason, endedBy, connected }) => `${reason}/${endedBy.join('|')}${connected ? '/up' : ''}`,
  );
  return `want ${all.join(' or ')}`;
}

function text({ reason, endedBy, connected }: Said): string {
  return `${reason}/${endedBy}${connected ? '/up' : ''}`;
}

/** Failures by class, the most frequent first, each with the seed of its shortest call. */
export function classes(judgements: readonly Judgement[]): string[] {
  const groups = new Map<string, Judgement[]>();
  for (const judgement of judgements) {
    if (judgement.judged !== 'wrong') continue;
    const key = `${judgement.call.ending}: ${judgement.complaint}`;
    groups.set(key, [...(groups.get(key) ?? []), judgement]);
  }
  return [...groups]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(([key, group]) => {
      const shortest = group.reduce((best, one) =>
        one.call.wires.length < best.call.wires.length ? one : best,
      );
      const common = [...(group[0]?.call.shapes ?? [])].filter((shape) =>
        group.every(({ call }) => call.shapes.has(shape)),
      );
      return `${group.length}× seed ${shortest.call.seed} ${key} [all: ${common.join(' ')}]`;
    });
}
