import { describe } from 'vitest';
import { scenarios } from '../support/rows.ts';

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
