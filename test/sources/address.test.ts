import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ADDRESSES_LENGTH, writeAddress, writeEndpoint } from '../../src/sources/address.ts';

function hex(text: string): string | null {
  const bytes = new Uint8Array(16);
  return writeAddress(text, bytes, 0) ? Buffer.from(bytes).toString('hex') : null;
}

const ADDRESSES = [
  ['192.0.2.1', '00000000000000000000ffffc0000201'],
  ['0.0.0.0', '00000000000000000000ffff00000000'],
  ['::', '00000000000000000000000000000000'],
  ['::1', '00000000000000000000000000000001'],
  ['2001:db8::1', '20010db8000000000000000000000001'],
  ['2001:db8::', '20010db8000000000000000000000000'],
  ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
  ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
  ['64:ff9b::192.0.2.33', '0064ff9b0000000000000000c0000221'],
  ['fe80::1%eth0', 'fe800000000000000000000000000001'],
] as const;

describe('writeAddress', () => {
  it.each(ADDRESSES)('%s', (text, expected) => {
    expect(hex(text)).toBe(expected);
  });

  it.each(['', 'example.net', '192.0.2', '192.0.2.256', '1::2::3', '[::1]', '01.2.3.4'])(
    'refuses "%s"',
    (text) => {
      expect(hex(text)).toBeNull();
    },
  );

  it('reads every spelling of an IPv6 address as the same bytes', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        fc.pre(isIPv6(text));
        // The URL parser is the second opinion: it prints the canonical form.
        const canonical = new URL(`http://[${text}]/`).hostname.slice(1, -1);
        expect(hex(text)).toBe(hex(canonical));
        expect(hex(text)).not.toBeNull();
      }),
    );
  });
});

describe('writeEndpoint', () => {
  it('writes address and port of one side only', () => {
    const bytes = new Uint8Array(ADDRESSES_LENGTH);
    expect(writeEndpoint('[2001:db8::1]:5061', bytes, 'destination')).toBe(true);
    expect(Buffer.from(bytes).toString('hex')).toBe(
      `${'00'.repeat(16)}20010db8000000000000000000000001000013c5`,
    );
  });

  it.each([
    '192.0.2.1',
    '192.0.2.1:',
    '192.0.2.1:0',
    '192.0.2.1:65536',
    '192.0.2.1:5e3',
    '[192.0.2.1]:5060',
    '2001:db8::1:5060',
    '[::1]',
    'pbx.example.net:5060',
    ':5060',
  ])('refuses "%s" and writes nothing', (text) => {
    const bytes = new Uint8Array(ADDRESSES_LENGTH);
    expect(writeEndpoint(text, bytes, 'source')).toBe(false);
    expect(bytes.every((byte) => byte === 0)).toBe(true);
  });
});
