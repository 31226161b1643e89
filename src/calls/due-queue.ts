/** A Call-ID whose facts wait for their call. */
export interface Waiting {
  readonly key: number;
  /** Hash of the Call-ID. */
  readonly lo: number;
  readonly hi: number;
  /** ms since the epoch. */
  readonly due: number;
}

/** What waits, by key, first in, first out: all wait equally long, unless a reload changes how long. */
export class DueQueue {
  readonly #waiting = new Map<number, Waiting>();
  /** Nothing is due before this time, ms: the map is only walked when something is. */
  #nextDue = Number.POSITIVE_INFINITY;

  get size(): number {
    return this.#waiting.size;
  }

  keys(): Iterable<number> {
    return this.#waiting.keys();
  }

  has(key: number): boolean {
    return this.#waiting.has(key);
  }

  add(waiting: Waiting): void {
    this.#waiting.set(waiting.key, waiting);
    this.#nextDue = Math.min(this.#nextDue, waiting.due);
  }

  delete(key: number): void {
    this.#waiting.delete(key);
  }

  /** Takes the first out that is due; null when none is. */
  shift(now: number): Waiting | null {
    if (now < this.#nextDue) return null;
    const [first] = this.#waiting.values();
    this.#nextDue = first?.due ?? Number.POSITIVE_INFINITY;
    if (first === undefined || first.due > now) return null;
    this.#waiting.delete(first.key);
    return first;
  }
}
