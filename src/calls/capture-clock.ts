import type { Arrival } from './arrival.ts';
import type { AttemptTable } from './attempt-table.ts';
import type { TrackerCounters } from './options.ts';

/**
 * Which time of a message counts. Capture time measures intervals between messages of one capture agent; it is left
 * aside, and counted, when it is further from arrival than the configured skew.
 */
export class CaptureClock {
  readonly #attempts: AttemptTable;
  /** Furthest that capture time may be from arrival, ms. */
  skew: number;
  readonly #counters: TrackerCounters;

  constructor(attempts: AttemptTable, skewMs: number, counters: TrackerCounters) {
    this.#attempts = attempts;
    this.skew = skewMs;
    this.#counters = counters;
  }

  /** How far the capture clock is ahead of arrival, ms; 0 when it is unknown or cannot be believed. */
  offset(arrival: Arrival): number {
    if (arrival.capturedAt === 0) return 0;
    const offset = arrival.capturedAt - arrival.arrivedAt;
    return Math.abs(offset) <= this.skew ? offset : 0;
  }

  /** Time of a message by the clock of attempt `a`, in units from its start; another agent's clock is not mixed in. */
  units(a: number, arrival: Arrival): number {
    const attempts = this.#attempts;
    const own = attempts.captureId[a] === (arrival.captureId | 0);
    const offset = own ? this.offset(arrival) : 0;
    if (this.#rejected(arrival)) this.#counters.captureTimeRejected++;
    const time =
      offset !== 0 ? arrival.capturedAt : arrival.arrivedAt + (attempts.clockOffset[a] as number);
    return attempts.unitsOf(a, time);
  }

  #rejected(arrival: Arrival): boolean {
    if (arrival.capturedAt === 0) return false;
    return Math.abs(arrival.capturedAt - arrival.arrivedAt) > this.skew;
  }
}
