import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ESCAPE_BYTES, JsonBuffer, NUMBER_BYTES } from '../../src/lib/json-buffer.ts';

/** What is written behind something else. */
function written(put: (out: JsonBuffer) => void, most = 65_536): string {
  const out = new JsonBuffer(1);
  out.write('é');
  out.makeRoom(most);
  put(out);
  return Buffer.from(out.take()).toString('utf8', 2);
}
const string = (text: string | null): string => written((out) => out.putString(text));
const seconds = (value: number | null): string => written((out) => out.putSeconds(value));

test('strings are as JSON.stringify writes them, in the room that is reckoned with', () => {
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.string(),
    fc.constantFrom('"', '\\', '\n', '\u007f', 'é☎😀', '\ud800', 'a\udc00', ''),
  );
  fc.assert(
    fc.property(texts, (text) => {
      expect(string(text)).toBe(JSON.stringify(text));
      const bytes = Buffer.byteLength(JSON.stringify(text));
      expect(bytes).toBeLessThanOrEqual(text.length * ESCAPE_BYTES + 2);
    }),
    { numRuns: 500 },
  );
  expect(string(null)).toBe('null');
});

test('seconds are as JSON.stringify writes them', () => {
  const whole = fc.integer({ min: 0, max: 10_000_000 }).map((ms) => ms / 1000);
  const any = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(fc.oneof(whole, any), (value) => {
      expect(seconds(value)).toBe(JSON.stringify(value));
    }),
    { numRuns: 1000 },
  );
  for (let ms = 0; ms < 20_000; ms++) {
    if (seconds(ms / 1000) !== JSON.stringify(ms / 1000)) expect.fail(`${ms} ms`);
  }
  for (const value of [
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
    const text = seconds(value);
    expect(text).toBe(JSON.stringify(value));
    expect(text.length).toBeLessThanOrEqual(NUMBER_BYTES);
  }
});

test('what stands there is written over, from a text or from elsewhere', () => {
  const text = written((out) => {
    const at = out.length;
    out.putBytes(Buffer.from('________ 12345678'));
    out.copyOver(at, at + 9, 8);
    out.writeOver(at + 9, 'abcd');
    out.putAscii('!');
  });
  expect(text).toBe('12345678 abcd5678!');
});

test('it grows, is taken, and begins anew', () => {
  const out = new JsonBuffer(4);
  const line = 'é☎😀'.repeat(1000);
  out.write(line);
  out.write(line);
  expect(out.length).toBe(2 * Buffer.byteLength(line));
  expect(Buffer.from(out.take()).toString()).toBe(line + line);
  expect(out.length).toBe(0);
  out.write('a');
  expect([...out.take()]).toEqual([0x61]);
});
