import { slotOf } from './rows.ts';

/** Words of an entry, which lie together: its fields are looked at together. Its number is that of its first word. */
const LOW = 0;
const HIGH = 1;
const ATTEMPT = 2;
const NEXT = 3;
const PREV = 4;
/** The other entry of the attempt; of a free one, the next that is free. */
const OTHER = 5;
const WORDS = 6;

/** Each attempt may stand under its caller's and under its callee's number. */
const KEYS = 2;
/** Of all attempts few are in set-up at a time. */
const BUCKETS_PER_ATTEMPT = 0.25;

/** Two 64-bit keys: caller low, caller high, callee low, callee high. A low half of 0 is no key. */
export type SetupKeys = Int32Array;

/**
 * Attempts in set-up by where they went and a number they carry, so that the leg which a B2BUA then opens finds the one
 * it belongs to. Chains in both directions: no allocation, no walk to take an entry out. There is an entry for every key
 * of every attempt, so the pool is never empty; those of calls that are answered serve others.
 */
export class SetupIndex {
  readonly #words: Int32Array;
  /** First entry of the attempt, 0: none. */
  readonly #entry: Int32Array;
  readonly #heads: Int32Array;
  readonly #mask: number;
  #free = 0;
  #fresh = WORDS;

  constructor(capacity: number) {
    this.#words = new Int32Array((KEYS * capacity + 1) * WORDS);
    this.#entry = new Int32Array(capacity + 1);
    const buckets = 2 ** Math.ceil(Math.log2(Math.max(1, capacity * BUCKETS_PER_ATTEMPT)));
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
    const words = this.#words;
    let e = this.#entry[slotOf(a)] as number;
    if (e === 0) return;
    while (e !== 0) {
      this.#unlink(e);
      const other = words[e + OTHER] as number;
      words[e + OTHER] = this.#free;
      this.#free = e;
      e = other;
    }
    this.#entry[slotOf(a)] = 0;
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
    const words = this.#words;
    let found = known;
    let e = this.#heads[low & this.#mask] as number;
    for (; e !== 0; e = words[e + NEXT] as number) {
      if (words[e + LOW] !== low || words[e + HIGH] !== high) continue;
      const a = words[e + ATTEMPT] as number;
      if (a === self || a === found) continue;
      if (found !== 0) return -1;
      found = a;
    }
    return found;
  }

  #take(): number {
    const free = this.#free;
    if (free === 0) {
      const fresh = this.#fresh;
      this.#fresh += WORDS;
      return fresh;
    }
    this.#free = this.#words[free + OTHER] as number;
    return free;
  }

  #link(a: number, low: number, high: number): void {
    if (low === 0) return;
    const words = this.#words;
    const e = this.#take();
    const bucket = low & this.#mask;
    const head = this.#heads[bucket] as number;
    words[e + LOW] = low;
    words[e + HIGH] = high;
    words[e + ATTEMPT] = a;
    words[e + NEXT] = head;
    words[e + PREV] = 0;
    words[e + OTHER] = this.#entry[slotOf(a)] as number;
    if (head !== 0) words[head + PREV] = e;
    this.#heads[bucket] = e;
    this.#entry[slotOf(a)] = e;
  }

  #unlink(e: number): void {
    const words = this.#words;
    const next = words[e + NEXT] as number;
    const prev = words[e + PREV] as number;
    if (prev === 0) this.#heads[(words[e + LOW] as number) & this.#mask] = next;
    else words[prev + NEXT] = next;
    if (next !== 0) words[next + PREV] = prev;
  }
}
