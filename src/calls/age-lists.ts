import type { AgeStage } from './call.ts';
import type { Pool } from './pool.ts';
import { slotOf } from './rows.ts';
import { AGES, STATES } from './transitions.ts';

const AGE_STAGE_OF = STATES.map((state) => AGES[state]);

const SETTING_UP = 0;
const ANSWERED = 1;

/**
 * Attempts by age in two intrusive lists: those in set-up, and those that were answered. A slot is either in a list or
 * free, so the pool's links serve the lists too: four bytes less for every call.
 */
export class AgeLists {
  readonly #newer: Int32Array;
  /** 0 when the slot is in no list: then it is the pool's. */
  readonly #older: Int32Array;
  readonly #list: Uint8Array;
  readonly #newest = new Int32Array(2);
  readonly #oldest = new Int32Array(2);

  constructor({ capacity, next }: Pool) {
    this.#newer = new Int32Array(capacity + 1);
    this.#older = next;
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
    this.#older[slot] = 0;
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

/** Columns of attempts, by slot. */
interface Begun {
  readonly pool: Pool;
  readonly state: Uint8Array;
  readonly startedAt: Float64Array;
}

/**
 * Age in seconds of the oldest attempt in each stage. Looks at every slot, but only at two columns in their order: 2 ms
 * for a million. A state of 0 is a free slot or an embryo: neither has an age.
 */
export function oldestAges(
  { pool, state, startedAt }: Begun,
  now: number,
): Record<AgeStage, number> {
  const first = new Float64Array(STATES.length).fill(now);
  const { fresh } = pool;
  for (let slot = 1; slot <= fresh; slot++) {
    const s = state[slot] as number;
    if ((startedAt[slot] as number) < (first[s] as number)) first[s] = startedAt[slot] as number;
  }
  const ages = { dialing: 0, ringing: 0, answered: 0, settling: 0 };
  for (const [s, stage] of AGE_STAGE_OF.entries()) {
    if (stage === undefined) continue;
    ages[stage] = Math.max(ages[stage], (now - (first[s] as number)) / 1000);
  }
  return ages;
}
