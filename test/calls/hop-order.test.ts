import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Verdict } from '../../src/classify/outcome.ts';
import { CALLEE_BYE, CALLER_BYE, CANCELLED, RINGING } from '../support/calls.ts';
import { type Play, verdictOf } from '../support/sip.ts';

const HOPS = 3;
const PEERS: Play = {
  peers: { '10.0.0.1': 'agent', '10.0.0.2': 'proxy', '10.0.0.3': 'proxy', '10.0.0.4': 'carrier' },
};

/** Calls through two proxies, the first of which rewrites the Request-URI. */
const CALLS: readonly (readonly [string, string])[] = [
  ['BYE of the caller', CALLER_BYE],
  ['BYE of the callee', CALLEE_BYE],
  ['CANCEL while ringing', CANCELLED],
  [
    'digest retry, then 480',
    '0 > INVITE\n100 < 407\n200 > ACK fail\n300 > INVITE n=2 auth\n3000 < 480 n=2',
  ],
  ['early media, then CANCEL', '0 > INVITE\n400 < 183 sdp=sendrecv\n9000 > CANCEL\n9100 < 487'],
  [
    'hold',
    `${CALLER_BYE.replace(/9000 > BYE[\s\S]*/, '')}\n5000 > REINVITE n=2 sdp=sendonly\n5100 < 200 INVITE n=2\n9000 < BYE n=101`,
  ],
];

/** A Reason that proxies pass on stands on every branch of its way. */
const CAUSES: readonly (readonly [string, string])[] = [
  ['486', `${RINGING}\n4000 < 486 phrase=Busy_Here | Reason: Q.850;cause=17\n4010 > ACK fail`],
  ['503 with 34', '0 > INVITE\n900 < 503 | Reason: Q.850;cause=34'],
];

/** The copies of each line, in the order that `orders` gives; all copies arrive within a few ms. */
function shuffled(script: string, orders: readonly (readonly number[])[]): string {
  const lines = script.split('\n').filter((line) => line.trim() !== '');
  return lines
    .flatMap((line, i) => {
      const [, at = '0', rest = ''] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
      const [head = '', ...headers] = rest.split(' | ');
      return (orders[i % orders.length] ?? []).map((hop, k) => {
        const callee = head.startsWith('> INVITE') && hop === 1 ? 'callee=600' : '';
        return [`${Number(at) + k} ${head} ${callee} hop=${hop}`, ...headers].join(' | ');
      });
    })
    .join('\n');
}

/** What must not depend on the order in which a tap saw the copies. */
function essence(verdict: Verdict): unknown {
  const {
    outcome,
    reason,
    attribution,
    endedBy,
    endedByRole,
    certainty,
    connected,
    served,
    stage,
  } = verdict;
  const { direction, peerIn, peerOut, caller, callee, sip, q850 } = verdict;
  const branches = verdict.branches
    .map((b) => `${b.peer} ${b.status} ${b.cause} ${b.decided}`)
    .sort((a, b) => (a < b ? -1 : 1));
  const seconds = Object.entries(verdict.timing).map(([name, value]) => [
    name,
    value === null ? null : Math.round(value * 10),
  ]);
  return {
    outcome,
    reason,
    attribution,
    endedBy,
    endedByRole,
    certainty,
    connected,
    served,
    stage,
    direction,
    peerIn,
    peerOut,
    caller,
    callee,
    sip,
    q850,
    branches,
    seconds,
  };
}

describe('the order in which hop copies arrive changes nothing', () => {
  const hops = Array.from({ length: HOPS }, (_, i) => i + 1);
  const order = fc.shuffledSubarray(hops, { minLength: HOPS, maxLength: HOPS });
  const orders = fc.array(order, { minLength: 1, maxLength: 12 });

  const check = (_: string, script: string): void => {
    const expected = essence(verdictOf(shuffled(script, [hops]), PEERS));
    fc.assert(
      fc.property(orders, (list) => {
        expect(essence(verdictOf(shuffled(script, list), PEERS))).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  };
  test.each(CALLS)('%s', check);
  test.each(CAUSES)('%s', check);
});
