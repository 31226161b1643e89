/** What calls that all ended alike must add to Prometheus. */
import type { JoinMethod } from '../../../src/calls/call.ts';
import type {
  Attribution,
  Direction,
  EndedBy,
  Outcome,
  SeenIn,
} from '../../../src/classify/outcome.ts';
import type { SourceName } from '../../../src/sources/source.ts';
import { seriesName } from './prometheus.ts';

/** What one attempt adds; a call of several legs is one each. */
export interface Leg {
  readonly direction: Direction;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly attribution: Attribution;
  /** Peer on the carrier side. */
  readonly peer: string;
  /** Each final response to an INVITE transaction: the peer that sent it, and its status. */
  readonly finals: readonly (readonly [peer: string, status: number])[];
  readonly causes: readonly (readonly [cause: number, seenIn: SeenIn])[];
}

/** A call of one leg: what it adds, and its verdict. */
export interface Expected extends Leg {
  /** Of the verdict; no label says it. */
  readonly endedBy: EndedBy;
}

/** What the log line of a call says. */
export interface ExpectedVerdict
  extends Pick<Expected, 'direction' | 'outcome' | 'reason' | 'attribution' | 'endedBy'> {
  readonly joined: JoinMethod | null;
  /** How many. */
  readonly legs: number;
}

/** In all, not per call. `registers`: REGISTERs that the peer `proxy` answered with 200, both messages of each copied. */
export interface Input {
  readonly messages: number;
  readonly registers?: number;
  /** RTCP reports of calls in progress. */
  readonly reports?: number;
}

/** Joins that were not made, in all. */
export interface Unjoined {
  readonly ambiguous?: number;
  readonly late?: number;
}

/**
 * Counters of which every increment is known beforehand. Left out: histograms, conflicts of evidence, duplicates and
 * stragglers, which depend on the order of arrival.
 */
export const EXACT_FAMILIES: readonly string[] = [
  'callfate_attempts_started_total',
  'callfate_attempts_ended_total',
  'callfate_calls_opened_total',
  'callfate_calls_closed_total',
  'callfate_calls_merged_total',
  'callfate_peer_attempts_ended_total',
  'callfate_branch_finals_total',
  'callfate_peer_probe_finals_total',
  'callfate_peer_probe_timeouts_total',
  'callfate_q850_causes_total',
  'callfate_input_frames_total',
  'callfate_input_messages_total',
  'callfate_input_not_ours_total',
  'callfate_input_malformed_total',
  'callfate_media_reports_total',
  'callfate_input_lost_total',
  'callfate_orphans_total',
  'callfate_late_joins_total',
  'callfate_ambiguous_joins_total',
  'callfate_limit_hits_total',
  'callfate_capture_time_rejected_total',
  'callfate_verdicts_dropped_total',
  'callfate_log_lines_total',
];

/**
 * Series to increment when `calls`, each the list of its legs, take place `times` times and everything comes through
 * `source`.
 */
export function growth(
  calls: readonly (readonly Leg[])[],
  times: number,
  source: SourceName,
  { messages, registers = 0, reports = 0 }: Input,
  { ambiguous = 0, late = 0 }: Unjoined = {},
): Record<string, number> {
  const total = new Map<string, number>();
  const add = (name: string, labels: Readonly<Record<string, string>>, count: number) => {
    const series = seriesName({ __name__: name, ...labels });
    if (count > 0) total.set(series, (total.get(series) ?? 0) + count);
  };
  const legs = calls.flat();
  for (const leg of legs) addLeg(leg, (name, labels) => add(name, labels, times));
  add('callfate_attempts_started_total', {}, times * legs.length);
  add('callfate_calls_opened_total', {}, times * legs.length);
  add('callfate_calls_closed_total', {}, times * calls.length);
  add('callfate_calls_merged_total', {}, times * (legs.length - calls.length));
  add('callfate_ambiguous_joins_total', {}, ambiguous);
  add('callfate_late_joins_total', {}, late);
  add('callfate_input_frames_total', { source }, messages + reports);
  add('callfate_media_reports_total', { result: 'taken' }, reports);
  add('callfate_input_messages_total', { source }, messages);
  const registered = { peer: 'proxy', method: 'REGISTER', status: '200' };
  add('callfate_peer_probe_finals_total', registered, registers);
  add('callfate_log_lines_total', { result: 'queued' }, times * calls.length);
  return Object.fromEntries(total);
}

function addLeg(
  { direction, outcome, reason, attribution, peer, finals, causes }: Leg,
  add: (name: string, labels: Readonly<Record<string, string>>) => void,
): void {
  add('callfate_attempts_ended_total', { direction, outcome, reason, attribution });
  add('callfate_peer_attempts_ended_total', { peer, direction, outcome });
  for (const [by, status] of finals) {
    add('callfate_branch_finals_total', { peer: by, status: String(status) });
  }
  for (const [cause, seenIn] of causes) {
    add('callfate_q850_causes_total', { cause: String(cause), seen_in: seenIn });
  }
}
