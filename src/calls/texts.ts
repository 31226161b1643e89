import { FIELD, type SipScanner } from '../sip/scan.ts';
import type { AttemptTable } from './attempt-table.ts';
import type { Limit } from './call.ts';
import type { TrackerCounters } from './options.ts';
import { TEXT, TEXT_ITEM_MAX, type TextStore } from './text-store.ts';

/** Writes an attempt's texts down, and counts what is cut or finds no room. */
export class Texts {
  readonly #store: TextStore;
  readonly #attempts: AttemptTable;
  readonly #counters: TrackerCounters;

  constructor(store: TextStore, attempts: AttemptTable, counters: TrackerCounters) {
    this.#store = store;
    this.#attempts = attempts;
    this.#counters = counters;
  }

  /** The first item of a new chain. False when it does not fit: without it an attempt could never be found again. */
  callId(chain: number, message: SipScanner): boolean {
    const start = message.at[2 * FIELD.callId] as number;
    const end = message.at[2 * FIELD.callId + 1] as number;
    if (end - start > TEXT_ITEM_MAX) this.#counters.hit('text_length');
    const kept = this.#store.append(chain, TEXT.CALL_ID, start, end);
    if (!kept) this.#counters.hit('text');
    return kept;
  }

  /** Something was left out before it came here. */
  cut(limit: Limit): void {
    this.#counters.hit(limit);
  }

  field(a: number, kind: number, message: SipScanner, field: number): void {
    const { at } = message;
    this.range(a, kind, at[2 * field] as number, at[2 * field + 1] as number, 0, 0, 0);
  }

  /** The phrase of a final response, with its status: a later one may be the one that counts. */
  phrase(a: number, message: SipScanner): void {
    const start = message.at[2 * FIELD.phrase] as number;
    const end = message.at[2 * FIELD.phrase + 1] as number;
    this.range(a, TEXT.PHRASE, start, end, 0, message.status, 0);
  }

  range(
    a: number,
    kind: number,
    start: number,
    end: number,
    branch: number,
    meta: number,
    units: number,
  ): void {
    if (end - start > TEXT_ITEM_MAX) this.#counters.hit('text_length');
    const chain = this.#attempts.text[a] as number;
    if (this.#store.append(chain, kind, start, end, branch, meta, units)) return;
    this.#counters.hit('text');
    this.#attempts.overflowed(a);
  }
}
