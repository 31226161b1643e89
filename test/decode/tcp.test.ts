/** SIP, HEP and WebSocket over TCP: order, gaps, framing and bounds. */
import { describe, expect, test } from 'vitest';
import { STREAM_MESSAGE_MAX } from '../../src/decode/pending.ts';
import { HELD_BYTES_MAX, HELD_MS, HELD_SEGMENTS_MAX } from '../../src/decode/tcp.ts';
import { FRAGMENTED_MESSAGES_MAX } from '../../src/decode/websocket-reader.ts';
import { ACK, FIN, frame, pcap, RST, readCapture, SYN, tcp } from '../support/capture.ts';

const A = '192.0.2.1:40000';
const B = '192.0.2.2:5060';

function sip(name: string, body = ''): string {
  return `MESSAGE sip:${name} SIP/2.0\r\nCall-ID: ${name}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** Reads TCP packets that come a millisecond apart. */
function play(packets: readonly Uint8Array[], gapMs = 1) {
  return readCapture(
    pcap(
      packets.map((data, i) => ({ at: 1000 + i * gapMs, data })),
      { linkType: 101 },
    ),
  );
}

/** A connection from its SYN on: each part a segment, in order. */
function stream(parts: readonly (Uint8Array | string)[], first = 1000, from = A): Buffer[] {
  const packets = [tcp(from, B, first, SYN)];
  let sequence = first + 1;
  for (const part of parts) {
    packets.push(tcp(from, B, sequence, ACK, part));
    sequence += Buffer.from(part).length;
  }
  return packets;
}

const texts = (packets: readonly Uint8Array[], gapMs?: number) =>
  play(packets, gapMs).messages.map(({ text }) => text);

describe('framing', () => {
  const both = sip('one', 'body') + sip('two');
  test.each([
    ['two messages in one segment', [both]],
    ['each byte a segment', [...both]],
    ['a body in a segment of its own', [sip('one', 'body').slice(0, -4), `body${sip('two')}`]],
    ['keep-alives in between', ['\r\n\r\n', sip('one', 'body'), '\r\n\r\n', '\r\n', sip('two')]],
  ])('%s', (_, parts) => {
    expect(texts(stream(parts))).toEqual([sip('one', 'body'), sip('two')]);
  });

  test('compact form, spaces, other case, line feeds only, no length at all', () => {
    const forms = [
      'BYE sip:a SIP/2.0\r\nl: 2\r\n\r\nab',
      'BYE sip:a SIP/2.0\r\ncontent-length \t:  2\r\n\r\nab',
      'BYE sip:a SIP/2.0\nCONTENT-LENGTH:2\n\nab',
      'SIP/2.0 200 OK\r\nCall-ID: x\r\n\r\n',
    ];
    expect(texts(stream([forms.join('')]))).toEqual(forms);
  });

  test('a message without the rest of its body is handed on when the connection ends', () => {
    const head = sip('one', 'body').slice(0, -2);
    const packets = [...stream([head]), tcp(A, B, 1001 + head.length, FIN)];
    expect(texts(packets)).toEqual([head]);
  });

  test('a message that is too long is passed over, and the next one is read', () => {
    const long = sip('long', 'x'.repeat(STREAM_MESSAGE_MAX));
    const parts = [long.slice(0, 40_000), long.slice(40_000), sip('two')];
    const { messages, discards } = play(stream(parts));
    expect(messages.map(({ text }) => text)).toEqual([sip('two')]);
    expect(discards).toEqual({ 'malformed too_long': 1 });
  });

  test('a head without an end is given up', () => {
    const endless = `BYE sip:a SIP/2.0\r\n${`X: ${'y'.repeat(1000)}\r\n`.repeat(80)}`;
    const parts = [endless.slice(0, 40_000), endless.slice(40_000), sip('two')];
    const { messages, discards } = play(stream(parts));
    expect(messages.map(({ text }) => text)).toEqual([sip('two')]);
    expect(discards).toMatchObject({ 'malformed stream': 1 });
  });

  test('what is no SIP in a stream of SIP is looked over until a segment begins with it', () => {
    const { messages, discards } = play(
      stream([sip('one'), 'garbage\r\n\r\n', 'more', sip('two')]),
    );
    expect(messages.map(({ text }) => text)).toEqual([sip('one'), sip('two')]);
    expect(discards).toEqual({ 'malformed stream': 1, 'not_ours not_sip': 1 });
  });
});

describe('order', () => {
  const parts = ['one', 'two', 'three', 'four'].map((name) => sip(name));
  const [syn = Buffer.alloc(0), ...segments] = stream(parts);
  const [a, b, c, d] = segments as [Buffer, Buffer, Buffer, Buffer];

  test.each([
    ['backwards', [syn, d, c, b, a]],
    ['mixed', [syn, b, d, a, c]],
    ['each twice', [syn, syn, a, a, b, c, b, c, d, d]],
    ['without its beginning', [a, b, c, d]],
    ['SYN comes late', [a, syn, b, c, d]],
  ])('%s', (_, packets) => {
    expect(texts(packets)).toEqual(parts);
  });

  test('retransmitted with more data', () => {
    const packets = [syn, a, tcp(A, B, 1001, ACK, parts.join(''))];
    expect(texts(packets)).toEqual(parts);
  });

  test('sequence numbers wrap', () => {
    expect(texts(stream(parts, 0xffffffff - 50))).toEqual(parts);
    const [first = Buffer.alloc(0), ...rest] = stream(parts, 0xffffffff - 50);
    expect(texts([first, ...rest.toReversed()])).toEqual(parts);
  });

  test.each([0, 1, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff])(
    'a connection may begin at any number: %i',
    (first) => {
      const [begin = Buffer.alloc(0), ...rest] = stream(parts, first);
      for (const packets of [rest, rest.toReversed(), [...rest, begin], [...rest, ...rest]]) {
        expect(texts([begin, ...packets])).toEqual(parts);
      }
      // The beginning comes with data (RFC 7413), and comes twice.
      const whole = tcp(A, B, first, SYN, parts.join(''));
      expect(texts([whole, whole])).toEqual(parts);
      const end = (first + 1 + parts.join('').length) >>> 0;
      expect(play([begin, tcp(A, B, end, FIN), ...rest]).discards).toEqual({});
    },
  );

  test('a segment that stays missing is given up at the end', () => {
    const { messages, discards } = play([syn, a, c, d]);
    expect(messages.map(({ text }) => text)).toEqual([parts[0], parts[2], parts[3]]);
    expect(discards).toEqual({ 'lost tcp_gap': 1 });
  });

  test('and after a while, so that what follows does not wait', () => {
    const { messages } = play([syn, a, c, d], HELD_MS + 1);
    // The third waits for the second, and goes when the fourth shows how late it is.
    expect(messages.map(({ text, at }) => [text, at])).toEqual([
      [parts[0], 1001 + HELD_MS],
      [parts[2], 1003 + 3 * HELD_MS],
      [parts[3], 1003 + 3 * HELD_MS],
    ]);
  });

  test('a gap inside of a message costs that message only', () => {
    const long = sip('long', 'x'.repeat(3000));
    const packets = stream([
      sip('one'),
      long.slice(0, 1000),
      long.slice(1000, 2000),
      long.slice(2000),
      sip('two'),
    ]);
    packets.splice(3, 1);
    const { messages, discards } = play(packets);
    // Its head was whole, and tells how the call goes on.
    expect(messages.map(({ text }) => text)).toEqual([sip('one'), long.slice(0, 1000), sip('two')]);
    expect(discards).toMatchObject({ 'lost tcp_gap': 1 });
  });

  test('ports that are used again, with a SYN and without', () => {
    const again = stream([sip('again')], 900_000_000);
    expect(texts([syn, a, ...again])).toEqual([parts[0], sip('again')]);
    // A number that happens to be near the old one's.
    expect(texts([syn, a, ...stream([sip('near')], 900)])).toEqual([parts[0], sip('near')]);
    expect(texts([syn, a, ...again.slice(1)])).toEqual([parts[0], sip('again')]);
  });

  test('FIN and RST end it', () => {
    const end = 1001 + (parts[0] ?? '').length;
    for (const flags of [FIN, RST]) {
      const packets = [syn, a, tcp(A, B, end, flags), ...stream([sip('new')], 5000)];
      expect(texts(packets)).toEqual([parts[0], sip('new')]);
    }
  });
});

describe('bounds', () => {
  test(`at most ${HELD_SEGMENTS_MAX} segments and ${HELD_BYTES_MAX} bytes wait`, () => {
    const message = sip('x');
    const many = Array.from({ length: HELD_SEGMENTS_MAX + 1 }, (_, i) =>
      tcp(A, B, 5000 + i * message.length, ACK, message),
    );
    const few = Array.from({ length: 20 }, (_, i) =>
      tcp(A, B, 5000 + i * 60_000, ACK, sip('y', 'b'.repeat(59_900)).padEnd(60_000)),
    );
    expect(texts([tcp(A, B, 1000, SYN), ...many])).toHaveLength(HELD_SEGMENTS_MAX + 1);
    const { messages, input } = play([tcp(A, B, 1000, SYN), ...few]);
    expect(messages.length).toBeGreaterThan(0);
    expect(input.held).toBe(0);
  });

  test(`at most ${FRAGMENTED_MESSAGES_MAX} WebSocket messages in fragments`, () => {
    const handshake = 'GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n';
    const open = Array.from({ length: FRAGMENTED_MESSAGES_MAX + 1 }, (_, i) =>
      stream([handshake, frame('BYE', { final: false })], 1000, `192.0.2.1:${10_000 + i}`),
    ).flat();
    const { discards, input } = play(open);
    expect(discards).toMatchObject({ 'lost tcp_limit': 1 });
    expect(input.pending).toBe(0);
  });
});

describe('HEP', () => {
  const hep = (text: string) => {
    const body = Buffer.from(text);
    return Buffer.concat([Buffer.from('HEP3'), Buffer.from([0, 6 + body.length]), body]);
  };
  test('is cut by its length', () => {
    const bytes = Buffer.concat([hep('abc'), hep('defg')]);
    for (const parts of [[bytes], [...bytes].map((byte) => Buffer.from([byte]))]) {
      expect(play(stream(parts)).messages).toMatchObject([
        { payload: 'hep', text: hep('abc').toString('latin1'), transport: 6 },
        { payload: 'hep', text: hep('defg').toString('latin1') },
      ]);
    }
  });

  test('that is none is given up', () => {
    const { messages, discards } = play(stream([hep('abc'), 'HEPX123', hep('d')]));
    expect(messages).toHaveLength(2);
    expect(discards).toEqual({ 'malformed stream': 1 });
  });
});

describe('WebSocket', () => {
  const request =
    'GET / HTTP/1.1\r\nHost: b\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: sip\r\n\r\n';
  const answer = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n\r\n';
  const one = sip('one', 'x'.repeat(300));

  test.each([
    ['masked', [request, frame(one)]],
    ['plain, from the server', [answer, frame(one, { mask: false })]],
    ['handshake and frame in one segment', [Buffer.concat([Buffer.from(request), frame(one)])]],
    ['binary', [request, frame(one, { opcode: 2 })]],
    [
      'in fragments, with a ping in between',
      [
        request,
        frame(one.slice(0, 10), { final: false }),
        frame('ping', { opcode: 9 }),
        frame(one.slice(10, 200), { opcode: 0, final: false, mask: false }),
        frame(one.slice(200), { opcode: 0 }),
      ],
    ],
    ['without its handshake', [frame(one)]],
  ])('%s', (_, parts) => {
    expect(texts(stream(parts))).toEqual([one]);
    const bytes = Buffer.concat(parts.map((part) => Buffer.from(part)));
    expect(texts(stream([...bytes].map((byte) => Buffer.from([byte]))))).toEqual([one]);
  });

  test('begun before the capture', () => {
    const packets = stream([frame(one), frame(one)]).slice(1);
    expect(texts(packets)).toEqual([one, one]);
  });

  test('compressed is counted, once a message', () => {
    const parts = [
      request,
      frame('zzz', { rsv1: true, final: false }),
      frame('zzz', { opcode: 0 }),
      frame(one),
    ];
    const { messages, discards } = play(stream(parts));
    expect(messages.map(({ text }) => text)).toEqual([one]);
    expect(discards).toEqual({ 'lost compressed': 1, 'not_ours not_sip': 1 });
  });

  test('too long is counted and passed over', () => {
    const parts = [request, frame('x'.repeat(STREAM_MESSAGE_MAX + 1)).subarray(0, 60_000)];
    const rest = frame('x'.repeat(STREAM_MESSAGE_MAX + 1)).subarray(60_000);
    const { messages, discards } = play(stream([...parts, rest, frame(one)]));
    expect(messages.map(({ text }) => text)).toEqual([one]);
    expect(discards).toMatchObject({ 'malformed too_long': 1 });
  });

  test.each([
    ['an unknown opcode', Buffer.from([0x83, 0])],
    ['a reserved bit', Buffer.from([0xa1, 0])],
    ['a ping in pieces', Buffer.from([0x09, 0])],
    ['a long close', Buffer.from([0x88, 126, 1, 0])],
    ['a length of 2^40', Buffer.from([0x82, 127, 0, 0, 1, 0, 0, 0, 0, 0])],
  ])('%s is no frame, and the next segment may begin anew', (_, bytes) => {
    const { messages, discards } = play(stream([request, bytes, frame(one)]));
    expect(messages.map(({ text }) => text)).toEqual([one]);
    expect(discards).toMatchObject({ 'malformed stream': 1 });
  });
});

describe("what is nobody's", () => {
  test.each([
    [
      'TLS',
      [Buffer.from('16030100050100000000', 'hex'), Buffer.from('1703030001', 'hex')],
      { 'not_ours encrypted': 2 },
    ],
    [
      'HTTP',
      ['GET / HTTP/1.1\r\n\r\n', 'POST / HTTP/1.1\r\n\r\nmore than thirty-two bytes'],
      { 'not_ours not_sip': 2 },
    ],
    ['RTSP', ['OPTIONS rtsp://example.com/media.mp4 RTSP/1.0\r\n\r\n'], { 'not_ours not_sip': 1 }],
    ['a few bytes', ['SIP'], { 'not_ours not_sip': 1 }],
  ])('%s', (_, parts, discards) => {
    const read = play(stream(parts));
    expect(read.messages).toEqual([]);
    expect(read.discards).toEqual(discards);
  });
});
