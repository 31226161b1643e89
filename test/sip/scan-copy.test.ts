/** A scan that crosses to another thread says there what it said here, wherever the message lies in the slab. */
import { describe, expect, test } from 'vitest';
import { loadSlab, SLAB_MESSAGE_MAX, SLAB_PADDING } from '../../src/lib/slab.ts';
import { FIELD_COUNT } from '../../src/sip/headers.ts';
import { REASON_LINES_MAX, SCAN, SipScanner } from '../../src/sip/scan.ts';
import { restoreScan, SAVED_SCAN_MAX, saveScan } from '../../src/sip/scan-copy.ts';
import { VALID_MESSAGES } from './torture/valid.ts';

const PLACES = [0, 13, SLAB_MESSAGE_MAX + SLAB_PADDING];
/** Where in an array it is saved, and what stands around it. */
const FROM = 5;
const UNTOUCHED = -7;

/** All that can be asked of a scan; of a field that is absent or empty, where it would be does not matter. */
function facts(scan: SipScanner): unknown {
  const pair = (offsets: Int32Array, k: number) => {
    const [start = 0, end = 0] = offsets.subarray(2 * k, 2 * k + 2);
    return start === end ? null : [start, end];
  };
  const { at, reasons, ...rest } = scan;
  const kept = Math.min(scan.reasonCount, REASON_LINES_MAX);
  return {
    ...rest,
    fields: Array.from({ length: FIELD_COUNT }, (_, k) => pair(at, k)),
    reasons: Array.from({ length: kept }, (_, k) => pair(reasons, k)),
  };
}

const START = [
  'BYE sip:a@192.0.2.1 SIP/2.0',
  'Via: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK1',
  'From: <sip:a@192.0.2.1>;tag=1',
  'To: <sip:b@192.0.2.1>;tag=2',
  'CSeq: 2147483647 BYE',
].join('\r\n');
const REASONS = Array.from({ length: 12 }, (_, i) => `Reason: Q.850;cause=${i + 1}\r\n`).join('');
const vias = 'Via: SIP/2.0/UDP h\r\n'.repeat(300);
/** The last field ends where the longest message does. */
const padded = (header: string) =>
  `${START}\r\nX: ${'x'.repeat(SLAB_MESSAGE_MAX - START.length - header.length - 7)}\r\n${header}`;

const MESSAGES: readonly [string, Buffer][] = [
  ...VALID_MESSAGES.map(({ id, wire }): [string, Buffer] => [id, wire]),
  ['more Reasons than are kept', Buffer.from(`${START}\r\nCall-ID: c\r\n${REASONS}\r\n`)],
  ['many Vias', Buffer.from(`${START}\r\nCall-ID: c\r\n${vias}\r\n`)],
  ['a field at the end of the longest message', Buffer.from(padded('Call-ID: the-last-one'))],
  ['an empty one there', Buffer.from(padded('Call-ID: c\r\nReason:'))],
  ['a field as long as fits', Buffer.from(`${START}\r\nCall-ID: ${'c'.repeat(65_000)}\r\n\r\n`)],
];

describe.each(PLACES)('at %i of the slab', (place) => {
  test.each(MESSAGES)('%s', (_, wire) => {
    const here = new SipScanner();
    expect(here.scan(place, loadSlab(wire, place))).toBe(SCAN.OK);
    const saved = new Int32Array(FROM + SAVED_SCAN_MAX + 1).fill(UNTOUCHED);
    saveScan(here, place, saved, FROM);
    const there = new SipScanner();
    // A longer scan before it leaves nothing behind.
    there.at.fill(99);
    there.reasons.fill(99);
    restoreScan(there, place, saved, FROM);
    expect(facts(there)).toEqual(facts(here));
    expect([...saved.subarray(0, FROM), saved.at(-1)]).toEqual(Array(FROM + 1).fill(UNTOUCHED));
  });
});
