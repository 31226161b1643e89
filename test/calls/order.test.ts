import { describe, expect, test } from 'vitest';
import { ANSWERED, CALLER_BYE, RINGING } from '../support/calls.ts';
import { scenarios } from '../support/rows.ts';
import { play } from '../support/sip.ts';

describe('what is missing, late or twice', () => {
  scenarios([
    [
      'no answer at all, not even to six repeats',
      `
      0 > INVITE
      500 > INVITE
      1500 > INVITE
      3500 > INVITE
      7500 > INVITE
      15500 > INVITE
      31500 > INVITE`,
      {
        outcome: 'failed',
        reason: 'no_response',
        endedBy: 'network',
        certainty: 'inferred',
        sip: { status: null },
      },
    ],
    [
      'no answer, and no repeat that would prove the silence',
      '0 > INVITE',
      {
        outcome: 'lost',
        reason: 'no_final_seen',
        endedBy: 'unknown',
        certainty: 'assumed',
        connected: false,
      },
    ],
    ['ringing and then nothing', RINGING, { outcome: 'lost', reason: 'no_final_seen' }],
    [
      'BYE although no 200 was seen',
      `${RINGING}
      9000 > BYE
      9010 < 200 BYE`,
      { outcome: 'completed', reason: 'normal_clearing_caller', certainty: 'assumed' },
    ],
    [
      '200 before its INVITE',
      `
      0 < 200
      3 > INVITE
      10 > ACK
      9000 > BYE`,
      { outcome: 'completed', reason: 'normal_clearing_caller', caller: 'alice' },
    ],
    [
      'BYE of the caller before INVITE and 200',
      `
      0 > BYE
      10 > INVITE
      20 < 200
      30 > ACK`,
      { outcome: 'completed', reason: 'normal_clearing_caller', endedBy: 'caller' },
    ],
    [
      'the response to a re-INVITE before the re-INVITE, and before the answer that made the dialog',
      `
      0 > INVITE
      20 > ACK to=z
      30 < 408 n=2 b=re to=z
      40 < 200 to=z
      50 > REINVITE n=2 b=re to=z
      60 > BYE n=3 to=z
      70 < 408 BYE n=3 to=z`,
      { outcome: 'dropped', reason: 'dropped_request_timeout', connected: true },
    ],
    [
      'the same, and the ACK of that response first of all',
      `
      0 > INVITE
      10 < 180 to=z
      20 > ACK n=2 b=re to=z
      30 < 481 n=2 b=re to=z
      40 < 200 to=z
      50 > REINVITE n=2 b=re to=z
      55 > ACK to=z
      60 > BYE n=3 to=z
      70 < 481 BYE n=3 to=z`,
      { outcome: 'dropped', reason: 'transaction_does_not_exist', connected: true },
    ],
    [
      'PRACK before the second INVITE, which kept its CSeq and went elsewhere',
      `
      0 > INVITE
      10 < 503
      20 > PRACK n=2
      30 > INVITE b=second
      40 < 183 b=second
      900 < 503 b=second | Reason: Q.850;cause=38`,
      { outcome: 'failed', reason: 'network_out_of_order', certainty: 'observed' },
    ],
    [
      'both forks answered, one 200 was missed, and the ACK to it was not',
      `
      0 > INVITE
      1000 < 200 to=x
      1010 > ACK to=x
      1020 > ACK to=y
      1030 > BYE n=2 to=x
      1040 < 200 BYE n=2 to=x
      9000 < BYE n=1 to=y
      9010 > 200 BYE n=1 to=y`,
      { outcome: 'completed', reason: 'normal_clearing_callee', endedBy: 'callee' },
    ],
    [
      'of a second try only the ACK was seen, behind the first that was refused',
      `
      0 > INVITE
      10 < 503
      20 > ACK b=1
      900 > ACK b=second to=r`,
      { reason: 'service_unavailable', certainty: 'assumed' },
    ],
    [
      'the second try was seen behind the proxy only',
      `
      0 > INVITE
      10 < 422
      20 > INVITE n=2 hop=2
      900 < 486 n=2 hop=2`,
      { reason: 'user_busy', certainty: 'assumed' },
    ],
    [
      'CANCEL and 487 before the INVITE',
      `
      0 > CANCEL
      5 < 487
      10 > INVITE`,
      { outcome: 'cancelled', endedBy: 'caller' },
    ],
    [
      'BYEs that cross',
      `${ANSWERED}
      9000 > BYE
      9001 < BYE
      9010 < 200 BYE
      9011 > 200 BYE`,
      { outcome: 'completed', reason: 'normal_clearing_unknown', endedBy: 'unknown' },
    ],
    [
      'the BYE is challenged and sent again',
      `${ANSWERED}
      9000 > BYE
      9010 < 407 BYE
      9020 > BYE n=11 auth
      9030 < 200 BYE n=11`,
      { outcome: 'completed', reason: 'normal_clearing_caller', timing: { talk: 6 } },
    ],
    [
      '503 only after a proxy whose INVITE was lost',
      `
      0 > INVITE
      500 < 503 hop=2 | Reason: Q.850;cause=34
      502 < 500`,
      { reason: 'no_circuit_available', sip: { status: 500, farStatus: 503 } },
    ],
  ]);

  test('retransmissions are counted as such, and change nothing', () => {
    const { verdicts, counters } = play(`
      0 > INVITE
      500 > INVITE
      520 < 180
      3000 < 486
      3300 < 486
      3310 > ACK fail
    `);
    expect(verdicts.map((v) => v.reason)).toEqual(['user_busy']);
    expect(counters.retransmissions.reduce((a, b) => a + b)).toBe(2);
    expect(counters.copies.reduce((a, b) => a + b)).toBe(0);
  });

  test('duplicates of another tap are copies, whatever their delay', () => {
    const { ended, counters } = play(`
      0 > INVITE tap=1
      3 > INVITE tap=2
      900 < 486 tap=1
      1100 < 486 tap=2
    `);
    expect(ended.map((e) => [e.ending, e.inviteRetransmissions, e.branches.length])).toEqual([
      ['rejected', 0, 1],
    ]);
    expect(counters.copies.reduce((a, b) => a + b)).toBe(2);
    expect(counters.retransmissions.reduce((a, b) => a + b)).toBe(0);
  });

  test('taps whose ids differ by 256 are still two taps', () => {
    const { counters } = play(`
      0 > INVITE tap=1
      600 > INVITE tap=257
      900 < 486 tap=1
    `);
    expect(counters.copies.reduce((a, b) => a + b)).toBe(1);
  });

  test('Call-ID reuse makes two calls with ids of their own', () => {
    const { verdicts, counters, ended } = play(`${CALLER_BYE}
      20000 > INVITE n=20
      21000 < 486 n=20
      40000 > INVITE n=30
      41000 < 404 n=30
    `);
    expect(verdicts.map((v) => v.reason)).toEqual([
      'normal_clearing_caller',
      'user_busy',
      'unallocated_number',
    ]);
    expect(new Set(verdicts.map((v) => v.id)).size).toBe(3);
    expect(ended.map((e) => e.ordinal)).toEqual([0, 1, 2]);
    expect(counters.started).toBe(3);
  });

  test('Call-ID reuse right after the end, within the reorder window', () => {
    const { verdicts } = play(`
      0 > INVITE
      100 < 486
      200 > INVITE n=2
      300 < 404 n=2
    `);
    expect(verdicts.map((v) => v.reason)).toEqual(['user_busy', 'unallocated_number']);
  });

  test('two calls with one Call-ID and different From-tags', () => {
    const { verdicts } = play(`
      0 > INVITE from=x
      10 > INVITE from=y
      100 < 486 from=x
      110 < 404 from=y
    `);
    expect(verdicts.map((v) => [v.fromTag, v.reason])).toEqual([
      ['x', 'user_busy'],
      ['y', 'unallocated_number'],
    ]);
  });

  test('stragglers after the end are absorbed and counted', () => {
    const { verdicts, counters } = play(`${CALLER_BYE}
      10500 > BYE
      11000 < 200 BYE
      12000 < 200
      13000 > INVITE
    `);
    expect(verdicts).toHaveLength(1);
    expect(counters.started).toBe(1);
    expect(counters.stragglers).toBe(4);
    expect(counters.orphans.reduce((a, b) => a + b)).toBe(0);
  });

  test.each([
    ['BYE', '0 > BYE\n10 < 200 BYE', 0],
    ['re-INVITE', '0 > REINVITE n=2\n10 < 200 INVITE n=2', 1],
    ['response', '0 < 180\n10 < 200', 2],
    ['CANCEL', '0 > CANCEL', 3],
    ['ACK', '0 > ACK', 4],
  ])('%s without its INVITE is one orphan and never an attempt', (_, script, kind) => {
    const { verdicts, counters, occupied } = play(script);
    expect(verdicts).toEqual([]);
    expect(counters.started).toBe(0);
    expect(Array.from(counters.orphans)).toEqual([0, 1, 2, 3, 4, 5].map((k) => Number(k === kind)));
    expect(occupied).toBe(0);
  });

  test('an INVITE that comes after the reorder window of its response is a call beside an orphan', () => {
    const { verdicts, counters } = play(`
      0 < 180
      2000 > INVITE
      3000 < 486
    `);
    expect(verdicts.map((v) => v.reason)).toEqual(['user_busy']);
    expect(Array.from(counters.orphans)).toEqual([0, 0, 1, 0, 0, 0]);
  });
});

describe('bounds and stops', () => {
  test('the oldest goes when the table is full', () => {
    const { verdicts, counters, occupied } = play(
      '0 > INVITE id=1\n10 > INVITE id=2\n20 > INVITE id=3\n30 < 486 id=2\n40 < 486 id=3',
      { tracker: { capacity: 2 } },
    );
    expect(
      verdicts.map((v) => [v.callId, v.outcome, v.reason, v.endedBy, v.certainty]).sort(),
    ).toEqual([
      ['1', 'lost', 'evicted', 'observer', 'assumed'],
      ['2', 'busy', 'user_busy', 'callee', 'observed'],
      ['3', 'busy', 'user_busy', 'callee', 'observed'],
    ]);
    expect(counters.limits[0]).toBe(1);
    expect(occupied).toBe(0);
  });

  test('a call that needs many texts does not make the next ones unrecognisable', () => {
    const reasons = Array.from(
      { length: 8 },
      (_, i) => `Reason: Q.850;cause=${i};text="${'x'.repeat(200)}"`,
    );
    const greedy = [0, 1].map(
      (i) => `${i * 10} > INVITE id=g${i}\n${i * 10 + 5} < 180 id=g${i} | ${reasons.join(' | ')}`,
    );
    const long = 'y'.repeat(200);
    const { verdicts, counters } = play(
      `${greedy.join('\n')}\n100 > INVITE id=${long}\n200 < 180 id=${long}\n300 < 486 id=${long}\n900 < 486 id=${long}`,
      { tracker: { capacity: 4 } },
    );
    expect(counters.started).toBe(3);
    expect(verdicts.find((v) => v.callId === long)?.reason).toBe('user_busy');
  });

  test('a drain ends what is in progress, and keeps the end of what has ended', () => {
    const { verdicts, counters, occupied } = play(
      `0 > INVITE id=1\n10 < 180 id=1\n20 > INVITE id=2\n30 < 486 id=2\n40 < 180 id=orphan`,
      { end: 'drain' },
    );
    expect(verdicts.map((v) => [v.reason, v.endedBy])).toEqual([
      ['observer_stopped', 'observer'],
      ['user_busy', 'callee'],
    ]);
    expect(Array.from(counters.orphans)).toEqual([0, 0, 1, 0, 0, 0]);
    expect(occupied).toBe(0);
  });
});

describe('once wrong', () => {
  scenarios([
    [
      'the 200 was missed, its ACK was seen, and the call is long',
      `${RINGING}
      3010 > ACK
      600000 > BYE
      600010 < 200 BYE`,
      { outcome: 'completed', endedBy: 'caller', connected: true },
    ],
    [
      'ACK seen before its 200, and the callee hangs up after 31 s',
      `${RINGING}
      2999 > ACK
      3000 < 200
      34000 < BYE
      34010 > 200 BYE`,
      { outcome: 'completed', reason: 'normal_clearing_callee' },
    ],
    [
      'the 180 that a queue repeats every minute keeps the call',
      `
      0 > INVITE
      500 < 180
      60500 < 180
      120500 < 180
      180500 < 180
      240500 < 180
      270000 < 200
      270010 > ACK
      300000 > BYE`,
      { outcome: 'completed', reason: 'normal_clearing_caller', timing: { talk: 30 } },
    ],
    [
      '183 before its INVITE, and the answer a minute later',
      `
      0 < 183
      3 > INVITE
      60000 < 200
      60010 > ACK
      90000 > BYE`,
      { outcome: 'completed', reason: 'normal_clearing_caller', connected: true },
    ],
    [
      '407 before its INVITE, then the usual call',
      `
      0 < 407 to=proxy
      3 > INVITE
      30 > INVITE n=2 auth
      500 < 180 n=2
      3000 < 200 n=2
      3010 > ACK n=2
      9000 > BYE
      9010 < 200 BYE`,
      { outcome: 'completed', reason: 'normal_clearing_caller' },
    ],
    [
      '180 of one fork before the INVITE, answer of another',
      `
      0 < 180 to=a
      3 > INVITE
      3000 < 200 to=b
      3010 > ACK to=b
      9000 > BYE to=b
      9010 < 200 BYE to=b`,
      { outcome: 'completed', reason: 'normal_clearing_caller' },
    ],
    [
      'BYE of the callee before INVITE and 200',
      `
      0 < BYE
      10 > INVITE
      20 < 200
      30 > ACK`,
      { outcome: 'completed', reason: 'normal_clearing_callee', endedBy: 'callee' },
    ],
    [
      '183 without a body, then with early media',
      `
      0 > INVITE
      400 < 183
      900 < 183 sdp=sendrecv
      5000 > CANCEL
      5010 < 487`,
      { reason: 'caller_cancelled_early_media', stage: 'early_media' },
    ],
  ]);
});
