/** Filters as tcpdump compiles them, made fit for the sockets they are attached to. */
import { describe, expect, test } from 'vitest';
import {
  cookedFilter,
  encodeFilter,
  parseFilter,
  withoutOutgoing,
} from '../../src/sources/packet-filter.ts';

/** One instruction, as `tcpdump -ddd` prints it. */
const parsed = (text: string) => {
  const program = parseFilter(`${text.split('\n').length}\n${text}\n`);
  if (!program.ok) throw new Error(program.error);
  return program.value;
};
const printed = (program: ReturnType<typeof parsed>) =>
  program.map(({ code, jt, jf, k }) => [code, jt, jf, k].join(' ')).join('\n');

describe('what tcpdump -ddd prints', () => {
  test('is read', () => {
    expect(parseFilter('2\n40 0 0 4294963200\n6 0 0 262144\n')).toEqual({
      ok: true,
      value: [
        { code: 40, jt: 0, jf: 0, k: 4_294_963_200 },
        { code: 6, jt: 0, jf: 0, k: 262_144 },
      ],
    });
  });

  test.each([
    ['nothing', ''],
    ['a number that is not true', '3\n6 0 0 1'],
    ['words', '1\nldh [12]'],
    ['too few numbers', '1\n6 0 0'],
    ['a jump too far', '1\n21 256 0 1'],
    ['a negative number', '1\n6 0 0 -1'],
    ['too many instructions', `4097\n${'6 0 0 1\n'.repeat(4097)}`],
  ])('is not %s', (_, text) => {
    expect(parseFilter(text)).toEqual({ ok: false, error: 'tcpdump -ddd gave no filter' });
  });
});

/** linux/filter.h, SKF_AD_OFF: what the kernel knows of a packet. */
const AD = 0xffff_f000;

describe('a filter for cooked packets', () => {
  test.each([
    ['packet type', '40 0 0 0', `40 0 0 ${AD + 4}`],
    ['hardware type', '40 0 0 2', `40 0 0 ${AD + 28}`],
    ['protocol', '40 0 0 14', `40 0 0 ${AD}`],
    ['a byte of the packet', '48 0 0 25', '48 0 0 9'],
    ['a word of the packet', '32 0 0 28', '32 0 0 12'],
    ['behind the header of IPv4', '72 0 0 18', '72 0 0 2'],
    ['length of that header', '177 0 0 16', '177 0 0 0'],
    ['what the kernel knows', `48 0 0 ${AD + 48}`, `48 0 0 ${AD + 48}`],
    ['a comparison', '21 3 4 14', '21 3 4 14'],
    ['a number', '0 0 0 14', '0 0 0 14'],
    ['scratch memory', '96 0 0 1', '96 0 0 1'],
    ['length of the packet', '128 0 0 0', '128 0 0 0'],
    ['a verdict', '6 0 0 14', '6 0 0 14'],
  ])('asks for the %s', (_, from, to) => {
    const cooked = cookedFilter(parsed(from));
    expect(cooked.ok && printed(cooked.value)).toBe(to);
  });

  test.each([
    ['a link address', '32 0 0 6'],
    ['a byte of the protocol', '48 0 0 14'],
    ['a word that begins in the header', '32 0 0 14'],
    ['a place in the header that is worked out', '72 0 0 14'],
    ['a length in the header', '177 0 0 14'],
  ])('cannot ask for %s', (_, text) => {
    expect(cookedFilter(parsed(text))).toEqual({
      ok: false,
      error: 'the filter looks at link addresses',
    });
  });
});

test('packets that leave through an interface are refused before anything else is asked', () => {
  expect(printed(withoutOutgoing(parsed('6 0 0 9'), 7))).toBe(
    [
      `32 0 0 ${AD + 4}`, // type of the packet
      '21 0 3 4', // outgoing; else to the rest
      `32 0 0 ${AD + 8}`, // interface
      '21 0 1 7', // this one; else to the rest
      '6 0 0 0', // none of it
      '0 0 0 0', // the rest begins with 0
      '6 0 0 9',
    ].join('\n'),
  );
});

test('is an array of struct sock_filter', () => {
  expect(encodeFilter(parsed('21 3 4 4294963200\n6 0 0 1')).toString('hex')).toBe(
    '1500030400f0ffff0600000001000000',
  );
});
