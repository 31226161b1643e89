import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { REPORT_RESULTS } from '../../src/calls/call.ts';
import { MALFORMED } from '../../src/sources/source.ts';
import { playMedia } from '../support/media.ts';
import { trackerOptions } from '../support/sip.ts';

const ANSWERED = '0 > INVITE\n500 < 180\n1000 < 200\n1010 > ACK';
const BYE = '30000 > BYE\n30010 < 200 BYE';

/** Reports of both sides at 6, 11, …, as the functions make them of the packets that should have come. */
function every5s(caller: (n: number) => string, callee: (n: number) => string, until = 26): string {
  const lines: string[] = [];
  for (let at = 6; at <= until; at += 5) {
    const n = 50 * (at - 1);
    lines.push(`${at}000 ~> ${caller(n)}`, `${at}100 ~< ${callee(n)}`);
  }
  return lines.join('\n');
}

const talks = (n: number): string => `sent=${n} heard=1 highest=${1000 + n}`;
const sendsOnly = (n: number): string => `sent=${n} heard=0`;
const hearsOnly = (n: number): string => `heard=1 highest=${1000 + n}`;
const nothing = (): string => 'heard=0';
/** From the given packet on nothing more is heard. */
const hearsUpTo =
  (last: number) =>
  (n: number): string =>
    `sent=${n} heard=1 highest=${1000 + Math.min(n, last)}`;

type Fact = readonly [value: string, name: string | null];
type Row = readonly [name: string, reports: string, fact: Fact | null];

const ROWS: readonly Row[] = [
  ['both talk', every5s(talks, talks), null],
  ['the callee hears nothing', every5s(hearsOnly, sendsOnly), ['one_way', 'callee']],
  [
    'the caller hears nothing, although the callee sends',
    every5s(sendsOnly, talks),
    ['one_way', 'caller'],
  ],
  ['the caller sends, and neither hears', every5s(sendsOnly, nothing), ['no_audio', null]],
  ['neither sends', every5s(nothing, nothing), ['no_audio', null]],
  [
    'one side reports, and hears nothing of the other',
    '6000 ~< sent=250 heard=0\n11000 ~< sent=500 heard=0',
    ['one_way', 'callee'],
  ],
  ['one side reports, and sends and hears nothing', '11000 ~< heard=0', ['no_audio', null]],
  ['one side reports, and hears; the other may', '11000 ~> sent=500 heard=1 highest=9', null],
  [
    'one side reports that it hears, and sends nothing',
    '11000 ~> heard=1 highest=9',
    ['one_way', 'callee'],
  ],
  ['a side says only what it sends', '11000 ~> sent=500 heard=-', null],
  [
    'silence that ends',
    `${every5s(sendsOnly, sendsOnly, 11)}\n26000 ~> sent=9 heard=1 highest=1\n26100 ~< sent=9 heard=1 highest=1`,
    null,
  ],
  ['reports too soon to tell', '2000 ~> sent=40 heard=0\n2100 ~< sent=40 heard=0', null],
  [
    'RTCP as it is',
    every5s(
      (n) => `raw ${sendsOnly(n)}`,
      (n) => `raw ${talks(n)}`,
    ),
    ['one_way', 'caller'],
  ],
  [
    'the caller vanishes',
    `${every5s(talks, talks, 11)}\n${every5s(() => '', hearsUpTo(500)).replace(/.*~> \n/g, '')}`,
    ['interrupted', 'callee'],
  ],
  [
    'packets of the caller get lost from one moment on',
    every5s(talks, hearsUpTo(500)),
    ['interrupted', 'callee'],
  ],
  [
    'the caller stops sending, and says so',
    every5s((n) => (n > 500 ? `heard=1 highest=${1000 + n}` : talks(n)), hearsUpTo(500)),
    null,
  ],
  ['a gap that is too short to tell', every5s(talks, hearsUpTo(1000)), null],
  ['who heard reports no more', every5s(talks, hearsUpTo(250), 16), null],
  [
    'a third end',
    `${every5s(sendsOnly, talks)}\n12000 ~> src=10.0.0.1:4003 dst=10.0.0.2:5003 sent=1 heard=0`,
    null,
  ],
  [
    'a caller whose port changes on its way',
    `${every5s(hearsOnly, sendsOnly, 11)}\n16000 ~> src=10.0.0.1:6001 sent=0 heard=1 highest=1800\n16100 ~< sent=800 heard=0`,
    ['one_way', 'callee'],
  ],
  [
    'a relay: each end reports to it',
    every5s(sendsOnly, talks)
      .replaceAll('~>', '~> dst=10.0.0.9:1')
      .replaceAll('~<', '~< dst=10.0.0.9:3'),
    ['one_way', 'caller'],
  ],
  [
    'ends that nobody knows',
    every5s(sendsOnly, talks)
      .replaceAll('~>', '~> src=10.9.0.1:1')
      .replaceAll('~<', '~< src=10.9.0.2:3'),
    ['one_way', null],
  ],
  [
    're-INVITE with SDP',
    `${every5s(sendsOnly, talks)}\n12000 > REINVITE n=2 sdp=sendrecv\n12010 < 200 INVITE n=2 sdp=sendrecv`,
    null,
  ],
  [
    'UPDATE with SDP before the answer',
    `450 > UPDATE n=2 sdp=inactive\n460 < 200 UPDATE n=2 sdp=inactive\n${every5s(sendsOnly, talks)}`,
    null,
  ],
  [
    'PRACK with SDP',
    `450 > PRACK n=2 sdp=sendonly\n460 < 200 PRACK n=2\n${every5s(sendsOnly, talks)}`,
    null,
  ],
  [
    'UPDATE without SDP',
    `${every5s(sendsOnly, talks)}\n12000 > UPDATE n=2\n12010 < 200 UPDATE n=2`,
    ['one_way', 'caller'],
  ],
];

describe('reports become a fact', () => {
  test.for(ROWS)('%s', ([, reports, fact]) => {
    const { verdicts } = playMedia(`${ANSWERED}\n${reports}\n${BYE}`);
    const told = verdicts.map(({ context }) =>
      context.map(({ kind, value, name, source }) => [kind, value, name, source]),
    );
    expect(told).toEqual([fact === null ? [] : [['media', ...fact, 'media']]]);
  });

  test('not the first reports of all, on a call for one way', () => {
    const oneWay = ANSWERED.replace('> INVITE', '> INVITE sdp=recvonly');
    expect(oneWay).not.toBe(ANSWERED);
    const [verdict] = playMedia(`${oneWay}\n${every5s(hearsOnly, sendsOnly)}\n${BYE}`).verdicts;
    expect(verdict).toMatchObject({ outcome: 'completed', context: [] });
  });

  test('which decides a call that ended as any other', () => {
    const [verdict] = playMedia(`${ANSWERED}\n${every5s(sendsOnly, talks)}\n${BYE}`).verdicts;
    expect(verdict).toMatchObject({
      outcome: 'dropped',
      reason: 'one_way_audio',
      certainty: 'inferred',
      context: [{ at: '2026-11-21T10:00:26.100Z', id: null }],
    });
  });

  test('and not one whose BYE says more', () => {
    const bye = '30000 > BYE | Reason: Q.850;cause=38\n30010 < 200 BYE';
    const [verdict] = playMedia(`${ANSWERED}\n${every5s(sendsOnly, talks)}\n${bye}`).verdicts;
    expect(verdict).toMatchObject({ reason: 'dropped_network_out_of_order' });
  });

  test('and none where built-in rules are off', () => {
    const context = { ...trackerOptions().context, builtIn: false };
    const script = `${ANSWERED}\n${every5s(sendsOnly, talks)}\n${BYE}`;
    expect(playMedia(script, { tracker: { context } }).verdicts[0]?.context).toEqual([]);
  });

  test('of the attempt itself, not of one that had its place before', () => {
    const first = `${ANSWERED}\n${every5s(sendsOnly, talks)}\n${BYE}`;
    const second = [
      '400000 > INVITE id=b\n401000 < 200 id=b\n401010 > ACK id=b',
      '412000 ~> id=b sent=500 heard=1 highest=9\n412100 ~< id=b sent=500 heard=1 highest=9',
      '430000 > BYE id=b\n430010 < 200 BYE id=b',
    ].join('\n');
    const { verdicts } = playMedia(`${first}\n${second}`, { tracker: { capacity: 1 } });
    expect(verdicts.map(({ reason }) => reason)).toEqual([
      'one_way_audio',
      'normal_clearing_caller',
    ]);
  });

  test('not where the SDP asks for one way', () => {
    const before = `0 > INVITE id=a\n100 < 200 id=a\n200 ~> id=a sent=1\n300 > BYE id=a`;
    const paging = '5000 > INVITE sdp=sendonly\n6000 < 200 sdp=recvonly\n6010 > ACK';
    const script = `${before}\n${paging}\n20000 ~> sent=9 heard=0\n20100 ~< heard=1 highest=1\n${BYE}`;
    expect(playMedia(script).verdicts.at(-1)?.context).toEqual([]);
  });
});

describe('every report is counted', () => {
  const cases: readonly (readonly [string, (typeof REPORT_RESULTS)[number]])[] = [
    ['~> sent=1', 'taken'],
    ['~> json={"sdes_report_count":1}', 'silent'],
    ['~> sent=1 id=-', 'no_call_id'],
    ['~> sent=1 id=other', 'unknown_call'],
    ['~> sent=1 src=[::]:9 dst=[::1]:9', 'unclear'],
  ];
  test.for(cases)('%s: %s', ([line, result]) => {
    const { counters, health } = playMedia(`${ANSWERED}\n6000 ${line}\n${BYE}`);
    const counted = REPORT_RESULTS.filter((_, i) => counters.reports[i] === 1);
    expect(counted).toEqual([result]);
    expect(health.discards.malformed.every((count) => count === 0)).toBe(true);
  });

  test('one that cannot be read is malformed', () => {
    const { counters, health } = playMedia(`${ANSWERED}\n6000 ~> json={"sender_information":7}`);
    expect(counters.reports.every((count) => count === 0)).toBe(true);
    const rtcp = MALFORMED.indexOf('rtcp');
    const sum = health.discards.malformed.filter((_, i) => i % MALFORMED.length === rtcp);
    expect(sum.reduce((x, y) => x + y)).toBe(1);
  });
});

test('whatever is reported, a call has one verdict, and no trace is left', () => {
  const count = fc.oneof(fc.constant('0'), fc.nat(4_294_967_295).map(String));
  const line = fc
    .record({
      at: fc.integer({ min: 0, max: 31_000 }),
      side: fc.constantFrom('>', '<'),
      sent: count,
      heard: fc.constantFrom('-', '0', '1', '3'),
      highest: count,
      src: fc.constantFrom('10.0.0.1:4001', '10.0.0.2:5001', '10.0.0.3:7', '10.0.0.4:9'),
    })
    .map(
      (r) => `${r.at} ~${r.side} sent=${r.sent} heard=${r.heard} highest=${r.highest} src=${r.src}`,
    );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), (lines) => {
      const { verdicts, occupied } = playMedia(`${ANSWERED}\n${lines.join('\n')}\n${BYE}`);
      expect(verdicts.map(({ connected }) => connected)).toEqual([true]);
      expect(verdicts[0]?.context.length).toBeLessThanOrEqual(1);
      expect(occupied).toBe(0);
    }),
    { numRuns: 200 },
  );
});
