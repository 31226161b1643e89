import { Pool } from './pool.ts';

/** Each attempt may stand under its caller's and under its callee's number. */
const KEYS = 2;

/** Two 64-bit keys: caller low, caller high, callee low, callee high. A low half of 0 is no key. */
export type SetupKeys = Int32Array;

/**
 * Attempts in set-up by where they went and a number they carry, so that the leg which a B2BUA then opens finds the one
 * it belongs to. Chains in both directions: no allocation, no walk to take an entry out. There is an entry for every key
 * of every attempt, so the pool is never empty; those of calls that are answered serve others.
 */
export class SetupIndex {
  readonly #pool: Pool;
  /** Entry of the attempt, 0: none; its second one is chained behind it in the pool. */
  readonly #entry: Int32Array;
  readonly #low: Int32Array;
  readonly #high: Int32Array;
  readonly #attempt: Int32Array;
  readonly #next: Int32Array;
  readonly #prev: Int32Array;
  readonly #heads: Int32Array;
  readonly #mask: number;

  constructor(capacity: number) {
    const size = KEYS * capacity + 1;
    this.#pool = new Pool(KEYS * capacity);
    this.#entry = new Int32Array(capacity + 1);
    this.#low = new Int32Array(size);
    this.#high = new Int32Array(size);
    this.#attempt = new Int32Array(size);
    this.#next = new Int32Array(size);
    this.#prev = new Int32Array(size);
    const buckets = 2 ** Math.ceil(Math.log2(capacity));
    this.#heads = new Int32Array(buckets);
    this.#mask = buckets - 1;
  }

  /** Puts attempt `a` under the two keys. What it stood under before is forgotten. */
  put(a: number, keys: SetupKeys): void {
    this.remove(a);
    for (let i = 0; i < KEYS; i++) {
      this.#link(a, keys[2 * i] as number, keys[2 * i + 1] as number);
    }
  }

  remove(a: number): void {
    const first = this.#entry[a] as number;
    if (first === 0) return;
    for (let e = first; e !== 0; e = this.#pool.next[e] as number) this.#unlink(e);
    this.#pool.release(first);
    this.#entry[a] = 0;
  }

  /** The one attempt other than `self` under either key: 0 when there is none, -1 when there are several. */
  single(self: number, keys: SetupKeys): number {
    let found = 0;
    for (let i = 0; i < KEYS && found >= 0; i++) {
      found = this.#search(self, keys[2 * i] as number, keys[2 * i + 1] as number, found);
    }
    return found;
  }

  #search(self: number, low: number, high: number, known: number): number {
    if (low === 0) return known;
    let found = known;
    let e = this.#heads[low & this.#mask] as number;
    for (; e !== 0; e = this.#next[e] as number) {
      if (this.#low[e] !== low || this.#high[e] !== high) continue;
      const a = this.#attempt[e] as number;
      if (a === self || a === found) continue;
      if (found !== 0) return -1;
      found = a;
    }
    return found;
  }

  #link(a: number, low: number, high: number): void {
    if (low === 0) return;
    const entry = this.#pool.take();
    this.#pool.next[entry] = this.#entry[a] as number;
    this.#entry[a] = entry;
    const bucket = low & this.#mask;
    const head = this.#heads[bucket] as number;
    this.#low[entry] = low;
    this.#high[entry] = high;
    this.#attempt[entry] = a;
    this.#next[entry] = head;
    this.#prev[entry] = 0;
    if (head !== 0) this.#prev[head] = entry;
    this.#heads[bucket] = entry;
  }

  #unlink(entry: number): void {
    const next = this.#next[entry] as number;
    const prev = this.#prev[entry] as number;
    if (prev === 0) this.#heads[(this.#low[entry] as number) & this.#mask] = next;
    else this.#next[prev] = next;
    if (next !== 0) this.#prev[next] = prev;
  }
}
