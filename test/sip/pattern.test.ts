import { describe, expect, test } from 'vitest';
import { loadSlab } from '../../src/lib/slab.ts';
import { PATTERN_READS, Pattern } from '../../src/sip/pattern.ts';
import { statistic } from '../../src/sip/rtp-stat.ts';

const matches = (pattern: string, value: string): boolean =>
  new Pattern(pattern).matches(0, loadSlab(Buffer.from(value, 'latin1')));

describe('a pattern', () => {
  test.each([
    ['sip:queue@x', 'sip:queue@x', true],
    ['sip:queue@x', 'SIP:Queue@X', true],
    ['sip:queue@x', 'sip:queue@xy', false],
    ['sip:queue@x', 'ip:queue@x', false],
    ['sip:queue-*', 'sip:queue-sales@x', true],
    ['sip:queue-*', 'sip:queue', false],
    ['*@pbx', 'sip:a@pbx', true],
    ['*@pbx', 'sip:a@pbx:5060', false],
    ['*', '', true],
    ['**', 'x', true],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['*;target=*;cause=*', 'sip:vm@x;target=bob%40x;cause=486', true],
    ['*;target=*;cause=*', 'sip:vm@x;cause=486;target=bob%40x', false],
    ['*ab*ab*', 'xabx', false],
    ['*ab*ab*', 'xabab', true],
    ['a[b]', 'A{B}', false],
  ])('%s on %s: %s', (pattern, value, expected) => {
    expect(matches(pattern, value)).toBe(expected);
  });

  test('looks at so many bytes and no more', () => {
    expect(matches('*end', `${'x'.repeat(PATTERN_READS - 3)}end`)).toBe(true);
    expect(matches('*end', `${'x'.repeat(PATTERN_READS)}end`)).toBe(false);
    expect(matches('start*', `start${'x'.repeat(60_000)}`)).toBe(true);
  });
});

describe('a count of RTP statistics', () => {
  test.each([
    ['PS=207,OS=49680,PR=314,OR=50240,PL=0', 'pr', 314],
    ['PS=207, OS=1, PR=0', 'pr', 0],
    ['CS=0;PS=12;PR=7', 'ps', 12],
    ['Dur=9,Pkt=0,VQMetrics="Pkt=7,X=1"', 'pkt', 0],
    ['VQMetrics="PR=7",PR=8', 'pr', 8],
    ['XPR=7', 'pr', -1],
    ['PR=', 'pr', -1],
    ['PR=x', 'pr', -1],
    ['PR=99999999999999999999', 'pr', 0x7fffffff],
    ['', 'pr', -1],
  ])('%s: %s is %d', (value, name, expected) => {
    const end = loadSlab(Buffer.from(value, 'latin1'));
    expect(statistic(Buffer.from(name), 0, end)).toBe(expected);
  });
});
