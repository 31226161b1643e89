import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AttemptTable } from '../../src/calls/attempt-table.ts';
import { slotOf } from '../../src/calls/rows.ts';

const CAPACITY = 10;

/** Hashes that share few home slots of the 32 (capacity 10), the last ones wrapping round the end. */
const lo = fc.constantFrom(0, 32, 1, 33, 30, 31, 63, 95, -1, -33, 5);
const step = fc.oneof(
  {
    arbitrary: fc.record({ op: fc.constant('open' as const), lo, pick: fc.nat(), hi: fc.nat(2) }),
    weight: 3,
  },
  {
    arbitrary: fc.record({ op: fc.constant('close' as const), lo, pick: fc.nat(), hi: fc.nat(2) }),
    weight: 2,
  },
);

/** The table beside a map of open attempts to their hashes, in order of opening. */
class Pair {
  readonly #table = new AttemptTable(CAPACITY);
  readonly #open = new Map<number, number>();

  open(lo: number, hi: number): void {
    const a = this.#table.open(lo, hi);
    expect(a === 0).toBe(this.#open.size === CAPACITY);
    expect(this.#open.has(a)).toBe(false);
    if (a !== 0) this.#open.set(a, lo);
  }

  close(pick: number): void {
    if (this.#open.size === 0) return;
    const a = [...this.#open.keys()][pick % this.#open.size] ?? 0;
    this.#table.close(a);
    this.#open.delete(a);
  }

  check(lo: number): void {
    expect(this.#table.ages.oldest).toBe([...this.#open.keys()][0] ?? 0);
    expect(this.#table.pool.used).toBe(this.#open.size);
    for (const hash of new Set([lo, ...this.#open.values()])) {
      const expected = [...this.#open].flatMap(([a, own]) => (own === hash ? [a] : []));
      expect(this.#probe(hash).sort((x, y) => x - y)).toEqual(expected.sort((x, y) => x - y));
    }
  }

  /** Attempts that the index finds under a hash, by walking its probe sequence as a look-up does. */
  #probe(lo: number): number[] {
    const found: number[] = [];
    let slot = this.#table.probe(lo);
    let a = this.#table.candidate(slot);
    for (; a !== 0; a = this.#table.candidate(++slot)) {
      if (this.#table.hashLo[a] === lo) found.push(a);
    }
    return found;
  }
}

describe('AttemptTable', () => {
  test('finds every open attempt and no closed one, oldest first out', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const pair = new Pair();
        for (const { op, lo, hi, pick } of steps) {
          if (op === 'open') pair.open(lo, hi);
          else pair.close(pick);
          pair.check(lo);
        }
      }),
      { numRuns: 400 },
    );
  });

  test('a slot that is used again starts empty', () => {
    const table = new AttemptTable(1);
    const a = table.open(1, 2);
    const fresh = snapshot(table, a);
    for (const column of columns(table)) column[placeIn(column, a)] = 7;
    table.mark(a, 3, 42);
    table.hashLo[a] = 1;
    table.close(a);
    expect(table.open(1, 2)).toBe(a);
    expect(snapshot(table, a)).toEqual(fresh);
  });

  test('no column lies upon another, nor upon a neighbour', () => {
    const table = new AttemptTable(3);
    const attempts = [table.open(1, 2), table.open(1, 2), table.open(1, 2)];
    for (const a of attempts) {
      for (const [i, column] of columns(table).entries()) column[placeIn(column, a)] = a + i;
      for (let moment = 0; moment <= 10; moment++) table.mark(a, moment, 1000 + a + moment);
    }
    for (const a of attempts) {
      const read = columns(table).map((column) => column[placeIn(column, a)]);
      expect(read).toEqual(read.map((_, i) => a + i));
      for (let moment = 0; moment <= 10; moment++) {
        expect(table.moment(a, moment)).toBe(1000 + a + moment);
      }
    }
    expect(new Set(attempts.map((a) => table.extra(a))).size).toBe(3);
  });

  test('keeps the first sighting of a moment', () => {
    const table = new AttemptTable(1);
    const a = table.open(1, 2);
    table.startedAt[slotOf(a)] = 1000;
    expect(table.momentAt(a, 0)).toBeNull();
    table.mark(a, 0, 25);
    table.mark(a, 0, 7);
    expect(table.momentAt(a, 0)).toBe(1002.5);
    table.unmark(a, 0);
    expect(table.momentAt(a, 0)).toBeNull();
  });
});

type Column = Uint8Array | Int32Array | Float32Array | Float64Array;

function columns(table: AttemptTable): Column[] {
  return Object.values(table).filter((value): value is Column => ArrayBuffer.isView(value));
}

/** Columns of the rows begin within their array and go by number; the others go by slot. */
function placeIn(column: Column, a: number): number {
  return column.byteOffset > 0 ? a : slotOf(a);
}

function snapshot(table: AttemptTable, a: number): (number | null | undefined)[] {
  return [
    ...columns(table).map((column) => column[placeIn(column, a)]),
    ...[0, 1, 2, 3, 8].map((m) => table.momentAt(a, m)),
  ];
}
