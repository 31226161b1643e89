/** What the edge keeps of a call beside its verdict: its legs and their messages, as one text. */
import type { Ended } from './calls/call.ts';
import type { Verdict } from './classify/outcome.ts';

/**
 * JSON: `{"legs":[{"own":{…},"ladder":{…}},…]}`, one entry a leg in the order of `verdict.legs`. `ladder` is that of
 * `LadderWriter`, or null; `own` what the leg was judged alone, and null in a call of one leg, whose verdict says it.
 */
export function traceOf(legs: readonly Ended[], own: readonly Verdict[]): string {
  const parts = legs.map((leg, i) => {
    const verdict = legs.length > 1 ? own[i] : undefined;
    const text = verdict === undefined ? 'null' : JSON.stringify(legOf(verdict));
    return `{"own":${text},"ladder":${leg.ladder ?? 'null'}}`;
  });
  return `{"legs":[${parts.join(',')}]}`;
}

/** The fields of a leg's own verdict that tell it from the others. */
export interface OwnVerdict
  extends Pick<
    Verdict,
    | 'id'
    | 'callId'
    | 'fromTag'
    | 'direction'
    | 'peerIn'
    | 'peerOut'
    | 'caller'
    | 'callee'
    | 'startedAt'
    | 'answeredAt'
    | 'endedAt'
    | 'outcome'
    | 'reason'
    | 'attribution'
    | 'endedBy'
  > {
  readonly status: number | null;
}

export function legOf(verdict: Verdict): OwnVerdict {
  const { id, callId, fromTag, direction, peerIn, peerOut, caller, callee } = verdict;
  const { startedAt, answeredAt, endedAt, outcome, reason, attribution, endedBy } = verdict;
  return {
    ...{ id, callId, fromTag, direction, peerIn, peerOut, caller, callee },
    ...{ startedAt, answeredAt, endedAt, outcome, reason, attribution, endedBy },
    status: verdict.sip.status,
  };
}
