import { describe } from 'vitest';
import { RINGING } from '../support/calls.ts';
import { scenarios } from '../support/rows.ts';

describe('CANCEL', () => {
  scenarios([
    [
      'before any ringing',
      `
      0 > INVITE
      20 < 100
      700 > CANCEL
      710 < 487`,
      {
        outcome: 'cancelled',
        reason: 'caller_cancelled_before_ringing',
        endedBy: 'caller',
        stage: 'dialing',
      },
    ],
    [
      'after early media',
      `
      0 > INVITE
      400 < 183 sdp=sendrecv
      20000 > CANCEL
      20010 < 487`,
      {
        outcome: 'cancelled',
        reason: 'caller_cancelled_early_media',
        endedBy: 'caller',
        stage: 'early_media',
      },
    ],
    [
      'without any final response',
      `${RINGING}
      4000 > CANCEL`,
      {
        outcome: 'cancelled',
        reason: 'caller_cancelled_ringing',
        endedBy: 'caller',
        sip: { status: null },
        timing: { total: 4 },
      },
    ],
    [
      'crosses the 200',
      `${RINGING}
      3000 > CANCEL
      3001 < 200
      3002 < 481 CANCEL
      3010 > ACK
      3020 > BYE
      3030 < 200 BYE`,
      {
        outcome: 'cancelled',
        reason: 'caller_cancelled_at_answer',
        endedBy: 'caller',
        connected: true,
        served: false,
        timing: { talk: null },
      },
    ],
    [
      'crosses the 200, seen behind it',
      `${RINGING}
      3000 < 200
      3001 > CANCEL
      3010 > ACK
      3020 > BYE`,
      { outcome: 'cancelled', reason: 'caller_cancelled_at_answer', connected: true },
    ],
    [
      'crosses the 200, and the caller then talks',
      `${RINGING}
      3000 > CANCEL
      3001 < 200
      3010 > ACK
      63000 > BYE`,
      { outcome: 'completed', reason: 'normal_clearing_caller' },
    ],
    [
      'with SIP;cause=200: another branch answered',
      `${RINGING}
      4000 > CANCEL | Reason: SIP;cause=200;text="Call completed elsewhere"
      4010 < 487`,
      {
        outcome: 'answered_elsewhere',
        reason: 'answered_elsewhere',
        endedBy: 'caller',
        connected: false,
      },
    ],
    [
      'with Q.850;cause=26',
      `${RINGING}
      4000 > CANCEL | Reason: Q.850;cause=26
      4010 < 487`,
      {
        outcome: 'answered_elsewhere',
        reason: 'answered_elsewhere',
        q850: { cause: 26, seenIn: 'cancel' },
      },
    ],
    [
      'with SIP;cause=603: another branch refused',
      `${RINGING}
      4000 > CANCEL | Reason: SIP;cause=603;text="Declined"
      4010 < 487`,
      { outcome: 'answered_elsewhere', reason: 'refused_elsewhere' },
    ],
    [
      'with SIP;cause=487 and Q.850;cause=16',
      `${RINGING}
      4000 > CANCEL | Reason: SIP;cause=487;text="ORIGINATOR_CANCEL" | Reason: Q.850;cause=16
      4010 < 487`,
      { outcome: 'cancelled', reason: 'caller_cancelled_ringing', endedBy: 'caller' },
    ],
    [
      "the proxy's own, on the forks that lost",
      `
      0 > INVITE
      2 > INVITE hop=2 fork=a
      3 > INVITE hop=2 fork=b
      500 < 180 hop=2 fork=a to=a
      502 < 180 to=a
      510 < 180 hop=2 fork=b to=b
      3000 < 200 hop=2 fork=a to=a
      3002 < 200 to=a
      3003 > CANCEL hop=2 fork=b | Reason: SIP;cause=200;text="Call completed elsewhere"
      3005 < 487 hop=2 fork=b to=b
      3010 > ACK to=a
      9000 > BYE to=a`,
      {
        outcome: 'completed',
        reason: 'normal_clearing_caller',
        endedBy: 'caller',
        connected: true,
        served: true,
      },
    ],
    [
      "the proxy's own, when it gives up ringing, is not the caller's",
      `
      0 > INVITE
      2 > INVITE hop=2
      500 < 180 hop=2
      502 < 180
      30000 > CANCEL hop=2
      30005 < 487 hop=2
      30006 < 408`,
      {
        outcome: 'no_answer',
        reason: 'ring_timeout_platform',
        endedBy: 'platform',
        connected: false,
        sip: { status: 408 },
      },
    ],
    [
      '487 without any CANCEL',
      `${RINGING}
      4000 < 487`,
      {
        outcome: 'cancelled',
        reason: 'request_terminated',
        endedBy: 'unknown',
        certainty: 'assumed',
      },
    ],
    [
      'a BYE in the early dialog is a CANCEL',
      `${RINGING}
      4000 > BYE
      4005 < 200 BYE
      4010 < 487`,
      { outcome: 'cancelled', endedBy: 'caller', connected: false },
    ],
  ]);
});

describe('once wrong', () => {
  scenarios([
    [
      'with Q.850;cause=16 in the 487 too',
      `${RINGING}
      4000 > CANCEL
      4010 < 487 | Reason: Q.850;cause=16`,
      { outcome: 'cancelled', reason: 'caller_cancelled_ringing', endedBy: 'caller' },
    ],
    [
      "with Asterisk's Q.850;cause=127 in the 487",
      `${RINGING}
      4000 > CANCEL
      4010 < 487 | Reason: Q.850;cause=127`,
      { outcome: 'cancelled', reason: 'caller_cancelled_ringing', endedBy: 'caller' },
    ],
    [
      'after a digest retry',
      `
      0 > INVITE
      20 < 407
      25 > ACK fail
      30 > INVITE n=2 auth
      500 < 180 n=2
      4000 > CANCEL n=2
      4010 < 487 n=2`,
      {
        outcome: 'cancelled',
        reason: 'caller_cancelled_ringing',
        endedBy: 'caller',
        sip: { status: 487, farStatus: 487 },
      },
    ],
  ]);
});
