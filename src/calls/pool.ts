/**
 * Fixed pool of slots, chained by `next`. Slot 0 is "none". Reserved whole at start and never resized: the kernel commits
 * the pages when they are first used. Slots are numbered 1, 2, 3, … or, where `next` is a column of rows, by their row's
 * first word: `stride`, 2 × `stride`, ….
 */
export class Pool {
  readonly capacity: number;
  readonly next: Int32Array;
  used = 0;
  readonly #stride: number;
  #free = 0;
  #fresh: number;

  constructor(capacity: number, next = new Int32Array(capacity + 1), stride = 1) {
    this.capacity = capacity;
    this.next = next;
    this.#stride = stride;
    this.#fresh = stride;
  }

  /** Highest slot that was ever taken. */
  get fresh(): number {
    return this.#fresh - this.#stride;
  }

  /** A slot with `next` 0, or 0 when the pool is full. Its other columns hold whatever the last user left. */
  take(): number {
    let slot = this.#free;
    if (slot !== 0) this.#free = this.next[slot] as number;
    else if (this.used < this.capacity) {
      slot = this.#fresh;
      this.#fresh += this.#stride;
    } else return 0;
    this.next[slot] = 0;
    this.used++;
    return slot;
  }

  /** Gives back every slot of the chain that begins at `head`. */
  release(head: number): void {
    let slot = head;
    while (slot !== 0) {
      const next = this.next[slot] as number;
      this.next[slot] = this.#free;
      this.#free = slot;
      this.used--;
      slot = next;
    }
  }
}
