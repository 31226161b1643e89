import type { Arrival } from './arrival.ts';
import type { AttemptTable } from './attempt-table.ts';
import { UNITS_PER_MS } from './marks.ts';
import type { TrackerCounters } from './options.ts';
import { slotOf } from './rows.ts';

const UNIT_MAX = 0x7fffffff;

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

  /** Attempt `a` begins with this message: its clock is that of the message's capture agent, if that is believed. */
  start(a: number, arrival: Arrival): void {
    const { startedAt, clockOffset } = this.#attempts;
    startedAt[slotOf(a)] = arrival.arrivedAt;
    clockOffset[slotOf(a)] = this.#believed(arrival) ? arrival.capturedAt - arrival.arrivedAt : 0;
  }

  /**
   * Time of a message by the clock of attempt `a`, in units from its start, saturated; another agent's clock is not
   * mixed in.
   */
  units(a: number, arrival: Arrival): number {
    const { startedAt, clockOffset, captureId } = this.#attempts;
    const believed = this.#believed(arrival);
    if (!believed && arrival.capturedAt !== 0) this.#counters.captureTimeRejected++;
    const own = captureId[a] === (arrival.captureId | 0);
    const ahead = clockOffset[slotOf(a)] as number;
    const time = believed && own ? arrival.capturedAt : arrival.arrivedAt + ahead;
    const units = Math.round((time - (startedAt[slotOf(a)] as number) - ahead) * UNITS_PER_MS);
    return Math.max(-UNIT_MAX, Math.min(UNIT_MAX, units)) | 0;
  }

  #believed(arrival: Arrival): boolean {
    const { arrivedAt, capturedAt } = arrival;
    return capturedAt !== 0 && Math.abs(capturedAt - arrivedAt) <= this.skew;
  }
}
