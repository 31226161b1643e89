import { describe, expect, test } from 'vitest';
import { isToken, Keeper } from '../../src/page/client.ts';

const TOKENS: readonly (readonly [string, boolean])[] = [
  ['!secret~Token-1', true],
  ['', false],
  ['two words', false],
  ['secret\n', false],
  ['sécret', false],
  ['секрет', false],
  ['secret…', false],
];

describe('the token', () => {
  test.each(TOKENS)('%j can be sent: %j', (text, can) => {
    expect(isToken(text)).toBe(can);
  });

  test('that is kept and cannot be sent is asked for anew', async () => {
    const kept = new Map([['callfate.token', 'секрет']]);
    const keeper = new Keeper();
    const store = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, text: string) => void kept.set(key, text),
    };
    keeper.begin(store, () => Promise.resolve('secret-2'));
    expect(keeper.token).toBeNull();
    await keeper.renew();
    expect(keeper.token).toBe('secret-2');
  });
});
