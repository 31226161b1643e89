import { slotOf } from './rows.ts';

const SETTING_UP = 0;
const ANSWERED = 1;

/** Attempts by age in two intrusive lists: those in set-up, and those that were answered. */
export class AgeLists {
  readonly #newer: Int32Array;
  readonly #older: Int32Array;
  readonly #list: Uint8Array;
  readonly #newest = new Int32Array(2);
  readonly #oldest = new Int32Array(2);

  constructor(capacity: number) {
    this.#newer = new Int32Array(capacity + 1);
    this.#older = new Int32Array(capacity + 1);
    this.#list = new Uint8Array(capacity + 1);
  }

  /**
   * Who goes first when the table is full: the oldest attempt in set-up, so that a flood of INVITEs cannot push out
   * the calls that are up; then the call that was answered first. 0 when there is none.
   */
  get oldest(): number {
    return (this.#oldest[SETTING_UP] as number) || (this.#oldest[ANSWERED] as number);
  }

  opened(a: number): void {
    this.#enlist(a, SETTING_UP);
  }

  /** The attempt was answered: it moves behind all that are still in set-up. */
  answered(a: number): void {
    if (this.#list[slotOf(a)] === ANSWERED) return;
    this.closed(a);
    this.#enlist(a, ANSWERED);
  }

  closed(a: number): void {
    const slot = slotOf(a);
    const list = this.#list[slot] as number;
    const newer = this.#newer[slot] as number;
    const older = this.#older[slot] as number;
    if (newer !== 0) this.#older[slotOf(newer)] = older;
    else this.#newest[list] = older;
    if (older !== 0) this.#newer[slotOf(older)] = newer;
    else this.#oldest[list] = newer;
  }

  #enlist(a: number, list: number): void {
    const slot = slotOf(a);
    const newest = this.#newest[list] as number;
    this.#list[slot] = list;
    this.#older[slot] = newest;
    this.#newer[slot] = 0;
    if (newest !== 0) this.#newer[slotOf(newest)] = a;
    else this.#oldest[list] = a;
    this.#newest[list] = a;
  }
}
