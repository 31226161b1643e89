import { Bank, type Layout, sumCells } from './bank.ts';
import { type Snapshot, unjudgedCell } from './recorder.ts';

/**
 * What engines that died had counted, so that no counter goes back when another one takes over. What was counted since
 * the last scrape is not known. Attempts and calls that were in progress then have ended: lost, with their observer.
 */
export class CarriedCounters {
  readonly #base: Bank;
  /** As shown last. */
  readonly #shown: Bank;

  constructor(layout: Layout) {
    this.#base = new Bank(layout);
    this.#shown = new Bank(layout);
  }

  /** A snapshot of the engine that runs, with what those before it had counted. */
  add(snapshot: Snapshot): Snapshot {
    // Between a reload here and there nothing is shown.
    if (snapshot.layoutId !== this.#base.layout.id) return snapshot;
    const cells = sumCells(snapshot.cells, this.#base.cells);
    this.#shown.cells.set(cells);
    return { ...snapshot, cells };
  }

  /** The engine died. */
  carry(): void {
    const base = this.#base;
    base.cells.set(this.#shown.cells);
    const take = (name: 'callfate_attempts_active' | 'callfate_calls_open'): number =>
      base.cells[base.cell(name)] ?? 0;
    base.add(unjudgedCell(base), take('callfate_attempts_active'));
    base.add(base.cell('callfate_calls_closed_total'), take('callfate_calls_open'));
    for (const { definition, base: first, seriesCount, width } of base.layout.families) {
      if (definition.type === 'gauge') base.cells.fill(0, first, first + seriesCount * width);
    }
    this.#shown.cells.set(base.cells);
  }

  relayout(next: Layout): void {
    this.#base.relayout(next);
    this.#shown.relayout(next);
  }
}
