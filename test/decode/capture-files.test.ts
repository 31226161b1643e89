/** Capture files: formats, byte orders, link types, and what is wrong with them. */
import { describe, expect, test } from 'vitest';
import { READ_BUFFER } from '../../src/decode/capture-reader.ts';
import { CAPTURED_MAX } from '../../src/decode/capture-record.ts';
import { INTERFACES_MAX } from '../../src/decode/pcapng.ts';
import {
  block,
  type FileOptions,
  LINKS,
  packetBlock,
  pcap,
  pcapng,
  pcapngStart,
  readCapture,
  statisticsBlock,
  udp,
} from '../support/capture.ts';

const A = '192.0.2.1:5060';
const B = '192.0.2.2:5080';
const SIX_A = '[2001:db8::1]:5060';
const SIX_B = '[fe80::a:0:0:1]:5062';
const AT = 1_795_255_200_123.456;
const OPTIONS = 'OPTIONS sip:b SIP/2.0\r\n\r\n';
const packet = (data = LINKS.ethernet(udp(A, B, OPTIONS)), at = AT) => ({ at, data });

describe('one packet of every file format', () => {
  const formats: readonly FileOptions[] = [
    { little: true, nano: false },
    { little: false, nano: false },
    { little: true, nano: true },
    { little: false, nano: true },
  ];
  test.each(formats)('pcap %j', (options) => {
    const { messages, stop } = readCapture(pcap([packet()], options));
    expect(stop).toBeNull();
    expect(messages).toEqual([
      { payload: 'sip', text: OPTIONS, src: A, dst: B, transport: 17, at: AT, capturedAt: 0 },
    ]);
  });
  test.each(formats)('pcapng %j', (options) => {
    const { messages, stop } = readCapture(pcapng([packet()], options));
    expect(stop).toBeNull();
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatchObject({ text: OPTIONS, src: A, dst: B });
    expect(messages[0]?.at).toBeCloseTo(AT, 2);
  });
});

describe('one packet of every link type', () => {
  test.each([
    ['Ethernet', 1, LINKS.ethernet],
    ['VLAN', 1, LINKS.vlan],
    ['Q-in-Q', 1, LINKS.qinq],
    ['Linux cooked', 113, LINKS.sll],
    ['Linux cooked 2', 276, LINKS.sll2],
    ['raw IP', 101, LINKS.raw],
    ['raw IP as DLT_RAW', 12, LINKS.raw],
    ['raw IP of OpenBSD', 14, LINKS.raw],
    ['loopback, little-endian host', 0, LINKS.nullLittle],
    ['loopback, big-endian host', 0, LINKS.nullBig],
    ['OpenBSD loopback', 108, LINKS.nullBig],
    ['GRE', 1, LINKS.gre],
    ['IP in IP', 1, LINKS.ipip],
  ] as const)('%s', (_, linkType, link) => {
    for (const [src, dst] of [
      [A, B],
      [SIX_A, SIX_B],
    ] as const) {
      const { messages, discards } = readCapture(
        pcap([packet(link(udp(src, dst, OPTIONS)))], { linkType }),
      );
      expect(discards).toEqual({});
      expect(messages).toMatchObject([{ text: OPTIONS, src, dst }]);
    }
  });

  test('an unknown one is counted and named', () => {
    const { messages, discards, input } = readCapture(
      pcap([packet(), packet()], { linkType: 127 }),
    );
    expect(messages).toEqual([]);
    expect(discards).toEqual({ 'not_ours link_type': 2 });
    expect([...input.unknownLinks]).toEqual([[127, 2]]);
  });
});

describe('pcapng', () => {
  test('passes over blocks that it does not know, however long', () => {
    const long = block(0x0bad, Buffer.alloc(3 * READ_BUFFER));
    const file = Buffer.concat([
      pcapngStart(),
      long,
      block(4, Buffer.from('abc')),
      packetBlock(packet()),
    ]);
    for (const chunk of [file.length, 10_000]) {
      expect(readCapture(file, chunk)).toMatchObject({ packets: 1, stop: null, broken: 0 });
    }
  });

  test('reads sections of either byte order in one file', () => {
    const file = Buffer.concat([
      pcapng([packet()], { little: true }),
      pcapng([packet()], { little: false, linkType: 1 }),
    ]);
    expect(readCapture(file)).toMatchObject({ packets: 2, stop: null });
  });

  test('sums what was dropped over its sections', () => {
    const file = Buffer.concat([
      pcapng([packet()]),
      statisticsBlock(1, 2),
      statisticsBlock(4, 5),
      pcapng([packet()]),
      statisticsBlock(10, 0),
    ]);
    expect(readCapture(file).dropped).toBe(19);
    expect(readCapture(pcapng([packet()])).dropped).toBeNull();
  });

  test('a drop count that cannot be is none, and takes nothing from the others', () => {
    const sections = [pcapng([packet()]), statisticsBlock(3, -1)];
    expect(readCapture(Buffer.concat(sections)).dropped).toBe(3);
    const silent = [pcapng([packet()]), statisticsBlock(-1, -1)];
    expect(readCapture(Buffer.concat(silent)).dropped).toBeNull();
  });

  test('a simple packet has the time of the one before', () => {
    const { data } = packet();
    const simple = block(3, Buffer.concat([Buffer.from([data.length, 0, 0, 0]), data]));
    const { messages } = readCapture(Buffer.concat([pcapng([packet()]), simple]));
    expect(messages.map((message) => message.text)).toEqual([OPTIONS, OPTIONS]);
    expect(messages[1]?.at).toBe(messages[0]?.at);
  });

  test('counts blocks that are broken in themselves', () => {
    const start = pcapngStart();
    const noInterface = packetBlock(packet());
    noInterface.writeUInt32LE(9, 8);
    const tooLong = packetBlock(packet());
    tooLong.writeUInt32LE(4000, 20);
    const short = block(6, Buffer.alloc(8));
    const file = Buffer.concat([start, noInterface, tooLong, short, packetBlock(packet())]);
    expect(readCapture(file)).toMatchObject({ packets: 1, broken: 3, stop: null });
  });

  test(`takes at most ${INTERFACES_MAX} interfaces`, () => {
    const one = block(1, Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]));
    const file = Buffer.concat([
      pcapngStart(),
      ...Array.from({ length: INTERFACES_MAX }, () => one),
    ]);
    expect(readCapture(file).broken).toBe(1);
  });
});

describe('what a bad file says', () => {
  const good = pcap([packet(), packet()]);
  const record = 16 + packet().data.length;
  const giant = Buffer.from(good);
  giant.writeUInt32LE(CAPTURED_MAX + 1, 24 + record + 8);
  const ng = pcapng([packet()]);
  const badLength = Buffer.concat([ng, Buffer.from('0600000007000000000000000000', 'hex')]);
  const badEnd = Buffer.from(ng);
  badEnd.writeUInt32LE(0, badEnd.length - 4);

  test.each([
    ['nothing', Buffer.alloc(0), { kind: 'foreign', offset: 0, what: 'nothing at all' }, 0],
    ['text', Buffer.from('hello'), { kind: 'foreign', what: 'it begins with 68656c6c' }, 0],
    ['two bytes', Buffer.from('ab'), { kind: 'foreign' }, 0],
    ['half a header', good.subarray(0, 10), { kind: 'truncated', offset: 0 }, 0],
    [
      'half a packet',
      good.subarray(0, good.length - 1),
      { kind: 'truncated', offset: 24 + record },
      1,
    ],
    [
      'an impossible length',
      giant,
      {
        kind: 'corrupt',
        offset: 24 + record,
        what: `a record of ${CAPTURED_MAX + 1} bytes; ${CAPTURED_MAX} is the most`,
      },
      1,
    ],
    ['half a block', ng.subarray(0, ng.length - 5), { kind: 'truncated' }, 0],
    [
      'an impossible block',
      badLength,
      { kind: 'corrupt', offset: ng.length, what: 'a block of 7 bytes' },
      1,
    ],
    ['a block with two lengths', badEnd, { kind: 'corrupt' }, 0],
    [
      'a section without a byte order',
      Buffer.from('0a0d0d0a1c00000000000000', 'hex'),
      { kind: 'corrupt' },
      0,
    ],
  ] as const)('%s', (_, file, stop, packets) => {
    for (const chunk of [file.length, 1, 7]) {
      expect(readCapture(file, chunk)).toMatchObject({ stop, packets });
    }
  });

  test('a file that ends inside a block that is passed over', () => {
    const file = Buffer.concat([pcapngStart(), block(0x0bad, Buffer.alloc(READ_BUFFER))]);
    const { stop } = readCapture(file.subarray(0, 2000));
    expect(stop).toMatchObject({ kind: 'truncated' });
  });
});

describe('time', () => {
  test('never goes back, and a late packet has its own time beside', () => {
    const { messages, input } = readCapture(
      pcap([packet(undefined, 5000), packet(undefined, 3000), packet(undefined, 6000)]),
    );
    expect(messages.map(({ at, capturedAt }) => [at, capturedAt])).toEqual([
      [5000, 0],
      [5000, 3000],
      [6000, 0],
    ]);
    expect(input.setBack).toBe(2000);
  });

  test('is never one that no date can have', () => {
    const file = pcapng([packet()]);
    file.fill(
      0xff,
      file.length - packet().data.length - 28,
      file.length - packet().data.length - 20,
    );
    const { messages } = readCapture(file);
    for (const { at } of messages) expect(new Date(at).toISOString()).toBeTypeOf('string');
  });
});
