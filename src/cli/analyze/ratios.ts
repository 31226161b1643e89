import type { Verdict } from '../../classify/outcome.ts';

/**
 * Whether a call belongs to a set that ratios are made of. All sets are taken from the same calls: those that are not
 * `answered_elsewhere` (a call on several phones is one call) and not `unsolicited`.
 */
type Member = (verdict: Verdict) => boolean;

/** The call reached the other side, as far as its messages tell: E.425 counts seizures, SIP has none. */
const reached: Member = (v) => {
  if (v.connected || v.stage !== 'dialing' || v.ringingAt !== null) return true;
  const refusedHere = v.attribution === 'policy' || v.attribution === 'platform';
  return !refusedHere && v.reason !== 'no_response' && v.sip.status !== null;
};

/** Its outcome is known: answered, or refused or given up before. A call of which no end was seen says nothing. */
const decided: Member = (v) => v.connected || v.outcome !== 'lost';

/** What the called party did, or did not do: nothing that a network could do better (E.425 section 1.5). */
const userOutcome: Member = (v) => {
  if (v.outcome === 'busy' || v.outcome === 'no_answer' || v.outcome === 'declined') return true;
  if (v.outcome === 'cancelled') return v.ringingAt !== null;
  const ownDoing = v.attribution !== 'carrier' && v.attribution !== 'network';
  return v.outcome === 'unreachable' && ownDoing;
};

/** RFC 6076 section 4.7: these count like an answer. */
const SEER_STATUSES: readonly (number | null)[] = [480, 486, 600, 603];

export interface Ratio {
  readonly id: 'asr' | 'abr' | 'ner' | 'seer';
  readonly name: string;
  /** Both in words, for people. */
  readonly definition: string;
  readonly counts: Member;
  readonly of: Member;
}

export const RATIOS: readonly Ratio[] = [
  {
    id: 'asr',
    name: 'ASR',
    definition: 'answered / calls that reached the other side (E.425)',
    counts: (v) => v.connected,
    of: (v) => decided(v) && reached(v),
  },
  {
    id: 'abr',
    name: 'ABR',
    definition: 'answered / all calls whose outcome is known (E.425)',
    counts: (v) => v.connected,
    of: decided,
  },
  {
    id: 'ner',
    name: 'NER',
    definition:
      'as ASR, with what the called party did (busy, no answer, declined) as good (E.425)',
    counts: (v) => v.connected || userOutcome(v),
    of: (v) => decided(v) && reached(v),
  },
  {
    id: 'seer',
    name: 'SEER',
    definition: '200, 480, 486, 600, 603 / calls with a final response that is no 3xx (RFC 6076)',
    counts: (v) => v.connected || SEER_STATUSES.includes(v.sip.status),
    of: ({ sip: { status } }) => status !== null && !(status >= 300 && status < 400),
  },
];

/** Whether a call is in any ratio at all. */
export function isRated({ outcome, reason }: Verdict): boolean {
  return outcome !== 'answered_elsewhere' && reason !== 'unsolicited';
}
