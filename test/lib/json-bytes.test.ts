import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CHARACTER_BYTES, NUMBER_BYTES, putSeconds, putString } from '../../src/lib/json-bytes.ts';

const out = Buffer.alloc(65_536);
const written = <T>(put: (out: Buffer, at: number, value: T) => number, value: T): string =>
  out.toString('utf8', 3, put(out, 3, value));

test('strings are as JSON.stringify writes them, in the room that is reckoned with', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.string(),
    fc.constantFrom('"', '\\', '\n', '\u007f', 'é☎😀', '\ud800', 'a\udc00', ''),
  );
  fc.assert(
    fc.property(texts, (text) => {
      expect(written(putString, text)).toBe(JSON.stringify(text));
      const bytes = Buffer.byteLength(JSON.stringify(text));
      expect(bytes).toBeLessThanOrEqual(text.length * CHARACTER_BYTES + 2);
    }),
    { numRuns: 500 },
  );
  expect(written(putString, null)).toBe('null');
});

test('seconds are as JSON.stringify writes them', () => {
  const whole = fc.integer({ min: 0, max: 10_000_000 }).map((ms) => ms / 1000);
  const any = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(fc.oneof(whole, any), (seconds) => {
      expect(written(putSeconds, seconds)).toBe(JSON.stringify(seconds));
    }),
    { numRuns: 1000 },
  );
  for (let ms = 0; ms < 20_000; ms++) {
    if (written(putSeconds, ms / 1000) !== JSON.stringify(ms / 1000)) expect.fail(`${ms} ms`);
  }
  for (const seconds of [
    null,
    0,
    -0,
    1e9 - 0.001,
    1e9,
    1e21,
    -1.5,
    5e-324,
    -1.7976931348623157e308,
  ]) {
    const text = written(putSeconds, seconds);
    expect(text).toBe(JSON.stringify(seconds));
    expect(text.length).toBeLessThanOrEqual(NUMBER_BYTES);
  }
});
