import { describe, expect, test } from 'vitest';
import { DIRECTIONS } from '../../src/classify/outcome.ts';
import { Bank, createLayout, seriesLabels } from '../../src/outputs/bank.ts';
import type { MetricName } from '../../src/outputs/metric-table.ts';
import { CallRecorder } from '../../src/outputs/recorder.ts';
import { evidence, INPUT, verdict } from './fixtures.ts';

function setUp() {
  const bank = new Bank(createLayout(INPUT));
  return { bank, recorder: new CallRecorder(bank) };
}

/** Every series of a family that is not 0, as `label,label` → value (for a histogram: its count). */
function counted(bank: Bank, name: MetricName): Record<string, number> {
  const family = bank.layout.family(name);
  const series: Record<string, number> = {};
  for (let index = 0; index < family.seriesCount; index++) {
    const value = bank.cells[family.base + (index + 1) * family.width - 1] ?? 0;
    if (value !== 0) series[seriesLabels(family, index).join()] = value;
  }
  return series;
}

describe('an ended attempt', () => {
  test('counts once under its tuple and once under its peer', () => {
    const { bank, recorder } = setUp();
    recorder.attemptEnded(verdict(), 1);
    expect(counted(bank, 'callfate_attempts_ended_total')).toEqual({
      'outbound,unreachable,no_circuit,carrier': 1,
    });
    expect(counted(bank, 'callfate_peer_attempts_ended_total')).toEqual({
      'carrier-a,outbound,unreachable': 1,
    });
    expect(counted(bank, 'callfate_ratio_attempts_total')).toEqual({
      'carrier-a,outbound,decided': 1,
      'carrier-a,outbound,reached': 1,
      'carrier-a,outbound,not_redirected': 1,
      'carrier-a,outbound,ineffective': 1,
      'carrier-a,outbound,failed': 1,
    });
    expect(bank.cells.reduce((sum, value) => sum + value, 0)).toBe(7);
  });

  test('is told apart by direction and reason', () => {
    const { bank, recorder } = setUp();
    for (const direction of DIRECTIONS) {
      for (const tuple of INPUT.tuples) recorder.attemptEnded(verdict({ direction, ...tuple }), 0);
    }
    const series = Object.values(counted(bank, 'callfate_attempts_ended_total'));
    expect(series).toEqual(new Array(15).fill(1));
    expect(counted(bank, 'callfate_peer_attempts_ended_total')).toMatchObject({
      'other,inbound,completed': 1,
      'other,unknown,unreachable': 2,
    });
  });

  test.each([-1, 3, 1000])(
    'charges `other` for peer %d, which the layout does not have',
    (peer) => {
      const { bank, recorder } = setUp();
      recorder.attemptEnded(verdict(), peer);
      expect(counted(bank, 'callfate_peer_attempts_ended_total')).toEqual({
        'other,outbound,unreachable': 1,
      });
    },
  );

  test('observes what could be measured', () => {
    const { bank, recorder } = setUp();
    const timing = { postDialDelay: 0.4, ring: 2, talk: null, hold: null, total: 3 };
    recorder.attemptEnded(verdict({ timing }), 1);
    recorder.attemptEnded(
      verdict({ connected: true, timing: { ...timing, ring: null, talk: 60 } }),
      1,
    );
    expect(counted(bank, 'callfate_post_dial_delay_seconds')).toEqual({
      'outbound,false': 1,
      'outbound,true': 1,
    });
    expect(counted(bank, 'callfate_ring_seconds')).toEqual({ 'outbound,false': 1 });
    expect(counted(bank, 'callfate_talk_seconds')).toEqual({ outbound: 1 });
    expect(counted(bank, 'callfate_peer_post_dial_delay_seconds')).toEqual({
      'carrier-a,outbound,false': 1,
      'carrier-a,outbound,true': 1,
    });
    expect(counted(bank, 'callfate_peer_talk_seconds')).toEqual({ 'carrier-a,outbound': 1 });
    const cell = bank.cell('callfate_peer_talk_seconds', 'carrier-a', 'outbound');
    expect(Array.from(bank.cells.slice(cell, cell + 2))).toEqual([60, 1]);
  });

  test.each([
    ['completed', true, { 'outbound,true': 1 }],
    ['dropped', false, { 'outbound,false': 1 }],
    ['lost', false, {}],
  ] as const)('that was answered and %s has a session duration', (outcome, answered, expected) => {
    const tuples = [{ reason: 'x', outcome, attribution: 'none' as const }];
    const bank = new Bank(createLayout({ ...INPUT, tuples }));
    const answeredAt = '2026-11-21T10:00:01.000Z';
    const facts = { reason: 'x', outcome, attribution: 'none' as const, answeredAt };
    new CallRecorder(bank).attemptEnded(verdict({ ...facts, connected: true }), 1, answered);
    expect(counted(bank, 'callfate_session_duration_seconds')).toEqual(expected);
  });

  test('counts each pair of evidence that disagreed', () => {
    const { bank, recorder } = setUp();
    const conflicts = [
      { winner: evidence('q850'), loser: evidence('sip_status') },
      { winner: evidence('q850'), loser: evidence('inference') },
      { winner: evidence('q850'), loser: evidence('inference') },
    ];
    recorder.attemptEnded(verdict({ conflicts }), 0);
    expect(counted(bank, 'callfate_evidence_conflicts_total')).toEqual({
      'q850,sip_status': 1,
      'q850,inference': 2,
    });
  });

  test.each([
    { reason: 'no_such_reason' },
    { outcome: 'busy' as const },
    { attribution: 'callee' as const },
  ])('with an illegal tuple %j throws and counts nothing', (facts) => {
    const { bank, recorder } = setUp();
    expect(() => recorder.attemptEnded(verdict(facts), 1)).toThrow('no legal tuple');
    expect(bank.cells.every((value) => value === 0)).toBe(true);
  });
});

describe('branch finals', () => {
  test.each([
    [200, '200'],
    [299, '2xx'],
    [302, '3xx'],
    [486, '486'],
    [499, '4xx'],
    [503, '5xx'],
    [603, '603'],
    [699, '6xx'],
  ])('count %d as %s', (status, label) => {
    const { bank, recorder } = setUp();
    recorder.branchFinal(2, status);
    expect(counted(bank, 'callfate_branch_finals_total')).toEqual({
      [`${INPUT.peers[2]},${label}`]: 1,
    });
  });

  test.each([0, 199, 700, 999, -1, Number.NaN])('leave out %d', (status) => {
    const { bank, recorder } = setUp();
    recorder.branchFinal(1, status);
    expect(bank.cells.every((value) => value === 0)).toBe(true);
  });
});

test.each([
  [0, '0'],
  [127, '127'],
  [128, 'other'],
  [-1, 'other'],
  [16.5, 'other'],
])('Q.850 cause %d counts as %s', (cause, label) => {
  const { bank, recorder } = setUp();
  recorder.q850(cause, 'cancel');
  expect(counted(bank, 'callfate_q850_causes_total')).toEqual({ [`${label},cancel`]: 1 });
});

describe('exemplars', () => {
  test('name the last abnormal attempt of each series', () => {
    const { bank, recorder } = setUp();
    recorder.attemptEnded(verdict({ callId: 'first' }), 1);
    recorder.attemptEnded(verdict({ callId: 'second' }), 1);
    recorder.attemptEnded(verdict({ callId: 'normal', abnormal: false }), 1);
    const labels = ['outbound', 'unreachable', 'no_circuit', 'carrier'];
    expect(recorder.exemplars()).toEqual([
      {
        cell: bank.cell('callfate_attempts_ended_total', ...labels),
        labels: { call_id: 'second' },
        value: 1,
        timestamp: Date.UTC(2026, 10, 21, 10, 0, 2, 500) / 1000,
      },
    ]);
  });

  test('an overlong Call-ID is counted and leaves the one before in place', () => {
    const { bank, recorder } = setUp();
    const longest = 'x'.repeat(128 - 'call_id'.length);
    recorder.attemptEnded(verdict({ callId: longest }), 1);
    recorder.attemptEnded(verdict({ callId: `${longest}x` }), 1);
    expect(recorder.exemplars().map(({ labels }) => labels.call_id)).toEqual([longest]);
    expect(bank.cells[bank.cell('callfate_exemplars_dropped_total')]).toBe(1);
    expect(counted(bank, 'callfate_attempts_ended_total')).toEqual({
      'outbound,unreachable,no_circuit,carrier': 2,
    });
  });
});

test('a snapshot does not change afterwards and names its layout', () => {
  const { bank, recorder } = setUp();
  recorder.attemptEnded(verdict(), 1);
  const snapshot = recorder.snapshot();
  recorder.attemptEnded(verdict(), 1);
  expect(snapshot.layoutId).toBe(bank.layout.id);
  expect(snapshot.cells.reduce((sum, value) => sum + value, 0)).toBe(7);
  expect(snapshot.exemplars).toHaveLength(1);
  expect(structuredClone(snapshot)).toEqual(snapshot);
});

test('follows the bank into the layout of a reload', () => {
  const { bank, recorder } = setUp();
  recorder.attemptEnded(verdict(), 1);
  bank.relayout(createLayout({ ...INPUT, peers: ['other', 'new', 'carrier-a', 'more'] }));
  recorder.attemptEnded(verdict(), 2);
  recorder.branchFinal(3, 404);
  expect(counted(bank, 'callfate_peer_attempts_ended_total')).toEqual({
    'carrier-a,outbound,unreachable': 2,
  });
  expect(counted(bank, 'callfate_branch_finals_total')).toEqual({ 'more,404': 1 });
  expect(recorder.exemplars()).toHaveLength(1);
});
