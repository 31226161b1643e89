import { describe, expect, test } from 'vitest';
import { CSV_HEADER, csvLine } from '../../src/cli/analyze/csv.ts';
import { Durations } from '../../src/cli/analyze/durations.ts';
import { Progress, progressLine } from '../../src/cli/analyze/progress.ts';
import { endpointText } from '../../src/lib/endpoint.ts';
import { ADDRESSES_LENGTH, writeEndpoint } from '../../src/sources/address.ts';
import { verdict } from '../outputs/fixtures.ts';

describe('durations', () => {
  test('are exact to one in a hundred', () => {
    const durations = new Durations();
    for (let i = 1; i <= 1000; i++) durations.add(i / 10);
    expect(durations.count).toBe(1000);
    expect(durations.mean).toBeCloseTo(50.05, 5);
    expect(durations.max).toBe(100);
    for (const p of [0.01, 0.5, 0.95, 1]) {
      const error = (durations.percentile(p) ?? 0) / (100 * p) - 1;
      expect(Math.abs(error)).toBeLessThan(0.011);
    }
  });
  test('none, zero and a week', () => {
    const durations = new Durations();
    expect([durations.mean, durations.percentile(0.5)]).toEqual([null, null]);
    durations.add(0);
    durations.add(604_800);
    expect(durations.percentile(0.5)).toBe(0.001);
    expect(durations.percentile(1)).toBeGreaterThan(170_000);
  });
});

test.each([
  '192.0.2.1:5060',
  '[2001:db8::1]:5060',
  '[::]:1',
  '[::1]:65535',
  '[1::]:2',
  '[1:0:0:2::3]:4',
  '[1:2:3:4:5:6:7:8]:9',
])('the address %s is written as it is read', (text) => {
  const bytes = new Uint8Array(ADDRESSES_LENGTH);
  writeEndpoint(text, bytes, 'source');
  expect(endpointText(bytes, 0, 32)).toBe(text);
});

describe('progress', () => {
  test.each([
    [{ read: 250, total: 1000 }, '[#####---------------]  25 %  10 messages/s  6 s left'],
    [{ read: 2_000_000, total: null }, '2 MB  20 messages  10 messages/s'],
  ])('%j', (progress, line) => {
    expect(progressLine(progress, 20, 2)).toBe(line);
  });

  test('is drawn ten times a second at most, and not at all without a terminal', () => {
    const drawn: string[] = [];
    let now = 0;
    const progress = new Progress(
      (text) => drawn.push(text),
      () => now,
    );
    for (; now < 1000; now += 10) progress.show({ read: 1, total: 2 }, 3);
    expect(drawn).toHaveLength(10);
    progress.clear();
    expect(drawn.at(-1)).toBe('\r\u001b[K');
    const silent = new Progress(null, () => 0);
    silent.show({ read: 1, total: 2 }, 3);
    silent.clear();
  });
});

test('CSV quotes what needs it, and disarms formulas', () => {
  const line = csvLine(verdict({ callId: 'a"b,c', caller: '=cmd()', callee: '+4930123456' }));
  const cells = line.trimEnd().split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/);
  expect(cells).toHaveLength(CSV_HEADER.split(',').length);
  expect(cells[1]).toBe('"a""b,c"');
  expect(cells[6]).toBe("'=cmd()");
  expect(cells[7]).toBe('+4930123456');
  expect(line.endsWith('\r\n')).toBe(true);
});
