import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyedHash } from '../../src/outputs/keyed-hash.ts';

const expected = (key: string | Uint8Array, text: string): string =>
  createHmac('sha256', key).update(text).digest('hex').slice(0, 8);

test.each<[string, string | Uint8Array]>([
  ['short', 'key'],
  ['of a block', 'k'.repeat(64)],
  ['longer than a block', 'k'.repeat(65)],
  ['of other letters', 'schlüssel'],
  ['of bytes', Uint8Array.from({ length: 32 }, (_, i) => 255 - i)],
])('is HMAC-SHA256 with a key that is %s', (_, key) => {
  const hash = new KeyedHash(key);
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^\d{1,15}$/)),
      (text) => {
        expect(hash.of(text)).toBe(expected(key, text));
      },
    ),
  );
  for (const length of [0, 85, 86, 300]) {
    const text = 'é'.repeat(length);
    expect([hash.of(text), hash.of(text)]).toEqual([expected(key, text), expected(key, text)]);
  }
});

test('numbers that share a place in memory are told apart', () => {
  const hash = new KeyedHash('key');
  const numbers = [
    '4930100000001',
    `${4930100000001 + 4096}`,
    '4930100000001',
    '0493010001',
    '493010001',
    '0',
    '',
    '000000000000000',
    '999999999999999',
    '9007199254740993',
    '9007199254740992',
  ];
  for (const number of [...numbers, ...numbers]) {
    expect(hash.of(number)).toBe(expected('key', number));
  }
});

test('a text may fill a block, or just not', () => {
  const hash = new KeyedHash('key');
  for (let length = 50; length < 70; length++) {
    const text = 'a'.repeat(length);
    expect(hash.of(text)).toBe(expected('key', text));
  }
});
