import type { ContextNote } from './kinds.ts';

/** What became of one event; label `result` of `callfate_context_events_total`. All but the first three are refusals. */
export const CONTEXT_RESULTS = [
  /** Belongs to a call in progress. */
  'accepted',
  /** Waits for its call. */
  'held',
  /** Its source sent this id before: counted once, as the first time. */
  'duplicate',
  /** The call has its verdict. */
  'late',
  /** The call has as many facts as it may have. */
  'call_full',
  /** callfate holds as many facts as it may hold. */
  'full',
  /** No JSON object. */
  'not_an_object',
  'specversion',
  /** `id` or `source` is missing, empty or too long. */
  'attributes',
  'unknown_type',
  'call_id',
  'time',
  'data',
] as const;
export type ContextResult = (typeof CONTEXT_RESULTS)[number];

const GOOD: ReadonlySet<ContextResult> = new Set(['accepted', 'held', 'duplicate']);

export function isRefused(result: ContextResult): boolean {
  return !GOOD.has(result);
}

/** Why a whole request was refused; label `reason` of `callfate_context_requests_refused_total`. */
export const REQUEST_REFUSALS = [
  'unauthorized',
  'host',
  'method',
  'content_type',
  'too_large',
  'unparseable',
  'batch_size',
  'queue_full',
  'no_answer',
] as const;
export type RequestRefusal = (typeof REQUEST_REFUSALS)[number];

/** An event that was understood. Plain data: it crosses to the engine's thread. */
export interface ContextEvent {
  /** Call-ID, or correlation id. */
  readonly callId: string;
  /** `at` null: the event gave no time. */
  readonly fact: Omit<ContextNote, 'at' | 'source' | 'id'>;
  readonly at: number | null;
  readonly id: string;
  readonly source: string;
}

/** The answer to one event. */
export interface ContextAnswer {
  /** Its id; null when it has none that can be told. */
  readonly id: string | null;
  readonly result: ContextResult;
  /** What is wrong and what to do; null when nothing is. */
  readonly detail: string | null;
}

const DETAILS: Readonly<Partial<Record<ContextResult, string>>> = {
  late: 'the call has its verdict already; send facts sooner or raise context.waitMs',
  call_full: 'the call has as many facts as one call may have',
  full: 'too many facts are held; see limits.contextFacts',
};

/** The answer to an event that the engine was given. */
export function answer(id: string, result: ContextResult): ContextAnswer {
  return { id, result, detail: DETAILS[result] ?? null };
}
