/**
 * The traps of docs/verdicts.md at the level of the verdict. Where a row of the evidence table avoids the trap, the same
 * call without that row must be judged otherwise: a row that nothing needs is a row too many.
 */
import { describe, expect, test } from 'vitest';
import { CONTEXT_RULES, STAGE_RULES } from '../../src/classify/context-rules.ts';
import { RULES, type Rule } from '../../src/classify/rules.ts';
import { ANSWERED, CANCELLED, RINGING } from '../support/calls.ts';
import type { Expected } from '../support/rows.ts';
import { overHops, type Play, play, verdictOf } from '../support/sip.ts';

interface Trap {
  readonly name: string;
  readonly script: string;
  readonly expected: Expected;
  /** Row of `RULES` that avoids it; none when it is avoided by not looking. */
  readonly rule?: string;
  readonly play?: Play;
  /** Why the engine does not avoid it yet. */
  readonly gap?: string;
}

const needed = new Set<string>();

function traps(rows: readonly Trap[]): void {
  for (const { name, script, expected, rule, play, gap } of rows) {
    const check = (): void => {
      expect(verdictOf(script, play)).toMatchObject(expected);
    };
    if (gap === undefined) test(name, check);
    else test.fails(`${name} (${gap})`, check);
    if (rule === undefined) continue;
    needed.add(rule);
    test(`${name}: the row ${rule} is what avoids it`, () => {
      const rules = RULES.filter((row) => row.id !== rule);
      expect(rules).toHaveLength(RULES.length - 1);
      expect(verdictOf(script, { ...play, rules })).not.toMatchObject(expected);
    });
  }
}

const callerBye = (header: string): string =>
  `${ANSWERED}\n60000 > BYE | ${header}\n60010 < 200 BYE`;
const calleeBye = (header: string): string =>
  `${ANSWERED}\n60000 < BYE | ${header}\n60010 > 200 BYE`;
const final = (status: number, header: string, before = RINGING): string =>
  `${before}\n4000 < ${status} | ${header}`;
const DIALLED = '0 > INVITE\n20 < 100';
const cancel = (header: string): string => CANCELLED.replace(/> CANCEL$/m, `> CANCEL | ${header}`);

describe('trap 1: SIP;cause=200 is not always "answered elsewhere"', () => {
  traps([
    {
      name: 'in a CANCEL it is',
      script: cancel('Reason: SIP;cause=200;text="Call completed elsewhere"'),
      rule: 'cancel-elsewhere',
      expected: { outcome: 'answered_elsewhere', reason: 'answered_elsewhere' },
    },
    {
      name: 'in a BYE without a telling text it is a normal end',
      script: calleeBye('Reason: SIP;cause=200;text="OK"'),
      expected: { outcome: 'completed', reason: 'normal_clearing_callee' },
    },
    {
      name: 'session timer',
      script: calleeBye('Reason: SIP;cause=200;text="Session timer expired"'),
      rule: 'session-timer',
      expected: { outcome: 'dropped', reason: 'session_timer_expired' },
    },
    {
      name: 'ACK timeout',
      script: calleeBye('Reason: SIP;cause=200;text="ACK Timeout"'),
      rule: 'ack-timeout',
      expected: { outcome: 'failed', reason: 'ack_timeout' },
    },
    {
      name: 'User Triggered',
      script: callerBye('Reason: SIP;cause=200;text="User Triggered"'),
      expected: { outcome: 'completed', reason: 'normal_clearing_caller' },
    },
    {
      name: 'another branch declined, as the text says',
      script: cancel('Reason: SIP;cause=200;text="Call rejected elsewhere"'),
      rule: 'cancel-rejected-text',
      expected: { outcome: 'answered_elsewhere', reason: 'refused_elsewhere' },
    },
  ]);
});

describe('trap 2: SIP;cause=N of FreeSWITCH is a number of its own', () => {
  traps([
    {
      name: '804 MEDIA_TIMEOUT, since 1.10.8',
      script: calleeBye('Reason: SIP;cause=804;text="MEDIA_TIMEOUT"'),
      rule: 'freeswitch-name',
      expected: { outcome: 'dropped', reason: 'media_timeout' },
    },
    {
      name: '604 MEDIA_TIMEOUT, before it: no "does not exist anywhere"',
      script: calleeBye('Reason: SIP;cause=604;text="MEDIA_TIMEOUT"'),
      rule: 'freeswitch-name',
      expected: { outcome: 'dropped', reason: 'media_timeout' },
    },
    {
      name: '603 USER_CHALLENGE is no decline',
      script: final(480, 'Reason: SIP;cause=603;text="USER_CHALLENGE"'),
      rule: 'freeswitch-name',
      expected: { reason: 'authentication_given_up' },
    },
    {
      name: '502 LOSE_RACE is no bad gateway',
      script: final(480, 'Reason: SIP;cause=502;text="LOSE_RACE"'),
      rule: 'freeswitch-name',
      expected: { outcome: 'answered_elsewhere' },
    },
  ]);
});

describe('trap 3: the 480 of FreeSWITCH is not a no-answer', () => {
  traps([
    {
      name: '480 with 16 is a hang-up of the dialplan',
      script: final(480, 'Reason: Q.850;cause=16;text="NORMAL_CLEARING"'),
      rule: 'freeswitch-480',
      expected: { outcome: 'failed', reason: 'rejected_by_platform', endedBy: 'platform' },
    },
    {
      name: '480 with 34 is congestion',
      script: final(480, 'Reason: Q.850;cause=34'),
      rule: 'cause',
      expected: { outcome: 'failed', reason: 'no_circuit_available', endedBy: 'network' },
    },
    {
      name: '480 alone is unreachable',
      script: final(480, 'Subject: none', DIALLED),
      expected: { outcome: 'unreachable', reason: 'temporarily_unavailable' },
    },
  ]);
});

describe('trap 4: the 603 of Asterisk with cause 16 is no person who declined', () => {
  traps([
    {
      name: 'before ringing',
      script: final(603, 'Reason: Q.850;cause=16', DIALLED),
      rule: 'asterisk-603',
      expected: { outcome: 'failed', reason: 'rejected_by_platform', endedBy: 'platform' },
    },
    {
      name: 'after ringing',
      script: final(603, 'Reason: Q.850;cause=16'),
      rule: 'asterisk-603-ring',
      expected: { outcome: 'no_answer', reason: 'ring_timeout_platform', endedBy: 'platform' },
    },
    {
      name: 'without the cause it is one',
      script: final(603, 'Subject: none'),
      expected: { outcome: 'declined', reason: 'declined_everywhere', endedBy: 'callee' },
    },
  ]);
});

describe('trap 5: status and Reason contradict each other', () => {
  traps([
    {
      name: '486 with 34 is busy',
      script: final(486, 'Reason: Q.850;cause=34'),
      rule: 'busy-with-34',
      expected: { outcome: 'busy', reason: 'user_busy', endedBy: 'callee' },
    },
    {
      name: '486 with 34 located in the network is congestion',
      script: final(486, 'Reason: Q.850;cause=34;location=LN'),
      expected: { outcome: 'failed', reason: 'no_circuit_available', endedBy: 'network' },
    },
    {
      name: '480 with 21 is declined',
      script: final(480, 'Reason: Q.850;cause=21'),
      rule: 'cause',
      expected: { outcome: 'declined', reason: 'call_rejected', endedBy: 'callee' },
    },
    {
      name: '603 with 17 is busy, and the two disagreed',
      script: final(603, 'Reason: Q.850;cause=17'),
      rule: 'cause',
      expected: {
        outcome: 'busy',
        reason: 'user_busy',
        endedBy: 'callee',
        conflicts: [expect.objectContaining({ loser: expect.objectContaining({ value: '603' }) })],
      },
    },
    {
      name: '404 with 31 stays an unknown number',
      script: final(404, 'Reason: Q.850;cause=31'),
      expected: { outcome: 'invalid_number', reason: 'unallocated_number', conflicts: [] },
    },
  ]);
});

describe('trap 6: a Reason in an 18x, or in a response to something else, describes a call that goes on', () => {
  traps([
    {
      name: '183 with 34, then answered and ended',
      script: `0 > INVITE\n400 < 183 | Reason: Q.850;cause=34\n3000 < 200\n3010 > ACK\n60000 > BYE`,
      expected: { outcome: 'completed', reason: 'normal_clearing_caller', q850: null },
    },
    {
      name: '183 with 34, then a default 480',
      script: `0 > INVITE\n400 < 183 | Reason: Q.850;cause=34\n3000 < 480 | Reason: Q.850;cause=31`,
      expected: { outcome: 'failed', reason: 'no_circuit_available' },
    },
    {
      name: '183 with 34, then busy',
      script: `0 > INVITE\n400 < 183 | Reason: Q.850;cause=34\n3000 < 486`,
      rule: 'provisional-cause',
      expected: { outcome: 'busy', reason: 'user_busy' },
    },
    {
      name: 'a refused re-INVITE with a Reason',
      script: `${ANSWERED}\n9000 > REINVITE n=2\n9010 < 488 INVITE n=2 | Reason: Q.850;cause=88\n60000 > BYE`,
      expected: { outcome: 'completed', reason: 'normal_clearing_caller', reasonHeaders: [] },
    },
    {
      name: 'the 200 of the BYE with a Reason',
      script: `${ANSWERED}\n60000 > BYE\n60010 < 200 BYE | Reason: Q.850;cause=38`,
      expected: { outcome: 'completed', reason: 'normal_clearing_caller', reasonHeaders: [] },
    },
    {
      name: 'a Reason in the challenge before the retry',
      script: `0 > INVITE\n20 < 407 | Reason: Q.850;cause=21\n30 > INVITE n=2 auth\n900 < 404 n=2`,
      expected: { outcome: 'invalid_number', reason: 'unallocated_number' },
    },
  ]);
});

describe('trap 7: a CANCEL may mean that another branch refused', () => {
  traps([
    {
      name: 'SIP;cause=486',
      script: cancel('Reason: SIP;cause=486;text="Busy here"'),
      rule: 'cancel-refused',
      expected: { outcome: 'answered_elsewhere', reason: 'refused_elsewhere' },
    },
    {
      name: 'SIP;cause=603',
      script: cancel('Reason: SIP;cause=603;text="Declined"'),
      rule: 'cancel-refused',
      expected: { outcome: 'answered_elsewhere', reason: 'refused_elsewhere' },
    },
    {
      name: "the proxy's own CANCEL says nothing of the caller's call",
      script: `
      0 > INVITE
      2 > INVITE hop=2 fork=a
      3 > INVITE hop=2 fork=b
      900 < 603 hop=2 fork=a to=a
      905 > CANCEL hop=2 fork=b | Reason: SIP;cause=603
      910 < 487 hop=2 fork=b to=b
      912 < 603 to=a`,
      expected: { outcome: 'declined', reason: 'declined_everywhere', endedBy: 'callee' },
    },
  ]);
});

describe("trap 8: BYE with SIP;cause=486 can mean that a controller's other leg was busy", () => {
  traps([
    {
      name: 'busy, although it was answered',
      script: calleeBye('Reason: SIP;cause=486;text="Busy here"'),
      rule: 'sip-reason',
      expected: { outcome: 'busy', reason: 'user_busy', connected: true },
    },
  ]);
});

describe('trap 9: early media may be the whole service', () => {
  traps([
    {
      name: '183 with SDP, then CANCEL: told apart from a plain cancel',
      script: `0 > INVITE\n400 < 183 sdp=sendrecv\n90000 > CANCEL\n90010 < 487`,
      expected: {
        outcome: 'cancelled',
        reason: 'caller_cancelled_early_media',
        stage: 'early_media',
      },
    },
  ]);
});

describe('trap 10: a block by analytics is not declined', () => {
  traps([
    {
      name: '603 with v=analytics1',
      script: final(
        603,
        'Reason: SIP;cause=603;text="v=analytics1;url=https://example.com";location=TN',
      ),
      rule: 'analytics',
      expected: { outcome: 'blocked', reason: 'call_rejected_by_analytics', endedBy: 'network' },
    },
    {
      name: '603 with v=analytics1 and no location: still not the callee',
      script: final(603, 'Reason: SIP;cause=603;text="v=analytics1;url=https://example.com"'),
      expected: { outcome: 'blocked', reason: 'call_rejected_by_analytics', endedBy: 'network' },
    },
    {
      name: '607',
      script: final(607, 'Subject: none', DIALLED),
      expected: { outcome: 'blocked', reason: 'user_unwanted', endedBy: 'callee' },
    },
    {
      name: '608',
      script: final(608, 'Subject: none', DIALLED),
      expected: { outcome: 'blocked', reason: 'call_rejected_by_analytics', endedBy: 'network' },
    },
  ]);
});

describe('trap 11: FreeSWITCH folds every cause above 127 into Q.850 16', () => {
  traps([
    {
      name: 'the name beside it says more',
      script: calleeBye(
        'Reason: Q.850;cause=16;text="NORMAL_CLEARING" | Reason: FreeSWITCH;cause=802;text="ALLOTTED_TIMEOUT"',
      ),
      rule: 'freeswitch-name',
      expected: { outcome: 'dropped', reason: 'max_duration_reached' },
    },
    {
      name: '16 alone says nothing',
      script: calleeBye('Reason: Q.850;cause=16'),
      expected: { outcome: 'completed', reason: 'normal_clearing_callee' },
    },
  ]);
});

describe('trap 12: cause 26', () => {
  traps([
    {
      name: 'in a CANCEL: this leg was not selected',
      script: cancel('Reason: Q.850;cause=26'),
      expected: { outcome: 'answered_elsewhere', reason: 'answered_elsewhere' },
    },
    {
      name: 'in a 404: a misrouted ported number (ANSI), not answered elsewhere',
      script: final(404, 'Reason: Q.850;cause=26', DIALLED),
      rule: 'refused-with-26',
      expected: { outcome: 'failed', reason: 'number_ported', endedBy: 'network' },
    },
  ]);
});

describe('trap 13: the grammar of Reason', () => {
  traps([
    {
      name: 'the cause behind a quoted semicolon and comma',
      script: calleeBye('Reason: Q.850;text="; cause=17, SIP";cause=38'),
      rule: 'cause',
      expected: { outcome: 'dropped', reason: 'dropped_network_out_of_order' },
    },
    {
      name: 'RFC 9366: both protocols in one message',
      script: final(500, 'Reason: SIP;cause=503, Q.850;cause=34', DIALLED),
      rule: 'cause',
      expected: { reason: 'no_circuit_available' },
    },
    {
      name: 'unquoted text, and description= instead of text=',
      script: calleeBye('Reason: SIP ;cause=200 ;description=Session timer expired'),
      rule: 'session-timer',
      expected: { reason: 'session_timer_expired' },
    },
    {
      name: 'cause 0 is no cause',
      script: final(503, 'Reason: q.850;cause=0', DIALLED),
      rule: 'cause-none',
      expected: { outcome: 'failed', reason: 'service_unavailable' },
    },
    {
      name: 'a bare token',
      script: calleeBye('Reason: mi_terminated'),
      rule: 'operator-kill',
      expected: { outcome: 'dropped', reason: 'terminated_by_operator' },
    },
  ]);
});

describe('trap 14: ACK timeout and crossing', () => {
  const never = `${RINGING}\n3000 < 200\n3500 < 200\n4500 < 200\n6500 < 200\n35000 < BYE\n35010 > 200 BYE`;
  traps([
    {
      name: 'BYE of the callee 32 s after its 200 that nobody acknowledged',
      script: never,
      rule: 'never-acked',
      expected: { outcome: 'failed', reason: 'ack_timeout', certainty: 'assumed' },
    },
    {
      name: 'acknowledged: a short call',
      script: never.replace('35000', '3010 > ACK\n35000'),
      expected: { outcome: 'completed', reason: 'normal_clearing_callee' },
    },
    {
      name: 'BYE at once behind a CANCEL that crossed the 200',
      script: `${RINGING}\n3000 > CANCEL\n3001 < 200\n3010 > ACK\n3020 > BYE`,
      rule: 'crossing',
      expected: { outcome: 'cancelled', reason: 'caller_cancelled_at_answer', served: false },
    },
    {
      name: 'the text tells of the race',
      script: `${ANSWERED}\n3050 > BYE | Reason: SIP;text="SIP race"`,
      rule: 'cancel-race',
      expected: { outcome: 'cancelled', reason: 'caller_cancelled_at_answer' },
    },
  ]);
});

describe('trap 15: challenges, redirections, 500 and 183', () => {
  traps([
    {
      name: '407 with a retry is no failure',
      script: `0 > INVITE\n20 < 407\n30 > INVITE n=2 auth\n3000 < 200 n=2\n3010 > ACK n=2\n60000 > BYE`,
      expected: { outcome: 'completed' },
    },
    {
      name: '407 without one is',
      script: '0 > INVITE\n20 < 407',
      expected: { outcome: 'failed', reason: 'authentication_given_up' },
    },
    {
      name: "500 may be a proxy's 503",
      script: `0 > INVITE\n2 > INVITE hop=2\n500 < 503 hop=2 | Reason: Q.850;cause=34\n502 < 500`,
      rule: 'cause',
      expected: { reason: 'no_circuit_available', sip: { status: 500, farStatus: 503 } },
    },
    {
      name: '183 does not prove ringing',
      script: `0 > INVITE\n400 < 183\n4000 > CANCEL\n4010 < 487`,
      expected: {
        reason: 'caller_cancelled_before_ringing',
        ringingAt: null,
        timing: { ring: null },
      },
    },
    {
      name: '408 after ringing is a time-out of the PBX',
      script: final(408, 'Subject: none'),
      rule: 'ring-timeout',
      expected: { outcome: 'no_answer', reason: 'ring_timeout_platform' },
    },
    {
      name: '480 after long ringing is a no-answer',
      script: `${RINGING}\n20000 < 480`,
      rule: 'unavailable-after-ringing',
      expected: { outcome: 'no_answer', reason: 'no_answer', certainty: 'inferred' },
    },
  ]);
});

describe('every other row', () => {
  const [caller, callee] = ['10.0.0.1', '10.0.0.2'];
  traps([
    {
      name: 'picked up from another phone',
      script:
        `${RINGING}\n1000 > INVITE id=p from=p | Replaces: call-1;to-tag=t;from-tag=f;early-only\n1010 < 486 id=p from=p\n1500 > CANCEL\n1510 < 487`.replaceAll(
          /^1010.*\n/gm,
          '',
        ),
      rule: 'picked-up',
      expected: { outcome: 'answered_elsewhere', reason: 'picked_off' },
      play: { end: 30_000 },
    },
    {
      name: "taken over by another dialog's Replaces",
      script: `${ANSWERED}
      9000 > INVITE id=p from=p | Replaces: call-1;to-tag=t;from-tag=f
      9600 < BYE`,
      rule: 'replaced',
      expected: { outcome: 'transferred', reason: 'attended_transfer' },
      play: { end: 30_000 },
    },
    {
      name: 'no final seen',
      script: RINGING,
      rule: 'no-final-seen',
      expected: { outcome: 'lost', reason: 'no_final_seen' },
    },
    {
      name: 'BYE',
      script: `${ANSWERED}\n9000 > BYE`,
      rule: 'hung-up',
      expected: { outcome: 'completed', reason: 'normal_clearing_caller', certainty: 'observed' },
    },
    {
      name: 'CANCEL with its 487',
      script: CANCELLED,
      rule: 'cancelled-487',
      expected: { outcome: 'cancelled', reason: 'caller_cancelled_ringing' },
    },
    {
      name: 'a final response and nothing else',
      script: '0 > INVITE\n20 < 404',
      rule: 'status',
      expected: { outcome: 'invalid_number', reason: 'unallocated_number' },
    },
    {
      name: 'the user hung up, as the text says, whatever the number',
      script: calleeBye('Reason: SIP;cause=480;text="User hung up"'),
      rule: 'user-text',
      expected: { outcome: 'completed', reason: 'normal_clearing_callee' },
    },
    {
      name: 'CANCEL with SIP;cause=487 and no final response',
      script: `${RINGING}\n4000 > CANCEL | Reason: SIP;cause=487;text="Request terminated"`,
      rule: 'cancel-originator',
      expected: { outcome: 'cancelled', reason: 'caller_cancelled_ringing' },
    },
    {
      name: 'blind transfer',
      script: `${ANSWERED}\n9000 > REFER n=20\n9010 < 202 REFER n=20\n9600 > BYE n=21`,
      rule: 'transferred',
      expected: { outcome: 'transferred', reason: 'blind_transfer' },
    },
    {
      name: 'dialog gone',
      script: `${ANSWERED}\n60000 > REINVITE n=2\n60010 < 481 INVITE n=2`,
      rule: 'dialog-failed',
      expected: { outcome: 'dropped', reason: 'transaction_does_not_exist' },
    },
    {
      name: 'session interval',
      script: `${RINGING}\n3000 < 200 | Session-Expires: 90;refresher=uac\n3010 > ACK\n63000 < BYE`,
      rule: 'session-interval',
      expected: { outcome: 'dropped', reason: 'session_timer_expired' },
    },
    {
      name: 'no end seen',
      script: ANSWERED,
      rule: 'no-end-seen',
      expected: { outcome: 'lost', reason: 'no_end_seen' },
    },
    {
      name: 'cut off by the stop of the observer',
      script: RINGING,
      rule: 'shutdown',
      play: { end: 'drain' },
      expected: { reason: 'observer_stopped' },
    },
    {
      name: 'unsolicited',
      script: '0 > INVITE\n20 < 403',
      rule: 'unsolicited',
      play: { peers: { [callee]: 'pbx' } },
      expected: { outcome: 'blocked', reason: 'unsolicited' },
    },
    {
      name: 'no response',
      script: '0 > INVITE\n500 > INVITE\n1500 > INVITE\n3500 > INVITE\n7500 > INVITE',
      rule: 'no-response',
      expected: { outcome: 'failed', reason: 'no_response' },
    },
    {
      name: 'voicemail peer',
      script: `${ANSWERED}\n9000 > BYE`,
      rule: 'voicemail-peer',
      play: { peers: { [caller]: 'carrier', [callee]: 'voicemail' } },
      expected: { outcome: 'voicemail' },
    },
    {
      name: 'IVR peer',
      script: `${ANSWERED}\n9000 > BYE`,
      rule: 'platform-peer',
      play: { peers: { [callee]: 'ivr' } },
      expected: { outcome: 'answered_by_platform' },
    },
    {
      name: 'BYE without an answer seen is only assumed',
      script: `${RINGING}\n9000 > BYE\n9010 < 200 BYE`,
      expected: { outcome: 'completed', certainty: 'assumed' },
    },
    {
      name: 'stale date',
      script: '0 > INVITE\n20 < 403 phrase=Stale_Date',
      rule: 'stale-date',
      expected: { outcome: 'blocked', reason: 'stir_stale_date' },
    },
    {
      name: 'RTP time-out in the text',
      script: calleeBye('Reason: SIP;text="RTP Broken"'),
      rule: 'media-text',
      expected: { outcome: 'dropped', reason: 'media_timeout' },
    },
    {
      name: 'ICE failed in the text',
      script: calleeBye('Reason: SIP;cause=200;text="ICE failed"'),
      rule: 'ice-text',
      expected: { outcome: 'dropped', reason: 'ice_failed' },
    },
    {
      name: 'CANCEL of a PBX that gave up ringing, SIP',
      script: cancel('Reason: SIP;cause=408;text="Request Timeout"'),
      rule: 'cancel-ring-timeout',
      expected: { outcome: 'no_answer', reason: 'ring_timeout_platform' },
    },
    {
      name: 'CANCEL of a PBX that gave up ringing, Q.850',
      script: cancel('Reason: Q.850;cause=19'),
      rule: 'cancel-no-answer',
      expected: { outcome: 'no_answer', reason: 'ring_timeout_platform' },
    },
    {
      name: 'CANCEL with 127 says nothing',
      script: cancel('Reason: Q.850;cause=127'),
      rule: 'cancel-synthetic',
      expected: { outcome: 'cancelled', reason: 'caller_cancelled_ringing' },
    },
    {
      name: '487 with 127 says nothing',
      script: CANCELLED.replace('< 487', '< 487 | Reason: Q.850;cause=127'),
      rule: 'cancelled-cause',
      expected: { outcome: 'cancelled', reason: 'caller_cancelled_ringing' },
    },
    {
      name: 'preemption',
      script: calleeBye('Reason: Preemption;cause=1;text="UA Preemption"'),
      rule: 'preemption',
      expected: { outcome: 'dropped', reason: 'dropped_preempted' },
    },
    {
      name: 'bearer lost',
      script: calleeBye('Reason: FAILURE_CAUSE;cause=1;text="Media bearer loss"'),
      rule: 'failure-cause',
      expected: { outcome: 'dropped', reason: 'bearer_lost' },
    },
    {
      name: 'no credit',
      script: calleeBye('Reason: OutOfCredit'),
      rule: 'out-of-credit',
      expected: { outcome: 'dropped', reason: 'dropped_payment_required' },
    },
    {
      name: 'dialog lifetime',
      script: calleeBye('Reason: dialog_timeout'),
      rule: 'dialog-lifetime',
      expected: { outcome: 'dropped', reason: 'max_duration_reached' },
    },
    {
      name: 'a failed branch as a proxy tells it in a provisional',
      script: `0 > INVITE\n400 < 183 | Reason: SIP;cause=486\n3000 < 480`,
      rule: 'provisional-status',
      expected: { outcome: 'unreachable', reason: 'temporarily_unavailable' },
    },
    {
      name: '486 when nobody picked up',
      script: '0 > INVITE\n500 < 180\n45500 < 486',
      rule: 'busy-after-long-ring',
      expected: { outcome: 'no_answer', reason: 'no_answer', certainty: 'inferred' },
    },
    {
      name: '486 soon after ringing is a person who is busy',
      script: '0 > INVITE\n500 < 180\n5500 < 486',
      expected: { outcome: 'busy', reason: 'user_busy' },
    },
    {
      name: '486 with 17 after a long ring is still busy',
      script: '0 > INVITE\n500 < 180\n45500 < 486 | Reason: Q.850;cause=17',
      expected: { outcome: 'busy', reason: 'user_busy', certainty: 'observed' },
    },
    {
      name: 'a proxy that stopped ringing',
      script: `0 > INVITE\n2 > INVITE hop=2\n500 < 180 hop=2\n502 < 180\n30000 > CANCEL hop=2\n30010 < 487 hop=2\n30012 < 487`,
      rule: 'proxy-stopped-ringing',
      expected: { outcome: 'no_answer', endedBy: 'platform', certainty: 'assumed' },
    },
    {
      name: 'a proxy that cancelled before it rang',
      script: `0 > INVITE\n2 > INVITE hop=2\n3000 > CANCEL hop=2\n3010 < 487 hop=2\n3012 < 487`,
      rule: 'proxy-cancelled',
      expected: { reason: 'cancelled_by_platform', endedBy: 'platform', certainty: 'assumed' },
    },
    {
      name: 'a 487 that nobody asked for',
      script: '0 > INVITE\n500 < 180\n3000 < 487',
      rule: 'unasked-487',
      expected: { reason: 'request_terminated', endedBy: 'unknown', certainty: 'assumed' },
    },
    {
      name: 'a CANCEL known from its 200, and the 487',
      script: '0 > INVITE\n500 < 180\n3000 < 200 CANCEL\n3010 < 487',
      rule: 'untold-487',
      expected: { reason: 'caller_cancelled_ringing', endedBy: 'caller', certainty: 'assumed' },
    },
    {
      name: 'a 500 whose cause behind the proxy was missed',
      script: '0 > INVITE\n2 > INVITE hop=2\n500 < 500',
      rule: 'hidden-500',
      expected: { reason: 'server_internal_error', certainty: 'assumed' },
    },
    {
      name: 'a CANCEL and nothing more',
      script: '0 > INVITE\n500 < 180\n3000 > CANCEL',
      rule: 'cancelled-unfinished',
      expected: { reason: 'caller_cancelled_ringing', certainty: 'assumed' },
    },
    {
      name: 'a final response to an INVITE that was missed',
      script: '0 > INVITE\n30 < 488 n=2',
      rule: 'unseen-invite',
      expected: { reason: 'not_acceptable_media', certainty: 'assumed' },
    },
    {
      name: 'through two proxies nothing changes',
      script: overHops(cancel('Reason: SIP;cause=603'), 3),
      rule: 'cancel-refused',
      expected: { reason: 'refused_elsewhere' },
    },
  ]);
});

/** Every line travels over connection 1, whose client is the caller. */
const relayed = (script: string): string => script.replaceAll(/^( *\d+ [<>] [^|\n]*)/gm, '$1 ws=1');

describe('a relayed WebSocket that is closed during the call', () => {
  traps([
    {
      name: 'and the browser is not heard of again',
      script: `${relayed(ANSWERED)}\n9000 > CLOSE ws=1 code=1006`,
      rule: 'cut-off-for-good',
      expected: {
        outcome: 'dropped',
        reason: 'dropped_connection_lost',
        certainty: 'inferred',
        endedBy: 'caller',
      },
    },
    {
      name: 'by the PBX, which is not heard of again',
      script: `${relayed(ANSWERED)}\n9000 < CLOSE ws=1 code=1001`,
      rule: 'cut-off-for-good',
      expected: { outcome: 'dropped', reason: 'dropped_platform_stopped', endedBy: 'platform' },
    },
    {
      name: 'before the answer',
      script: `${relayed(RINGING)}\n900 > CLOSE ws=1 code=1001`,
      rule: 'cut-off-for-good',
      expected: { outcome: 'failed', reason: 'connection_lost' },
    },
    {
      name: 'and the other side hangs up soon after',
      script: `${relayed(ANSWERED)}\n9000 > CLOSE ws=1 code=1006\n40000 < BYE\n40010 > 200 BYE`,
      rule: 'cut-off',
      expected: { outcome: 'dropped', reason: 'dropped_connection_lost', certainty: 'inferred' },
    },
    {
      name: 'by the PBX, as idle, before the other side hangs up',
      script: `${relayed(ANSWERED)}\n9000 < CLOSE ws=1 code=1001\n40000 < BYE\n40010 > 200 BYE`,
      expected: { outcome: 'completed', reason: 'normal_clearing_callee' },
    },
    {
      name: 'long before the other side hangs up',
      script: `${relayed(ANSWERED)}\n9000 > CLOSE ws=1 code=1006\n109000 < BYE\n109010 > 200 BYE`,
      expected: { outcome: 'completed', reason: 'normal_clearing_callee' },
    },
    {
      name: 'behind the BYE of its own client',
      script: `${relayed(ANSWERED)}\n9000 > BYE ws=1\n9001 > CLOSE ws=1 code=1001`,
      expected: { outcome: 'completed', reason: 'normal_clearing_caller' },
    },
    {
      name: 'and replaced by another one',
      script: `${relayed(ANSWERED)}\n9000 > CLOSE ws=1 code=1006\n12000 > REINVITE n=2 ws=2\n40000 < BYE ws=2`,
      expected: { outcome: 'completed', reason: 'normal_clearing_callee' },
    },
    {
      name: 'and that is not the one of the call',
      script: `${relayed(ANSWERED)}\n9000 > CLOSE ws=2 code=1006\n9500 < BYE`,
      expected: { outcome: 'completed', reason: 'normal_clearing_callee' },
    },
    {
      name: "by the callee's browser",
      script: `${ANSWERED.replaceAll(/([<>] \w+)/g, '$1 wsb=7')}\n9000 < CLOSE wsb=7 code=1001\n9500 > BYE`,
      rule: 'cut-off',
      expected: { outcome: 'dropped', reason: 'dropped_connection_lost' },
    },
    {
      name: 'by a browser that rang and did not answer',
      script: [
        '0 > INVITE wsb=1 fork=a',
        '1 > INVITE wsb=2 fork=b',
        '500 < 180 wsb=1 fork=a',
        '600 < 180 wsb=2 fork=b',
        '3000 < 200 wsb=2 fork=b',
        '3010 > ACK wsb=2',
        '3020 > CANCEL wsb=1 fork=a',
        '9000 < CLOSE wsb=1 code=1001',
        '9500 > BYE wsb=2',
      ].join('\n'),
      expected: { outcome: 'completed', reason: 'normal_clearing_caller' },
    },
  ]);
});

describe('the table as a whole', () => {
  test('every row says why, and has an id of its own', () => {
    expect(new Set(RULES.map((rule) => rule.id)).size).toBe(RULES.length);
    expect(RULES.filter((rule) => rule.why.length < 3)).toEqual([]);
  });

  test('the row of what was evicted is needed', () => {
    const script = '0 > INVITE id=1\n20 < 100 id=1\n30 > INVITE id=2';
    const tracker = { capacity: 1 };
    const reason = (rules: readonly Rule[]): string | undefined =>
      play(script, { tracker, rules }).verdicts[0]?.reason;
    expect(reason(RULES)).toBe('evicted');
    expect(reason(RULES.filter((rule) => rule.id !== 'evicted'))).not.toBe('evicted');
  });

  test('every other row is needed by a case above, or only names better what another row says too', () => {
    const names = [
      'evicted',
      'cut-off-before',
      'refused',
      'challenged',
      'cancelled',
      'rejected',
      'cancel-not-selected',
      'bye-200',
      'release-cause',
      'unread',
    ];
    // Rows about facts and stages have their cases in context.test.ts.
    const others = new Set([...CONTEXT_RULES, ...STAGE_RULES].map((rule) => rule.id));
    const ids = RULES.map((rule) => rule.id).filter((id) => !others.has(id));
    expect(ids.filter((id) => !needed.has(id))).toEqual(names);
  });
});
