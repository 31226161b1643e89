import { describe, expect, test } from 'vitest';
import { ANSWERED, CALLEE_BYE, CALLER_BYE, CANCELLED, RINGING } from '../support/calls.ts';
import { scenarios } from '../support/rows.ts';
import { overHops, play } from '../support/sip.ts';

describe('the six endings of the first milestone', () => {
  scenarios([
    [
      'BYE from the caller',
      CALLER_BYE,
      {
        outcome: 'completed',
        reason: 'normal_clearing_caller',
        endedBy: 'caller',
        certainty: 'observed',
        connected: true,
        served: true,
        stage: 'talking',
        sip: { status: 200, farStatus: 200 },
        timing: { postDialDelay: 0.5, ring: 2.5, talk: 6, hold: 0, total: 9 },
      },
    ],
    [
      'BYE from the callee',
      CALLEE_BYE,
      {
        outcome: 'completed',
        reason: 'normal_clearing_callee',
        endedBy: 'callee',
        certainty: 'observed',
        connected: true,
      },
    ],
    [
      'CANCEL while ringing',
      CANCELLED,
      {
        outcome: 'cancelled',
        reason: 'caller_cancelled_ringing',
        endedBy: 'caller',
        certainty: 'observed',
        connected: false,
        served: false,
        stage: 'ringing',
        sip: { status: 487 },
        timing: { ring: 3.51, talk: null, hold: null },
      },
    ],
    [
      '486',
      `${RINGING}
      4000 < 486 phrase=Busy_Here
      4005 > ACK fail`,
      {
        outcome: 'busy',
        reason: 'user_busy',
        endedBy: 'callee',
        certainty: 'observed',
        connected: false,
        sip: { status: 486, phrase: 'Busy Here' },
      },
    ],
    [
      '503 with Q.850 34',
      `
      0 > INVITE
      20 < 100
      900 < 503 | Reason: Q.850;cause=34;text="No circuit"
      905 > ACK fail`,
      {
        outcome: 'failed',
        reason: 'no_circuit_available',
        endedBy: 'network',
        attribution: 'carrier',
        connected: false,
        sip: { status: 503 },
        q850: { cause: 34, seenIn: 'response' },
      },
    ],
    [
      'no BYE',
      ANSWERED,
      {
        outcome: 'lost',
        reason: 'no_end_seen',
        endedBy: 'unknown',
        certainty: 'assumed',
        connected: true,
        timing: { talk: null },
      },
    ],
  ]);
});

describe('hops', () => {
  scenarios([
    [
      'BYE from the caller through one proxy',
      overHops(CALLER_BYE, 2),
      { reason: 'normal_clearing_caller', endedBy: 'caller' },
    ],
    [
      'BYE from the callee through one proxy',
      overHops(CALLEE_BYE, 2),
      { reason: 'normal_clearing_callee', endedBy: 'callee' },
    ],
    [
      'BYE from the caller through two proxies',
      overHops(CALLER_BYE, 3),
      { reason: 'normal_clearing_caller', endedBy: 'caller' },
    ],
    [
      'BYE from the callee through two proxies',
      overHops(CALLEE_BYE, 3),
      { reason: 'normal_clearing_callee', endedBy: 'callee' },
    ],
    [
      'BYE from the caller, far copies first',
      overHops(CALLER_BYE, 3, 'inward'),
      { reason: 'normal_clearing_caller', endedBy: 'caller' },
    ],
    [
      'BYE from the callee, far copies first',
      overHops(CALLEE_BYE, 3, 'inward'),
      { reason: 'normal_clearing_callee', endedBy: 'callee' },
    ],
    [
      '486 through two proxies, far copies first',
      overHops(`${RINGING}\n4000 < 486`, 3, 'inward'),
      { reason: 'user_busy', sip: { status: 486 } },
    ],
    [
      'CANCEL by the caller, passed on by two proxies',
      overHops(CANCELLED, 3),
      { reason: 'caller_cancelled_ringing', endedBy: 'caller' },
    ],
    [
      'CANCEL by the caller, far copies first',
      overHops(CANCELLED, 3, 'inward'),
      { reason: 'caller_cancelled_ringing', endedBy: 'caller' },
    ],
    [
      'only a hop behind the first proxy is tapped',
      CALLER_BYE.replaceAll(/([<>] \S+.*)/g, '$1 hop=2'),
      { reason: 'normal_clearing_caller', endedBy: 'caller' },
    ],
    [
      'the callee is the one that the caller dialled, although a proxy rewrote the Request-URI',
      `
      0 > INVITE callee=600
      2 > INVITE hop=2 callee=bob
      600 < 486 hop=2 callee=bob
      602 < 486 callee=600`,
      { callee: '600', caller: 'alice' },
    ],
    [
      '500 of a proxy for the 503 with 34 behind it',
      `
      0 > INVITE
      2 > INVITE hop=2
      600 < 503 hop=2 | Reason: Q.850;cause=34
      602 < 500`,
      {
        reason: 'no_circuit_available',
        outcome: 'failed',
        endedBy: 'network',
        sip: { status: 500, farStatus: 503 },
        q850: { cause: 34 },
      },
    ],
    [
      '500 of a proxy for the 503 behind it, without a Reason',
      `
      0 > INVITE
      2 > INVITE hop=2
      600 < 503 hop=2
      602 < 500`,
      { sip: { status: 500, farStatus: 503 } },
    ],
    [
      'the proxy ends the dialog both ways',
      `${overHops(ANSWERED, 2)}
      9000 > BYE by=1 b=p n=50
      9001 < BYE by=1 b=p n=51`,
      { reason: 'normal_clearing_platform', endedBy: 'platform', outcome: 'completed' },
    ],
  ]);
});

describe('retries', () => {
  scenarios([
    [
      'digest retry, then answered',
      `
      0 > INVITE
      20 < 401 phrase=Unauthorized
      25 > ACK fail
      30 > INVITE n=2 auth
      500 < 180 n=2
      3000 < 200 n=2
      3010 > ACK n=2
      9000 > BYE`,
      {
        outcome: 'completed',
        reason: 'normal_clearing_caller',
        sip: { status: 200 },
        timing: { total: 9 },
      },
    ],
    [
      'challenged and given up',
      `
      0 > INVITE
      20 < 401
      25 > ACK fail`,
      {
        outcome: 'failed',
        reason: 'authentication_given_up',
        endedBy: 'caller',
        connected: false,
        sip: { status: 401 },
      },
    ],
    [
      '302 not followed',
      `
      0 > INVITE
      20 < 302`,
      { outcome: 'redirected', reason: 'redirected', sip: { status: 302 } },
    ],
    [
      '302 followed by the caller',
      `
      0 > INVITE
      20 < 302
      40 > INVITE n=2
      500 < 180 n=2
      3000 < 200 n=2
      3010 > ACK n=2
      9000 < BYE`,
      { outcome: 'completed', reason: 'normal_clearing_callee', sip: { status: 200 } },
    ],
    [
      '503, then another gateway with the same CSeq and a new branch',
      `
      0 > INVITE
      20 < 503
      40 > INVITE b=x dst=10.0.0.9:5060
      500 < 180 b=x
      3000 < 200 b=x
      3010 > ACK
      9000 > BYE`,
      { outcome: 'completed', reason: 'normal_clearing_caller' },
    ],
    [
      '503 from both gateways',
      `
      0 > INVITE
      20 < 503
      40 > INVITE b=x
      500 < 503 b=x | Reason: Q.850;cause=34`,
      { outcome: 'failed', reason: 'no_circuit_available' },
    ],
    [
      'all the same from CSeq 0 on: refused',
      `
      0 > INVITE n=0
      20 < 100 n=0
      900 < 486 n=0
      905 > ACK n=0 fail`,
      { outcome: 'busy', reason: 'user_busy', certainty: 'observed', sip: { status: 486 } },
    ],
    [
      'all the same from CSeq 0 on: challenged, then answered',
      `
      0 > INVITE n=0
      20 < 401 n=0
      25 > ACK n=0 fail
      30 > INVITE n=1 auth
      500 < 180 n=1
      3000 < 200 n=1
      3010 > ACK n=1
      9000 > BYE n=2`,
      {
        outcome: 'completed',
        reason: 'normal_clearing_caller',
        certainty: 'observed',
        sip: { status: 200 },
        timing: { postDialDelay: 0.5, total: 9 },
      },
    ],
    [
      '422, then a longer session interval',
      `
      0 > INVITE
      20 < 422
      40 > INVITE n=2
      3000 < 200 n=2
      3010 > ACK n=2
      9000 > BYE`,
      { outcome: 'completed', reason: 'normal_clearing_caller' },
    ],
  ]);

  test('a retry after the window is another attempt', () => {
    const { verdicts, counters } = play(`
      0 > INVITE
      20 < 407
      9000 > INVITE n=2 auth
      9500 < 486 n=2
    `);
    expect(verdicts.map((v) => v.reason)).toEqual(['authentication_given_up', 'user_busy']);
    expect(counters.started).toBe(2);
  });
});

describe('forks', () => {
  scenarios([
    [
      'one of three in parallel answers',
      `
      0 > INVITE
      2 > INVITE hop=2 fork=a dst=10.0.0.5:5060
      3 > INVITE hop=2 fork=b dst=10.0.0.6:5060
      4 > INVITE hop=2 fork=c dst=10.0.0.7:5060
      400 < 486 hop=2 fork=c to=c
      500 < 180 hop=2 fork=a to=a
      502 < 180 to=a
      520 < 180 hop=2 fork=b to=b
      3000 < 200 hop=2 fork=b to=b
      3002 < 200 to=b
      3005 > CANCEL hop=2 fork=a
      3010 < 487 hop=2 fork=a to=a
      3020 > ACK to=b
      9000 < BYE to=b`,
      {
        outcome: 'completed',
        reason: 'normal_clearing_callee',
        endedBy: 'callee',
        sip: { status: 200 },
      },
    ],
    [
      'two answer behind a proxy, the caller ends the second at once',
      `
      0 > INVITE
      2 > INVITE hop=2 fork=a
      3 > INVITE hop=2 fork=b
      3000 < 200 hop=2 fork=a to=a
      3002 < 200 to=a
      3003 < 200 hop=2 fork=b to=b
      3005 < 200 to=b
      3010 > ACK to=a
      3020 > ACK to=b b=2
      3030 > BYE to=b n=2
      3040 < 200 BYE to=b n=2
      60000 > BYE to=a n=3
      60010 < 200 BYE to=a n=3`,
      { outcome: 'completed', reason: 'normal_clearing_caller', timing: { talk: 57 } },
    ],
    [
      'two answer, and the BYE that came first was the later one',
      `
      0 > INVITE tap=1
      3000 < 200 tap=1 to=a
      3005 < 200 tap=1 to=b
      3010 > ACK tap=1 to=a
      3020 > ACK tap=1 to=b b=2
      3100 < BYE tap=1 to=a
      3110 > 200 BYE tap=1 to=a
      3120 > BYE tap=1 to=b n=2 clock=-100
      3130 < 200 BYE tap=1 to=b n=2 clock=-100`,
      {
        outcome: 'completed',
        reason: 'normal_clearing_callee',
        endedBy: 'callee',
        timing: { talk: 0.1 },
      },
    ],
    [
      'all refuse: the 6xx wins',
      `
      0 > INVITE
      2 > INVITE hop=2 fork=a
      3 > INVITE hop=2 fork=b
      400 < 486 hop=2 fork=a to=a
      500 < 603 hop=2 fork=b to=b
      502 < 603 to=b`,
      {
        outcome: 'declined',
        reason: 'declined_everywhere',
        endedBy: 'callee',
        sip: { status: 603 },
      },
    ],
  ]);
});

describe("the cause that Asterisk's chan_sip writes beside or instead of a Reason", () => {
  scenarios([
    [
      'is a Q.850 cause in a final response',
      `0 > INVITE
      500 < 503 | X-Asterisk-HangupCause: Circuit/channel congestion | X-Asterisk-HangupCauseCode: 34`,
      {
        reason: 'no_circuit_available',
        q850: { cause: 34, location: null, seenIn: 'response' },
        reasonHeaders: ['Q.850;cause=34;text="X-Asterisk-HangupCauseCode"'],
      },
    ],
    [
      'is one in a BYE',
      `${ANSWERED}
      9000 < BYE | X-Asterisk-HangupCauseCode: 38`,
      { reason: 'dropped_network_out_of_order', endedBy: 'callee' },
    ],
    [
      'gives way to a Reason in the same message',
      `${ANSWERED}
      9000 < BYE | Reason: Q.850;cause=41 | X-Asterisk-HangupCauseCode: 38`,
      { reason: 'dropped_temporary_failure', reasonHeaders: ['Q.850;cause=41'] },
    ],
    ...['', '1234', '3x', '-1'].map((value): [string, string, object] => [
      `is nothing when it is "${value}"`,
      `${ANSWERED}
      9000 < BYE | X-Asterisk-HangupCauseCode: ${value}`,
      { reason: 'normal_clearing_callee', reasonHeaders: [] },
    ]),
  ]);
});

describe('inside the dialog', () => {
  scenarios([
    [
      'a blind transfer: REFER accepted, NOTIFY 200, BYE of the transferor',
      `${ANSWERED}
      9000 > REFER n=20 | Refer-To: <sip:carol@example.com>
      9010 < 202 REFER n=20
      9020 < NOTIFY n=30 body=SIP/2.0_100_Trying | Event: refer
      9500 < NOTIFY n=31 body=SIP/2.0_200_OK | Event: refer;id=20
      9600 > BYE n=21`,
      { outcome: 'transferred', reason: 'blind_transfer', endedBy: 'caller' },
    ],
    [
      'an attended transfer: REFER with Replaces',
      `${ANSWERED}
      9000 < REFER | Refer-To: <sip:carol@example.com?Replaces=x%3Bto-tag%3D1>
      9010 > 202 REFER
      9500 < BYE n=101`,
      { outcome: 'transferred', reason: 'attended_transfer', endedBy: 'callee' },
    ],
    [
      'a REFER that was refused is no transfer',
      `${ANSWERED}
      9000 > REFER n=20
      9010 < 603 REFER n=20
      9600 > BYE n=21`,
      { outcome: 'completed', reason: 'normal_clearing_caller' },
    ],
    [
      'a transfer whose NOTIFY says that it failed: the call went on',
      `${ANSWERED}
      9000 > REFER n=20
      9010 < 202 REFER n=20
      9500 < NOTIFY n=31 body=SIP/2.0_486_Busy_Here | Event: refer
      20000 > BYE n=21`,
      { outcome: 'completed', reason: 'normal_clearing_caller' },
    ],
    [
      're-INVITE answered 481, and no BYE',
      `${ANSWERED}
      60000 > REINVITE n=2
      60010 < 481 INVITE n=2`,
      { outcome: 'dropped', reason: 'transaction_does_not_exist', certainty: 'inferred' },
    ],
    [
      're-INVITE answered 491: the call goes on',
      `${ANSWERED}
      60000 > REINVITE n=2
      60010 < 491 INVITE n=2
      70000 > BYE`,
      { outcome: 'completed', reason: 'normal_clearing_caller' },
    ],
    [
      'PRACK, UPDATE and INFO change nothing',
      `${RINGING}
      510 > PRACK n=2
      520 < 200 PRACK n=2
      600 < UPDATE
      610 > 200 UPDATE
      3000 < 200
      3010 > ACK
      5000 > INFO n=3
      5010 < 200 INFO n=3
      9000 < BYE n=101`,
      { outcome: 'completed', reason: 'normal_clearing_callee', timing: { talk: 6 } },
    ],
  ]);
});

describe('once wrong', () => {
  scenarios([
    [
      'the callee is the one that the caller dialled, far copies first',
      `
      0 > INVITE hop=2 callee=bob
      2 > INVITE callee=600
      600 < 486 hop=2 callee=bob
      602 < 486 callee=600`,
      { callee: '600' },
    ],
    [
      'digest retry, then busy: the phrase is that of the 486',
      `
      0 > INVITE
      20 < 407 phrase=Proxy_Authentication_Required
      30 > INVITE n=2 auth
      900 < 486 n=2 phrase=Busy_Here`,
      {
        outcome: 'busy',
        reason: 'user_busy',
        sip: { status: 486, phrase: 'Busy Here', farStatus: 486 },
      },
    ],
    [
      'digest retry, then a default 480 that must not read as the challenge',
      `
      0 > INVITE
      20 < 407
      30 > INVITE n=2 auth
      900 < 480 n=2`,
      {
        outcome: 'unreachable',
        reason: 'temporarily_unavailable',
        sip: { status: 480, farStatus: 480 },
      },
    ],
    [
      'digest retry: the challenge is no ringing, post-dial delay counts to the 180',
      `
      0 > INVITE
      20 < 407
      30 > INVITE n=2 auth
      900 < 180 n=2
      2000 < 486 n=2`,
      { timing: { postDialDelay: 0.9 } },
    ],
    [
      '302 followed, and then unavailable: not a redirection',
      `
      0 > INVITE
      20 < 302
      40 > INVITE n=2
      500 < 480 n=2`,
      { outcome: 'unreachable', reason: 'temporarily_unavailable' },
    ],
    [
      'two answer, seen at the caller alone, and the second is ended at once',
      `
      0 > INVITE
      500 < 180 to=a
      520 < 180 to=b
      3000 < 200 to=a
      3005 < 200 to=b
      3010 > ACK to=a
      3020 > ACK to=b b=2
      3030 > BYE to=b n=2
      3040 < 200 BYE to=b n=2
      60000 > BYE to=a n=3
      60010 < 200 BYE to=a n=3`,
      { outcome: 'completed', reason: 'normal_clearing_caller', timing: { talk: 57 } },
    ],
  ]);
});
