import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BRANCH_FLAG, BranchTable } from '../../src/calls/branch-table.ts';
import { RecordTable, VIAS_MAX } from '../../src/calls/record-table.ts';
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
    expect(table.vias(second)).toBe(255);
  });

  test('a slot that is used again starts empty', () => {
    const table = new BranchTable(1);
    const shown = (b: number) => {
      const { hash, cseq, sentBy, toTag, startedAt, endedAt } = table;
      const columns = [hash, cseq, sentBy, toTag, startedAt, endedAt].map((column) => column[b]);
      const flags = Object.values(BRANCH_FLAG).map((flag) => table.has(b, flag));
      const peers = [table.source(b), table.target(b)];
      return [columns, flags, peers, table.status(b), table.provisional(b), table.vias(b)];
    };
    const b = table.open(1, 1, 1, 1);
    const fresh = shown(b);
    for (const column of [table.sentBy, table.toTag, table.endedAt]) column[b] = 9;
    for (const flag of Object.values(BRANCH_FLAG)) table.raise(b, flag);
    table.setPeers(b, 0xffff, 0xfffe);
    table.setStatus(b, 699);
    table.progressed(b, 199);
    table.setVias(b, 7);
    expect(shown(b)).toEqual([
      [1, 1, 9, 9, 1, 9],
      Object.values(BRANCH_FLAG).map(() => true),
      [0xffff, 0xfffe],
      699,
      199,
      7,
    ]);
    table.pool.release(b);
    expect(table.open(1, 1, 1, 1)).toBe(b);
    expect(shown(b)).toEqual(fresh);
    expect(table.open(1, 1, 1, 1)).toBe(0);
  });
});

describe('fields of a branch that share a word', () => {
  const half = fc.integer({ min: 0, max: 0xffff });
  const flags = fc.subarray(Object.values(BRANCH_FLAG));

  test('do not touch each other, nor the next branch', () => {
    fc.assert(
      fc.property(
        fc.record({
          peers: fc.tuple(half, half),
          status: fc.integer({ min: 100, max: 699 }),
          provisional: fc.integer({ min: 100, max: 199 }),
          vias: fc.integer({ min: 0, max: 255 }),
          flags,
        }),
        (wanted) => {
          const table = new BranchTable(3);
          const [before, b, behind] = [1, 2, 3].map((hash) => table.open(hash, 1, 5, 0)) as [
            number,
            number,
            number,
          ];
          table.setStatus(b, 487);
          for (const flag of wanted.flags) table.raise(b, flag);
          table.setPeers(b, ...wanted.peers);
          table.setVias(b, wanted.vias);
          table.setStatus(b, wanted.status);
          table.progressed(b, wanted.provisional);
          table.progressed(b, 100);
          expect({
            peers: [table.source(b), table.target(b)],
            status: table.status(b),
            provisional: table.provisional(b),
            vias: table.vias(b),
            flags: Object.values(BRANCH_FLAG).filter((flag) => table.has(b, flag)),
          }).toEqual(wanted);
          for (const other of [before, behind]) {
            expect([table.source(other), table.target(other), table.status(other)]).toEqual([
              0, 0, 0,
            ]);
            expect([table.provisional(other), table.vias(other)]).toEqual([0, 5]);
          }
        },
      ),
    );
  });
});

describe('RecordTable', () => {
  interface Chain {
    head: number;
    count: number;
  }

  const MESSAGE = { method: 1, status: 0, vias: 1, units: 0, route: 1, reversed: false, tap: 0 };

  /** Signatures that differ where they count. */
  const signature = (i: number) => i << 4;

  /** Appends a record with this signature; 0: there was no room. */
  function append(table: RecordTable, chain: Chain, i: number, message = MESSAGE): number {
    const r = table.take(chain.head, chain.count);
    if (r === 0) return 0;
    const { method, status, vias, units, route, reversed, tap } = message;
    table.write(r, signature(i), method, status, vias);
    table.travelled(r, units, route, reversed, tap);
    chain.head = table.blockOf(r);
    chain.count++;
    return r;
  }

  function find(
    table: RecordTable,
    { head, count }: Chain,
    i: number,
    { method, status } = MESSAGE,
  ) {
    return table.find(head, count, signature(i), method, status);
  }

  test('finds each record by its signature, in its own chain alone', () => {
    const table = new RecordTable(9);
    const one = { head: 0, count: 0 };
    const other = { head: 0, count: 0 };
    const mine = [0];
    for (let i = 1; i <= 10; i++) {
      mine.push(append(table, one, i));
      const theirs = append(table, other, 100 + i);
      expect(find(table, one, i)).toBe(mine[i]);
      expect(find(table, other, 100 + i)).toBe(theirs);
      expect(find(table, one, 100 + i)).toBe(0);
      expect(find(table, one, i + 1)).toBe(0);
    }
    for (let i = 1; i <= 10; i++) expect(find(table, one, i)).toBe(mine[i]);
    expect(table.pool.used).toBe(8);
    table.pool.release(one.head);
    expect(table.pool.used).toBe(4);
  });

  test('tells methods and statuses apart under one signature', () => {
    const table = new RecordTable(2);
    const chain = { head: 0, count: 0 };
    const kinds = [
      { ...MESSAGE, method: 0 },
      { ...MESSAGE, method: 14, vias: VIAS_MAX },
      { ...MESSAGE, method: 1, status: 100 },
      { ...MESSAGE, method: 1, status: 699 },
    ];
    const records = kinds.map((kind) => append(table, chain, -1, kind));
    expect(kinds.map((kind) => find(table, chain, -1, kind))).toEqual(records);
    expect(find(table, chain, -1, { ...MESSAGE, method: 14, status: 100 })).toBe(0);
    expect(find(table, chain, -1, MESSAGE)).toBe(0);
  });

  test('a block that is used again shows nothing of its last user', () => {
    const table = new RecordTable(1);
    const first = { head: 0, count: 0 };
    for (let i = 1; i <= 3; i++) append(table, first, i, { ...MESSAGE, status: 699 });
    table.repeated(first.head);
    expect(append(table, first, 4)).toBe(0);
    table.pool.release(first.head);
    const second = { head: 0, count: 0 };
    const r = append(table, second, 9);
    expect(find(table, second, 2, { ...MESSAGE, status: 699 })).toBe(0);
    expect(find(table, { head: 0, count: 0 }, 9)).toBe(0);
    expect([table.repeats(r), table.vias(r + 1), table.read(r + 1).status]).toEqual([0, 0, 0]);
  });

  test.each([
    { method: 1, status: 0, units: 0, reversed: false, route: 1, tap: 0, vias: 1 },
    { method: 14, status: 699, units: -1, reversed: true, route: 65_535, tap: 255, vias: 0 },
    { method: 0, status: 100, units: 1, reversed: true, route: 7, tap: 128, vias: 0 },
    { method: 3, status: 0, units: 2 ** 29 - 1, reversed: true, route: 1, tap: 1, vias: VIAS_MAX },
    { method: 3, status: 200, units: -(2 ** 29), reversed: false, route: 1, tap: 1, vias: 0 },
  ])('keeps %o, whatever is next to it', (message) => {
    const table = new RecordTable(3);
    const chain = { head: 0, count: 0 };
    const seen: number[] = [];
    const other = { ...MESSAGE, method: 9, status: 401, units: 5, route: 513, tap: 77, vias: 0 };
    const at = (i: number) => (i % 2 === 0 ? message : other);
    for (let i = 0; i < 9; i++) seen.push(append(table, chain, i, at(i)));
    table.repeated(seen[4] as number);
    for (let i = 0; i < 300; i++) table.repeated(seen[5] as number);
    for (const [i, r] of table.list(chain.head, chain.count).entries()) {
      const { tap, vias, units, ...rest } = at(i);
      expect(r).toBe(seen[i]);
      expect(table.read(r)).toEqual(rest);
      expect([table.at(r), table.tap(r), table.vias(r)]).toEqual([units, tap, vias]);
      expect(table.repeats(r)).toBe([0, 0, 0, 0, 1, 255][i] ?? 0);
      expect(find(table, chain, i, at(i))).toBe(r);
    }
  });

  test('a time far from the start is kept to four units, in order', () => {
    const far = [-0x7fffffff, -(2 ** 29) - 1, -(2 ** 29), 2 ** 29 - 1, 2 ** 29, 2 ** 29 + 7];
    for (const reversed of [false, true]) {
      const table = new RecordTable(3);
      const chain = { head: 0, count: 0 };
      const times = [...far, 0x7fffffff].map((units) => {
        const r = append(table, chain, 1, { ...MESSAGE, units, reversed });
        expect([0, 1, 2, 3]).toContain(units - table.at(r));
        expect(table.read(r).reversed).toBe(reversed);
        return table.at(r);
      });
      expect(times).toEqual(times.toSorted((one, other) => one - other));
    }
  });

  test('counts the Vias of a request to its bound', () => {
    const table = new RecordTable(1);
    const r = append(table, { head: 0, count: 0 }, 5, { ...MESSAGE, vias: 200 });
    expect(table.vias(r)).toBe(VIAS_MAX);
    expect(table.read(r).status).toBe(0);
    expect(table.vias(r + 1)).toBe(0);
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
