import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RTCP_MAX, type RtcpResult, readRtcp } from '../../src/decode/rtcp.ts';
import { loadSlab } from '../../src/lib/slab.ts';
import { rtcpOf } from '../support/media.ts';

const read = (bytes: Uint8Array | string): RtcpResult =>
  readRtcp(0, loadSlab(typeof bytes === 'string' ? Buffer.from(bytes) : bytes));

const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');

/** RFC 3550 §6.4.1: header, SSRC, NTP, RTP time, packets, octets; then one block. */
const SENDER_REPORT = hex(`
  81c8000c 00000001 aaaaaaaa bbbbbbbb cccccccc
  000000fa 00009c40
  00000002 00000003 0001d6ac 00000010 00000000 00000000`);
/** RFC 3550 §6.4.2, without blocks. */
const RECEIVER_REPORT = hex('80c90001 00000001');
const SDES = hex('81ca0003 00000001 0103746f 6d000000');
const BYE = hex('81cb0001 00000001');
const SENT = { sent: 250, heard: 1, highest: 0x1d6ac };

const BINARY: readonly (readonly [string, Uint8Array, RtcpResult])[] = [
  ['sender report', SENDER_REPORT, SENT],
  ['with SDES and BYE', Buffer.concat([SENDER_REPORT, SDES, BYE]), SENT],
  ['receiver report', RECEIVER_REPORT, { sent: null, heard: 0, highest: 0 }],
  ['a receiver report behind it', Buffer.concat([SENDER_REPORT, RECEIVER_REPORT]), SENT],
  ['no report', Buffer.concat([SDES, BYE]), 'silent'],
  ['a version that is none', hex('01c90001 00000001'), 'malformed'],
  ['a type that is none', hex('80600001 00000001'), 'malformed'],
  ['more blocks than bytes', hex('82c90007 00000001 00 00 00 00'.padEnd(64, '0')), 'malformed'],
  ['a sender report without its figures', hex('80c80001 00000001'), 'malformed'],
  ['a length past the end', hex('80c90002 00000001'), 'malformed'],
  ['bytes behind', Buffer.concat([RECEIVER_REPORT, hex('00')]), 'malformed'],
  // RFC 3711 §3.4: the first header is in the clear; index and tag follow the cipher text.
  ['SRTCP', Buffer.concat([SENDER_REPORT, hex('80000001 0123456789abcdef0123')]), 'malformed'],
];

const JSONS: readonly (readonly [string, string, RtcpResult])[] = [
  [
    'sender report',
    '{"sender_information":{"packets":7},"report_blocks":[{"highest_seq_no":9}]}',
    { sent: 7, heard: 1, highest: 9 },
  ],
  [
    'figures in quotes',
    '{"sender_information":{"packets":"7"},"report_blocks":[{"highest_seq_no":"9"}]}',
    { sent: 7, heard: 1, highest: 9 },
  ],
  [
    'receiver report',
    '{"sender_information":null,"report_count":0,"report_blocks":[]}',
    { sent: null, heard: 0, highest: 0 },
  ],
  ['no blocks, and a count of none', '{"report_count":0}', { sent: null, heard: 0, highest: 0 }],
  ['no report', '{"sdes_report_count":1,"sdes_information":[]}', 'silent'],
  ['no object', '[]', 'malformed'],
  ['no JSON', '{"packets"', 'malformed'],
  ['a count without its blocks', '{"report_count":1}', 'malformed'],
  ['blocks that are none', '{"report_blocks":{"length":1}}', 'malformed'],
  ['a block that is none', '{"report_blocks":[null]}', 'malformed'],
  ['packets below 0', '{"sender_information":{"packets":-1}}', 'malformed'],
  ['packets that are no whole number', '{"sender_information":{"packets":1.5}}', 'malformed'],
  ['more packets than fit', '{"sender_information":{"packets":4294967296}}', 'malformed'],
  ['a sender without packets', '{"sender_information":{}}', 'malformed'],
  ['what a prototype would have', '{"__proto__":{"report_count":0}}', 'silent'],
];

describe('reads', () => {
  test.for(BINARY)('RTCP: %s', ([, bytes, expected]) => {
    expect(read(bytes)).toEqual(expected);
  });

  test.for(JSONS)('JSON: %s', ([, text, expected]) => {
    expect(read(text)).toEqual(expected);
  });
});

describe('bounds', () => {
  const padded = (length: number) => `{"report_count":0${' '.repeat(length - 18)}}`;

  test('the longest payload, and one byte more', () => {
    expect(read(padded(RTCP_MAX + 1))).toBe('malformed');
    expect(read(padded(RTCP_MAX))).toEqual({ sent: null, heard: 0, highest: 0 });
  });

  test('as deep as it fits', () => {
    const deep = `{"a":${'['.repeat(RTCP_MAX / 2 - 5)}${']'.repeat(RTCP_MAX / 2 - 5)}}`;
    expect(read(deep)).toBe('silent');
  });
});

describe('properties', () => {
  const uint32 = fc.nat(0xffff_ffff);

  test('read(write(x)) = x', () => {
    const some = fc.record({ sent: fc.option(uint32), heard: fc.nat(31), highest: uint32 });
    fc.assert(
      fc.property(some, ({ sent, heard, highest }) => {
        const options = { heard: `${heard}`, highest: `${highest}` };
        const bytes = rtcpOf(sent === null ? options : { ...options, sent: `${sent}` });
        expect(read(bytes)).toEqual({ sent, heard, highest: heard === 0 ? 0 : highest });
      }),
    );
  });

  const harmless = (result: RtcpResult): void => {
    if (typeof result === 'string') expect(result).toBeOneOf(['silent', 'malformed']);
    else {
      for (const figure of [result.sent ?? 0, result.heard ?? 0, result.highest]) {
        expect(Number.isInteger(figure) && figure >= 0 && figure < 2 ** 32).toBe(true);
      }
    }
  };

  test('any bytes are harmless, with and without a header', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.boolean(),
        (bytes, framed) => {
          harmless(read(framed ? Buffer.concat([SENDER_REPORT, bytes]) : bytes));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('any JSON is harmless, as a whole and as a part of a report', () => {
    const part = fc.constantFrom('sender_information', 'report_blocks', 'report_count');
    fc.assert(
      fc.property(fc.json(), part, (json, key) => {
        harmless(read(json));
        harmless(read(`{"${key}":${json}}`));
      }),
      { numRuns: 1000 },
    );
  });
});
