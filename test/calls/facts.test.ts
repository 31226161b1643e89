import { describe, expect, test } from 'vitest';
import { ANSWERED, CALLEE_BYE, CALLER_BYE } from '../support/calls.ts';
import { scenarios } from '../support/rows.ts';
import { overHops, play, verdictOf } from '../support/sip.ts';

describe('stages and times', () => {
  scenarios([
    [
      'hold and resume: seconds on hold',
      `${ANSWERED}
      10000 > REINVITE n=2 sdp=sendonly
      10010 < 200 INVITE n=2
      30000 > REINVITE n=3 sdp=sendrecv
      30010 < 200 INVITE n=3
      40000 > BYE`,
      { stage: 'talking', timing: { hold: 20, talk: 37 } },
    ],
    [
      'hold with the old address 0.0.0.0',
      `${ANSWERED}
      10000 > REINVITE n=2 sdp=zero
      10010 < 200 INVITE n=2
      30000 > BYE`,
      { stage: 'on_hold' },
    ],
    [
      'hold by UPDATE',
      `${ANSWERED}
      10000 > UPDATE n=2 sdp=sendonly
      10010 < 200 UPDATE n=2
      30000 > BYE`,
      { stage: 'on_hold' },
    ],
    ...['INVITE n=2', 'INVITE n=2 sdp=recvonly', 'UPDATE n=2 sdp=recvonly'].map(
      (answer): readonly [string, string, object] => [
        `hold whose answer was seen first: ${answer}`,
        `${ANSWERED}
        10000 < 200 ${answer}
        10010 > ${answer.startsWith('INVITE') ? 'REINVITE' : 'UPDATE'} n=2 sdp=sendonly
        30000 > BYE`,
        { stage: 'on_hold' },
      ],
    ),
    [
      'early media, then answer',
      `
      0 > INVITE
      400 < 183 sdp=sendrecv
      3000 < 200
      3010 > ACK
      9000 > BYE`,
      { stage: 'talking', timing: { postDialDelay: 0.4, ring: null, talk: 6 } },
    ],
    [
      '182 queued, then given up',
      `
      0 > INVITE
      400 < 182
      30000 > CANCEL
      30010 < 487`,
      { stage: 'queue', outcome: 'abandoned', reason: 'abandoned_queue', endedBy: 'caller' },
    ],
    [
      '100 is no first response',
      `
      0 > INVITE
      20 < 100
      900 < 486`,
      { timing: { postDialDelay: 0.9 } },
    ],
    [
      'durations come from the capture clock',
      `
      0 > INVITE clock=-1000
      900 < 180 clock=-1400
      5000 < 200 clock=-2000
      9000 > BYE clock=-1000`,
      { timing: { postDialDelay: 0.5, ring: 3.5, talk: 5 } },
    ],
    [
      'a capture clock that is far off is left aside',
      `
      0 > INVITE clock=7000
      900 < 180 clock=7000
      5000 < 200 clock=-9000
      9000 > BYE clock=7000`,
      { timing: { postDialDelay: 0.9, ring: 4.1, talk: 4 } },
    ],
  ]);

  test('each stage begins where the one before ends', () => {
    const { stages, startedAt, endedAt } = verdictOf(CALLER_BYE);
    expect(stages.map((s) => s.stage)).toEqual(['dialing', 'ringing', 'talking']);
    expect([startedAt, ...stages.map((s) => s.leftAt)]).toEqual([
      ...stages.map((s) => s.enteredAt),
      endedAt,
    ]);
  });

  test('each capture time that is left aside is counted once', () => {
    const { counters } = play('0 > INVITE clock=7000\n900 < 180 clock=7000\n1000 < 486 clock=10');
    expect(counters.captureTimeRejected).toBe(2);
  });
});

describe('peers', () => {
  const [caller, callee] = ['10.0.0.1', '10.0.0.2'];
  scenarios([
    [
      'from an agent to a carrier: outbound',
      CALLER_BYE,
      { direction: 'outbound', peerIn: 'agent-1', peerOut: 'carrier-2', endedByRole: 'agent' },
      { peers: { [caller]: 'agent', [callee]: 'carrier' } },
    ],
    [
      'from a carrier to an agent: inbound',
      CALLER_BYE,
      { direction: 'inbound', endedByRole: 'customer' },
      { peers: { [caller]: 'carrier', [callee]: 'agent' } },
    ],
    [
      'between agents: internal',
      CALLEE_BYE,
      { direction: 'internal', endedByRole: 'agent' },
      { peers: { '10.0.0.0/24': 'agent' } },
    ],
    [
      'between carriers: transit',
      CALLEE_BYE,
      { direction: 'transit', endedByRole: 'customer' },
      { peers: { [caller]: 'carrier', [callee]: 'carrier' } },
    ],
    [
      'nobody is configured: unknown',
      CALLEE_BYE,
      { direction: 'unknown', peerIn: 'other', peerOut: 'other' },
    ],
    [
      'peer out is the farthest hop',
      overHops(CALLER_BYE, 2),
      { peerIn: 'agent-1', peerOut: 'carrier-3', direction: 'outbound' },
      { peers: { [caller]: 'agent', [callee]: 'proxy', '10.0.0.3': 'carrier' } },
    ],
    [
      'an unlisted address without credentials is refused',
      '0 > INVITE\n20 < 403',
      { outcome: 'blocked', reason: 'unsolicited' },
      { peers: { [callee]: 'pbx' } },
    ],
    [
      'an unlisted address that is challenged and goes away',
      '0 > INVITE\n20 < 401',
      { outcome: 'blocked', reason: 'unsolicited' },
      { peers: { [callee]: 'pbx' } },
    ],
    [
      'an unlisted address with credentials is a caller',
      '0 > INVITE\n20 < 401\n30 > INVITE n=2 auth\n900 < 486 n=2',
      { outcome: 'busy', reason: 'user_busy' },
      { peers: { [callee]: 'pbx' } },
    ],
    [
      'an unlisted address whose call was answered is a caller',
      CALLER_BYE,
      { outcome: 'completed' },
      { peers: { [callee]: 'pbx' } },
    ],
    [
      'a voicemail peer answers',
      CALLER_BYE,
      {
        outcome: 'voicemail',
        reason: 'voicemail_reached',
        stage: 'voicemail',
        served: false,
        connected: true,
        timing: { talk: null },
      },
      { peers: { [callee]: 'voicemail' } },
    ],
    [
      'an IVR answers',
      CALLER_BYE,
      { outcome: 'answered_by_platform', certainty: 'assumed', stage: 'ivr', served: false },
      { peers: { [callee]: 'ivr' } },
    ],
    [
      'a queue answers',
      CALLEE_BYE,
      {
        outcome: 'answered_by_platform',
        certainty: 'assumed',
        stage: 'queue',
        endedByRole: 'platform',
      },
      { peers: { [callee]: 'queue' } },
    ],
  ]);

  test('each branch names its own peer', () => {
    const { branches } = verdictOf(
      `0 > INVITE\n20 < 503\n40 > INVITE b=x dst=10.0.0.9:5060\n500 < 486 b=x`,
      { peers: { [callee]: 'carrier', '10.0.0.9': 'carrier' } },
    );
    expect(branches.map((b) => [b.peer, b.status, b.decided])).toEqual([
      ['carrier-1', 503, false],
      ['carrier-2', 486, true],
    ]);
  });
});

describe('Reason headers through to the verdict', () => {
  const bye = (header: string): string => `${ANSWERED}\n9000 < BYE | ${header}\n9010 > 200 BYE`;
  scenarios([
    [
      'Q.850 in a BYE',
      bye('Reason: Q.850;cause=41'),
      {
        outcome: 'dropped',
        reason: 'dropped_temporary_failure',
        q850: { cause: 41, location: null, seenIn: 'bye' },
      },
    ],
    [
      'two values in one line',
      bye('Reason: SIP;cause=200, Q.850;cause=38'),
      { reason: 'dropped_network_out_of_order' },
    ],
    [
      'two lines',
      bye('Reason: SIP;cause=200 | Reason: Q.850;cause=38'),
      {
        reason: 'dropped_network_out_of_order',
        reasonHeaders: ['SIP;cause=200', 'Q.850;cause=38'],
      },
    ],
    [
      'white space around the semicolons',
      bye('Reason: Q.850 ; cause = 38 ; text="x"'),
      { q850: { cause: 38 } },
    ],
    ['q.850 in small letters', bye('reason: q.850;cause=38'), { q850: { cause: 38 } }],
    [
      'a comma and a semicolon inside the quotes',
      bye('Reason: Q.850;text="a, SIP;cause=486";cause=38'),
      { q850: { cause: 38 }, reason: 'dropped_network_out_of_order' },
    ],
    [
      'no cause at all',
      bye('Reason: Q.850;text="gone"'),
      { outcome: 'completed', reason: 'normal_clearing_callee' },
    ],
    [
      'cause 0',
      bye('Reason: Q.850;cause=0'),
      { outcome: 'completed', reason: 'normal_clearing_callee' },
    ],
    [
      'a location in the network',
      bye('Reason: Q.850;cause=16;location=LN'),
      { outcome: 'completed', q850: { cause: 16, location: 'LN' } },
    ],
    [
      'UTF-8 text',
      bye('Reason: Q.850;cause=38;text="gestört"'),
      { reasonHeaders: ['Q.850;cause=38;text="gestört"'] },
    ],
    ['a token alone', bye('Reason: OutOfCredit'), { reason: 'dropped_payment_required' }],
    ['garbage', bye('Reason: ;;,,"'), { outcome: 'completed', reason: 'normal_clearing_callee' }],
  ]);
});

describe('once wrong', () => {
  scenarios([
    [
      'ended on hold: the open hold counts too',
      `${ANSWERED}
      10000 > REINVITE n=2 sdp=inactive
      10010 < 200 INVITE n=2
      30000 < BYE`,
      { stage: 'on_hold', timing: { hold: 20 } },
    ],
    [
      'a session refresh by the party on hold is no resume',
      `${ANSWERED}
      10000 > REINVITE n=2 sdp=sendonly
      10010 < 200 INVITE n=2 sdp=recvonly
      20000 < REINVITE n=2 sdp=recvonly
      20010 > 200 INVITE n=2 sdp=sendonly
      30000 < BYE`,
      { stage: 'on_hold', timing: { hold: 20 } },
    ],
    [
      'a hold that was refused is none',
      `${ANSWERED}
      10000 > REINVITE n=2 sdp=sendonly
      10010 < 488 INVITE n=2
      30000 > BYE`,
      { stage: 'talking', timing: { hold: 0 } },
    ],
    [
      "peer out although the farthest hop is known from a proxy's CANCEL alone",
      `
      0 > INVITE
      500 < 180
      4000 > CANCEL
      4002 > CANCEL hop=2
      4010 < 487`,
      { peerOut: 'carrier-2', direction: 'outbound' },
      { peers: { '10.0.0.1': 'agent', '10.0.0.2': 'carrier' } },
    ],
  ]);
});
