/** The scanner that is machine code beside the plain one: the same of every message, whatever stands around it. */
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadSlab, SLAB, SLAB_MESSAGE_MAX, SLAB_PADDING } from '../../src/lib/slab.ts';
import { SLAB_SCAN } from '../../src/lib/slab-memory.ts';
import { createScanner } from '../../src/scanner.ts';
import { SPELLINGS } from '../../src/sip/headers.ts';
import { REASON_LINES_MAX, SCAN, SipScanner } from '../../src/sip/scan.ts';
import { SimdScanner } from '../../src/sip/simd-scanner.ts';
import { REASONS_END_WORD } from '../../src/sip/simd-tables.ts';
import { udpPayloads } from '../support/pcap.ts';
import { INVALID_MESSAGES } from './torture/invalid.ts';
import { SEMANTIC_MESSAGES } from './torture/semantic.ts';
import { VALID_MESSAGES } from './torture/valid.ts';

const CORPUS = resolve(import.meta.dirname, '../corpus');
const CAPTURED = readdirSync(CORPUS, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.sip.pcap'))
  .flatMap((name) => [...udpPayloads(join(CORPUS, name))].map(({ payload }) => payload));
const TORTURE = [...VALID_MESSAGES, ...INVALID_MESSAGES, ...SEMANTIC_MESSAGES].map(
  ({ wire }) => wire,
);
const MESSAGES = [...TORTURE, ...CAPTURED];

const plain = new SipScanner();
const { scanner: simd, problem } = createScanner();

/** All that the scanner found at [start, end), offsets and all. */
function found(scanner: SipScanner, start: number, end: number): unknown {
  const result = scanner.scan(start, end);
  if (result !== SCAN.OK) return result;
  const { isRequest, method, status, cseq, cseqMethod, viaCount, reasonCount } = scanner;
  const { bodyStart, bodyEnd, truncated, headersStart, headersEnd } = scanner;
  const reasons = [...scanner.reasons.subarray(0, 2 * Math.min(reasonCount, REASON_LINES_MAX))];
  return {
    ...{ isRequest, method, status, cseq, cseqMethod, viaCount, reasonCount, reasons },
    ...{ bodyStart, bodyEnd, truncated, headersStart, headersEnd, at: [...scanner.at] },
  };
}

/** Both see `bytes` at `at`, with other octets before and behind, as in a HEP packet. */
function expectAlike(bytes: Uint8Array, at = 0, behind: Uint8Array = new Uint8Array(0)): void {
  loadSlab(Buffer.concat([bytes, behind]), at);
  const end = at + bytes.length;
  expect(found(simd, at, end)).toEqual(found(plain, at, end));
}

test('there is a scanner of machine code', () => {
  expect(problem).toBeNull();
  expect(simd).toBeInstanceOf(SimdScanner);
});

test('says the same of torture messages and of captured ones', () => {
  expect(MESSAGES.length).toBeGreaterThan(1000);
  for (const message of MESSAGES) expectAlike(message);
});

test('says the same of messages that are cut off anywhere', () => {
  for (const message of TORTURE.slice(0, 20)) {
    for (let length = 0; length < Math.min(message.length, 1200); length++) {
      expectAlike(message.subarray(0, length), 3, message.subarray(length, length + 40));
    }
  }
});

/** What the scanner takes for something, and what it does not look at. */
const OCTETS = [...Buffer.from(':;,"<>=\\/ \t\r\nSIPsip/2.0viatag\0\xe9', 'latin1')];
const edit = fc.record({
  at: fc.nat({ max: 0xffff }),
  remove: fc.nat({ max: 6 }),
  insert: fc.oneof(
    fc.array(fc.constantFrom(...OCTETS), { maxLength: 5 }),
    fc
      .constantFrom(
        '\r\n',
        '\r\n ',
        '"',
        ',',
        ';branch=x',
        ';tag=',
        ' :',
        '\r\n\r\n',
        '\n',
        'SIP/2.0',
      )
      .map((text) => [...Buffer.from(text)]),
    fc.uint8Array({ maxLength: 20 }).map((bytes) => [...bytes]),
  ),
});
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

function edited(message: Uint8Array, edits: readonly Edit[]): Uint8Array {
  let bytes = [...message];
  for (const { at, remove, insert } of edits) {
    const from = at % (bytes.length + 1);
    bytes = [...bytes.slice(0, from), ...insert, ...bytes.slice(from + remove)];
  }
  return Uint8Array.from(bytes);
}

test('says the same of messages that somebody has tampered with', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...MESSAGES),
      fc.array(edit, { maxLength: 4 }),
      fc.nat({ max: SLAB_MESSAGE_MAX + SLAB_PADDING }),
      fc.uint8Array({ maxLength: 80 }),
      (message, edits, at, behind) => expectAlike(edited(message, edits), at, behind),
    ),
    { numRuns: 4000 },
  );
});

/** A request with these lines in place of its own, by name. */
function request(...more: readonly string[]): Buffer {
  const usual = [
    'Via: SIP/2.0/UDP h;branch=z9hG4bK1',
    'From: <sip:a>;tag=1',
    'To: <sip:b>',
    'Call-ID: i',
  ];
  const names = new Set(more.map((line) => line.split(':')[0]));
  const kept = [...usual, 'CSeq: 1 BYE'].filter((line) => !names.has(line.split(':')[0] ?? ''));
  return Buffer.from(['BYE sip:a SIP/2.0', ...more, ...kept, '', 'body'].join('\r\n'), 'latin1');
}

const OCTET_NAMES = Array.from({ length: 256 }, (_, i) => `${String.fromCharCode(i)}: x`).filter(
  (line) => !/^[:\s]/.test(line),
);

/** What chance finds too seldom. Each says which result it is about. */
test.each([
  ['a quote in quotes', request('From: "a\\";tag=0" <sip:a>;tag=1')],
  ['a backslash at the end of quotes', request('From: "a\\\\" <sip:a>;tag=1')],
  ['a quote that never closes', request('From: "a <sip:a>;tag=1', 'To: "<sip:b>;tag="2')],
  ['a comma before the tag', request('From: <sip:a>, <sip:b>;tag=1')],
  ['a comma in quotes', request('Via: SIP/2.0/UDP h;x="a,b";branch=z, SIP/2.0/TCP i;x="c"')],
  ['a quote behind a comma', request('Via: SIP/2.0/UDP h, SIP/2.0/TCP i;x=",",SIP/2.0/TLS j')],
  ['quotes about two commas', request('Via: SIP/2.0/UDP h;x="a,b";y=",";z=1,SIP/2.0/UDP i')],
  ['the most Reasons', request(...new Array<string>(8).fill('Reason: SIP;cause=200'))],
  ['more Reasons than are kept', request(...new Array<string>(20).fill('Reason: SIP;cause=200'))],
  ['the highest CSeq', request('CSeq: 2147483647 BYE')],
  ['a CSeq that is too high', request('CSeq: 2147483648 BYE')],
  ['a CSeq of many digits', request('CSeq: 00000000000000000000000000001 BYE')],
  ['the longest Content-Length', request('Content-Length: 2147483647')],
  ['a Content-Length that is too long', request('Content-Length: 2147483648')],
  ['a Content-Length that overflows', request('Content-Length: 18446744073709551617')],
  ['a Content-Length of no digits', request('Content-Length: ')],
  ['a body that is all there', request('Content-Length: 4')],
  [
    'the lowest status',
    Buffer.from(
      request()
        .toString()
        .replace(/^BYE .*/, 'SIP/2.0 100 Trying'),
    ),
  ],
  [
    'a status too low',
    Buffer.from(
      request()
        .toString()
        .replace(/^BYE .*/, 'SIP/2.0 099 x'),
    ),
  ],
  [
    'the highest status',
    Buffer.from(
      request()
        .toString()
        .replace(/^BYE .*/, 'SIP/2.0 699 x'),
    ),
  ],
  [
    'a status too high',
    Buffer.from(
      request()
        .toString()
        .replace(/^BYE .*/, 'SIP/2.0 700 x'),
    ),
  ],
  ['no URI', Buffer.from(request().toString().replace('sip:a ', ''))],
  ['another protocol', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
  ['white space alone', Buffer.from('\r\n\r\n\0'.slice(0, 4))],
  ['a method of another name', Buffer.from(request().toString().replaceAll('BYE', 'SUBSCRIBED'))],
  [
    'a method that ends otherwise',
    Buffer.from(request().toString().replaceAll('BYE', 'SUBSCRIBX')),
  ],
  [
    'a status line without a phrase',
    Buffer.from(
      request()
        .toString()
        .replace(/^BYE .*/, 'SIP/2.0 200'),
    ),
  ],
  ['another version', Buffer.from(request().toString().replace('SIP/2.0\r', 'SIP/2.1\r'))],
  [
    'another version in a response',
    Buffer.from(
      request()
        .toString()
        .replace(/^BYE .*/, 'SIP/2.1 200 OK'),
    ),
  ],
  ['names of one octet, any', request(...OCTET_NAMES)],
  [
    'octets without a colon',
    request(...OCTET_NAMES.filter((line) => line > '\x7f').map((line) => line.replace(':', ' '))),
  ],
  [
    'the longest message',
    Buffer.concat([request(`X: ${'x'.repeat(60_000)}`), Buffer.alloc(5000, 'v')]),
  ],
  ['a long method', Buffer.from(request().toString().replaceAll('BYE', 'SUBSCRIBE'))],
])('says the same of %s', (_, message) => {
  // Twice: what the first wrote beyond its place would show in the second.
  expectAlike(message);
  expectAlike(message, 7, Buffer.from('\nVia: x'));
});

test('writes nowhere but to its result', () => {
  const around = () =>
    [SLAB.subarray(0, SLAB_SCAN), SLAB.subarray(4 * REASONS_END_WORD)].map((part) =>
      Buffer.from(part),
    );
  for (const message of [
    ...TORTURE,
    request(...new Array<string>(20).fill('Reason: SIP;cause=200')),
  ]) {
    const end = loadSlab(message);
    const before = around();
    simd.scan(0, end);
    expect(Buffer.concat(around()).equals(Buffer.concat(before))).toBe(true);
  }
});

describe('knows every name of a header', () => {
  const value = '1 BYE;tag=x';

  test.each(SPELLINGS.map(({ bytes }) => Buffer.from(bytes).toString('latin1')))('%s', (name) => {
    const cases = [name, name.toUpperCase(), `${name}x`, name.slice(0, -1), `x${name}`, `${name}:`];
    for (const one of cases) {
      for (const colon of [':', ' :', '\t: ', '\r\n :', ' ', '']) {
        expectAlike(request(`${one}${colon}${value}`));
        expectAlike(request(`${one}${colon}${value}`, 'CSeq: 2 BYE'));
      }
    }
  });
});
