import type { CallRow } from '../api/call-row.ts';

/** Calls that the table of calls shows. */
const ROWS_MAX = 50;

/** The calls that ended last, the newest first. */
export class LiveCalls {
  #rows: readonly CallRow[] = [];
  #waiting: readonly CallRow[] = [];
  #paused = false;
  #drawn: () => void = () => undefined;

  get rows(): readonly CallRow[] {
    return this.#rows;
  }

  get paused(): boolean {
    return this.#paused;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** What is called when there is something new to draw. */
  onChange(draw: () => void): void {
    this.#drawn = draw;
  }

  /** Calls in any order, known ones among them. While it is paused, new ones wait. */
  add(...rows: readonly CallRow[]): void {
    if (this.#paused) {
      const shown = new Set(this.#rows.map(({ id }) => id));
      this.#waiting = newest([...rows.filter(({ id }) => !shown.has(id)), ...this.#waiting]);
    } else {
      this.#rows = newest([...rows, ...this.#rows]);
    }
    this.#drawn();
  }

  toggle(): void {
    this.#paused = !this.#paused;
    if (!this.#paused) {
      this.#rows = newest([...this.#waiting, ...this.#rows]);
      this.#waiting = [];
    }
    this.#drawn();
  }
}

/** Each call once, by when it ended; of those that ended at once, the first given is first. */
function newest(rows: readonly CallRow[]): readonly CallRow[] {
  const once = new Map(rows.map((row) => [row.id, row]));
  return [...once.values()]
    .sort((a, b) => Date.parse(b.endedAt) - Date.parse(a.endedAt))
    .slice(0, ROWS_MAX);
}
