/** Each bucket is this much longer than the one before: so exact are the percentiles. */
const STEP = 1.01;
/** The first bucket holds everything up to this, seconds; the last everything from two days on. */
const SHORTEST = 0.001;
const BUCKETS = Math.ceil(Math.log(172_800 / SHORTEST) / Math.log(STEP));

/** Durations of any number of calls in fixed memory. Mean and maximum are exact, percentiles to one in a hundred. */
export class Durations {
  count = 0;
  max = 0;
  #sum = 0;
  readonly #buckets = new Float64Array(BUCKETS + 1);

  add(seconds: number): void {
    this.count++;
    this.#sum += seconds;
    this.max = Math.max(this.max, seconds);
    const at = Math.ceil(Math.log(Math.max(seconds, SHORTEST) / SHORTEST) / Math.log(STEP));
    const i = Math.min(at, BUCKETS);
    this.#buckets[i] = (this.#buckets[i] as number) + 1;
  }

  /** Seconds; null without any duration. */
  get mean(): number | null {
    return this.count === 0 ? null : this.#sum / this.count;
  }

  /** The duration that a share `p` of all does not exceed, seconds; null without any. */
  percentile(p: number): number | null {
    let left = Math.ceil(p * this.count);
    if (left === 0) return null;
    for (let i = 0; i <= BUCKETS; i++) {
      left -= this.#buckets[i] as number;
      if (left <= 0) return Math.min(SHORTEST * STEP ** i, this.max);
    }
    return this.max;
  }
}
