import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { loadSlab } from '../../src/lib/slab.ts';
import { SCAN, SipScanner } from '../../src/sip/scan.ts';
import { viaEndpoint } from '../../src/sip/via-address.ts';

const scanner = new SipScanner();

/** Address and port of the sender that the top Via names; null when it names none. */
function endpoint(via: string): string | null {
  const text = [
    'INVITE sip:b@example.com SIP/2.0',
    `Via: ${via}`,
    'Via: SIP/2.0/UDP 203.0.113.9:1;received=203.0.113.9',
    'From: <sip:a@example.com>;tag=1',
    'To: <sip:b@example.com>',
    'Call-ID: c',
    'CSeq: 1 INVITE',
    '',
    '',
  ].join('\r\n');
  expect(scanner.scan(0, loadSlab(Buffer.from(text, 'latin1')))).toBe(SCAN.OK);
  const out = new Uint8Array(40).fill(0xee);
  if (!viaEndpoint(scanner, out, 2, 20)) {
    expect(out.every((byte) => byte === 0xee)).toBe(true);
    return null;
  }
  expect([...out.subarray(2, 14)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]);
  return `${out.subarray(14, 18).join('.')}:${((out[20] ?? 0) << 8) | (out[21] ?? 0)}`;
}

describe('viaEndpoint', () => {
  test.each([
    ['SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bK1', '192.0.2.1:5062'],
    ['SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1', '192.0.2.1:0'],
    ['SIP/2.0/WSS abc.invalid;branch=z9hG4bK1', null],
    ['SIP/2.0/WSS abc.invalid;branch=z9hG4bK1;received=192.0.2.7', '192.0.2.7:0'],
    ['SIP/2.0/UDP pc33.example.com:5066;received=192.0.2.7;branch=z9hG4bK1', '192.0.2.7:5066'],
    ['SIP/2.0/UDP 10.0.0.1:5060;received=192.0.2.7', '192.0.2.7:5060'],
    ['SIP/2.0/UDP 10.0.0.1:5060;rport=40000;received=192.0.2.7', '192.0.2.7:40000'],
    ['SIP/2.0/UDP 10.0.0.1:5060;rport;branch=z9hG4bK1', '10.0.0.1:5060'],
    ['SIP/2.0/UDP 10.0.0.1:5060;Received=192.0.2.7', '192.0.2.7:5060'],
    ['SIP / 2.0 / UDP 192.0.2.1:5062 ;branch=z9hG4bK1', '192.0.2.1:5062'],
    ['SIP/2.0/TCP [2001:db8::1]:5060', null],
    ['SIP/2.0/TCP [2001:db8::1]:5060;received=2001:db8::2', null],
    ['SIP/2.0/UDP 192.0.2:5060', null],
    ['SIP/2.0/UDP 192.0.2.256', null],
    ['SIP/2.0/UDP 192.0.2.1.5', null],
    ['SIP/2.0/UDP 192.0.2.1x', null],
  ])('%s', (via, expected) => {
    expect(endpoint(via)).toBe(expected);
  });

  test('the second Via of the same line is somebody else', () => {
    expect(
      endpoint('SIP/2.0/UDP abc.invalid;branch=1, SIP/2.0/UDP 10.0.0.1;received=10.0.0.2'),
    ).toBeNull();
  });

  test('reads every IPv4 address and port', () => {
    const part = fc.nat(255);
    fc.assert(
      fc.property(
        part,
        part,
        part,
        part,
        fc.integer({ min: 1, max: 65_535 }),
        (a, b, c, d, port) => {
          const text = `${a}.${b}.${c}.${d}:${port}`;
          expect(endpoint(`SIP/2.0/UDP ${text};branch=z9hG4bK1`)).toBe(text);
        },
      ),
    );
  });
});
