/** Each attempt may stand under its caller's and under its callee's number. */
const KEYS = 2;

/**
 * Attempts in set-up by where they went and a number they carry, so that the leg which a B2BUA then opens finds the one
 * it belongs to. Intrusive chains: two entries per attempt, no allocation.
 */
export class SetupIndex {
  readonly #key: Int32Array;
  readonly #next: Int32Array;
  readonly #heads: Int32Array;
  readonly #mask: number;

  constructor(capacity: number) {
    const size = KEYS * (capacity + 1);
    this.#key = new Int32Array(size);
    this.#next = new Int32Array(size);
    const buckets = 2 ** Math.ceil(Math.log2(size));
    this.#heads = new Int32Array(buckets);
    this.#mask = buckets - 1;
  }

  /** Puts attempt `a` under the two keys; a key of 0 is none. What it stood under before is forgotten. */
  put(a: number, first: number, second: number): void {
    this.remove(a);
    this.#link(KEYS * a, first);
    if (second !== first) this.#link(KEYS * a + 1, second);
  }

  remove(a: number): void {
    this.#unlink(KEYS * a);
    this.#unlink(KEYS * a + 1);
  }

  /**
   * The one attempt other than `self` under either key: 0 when there is none, -1 when there are several.
   */
  single(self: number, first: number, second: number): number {
    const one = this.#search(self, first, 0);
    return one < 0 ? one : this.#search(self, second, one);
  }

  #search(self: number, key: number, known: number): number {
    if (key === 0) return known;
    let found = known;
    let e = this.#heads[key & this.#mask] as number;
    for (; e !== 0; e = this.#next[e] as number) {
      const a = e >> 1;
      if (this.#key[e] !== key || a === self || a === found) continue;
      if (found !== 0) return -1;
      found = a;
    }
    return found;
  }

  #link(entry: number, key: number): void {
    if (key === 0) return;
    const bucket = key & this.#mask;
    this.#key[entry] = key;
    this.#next[entry] = this.#heads[bucket] as number;
    this.#heads[bucket] = entry;
  }

  #unlink(entry: number): void {
    const key = this.#key[entry] as number;
    if (key === 0) return;
    const bucket = key & this.#mask;
    const next = this.#next[entry] as number;
    let e = this.#heads[bucket] as number;
    if (e === entry) this.#heads[bucket] = next;
    else {
      while (this.#next[e] !== entry) e = this.#next[e] as number;
      this.#next[e] = next;
    }
    this.#key[entry] = 0;
    this.#next[entry] = 0;
  }
}
