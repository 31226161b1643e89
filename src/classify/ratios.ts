/**
 * The sets of calls that ratios are made of, and the ratios. One table for the live counters, the recording rules and
 * the summary of `analyze`; docs/ratios.md tells the standards and where this departs from them.
 */
import type { Verdict } from './outcome.ts';

/**
 * What a set looks at: the verdict, and whether a 2xx to the BYE was seen, which no verdict tells.
 */
type Member = (verdict: Verdict, byeAnswered: boolean) => boolean;

/** The call reached the other side, as far as its messages tell: E.425 counts seizures, SIP has none. */
const reached: Member = (v) => {
  if (v.connected || v.stage !== 'dialing' || v.ringingAt !== null) return true;
  const refusedHere = v.attribution === 'policy' || v.attribution === 'platform';
  return !refusedHere && v.reason !== 'no_response' && v.sip.status !== null;
};

/** Its outcome is known: answered, or refused or given up before. A call of which no end was seen says nothing. */
const decided: Member = (v) => v.connected || v.outcome !== 'lost';

const answered: Member = (v) => v.connected;

/** What the called party did, or did not do: nothing that a network could do better (E.425 section 1.5). */
export function isUserOutcome({
  outcome,
  attribution,
  ringingAt,
}: Pick<Verdict, 'outcome' | 'attribution' | 'ringingAt'>): boolean {
  if (outcome === 'busy' || outcome === 'no_answer' || outcome === 'declined') return true;
  if (outcome === 'cancelled') return ringingAt !== null;
  return outcome === 'unreachable' && attribution !== 'carrier' && attribution !== 'network';
}

const redirected: Member = ({ sip: { status } }) =>
  status !== null && status >= 300 && status < 400;

/** RFC 6076 section 4.7: these count like an answer. */
const SEER_STATUSES: readonly (number | null)[] = [480, 486, 600, 603];
/** RFC 6076 section 4.8. */
const ISA_STATUSES: readonly (number | null)[] = [408, 500, 503, 504];

/** A transaction that nobody answers ends like one answered 408 (RFC 3261 section 8.1.3.1). */
const ineffective: Member = (v) =>
  !v.connected &&
  v.outcome !== 'lost' &&
  (ISA_STATUSES.includes(v.sip.status) || v.reason === 'no_response');

/** Outcomes that are nobody's choice; `lost` and `abandoned` are not among them. */
export const FAILED_OUTCOMES: readonly string[] = [
  'dropped',
  'failed',
  'unreachable',
  'invalid_number',
  'blocked',
];

interface SetRow {
  /** Label `set` of `callfate_ratio_attempts_total`. */
  readonly id: string;
  /** In words, for people. */
  readonly definition: string;
  readonly holds: Member;
}

/** All are taken from the same calls, those that `isRated` lets through; a call is in several. */
export const RATIO_SETS = [
  {
    id: 'decided',
    definition:
      'calls whose outcome is known: answered, refused or given up; not lost before an answer',
    holds: decided,
  },
  {
    id: 'reached',
    definition: 'decided calls that were answered, rang or were refused by the other side',
    holds: (v, bye) => decided(v, bye) && reached(v, bye),
  },
  {
    id: 'not_redirected',
    definition: 'decided calls whose final response was no 3xx',
    holds: (v, bye) => decided(v, bye) && !(redirected(v, bye) && !v.connected),
  },
  { id: 'answered', definition: 'calls that were answered with 2xx', holds: answered },
  {
    id: 'effective',
    definition:
      'reached calls that were answered, or not for what the called party did: busy, no answer, declined, unreachable by its own doing, cancelled while it rang',
    holds: (v, bye) => decided(v, bye) && reached(v, bye) && (v.connected || isUserOutcome(v)),
  },
  {
    id: 'seer_effective',
    definition: 'calls that were answered, or refused with 480, 486, 600 or 603',
    holds: (v, bye) => v.connected || (decided(v, bye) && SEER_STATUSES.includes(v.sip.status)),
  },
  {
    id: 'ineffective',
    definition: 'calls refused with 408, 500, 503 or 504, and those that nothing answered',
    holds: ineffective,
  },
  {
    id: 'failed',
    definition:
      'decided calls whose outcome is dropped, failed, unreachable, invalid number or blocked',
    holds: (v, bye) => decided(v, bye) && FAILED_OUTCOMES.includes(v.outcome),
  },
  {
    id: 'completed',
    definition: 'answered calls that ended with a BYE and a 2xx to it',
    holds: (v, bye) => v.connected && bye,
  },
] as const satisfies readonly SetRow[];

export type RatioSet = (typeof RATIO_SETS)[number]['id'];

export interface Ratio {
  readonly id: 'asr' | 'abr' | 'ner' | 'ser' | 'seer' | 'isa' | 'scr';
  readonly name: string;
  /** In words, for people. */
  readonly definition: string;
  readonly counts: RatioSet;
  /** Holds every call of `counts`. */
  readonly of: RatioSet;
}

export const RATIOS: readonly Ratio[] = [
  {
    id: 'asr',
    name: 'ASR',
    definition: 'answered / calls that reached the other side (E.425)',
    counts: 'answered',
    of: 'reached',
  },
  {
    id: 'abr',
    name: 'ABR',
    definition: 'answered / all calls whose outcome is known (E.425)',
    counts: 'answered',
    of: 'decided',
  },
  {
    id: 'ner',
    name: 'NER',
    definition:
      'as ASR, with what the called party did (busy, no answer, declined) as good (E.425)',
    counts: 'effective',
    of: 'reached',
  },
  {
    id: 'ser',
    name: 'SER',
    definition: 'answered / calls whose final response is no 3xx (RFC 6076)',
    counts: 'answered',
    of: 'not_redirected',
  },
  {
    id: 'seer',
    name: 'SEER',
    definition: '200, 480, 486, 600, 603 / calls whose final response is no 3xx (RFC 6076)',
    counts: 'seer_effective',
    of: 'not_redirected',
  },
  {
    id: 'isa',
    name: 'ISA',
    definition: '408, 500, 503, 504 or nothing / all calls whose outcome is known (RFC 6076)',
    counts: 'ineffective',
    of: 'decided',
  },
  {
    id: 'scr',
    name: 'SCR',
    definition: 'answered and ended with BYE and 200 / all calls whose outcome is known (RFC 6076)',
    counts: 'completed',
    of: 'decided',
  },
];

/** Whether a call is in any set at all: one on several phones is one call, and nobody asked for a stranger's. */
export function isRated({ outcome, reason }: Pick<Verdict, 'outcome' | 'reason'>): boolean {
  return outcome !== 'answered_elsewhere' && reason !== 'unsolicited';
}

/** The sets that a call is in, as rows of `RATIO_SETS`. */
export function ratioSetsOf(verdict: Verdict, byeAnswered: boolean): number[] {
  const rows: number[] = [];
  if (!isRated(verdict)) return rows;
  for (let row = 0; row < RATIO_SETS.length; row++) {
    if (RATIO_SETS[row]?.holds(verdict, byeAnswered)) rows.push(row);
  }
  return rows;
}
