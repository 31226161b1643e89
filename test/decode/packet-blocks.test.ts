/** Packets out of the blocks of a ring, and that they are what the same packets of a capture are. */
import { describe, expect, test } from 'vitest';
import { CaptureInput } from '../../src/capture-input.ts';
import { PacketBlocks, type RingLink } from '../../src/decode/packet-blocks.ts';
import { LINKS, pcap, readCapture, tcp, udp } from '../support/capture.ts';
import { type RingPacket, writeBlock } from '../support/packet-block.ts';

const BLOCK = 4096;

function ring(blocks: readonly (readonly RingPacket[] | null)[], link: RingLink = 'ethernet') {
  const memory = new ArrayBuffer(blocks.length * BLOCK);
  const block = (i: number) => Buffer.from(memory, i * BLOCK, BLOCK);
  for (const [i, packets] of blocks.entries()) if (packets !== null) writeBlock(block(i), packets);
  return { block, reader: new PacketBlocks(memory, BLOCK, link) };
}

const packet = (text: string, more: Partial<RingPacket> = {}): RingPacket => ({
  sec: 5,
  nsec: 123_456_789,
  data: Buffer.from(text),
  ...more,
});

/** Texts of the packets of the next block. */
function texts(reader: PacketBlocks): string[] {
  const found: string[] = [];
  while (reader.next()) {
    const { bytes, start, end } = reader.record;
    found.push(bytes.toString('latin1', start, end));
  }
  return found;
}

test('gives the packets of one block after the other, and begins again behind the last', () => {
  const { reader, block } = ring([[packet('one'), packet('two')], [packet('three')], null]);
  expect(reader.open()).toBe(true);
  expect(texts(reader)).toEqual(['one', 'two']);
  expect(block(0).readUInt32LE(8)).toBe(1);
  reader.release();
  expect(block(0).readUInt32LE(8)).toBe(0);
  expect(reader.open()).toBe(true);
  expect(texts(reader)).toEqual(['three']);
  reader.release();
  expect(reader.open()).toBe(false);
  expect(reader.next()).toBe(false);
  writeBlock(block(2), []);
  // TP_STATUS_LOSING beside TP_STATUS_USER: others found no room.
  writeBlock(block(0), [packet('four')], 1 | 4);
  expect(reader.open()).toBe(true);
  expect(texts(reader)).toEqual([]);
  reader.release();
  expect(reader.open()).toBe(true);
  expect(texts(reader)).toEqual(['four']);
});

test('keeps the time as tcpdump writes it, in whole µs, and says what was cut', () => {
  const { reader } = ring([[packet('12345', { length: 9 }), packet('12345')]]);
  expect(reader.open()).toBe(true);
  const seen: unknown[] = [];
  while (reader.next()) seen.push([reader.record.time[0], reader.record.cut]);
  expect(seen).toEqual([
    [5123.456, true],
    [5123.456, false],
  ]);
});

describe('is read like the same packets of a capture', () => {
  const PACKETS = [
    udp('192.0.2.1:5060', '192.0.2.2:5060', 'BYE sip:b SIP/2.0\r\n\r\n'),
    udp('[2001:db8::1]:5060', '[2001:db8::2]:5060', 'BYE sip:c SIP/2.0\r\n\r\n'),
    tcp('192.0.2.1:5060', '192.0.2.2:5060', 9, 0x10, 'BYE sip:d SIP/2.0\r\nl: 0\r\n\r\n'),
  ];
  const AT = 1_700_000_000_123;
  const expected = readCapture(
    pcap(PACKETS.map((data) => ({ at: AT, data: LINKS.ethernet(data) }))),
  ).messages;

  test.each([
    ['ethernet', (data: Buffer) => ({ data: LINKS.ethernet(data) })],
    ['ethernet', (data: Buffer) => ({ data: LINKS.vlan(data) })],
    ['cooked', (data: Buffer) => ({ data, protocol: LINKS.ethernet(data).readUInt16BE(12) })],
    // A tag that the kernel left in place.
    ['cooked', (data: Buffer) => ({ data: LINKS.vlan(data).subarray(14), protocol: 0x8100 })],
  ] as const)('%s', (link, wrap) => {
    const time = { sec: Math.floor(AT / 1000), nsec: (AT % 1000) * 1e6 };
    const { reader } = ring([PACKETS.map((data) => ({ ...time, ...wrap(data) }))], link);
    const found: string[] = [];
    const input = new CaptureInput({
      frame: () => undefined,
      relay: (bytes) => found.push(Buffer.from(bytes).toString('latin1')),
      discard: (_, discard) => found.push(discard.reason),
    });
    expect(reader.open()).toBe(true);
    while (reader.next()) {
      expect(reader.record.time[0]).toBe(AT);
      input.packet(reader.record);
    }
    expect(found).toEqual(expected.map(({ text }) => text));
  });
});
