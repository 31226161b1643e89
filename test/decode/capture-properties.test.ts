/** Whatever pieces a capture comes in, the same comes out; whatever stands in it, nothing throws. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  ACK,
  FIN,
  frame,
  ipv4,
  LINKS,
  pcap,
  pcapng,
  readCapture,
  SYN,
  tcp,
  udp,
  udpHeader,
} from '../support/capture.ts';

const A = '192.0.2.1:40000';
const B = '192.0.2.2:5060';
const sip = (i: number, body = '') =>
  `MESSAGE sip:${i} SIP/2.0\r\nCall-ID: ${i}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** Cuts bytes at the given places, as shares of their length. */
function cut(bytes: Buffer, shares: readonly number[]): Buffer[] {
  const places = [...new Set(shares.map((share) => Math.floor(share * bytes.length)))].toSorted(
    (a, b) => a - b,
  );
  return [...places, bytes.length].map((end, i) => bytes.subarray(places[i - 1] ?? 0, end));
}

const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 });
const bodies = fc.array(fc.nat(2000), { minLength: 1, maxLength: 8 });

/** A bit of everything that is read. */
function everything(): Buffer[] {
  const datagram = udpHeader(A, B, Buffer.from(sip(1, 'x'.repeat(2000))));
  const first = { id: 1, offset: 0, more: true };
  const rest = { id: 1, offset: 1480, more: false };
  const request = 'GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n';
  return [
    LINKS.ethernet(udp(A, B, sip(0))),
    LINKS.vlan(udp('[2001:db8::1]:5060', '[2001:db8::2]:5060', sip(5))),
    LINKS.gre(udp(A, B, sip(6))),
    LINKS.ethernet(ipv4(A, B, 17, datagram.subarray(0, 1480), first)),
    LINKS.ethernet(ipv4(A, B, 17, datagram.subarray(1480), rest)),
    LINKS.ethernet(tcp(A, B, 1, SYN)),
    LINKS.ethernet(tcp(A, B, 40, ACK, sip(2).slice(38))),
    LINKS.ethernet(tcp(A, B, 2, ACK, sip(2).slice(0, 38))),
    LINKS.ethernet(tcp(B, A, 1, SYN)),
    LINKS.ethernet(tcp(B, A, 2, ACK, request)),
    LINKS.ethernet(tcp(B, A, 2 + request.length, ACK, frame(sip(3)))),
    LINKS.ethernet(tcp(A, B, 2 + sip(2).length, FIN)),
  ];
}

const FILES = [pcap, pcapng].map((format) =>
  format(everything().map((data, i) => ({ at: 1000 + i, data }))),
);

test('a file in pieces of any size', () => {
  for (const file of FILES) {
    const whole = readCapture(file);
    expect(whole.messages).toHaveLength(6);
    for (let chunk = 1; chunk < 200; chunk++) {
      const read = readCapture(file, chunk);
      expect(read.messages).toEqual(whole.messages);
      expect(read.discards).toEqual(whole.discards);
    }
  }
});

test('a stream in segments of any size, in any order, some of them twice', () => {
  fc.assert(
    fc.property(
      bodies,
      shares,
      fc.array(fc.nat(), { minLength: 31, maxLength: 31 }),
      fc.boolean(),
      fc.nat(0xffffffff),
      (lengths, places, order, websocket, first) => {
        const messages = lengths.map((length, i) => sip(i, 'b'.repeat(length)));
        const head = websocket ? [Buffer.from('GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n')] : [];
        const units = messages.map((text) => (websocket ? frame(text) : Buffer.from(text)));
        let sequence = first + 1;
        const segments = cut(Buffer.concat([...head, ...units]), places).map((part) => {
          const segment = tcp(A, B, sequence, ACK, part);
          sequence += part.length;
          return segment;
        });
        const shuffled = [...segments.entries()]
          .toSorted(([i], [j]) => (order[i] ?? 0) - (order[j] ?? 0))
          .flatMap(([i, segment]) => ((order[i] ?? 0) % 3 === 0 ? [segment, segment] : [segment]));
        const file = pcap(
          [tcp(A, B, first, SYN), ...shuffled].map((data, i) => ({ at: 1000 + i, data })),
          { linkType: 101 },
        );
        const read = readCapture(file);
        expect(read.messages.map(({ text }) => text)).toEqual(messages);
        expect(read.input.held).toBe(0);
        expect(read.input.pending).toBe(0);
      },
    ),
    { numRuns: 300 },
  );
});

test('whatever is changed in a capture, or cut off it', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...FILES),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 20 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (file, changes, keep) => {
        const bytes = Buffer.from(file.subarray(0, Math.ceil(file.length * (0.5 + keep / 2))));
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        const read = readCapture(bytes, 997);
        expect(read.packets).toBeLessThanOrEqual(everything().length + 20);
        for (const { at } of read.messages) expect(Number.isFinite(at)).toBe(true);
        expect(read.input.held).toBe(0);
        expect(read.input.pending).toBe(0);
      },
    ),
    { numRuns: 1500 },
  );
});

test('any bytes behind any header', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 120 }),
      fc.constantFrom(0, 1, 101, 113, 276),
      fc.constantFrom(0, 4, 6, 17, 41, 44, 47, 51, 60),
      fc.boolean(),
      (bytes, linkType, protocol, inIp) => {
        const inner = inIp ? ipv4(A, B, protocol, bytes) : Buffer.from(bytes);
        const data = linkType === 1 && inIp ? LINKS.ethernet(inner) : inner;
        const { discards, messages } = readCapture(
          pcap([{ at: 1, data }], { linkType: inIp && linkType !== 1 ? 101 : linkType }),
        );
        const counted = Object.values(discards).reduce((sum, one) => sum + one, 0);
        // A packet is a message, is discarded, or is a TCP segment without data.
        if (protocol !== 6) expect(counted + messages.length).toBeLessThanOrEqual(1);
      },
    ),
    { numRuns: 2000 },
  );
});
