/** Events remembered by their ids, so that one that is sent again counts once. */
export const EVENT_IDS_MAX = 65_536;

/** Hashes of the ids of the last events, the oldest forgotten first. */
export class EventIds {
  readonly #ids = new Set<number>();
  /** In order of arrival: a set would have to be walked for its oldest. Made with the first event. */
  #ring: Float64Array | null = null;
  #next = 0;

  has(id: number): boolean {
    return this.#ids.has(id);
  }

  /** True when the oldest had to be forgotten for it. */
  add(id: number): boolean {
    this.#ring ??= new Float64Array(EVENT_IDS_MAX);
    const full = this.#ids.size >= EVENT_IDS_MAX;
    if (full) this.#ids.delete(this.#ring[this.#next] as number);
    this.#ring[this.#next] = id;
    this.#next = (this.#next + 1) % EVENT_IDS_MAX;
    this.#ids.add(id);
    return full;
  }
}
