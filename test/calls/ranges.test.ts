import { describe, expect, test } from 'vitest';
import { scenarios } from '../support/rows.ts';
import { play } from '../support/sip.ts';

describe('a transaction that its branch alone does not name', () => {
  scenarios([
    [
      'no branch, and a Via that comes back with more than was sent (RFC 2543): refused',
      `
      0 > INVITE branch=-
      20 < 100 branch=-
      900 < 486 branch=-
      905 > ACK fail branch=-`,
      { outcome: 'busy', reason: 'user_busy', certainty: 'observed', sip: { status: 486 } },
    ],
    [
      'no branch: cancelled',
      `
      0 > INVITE branch=-
      500 < 180 branch=-
      4000 > CANCEL branch=-
      4010 < 200 CANCEL branch=-
      4020 < 487 branch=-
      4025 > ACK fail branch=-`,
      {
        outcome: 'cancelled',
        reason: 'caller_cancelled_ringing',
        endedBy: 'caller',
        certainty: 'observed',
      },
    ],
    [
      'the same old branch at every hop, where only the far one was refused with a cause',
      `
      0 > INVITE branch=0
      2 > INVITE hop=2 branch=0
      600 < 503 hop=2 branch=0 | Reason: Q.850;cause=34
      602 < 500 branch=0`,
      { reason: 'no_circuit_available', sip: { status: 500, farStatus: 503 } },
    ],
  ]);
});

describe('two phones behind two networks, with the same private address in their Vias', () => {
  scenarios([
    [
      "the callee's re-INVITE has the CSeq of the caller's INVITE: its ACK names no other dialog",
      `
      0 > INVITE sentby=192.168.1.10:5060
      500 < 180 sentby=192.168.1.10:5060
      3000 < 200 sentby=192.168.1.10:5060
      3010 > ACK sentby=192.168.1.10:5060
      5000 < REINVITE n=1 sentby=192.168.1.10:5060
      5010 > 488 REINVITE n=1 sentby=192.168.1.10:5060
      5020 < ACK n=1 fail sentby=192.168.1.10:5060
      9000 > BYE sentby=192.168.1.10:5060
      9010 < 200 BYE sentby=192.168.1.10:5060`,
      { outcome: 'completed', reason: 'normal_clearing_caller', certainty: 'observed' },
    ],
    [
      'BYEs that cross are theirs and not those of a proxy',
      `
      0 > INVITE sentby=192.168.1.10:5060
      500 < 180 sentby=192.168.1.10:5060
      3000 < 200 sentby=192.168.1.10:5060
      3010 > ACK sentby=192.168.1.10:5060
      9000 > BYE sentby=192.168.1.10:5060
      9001 < BYE sentby=192.168.1.10:5060
      9010 < 200 BYE sentby=192.168.1.10:5060
      9011 > 200 BYE sentby=192.168.1.10:5060`,
      { outcome: 'completed', reason: 'normal_clearing_unknown', endedBy: 'unknown' },
    ],
  ]);
});

describe('both sides chose the same tag', () => {
  const UP = `
    0 > INVITE from=1 to=1
    500 < 180 from=1 to=1
    3000 < 200 from=1 to=1
    3010 > ACK from=1 to=1`;
  scenarios([
    [
      'BYE from the callee',
      `${UP}
      9000 < BYE from=1 to=1
      9010 > 200 BYE from=1 to=1`,
      { reason: 'normal_clearing_callee', endedBy: 'callee', certainty: 'observed' },
    ],
    [
      'BYE from the caller',
      `${UP}
      9000 > BYE from=1 to=1
      9010 < 200 BYE from=1 to=1`,
      { reason: 'normal_clearing_caller', endedBy: 'caller', certainty: 'observed' },
    ],
    [
      "the callee's re-INVITE is refused under the CSeq of the caller's INVITE",
      `${UP}
      5000 < REINVITE n=1 from=1 to=1
      5010 > 488 REINVITE n=1 from=1 to=1
      5020 < ACK n=1 fail from=1 to=1
      9000 < BYE n=2 from=1 to=1`,
      { reason: 'normal_clearing_callee', endedBy: 'callee', sip: { status: 200 } },
    ],
    [
      'refused, where a hop in between shows the next one no Via but its own',
      `
      0 > INVITE from=1 to=1
      2 > INVITE from=1 to=1 sentby=10.0.0.2:5060 b=x
      500 < 180 from=1 to=1 sentby=10.0.0.2:5060 b=x
      502 < 180 from=1 to=1
      600 < 486 from=1 to=1 sentby=10.0.0.2:5060 b=x
      602 < 486 from=1 to=1`,
      { outcome: 'busy', reason: 'user_busy', certainty: 'observed' },
    ],
    [
      'BYEs that cross',
      `${UP}
      9000 > BYE from=1 to=1
      9001 < BYE from=1 to=1 n=1
      9010 < 200 BYE from=1 to=1
      9011 > 200 BYE from=1 to=1 n=1`,
      { reason: 'normal_clearing_unknown', endedBy: 'unknown' },
    ],
  ]);
});

describe('a caller without a tag (RFC 2543)', () => {
  const UP = `
    0 > INVITE from=-
    500 < 180 from=-
    3000 < 200 from=-
    3010 > ACK from=-`;
  scenarios([
    [
      'BYE from the callee',
      `${UP}
      9000 < BYE from=-
      9010 > 200 BYE from=-`,
      { reason: 'normal_clearing_callee', endedBy: 'callee', certainty: 'observed' },
    ],
    [
      'BYE from the callee, which comes first of all',
      `
      0 < BYE from=- | Reason: Q.850;cause=38
      ${UP.replaceAll(/\b(\d+) /g, '1$1 ')}`,
      { reason: 'dropped_network_out_of_order', endedBy: 'callee' },
    ],
    [
      'the callee holds the call',
      `${UP}
      5000 < REINVITE from=- n=7 sdp=sendonly
      5010 > 200 REINVITE from=- n=7 sdp=recvonly
      5020 < ACK from=- n=7
      9000 < BYE from=-`,
      { reason: 'normal_clearing_callee', stage: 'on_hold', timing: { hold: 4 } },
    ],
  ]);
});

describe('an ACK that was sent, and repeated answers, are not forgotten', () => {
  const ANSWER = [0, 500, 1500, 3500, 7500].map((ms) => `${3000 + ms} < 200 branch=0`).join('\n');
  scenarios([
    [
      "the ACK of the 2xx on the INVITE's own branch (RFC 2543), lost on its way to the callee for some seconds",
      `
      0 > INVITE branch=0
      500 < 180 branch=0
      ${ANSWER}
      10510 > ACK branch=0
      35000 < BYE`,
      { reason: 'normal_clearing_callee', outcome: 'completed' },
    ],
    [
      'the same, where the ACK comes before the 2xx',
      `
      0 > INVITE branch=0
      500 < 180 branch=0
      2990 > ACK branch=0
      ${ANSWER}
      35000 < BYE`,
      { reason: 'normal_clearing_callee', outcome: 'completed' },
    ],
    [
      'no ACK ever came, and the call has more messages than are remembered',
      `
      0 > INVITE
      ${Array.from({ length: 50 }, (_, i) => `${100 + i} < 183 to=early${i}`).join('\n')}
      ${ANSWER.replaceAll(' branch=0', '')}
      35000 < BYE`,
      { reason: 'ack_timeout', outcome: 'failed', endedBy: 'callee' },
    ],
  ]);
});

describe('a REFER that comes behind what became of it', () => {
  const UP = `
    0 > INVITE
    500 < 180
    3000 < 200
    3010 > ACK`;
  const FAILED = '4990 < NOTIFY n=100 body=SIP/2.0_486_Busy | Event: refer';
  scenarios([
    [
      'failed: the BYE is a hang-up',
      `${UP}
      4980 < 202 REFER n=20
      ${FAILED}
      5100 > REFER n=20 | Refer-To: <sip:carol@example.com>
      9000 > BYE n=21`,
      { outcome: 'completed', reason: 'normal_clearing_caller' },
    ],
    [
      'the same, where the copy of a farther hop comes late',
      `${UP}
      4970 > REFER n=20 | Refer-To: <sip:carol@example.com>
      4980 < 202 REFER n=20
      ${FAILED}
      5100 > REFER n=20 hop=2 | Refer-To: <sip:carol@example.com>
      9000 > BYE n=21`,
      { outcome: 'completed', reason: 'normal_clearing_caller' },
    ],
    [
      'failed, and tried again',
      `${UP}
      4970 > REFER n=20 | Refer-To: <sip:carol@example.com>
      4980 < 202 REFER n=20
      ${FAILED}
      7000 > REFER n=21 | Refer-To: <sip:dave@example.com>
      7010 < 202 REFER n=21
      9000 > BYE n=22`,
      { outcome: 'transferred', reason: 'blind_transfer' },
    ],
  ]);
});

describe('probes of a device that has no branch, or always the same one', () => {
  test.each(['-', '0', 'z9hG4bK1'])('branch %s: each OPTIONS counts', (branch) => {
    const one = (at: number, n: number, status: number): string => `
      ${at} > OPTIONS n=${n} to=- branch=${branch}
      ${at + 500} > OPTIONS n=${n} to=- branch=${branch}
      ${at + 600} < ${status} OPTIONS n=${n} branch=${branch}`;
    const { probes } = play(`${one(0, 0, 200)}${one(10_000, 1, 503)}${one(20_000, 2, 200)}`);
    expect(probes.map(({ status }) => status)).toEqual([200, 503, 200]);
  });
});

describe('a BYE of the caller before any answer', () => {
  scenarios([
    [
      'whose 487 takes its time on a long way',
      `
      0 > INVITE
      500 < 180
      4000 > BYE n=2
      4010 < 200 BYE n=2
      7000 < 487
      7005 > ACK fail`,
      {
        outcome: 'cancelled',
        reason: 'caller_cancelled_ringing',
        endedBy: 'caller',
        connected: false,
      },
    ],
    [
      'which crossed the answer',
      `
      0 > INVITE
      500 < 180
      4000 > BYE n=2
      6000 < 200
      6010 > ACK
      6020 < 200 BYE n=2`,
      { outcome: 'completed', reason: 'normal_clearing_caller', connected: true },
    ],
  ]);
});

describe('a callee without a tag (RFC 2543)', () => {
  const UP = `
    0 > INVITE to=-
    500 < 180 to=-
    3000 < 200 to=-
    3010 > ACK to=-`;
  scenarios([
    [
      'BYE from the caller',
      `${UP}
      9000 > BYE to=-
      9010 < 200 BYE to=-`,
      { reason: 'normal_clearing_caller', certainty: 'observed', timing: { talk: 6 } },
    ],
    [
      'BYE from the callee',
      `${UP}
      9000 < BYE to=-
      9010 > 200 BYE to=-`,
      { reason: 'normal_clearing_callee', certainty: 'observed' },
    ],
    [
      'BYEs that cross',
      `${UP}
      9000 > BYE to=-
      9001 < BYE to=-`,
      { reason: 'normal_clearing_unknown', endedBy: 'unknown' },
    ],
    [
      'refused after ringing',
      `
      0 > INVITE to=-
      500 < 180 to=-
      3000 < 486 to=-
      3010 > ACK to=- fail`,
      { reason: 'user_busy', certainty: 'observed' },
    ],
    [
      'neither has a tag: BYE from the callee',
      `${UP.replaceAll('to=-', 'to=- from=-')}
      9000 < BYE to=- from=-`,
      { reason: 'normal_clearing_callee', certainty: 'observed' },
    ],
  ]);
});
