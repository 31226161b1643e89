import { describe, expect, test } from 'vitest';
import { RECENT_CALL_MAX, RECENT_CALLS_PER_SECOND } from '../../src/api/recent-calls.ts';
import { verdict } from '../outputs/fixtures.ts';
import { Desk, type Told } from '../support/recent.ts';

const told = (n: number, more: Partial<Told['verdict']> = {}): Told => {
  const id = n.toString(16).padStart(16, '0');
  return { verdict: verdict({ id, legs: [id], callId: `call-${n}`, ...more }), own: [], trace: '' };
};
const many = (from: number, to: number): Told[] =>
  Array.from({ length: to - from }, (_, i) => told(from + i));
const kept = (desk: Desk): string[] =>
  Array.from(
    { length: desk.store.size },
    (_, i) => desk.store.at(desk.store.first + i)?.callId ?? '',
  );

describe('recent calls', () => {
  test('the oldest goes when there are too many, and is counted', () => {
    const desk = new Desk({ limits: { maxCalls: 3 } });
    desk.add(...many(0, 5));
    expect(kept(desk)).toEqual(['call-2', 'call-3', 'call-4']);
    expect(desk.counts.get('removed count')).toBe(2);
    expect(desk.store.byId(told(1).verdict.id)).toBeNull();
    expect(desk.store.byId(told(2).verdict.id)?.callId).toBe('call-2');
  });

  test('what is too old goes, and is counted', () => {
    const desk = new Desk({ limits: { maxAgeSeconds: 60 } });
    desk.add(told(0));
    desk.now += 30_000;
    desk.add(told(1));
    desk.now += 31_000;
    desk.store.expire(desk.now);
    expect(kept(desk)).toEqual(['call-1']);
    desk.now += 100_000;
    desk.store.expire(desk.now);
    expect(kept(desk)).toEqual([]);
    expect(desk.counts.get('removed age')).toBe(2);
  });

  test('the oldest go until there is room for the text of another', () => {
    const size = JSON.stringify(told(0).verdict).length;
    const desk = new Desk({ limits: { maxBytes: 3 * size + 10 } });
    desk.add(...many(0, 5));
    expect(kept(desk)).toEqual(['call-2', 'call-3', 'call-4']);
    expect(desk.counts.get('removed bytes')).toBe(2);
  });

  test('a call that is too large is kept without its ladder, or not at all', () => {
    const desk = new Desk();
    desk.add({ ...told(0), trace: 'x'.repeat(RECENT_CALL_MAX) });
    expect(desk.store.at(1)?.trace).toBe('');
    desk.add(told(1, { phrase: 'x'.repeat(RECENT_CALL_MAX) } as object));
    expect(kept(desk)).toEqual(['call-0']);
    expect(desk.counts.get('removed size')).toBe(1);
  });

  test('of a flood some are kept, and the others counted', () => {
    const desk = new Desk();
    desk.add(...many(0, RECENT_CALLS_PER_SECOND + 5));
    expect(desk.store.size).toBe(RECENT_CALLS_PER_SECOND);
    expect(desk.counts.get('removed rate')).toBe(5);
    desk.now += 1000;
    desk.add(told(9999));
    expect(desk.store.size).toBe(RECENT_CALLS_PER_SECOND + 1);
  });

  test('none is kept when none is to be', () => {
    const desk = new Desk({ limits: { maxCalls: 0 } });
    desk.add(...many(0, 3));
    expect(desk.store.size).toBe(0);
    expect(desk.store.at(1)).toBeNull();
    desk.store.expire(desk.now);
  });

  test('an id that comes again is that of the latest, and stays when the first goes', () => {
    const desk = new Desk({ limits: { maxCalls: 2 } });
    desk.add(told(0), told(0, { callId: 'again' }));
    expect(desk.store.byId(told(0).verdict.id)?.callId).toBe('again');
    desk.add(told(1));
    expect(desk.store.byId(told(0).verdict.id)?.callId).toBe('again');
  });
});
