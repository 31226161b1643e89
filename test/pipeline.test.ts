import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULTS } from '../src/config/schema.ts';
import { Engine } from '../src/engine.ts';
import { engineOptions } from '../src/engine-options.ts';
import type { InputHealth } from '../src/input-health.ts';
import { SLAB_MESSAGE_MAX } from '../src/lib/slab.ts';
import { type FrameMeta, LOST, MALFORMED, NOT_OURS, SOURCES } from '../src/sources/source.ts';
import { encodeAddresses, encodeChunk, encodeHep, type HepFields, wrapHep } from './support/hep.ts';
import { Rig, request, response, T0 } from './support/sip.ts';

const KEY = 'secret';
const INVITE = request('>', 'INVITE');
const hep = (fields: Partial<HepFields> = {}): Buffer =>
  encodeHep({ payload: INVITE, authKey: KEY, ...fields });

function engine(): Engine {
  const options = engineOptions(DEFAULTS, 'test');
  const tracker = { ...options.tracker, capacity: 16 };
  return new Engine({ ...options, tracker, authKey: Buffer.from(KEY) }, () => {});
}

function meta(payload: FrameMeta['payload'], fromConnection?: boolean): FrameMeta {
  return {
    source: SOURCES.indexOf(payload === 'hep' ? 'hep_udp' : 'websocket'),
    arrivedAt: T0,
    payload,
    transport: 17,
    addresses: encodeAddresses('192.0.2.1:5060', '192.0.2.2:5060'),
    ...(fromConnection === undefined ? {} : { fromConnection }),
  };
}

/** Counts that are not 0. */
function bySource(cells: Float64Array): Record<string, number> {
  return Object.fromEntries(
    SOURCES.map((source, i) => [source, cells[i] ?? 0] as const).filter(([, count]) => count > 0),
  );
}

/** What moved, as `counter reason source`. */
function moved(health: InputHealth): string[] {
  const counters = { not_ours: NOT_OURS, malformed: MALFORMED, lost: LOST };
  return Object.entries(counters).flatMap(([counter, reasons]) =>
    SOURCES.flatMap((source, s) =>
      reasons.flatMap((reason, i) => {
        const cells = health.discards[counter as keyof typeof counters];
        const count = cells[s * reasons.length + i] ?? 0;
        return count === 0 ? [] : [`${counter} ${reason} ${source}${count > 1 ? ` ${count}` : ''}`];
      }),
    ),
  );
}

const SIP: readonly (readonly [string, string | Uint8Array])[] = [
  ['not_ours keepalive', '\r\n\r\n'],
  ['not_ours keepalive', ''],
  ['not_ours not_sip', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['not_ours other_method', request('>', 'MESSAGE')],
  ['malformed start_line', INVITE.replace('INVITE sip:bob@example.com SIP/2.0', 'INVITE SIP/2.0')],
  ['malformed header', INVITE.replace('CSeq: 1 INVITE', 'CSeq: one INVITE')],
  ['malformed header', INVITE.replace('CSeq: 1 INVITE', 'CSeq: 1 BYE')],
  ['malformed missing_header', INVITE.replace(/Call-ID: .*\r\n/, '')],
  ['malformed missing_header', INVITE.slice(0, 60)],
  ['malformed content_length', INVITE.replace('Content-Length: 0', 'Content-Length: -1')],
  ['malformed too_long', Buffer.alloc(SLAB_MESSAGE_MAX + 1, 0x20)],
];
/** A packet whose compressed payload does not begin as gzip does. */
function brokenGzip(): Buffer {
  const packet = hep({ gzip: true });
  packet.fill(0, packet.indexOf(Buffer.from([0x1f, 0x8b])), packet.length);
  return packet;
}

const HEP: readonly (readonly [string, Uint8Array])[] = [
  ['not_ours keepalive', hep({ payload: '\r\n' })],
  ['not_ours other_payload', hep({ protocolType: 100, payload: 'a log line' })],
  ['malformed rtcp', hep({ protocolType: 5, payload: '{' })],
  ['not_ours not_sip', hep({ payload: 'hello' })],
  ['malformed hep_header', Buffer.from('INVITE sip:a@b SIP/2.0\r\n\r\n')],
  ['malformed hep_truncated', hep().subarray(0, 100)],
  ['malformed hep_chunk', wrapHep([encodeChunk({ type: 1, body: 'xx' })])],
  ['malformed hep_version', Buffer.from([1, 17, 2, 17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])],
  ['malformed hep_gzip', brokenGzip()],
  ['malformed missing_header', hep({ payload: INVITE.slice(0, 60) })],
  ['lost auth', hep({ authKey: 'wrong' })],
  ['lost auth', encodeHep({ payload: INVITE })],
];

describe('every frame that is no message of ours is counted once, under its own reason', () => {
  test.each(SIP)('SIP: %s', (expected, bytes) => {
    const { pipeline, tracker } = engine();
    pipeline.accept(Buffer.from(bytes), meta('sip'));
    expect(moved(pipeline.health)).toEqual([`${expected} websocket`]);
    expect(bySource(pipeline.health.frames)).toEqual({ websocket: 1 });
    expect(tracker.occupied).toBe(0);
  });

  test.each(HEP)('HEP: %s', (expected, bytes) => {
    const { pipeline, tracker } = engine();
    pipeline.accept(bytes, meta('hep'));
    expect(moved(pipeline.health)).toEqual([`${expected} hep_udp`]);
    expect(bySource(pipeline.health.frames)).toEqual({ hep_udp: 1 });
    expect(tracker.occupied).toBe(0);
  });

  test('every reason is reached, but those that only a source can count', () => {
    const reached = new Set([...SIP, ...HEP].map(([expected]) => expected));
    const all = [
      ...NOT_OURS.map((reason) => `not_ours ${reason}`),
      ...MALFORMED.map((reason) => `malformed ${reason}`),
      ...LOST.map((reason) => `lost ${reason}`),
    ];
    expect(all.filter((name) => !reached.has(name))).toEqual([
      'not_ours link_type',
      'not_ours other_protocol',
      'not_ours encrypted',
      'malformed encoding',
      'malformed ws_frame',
      'malformed hep_stream',
      'malformed packet',
      'malformed stream',
      'lost kernel',
      'lost ring_full',
      'lost oversize',
      'lost rate',
      'lost observer',
      'lost snaplen',
      'lost fragment',
      'lost tcp_gap',
      'lost tcp_limit',
      'lost compressed',
    ]);
  });

  test('what a source lost is a sum that the source states', () => {
    const { pipeline, lost } = bound(engine());
    lost('hep_udp', 'kernel', 7);
    lost('hep_udp', 'kernel', 9);
    lost('websocket', 'ring_full', 2);
    expect(moved(pipeline.health)).toEqual(['lost ring_full websocket 2', 'lost kernel hep_udp 9']);
  });
});

function bound(of: Engine): { pipeline: Engine['pipeline']; lost: Engine['lost'] } {
  return { pipeline: of.pipeline, lost: of.lost.bind(of) };
}

describe('the key of HEP', () => {
  test('is that of the listener, and a reload changes it', () => {
    const { pipeline } = engine();
    const key = (text: string) => Buffer.from(text);
    const from = (name: 'hep_udp' | 'hep_tcp' | 'hep_tls', authKey: string) =>
      pipeline.accept(encodeHep({ payload: INVITE, authKey }), {
        ...meta('hep'),
        source: SOURCES.indexOf(name),
      });
    pipeline.configure({
      authKey: key('udp'),
      streamKeys: { hep_tcp: key('tcp'), hep_tls: null },
    });
    from('hep_udp', 'tcp');
    from('hep_tcp', 'udp');
    expect(moved(pipeline.health)).toEqual(['lost auth hep_udp', 'lost auth hep_tcp']);
    from('hep_udp', 'udp');
    from('hep_tcp', 'tcp');
    from('hep_tls', 'any');
    expect(bySource(pipeline.health.messages)).toEqual({ hep_udp: 1, hep_tcp: 1, hep_tls: 1 });
    pipeline.configure({ authKey: null, streamKeys: { hep_tcp: null, hep_tls: key('tls') } });
    from('hep_tls', 'any');
    expect(moved(pipeline.health)).toHaveLength(3);
  });
});

describe('a run of HEP packets', () => {
  const PACKETS: readonly Buffer[] = [
    hep({ payload: response('<', 180) }),
    hep({ payload: request('>', 'MESSAGE') }),
    hep({ authKey: 'wrong' }),
    hep({ payload: response('<', 183), gzip: true }),
    hep({ protocolType: 100 }),
    hep({ protocolType: 5, payload: '{"sender_information":{"packets":1},"report_blocks":[]}' }),
    hep({ protocolType: 5, payload: 'no RTCP' }),
    hep({ payload: Buffer.alloc(60_000, 'x') }),
    wrapHep([]),
    wrapHep([encodeChunk({ type: 0x0f, body: 'x', length: 9999 })]),
    hep({ payload: INVITE }),
  ];
  const asFrames = (packets: readonly Buffer[]) => {
    const { pipeline, tracker } = engine();
    for (const packet of packets) pipeline.accept(packet, meta('hep'));
    return { ...pipeline.health, occupied: tracker.occupied };
  };
  const asRun = (packets: readonly Buffer[]) => {
    const { pipeline, tracker } = engine();
    const run = { ...meta('hep'), payload: 'hep_run' as const, packets: packets.length };
    pipeline.accept(Buffer.concat(packets), run);
    return { ...pipeline.health, occupied: tracker.occupied };
  };

  test('counts as its packets do, one by one', () => {
    const packet = fc.constantFrom(...PACKETS.filter(({ length }) => length < 5000));
    fc.assert(
      fc.property(fc.array(packet, { minLength: 1, maxLength: 12 }), (packets) => {
        expect(asRun(packets)).toEqual(asFrames(packets));
      }),
    );
    for (const one of PACKETS) expect(asRun([one])).toEqual(asFrames([one]));
  });

  test('of a bug loses the one packet that hits it', () => {
    const { pipeline } = engine();
    const faults: unknown[] = [];
    let messages = 0;
    pipeline.onFault = (error) => faults.push(error);
    pipeline.tap = () => {
      if (++messages === 2) throw new Error('a bug');
    };
    const packets = Array.from({ length: 4 }, () => hep());
    const run = { ...meta('hep'), payload: 'hep_run' as const, packets: 4 };
    pipeline.accept(Buffer.concat(packets), run);
    expect(messages).toBe(4);
    expect(faults).toHaveLength(1);
    expect(moved(pipeline.health)).toEqual(['lost observer hep_udp']);
  });

  test('comes to its end whatever its lengths say', () => {
    const { pipeline } = engine();
    const run = { ...meta('hep'), payload: 'hep_run' as const };
    pipeline.accept(Buffer.concat([hep(), Buffer.from('HEP3\0\0garbage')]), run);
    expect(bySource(pipeline.health.messages)).toEqual({ hep_udp: 1 });
    expect(moved(pipeline.health).every((one) => one.startsWith('malformed hep_'))).toBe(true);
  });
});

describe('frames that are messages', () => {
  test('are counted by source, in SIP and in HEP', () => {
    const { pipeline, tracker } = engine();
    pipeline.accept(Buffer.from(INVITE), meta('sip'));
    pipeline.accept(hep({ payload: response('<', 180) }), meta('hep'));
    pipeline.accept(hep({ payload: response('<', 183), gzip: true }), meta('hep'));
    expect(bySource(pipeline.health.messages)).toEqual({ websocket: 1, hep_udp: 2 });
    expect(moved(pipeline.health)).toEqual([]);
    expect(tracker.occupied).toBe(1);
  });

  test('that crossed a ring were counted when they arrived', () => {
    const { pipeline } = engine();
    pipeline.relay(Buffer.from(INVITE), meta('sip'));
    expect([pipeline.health.frames[0], pipeline.health.messages[0]]).toEqual([0, 1]);
  });

  test('a source number of HEP does not leak into a frame behind it, nor its capture id', () => {
    const rig = new Rig();
    const addresses = encodeAddresses('192.0.2.1:5060', '192.0.2.2:5060');
    rig.frame(
      encodeHep({
        payload: request('>', 'INVITE', { id: 'a' }),
        captureId: 77,
        at: T0 - 500,
        correlationId: 'x',
      }),
      {
        payload: 'hep',
        arrivedAt: T0,
        addresses,
      },
    );
    rig.frame(Buffer.from(request('>', 'INVITE', { id: 'b' })), {
      payload: 'sip',
      arrivedAt: T0,
      addresses,
    });
    rig.finish('time');
    expect(rig.ended.map((e) => [e.callId, e.captureId, e.startedAt - T0])).toEqual(
      expect.arrayContaining([
        ['a', 77, -500],
        ['b', 0, 0],
      ]),
    );
    expect(rig.ended).toHaveLength(2);
  });

  test('a HEP body longer than its slab ends where the payload ends', () => {
    const rig = new Rig();
    const addresses = encodeAddresses('192.0.2.1:5060', '192.0.2.2:5060');
    const cut = `${INVITE.replace('Content-Length: 0', 'Content-Length: 500')}v=0`;
    // The payload is not the last chunk: what follows it is not its body.
    rig.frame(encodeHep({ payload: cut, extra: [{ type: 0x13, body: 'a=sendonly' }] }), {
      payload: 'hep',
      arrivedAt: T0,
      addresses,
    });
    expect(rig.counters.started).toBe(1);
  });
});

describe('addresses of a connection that carries copies', () => {
  const peers = { '10.0.0.1': 'agent', '10.0.0.2': 'carrier', '203.0.113.5': 'proxy' } as const;
  const connection = encodeAddresses('203.0.113.5:40000', '127.0.0.1:8080');

  function peersOf(...messages: readonly string[]): (readonly [number, number])[] {
    const rig = new Rig({ peers });
    for (const [i, text] of messages.entries()) {
      rig.pipeline.accept(Buffer.from(text), {
        source: 0,
        arrivedAt: T0 + i,
        payload: 'sip',
        transport: 6,
        addresses: connection,
        fromConnection: true,
      });
    }
    rig.tracker.drain();
    return rig.ended.map((e) => [e.peerIn, e.peerOut]);
  }

  test('the top Via names the sender of an INVITE; whom it goes to is unknown', () => {
    expect(peersOf(INVITE)).toEqual([[1, 0]]);
  });

  test('a Via under .invalid: the connection is the sender', () => {
    expect(peersOf(INVITE.replace('10.0.0.1:5060', 'x.invalid'))).toEqual([[3, 0]]);
  });

  test('a response does not overwrite what its INVITE said', () => {
    expect(peersOf(INVITE, response('<', 180))).toEqual([[1, 0]]);
  });
});
