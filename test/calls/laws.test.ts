import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NOT_OURS } from '../../src/sources/source.ts';
import { encodeAddresses, encodeHep } from '../support/hep.ts';
import { type Direction, type Options, Rig, request, response, T0 } from '../support/sip.ts';

/** One thing that happens: a message, garbage made of one, or silence. */
interface Happening {
  readonly bytes: Buffer;
  readonly hep: boolean;
  readonly tap: number;
  /** ms since the last one; a clock may step back. */
  readonly after: number;
}

const METHODS = [
  'INVITE',
  'INVITE',
  'INVITE',
  'REINVITE',
  'ACK',
  'BYE',
  'CANCEL',
  'PRACK',
  'UPDATE',
  'REFER',
  'NOTIFY',
  'INFO',
  'OPTIONS',
  'REGISTER',
];
const STATUSES = [
  100, 180, 182, 183, 199, 200, 202, 302, 401, 407, 408, 422, 480, 481, 486, 487, 491, 500, 503,
  603, 699,
];
const HEADERS = [
  'Reason: Q.850;cause=34',
  'Reason: SIP;cause=200;text="Call completed elsewhere", Q.850;cause=16',
  'Reason: ;;"',
  'Replaces: call-1;to-tag=t;from-tag=f',
  'Session-ID: 0123456789abcdef0123456789abcdef',
  'Session-ID: fedcba9876543210fedcba9876543210',
  'Session-Expires: 90;refresher=uac',
  'Event: refer',
  'Refer-To: <sip:x@y>',
  `Reason: Q.850;cause=17;text="${'x'.repeat(230)}"`,
];

const options: fc.Arbitrary<Options> = fc.record(
  {
    id: fc.constantFrom('call-1', 'call-2', 'call-3', 'y'.repeat(300)),
    from: fc.constantFrom('f', 't', 'g', ''),
    to: fc.constantFrom('t', 'f', 'u', '-'),
    n: fc.constantFrom(0, 1, 2, 3, 0x7fffffff),
    b: fc.constantFrom('', 'x'),
    hop: fc.constantFrom(1, 2, 3, 5),
    fork: fc.constantFrom('', 'a', 'b'),
    by: fc.constantFrom(0, 1, 3),
    sdp: fc.constantFrom('sendrecv', 'sendonly', 'recvonly', 'zero'),
    auth: fc.boolean(),
    fail: fc.boolean(),
    headers: fc.subarray(HEADERS),
  },
  { requiredKeys: [] },
);
const direction = fc.constantFrom<Direction>('>', '<');
const ids = fc.constantFrom('call-1', 'call-2', 'call-3');
/** A step of an attended transfer: two calls become one, whatever they are. */
const transfer = fc.oneof(
  fc.tuple(direction, ids, ids).map(([way, id, other]) =>
    request(way, 'REFER', {
      id,
      headers: [`Refer-To: <sip:x@y?Replaces=${other}%3Bto-tag%3Dt>`],
    }),
  ),
  fc
    .tuple(direction, ids, fc.constantFrom('SIP/2.0 200 OK', 'SIP/2.0 603 No'))
    .map(([way, id, body]) => request(way, 'NOTIFY', { id, body, headers: ['Event: refer'] })),
  fc
    .tuple(ids, fc.boolean())
    .map(([id, siprec]) =>
      request('>', 'INVITE', { id, headers: siprec ? ['Require: siprec'] : [] }),
    ),
);
const message = fc.oneof(
  transfer,
  fc.tuple(direction, fc.constantFrom(...METHODS), options).map((args) => request(...args)),
  fc
    .tuple(direction, fc.constantFrom(...STATUSES), fc.constantFrom(...METHODS), options)
    .map((args) => response(...args)),
);

/** Cut, overwritten, or left alone. */
const damage = fc.oneof(
  { arbitrary: fc.constant((bytes: Buffer) => bytes), weight: 12 },
  { arbitrary: fc.nat(600).map((end) => (bytes: Buffer) => bytes.subarray(0, end)), weight: 1 },
  {
    arbitrary: fc
      .tuple(fc.nat(600), fc.uint8Array({ maxLength: 8 }))
      .map(([at, by]) => (bytes: Buffer) => {
        const copy = Buffer.from(bytes);
        copy.set(by.subarray(0, Math.max(0, copy.length - at)), Math.min(at, copy.length));
        return copy;
      }),
    weight: 1,
  },
  {
    arbitrary: fc.uint8Array({ maxLength: 40 }).map((noise) => () => Buffer.from(noise)),
    weight: 1,
  },
);
const after = fc.oneof(
  { arbitrary: fc.integer({ min: 0, max: 900 }), weight: 10 },
  { arbitrary: fc.integer({ min: -2000, max: 70_000 }), weight: 2 },
  { arbitrary: fc.constantFrom(250_000, 20_000_000), weight: 1 },
);
const happening: fc.Arbitrary<Happening> = fc
  .record({ message, damage, after, hep: fc.boolean(), tap: fc.constantFrom(1, 2) })
  .map(({ message, damage, ...rest }) => ({
    ...rest,
    bytes: damage(Buffer.from(message, 'latin1')),
  }));

/** The laws that hold after every message (docs/architecture.md), and that every end is told once. */
function checkLaws(rig: Rig): void {
  const { counters, verdicts, ended, closed, occupied } = rig;
  expect(ended).toHaveLength(counters.ended);
  expect(verdicts).toHaveLength(counters.ended);
  expect(closed).toHaveLength(counters.callsClosed);
  const active = counters.started - counters.ended;
  const open = counters.callsOpened - counters.callsClosed - counters.callsMerged;
  expect(active).toBeGreaterThanOrEqual(0);
  expect(active).toBeLessThanOrEqual(occupied);
  expect(open).toBeGreaterThanOrEqual(0);
  expect(open).toBeLessThanOrEqual(active);
  expect(counters.callsOpened).toBe(counters.started);
}

/** Once nothing is left, everything that began has ended, and every leg stands in one call. */
function checkEnd(rig: Rig): void {
  const { counters, ended, closed, occupied } = rig;
  expect(occupied).toBe(0);
  expect(counters.ended).toBe(counters.started);
  expect(counters.callsOpened).toBe(counters.callsClosed + counters.callsMerged);
  const legs = closed.flatMap((call) => call.legs);
  expect(new Set(legs)).toEqual(new Set(ended));
  expect(legs).toHaveLength(ended.length);
  expect(new Set(ended).size).toBe(ended.length);
}

function run(happenings: readonly Happening[], capacity: number): Rig {
  const rig = new Rig({ tracker: { capacity } });
  const addresses = encodeAddresses('10.0.0.1:5060', '10.0.0.2:5060');
  let arrivedAt = T0;
  for (const { bytes, hep, tap, after } of happenings) {
    arrivedAt += after;
    const frame = hep ? encodeHep({ payload: bytes, captureId: tap, at: arrivedAt - 40 }) : bytes;
    rig.frame(frame, { payload: hep ? 'hep' : 'sip', arrivedAt, addresses });
    checkLaws(rig);
  }
  return rig;
}

test('a thousand calls one after another give back all that they took', () => {
  const rig = new Rig({ tracker: { capacity: 1 } });
  const addresses = encodeAddresses('10.0.0.1:5060', '10.0.0.2:5060');
  const text = 'Reason: Q.850;cause=17;text="some text that fills a chunk of the store"';
  for (let i = 0; i < 1000; i++) {
    const o = { id: `call-${i}` };
    const messages = [
      request('>', 'INVITE', o),
      request('>', 'INVITE', { ...o, hop: 2 }),
      response('<', 180, 'INVITE', o),
      response('<', 486, 'INVITE', { ...o, headers: [text] }),
    ];
    for (const [k, message] of messages.entries()) {
      const arrivedAt = T0 + i * 60_000 + k * 10;
      rig.frame(Buffer.from(message), { payload: 'sip', arrivedAt, addresses });
    }
  }
  rig.finish('time');
  expect(new Set(rig.verdicts.map((v) => `${v.reason} ${v.branches.length}`))).toEqual(
    new Set(['user_busy 2']),
  );
  expect(rig.verdicts).toHaveLength(1000);
  expect(rig.counters.limits.reduce((a, b) => a + b)).toBe(0);
  expect(rig.ended.filter((e) => e.overflow > 0)).toEqual([]);
});

describe('whatever comes, in whatever order', () => {
  const story = fc.array(happening, { maxLength: 60 });
  const capacity = fc.constantFrom(1, 2, 3, 8);

  test('nothing throws, nothing vanishes, nothing ends twice, and time empties the table', () => {
    fc.assert(
      fc.property(story, capacity, (happenings, size) => {
        const rig = run(happenings, size);
        rig.finish('time');
        checkLaws(rig);
        checkEnd(rig);
      }),
      { numRuns: 400 },
    );
  });

  test('a drain leaves nothing behind, and a second one does nothing', () => {
    fc.assert(
      fc.property(story, capacity, (happenings, size) => {
        const rig = run(happenings, size);
        rig.finish('drain');
        checkLaws(rig);
        checkEnd(rig);
        const { ended } = rig.counters;
        rig.finish('drain');
        rig.finish('time');
        expect(rig.counters.ended).toBe(ended);
      }),
      { numRuns: 400 },
    );
  });

  test('every frame is a message or counted under one reason, and no more than one', () => {
    fc.assert(
      fc.property(story, (happenings) => {
        const { health } = run(happenings, 8);
        const sum = (cells: Float64Array): number => cells.reduce((a, b) => a + b, 0);
        const { not_ours, malformed, lost } = health.discards;
        const otherMethods = not_ours.filter(
          (_, i) => NOT_OURS[i % NOT_OURS.length] === 'other_method',
        );
        const discarded = sum(not_ours) + sum(malformed) + sum(lost) - sum(otherMethods);
        expect(sum(health.messages) + discarded).toBe(sum(health.frames));
        expect(sum(health.frames)).toBe(happenings.length);
      }),
      { numRuns: 400 },
    );
  });

  test('a verdict holds no undefined, no NaN, no time out of order, and survives JSON', () => {
    fc.assert(
      fc.property(story, (happenings) => {
        const rig = run(happenings, 8);
        rig.finish('time');
        for (const verdict of rig.verdicts) {
          expect(JSON.parse(JSON.stringify(verdict))).toStrictEqual(verdict);
          for (const seconds of Object.values(verdict.timing))
            expect(seconds ?? 0).toBeGreaterThanOrEqual(0);
          for (const { enteredAt, leftAt } of verdict.stages)
            expect(enteredAt <= leftAt).toBe(true);
          expect(verdict.evidence.filter((e) => e.decided)).toHaveLength(1);
        }
      }),
      { numRuns: 400 },
    );
  });
});
