import { randomBytes } from 'node:crypto';
import { RECENT_CALLS_PER_SECOND } from './api/recent-calls.ts';
import type { Config } from './config/schema.ts';
import type { HandoverOptions } from './handover.ts';
/** What the edge tells of itself and of the ring, besides what it receives. */
import { monotonicClock } from './lib/clock.ts';
import { RING_SOURCES } from './listeners.ts';
import { type Bank, seriesOf } from './outputs/bank.ts';
import type { RingWriter } from './sources/ring.ts';
import { SOURCES, type SourceName } from './sources/source.ts';

/** How many series the metrics make, and how many they may. */
export function countSeries(edge: Bank, limit: number): void {
  edge.set(edge.cell('callfate_series'), seriesOf(edge.layout));
  edge.set(edge.cell('callfate_series_limit'), limit);
}

/** Whether a live capture is to run, as long as the process does. */
export function markCapture(edge: Bank, configured: boolean): void {
  edge.set(edge.cell('callfate_capture_configured'), configured ? 1 : 0);
}

/** Whether the last load of the configuration was taken over, and when one was. */
export function markReload(edge: Bank, successful: boolean): void {
  edge.set(edge.cell('callfate_config_last_reload_successful'), successful ? 1 : 0);
  if (!successful) return;
  const at = edge.cell('callfate_config_last_reload_success_timestamp_seconds');
  edge.set(at, Math.floor(monotonicClock() / 1000));
}

/** Drops at the ring. The ring knows sums; what the tap itself found too long is counted there as it happens. */
export class RingDrops {
  readonly #edge: Bank;
  readonly #ring: RingWriter;
  readonly #told = new Map<string, number>();

  constructor(edge: Bank, ring: RingWriter) {
    this.#edge = edge;
    this.#ring = ring;
  }

  /** Counts what was dropped since the last time. */
  count(): void {
    for (const source of RING_SOURCES) {
      const dropped = this.#ring.dropped(SOURCES.indexOf(source));
      this.#lost(source, 'ring_full', dropped.ring_full);
      this.#lost(source, 'oversize', dropped.oversize);
    }
  }

  #lost(source: SourceName, reason: 'ring_full' | 'oversize', total: number): void {
    const key = `${source} ${reason}`;
    const cell = this.#edge.cell('callfate_input_lost_total', source, reason);
    this.#edge.add(cell, total - (this.#told.get(key) ?? 0));
    this.#told.set(key, total);
  }
}

/** How the sidecar's verdicts cross to the edge. */
export function handoverOptions({ log, recent }: Config): HandoverOptions {
  return {
    lines: log.calls,
    keptPerSecond: recent.maxCalls > 0 ? RECENT_CALLS_PER_SECOND : 0,
    // One for both threads, and for an engine that is started again.
    hashKey: log.redactNumbers ? (log.hashKey ?? randomBytes(32)) : null,
  };
}
