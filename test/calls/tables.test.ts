import { describe, expect, test } from 'vitest';
import { BranchTable } from '../../src/calls/branch-table.ts';
import { RecordTable } from '../../src/calls/record-table.ts';

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
  test('finds a record by its signature in its own chain alone', () => {
    const table = new RecordTable(2);
    const [a, b] = [table.pool.take(), table.pool.take()];
    table.signature[a] = 5;
    table.signature[b] = 6;
    table.pool.next[b] = a;
    expect([table.find(b, 5), table.find(b, 6), table.find(a, 6), table.find(b, 7)]).toEqual([
      a,
      b,
      0,
      0,
    ]);
  });
});
