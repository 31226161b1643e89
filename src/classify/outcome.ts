/**
 * The closed sets a verdict is made of, and the verdict itself: one shape for library, log line, API and analysis.
 * Within a major version these sets and fields only grow.
 */
import type { ContextFact } from './context.ts';

/** Level 1: how the call ended. */
export const OUTCOMES = [
  'completed',
  'dropped',
  'transferred',
  'voicemail',
  'abandoned',
  'answered_by_platform',
  'busy',
  'no_answer',
  'declined',
  'redirected',
  'unreachable',
  'invalid_number',
  'cancelled',
  'answered_elsewhere',
  'blocked',
  'failed',
  'lost',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const ATTRIBUTIONS = [
  'caller',
  'callee',
  'agent',
  'device',
  'carrier',
  'network',
  'platform',
  'policy',
  'none',
  'unknown',
] as const;
export type Attribution = (typeof ATTRIBUTIONS)[number];

export const STAGES = [
  'dialing',
  'ringing',
  'early_media',
  'greeting',
  'ivr',
  'queue',
  'agent_ringing',
  'voicemail',
  'talking',
  'on_hold',
  'transfer',
] as const;
export type Stage = (typeof STAGES)[number];

export const ENDED_BY = ['caller', 'callee', 'network', 'platform', 'observer', 'unknown'] as const;
export type EndedBy = (typeof ENDED_BY)[number];

export const ENDED_BY_ROLES = ['customer', 'agent', 'platform', 'carrier', 'unknown'] as const;
export type EndedByRole = (typeof ENDED_BY_ROLES)[number];

export const CERTAINTIES = ['observed', 'inferred', 'assumed'] as const;
export type Certainty = (typeof CERTAINTIES)[number];

export const DIRECTIONS = ['inbound', 'outbound', 'internal', 'transit', 'unknown'] as const;
export type Direction = (typeof DIRECTIONS)[number];

/** Where a Q.850 cause or Reason was read; label `seen_in` of `callfate_q850_causes_total`. */
export const SEEN_IN = ['response', 'provisional', 'bye', 'cancel'] as const;
export type SeenIn = (typeof SEEN_IN)[number];

/** Kinds of evidence, strongest class first (docs/verdicts.md); label values of `callfate_evidence_conflicts_total`. */
export const EVIDENCE_KINDS = [
  'context',
  'vendor_reason',
  'q850',
  'sip_status',
  'sip_reason',
  'provisional_reason',
  'request',
  'inference',
] as const;
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

/** One thing that was seen. `why` says in words why it decided, or why it lost. */
export interface Evidence {
  readonly kind: EvidenceKind;
  /** The value as seen: `34`, `486`, `SIP;cause=200;text="…"`, `caller BYE`. */
  readonly value: string;
  /** The message it was read in: `480 to INVITE`, `BYE from caller`; null for an inference. */
  readonly message: string | null;
  /** ISO 8601 UTC with milliseconds, null when no moment belongs to it. */
  readonly at: string | null;
  readonly decided: boolean;
  readonly why: string;
}

export interface VerdictBranch {
  readonly peer: string;
  /** Final SIP status of this INVITE transaction; null when none was seen. */
  readonly status: number | null;
  /** Q.850 cause in that final response, null when none. */
  readonly cause: number | null;
  readonly decided: boolean;
}

/** The verdict on one call (or, with `legs.length === 1`, on one attempt). Absent facts are null, never left out. */
export interface Verdict {
  readonly schema: 1;
  /** `context`: a call that the platform refused and never sent as SIP; in no figure of attempts or calls. */
  readonly source: 'sip' | 'context';
  /** Stable unkeyed hash of Call-ID, From-tag and reuse ordinal, 16 hex digits. */
  readonly id: string;
  readonly captureId: number | null;
  readonly callId: string;
  readonly fromTag: string;
  /** The `id` of each attempt (leg) of the call, this one first. */
  readonly legs: readonly string[];
  /** How the legs were joined: `session_id`, `correlation`, `header`, `inferred`; null for a single leg. */
  readonly joined: string | null;
  readonly direction: Direction;
  readonly peerIn: string;
  readonly peerOut: string;
  readonly caller: string | null;
  readonly callee: string | null;
  readonly startedAt: string;
  readonly ringingAt: string | null;
  readonly answeredAt: string | null;
  readonly endedAt: string;
  readonly outcome: Outcome;
  /** Id of a row of `classify/reasons.ts`. */
  readonly reason: string;
  readonly attribution: Attribution;
  readonly stage: Stage;
  readonly endedBy: EndedBy;
  readonly endedByRole: EndedByRole;
  /** SIP answer was seen. */
  readonly connected: boolean;
  /** An agent or the final party answered; talk time counts only then. */
  readonly served: boolean;
  readonly abnormal: boolean;
  readonly certainty: Certainty;
  /** Final status of the initial INVITE at the caller's hop; `farStatus`: of the deciding branch at its farthest hop. */
  readonly sip: {
    readonly status: number | null;
    readonly phrase: string | null;
    readonly farStatus: number | null;
  };
  readonly q850: {
    readonly cause: number;
    readonly location: string | null;
    readonly seenIn: SeenIn;
  } | null;
  readonly reasonHeaders: readonly string[];
  readonly branches: readonly VerdictBranch[];
  readonly stages: readonly {
    readonly stage: Stage;
    readonly enteredAt: string;
    readonly leftAt: string;
  }[];
  /** What stage rules and the context API told of the call, in order of time. */
  readonly context: readonly ContextFact[];
  readonly evidence: readonly Evidence[];
  readonly conflicts: readonly { readonly winner: Evidence; readonly loser: Evidence }[];
  readonly vocabularies: Readonly<
    Record<string, Readonly<Record<string, { readonly code: string; readonly name: string }>>>
  >;
  /** Seconds. Null when the interval did not happen or could not be measured. */
  readonly timing: {
    readonly postDialDelay: number | null;
    readonly ring: number | null;
    readonly talk: number | null;
    readonly hold: number | null;
    readonly total: number;
  };
}
