import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Address, parseAddress, URI_USER_MAX, uriUser } from '../../src/sip/address.ts';

const NOTHING: Address = {
  display: null,
  scheme: null,
  user: null,
  host: null,
  port: null,
  uriParams: [],
  params: [],
  tag: null,
};

const ADDRESSES: readonly [value: string, expected: Partial<Address>][] = [
  ['sip:alice@example.com', { scheme: 'sip', user: 'alice', host: 'example.com' }],
  [
    '"Alice" <sips:alice@Example.COM:5061;transport=tcp;lr>;tag=88sja8x;x',
    {
      display: 'Alice',
      scheme: 'sips',
      user: 'alice',
      host: 'example.com',
      port: 5061,
      uriParams: [
        { name: 'transport', value: 'tcp' },
        { name: 'lr', value: null },
      ],
      params: [
        { name: 'tag', value: '88sja8x' },
        { name: 'x', value: null },
      ],
      tag: '88sja8x',
    },
  ],
  // RFC 3261 section 20: without brackets every parameter is the header's.
  [
    'sip:+12125551212@phone2net.com;tag=887s;user=phone',
    {
      scheme: 'sip',
      user: '+12125551212',
      host: 'phone2net.com',
      params: [
        { name: 'tag', value: '887s' },
        { name: 'user', value: 'phone' },
      ],
      tag: '887s',
    },
  ],
  [
    'Anonymous <sip:c8oqz84zk7z@privacy.org>;TAG = hyh8',
    {
      display: 'Anonymous',
      scheme: 'sip',
      user: 'c8oqz84zk7z',
      host: 'privacy.org',
      params: [{ name: 'tag', value: 'hyh8' }],
      tag: 'hyh8',
    },
  ],
  [
    '"a <sip:b@c>;tag=no \\"q\\" \\\\" <sip:d@e>;tag=yes',
    {
      display: 'a <sip:b@c>;tag=no "q" \\',
      scheme: 'sip',
      user: 'd',
      host: 'e',
      params: [{ name: 'tag', value: 'yes' }],
      tag: 'yes',
    },
  ],
  [
    'caller<sip:caller@example.com>',
    { display: 'caller', scheme: 'sip', user: 'caller', host: 'example.com' },
  ],
  ['<sip:host.example.com>', { scheme: 'sip', host: 'host.example.com' }],
  [
    '<sip:1000@[2001:DB8::1]:5060>',
    { scheme: 'sip', user: '1000', host: '2001:db8::1', port: 5060 },
  ],
  ['sip:[::1]', { scheme: 'sip', host: '::1' }],
  ['<sip:user:secret@host>', { scheme: 'sip', user: 'user', host: 'host' }],
  ['<sip:user@host?Route=%3Csip:a@b%3E>', { scheme: 'sip', user: 'user', host: 'host' }],
  [
    '<sip:user@host;a=b?Subject=x;y=z>',
    { scheme: 'sip', user: 'user', host: 'host', uriParams: [{ name: 'a', value: 'b' }] },
  ],
  [
    '<tel:+1-201-555-0123;phone-context=example.com>;tag=1',
    {
      scheme: 'tel',
      user: '+1-201-555-0123',
      uriParams: [{ name: 'phone-context', value: 'example.com' }],
      params: [{ name: 'tag', value: '1' }],
      tag: '1',
    },
  ],
  [
    'tel:7042;tag=1',
    { scheme: 'tel', user: '7042', params: [{ name: 'tag', value: '1' }], tag: '1' },
  ],
  ['isbn:2983792873', { scheme: 'isbn' }],
  ['<urn:service:sos>', { scheme: 'urn' }],
  ['<http://www.example.com>', { scheme: 'http' }],
  // RFC 4475: semiuri, badaspec, baddn, quotbal.
  [
    'sip:user;par=u%40example.net@example.com',
    { scheme: 'sip', user: 'user;par=u%40example.net', host: 'example.com' },
  ],
  [
    '"Watson, Thomas" < sip:t.watson@example.org >',
    { display: 'Watson, Thomas', scheme: 'sip', user: 't.watson', host: 'example.org' },
  ],
  [
    'Bell, Alexander <sip:a.g.bell@example.com>;tag=43',
    {
      display: 'Bell, Alexander',
      scheme: 'sip',
      user: 'a.g.bell',
      host: 'example.com',
      params: [{ name: 'tag', value: '43' }],
      tag: '43',
    },
  ],
  [
    '"Mr. J. User <sip:j.user@example.com>',
    { display: 'Mr. J. User', scheme: 'sip', user: 'j.user', host: 'example.com' },
  ],
  [
    '<sip:a@b>;x="q;tag=no, \\"";tag=yes, <sip:c@d>;tag=other',
    {
      scheme: 'sip',
      user: 'a',
      host: 'b',
      params: [
        { name: 'x', value: 'q;tag=no, "' },
        { name: 'tag', value: 'yes' },
      ],
      tag: 'yes',
    },
  ],
  ['', {}],
  ['*', {}],
  ['<>', {}],
  ['<', {}],
  ['>', {}],
  ['""', {}],
  ['sip:', { scheme: 'sip' }],
  ['sip:@host', { scheme: 'sip', host: 'host' }],
  ['sip:user@', { scheme: 'sip', user: 'user' }],
  ['<sip:user@host', { scheme: 'sip', user: 'user', host: 'host' }],
  ['1000@pbx:5060', { user: '1000', host: 'pbx', port: 5060 }],
  ['sip:a@b:0', { scheme: 'sip', user: 'a', host: 'b' }],
  ['sip:a@b:65536', { scheme: 'sip', user: 'a', host: 'b' }],
  ['sip:a@b:123456', { scheme: 'sip', user: 'a', host: 'b' }],
  ['SIP:a@b;;=x;', { scheme: 'sip', user: 'a', host: 'b' }],
];

describe('parseAddress', () => {
  test.each(ADDRESSES)('reads %s', (value, expected) => {
    expect(parseAddress(value)).toEqual({ ...NOTHING, ...expected });
  });
});

describe('uriUser', () => {
  test.each([
    ['"x" <sip:+4930123456@carrier.example;user=phone>;tag=1', '+4930123456'],
    ['sip:%75se%72@example.com', 'user'],
    ['sip:J%C3%BCrgen@example.com', 'J\u00fcrgen'],
    ['sip:J\u00c3\u00bcrgen@example.com', 'J\u00fcrgen'],
    ['sip:%fc@example.com', '\u00fc'],
    ['sip:\u65e5%41@example.com', '\u65e5A'],
    ['sip:100%@example.com', '100%'],
    ['sip:null-%00-null@example.com', 'null-\0-null'],
    ['sip:sips%3Auser%40example.com@example.net', 'sips:user@example.com'],
    ['sip:user;par=u%40example.net@example.com', 'user;par=u@example.net'],
    ['sip:+12025550100;npdi;rn=+12025559999@carrier.example SIP/2.0', '+12025550100'],
    ['<tel:+1-(202)-555.0100;phone-context=x>', '+12025550100'],
    ['sip:example.com', null],
    ['urn:service:sos', null],
    ['', null],
  ])('%s gives %s', (value, expected) => {
    expect(uriUser(value)).toBe(expected);
  });

  test('is bounded and never cuts a character in two', () => {
    expect(uriUser(`sip:${'7'.repeat(999)}@h`)).toBe('7'.repeat(URI_USER_MAX));
    const user = uriUser(`sip:a${'\u{1f4de}'.repeat(99)}@h`);
    expect(user).toBe(`a${'\u{1f4de}'.repeat(63)}`);
  });
});

describe('properties', () => {
  const pieces = fc.constantFrom(
    ...[
      'sip:',
      'tel:',
      '<',
      '>',
      '"',
      '\\',
      '@',
      ';',
      ':',
      '=',
      '?',
      ',',
      '[',
      ']',
      '%',
      '%41',
      ' ',
    ],
    ...['tag', 'tag=', '5060', 'host', '\u00e9', '\0', '\ud800', '*'],
  );
  const nearly = fc.array(pieces, { maxLength: 30 }).map((parts) => parts.join(''));

  test('never throws, and keeps its bounds', () => {
    fc.assert(
      fc.property(fc.oneof(nearly, fc.string({ unit: 'binary' })), (value) => {
        const { port, params, uriParams } = parseAddress(value);
        expect(port === null || (port >= 1 && port <= 65_535)).toBe(true);
        expect(Math.max(params.length, uriParams.length)).toBeLessThanOrEqual(32);
        expect((uriUser(value) ?? '').length).toBeLessThanOrEqual(URI_USER_MAX);
      }),
    );
  });

  test('what is written by the grammar is read back', () => {
    const token = fc.stringMatching(/^[A-Za-z0-9.!*_'~-]{1,12}$/);
    const parts = fc.record({
      display: fc.option(fc.string({ unit: 'grapheme-ascii', minLength: 1 })),
      user: fc.option(token),
      host: fc.stringMatching(/^[a-z0-9]{1,10}$/),
      port: fc.option(fc.integer({ min: 1, max: 65_535 })),
      tag: fc.option(token),
    });
    fc.assert(
      fc.property(parts, ({ display, user, host, port, tag }) => {
        const quoted = display === null ? '' : `"${display.replace(/["\\]/g, '\\$&')}" `;
        const uri = `sip:${user === null ? '' : `${user}@`}${host}${port === null ? '' : `:${port}`}`;
        const value = `${quoted}<${uri}>${tag === null ? '' : `;tag=${tag}`}`;
        expect(parseAddress(value)).toMatchObject({ display, user, host, port, tag });
      }),
    );
  });

  /** A quadratic reader needs minutes for these; a linear one is done at once. */
  test('hostile text is read in linear time', () => {
    const length = 200_000;
    for (const unit of [';"\\', '\\"', '"', ';a="', '<', ';', '@', ':']) {
      const { user } = parseAddress(`<sip:a@b>${unit.repeat(length / unit.length)}`);
      expect(user).toBe('a');
    }
  });
});
