import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeHep } from '../../src/decode/hep.ts';
import {
  HEP_CHUNKS,
  HEP_DISCARDS,
  HEP_STATUS,
  type HepStatus,
} from '../../src/decode/hep-table.ts';
import { Packet } from '../../src/decode/packet.ts';
import { loadSlab, SLAB, SLAB_MESSAGE_MAX, SLAB_PADDING } from '../../src/lib/slab.ts';
import {
  encodeAddresses,
  encodeChunk,
  encodeHep,
  type HepFields,
  wrapHep,
} from '../support/hep.ts';
import { sipPayloads, udpPayloads } from '../support/pcap.ts';

const SIP = 'OPTIONS sip:a@b SIP/2.0\r\n\r\n';

interface Decoded {
  readonly status: HepStatus;
  readonly packet: Packet;
  readonly payload: Buffer;
  readonly correlation: string;
}

function decode(bytes: Uint8Array, key: string | null = null): Decoded {
  const packet = new Packet();
  const end = loadSlab(bytes);
  const status = decodeHep(0, end, packet, { authKey: key === null ? null : Buffer.from(key) });
  return {
    status,
    packet,
    payload: Buffer.from(SLAB.subarray(packet.start, packet.end)),
    correlation: SLAB.toString('latin1', packet.correlationStart, packet.correlationEnd),
  };
}

function chunk(type: number, body: Uint8Array | string, length?: number): Buffer {
  return encodeChunk(length === undefined ? { type, body } : { type, body, length });
}

const SIP_TYPE = chunk(0x0b, '\x01');

/** The example of the HEP3 specification, rev. 37: its prose, octet by octet. */
const SPECIFICATION_EXAMPLE = Buffer.from(
  [
    '48455033 0071', // HEP3, total length 113
    '0000 0001 0007 02', // protocol family 2, IPv4
    '0000 0002 0007 11', // protocol 17, UDP
    '0000 0003 000a d4ca0001', // source 212.202.0.1
    '0000 0004 000a 527400d3', // destination 82.116.0.211
    '0000 0007 0008 2eea', // source port 12010
    '0000 0008 0008 13c4', // destination port 5060
    '0000 0009 000a 4e4982cb', // 1313440459 s
    '0000 000a 000a 0001d4c0', // 120000 us
    '0000 000b 0007 01', // SIP
    '0000 000c 000a 000000e4', // capture id 228
    '0000 000f 0014 494e56495445207369703a626f62', // INVITE sip:bob
  ]
    .join('')
    .replaceAll(' ', ''),
  'hex',
);

describe('decodeHep', () => {
  it('reads the example of the specification', () => {
    const { status, packet, payload } = decode(SPECIFICATION_EXAMPLE);
    expect(status).toBe(HEP_STATUS.ok);
    expect(payload.toString()).toBe('INVITE sip:bob');
    expect(packet.addresses).toEqual(encodeAddresses('212.202.0.1:12010', '82.116.0.211:5060'));
    expect(packet.capturedAt).toBe(1_313_440_459_120);
    expect(packet.captureId).toBe(228);
    expect(packet.transport).toBe(17);
    expect(packet.correlationEnd - packet.correlationStart).toBe(0);
  });

  it('clears what an earlier packet left', () => {
    const packet = new Packet();
    const full = encodeHep({ payload: SIP, at: 5000, captureId: 7, correlationId: 'x' });
    decodeHep(0, loadSlab(full), packet, { authKey: null });
    const bare = wrapHep([SIP_TYPE, chunk(0x0f, SIP)]);
    expect(decodeHep(0, loadSlab(bare), packet, { authKey: null })).toBe(HEP_STATUS.ok);
    const expected = new Packet();
    expected.protocolType = 1;
    expected.end = bare.length;
    expected.start = bare.length - SIP.length;
    expect(packet).toEqual(expected);
  });

  it('has no capture time when only microseconds are stated', () => {
    const bytes = wrapHep([chunk(0x0a, '\x00\x01\x00\x00'), SIP_TYPE, chunk(0x0f, SIP)]);
    expect(decode(bytes).packet.capturedAt).toBe(0);
  });

  it('reads the newer name of the header', () => {
    const bytes = encodeHep({ payload: SIP });
    bytes.write('EEP3', 'latin1');
    expect(decode(bytes).status).toBe(HEP_STATUS.ok);
  });

  it('skips unknown generic chunks and those of every vendor', () => {
    const extra = [
      { type: 0x00, body: 'reserved' },
      { type: 0x12, body: 'a VLAN of the wrong length' },
      { type: 0x29, body: 'group' },
      { type: 0xffff, body: '' },
      ...[1, 2, 3, 4, 5, 6, 7, 8, 0xffff].map((vendor) => ({
        vendor,
        type: 0x0f,
        body: 'not SIP',
      })),
    ];
    const { status, payload } = decode(encodeHep({ payload: SIP, extra }));
    expect(status).toBe(HEP_STATUS.ok);
    expect(payload.toString()).toBe(SIP);
  });
});

const REFUSED: readonly (readonly [string, Buffer, HepStatus])[] = [
  ['nothing', Buffer.alloc(0), HEP_STATUS.header],
  ['less than a header', Buffer.from('HEP3\0'), HEP_STATUS.header],
  ['no HEP at all', Buffer.from(SIP), HEP_STATUS.header],
  [
    'HEP v1 without SIP',
    Buffer.from('0110021113c413c4c0000201c0000202', 'hex'),
    HEP_STATUS.truncated,
  ],
  [
    'HEP v2 of another length',
    Buffer.from('021c021113c413c4c0000201c0000202', 'hex'),
    HEP_STATUS.version,
  ],
  ['a length above the datagram', wrapHep([SIP_TYPE], 14), HEP_STATUS.truncated],
  ['a length below the datagram', wrapHep([SIP_TYPE, chunk(0x0f, SIP)], 13), HEP_STATUS.header],
  ['a length below the header', wrapHep([], 5), HEP_STATUS.header],
  ['no chunk', wrapHep([]), HEP_STATUS.chunk],
  ['half a chunk header', wrapHep([SIP_TYPE, Buffer.alloc(5)]), HEP_STATUS.chunk],
  ['a chunk of length 0', wrapHep([SIP_TYPE, chunk(0x0f, SIP, 0)]), HEP_STATUS.chunk],
  [
    'a chunk that overlaps its own header',
    wrapHep([chunk(0x7f, '', 5), SIP_TYPE]),
    HEP_STATUS.chunk,
  ],
  ['a chunk past the end', wrapHep([SIP_TYPE, chunk(0x0f, SIP, 90)]), HEP_STATUS.chunk],
  [
    'a vendor chunk past the end',
    wrapHep([encodeChunk({ vendor: 2, type: 1, body: '', length: 7 })]),
    HEP_STATUS.chunk,
  ],
  ['no payload', wrapHep([SIP_TYPE]), HEP_STATUS.chunk],
  ['an empty payload', wrapHep([SIP_TYPE, chunk(0x0f, '')]), HEP_STATUS.chunk],
  ['no protocol type', wrapHep([chunk(0x0f, SIP)]), HEP_STATUS.chunk],
  ['two payloads', wrapHep([SIP_TYPE, chunk(0x0f, SIP), chunk(0x0f, SIP)]), HEP_STATUS.chunk],
  [
    'a plain and a compressed payload',
    wrapHep([SIP_TYPE, chunk(0x0f, SIP), chunk(0x10, SIP)]),
    HEP_STATUS.chunk,
  ],
  ['a payload that does not inflate', wrapHep([SIP_TYPE, chunk(0x10, SIP)]), HEP_STATUS.gzip],
  ['a payload that inflates to nothing', encodeHep({ payload: '', gzip: true }), HEP_STATUS.gzip],
  ['a keep-alive', wrapHep([chunk(0x0d, '\x00\x1e')]), HEP_STATUS.keepalive],
  ['RTP statistics', encodeHep({ payload: '{}', protocolType: 34 }), HEP_STATUS.otherPayload],
  ['another report', encodeHep({ payload: '{}', protocolType: 35 }), HEP_STATUS.otherPayload],
  ['a log line', encodeHep({ payload: 'x', protocolType: 100 }), HEP_STATUS.otherPayload],
];

describe('decodeHep refuses', () => {
  it.each(REFUSED)('%s', (_, bytes, status) => {
    expect(decode(bytes).status).toBe(status);
  });

  it.each(HEP_CHUNKS.filter((row) => row.length !== null))(
    'chunk $type ($name) of another length than $length',
    ({ type, length }) => {
      const others = [SIP_TYPE, chunk(0x0f, SIP)].filter((c) => c.readUInt16BE(2) !== type);
      for (const wrong of [0, length - 1, length + 1]) {
        const bytes = wrapHep([chunk(type, Buffer.alloc(wrong)), ...others]);
        expect(decode(bytes).status).toBe(HEP_STATUS.chunk);
      }
    },
  );

  it('every status but ok and rtcp has its own counter', () => {
    const discards = Object.values(HEP_STATUS).map((status) => HEP_DISCARDS[status]);
    const labels = discards.flatMap((d) => (d === null ? [] : `${d.counter} ${d.reason}`));
    expect(new Set(labels).size).toBe(Object.keys(HEP_STATUS).length - 2);
    expect(HEP_DISCARDS[HEP_STATUS.ok]).toBeNull();
    expect(HEP_DISCARDS[HEP_STATUS.rtcp]).toBeNull();
  });
});

describe('RTCP', () => {
  it.each([false, true])('its payload is handed on, compressed: %s', (gzip) => {
    const payload = '{"report_count":0}';
    const found = decode(encodeHep({ payload, protocolType: 5, correlationId: 'a@b', gzip }));
    expect(found.status).toBe(HEP_STATUS.rtcp);
    expect(found.payload.toString()).toBe(payload);
    expect(found.correlation).toBe('a@b');
  });
});

describe('authentication key', () => {
  const cases: readonly (readonly [string, string | undefined, string | null, HepStatus])[] = [
    ['right', 'secret', 'secret', HEP_STATUS.ok],
    ['wrong', 'Secret', 'secret', HEP_STATUS.auth],
    ['wrong at its end', 'secreT', 'secret', HEP_STATUS.auth],
    ['prefix', 'secre', 'secret', HEP_STATUS.auth],
    ['longer', 'secret!', 'secret', HEP_STATUS.auth],
    ['empty', '', 'secret', HEP_STATUS.auth],
    ['missing', undefined, 'secret', HEP_STATUS.auth],
    ['not asked for', 'anything', null, HEP_STATUS.ok],
  ];
  it.each(cases)('%s', (_, sent, asked, status) => {
    const fields = { payload: SIP, ...(sent === undefined ? {} : { authKey: sent }) };
    expect(decode(encodeHep(fields), asked).status).toBe(status);
  });

  it('is refused when sent twice, so that a second one cannot repair the first', () => {
    const bytes = wrapHep([chunk(0x0e, 'no'), chunk(0x0e, 'yes'), SIP_TYPE, chunk(0x0f, SIP)]);
    expect(decode(bytes, 'yes').status).toBe(HEP_STATUS.chunk);
  });

  it('is checked before anything is inflated', () => {
    const bytes = wrapHep([SIP_TYPE, chunk(0x10, 'no gzip')]);
    expect(decode(bytes, 'secret').status).toBe(HEP_STATUS.auth);
  });
});

describe('compressed payload', () => {
  it('is inflated up to the message maximum and no further', () => {
    const largest = Buffer.alloc(SLAB_MESSAGE_MAX, 'a');
    const bytes = encodeHep({ payload: largest, gzip: true });
    const { status, packet, payload } = decode(bytes);
    expect(status).toBe(HEP_STATUS.ok);
    expect(packet.start).toBe(bytes.length + SLAB_PADDING);
    expect(payload.equals(largest)).toBe(true);
    const bomb = Buffer.alloc(20 * SLAB_MESSAGE_MAX);
    expect(decode(encodeHep({ payload: bomb, gzip: true })).status).toBe(HEP_STATUS.tooLong);
  });
});

const octet = fc.integer({ min: 0, max: 255 });
const port = fc.integer({ min: 1, max: 65_535 });
const uint32 = fc.integer({ min: 0, max: 0xffffffff });
const ipv4Endpoint = fc.tuple(fc.ipV4(), port).map(([host, p]) => `${host}:${p}`);
const ipv6Endpoint = fc.tuple(fc.ipV6(), port).map(([host, p]) => `[${host}]:${p}`);
const pair = fc.oneof(fc.tuple(ipv4Endpoint, ipv4Endpoint), fc.tuple(ipv6Endpoint, ipv6Endpoint));
const packetFields = fc.record({
  payload: fc.uint8Array({ minLength: 1, maxLength: 2000 }),
  pair,
  transport: octet,
  microseconds: fc.integer({ min: 1_000_000, max: 2 ** 32 * 1_000_000 - 1 }),
  captureId: uint32,
  authKey: fc.string({ minLength: 1 }),
  correlationId: fc.stringMatching(/^[!-~]*$/),
  keepAlive: port,
  vlan: port,
  gzip: fc.boolean(),
});

function toFields(x: typeof packetFields extends fc.Arbitrary<infer T> ? T : never): HepFields {
  const { pair: ends, microseconds, ...rest } = x;
  return { ...rest, src: ends[0], dst: ends[1], at: microseconds / 1000 };
}

/** Whatever the bytes are: a status of the closed set, and offsets that lie inside the input or the inflated text. */
function expectHarmless(bytes: Uint8Array): HepStatus {
  const { status, packet } = decode(bytes);
  expect(Object.values(HEP_STATUS)).toContain(status);
  const behind = bytes.length + SLAB_PADDING;
  const [low, high] =
    packet.start >= behind ? [behind, behind + SLAB_MESSAGE_MAX] : [0, bytes.length];
  expect(packet.start).toBeGreaterThanOrEqual(low);
  expect(packet.end).toBeGreaterThanOrEqual(packet.start);
  expect(packet.end).toBeLessThanOrEqual(high);
  expect(packet.correlationEnd).toBeLessThanOrEqual(bytes.length);
  return status;
}

describe('properties', () => {
  it('decode(encode(x)) = x', () => {
    fc.assert(
      fc.property(packetFields, (x) => {
        const fields = toFields(x);
        const { status, packet, payload, correlation } = decode(encodeHep(fields), x.authKey);
        expect(status).toBe(HEP_STATUS.ok);
        expect(payload.equals(x.payload)).toBe(true);
        expect(packet.addresses).toEqual(encodeAddresses(x.pair[0], x.pair[1]));
        expect(packet.transport).toBe(x.transport);
        expect(packet.captureId).toBe(x.captureId);
        expect(Math.round(packet.capturedAt * 1000)).toBe(x.microseconds);
        expect(correlation).toBe(x.correlationId);
      }),
      { numRuns: 300 },
    );
  });

  it('arbitrary bytes are harmless, with and without the right header', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, framed) => {
        expectHarmless(framed ? wrapHep([bytes]) : bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it('mutated packets are harmless', () => {
    const mutation = fc.tuple(fc.nat(), octet);
    fc.assert(
      fc.property(
        packetFields,
        fc.array(mutation, { minLength: 1, maxLength: 8 }),
        (x, changes) => {
          const bytes = encodeHep(toFields(x));
          for (const [at, value] of changes) bytes[at % bytes.length] = value;
          expectHarmless(bytes);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('every truncation is counted as malformed', () => {
    const whole = encodeHep({
      payload: SIP,
      at: 1_700_000_000_000.5,
      captureId: 9,
      authKey: 'k',
      correlationId: 'c',
      keepAlive: 3,
    });
    for (let length = 0; length < whole.length; length++) {
      const status = expectHarmless(whole.subarray(0, length));
      expect(status).toBe(length < 6 ? HEP_STATUS.header : HEP_STATUS.truncated);
      // The same cut by a sender that states the shorter length: the payload comes last, so none is whole.
      if (length < 6) continue;
      expect(HEP_DISCARDS[expectHarmless(wrapHep([whole.subarray(6, length)]))]).not.toBeNull();
    }
  });

  it('what lies around the packet in the slab does not change the result', () => {
    fc.assert(
      fc.property(packetFields, octet, fc.nat(), octet, (x, fill, at, value) => {
        const bytes = encodeHep(toFields({ ...x, gzip: false }));
        bytes[at % bytes.length] = value;
        const plain = decode(bytes);
        const offset = 64;
        SLAB.fill(fill, 0, bytes.length + 2 * offset);
        SLAB.set(bytes, offset);
        const packet = new Packet();
        const status = decodeHep(offset, offset + bytes.length, packet, { authKey: null });
        expect(status).toBe(plain.status);
        expect(packet.addresses).toEqual(plain.packet.addresses);
        expect(SLAB.subarray(packet.start, packet.end).equals(plain.payload)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('memory', () => {
  /** Heap bytes a packet, the least of several rounds: what other work allocates can only add. */
  function bytesPerPacket(bytes: Uint8Array, rounds: number, packets: number): number {
    const packet = new Packet();
    const options = { authKey: Buffer.from('key') };
    const end = loadSlab(bytes);
    let least = Number.POSITIVE_INFINITY;
    for (let round = 0; round < rounds; round++) {
      const before = process.memoryUsage().heapUsed;
      for (let i = 0; i < packets; i++) decodeHep(0, end, packet, options);
      const used = process.memoryUsage().heapUsed - before;
      // A collection in between makes the difference negative: that round says nothing.
      if (used >= 0) least = Math.min(least, used / packets);
    }
    return least;
  }

  it('takes less than 2 heap bytes a packet, unless it inflates', () => {
    const fields = { payload: SIP, authKey: 'key', correlationId: 'c', at: 1.5e12, captureId: 1 };
    expect(bytesPerPacket(encodeHep(fields), 20, 20_000)).toBeLessThan(2);
    expect(bytesPerPacket(encodeHep({ ...fields, gzip: true }), 20, 20)).toBeGreaterThan(100);
  });
});

const CORPUS = new URL('../corpus/', import.meta.url);
const CAPTURES = readdirSync(CORPUS, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.hep.pcap'))
  .sort();

/** OpenSIPS mirrors a received request after its own change of Max-Forwards; nothing else may differ. */
function comparable(sip: Buffer): string {
  return sip.toString('latin1').replace(/^Max-Forwards:.*\r\n/im, '');
}

describe('captures of real agents', () => {
  it('there are some', () => {
    expect(CAPTURES.length).toBeGreaterThan(3);
  });

  it.each(CAPTURES)('%s holds the messages that went over the wire', (name) => {
    const path = new URL(name, CORPUS).pathname;
    const wire = new Set<string>();
    for (const sip of sipPayloads(path.replace('.hep.', '.sip.'))) {
      wire.add(comparable(sip.payload));
    }
    let found = 0;
    let total = 0;
    for (const record of udpPayloads(path)) {
      const { status, packet, payload } = decode(record.payload);
      expect(status).toBe(HEP_STATUS.ok);
      expect(Math.abs(packet.capturedAt - record.at)).toBeLessThan(5000);
      total += 1;
      if (wire.has(comparable(payload))) found += 1;
    }
    expect(total).toBeGreaterThan(0);
    expect(`${found}/${total}`).toBe(`${total}/${total}`);
  });
});
