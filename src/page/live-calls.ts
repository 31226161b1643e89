import type { CallRow } from '../api/call-row.ts';

/** Calls that the table of calls shows. */
const ROWS_MAX = 50;

/** Calls that ended while the page was open, the newest first. */
export class LiveCalls {
  readonly #rows: CallRow[] = [];
  #waiting: CallRow[] = [];
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

  /** Calls from before the page was opened. */
  begin(rows: readonly CallRow[]): void {
    const known = new Set(this.#rows.map(({ id }) => id));
    this.#rows.push(...rows.filter(({ id }) => !known.has(id)));
    this.#rows.length = Math.min(this.#rows.length, ROWS_MAX);
    this.#drawn();
  }

  add(row: CallRow): void {
    if (this.#paused) {
      this.#waiting.unshift(row);
      this.#waiting.length = Math.min(this.#waiting.length, ROWS_MAX);
    } else {
      if (this.#rows.some(({ id }) => id === row.id)) return;
      this.#rows.unshift(row);
      this.#rows.length = Math.min(this.#rows.length, ROWS_MAX);
    }
    this.#drawn();
  }

  toggle(): void {
    this.#paused = !this.#paused;
    if (!this.#paused) {
      this.#rows.unshift(...this.#waiting);
      this.#rows.length = Math.min(this.#rows.length, ROWS_MAX);
      this.#waiting = [];
    }
    this.#drawn();
  }
}
