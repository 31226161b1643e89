import { AGE_STAGES, LIMITS, ORPHANS, REPORT_RESULTS } from './calls/call.ts';
import type { Tracker } from './calls/tracker.ts';
import { CONTEXT_RESULTS } from './context/results.ts';
import type { InputHealth } from './input-health.ts';
import type { Bank } from './outputs/bank.ts';
import { DUPLICATES } from './outputs/metric-table.ts';
import type { Pipeline } from './pipeline.ts';
import { LOST, MALFORMED, NOT_OURS, SOURCES } from './sources/source.ts';

/** Brings the bank's cells up to date with what tracker and pipeline have summed up. */
export function publish(bank: Bank, tracker: Tracker, pipeline: Pipeline): void {
  publishCalls(bank, tracker);
  publishContext(bank, tracker);
  publishAges(bank, tracker);
  publishHealth(bank, tracker, pipeline.health);
  bank.set(bank.cell('callfate_scanner_simd'), pipeline.scannerProblem === null ? 1 : 0);
}

function publishCalls(bank: Bank, tracker: Tracker): void {
  const { counters } = tracker;
  bank.set(bank.cell('callfate_attempts_started_total'), counters.started);
  bank.set(bank.cell('callfate_attempts_active'), tracker.active);
  bank.set(bank.cell('callfate_calls_opened_total'), counters.callsOpened);
  bank.set(bank.cell('callfate_calls_closed_total'), counters.callsClosed);
  bank.set(bank.cell('callfate_calls_merged_total'), counters.callsMerged);
  bank.set(bank.cell('callfate_calls_open'), tracker.callsOpen);
  bank.set(bank.cell('callfate_stragglers_total'), counters.stragglers);
  bank.set(bank.cell('callfate_late_joins_total'), counters.lateJoins);
  bank.set(bank.cell('callfate_ambiguous_joins_total'), counters.ambiguousJoins);
  bank.set(bank.cell('callfate_capture_time_rejected_total'), counters.captureTimeRejected);
  for (const [i, signal] of ORPHANS.entries()) {
    bank.set(bank.cell('callfate_orphans_total', signal), counters.orphans[i] ?? 0);
  }
  for (const [i, limit] of LIMITS.entries()) {
    bank.set(bank.cell('callfate_limit_hits_total', limit), counters.limits[i] ?? 0);
  }
  bank.set(bank.cell('callfate_limit_hits_total', 'endpoints'), tracker.endpointOverflow);
}

function publishContext(bank: Bank, tracker: Tracker): void {
  const { context, contextExpired, reports } = tracker.counters;
  for (const [i, result] of REPORT_RESULTS.entries()) {
    bank.set(bank.cell('callfate_media_reports_total', result), reports[i] ?? 0);
  }
  for (const [i, result] of CONTEXT_RESULTS.entries()) {
    bank.set(bank.cell('callfate_context_events_total', result), context[i] ?? 0);
  }
  bank.set(bank.cell('callfate_context_expired_facts_total'), contextExpired);
  bank.set(bank.cell('callfate_context_held_facts'), tracker.contextHeld);
}

function publishAges(bank: Bank, tracker: Tracker): void {
  const ages = tracker.oldestAges();
  for (const stage of AGE_STAGES) {
    bank.set(bank.cell('callfate_oldest_attempt_age_seconds', stage), ages[stage]);
  }
}

function publishHealth(bank: Bank, { counters }: Tracker, health: InputHealth): void {
  const repeats = { retransmission: counters.retransmissions, copy: counters.copies };
  for (const [s, source] of SOURCES.entries()) {
    bank.set(bank.cell('callfate_input_frames_total', source), health.frames[s] ?? 0);
    bank.set(bank.cell('callfate_input_messages_total', source), health.messages[s] ?? 0);
    for (const kind of DUPLICATES) {
      bank.set(bank.cell('callfate_input_duplicates_total', source, kind), repeats[kind][s] ?? 0);
    }
    const { not_ours, malformed, lost } = health.discards;
    publishDiscards(bank, 'callfate_input_not_ours_total', source, s, NOT_OURS, not_ours);
    publishDiscards(bank, 'callfate_input_malformed_total', source, s, MALFORMED, malformed);
    publishDiscards(bank, 'callfate_input_lost_total', source, s, LOST, lost);
  }
}

function publishDiscards(
  bank: Bank,
  name:
    | 'callfate_input_not_ours_total'
    | 'callfate_input_malformed_total'
    | 'callfate_input_lost_total',
  source: string,
  s: number,
  reasons: readonly string[],
  cells: Float64Array,
): void {
  for (const [i, reason] of reasons.entries()) {
    bank.set(bank.cell(name, source, reason), cells[s * reasons.length + i] ?? 0);
  }
}
