/** Tombstones of one bucket looked at: a flood under one Call-ID must not make every look-up a walk. */
const CHAIN_MAX = 256;

/**
 * What is left of an ended attempt for a while, so that stragglers (retransmissions, late hop copies, the 487 that
 * comes after the verdict) are absorbed and do not open a call again. Hashes only, 32 bytes each; when the ring is
 * full the oldest goes early and is counted.
 */
export class Tombstones {
  readonly capacity: number;
  size = 0;
  /** Tombstones that had to go before their time. */
  evicted = 0;
  /** How long a new one stays, ms. */
  ttl: number;
  readonly #lo: Int32Array;
  readonly #hi: Int32Array;
  readonly #tag: Int32Array;
  readonly #cseq: Int32Array;
  readonly #ordinal: Uint16Array;
  readonly #until: Float64Array;
  readonly #next: Int32Array;
  readonly #prev: Int32Array;
  readonly #heads: Int32Array;
  readonly #mask: number;
  #oldest = 0;

  /** `capacity` is a power of two; `ttlMs` how long one stays. */
  constructor(capacity: number, ttlMs: number) {
    this.capacity = capacity;
    this.ttl = ttlMs;
    this.#lo = new Int32Array(capacity);
    this.#hi = new Int32Array(capacity);
    this.#tag = new Int32Array(capacity);
    this.#cseq = new Int32Array(capacity);
    this.#ordinal = new Uint16Array(capacity);
    this.#until = new Float64Array(capacity);
    this.#next = new Int32Array(capacity);
    this.#prev = new Int32Array(capacity);
    this.#heads = new Int32Array(capacity);
    this.#mask = capacity - 1;
  }

  add(lo: number, hi: number, tag: number, cseq: number, ordinal: number, now: number): void {
    this.expire(now);
    if (this.size === this.capacity) {
      this.evicted++;
      this.#drop();
    }
    const slot = (this.#oldest + this.size) & this.#mask;
    this.size++;
    this.#lo[slot] = lo;
    this.#hi[slot] = hi;
    this.#tag[slot] = tag;
    this.#cseq[slot] = cseq;
    this.#ordinal[slot] = ordinal;
    this.#until[slot] = now + this.ttl;
    const bucket = lo & this.#mask;
    const head = this.#heads[bucket] as number;
    this.#next[slot] = head;
    this.#prev[slot] = 0;
    if (head !== 0) this.#prev[head - 1] = slot + 1;
    this.#heads[bucket] = slot + 1;
  }

  expire(now: number): void {
    while (this.size > 0 && (this.#until[this.#oldest] as number) <= now) this.#drop();
  }

  /**
   * Handle (slot + 1) of the newest tombstone of this Call-ID hash whose From-tag hash is one of the two; 0 when there
   * is none. Either tag: a request of the callee carries them the other way round.
   */
  find(lo: number, hi: number, tag: number, otherTag: number): number {
    if (this.size === 0) return 0;
    let slot = this.#heads[lo & this.#mask] as number;
    for (let steps = 0; slot !== 0 && steps < CHAIN_MAX; steps++) {
      const i = slot - 1;
      if (this.#lo[i] === lo && this.#hi[i] === hi) {
        const own = this.#tag[i];
        if (own === tag || own === otherTag) return slot;
      }
      slot = this.#next[i] as number;
    }
    return 0;
  }

  /** True when any ended attempt had this Call-ID hash. */
  knows(lo: number, hi: number): boolean {
    if (this.size === 0) return false;
    let slot = this.#heads[lo & this.#mask] as number;
    while (slot !== 0) {
      if (this.#lo[slot - 1] === lo && this.#hi[slot - 1] === hi) return true;
      slot = this.#next[slot - 1] as number;
    }
    return false;
  }

  cseq(handle: number): number {
    return this.#cseq[handle - 1] as number;
  }

  ordinal(handle: number): number {
    return this.#ordinal[handle - 1] as number;
  }

  /** Unlinks the oldest, which is the last of its bucket. */
  #drop(): void {
    const slot = this.#oldest;
    const prev = this.#prev[slot] as number;
    if (prev === 0) this.#heads[(this.#lo[slot] as number) & this.#mask] = 0;
    else this.#next[prev - 1] = 0;
    this.#oldest = (slot + 1) & this.#mask;
    this.size--;
  }
}
