/**
 * A vendor's own words for how a call ended, as data. The language of the rules is small and closed: a
 * condition speaks of facts of the verdict, alternatives are tried in order, and the first row of a field that holds
 * gives the code. docs/vocabularies.md describes it for those who write one.
 */
import { CONTEXT_KINDS } from '../context.ts';
import {
  ATTRIBUTIONS,
  DIRECTIONS,
  ENDED_BY,
  ENDED_BY_ROLES,
  OUTCOMES,
  STAGES,
} from '../outcome.ts';
import { REASONS, type ReasonId } from '../reasons.ts';

/** What a code speaks of: one leg, the whole call, or something that happens to a call which goes on. */
export const SCOPES = ['leg', 'call', 'transition'] as const;
export type Scope = (typeof SCOPES)[number];

/** Where the proof of a code comes from: SIP as captured, what the platform tells besides, or RTP statistics. */
export const EVIDENCE_SOURCES = ['signalling', 'context', 'media'] as const;
export type EvidenceSource = (typeof EVIDENCE_SOURCES)[number];

/** Which calls the vendor means. A call that is known to be of the other kind never gets the code. */
export const CALL_TYPES = ['any', 'inbound', 'outbound'] as const;
export type CallType = (typeof CALL_TYPES)[number];

/** Conditions whose values are words of a closed set: any one of those listed must hold. */
export const WORD_CONDITIONS = {
  reason: REASONS.map(({ id }) => id),
  outcome: OUTCOMES,
  attribution: ATTRIBUTIONS,
  stage: STAGES,
  endedBy: ENDED_BY,
  endedByRole: ENDED_BY_ROLES,
  direction: DIRECTIONS,
  task: CONTEXT_KINDS.task,
} as const satisfies Readonly<Record<string, readonly string[]>>;
export type WordCondition = keyof typeof WORD_CONDITIONS;

export const FLAG_CONDITIONS = ['connected', 'served'] as const;
export type FlagCondition = (typeof FLAG_CONDITIONS)[number];

/** Conditions on a number, as a list of numbers and ranges; the bounds are those of the protocol. */
export const NUMBER_CONDITIONS = {
  /** Final status of the INVITE at the caller's hop. */
  sipStatus: { min: 100, max: 699 },
  /** Cause of the strongest Q.850 evidence. */
  q850: { min: 0, max: 127 },
} as const;
export type NumberCondition = keyof typeof NUMBER_CONDITIONS;

/**
 * Conditions on a duration in seconds: `talk`, `ring` (from the first 180 on), `queue` (all stages of that name
 * together), and `unrung`, how long a call that was never answered went on without ringing.
 */
export const SECONDS_CONDITIONS = ['talk', 'ring', 'queue', 'unrung'] as const;
export type SecondsCondition = (typeof SECONDS_CONDITIONS)[number];

/** Both ends belong to it. */
export interface NumberRange {
  readonly from: number;
  readonly to: number;
}

/** At least `from` and less than `below`, seconds. */
export interface Span {
  readonly from: number;
  readonly below: number;
}

/** All parts must hold; a part that is left out holds. */
export interface Condition {
  readonly words: Readonly<Partial<Record<WordCondition, readonly string[]>>>;
  readonly flags: Readonly<Partial<Record<FlagCondition, boolean>>>;
  readonly numbers: Readonly<Partial<Record<NumberCondition, readonly NumberRange[]>>>;
  readonly seconds: Readonly<Partial<Record<SecondsCondition, Span>>>;
  /** Any one of these facts was told of the call: `kind/value` or `kind/value/name`. Empty: no matter. */
  readonly context: readonly string[];
}

export interface VocabularyCode {
  readonly field: string;
  /** As the vendor writes it; `-` when it has none. Numbers may repeat within a field. */
  readonly code: string;
  /** Unique within its field. */
  readonly name: string;
  /** The vendor's words for people; null when it has none. */
  readonly title: string | null;
  /** What a reader of the docs should know, such as a code that it cannot be told from; null: nothing. */
  readonly note: string | null;
  readonly scope: Scope;
  readonly callType: CallType;
  /** Whose doing it is in the vendor's own words; null when it does not say. */
  readonly attribution: string | null;
  /** Whether the vendor calls such a call connected; null when it does not say. */
  readonly connected: boolean | null;
  readonly evidence: EvidenceSource;
  /** What the code means in our words: the way back. */
  readonly reason: ReasonId;
  /** Alternatives of which one must hold; none: no verdict gets the code. */
  readonly when: readonly Condition[];
  /** None of these may hold. */
  readonly unless: readonly Condition[];
  /** Of scope `transition`: the context facts that are counted, and what must follow such a fact (empty: nothing). */
  readonly on: readonly string[];
  readonly followedBy: readonly string[];
}

/** One vocabulary. Plain data, so that it can cross to a thread. */
export interface Vocabulary {
  readonly id: string;
  readonly title: string;
  readonly source: string;
  /** In the order in which they are tried. */
  readonly codes: readonly VocabularyCode[];
}

/** Seconds that the words short and long mean, by name; the configuration sets them. */
export interface Thresholds {
  readonly shortTalkSeconds: number;
  readonly shortQueueSeconds: number;
  readonly longRingSeconds: number;
  readonly longUnrungSeconds: number;
}
