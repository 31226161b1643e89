import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadSlab, SLAB } from '../../src/lib/slab.ts';
import { uriHost, uriUser } from '../../src/sip/uri.ts';

function user(value: string): string | null {
  const out = new Int32Array(2);
  uriUser(0, loadSlab(Buffer.from(value, 'latin1')), out);
  const [start = 0, end = 0] = out;
  return start < end ? SLAB.toString('latin1', start, end) : null;
}

test.each([
  ['sip:alice@example.com', 'alice'],
  ['sips:+4930123@example.com:5061;transport=tls', '+4930123'],
  ['<sip:alice@example.com>;tag=1', 'alice'],
  ['"Alice: <x> @ home" <sip:alice@example.com>;tag=1', 'alice'],
  ['Alice <sip:alice@example.com>', 'alice'],
  ['sip:alice@example.com;tag="<sip:mallory@x>"', 'alice'],
  ['tel:+1-201-555-0123;phone-context=example.com', '+1-201-555-0123'],
  ['<tel:+12015550123>;tag=9', '+12015550123'],
  ['<TEL:911>', '911'],
  ['<sip:1234;phone-context=+44@example.com;user=phone>', '1234;phone-context=+44'],
  ['sip:a%40b@example.com', 'a%40b'],
  ['sip:alice?x;y@example.com', 'alice?x;y'],
  ['sip:example.com', null],
  ['<sip:example.com;lr>', null],
  ['<sip:@example.com>', null],
  ['urn:service:sos', null],
  ['sip', null],
  [':', null],
  ['', null],
  ['"', null],
  ['<', null],
])('user part of %j is %j', (value, expected) => {
  expect(user(value)).toBe(expected);
});

test.each([
  ['sip:alice:secret@example.com', 'alice'],
  ['<sip:alice:@example.com>', 'alice'],
  ['<sip::secret@example.com>', null],
])('the password in %j is not part of the user (RFC 3261 §19.1.1)', (value, expected) => {
  expect(user(value)).toBe(expected);
});

test('stays within its bytes, whatever they are', () => {
  const text = fc.string({ unit: fc.constantFrom(...'sip:tel@<>"\\;= a:'), maxLength: 30 });
  fc.assert(
    fc.property(text, text, (value, behind) => {
      const out = new Int32Array(2);
      loadSlab(Buffer.from(value + behind, 'latin1'));
      uriUser(0, value.length, out);
      const [start = 0, end = 0] = out;
      expect(end).toBeLessThanOrEqual(value.length);
      expect(start <= end || (start === 0 && end === 0)).toBe(true);
      expect(user(value)).toBe(start < end ? value.slice(start, end) : null);
    }),
    { numRuns: 2000 },
  );
});

function host(value: string): string | null {
  const out = new Int32Array(2);
  uriHost(0, loadSlab(Buffer.from(value, 'latin1')), out);
  const [start = 0, end = 0] = out;
  return start < end ? SLAB.toString('latin1', start, end) : null;
}

test.each([
  ['sip:alice@example.com', 'example.com'],
  ['sips:alice@example.com:5061;transport=tls', 'example.com'],
  ['"A: <x>" <sip:alice@example.com>;tag=a@b', 'example.com'],
  ['sip:example.com', 'example.com'],
  ['<sip:example.com;lr>', 'example.com'],
  ['sip:alice@[2001:db8::1]:5060', '[2001:db8::1]'],
  ['sip:alice:secret@example.com?subject=x', 'example.com'],
  ['tel:+12015550123', null],
  ['<sip:alice@>', null],
  ['sip:', null],
  ['sip', null],
  ['', null],
  ['<', null],
])('host of %j is %j', (value, expected) => {
  expect(host(value)).toBe(expected);
});

test('the host stays within its bytes, whatever they are', () => {
  const text = fc.string({ unit: fc.constantFrom(...'sip:tel@<>[]";?= a:'), maxLength: 30 });
  fc.assert(
    fc.property(text, text, (value, behind) => {
      const out = new Int32Array(2);
      loadSlab(Buffer.from(value + behind, 'latin1'));
      uriHost(0, value.length, out);
      const [start = 0, end = 0] = out;
      expect([start >= 0, start <= end, end <= value.length]).toEqual([true, true, true]);
    }),
    { numRuns: 2000 },
  );
});
