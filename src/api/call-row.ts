import type { Verdict } from '../classify/outcome.ts';

/** One call in a list or stream: what a table of calls shows. */
export interface CallRow
  extends Pick<
    Verdict,
    | 'id'
    | 'callId'
    | 'startedAt'
    | 'endedAt'
    | 'direction'
    | 'peerIn'
    | 'peerOut'
    | 'caller'
    | 'callee'
    | 'outcome'
    | 'reason'
    | 'attribution'
    | 'stage'
    | 'endedBy'
    | 'certainty'
    | 'connected'
    | 'abnormal'
  > {
  /** Final SIP status at the caller's hop; Q.850 cause; null: none. */
  readonly status: number | null;
  readonly cause: number | null;
  readonly legs: number;
  /** Seconds. */
  readonly talk: number | null;
  readonly total: number;
}

export function rowOf(verdict: Verdict): CallRow {
  const { id, callId, startedAt, endedAt, direction, peerIn, peerOut, caller, callee } = verdict;
  const { outcome, reason, attribution, stage, endedBy, certainty, connected, abnormal } = verdict;
  return {
    ...{ id, callId, startedAt, endedAt, direction, peerIn, peerOut, caller, callee },
    ...{ outcome, reason, attribution, stage, endedBy, certainty, connected, abnormal },
    status: verdict.sip.status,
    cause: verdict.q850?.cause ?? null,
    legs: verdict.legs.length,
    talk: verdict.timing.talk,
    total: verdict.timing.total,
  };
}
