import { describe, expect, test } from 'vitest';
import { BranchTable } from '../../src/calls/branch-table.ts';
import { RECORDS_PER_BLOCK, RecordTable } from '../../src/calls/record-table.ts';
import { ROUTES_MAX, Routes } from '../../src/calls/routes.ts';

describe('BranchTable', () => {
  test('tells transactions of one branch apart by CSeq, and chains by attempt', () => {
    const table = new BranchTable(3);
    const first = table.open(7, 1, 1, 0);
    const second = table.open(7, 2, 300, 5);
    table.pool.next[second] = first;
    expect(table.find(second, 7, 1)).toBe(first);
    expect(table.find(second, 7, 2)).toBe(second);
    expect(table.find(first, 7, 2)).toBe(0);
    expect(table.find(0, 7, 1)).toBe(0);
    expect(table.vias[second]).toBe(255);
  });

  test('a slot that is used again starts empty', () => {
    const table = new BranchTable(1);
    const b = table.open(1, 1, 1, 1);
    const { pool: _, ...columns } = table;
    const fresh = Object.values(columns).map((column) => column[b]);
    for (const column of Object.values(columns)) column[b] = 9;
    table.pool.release(b);
    expect(table.open(1, 1, 1, 1)).toBe(b);
    expect(Object.values(columns).map((column) => column[b])).toEqual(fresh);
    expect(table.open(1, 1, 1, 1)).toBe(0);
  });
});

describe('RecordTable', () => {
  /** Appends a record with this signature. */
  function append(table: RecordTable, chain: { head: number; count: number }, signature: number) {
    const r = table.take(chain.head, chain.count);
    if (r === 0) return 0;
    table.signature[r] = signature;
    chain.head = Math.floor(r / RECORDS_PER_BLOCK);
    chain.count++;
    return r;
  }

  test('finds each record by its signature, in its own chain alone', () => {
    const table = new RecordTable(9);
    const one = { head: 0, count: 0 };
    const other = { head: 0, count: 0 };
    for (let i = 1; i <= 10; i++) {
      const mine = append(table, one, i);
      const theirs = append(table, other, 100 + i);
      for (const [chain, signature, r] of [
        [one, i, mine] as const,
        [other, 100 + i, theirs] as const,
      ])
        expect(table.find(chain.head, chain.count, signature)).toBe(r);
      expect(table.find(one.head, one.count, 100 + i)).toBe(0);
      expect(table.find(one.head, one.count, i + 1)).toBe(0);
    }
    for (let i = 1; i <= 10; i++) {
      const r = table.find(one.head, one.count, i);
      expect(table.signature[r]).toBe(i);
    }
    expect(table.pool.used).toBe(8);
    table.pool.release(one.head);
    expect(table.pool.used).toBe(4);
  });

  test('a block that is used again shows nothing of its last user', () => {
    const table = new RecordTable(1);
    const first = { head: 0, count: 0 };
    for (let i = 1; i <= 3; i++) append(table, first, i);
    expect(append(table, first, 4)).toBe(0);
    table.pool.release(first.head);
    const second = { head: 0, count: 0 };
    append(table, second, 9);
    expect(table.find(second.head, second.count, 2)).toBe(0);
    expect(table.find(0, 0, 9)).toBe(0);
  });

  test.each([
    { method: 1, status: 0, reversed: false, route: 1 },
    { method: 14, status: 699, reversed: true, route: 65_535 },
    { method: 0, status: 100, reversed: true, route: 7 },
  ])('keeps %o', (message) => {
    const table = new RecordTable(1);
    const r = append(table, { head: 0, count: 0 }, 5);
    table.write(r, message.method, message.status, message.reversed, message.route);
    expect(table.read(r)).toEqual(message);
  });
});

describe('Routes', () => {
  test('numbers pairs whatever their order, and begins anew when full', () => {
    const routes = new Routes();
    expect([routes.intern(1, 2), routes.intern(2, 1), routes.intern(0, 65_535)]).toEqual([1, 1, 2]);
    expect(routes.endsOf(2)).toEqual([0, 65_535]);
    for (let i = 3; i <= ROUTES_MAX; i++) expect(routes.intern(40_000, i)).toBe(i);
    expect(routes.overflow).toBe(0);
    expect(routes.intern(50_000, 50_001)).toBe(1);
    expect(routes.overflow).toBe(1);
    expect(routes.intern(40_000, 3)).toBe(2);
  });
});
