/** What is inside of captured packets: IP with its fragments, UDP, and what leads no further. */
import { describe, expect, test } from 'vitest';
import { FRAGMENT_MS, FRAGMENTED_MAX } from '../../src/decode/fragments.ts';
import { EXTENSIONS_MAX, NESTING_MAX } from '../../src/decode/layers-table.ts';
import {
  ipv4,
  ipv6,
  ipv6Fragment,
  LINKS,
  pcap,
  readCapture,
  tcp,
  udp,
  udpHeader,
} from '../support/capture.ts';

const A = '192.0.2.1:5060';
const B = '192.0.2.2:5080';
const SIX_A = '[2001:db8::1]:5060';
const SIX_B = '[2001:db8::2]:5062';
const LONG = `MESSAGE sip:b SIP/2.0\r\nX: ${'x'.repeat(3000)}\r\n\r\n`;
const raw = (packets: readonly Uint8Array[], gapMs = 1) =>
  readCapture(
    pcap(
      packets.map((data, i) => ({ at: 1000 + i * gapMs, data })),
      { linkType: 101 },
    ),
  );

/** IPv4 fragments of one datagram of so many bytes each. */
function fragments4(id: number, size = 1480, text = LONG): Buffer[] {
  const datagram = udpHeader(A, B, Buffer.from(text));
  return pieces(datagram, size).map(({ part, offset, more }) =>
    ipv4(A, B, 17, part, { id, offset, more }),
  );
}

function fragments6(id: number, size = 1448): Buffer[] {
  const datagram = udpHeader(SIX_A, SIX_B, Buffer.from(LONG));
  return pieces(datagram, size).map(({ part, offset, more }) =>
    ipv6(SIX_A, SIX_B, 44, ipv6Fragment(17, { id, offset, more }, part)),
  );
}

function pieces(bytes: Buffer, size: number) {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => ({
    part: bytes.subarray(i * size, (i + 1) * size),
    offset: i * size,
    more: (i + 1) * size < bytes.length,
  }));
}

describe('fragments', () => {
  test.each([
    ['IPv4', fragments4(1), A],
    ['IPv4, backwards', fragments4(1).toReversed(), A],
    [
      'IPv4, each twice',
      fragments4(1)
        .flatMap((one) => [one, one])
        .slice(0, -1),
      A,
    ],
    ['IPv4, of eight bytes', fragments4(1, 8), A],
    ['IPv6', fragments6(1), SIX_A],
    ['IPv6, backwards', fragments6(1).toReversed(), SIX_A],
  ])('%s', (_, packets, src) => {
    const { messages, discards } = raw(packets);
    expect(messages).toMatchObject([{ text: LONG, src }]);
    expect(discards).toEqual({});
  });

  test('of several datagrams between one another', () => {
    const sets = Array.from({ length: FRAGMENTED_MAX }, (_, id) => fragments4(id));
    const { messages, discards } = raw(
      [0, 1, 2].flatMap((i) => sets.flatMap((set) => set[i] ?? [])),
    );
    expect(messages).toHaveLength(FRAGMENTED_MAX);
    expect(discards).toEqual({});
  });

  test(`of more than ${FRAGMENTED_MAX} datagrams: the oldest goes, counted`, () => {
    const sets = Array.from({ length: FRAGMENTED_MAX + 1 }, (_, id) => fragments4(id));
    const { messages, discards } = raw(
      [0, 1, 2].flatMap((i) => sets.flatMap((set) => set[i] ?? [])),
    );
    expect(messages.length).toBeLessThan(FRAGMENTED_MAX);
    expect(discards['lost fragment']).toBeGreaterThan(0);
  });

  test('that do not come are lost', () => {
    const [first = Buffer.alloc(0), ...others] = fragments4(1);
    expect(raw([first]).discards).toEqual({ 'lost fragment': 1 });
    expect(raw(others).discards).toEqual({ 'lost fragment': 1 });
    expect(raw([first, ...others], FRAGMENT_MS + 1).messages).toEqual([]);
  });

  test('may not rewrite what was there (RFC 5722)', () => {
    const [first = Buffer.alloc(0), second = Buffer.alloc(0), third = Buffer.alloc(0)] =
      fragments4(1);
    const forged = ipv4(A, B, 17, Buffer.alloc(1480, 0x21), { id: 1, offset: 0, more: true });
    expect(raw([first, forged, second, third]).messages).toMatchObject([{ text: LONG }]);
  });

  test('behind the last one do not stand for what is missing before it', () => {
    // Reassembly uses its memory again: what is missing would be bytes of another datagram.
    const others = [fragments4(1), fragments4(2)].flat();
    const beyond = ipv4(A, B, 17, Buffer.alloc(1480), { id: 3, offset: 2960, more: true });
    const last = ipv4(A, B, 17, Buffer.alloc(1480, 0x21), { id: 3, offset: 1480, more: false });
    const { messages, discards } = raw([...others, beyond, last]);
    expect(messages).toHaveLength(2);
    expect(discards).toEqual({ 'lost fragment': 1 });
  });

  test.each([
    [
      'longer than a datagram',
      ipv4(A, B, 17, Buffer.alloc(64), { id: 1, offset: 65_528, more: true }),
    ],
    ['not of eights', ipv4(A, B, 17, Buffer.alloc(63), { id: 1, offset: 0, more: true })],
    ['empty', ipv4(A, B, 17, Buffer.alloc(0), { id: 1, offset: 8, more: false })],
  ])('%s are given up', (_, packet) => {
    expect(raw([packet]).discards).toEqual({ 'lost fragment': 1 });
  });

  test('inside of fragments, in a tunnel', () => {
    const inner = fragments4(3);
    const outer = inner.flatMap((packet, i) =>
      pieces(packet, 800).map(({ part, offset, more }) =>
        ipv4('198.51.100.1:1', '198.51.100.2:1', 4, part, { id: 100 + i, offset, more }),
      ),
    );
    expect(raw(outer).messages).toMatchObject([{ text: LONG, src: A }]);
  });

  test('an atomic one is whole (RFC 6946)', () => {
    const text = 'BYE sip:b SIP/2.0\r\n\r\n';
    const header = udpHeader(SIX_A, SIX_B, Buffer.from(text));
    const atomic = ipv6Fragment(17, { id: 1, offset: 0, more: false }, header);
    expect(raw([ipv6(SIX_A, SIX_B, 44, atomic)]).messages).toMatchObject([{ text }]);
  });
});

describe('headers', () => {
  const text = 'BYE sip:b SIP/2.0\r\n\r\n';
  const header = udpHeader(A, B, Buffer.from(text));

  test('IPv4 options, and padding of the link', () => {
    const packet = ipv4(A, B, 17, header, undefined, Buffer.alloc(8, 1));
    expect(raw([Buffer.concat([packet, Buffer.alloc(6, 0x55)])]).messages).toMatchObject([
      { text },
    ]);
  });

  test('IPv4 of a length that the network card fills in later', () => {
    const packet = ipv4(A, B, 17, header);
    packet.writeUInt16BE(0, 2);
    expect(raw([packet]).messages).toMatchObject([{ text }]);
  });

  const extension = (next: number, rest: Uint8Array) =>
    Buffer.concat([Buffer.from([next, 0, 0, 0, 0, 0, 0, 0]), rest]);
  test.each([
    ['hop by hop', 0],
    ['routing', 43],
    ['destination options', 60],
  ])('IPv6 %s', (_, type) => {
    const packet = ipv6(SIX_A, SIX_B, type, extension(17, header));
    expect(raw([packet]).messages).toMatchObject([{ text }]);
  });

  test('IPv6 authentication, whose length counts in fours', () => {
    const ah = Buffer.concat([Buffer.from([17, 4]), Buffer.alloc(22), header]);
    expect(raw([ipv6(SIX_A, SIX_B, 51, ah)]).messages).toMatchObject([{ text }]);
  });

  test(`IPv6 of more than ${EXTENSIONS_MAX} extensions`, () => {
    let packet: Buffer = header;
    let next = 17;
    for (let i = 0; i <= EXTENSIONS_MAX; i++) {
      packet = extension(next, packet);
      next = 60;
    }
    expect(raw([ipv6(SIX_A, SIX_B, 60, packet)]).discards).toEqual({ 'malformed packet': 1 });
  });

  test(`tunnels deeper than ${NESTING_MAX}`, () => {
    let packet = udp(A, B, text);
    for (let i = 0; i <= NESTING_MAX; i++) packet = ipv4(A, B, 4, packet);
    expect(raw([packet]).discards).toEqual({ 'malformed packet': 1 });
  });
});

describe('what leads no further', () => {
  const whole = udp(A, B, 'BYE sip:b SIP/2.0\r\n\r\n');
  const change = (at: number, value: number) => {
    const copy = Buffer.from(whole);
    copy.writeUInt8(value, at);
    return copy;
  };
  test.each([
    ['ICMP', ipv4(A, B, 1, Buffer.alloc(8)), 'not_ours other_protocol'],
    [
      'an ICMP error, which quotes a whole message that found no port (RFC 1812 section 4.3.2.3)',
      ipv4(B, A, 1, Buffer.concat([Buffer.from('0303000000000000', 'hex'), udp(A, B, LONG)])),
      'not_ours other_protocol',
    ],
    [
      'an ICMPv6 error, the same (RFC 4443 section 3.1)',
      ipv6(
        SIX_B,
        SIX_A,
        58,
        Buffer.concat([
          Buffer.from('0104000000000000', 'hex'),
          ipv6(SIX_A, SIX_B, 17, udpHeader(SIX_A, SIX_B, Buffer.from(LONG))),
        ]),
      ),
      'not_ours other_protocol',
    ],
    ['SCTP', ipv4(A, B, 132, Buffer.alloc(12)), 'not_ours other_protocol'],
    ['ESP', ipv4(A, B, 50, Buffer.alloc(12)), 'not_ours encrypted'],
    ['no IP at all', Buffer.from([0x10, 0, 0, 0]), 'not_ours other_protocol'],
    ['GRE with a route', ipv4(A, B, 47, Buffer.from([0x40, 0, 8, 0])), 'not_ours other_protocol'],
    ['RTP', udp(A, B, Buffer.from([0x80, 0, 0, 1, 0, 0, 0, 0])), 'not_ours not_sip'],
    ['STUN', udp(A, B, Buffer.from([0, 1, 0, 8, 0x21, 0x12, 0xa4, 0x42])), 'not_ours not_sip'],
    ['nothing', udp(A, B, ''), 'not_ours not_sip'],
    ['three letters', udp(A, B, 'abc'), 'not_ours not_sip'],
    ['a byte', udp(A, B, Buffer.from([0])), 'not_ours not_sip'],
    ['a short IPv4 header', change(0, 0x44), 'malformed packet'],
    ['an IPv4 header of 60 bytes in 49', change(0, 0x4f), 'malformed packet'],
    ['an IPv4 length below its header', change(3, 19), 'malformed packet'],
    ['three bytes of IPv4', whole.subarray(0, 3), 'malformed packet'],
    ['a UDP length below its header', change(25, 7), 'malformed packet'],
    ['a UDP length beyond the packet', change(25, 200), 'malformed packet'],
    ['half a UDP header', ipv4(A, B, 17, Buffer.alloc(5)), 'malformed packet'],
    ['half a TCP header', ipv4(A, B, 6, Buffer.alloc(19)), 'malformed packet'],
    ['a TCP header of 8 bytes', ipv4(A, B, 6, Buffer.alloc(20, 0x22)), 'malformed packet'],
  ])('%s', (_, packet, name) => {
    const { messages, discards } = raw([packet]);
    expect(messages).toEqual([]);
    expect(discards).toEqual({ [name]: 1 });
  });

  test('an Ethernet frame that ends in its header', () => {
    expect(readCapture(pcap([{ at: 1, data: Buffer.alloc(14) }])).discards).toEqual({
      'malformed packet': 1,
    });
    expect(
      readCapture(pcap([{ at: 1, data: LINKS.vlan(whole).subarray(0, 15) }])).discards,
    ).toEqual({
      'not_ours other_protocol': 1,
    });
  });

  test('what the capture cut off: headers are lost, messages read as far as they go', () => {
    const cut = (length: number) =>
      readCapture(
        pcap([{ at: 1, data: whole.subarray(0, length), original: whole.length }], {
          linkType: 101,
        }),
      );
    for (const length of [3, 19, 24]) expect(cut(length).discards).toEqual({ 'lost snaplen': 1 });
    const { messages, discards, input } = cut(whole.length - 4);
    expect(messages).toMatchObject([{ text: 'BYE sip:b SIP/2.0' }]);
    expect(discards).toEqual({});
    expect(input.cut).toBe(1);
  });

  test('a cut fragment, and a cut TCP header', () => {
    const fragment = fragments4(1)[0] ?? Buffer.alloc(0);
    const segment = tcp(A, B, 1, 0, 'x');
    for (const [data, kept] of [
      [fragment, 100],
      [segment, 30],
    ] as const) {
      const file = pcap([{ at: 1, data: data.subarray(0, kept), original: data.length }], {
        linkType: 101,
      });
      expect(readCapture(file).discards).toEqual({ 'lost snaplen': 1 });
    }
  });
});

test('a keep-alive of two bytes is left to the scan', () => {
  expect(raw([udp(A, B, '\r\n')]).messages).toMatchObject([{ payload: 'sip', text: '\r\n' }]);
});

test('HEP in UDP is told from SIP', () => {
  const hep3 = Buffer.from('4845503300060000', 'hex');
  const hep2 = Buffer.from([2, 28, 2, 17, 0, 0, 0, 0]);
  expect(raw([udp(A, B, hep3), udp(A, B, hep2)]).messages.map(({ payload }) => payload)).toEqual([
    'hep',
    'hep',
  ]);
});
