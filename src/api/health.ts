/** What callfate sees and what it misses: the counters that say whether its verdicts can be trusted. */

import { LIMITS } from '../calls/call.ts';
import type { Layout } from '../outputs/bank.ts';
import { seriesLabels } from '../outputs/bank.ts';
import type { MetricName } from '../outputs/metric-table.ts';
import { SOURCES } from '../sources/source.ts';

export interface Health {
  readonly version: string;
  /** Unix time of this, ISO 8601. */
  readonly at: string;
  /** Each part by name, and whether it is ready. */
  readonly parts: Readonly<Record<string, boolean>>;
  /** Sources that brought anything, sums since the start. */
  readonly input: readonly {
    readonly source: string;
    readonly frames: number;
    readonly messages: number;
    readonly notOurs: number;
    readonly malformed: number;
    readonly lost: number;
  }[];
  readonly attempts: { readonly started: number; readonly ended: number; readonly active: number };
  readonly calls: {
    readonly opened: number;
    readonly closed: number;
    readonly open: number;
    readonly merged: number;
  };
  /** Whether the conservation laws hold. */
  readonly laws: { readonly attempts: boolean; readonly calls: boolean };
  readonly verdictsDropped: number;
  readonly logLinesDropped: number;
  readonly engineRestarts: number;
  /** Bounds that were hit, by name. */
  readonly limits: Readonly<Record<string, number>>;
}

/** Out of the cells of both threads, summed. */
export function healthOf(
  layout: Layout,
  cells: Float64Array,
  parts: Readonly<Record<string, boolean>>,
  now: number,
): Health {
  const sum = (name: MetricName, label?: string): number => sumOf(layout, cells, name, label);
  const attempts = {
    started: sum('callfate_attempts_started_total'),
    ended: sum('callfate_attempts_ended_total'),
    active: sum('callfate_attempts_active'),
  };
  const calls = {
    opened: sum('callfate_calls_opened_total'),
    closed: sum('callfate_calls_closed_total'),
    open: sum('callfate_calls_open'),
    merged: sum('callfate_calls_merged_total'),
  };
  const input = SOURCES.map((source) => ({
    source,
    frames: sum('callfate_input_frames_total', source),
    messages: sum('callfate_input_messages_total', source),
    notOurs: sum('callfate_input_not_ours_total', source),
    malformed: sum('callfate_input_malformed_total', source),
    lost: sum('callfate_input_lost_total', source),
  }));
  const limits = LIMITS.map((name) => [name, sum('callfate_limit_hits_total', name)] as const);
  return {
    version: layout.input.version,
    at: new Date(now).toISOString(),
    parts,
    input: input.filter(({ frames, messages, lost }) => frames + messages + lost > 0),
    attempts,
    calls,
    laws: {
      attempts: attempts.started === attempts.ended + attempts.active,
      calls: calls.opened === calls.closed + calls.open + calls.merged,
    },
    verdictsDropped: sum('callfate_verdicts_dropped_total'),
    logLinesDropped: sum('callfate_log_lines_total', 'dropped'),
    engineRestarts: sum('callfate_engine_restarts_total'),
    limits: Object.fromEntries(limits.filter(([, hits]) => hits > 0)),
  };
}

/** All series of a family, or those whose first label has this value. */
function sumOf(layout: Layout, cells: Float64Array, name: MetricName, label?: string): number {
  const family = layout.family(name);
  let sum = 0;
  for (let series = 0; series < family.seriesCount; series++) {
    if (label !== undefined && seriesLabels(family, series)[0] !== label) continue;
    sum += cells[family.base + series * family.width] ?? 0;
  }
  return sum;
}
