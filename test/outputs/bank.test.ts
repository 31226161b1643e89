import { describe, expect, test } from 'vitest';
import { Bank, createLayout, seriesLabels, sumCells } from '../../src/outputs/bank.ts';
import { labelNames, METRICS } from '../../src/outputs/metric-table.ts';
import { INPUT } from './fixtures.ts';

describe('layout', () => {
  test('is the same on both threads', () => {
    const a = createLayout(INPUT);
    const b = createLayout(structuredClone(INPUT));
    expect(b.id).toBe(a.id);
    expect(b.cellCount).toBe(a.cellCount);
    expect(b.families).toEqual(a.families);
  });

  test.each([
    ['a peer is renamed', { peers: ['other', 'carrier-b', INPUT.peers[2] ?? ''] }],
    ['a status is added', { finalStatuses: [...INPUT.finalStatuses, 604] }],
    ['a tuple changes', { tuples: INPUT.tuples.slice(1) }],
    ['the version changes', { version: '1.2.4' }],
  ])('has another id when %s', (_, change) => {
    expect(createLayout({ ...INPUT, ...change }).id).not.toBe(createLayout(INPUT).id);
  });

  test('gives every series cells of its own and leaves none over', () => {
    const layout = createLayout(INPUT);
    const owners = new Uint8Array(layout.cellCount);
    for (const { base, width, seriesCount } of layout.families) {
      for (let cell = base; cell < base + width * seriesCount; cell++) {
        owners[cell] = (owners[cell] ?? 0) + 1;
      }
    }
    expect(owners.every((count) => count === 1)).toBe(true);
  });

  test('finds each series under its own labels', () => {
    const layout = createLayout(INPUT);
    const bank = new Bank(layout);
    for (const { name } of METRICS) {
      const family = layout.family(name);
      for (let series = 0; series < family.seriesCount; series++) {
        const labels = seriesLabels(family, series);
        expect(labels).toHaveLength(labelNames(family.definition).length);
        expect(bank.cell(name, ...labels)).toBe(family.base + series * family.width);
      }
    }
  });

  test('keeps the values of a last label side by side, in the order of the set', () => {
    const bank = new Bank(createLayout(INPUT));
    const bye = bank.cell('callfate_orphans_total', 'bye');
    expect(bank.cell('callfate_orphans_total', 'other')).toBe(bye + 5);
  });

  test.each([
    ['peers without other', { peers: ['carrier-a'] }, 'index 0 must be other'],
    ['a repeated peer', { peers: ['other', 'a', 'a'] }, 'the values of peer repeat'],
    ['a repeated status', { finalStatuses: [200, 200] }, 'the values of status repeat'],
    ['no peers', { peers: [] }, 'index 0 must be other'],
  ])('refuses %s', (_, change, message) => {
    expect(() => createLayout({ ...INPUT, ...change })).toThrow(message);
  });
});

describe('bank', () => {
  test('adds, sets and copies', () => {
    const bank = new Bank(createLayout(INPUT));
    const started = bank.cell('callfate_attempts_started_total');
    const active = bank.cell('callfate_attempts_active');
    bank.add(started);
    bank.add(started, 2);
    bank.set(active, 7);
    bank.set(active, 5);
    const copy = bank.copy();
    bank.add(started);
    expect([copy[started], copy[active], bank.cells[started]]).toEqual([3, 5, 4]);
  });

  test.each([
    ['an unknown value', ['nonsense']],
    ['a missing label', []],
    ['a label too many', ['bye', 'bye']],
  ])('has no cell for %s', (_, labels) => {
    const bank = new Bank(createLayout(INPUT));
    expect(() => bank.cell('callfate_orphans_total', ...labels)).toThrow(
      `callfate_orphans_total{signal} has no series (${labels.join(', ')})`,
    );
  });

  test('counts an observation in the first bucket that holds it', () => {
    const layout = createLayout(INPUT);
    const bank = new Bank(layout);
    const cell = bank.cell('callfate_talk_seconds', 'inbound');
    const buckets = layout.family('callfate_talk_seconds').definition.buckets;
    const first = buckets[0] ?? 0;
    const last = buckets.at(-1) ?? 0;
    for (const seconds of [0, first, first + 0.5, last, last + 1]) bank.observe(cell, seconds);
    const counts = Array.from(bank.cells.subarray(cell, cell + buckets.length + 2));
    const sum = 2 * first + 2 * last + 1.5;
    expect(counts).toEqual([2, 1, ...new Array(buckets.length - 3).fill(0), 1, sum, 5]);
  });

  test.each([Number.NaN, -1, Number.POSITIVE_INFINITY])(
    'leaves out a duration of %d',
    (seconds) => {
      const bank = new Bank(createLayout(INPUT));
      bank.observe(bank.cell('callfate_talk_seconds', 'inbound'), seconds);
      expect(bank.cells.every((value) => value === 0)).toBe(true);
    },
  );

  test('refuses to observe in a cell where no histogram begins', () => {
    const bank = new Bank(createLayout(INPUT));
    const cell = bank.cell('callfate_talk_seconds', 'inbound');
    expect(() => bank.observe(cell + 1, 1)).toThrow('no histogram');
    expect(() => bank.observe(bank.cell('callfate_attempts_active'), 1)).toThrow('no histogram');
  });

  test('sums the cells of two threads', () => {
    const [engine, edge] = [new Bank(createLayout(INPUT)), new Bank(createLayout(INPUT))];
    const frames = engine.cell('callfate_input_frames_total', 'websocket');
    engine.add(frames, 2);
    edge.add(frames, 3);
    expect(sumCells(engine.cells, edge.cells)[frames]).toBe(5);
    expect(engine.cells[frames]).toBe(2);
  });
});

describe('a reload of the peers', () => {
  const before = INPUT;
  const after = { ...INPUT, peers: ['other', 'new', 'carrier-a', 'newer'] };

  test('keeps the cells of every family without a peer label', () => {
    const [a, b] = [createLayout(before), createLayout(after)];
    for (const { name, axes } of METRICS) {
      if (axes.some((axis) => axis.reloadable)) continue;
      expect(b.family(name).base, name).toBe(a.family(name).base);
    }
  });

  test('keeps the counts of the peers that stay and starts new ones at 0', () => {
    const bank = new Bank(createLayout(before));
    const ended = 'callfate_peer_attempts_ended_total';
    const labels = ['outbound', 'busy'];
    const talk = bank.cell('callfate_talk_seconds', 'inbound');
    for (const [count, peer] of before.peers.entries()) {
      bank.add(bank.cell(ended, peer, ...labels), count + 1);
    }
    bank.observe(talk, 4);
    const kept = Array.from(bank.cells.subarray(talk, talk + 16));

    bank.relayout(createLayout(after));

    const counts = after.peers.map((peer) => bank.cells[bank.cell(ended, peer, ...labels)]);
    expect(counts).toEqual([1, 0, 2, 0]);
    expect(Array.from(bank.cells.subarray(talk, talk + 16))).toEqual(kept);
    bank.observe(talk, 4);
    expect(bank.cells.reduce((sum, value) => sum + value, 0)).toBe(1 + 2 + 2 * (1 + 4 + 1));
  });
});
