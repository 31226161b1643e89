import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadSlab } from '../../src/lib/slab.ts';
import { FIELD, SCAN, SipScanner } from '../../src/sip/scan.ts';
import { createShapes } from './calls.ts';
import { createBench, establish, feed } from './in-memory.ts';
import { PARTS } from './main.ts';
import { row, table } from './measure.ts';
import { CallStream } from './stream.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

describe('the generated calls', () => {
  const stream = new CallStream({ inProgress: 500, rate: 10_000 });
  const scanner = new SipScanner();
  const callIds = new Set<string>();
  let bytes = 0;
  let messages = 0;

  test('are whole SIP messages of a realistic length, each call with a Call-ID of its own', () => {
    while (stream.establish());
    const established = stream.begun;
    for (let i = 0; i < 6; i++) {
      for (const message of stream.fill().messages) {
        expect(scanner.scan(0, loadSlab(message))).toBe(SCAN.OK);
        expect(scanner.truncated).toBe(false);
        callIds.add(scanner.text(FIELD.callId));
        bytes += message.length;
        messages++;
      }
    }
    expect(bytes / messages).toBeGreaterThan(600);
    expect(bytes / messages).toBeLessThan(650);
    expect(callIds.size).toBeGreaterThan((stream.begun - established) * 0.95);
  });

  test('have the weights of all shapes adding up', () => {
    expect(createShapes().reduce((sum, { weight }) => sum + weight, 0)).toBe(100);
  });

  test('end as their scripts say, and as many are in progress as was asked for', () => {
    const outcomes = new Map<string, number>();
    const bench = createBench({ inProgress: 500, rate: 10_000, max: 2048 }, ({ outcome }) => {
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    });
    establish(bench);
    expect(bench.engine.tracker.occupied).toBe(bench.stream.talkers);
    for (let i = 0; i < 20; i++) {
      bench.stream.fill();
      feed(bench);
    }
    const kinds = ['busy', 'cancelled', 'completed', 'invalid_number', 'no_answer'];
    expect([...outcomes.keys()].toSorted((a, b) => a.localeCompare(b))).toEqual(kinds);
  });
});

test('the table says what is reached and what is missed', () => {
  const text = table([
    row('a', 2, 'us', { reach: 3 }),
    row('b', 2, '/s', { reach: 3, good: 'above' }),
    row('c', 2, 'B', { note: 'beside d' }),
  ]);
  expect(text.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['figure', 'measured', 'unit', 'reach', 'note'],
    ['a', '2', 'us', '<= 3', 'reached'],
    ['b', '2', '/s', '>= 3', 'missed'],
    ['c', '2', 'B', 'beside d'],
  ]);
});

test('docs/performance.md names every part', () => {
  const text = readFileSync(`${PROJECT}/docs/performance.md`, 'utf8');
  expect(Object.keys(PARTS).filter((part) => !text.includes(`| \`${part}\` |`))).toEqual([]);
});
