/**
 * Milliseconds of one tick. Verdicts wait for windows of hundreds of milliseconds; but what comes due in one tick is
 * judged in one go, and at 26,000 verdicts a second that shall take no longer than a few milliseconds.
 */
export const TICK_MS = 10;
/** Furthest deadline, about 248 days: ticks are kept in 31 bits. No time-out can be set to more than a week. */
export const DELAY_MAX_MS = 0x7fff_ff00 * TICK_MS;
const BITS = 8;
const SLOTS = 1 << BITS;
const MASK = SLOTS - 1;
/** 256^3 ticks of 10 ms: almost two days; later deadlines wait in the last level. */
const LEVELS = 3;
const HORIZON = SLOTS ** LEVELS - 1;

/**
 * One cell: the time as the tracker has it, ms since the epoch. It is shared and not passed along because V8 boxes a
 * double (16 bytes of heap) at every call that it does not inline; the scanner and the tables hand on small integers.
 */
export type Clock = Float64Array;

/**
 * Hierarchical timer wheel over slots 1…capacity, intrusive (links are columns), so that arming, moving and disarming
 * allocate nothing. It follows a clock that only moves forward.
 */
export class TimerWheel {
  readonly #next: Int32Array;
  readonly #prev: Int32Array;
  /** Bucket + 1 the slot stands in; 0 when it is not armed. */
  readonly #bucket: Uint16Array;
  /** Tick, modulo 2^32. */
  readonly #due: Int32Array;
  readonly #heads = new Int32Array(SLOTS * LEVELS);
  /** Armed slots per level: time may jump over what is empty. */
  readonly #armed = new Int32Array(LEVELS);
  readonly #clock: Clock;
  #tick = -1;

  constructor(capacity: number, clock: Clock) {
    this.#clock = clock;
    this.#next = new Int32Array(capacity + 1);
    this.#prev = new Int32Array(capacity + 1);
    this.#bucket = new Uint16Array(capacity + 1);
    this.#due = new Int32Array(capacity + 1);
  }

  /**
   * Sets the deadline of `slot` to `delay` ms from now; an earlier one is replaced. Never fires before that. A slot
   * whose deadline moves away stays where it is until its bucket comes up: most deadlines are moved many times.
   */
  arm(slot: number, delay: number): void {
    const at = (this.#clock[0] as number) + Math.min(delay, DELAY_MAX_MS);
    const tick = Math.ceil(at / TICK_MS) | 0;
    if (this.#tick < 0) this.#tick = Math.floor(at / TICK_MS) - 1;
    const later = this.#bucket[slot] !== 0 && ((tick - (this.#due[slot] as number)) | 0) >= 0;
    this.#due[slot] = tick;
    if (later) return;
    this.disarm(slot);
    this.#place(slot, 1);
  }

  disarm(slot: number): void {
    const bucket = this.#bucket[slot] as number;
    if (bucket === 0) return;
    const next = this.#next[slot] as number;
    const prev = this.#prev[slot] as number;
    if (prev === 0) this.#heads[bucket - 1] = next;
    else this.#next[prev] = next;
    if (next !== 0) this.#prev[next] = prev;
    this.#bucket[slot] = 0;
    this.#count(bucket - 1, -1);
  }

  /** Catches up with the clock and calls `fire` with each slot that came due and when (ms), in order of ticks. */
  advance(fire: (slot: number, at: number) => void): void {
    const target = Math.floor((this.#clock[0] as number) / TICK_MS);
    if (this.#tick < 0) {
      this.#tick = target;
      return;
    }
    while (this.#tick < target) {
      this.#tick = Math.min(this.#nextTick(), target);
      this.#cascade();
      const index = this.#tick & MASK;
      let done = false;
      try {
        this.#fireAll(index, fire);
        done = true;
      } finally {
        // The others of this tick stay due when one throws.
        if (!done) this.#tick--;
      }
    }
  }

  #fireAll(index: number, fire: (slot: number, at: number) => void): void {
    for (let slot = this.#heads[index] as number; slot !== 0; ) {
      this.disarm(slot);
      if (this.#ahead(slot) > 0) this.#place(slot, 1);
      else fire(slot, this.#tick * TICK_MS);
      slot = this.#heads[index] as number;
    }
  }

  /** True when nothing can have come due: the cheap test before `advance`. */
  get idle(): boolean {
    return this.#tick >= 0 && (this.#clock[0] as number) < (this.#tick + 1) * TICK_MS;
  }

  /**
   * The next tick at which anything can happen: a silence of days, or a capture with a wrong clock, must not cost one
   * turn of the loop per tick.
   */
  #nextTick(): number {
    if (this.#armed[0] !== 0) return this.#tick + 1;
    const span = this.#armed[1] !== 0 ? SLOTS : this.#armed[2] !== 0 ? SLOTS * SLOTS : 0;
    return span === 0 ? Number.POSITIVE_INFINITY : (Math.floor(this.#tick / span) + 1) * span;
  }

  #count(bucket: number, change: number): void {
    const level = Math.floor(bucket / SLOTS);
    this.#armed[level] = (this.#armed[level] as number) + change;
  }

  /** Ticks from the present one to the deadline. */
  #ahead(slot: number): number {
    return ((this.#due[slot] as number) - (this.#tick | 0)) | 0;
  }

  /** `lead`: ticks from the present one to the earliest that can still fire, for a deadline in the past. */
  #place(slot: number, lead: 0 | 1): void {
    const distance = Math.min(Math.max(this.#ahead(slot), lead), HORIZON);
    const tick = this.#tick + distance;
    const level = distance < SLOTS ? 0 : distance < SLOTS * SLOTS ? 1 : 2;
    const bucket = level * SLOTS + (Math.floor(tick / SLOTS ** level) & MASK);
    const head = this.#heads[bucket] as number;
    this.#next[slot] = head;
    this.#prev[slot] = 0;
    if (head !== 0) this.#prev[head] = slot;
    this.#heads[bucket] = slot;
    this.#bucket[slot] = bucket + 1;
    this.#count(bucket, 1);
  }

  /** When a level has turned round, the next one's bucket is spread over it. */
  #cascade(): void {
    let tick = this.#tick;
    for (let level = 1; level < LEVELS && (tick & MASK) === 0; level++) {
      tick = Math.floor(tick / SLOTS);
      const bucket = level * SLOTS + (tick & MASK);
      let slot = this.#heads[bucket] as number;
      this.#heads[bucket] = 0;
      while (slot !== 0) {
        const next = this.#next[slot] as number;
        this.#bucket[slot] = 0;
        this.#count(bucket, -1);
        // The current tick has not fired yet, so a slot due now still belongs to it.
        this.#place(slot, 0);
        slot = next;
      }
    }
  }
}
