/** A typical call with a given ending: what the other vocabularies are asked about when only a code is known. */
import type { ContextFact, ContextKind } from '../classify/context.ts';
import type { Attribution, EndedBy, Outcome } from '../classify/outcome.ts';
import { type ReasonId, type ReasonRow, reasonRow } from '../classify/reasons.ts';
import type { VocabularyFacts } from '../classify/vocabulary/facts.ts';
import type { Condition, Span, VocabularyCode } from '../classify/vocabulary/vocabulary.ts';

const CONNECTED: ReadonlySet<Outcome> = new Set([
  'completed',
  'dropped',
  'transferred',
  'abandoned',
  'voicemail',
  'answered_by_platform',
]);
const SERVED: ReadonlySet<Outcome> = new Set(['completed', 'dropped', 'transferred']);

const ENDED_BY: Readonly<Record<Attribution, EndedBy>> = {
  caller: 'caller',
  callee: 'callee',
  agent: 'callee',
  device: 'unknown',
  carrier: 'network',
  network: 'network',
  platform: 'platform',
  policy: 'platform',
  none: 'unknown',
  unknown: 'unknown',
};
/** Where the attribution does not tell who hung up. */
const ENDED_BY_REASON: Readonly<Partial<Record<ReasonId, EndedBy>>> = {
  normal_clearing_caller: 'caller',
  normal_clearing_callee: 'callee',
  normal_clearing_platform: 'platform',
  ivr_completed: 'platform',
  playback_complete: 'caller',
  playback_partial: 'callee',
};

/** Seconds of a typical call. */
const TALK = 60;
const RING = 10;
const QUEUE = 20;
const DIAL = 2;

/** A call as most with this reason are, as far as the reason alone says. */
export function typicalFacts(id: ReasonId): VocabularyFacts {
  const row: ReasonRow = reasonRow(id);
  const connected = CONNECTED.has(row.outcome);
  const talked = SERVED.has(row.outcome) && row.stage !== 'ivr' && row.stage !== 'queue';
  const served = talked || row.stage === 'on_hold';
  return {
    reason: id,
    stage: row.stage,
    endedBy: ENDED_BY_REASON[id] ?? ENDED_BY[row.attribution],
    endedByRole: 'unknown',
    direction: 'unknown',
    connected,
    served,
    sipStatus: null,
    q850: null,
    talk: served ? TALK : null,
    ring: row.stage === 'ringing' ? RING : null,
    queue: row.stage === 'queue' ? QUEUE : null,
    unrung: !connected && row.stage === 'dialing' ? DIAL : null,
    task: null,
    context: [],
  };
}

/** A call that a vendor would give this code: typical for its reason, and as its rule asks. */
export function exampleOf(code: VocabularyCode): VocabularyFacts {
  const facts = typicalFacts(code.reason);
  const directed = code.callType === 'any' ? facts : { ...facts, direction: code.callType };
  const condition = code.when.find((one) => allowsReason(one, code.reason)) ?? code.when[0];
  return condition === undefined ? directed : adapted(directed, condition);
}

function allowsReason({ words }: Condition, id: ReasonId): boolean {
  const { outcome, attribution } = reasonRow(id);
  return (
    (words.reason?.includes(id) ?? true) &&
    (words.outcome?.includes(outcome) ?? true) &&
    (words.attribution?.includes(attribution) ?? true)
  );
}

function adapted(facts: VocabularyFacts, { words, flags, numbers, seconds, context }: Condition) {
  const word = <T extends string>(known: T, list: readonly string[] | undefined): T =>
    list === undefined || list.includes(known) ? known : ((list[0] ?? known) as T);
  const time = (known: number | null, span: Span | undefined): number | null =>
    span === undefined || (known !== null && isIn(known, span)) ? known : span.from;
  const connected = flags.connected ?? facts.connected;
  const served = flags.served ?? (connected && facts.served);
  return {
    ...facts,
    stage: word(facts.stage, words.stage),
    endedBy: word(facts.endedBy, words.endedBy),
    endedByRole: word(facts.endedByRole, words.endedByRole),
    direction: word(facts.direction, words.direction),
    task: words.task === undefined ? facts.task : (words.task[0] ?? null),
    connected,
    served,
    sipStatus: numbers.sipStatus?.[0]?.from ?? facts.sipStatus,
    q850: numbers.q850?.[0]?.from ?? facts.q850,
    talk: time(connected ? facts.talk : null, seconds.talk),
    ring: time(facts.ring, seconds.ring),
    queue: time(facts.queue, seconds.queue),
    unrung: time(facts.unrung, seconds.unrung),
    context: context.slice(0, 1).map(toFact),
  };
}

function isIn(value: number, { from, below }: Span): boolean {
  return from <= value && value < below;
}

function toFact(text: string): ContextFact {
  const [kind = '', value = '', name = null] = text.split('/');
  const nobody = { enforcedBy: null, subject: null, at: '1970-01-01T00:00:00.000Z', id: null };
  return { kind: kind as ContextKind, value, name, ...nobody, source: 'api' };
}
