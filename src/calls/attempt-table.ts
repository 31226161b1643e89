import { AgeLists } from './age-lists.ts';
import { Extras } from './extras.ts';
import { COMMON_MOMENTS, NEVER, NO_CSEQ, RARE_MOMENTS, UNITS_PER_MS } from './marks.ts';
import { Pool } from './pool.ts';
import { numberOf, ROW_WORDS, Rows, slotOf } from './rows.ts';

/**
 * Attempts in progress as columns, some of them by number and some by slot (`rows.ts`); 0 is "none". The index is open
 * addressing on the Call-ID hash; attempts of the same Call-ID are in one probe sequence, told apart by who looks.
 */
export class AttemptTable {
  readonly pool: Pool;
  readonly state: Uint8Array;
  readonly flags: Int32Array;
  readonly hashLo: Int32Array;
  readonly hashHi: Int32Array;
  readonly fromTag: Int32Array;
  /** Of the newest INVITE transaction, or `NO_CSEQ`. */
  readonly cseq: Int32Array;
  readonly source: Uint8Array;
  readonly captureId: Int32Array;
  /** ms since the epoch: arrival of the first message. */
  readonly startedAt: Float64Array;
  /** ms that its capture clock is ahead of arrival: as exact as both times are up to 4 s, and within 0.2 ms up to 1 h. */
  readonly clockOffset: Float32Array;
  /** Fewest Vias of any INVITE seen: the caller's hop. */
  readonly minVias: Uint8Array;
  /** Vias of the INVITE whose names are kept. */
  readonly namedVias: Uint8Array;
  readonly branches: Int32Array;
  readonly branchCount: Uint8Array;
  readonly records: Int32Array;
  readonly recordCount: Uint8Array;
  /** A bit for each signature among its records: most messages are told to be new without a look at those. */
  readonly seen: Int32Array;
  readonly text: Int32Array;
  /** Hash of the sent-by at the bottom of the caller's INVITE: the caller itself. */
  readonly callerSentBy: Int32Array;
  /** To-tag hash of the first dialog that was answered. */
  readonly dialog: Int32Array;
  readonly extras: Extras;
  readonly #extra: Int32Array;
  readonly #moments: Int32Array;
  readonly #buckets: Int32Array;
  readonly #mask: number;
  readonly ages: AgeLists;

  constructor(capacity: number) {
    const size = capacity + 1;
    const rows = new Rows(capacity, ROW_WORDS);
    this.pool = new Pool(capacity);
    this.state = new Uint8Array(size);
    this.flags = rows.words(7);
    this.hashLo = rows.words(0);
    this.hashHi = rows.words(1);
    this.fromTag = rows.words(2);
    this.cseq = rows.words(8);
    this.source = new Uint8Array(size);
    this.captureId = rows.words(6);
    this.startedAt = new Float64Array(size);
    this.clockOffset = new Float32Array(size);
    this.minVias = new Uint8Array(size);
    this.namedVias = new Uint8Array(size);
    this.branches = rows.words(9);
    this.branchCount = new Uint8Array(size);
    this.records = rows.words(4);
    this.recordCount = new Uint8Array(size);
    this.seen = rows.words(5);
    this.text = rows.words(3);
    this.callerSentBy = rows.words(11);
    this.dialog = rows.words(10);
    this.extras = new Extras(capacity);
    this.#extra = rows.words(12);
    this.#moments = rows.words(ROW_WORDS - COMMON_MOMENTS);
    const buckets = 2 ** Math.ceil(Math.log2(capacity * 2));
    this.#buckets = new Int32Array(buckets);
    this.#mask = buckets - 1;
    this.ages = new AgeLists(this.pool);
  }

  /** A fresh attempt under this hash, or 0 when the table is full. `CaptureClock.start` says when it began. */
  open(lo: number, hi: number): number {
    const a = numberOf(this.pool.take());
    if (a === 0) return 0;
    this.#clear(a);
    this.hashLo[a] = lo;
    this.hashHi[a] = hi;
    this.ages.opened(a);
    let slot = lo & this.#mask;
    while (this.#buckets[slot] !== 0) slot = (slot + 1) & this.#mask;
    this.#buckets[slot] = a;
    return a;
  }

  close(a: number): void {
    this.#unindex(a);
    this.ages.closed(a);
    this.extras.pool.release(this.#extra[a] as number);
    this.#extra[a] = 0;
    this.state[slotOf(a)] = 0;
    this.pool.release(slotOf(a));
  }

  /** First slot of the probe sequence of a hash, for `candidate`. */
  probe(lo: number): number {
    return lo & this.#mask;
  }

  /** Attempt in a slot of the index; 0 ends the probe sequence. */
  candidate(slot: number): number {
    return this.#buckets[slot & this.#mask] as number;
  }

  /** The first slot from `slot` on, within its probe sequence, that holds an attempt of this hash; -1: none. */
  seek(slot: number, lo: number, hi: number): number {
    for (let at = slot; ; at++) {
      const a = this.candidate(at);
      if (a === 0) return -1;
      if (this.hashLo[a] === lo && this.hashHi[a] === hi) return at;
    }
  }

  /** Facts of this attempt did not fit its bounds. */
  overflowed(a: number): void {
    const { overflow } = this.extras;
    const e = this.extend(a);
    overflow[e] = Math.min((overflow[e] as number) + 1, 0xffff);
  }

  /** Which attempt under its Call-ID and From-tag it is, from 0 on; of an embryo, what began it. */
  ordinal(a: number): number {
    return this.extras.ordinal[this.extra(a)] as number;
  }

  setOrdinal(a: number, ordinal: number): void {
    if (ordinal !== this.ordinal(a)) this.extras.ordinal[this.extend(a)] = ordinal;
  }

  raise(a: number, flag: number): void {
    this.flags[a] = (this.flags[a] as number) | flag;
  }

  has(a: number, flag: number): boolean {
    return ((this.flags[a] as number) & flag) !== 0;
  }

  /** Row of the attempt in `extras`, to read; 0 when it has none, which reads as nothing. */
  extra(a: number): number {
    return this.#extra[a] as number;
  }

  /** The same to write: the attempt takes a row when it has none. */
  extend(a: number): number {
    const e = this.#extra[a] as number;
    if (e !== 0) return e;
    const fresh = this.extras.take();
    this.#extra[a] = fresh;
    return fresh;
  }

  /** Sets a moment once; the first sighting counts. `units` from the attempt's start. */
  mark(a: number, moment: number, units: number): void {
    if (this.moment(a, moment) === NEVER) this.#setMoment(a, moment, units);
  }

  unmark(a: number, moment: number): void {
    if (this.moment(a, moment) !== NEVER) this.#setMoment(a, moment, NEVER);
  }

  moment(a: number, moment: number): number {
    if (moment < COMMON_MOMENTS) return this.#moments[a + moment] as number;
    const row = (this.#extra[a] as number) * RARE_MOMENTS;
    return this.extras.moments[row + moment - COMMON_MOMENTS] as number;
  }

  #setMoment(a: number, moment: number, units: number): void {
    if (moment < COMMON_MOMENTS) this.#moments[a + moment] = units;
    else this.extras.moments[this.extend(a) * RARE_MOMENTS + moment - COMMON_MOMENTS] = units;
  }

  /** ms since the epoch of a moment, by the attempt's own capture clock; null when it did not happen. */
  momentAt(a: number, moment: number): number | null {
    const units = this.moment(a, moment);
    return units === NEVER ? null : this.timeOf(a, units);
  }

  /** ms since the epoch of `units` after the attempt's start. */
  timeOf(a: number, units: number): number {
    const slot = slotOf(a);
    const start = (this.startedAt[slot] as number) + (this.clockOffset[slot] as number);
    return start + units / UNITS_PER_MS;
  }

  #clear(a: number): void {
    const slot = slotOf(a);
    this.state[slot] = 0;
    this.flags[a] = 0;
    this.fromTag[a] = 0;
    this.cseq[a] = NO_CSEQ;
    this.source[slot] = 0;
    this.captureId[a] = 0;
    this.startedAt[slot] = 0;
    this.clockOffset[slot] = 0;
    this.minVias[slot] = 255;
    this.namedVias[slot] = 255;
    this.branches[a] = 0;
    this.branchCount[slot] = 0;
    this.records[a] = 0;
    this.recordCount[slot] = 0;
    this.seen[a] = 0;
    this.text[a] = 0;
    this.callerSentBy[a] = 0;
    this.dialog[a] = 0;
    this.#extra[a] = 0;
    for (let i = 0; i < COMMON_MOMENTS; i++) this.#moments[a + i] = NEVER;
  }

  /** Backward-shift deletion: the probe sequences stay without holes. */
  #unindex(a: number): void {
    let hole = (this.hashLo[a] as number) & this.#mask;
    while (this.#buckets[hole] !== a) hole = (hole + 1) & this.#mask;
    let next = (hole + 1) & this.#mask;
    for (let b = this.#buckets[next] as number; b !== 0; b = this.#buckets[next] as number) {
      const home = (this.hashLo[b] as number) & this.#mask;
      if (((next - home) & this.#mask) >= ((next - hole) & this.#mask)) {
        this.#buckets[hole] = b;
        hole = next;
      }
      next = (next + 1) & this.#mask;
    }
    this.#buckets[hole] = 0;
  }
}
