/** What calls that all ended alike must add to Prometheus. */
import type {
  Attribution,
  Direction,
  EndedBy,
  Outcome,
  SeenIn,
} from '../../../src/classify/outcome.ts';
import type { SourceName } from '../../../src/sources/source.ts';
import { seriesName } from './prometheus.ts';

export interface Expected {
  readonly direction: Direction;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly attribution: Attribution;
  /** Of the verdict; no label says it. */
  readonly endedBy: EndedBy;
  /** Peer on the carrier side. */
  readonly peer: string;
  /** Each final response to an INVITE transaction: the peer that sent it, and its status. */
  readonly finals: readonly (readonly [peer: string, status: number])[];
  readonly causes: readonly (readonly [cause: number, seenIn: SeenIn])[];
}

/** In all, not per call. `otherMethods`: sound SIP that is not about a call, such as REGISTER. */
export interface Input {
  readonly messages: number;
  readonly otherMethods?: number;
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
  'callfate_q850_causes_total',
  'callfate_input_frames_total',
  'callfate_input_messages_total',
  'callfate_input_not_ours_total',
  'callfate_input_malformed_total',
  'callfate_input_lost_total',
  'callfate_orphans_total',
  'callfate_late_joins_total',
  'callfate_limit_hits_total',
  'callfate_capture_time_rejected_total',
  'callfate_verdicts_dropped_total',
  'callfate_log_lines_total',
];

/** Series to increment, for `calls` calls that came through `source`. */
export function growth(
  expected: Expected,
  calls: number,
  source: SourceName,
  { messages, otherMethods = 0 }: Input,
): Record<string, number> {
  const { direction, outcome, reason, attribution, peer } = expected;
  const total = new Map<string, number>();
  const add = (name: string, labels: Readonly<Record<string, string>>, count: number) => {
    const series = seriesName({ __name__: name, ...labels });
    if (count > 0) total.set(series, (total.get(series) ?? 0) + count);
  };
  add('callfate_attempts_started_total', {}, calls);
  add('callfate_attempts_ended_total', { direction, outcome, reason, attribution }, calls);
  add('callfate_calls_opened_total', {}, calls);
  add('callfate_calls_closed_total', {}, calls);
  add('callfate_peer_attempts_ended_total', { peer, direction, outcome }, calls);
  for (const [by, status] of expected.finals) {
    add('callfate_branch_finals_total', { peer: by, status: String(status) }, calls);
  }
  for (const [cause, seenIn] of expected.causes) {
    add('callfate_q850_causes_total', { cause: String(cause), seen_in: seenIn }, calls);
  }
  add('callfate_input_frames_total', { source }, messages);
  add('callfate_input_messages_total', { source }, messages);
  add('callfate_input_not_ours_total', { source, reason: 'other_method' }, otherMethods);
  add('callfate_log_lines_total', { result: 'queued' }, calls);
  return Object.fromEntries(total);
}
