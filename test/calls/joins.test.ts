import { describe, expect, test } from 'vitest';
import type { Verdict } from '../../src/classify/outcome.ts';
import { createObserver } from '../../src/observer.ts';
import { encodeHep } from '../support/hep.ts';
import { play, request, response } from '../support/sip.ts';

const PBX = '10.0.0.9:5060';

interface Leg {
  readonly at: number;
  readonly text: string;
  readonly src: string;
  readonly dst: string;
  /** From this capture agent, whose clock is ahead by so many ms, with this correlation id. */
  readonly hep?: { captureId: number; ahead?: number; correlationId?: string };
}

/** The verdicts of calls, in the order in which they closed. */
function calls(legs: readonly Leg[], headers: readonly string[] = []): Verdict[] {
  const verdicts: Verdict[] = [];
  const observer = createObserver({
    onVerdict: (verdict) => verdicts.push(verdict),
    maxCalls: 100,
    joinHeaders: headers,
  });
  const start = Date.UTC(2026, 10, 21);
  for (const { at, text, src, dst, hep } of legs) {
    if (hep !== undefined) {
      const { ahead = 0, ...chunks } = hep;
      const fields = { payload: text, src, dst, at: start + at + ahead, ...chunks };
      observer.hep(encodeHep(fields), { at: start + at });
    } else observer.sip(Buffer.from(text), { at: start + at, source: src, destination: dst });
  }
  observer.advance(start + 86_400_000);
  observer.close();
  return verdicts;
}

const A = { id: 'a', from: 'a1', to: 'a2', caller: 'alice', callee: '600' } as const;
const B = { id: 'b', from: 'b1', to: 'b2', caller: 'alice', callee: 'bob' } as const;
const PHONE = '10.0.0.1:5060';
const DESK = '10.0.0.2:5060';
const up = (at: number, text: string): Leg => ({ at, text, src: PHONE, dst: PBX });
const down = (at: number, text: string): Leg => ({ at, text, src: PBX, dst: PHONE });
const out = (at: number, text: string): Leg => ({ at, text, src: PBX, dst: DESK });
const back = (at: number, text: string): Leg => ({ at, text, src: DESK, dst: PBX });

describe('the legs of a B2BUA', () => {
  test('are one call when one in set-up went where the other comes from, with its caller', () => {
    const [call, ...others] = calls([
      up(0, request('>', 'INVITE', A)),
      out(50, request('>', 'INVITE', B)),
      back(500, response('<', 486, 'INVITE', { ...B, headers: ['Reason: Q.850;cause=17'] })),
      down(510, response('<', 480, 'INVITE', A)),
    ]);
    expect(others).toEqual([]);
    expect(call).toMatchObject({
      callId: 'a',
      joined: 'inferred',
      outcome: 'busy',
      reason: 'user_busy',
      endedBy: 'callee',
      sip: { status: 480, farStatus: 486 },
    });
    expect(call?.legs).toHaveLength(2);
  });

  test('are two calls when the first was refused before the second began', () => {
    const verdicts = calls([
      up(0, request('>', 'INVITE', A)),
      down(20, response('<', 503, 'INVITE', A)),
      out(2000, request('>', 'INVITE', B)),
      back(2500, response('<', 486, 'INVITE', B)),
    ]);
    expect(verdicts.map(({ callId, joined }) => [callId, joined])).toEqual([
      ['b', null],
      ['a', null],
    ]);
  });

  test('are two calls when the one calls whom the other came from', () => {
    const verdicts = calls([
      up(0, request('>', 'INVITE', A)),
      out(100, request('>', 'INVITE', { ...B, caller: '700', callee: 'alice' })),
      back(200, response('<', 486, 'INVITE', { ...B, caller: '700', callee: 'alice' })),
      down(900, response('<', 480, 'INVITE', A)),
    ]);
    expect(verdicts.map((verdict) => verdict.legs.length)).toEqual([1, 1]);
  });

  test('stay two calls when two in set-up would fit', () => {
    const verdicts = calls([
      up(0, request('>', 'INVITE', A)),
      up(10, request('>', 'INVITE', { ...A, id: 'a-too', from: 'a3' })),
      out(50, request('>', 'INVITE', B)),
      back(500, response('<', 486, 'INVITE', B)),
    ]);
    expect(verdicts).toHaveLength(3);
  });

  test.each([
    ['before', true],
    ['after', false],
  ])("are one call when a header names the first's Call-ID, %s it", (_, first) => {
    const lead = up(first ? 0 : 60, request('>', 'INVITE', A));
    const named = { ...B, caller: '999', headers: ['X-Leg: a'] };
    const legs = [lead, out(50, request('>', 'INVITE', named))].sort((x, y) => x.at - y.at);
    const [call, ...others] = calls(
      [
        ...legs,
        back(500, response('<', 603, 'INVITE', named)),
        down(510, response('<', 480, 'INVITE', A)),
      ],
      ['X-Leg'],
    );
    expect(others).toEqual([]);
    expect(call).toMatchObject({ joined: 'header', outcome: 'declined' });
  });
});

describe('the verdict of two legs', () => {
  const connected = [
    up(0, request('>', 'INVITE', A)),
    out(50, request('>', 'INVITE', B)),
    back(500, response('<', 180, 'INVITE', B)),
    back(1000, response('<', 200, 'INVITE', B)),
    out(1010, request('>', 'ACK', B)),
    down(1020, response('<', 200, 'INVITE', A)),
    up(1030, request('>', 'ACK', A)),
  ];

  test('names the cause that the B2BUA lost', () => {
    const [call] = calls([
      ...connected,
      back(9000, request('<', 'BYE', { ...B, headers: ['Reason: Q.850;cause=38'] })),
      down(9010, request('<', 'BYE', { ...A, headers: ['Reason: Q.850;cause=16'] })),
    ]);
    expect(call).toMatchObject({ outcome: 'dropped', reason: 'dropped_network_out_of_order' });
  });

  test('is the platform when it sent BYE to both', () => {
    const [call] = calls([
      ...connected,
      out(9000, request('>', 'BYE', B)),
      down(9001, request('<', 'BYE', A)),
    ]);
    expect(call).toMatchObject({ reason: 'normal_clearing_platform', endedBy: 'platform' });
  });

  test('is a ring time-out when the B2BUA cancelled and the caller had not', () => {
    const [call] = calls([
      up(0, request('>', 'INVITE', A)),
      out(50, request('>', 'INVITE', B)),
      back(500, response('<', 180, 'INVITE', B)),
      down(510, response('<', 180, 'INVITE', A)),
      out(20_000, request('>', 'CANCEL', { ...B, headers: ['Reason: Q.850;cause=0'] })),
      back(20_010, response('<', 487, 'INVITE', B)),
      down(20_020, response('<', 603, 'INVITE', { ...A, headers: ['Reason: Q.850;cause=16'] })),
    ]);
    expect(call).toMatchObject({
      outcome: 'no_answer',
      reason: 'ring_timeout_platform',
      endedBy: 'platform',
      certainty: 'inferred',
    });
  });

  test('is the caller who left while the PBX that had answered still rang', () => {
    const [call] = calls([
      up(0, request('>', 'INVITE', A)),
      out(50, request('>', 'INVITE', { ...B, headers: ['X-Leg: a'] })),
      down(60, response('<', 200, 'INVITE', A)),
      up(70, request('>', 'ACK', A)),
      back(500, response('<', 180, 'INVITE', B)),
      up(7000, request('>', 'BYE', A)),
      out(7010, request('>', 'CANCEL', B)),
      back(7020, response('<', 487, 'INVITE', B)),
    ]);
    expect(call).toMatchObject({
      outcome: 'abandoned',
      reason: 'abandoned_agent_ringing',
      served: false,
    });
  });
});

describe('what is no leg', () => {
  const named = { ...B, caller: '999', headers: ['X-Leg: a'] };

  test('a leg may name a call of which only a response was seen, and keeps its own verdict', () => {
    const verdicts = calls(
      [
        down(0, response('<', 180, 'INVITE', A)),
        out(50, request('>', 'INVITE', named)),
        back(500, response('<', 486, 'INVITE', named)),
      ],
      ['X-Leg'],
    );
    expect(verdicts.map(({ callId, joined }) => [callId, joined])).toEqual([['b', null]]);
  });

  test('a recording session is joined with nothing', () => {
    const verdicts = calls(
      [
        up(0, request('>', 'INVITE', { ...A, headers: ['Require: siprec'] })),
        out(50, request('>', 'INVITE', named)),
        back(500, response('<', 486, 'INVITE', named)),
      ],
      ['X-Leg'],
    );
    expect(verdicts.map(({ callId, joined }) => [callId, joined])).toEqual([['b', null]]);
  });

  test('a leg that its header joined is not joined by an anonymous number as well', () => {
    const anonymous = { caller: 'anonymous' } as const;
    const verdicts = calls(
      [
        up(0, request('>', 'INVITE', { ...A, ...anonymous })),
        down(20, response('<', 200, 'INVITE', A)),
        up(30, request('>', 'ACK', A)),
        up(40, request('>', 'INVITE', { ...A, ...anonymous, id: 'shop', from: 's1' })),
        out(50, request('>', 'INVITE', { ...named, ...anonymous })),
        back(500, response('<', 486, 'INVITE', named)),
        down(600, response('<', 486, 'INVITE', { ...A, id: 'shop', from: 's1' })),
        up(9000, request('>', 'BYE', A)),
      ],
      ['X-Leg'],
    );
    expect(verdicts.map(({ callId, legs }) => [callId, legs.length])).toEqual([
      ['shop', 1],
      ['a', 2],
    ]);
  });
});

describe('a transfer by the caller', () => {
  const C = { id: 'c', from: 'c1', to: 'c2', caller: 'alice', callee: 'carol' } as const;
  const COLLEAGUE = '10.0.0.3:5060';
  const outC = (at: number, text: string): Leg => ({ at, text, src: PBX, dst: COLLEAGUE });
  const backC = (at: number, text: string): Leg => ({ at, text, src: COLLEAGUE, dst: PBX });
  const named = (leg: typeof B | typeof C, lead: string) =>
    ({ ...leg, headers: [`X-Leg: ${lead}`] }) as const;
  const talk = [
    up(0, request('>', 'INVITE', A)),
    out(50, request('>', 'INVITE', named(B, 'a'))),
    back(1000, response('<', 200, 'INVITE', B)),
    out(1010, request('>', 'ACK', B)),
    down(1020, response('<', 200, 'INVITE', A)),
    up(1030, request('>', 'ACK', A)),
  ];
  const accepted = (at: number) => [
    down(at, response('<', 202, 'REFER', { ...A, n: 20 })),
    down(
      at + 10,
      request('<', 'NOTIFY', { ...A, headers: ['Event: refer'], body: 'SIP/2.0 200 OK' }),
    ),
  ];
  const left = [
    ...accepted(5000),
    up(5100, request('>', 'BYE', { ...A, n: 21 })),
    down(5110, response('<', 200, 'BYE', { ...A, n: 21 })),
  ];
  const blind = [
    ...talk,
    up(4990, request('>', 'REFER', { ...A, n: 20, headers: ['Refer-To: <sip:carol@pbx>'] })),
    ...left,
    outC(5200, request('>', 'INVITE', named(C, 'a'))),
  ];
  const carolAnswers = [
    backC(6000, response('<', 200, 'INVITE', C)),
    outC(6010, request('>', 'ACK', C)),
  ];

  test('blind, ends when the new party hangs up: the transferor has only left', () => {
    const [call, ...others] = calls(
      [
        ...blind,
        ...carolAnswers,
        backC(9000, request('<', 'BYE', C)),
        out(9010, request('>', 'BYE', B)),
      ],
      ['X-Leg'],
    );
    expect(others).toEqual([]);
    expect(call).toMatchObject({
      callId: 'a',
      outcome: 'completed',
      reason: 'normal_clearing_callee',
      endedBy: 'callee',
      served: true,
      timing: { total: 9, talk: 7.98 },
    });
    expect(call?.endedAt).toBe('2026-11-21T00:00:09.000Z');
  });

  test('blind, ends by the B2BUA when it hangs up both', () => {
    const [call] = calls(
      [
        ...blind,
        ...carolAnswers,
        outC(9000, request('>', 'BYE', C)),
        out(9001, request('>', 'BYE', B)),
      ],
      ['X-Leg'],
    );
    expect(call).toMatchObject({ reason: 'normal_clearing_platform', endedBy: 'platform' });
  });

  test('blind, fails when the new party is busy and the first is sent away', () => {
    const [call] = calls(
      [...blind, backC(6000, response('<', 486, 'INVITE', C)), out(6100, request('>', 'BYE', B))],
      ['X-Leg'],
    );
    expect(call).toMatchObject({
      outcome: 'dropped',
      reason: 'transfer_failed',
      certainty: 'inferred',
    });
  });

  test('without another leg, all that is known is that it was transferred', () => {
    const [call] = calls([
      up(0, request('>', 'INVITE', A)),
      down(1020, response('<', 200, 'INVITE', A)),
      up(1030, request('>', 'ACK', A)),
      up(4990, request('>', 'REFER', { ...A, n: 20 })),
      ...left,
    ]);
    expect(call).toMatchObject({ outcome: 'transferred', reason: 'blind_transfer' });
  });

  /** The consultation: a second call of the same phone, from the B2BUA to the colleague. */
  const X = { id: 'x@alice', from: 'x1', to: 'x2', caller: 'alice', callee: 'carol' } as const;
  const consult = (replaces: string) => [
    ...talk,
    up(2000, request('>', 'INVITE', X)),
    outC(2050, request('>', 'INVITE', named(C, 'x@alice'))),
    backC(3000, response('<', 200, 'INVITE', C)),
    outC(3010, request('>', 'ACK', C)),
    down(3020, response('<', 200, 'INVITE', X)),
    up(3030, request('>', 'ACK', X)),
    up(4990, request('>', 'REFER', { ...A, n: 20, headers: [`Refer-To: ${replaces}`] })),
    ...accepted(5000),
    down(5200, request('<', 'BYE', X)),
    up(5300, request('>', 'BYE', { ...A, n: 21 })),
  ];
  const ends = [backC(9000, request('<', 'BYE', C)), out(9010, request('>', 'BYE', B))];

  test('attended, joins both calls of the transferor by the Replaces of the REFER', () => {
    const replaces = '<sip:carol@pbx?replaces=x%40alice%3Bto-tag%3Dx2%3Bfrom-tag%3Dx1>';
    const [call, ...others] = calls([...consult(replaces), ...ends], ['X-Leg']);
    expect(others).toEqual([]);
    expect(call).toMatchObject({
      callId: 'a',
      outcome: 'completed',
      reason: 'normal_clearing_callee',
      endedBy: 'callee',
    });
    expect(call?.legs).toHaveLength(4);
  });

  test.each([
    ['names an unknown call', '<sip:carol@pbx?Replaces=nobody%40alice%3Bto-tag%3D1>'],
    ['names itself', '<sip:carol@pbx?Replaces=a>'],
    ['is cut in an escape', '<sip:carol@pbx?Replaces=x%4'],
    ['has an escape that is none', '<sip:carol@pbx?Replaces=x%zzalice>'],
    ['is empty', '<sip:carol@pbx?Replaces=>'],
  ])('attended, stays two calls when the Replaces %s', (_, replaces) => {
    const verdicts = calls([...consult(replaces), ...ends], ['X-Leg']);
    expect(verdicts.map(({ callId, legs }) => [callId, legs.length])).toEqual([
      ['x@alice', 2],
      ['a', 2],
    ]);
  });
});

describe('a transfer told by what is no call', () => {
  const REFER = 'Refer-To: <sip:carol@example.com?Replaces=b%3Bto-tag%3Db2%3Bfrom-tag%3Db1>';

  test.each([
    ['of a call whose INVITE was not seen', '0 > REINVITE id=a n=19'],
    ['in a recording session', '0 > INVITE id=a | Require: siprec\n10 < 200 id=a\n20 > ACK id=a'],
  ])('%s joins nothing', (_, first) => {
    const { closed, counters, occupied } = play(`
      ${first}
      30 > INVITE id=b from=b1 to=b2
      40 < 200 id=b from=b1 to=b2
      50 > ACK id=b from=b1 to=b2
      60 > REFER id=a n=20 | ${REFER}
      70 < 202 REFER id=a n=20
      80 < NOTIFY id=a n=31 body=SIP/2.0_200_OK | Event: refer
      5000 > BYE id=b n=2 from=b1 to=b2
      5010 < 200 BYE id=b n=2 from=b1 to=b2`);
    expect(closed.map(({ legs, joined }) => [legs.length, joined])).toEqual([[1, null]]);
    expect(counters).toMatchObject({ callsOpened: 1, callsClosed: 1, callsMerged: 0 });
    expect(occupied).toBe(0);
  });
});

describe('legs in any order', () => {
  const PROXY = '10.0.0.8:5060';
  const own = { ...B, hop: 1 } as const;

  test('are joined by number although a proxy behind the B2BUA is heard of first', () => {
    const copy = { ...B, hop: 2 } as const;
    const [call, ...others] = calls([
      up(0, request('>', 'INVITE', A)),
      { at: 50, text: request('>', 'INVITE', copy), src: PROXY, dst: DESK },
      { at: 51, text: request('>', 'INVITE', own), src: PBX, dst: PROXY },
      back(500, response('<', 486, 'INVITE', B)),
      down(510, response('<', 480, 'INVITE', A)),
    ]);
    expect(others).toEqual([]);
    expect(call).toMatchObject({ callId: 'a', joined: 'inferred', reason: 'user_busy' });
  });

  test('are joined by number although the hop before the B2BUA is heard of before the first', () => {
    const [call, ...others] = calls([
      { at: 0, text: request('>', 'INVITE', { ...A, hop: 2 }), src: PROXY, dst: PBX },
      { at: 1, text: request('>', 'INVITE', { ...A, hop: 1 }), src: PHONE, dst: PROXY },
      out(50, request('>', 'INVITE', B)),
      back(500, response('<', 486, 'INVITE', B)),
      { at: 510, text: response('<', 480, 'INVITE', A), src: PROXY, dst: PHONE },
    ]);
    expect(others).toEqual([]);
    expect(call).toMatchObject({ callId: 'a', joined: 'inferred', reason: 'user_busy' });
  });

  test('say how they were joined although the leg that names the other is heard of first', () => {
    const agent = { captureId: 1 };
    const [call, ...others] = calls([
      { ...out(0, request('>', 'INVITE', B)), hep: { ...agent, correlationId: 'a' } },
      { ...up(5, request('>', 'INVITE', A)), hep: agent },
      { ...back(500, response('<', 486, 'INVITE', B)), hep: agent },
      { ...down(510, response('<', 480, 'INVITE', A)), hep: agent },
    ]);
    expect(others).toEqual([]);
    expect(call).toMatchObject({ callId: 'a', joined: 'correlation', reason: 'user_busy' });
  });

  test('are in the order of arrival when the clocks of their capture agents disagree', () => {
    const id = 'Session-ID: 0123456789abcdef0123456789abcdef';
    const near = { captureId: 1, ahead: 3000 };
    const far = { captureId: 2 };
    const named = { ...B, headers: [id] };
    const [call, ...others] = calls([
      { ...up(0, request('>', 'INVITE', { ...A, headers: [id] })), hep: near },
      { ...out(50, request('>', 'INVITE', named)), hep: far },
      { ...back(500, response('<', 486, 'INVITE', named)), hep: far },
      { ...down(510, response('<', 480, 'INVITE', A)), hep: near },
    ]);
    expect(others).toEqual([]);
    expect(call).toMatchObject({ callId: 'a', joined: 'session_id', reason: 'user_busy' });
  });
});

describe('legs that lost to another', () => {
  const C = { id: 'c', from: 'c1', to: 'c2', caller: 'alice', callee: 'carol' } as const;
  const COLLEAGUE = '10.0.0.3:5060';
  const outC = (at: number, text: string): Leg => ({ at, text, src: PBX, dst: COLLEAGUE });
  const backC = (at: number, text: string): Leg => ({ at, text, src: COLLEAGUE, dst: PBX });
  const ringing = [
    up(0, request('>', 'INVITE', A)),
    out(50, request('>', 'INVITE', B)),
    outC(51, request('>', 'INVITE', C)),
    back(500, response('<', 180, 'INVITE', B)),
    backC(500, response('<', 180, 'INVITE', C)),
  ];
  const answered = [
    back(3000, response('<', 200, 'INVITE', B)),
    out(3010, request('>', 'ACK', B)),
    down(3020, response('<', 200, 'INVITE', A)),
    up(3030, request('>', 'ACK', A)),
  ];
  const cancelled = [
    outC(3005, request('>', 'CANCEL', C)),
    backC(3015, response('<', 487, 'INVITE', C)),
  ];
  const declined = [backC(2000, response('<', 486, 'INVITE', C))];

  test.each([
    ['was cancelled without a reason', cancelled],
    ['was busy', declined],
  ])('do not tell of the call: one %s', (_, lost) => {
    const legs = [...ringing, ...answered, ...lost].sort((x, y) => x.at - y.at);
    const left = calls([
      ...legs,
      up(9000, request('>', 'BYE', A)),
      out(9010, request('>', 'BYE', { ...B, n: 2 })),
    ]);
    const dropped = calls([
      ...legs,
      back(9000, request('<', 'BYE', { ...B, headers: ['Reason: Q.850;cause=38'] })),
      down(9010, request('<', 'BYE', A)),
    ]);
    expect([...left, ...dropped].map(({ reason, endedBy }) => [reason, endedBy])).toEqual([
      ['normal_clearing_caller', 'caller'],
      ['dropped_network_out_of_order', 'callee'],
    ]);
  });
});

describe('a B2BUA that hangs up both legs for a cause', () => {
  const cause = { headers: ['Reason: Q.850;cause=38'] };

  test.each([
    ['to both', cause, cause],
    ['to the caller', cause, {}],
    ['to who was called', {}, cause],
  ])('and tells it %s, dropped the call itself', (_, near, far) => {
    const [call] = calls([
      up(0, request('>', 'INVITE', A)),
      out(50, request('>', 'INVITE', B)),
      back(1000, response('<', 200, 'INVITE', B)),
      out(1010, request('>', 'ACK', B)),
      down(1020, response('<', 200, 'INVITE', A)),
      up(1030, request('>', 'ACK', A)),
      out(9000, request('>', 'BYE', { ...B, ...far })),
      down(9001, request('<', 'BYE', { ...A, ...near })),
    ]);
    expect(call).toMatchObject({ reason: 'dropped_network_out_of_order', endedBy: 'platform' });
  });
});

describe('a B2BUA that answered and reached nobody', () => {
  const named = { ...B, headers: ['X-Leg: a'] };
  const answered = [
    up(0, request('>', 'INVITE', A)),
    down(60, response('<', 200, 'INVITE', A)),
    up(70, request('>', 'ACK', A)),
    out(500, request('>', 'INVITE', named)),
    back(600, response('<', 180, 'INVITE', B)),
  ];
  const refused = (status: number) => [back(5000, response('<', status, 'INVITE', B))];
  const cancelled = [
    out(5000, request('>', 'CANCEL', B)),
    back(5010, response('<', 487, 'INVITE', B)),
  ];
  const byCaller = up(9000, request('>', 'BYE', A));
  const byPlatform = down(9000, request('<', 'BYE', A));

  test.each([
    ['rang in vain and hung up', cancelled, byPlatform, 'ring_timeout_platform', 'platform'],
    ['met a busy phone, and the caller left', refused(486), byCaller, 'abandoned_queue', 'caller'],
    ['met a busy phone and hung up', refused(486), byPlatform, 'user_busy', 'callee'],
    ['had no trunk, and the caller left', refused(503), byCaller, 'service_unavailable', 'network'],
    ['had no trunk and hung up', refused(503), byPlatform, 'service_unavailable', 'network'],
  ])('completed nothing: it %s', (_, far, bye, reason, endedBy) => {
    const [call, ...others] = calls([...answered, ...far, bye], ['X-Leg']);
    expect(others).toEqual([]);
    expect(call).toMatchObject({ reason, endedBy, connected: true, served: false });
    expect(call?.certainty).toBe('inferred');
  });
});

describe('a leg that names a first leg which is not there yet', () => {
  test.each([
    ['in a header', ['X-Leg: a']],
    ['by Session-ID', ['Session-ID: 0123456789abcdef0123456789abcdef']],
  ])('%s is not joined by its number to the only other call in set-up', (_, headers) => {
    const other = ['Session-ID: fedcba9876543210fedcba9876543210'];
    const verdicts = calls(
      [
        up(0, request('>', 'INVITE', { ...A, id: 'other', from: 'a3', headers: other })),
        out(50, request('>', 'INVITE', { ...B, headers })),
        up(60, request('>', 'INVITE', { ...A, headers })),
        back(500, response('<', 486, 'INVITE', B)),
        down(510, response('<', 480, 'INVITE', A)),
        down(900, response('<', 404, 'INVITE', { ...A, id: 'other', from: 'a3' })),
      ],
      ['X-Leg'],
    );
    const found = verdicts.map(({ reason, legs }) => [legs.length, reason]);
    expect(found).toEqual([
      [2, expect.anything()],
      [1, 'unallocated_number'],
    ]);
  });
});

describe('a B2BUA that answers when it has given up on the other side', () => {
  const busy = [back(3000, response('<', 486, 'INVITE', B))];
  const silent = [
    back(600, response('<', 180, 'INVITE', B)),
    out(20_000, request('>', 'CANCEL', B)),
    back(20_030, response('<', 487, 'INVITE', B)),
  ];

  test.each([
    ['busy, the caller leaves', busy, up(40_000, request('>', 'BYE', A)), 'caller'],
    ['silent, the caller leaves', silent, up(40_000, request('>', 'BYE', A)), 'caller'],
    ['silent, the B2BUA hangs up', silent, down(40_000, request('<', 'BYE', A)), 'platform'],
  ])('is an answer by the platform: %s', (_, far, bye, endedBy) => {
    const [call, ...others] = calls([
      up(0, request('>', 'INVITE', A)),
      out(50, request('>', 'INVITE', B)),
      ...far,
      down(20_010, response('<', 200, 'INVITE', A)),
      up(20_020, request('>', 'ACK', A)),
      bye,
    ]);
    expect(others).toEqual([]);
    expect(call).toMatchObject({
      reason: 'answered_by_platform',
      endedBy,
      connected: true,
      served: false,
      certainty: 'assumed',
    });
  });
});

describe('a verdict that rests on another leg', () => {
  const held = { n: 20, sdp: 'sendonly' } as const;

  test('is no surer than that leg', () => {
    const [call, ...others] = calls([
      up(0, request('>', 'INVITE', A)),
      out(50, request('>', 'INVITE', B)),
      back(1000, response('<', 200, 'INVITE', B)),
      out(1010, request('>', 'ACK', B)),
      down(1020, response('<', 200, 'INVITE', A)),
      up(1030, request('>', 'ACK', A)),
      back(5000, request('<', 'REINVITE', { ...B, ...held })),
      out(5010, response('>', 200, 'REINVITE', { ...B, n: 20 })),
      out(9000, request('>', 'BYE', { ...B, n: 2 })),
    ]);
    expect(others).toEqual([]);
    expect(call).toMatchObject({ reason: 'abandoned_on_hold', certainty: 'assumed' });
  });
});
