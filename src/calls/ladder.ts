/** The messages of an attempt as one short text, made when it ends: for whoever keeps the call and draws it later. */

import { recall } from './recall.ts';
import { slotOf } from './rows.ts';
import type { CallStore } from './store.ts';

/** Ladders written in a second: when more attempts end, the others come without. */
export const LADDERS_PER_SECOND = 2000;

/**
 * Writes ladders as JSON: `{"at":MS,"hosts":["192.0.2.1:5060",…],"messages":[[AFTER,FROM,TO,METHOD,STATUS,AGAIN],…]}`.
 * MS is ms since the epoch, AFTER tenths of a millisecond from there, FROM and TO indices into the hosts or -1 where
 * the address is unknown, METHOD an index into `METHODS`, STATUS 0 in a request, AGAIN how often it was seen again. In
 * order of arrival. No text of the wire is in it; at most `RECORDS_MAX` messages.
 */
export class LadderWriter {
  readonly #store: CallStore;
  #renewals = 0;
  #renewedAt = Number.NEGATIVE_INFINITY;
  #second = 0;
  #inSecond = 0;

  constructor(store: CallStore) {
    this.#store = store;
  }

  /**
   * Call it when an attempt begins: numbers of endpoints that an older attempt holds mean others once that table began
   * anew, and such an attempt is drawn without addresses rather than with wrong ones.
   */
  note(now: number): void {
    const { overflow, routes } = this.#store.endpoints;
    const renewals = overflow + routes.overflow;
    if (renewals === this.#renewals) return;
    this.#renewals = renewals;
    this.#renewedAt = now;
  }

  /** null: as many as there may be were written within this second. */
  write(a: number, now: number): string | null {
    this.note(now);
    const second = Math.floor(now / 1000);
    if (second !== this.#second) this.#inSecond = 0;
    this.#second = second;
    if (++this.#inSecond > LADDERS_PER_SECOND) return null;
    const { attempts, records } = this.#store;
    const known = (attempts.startedAt[slotOf(a)] as number) > this.#renewedAt;
    const hosts: string[] = [];
    const rows: string[] = [];
    for (const { record: r, method, status, source, target } of recall(this.#store, a)) {
      const from = known ? this.#host(hosts, source) : -1;
      const to = known ? this.#host(hosts, target) : -1;
      rows.push(`[${records.at(r)},${from},${to},${method},${status},${records.repeats(r)}]`);
    }
    const names = hosts.map((host) => `"${host}"`).join(',');
    return `{"at":${attempts.timeOf(a, 0)},"hosts":[${names}],"messages":[${rows.join(',')}]}`;
  }

  #host(hosts: string[], endpoint: number): number {
    const text = this.#store.endpoints.text(endpoint);
    if (text === '') return -1;
    const at = hosts.indexOf(text);
    return at >= 0 ? at : hosts.push(text) - 1;
  }
}
