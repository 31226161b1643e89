import { describe, expect, test } from 'vitest';
import { DEFAULTS } from '../../src/config/schema.ts';
import { engineOptions } from '../../src/engine-options.ts';
import { layoutFor } from '../../src/metric-layout.ts';
import { Bank } from '../../src/outputs/bank.ts';
import { CarriedCounters } from '../../src/outputs/carried.ts';
import type { MetricName } from '../../src/outputs/metric-table.ts';
import type { Snapshot } from '../../src/outputs/recorder.ts';

const options = engineOptions(DEFAULTS, 'test');
const peer = { name: 'trunk', role: 'carrier', ranges: [] } as const;
const layout = layoutFor(options);

type Cells = Readonly<Record<string, number>>;

/** As an engine would have it: cells by metric and labels. */
function snapshot(cells: Cells, at = layout): Snapshot {
  const bank = new Bank(at);
  for (const [key, value] of Object.entries(cells)) {
    const [name = '', ...labels] = key.split(' ');
    bank.set(bank.cell(name as MetricName, ...labels), value);
  }
  return { layoutId: at.id, cells: bank.copy(), exemplars: [] };
}

function shown(of: Snapshot, keys: Iterable<string>, at = layout): Cells {
  const bank = new Bank(at);
  return Object.fromEntries(
    [...keys].map((key) => {
      const [name = '', ...labels] = key.split(' ');
      return [key, of.cells[bank.cell(name as MetricName, ...labels)] ?? 0];
    }),
  );
}

const STARTED = 'callfate_attempts_started_total';
const ACTIVE = 'callfate_attempts_active';
const LOST = 'callfate_attempts_ended_total unknown lost observer_stopped unknown';
const OPENED = 'callfate_calls_opened_total';
const CLOSED = 'callfate_calls_closed_total';
const OPEN = 'callfate_calls_open';
const RUNNING = 'callfate_capture_running';
const RUN: Cells = {
  [STARTED]: 9,
  [ACTIVE]: 2,
  [LOST]: 7,
  [OPENED]: 5,
  [CLOSED]: 3,
  [OPEN]: 2,
  [RUNNING]: 1,
};
const KEYS = Object.keys(RUN);

describe('counters of engines that died', () => {
  test('nothing is added before one did', () => {
    const carried = new CarriedCounters(layout);
    expect(shown(carried.add(snapshot(RUN)), KEYS)).toEqual(RUN);
    expect(shown(carried.add(snapshot(RUN)), KEYS)).toEqual(RUN);
  });

  test('none goes back, gauges are those of the one that runs, and both laws hold', () => {
    const carried = new CarriedCounters(layout);
    carried.add(snapshot(RUN));
    carried.carry();
    const first = {
      [STARTED]: 9,
      [ACTIVE]: 0,
      [LOST]: 9,
      [OPENED]: 5,
      [CLOSED]: 5,
      [OPEN]: 0,
      [RUNNING]: 0,
    };
    expect(shown(carried.add(snapshot({})), KEYS)).toEqual(first);
    expect(shown(carried.add(snapshot({ [STARTED]: 1, [ACTIVE]: 1 })), KEYS)).toEqual({
      ...first,
      [STARTED]: 10,
      [ACTIVE]: 1,
    });
    carried.carry();
    // One that died before anybody asked it.
    carried.carry();
    expect(shown(carried.add(snapshot({})), KEYS)).toEqual({ ...first, [STARTED]: 10, [LOST]: 10 });
  });

  test('over a reload', () => {
    const carried = new CarriedCounters(layout);
    carried.add(snapshot(RUN));
    carried.carry();
    const next = layoutFor({ ...options, peers: [peer] });
    carried.relayout(next);
    expect(shown(carried.add(snapshot({ [STARTED]: 1 }, next)), [STARTED, LOST], next)).toEqual({
      [STARTED]: 10,
      [LOST]: 9,
    });
    const late = snapshot(RUN);
    expect(carried.add(late)).toBe(late);
  });
});
