/** What classification remembers saves work and changes nothing: verdicts with and without it are the same. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BranchFact, Ended, ReasonFact } from '../../src/calls/call.ts';
import { UNTOLD } from '../../src/calls/untold.ts';
import { classify } from '../../src/classify/classify.ts';
import { type Case, collectFacts, decidingChain } from '../../src/classify/facts.ts';
import { toFinding } from '../../src/classify/finding.ts';
import { judge } from '../../src/classify/judge.ts';
import { Memory, SIGNED_REASONS_MAX, TEXTS_MAX } from '../../src/classify/memory.ts';
import { RULES } from '../../src/classify/rules.ts';
import { timelineOf } from '../../src/classify/timeline.ts';
import { interleave, lossy } from '../oracle/faults.ts';
import { generateCall } from '../oracle/generate.ts';
import { replay } from '../oracle/replay.ts';
import { after, PEERS, ROLES, randomEnded, START, TASK } from '../support/ended.ts';

/** What `Memory.sign` takes of an attempt, as it is or as what a condition makes of it. */
const SIGNED: readonly string[] = [
  'ackSeen',
  'answerRetransmissions',
  'answeredAt',
  'authenticated',
  'branches',
  'byeAt',
  'cancelAt',
  'cancelSeen',
  'context',
  'dialogFailure',
  'earlyMediaAt',
  'endedAt',
  'endedBy',
  'ending',
  'glare',
  'heldBy',
  'otherAnswer',
  'phrase',
  'reasons',
  'refreshedAt',
  'replaced',
  'ringingAt',
  'sessionExpires',
  'setupMissed',
  'status',
  'transfer',
];

const TIMES_OF_ALL = { startedAt: START, ringingAt: START, endedAt: START + 5000 };
const REFUSED = { ending: 'rejected', cancelSeen: true } as const;
const CANCELLED = { ending: 'cancelled', endedBy: 'caller', cancelSeen: true } as const;
const HUNG_UP = {
  ending: 'hung_up',
  endedBy: 'caller',
  ackSeen: true,
  answeredAt: START,
  byeAt: START + 4000,
} as const;

/** A branch, and a Reason in the final response on one. */
function hop(vias: number, final: number): BranchFact {
  return {
    ...{ peer: 0, cseq: 1, vias, status: final, key: vias === 1, invited: true },
    ...{ passedOver: false, cancelled: false, provisional: 0, startedAt: START, endedAt: START },
  };
}

function answered(index: number): ReasonFact {
  const raw = 'Q.850;cause=34';
  return { raw, seenIn: 'response', status: 404, by: null, branch: index, at: START };
}

/** The same attempt with other times: what is remembered must be asked about them. */
const TIMES = ['ringingAt', 'answeredAt', 'cancelAt', 'byeAt', 'endedAt', 'refreshedAt'] as const;

describe('memory', () => {
  test('gives the verdict that is worked out without it', () => {
    const memory = new Memory();
    let [asked, judged] = [0, 0];
    const check = (one: Ended): void => {
      const before = memory.size;
      const { causes, reason, weight, verdict } = classify(one, PEERS, RULES, memory);
      const alone = classify(one, PEERS);
      expect({ causes, reason, weight, verdict }).toEqual({
        causes: alone.causes,
        reason: alone.reason,
        weight: alone.weight,
        verdict: alone.verdict,
      });
      asked++;
      judged += memory.size === before ? 0 : 1;
    };
    fc.assert(
      fc.property(randomEnded, fc.constantFrom(...TIMES), after, (one, key, ms) => {
        check(one);
        check({ ...one, callId: 'other', endedAt: one.endedAt + 1 });
        if (one[key] !== null) check({ ...one, [key]: START + ms });
      }),
      { numRuns: 3000 },
    );
    // Otherwise this proves nothing.
    expect(judged).toBeLessThan(asked * 0.7);
  });

  test.each<readonly [string, Partial<Ended>, Partial<Ended>]>([
    [
      'rang for long',
      { ...REFUSED, status: 480, endedAt: START + 5000 },
      { endedAt: START + 15_000 },
    ],
    [
      'rang for too long',
      { ...REFUSED, status: 486, endedAt: START + 15_000 },
      { endedAt: START + 21_000 },
    ],
    ['CANCEL and answer crossed', { ...HUNG_UP, cancelAt: START }, { byeAt: START + 6000 }],
    [
      'never acknowledged',
      { ...HUNG_UP, endedBy: 'callee', ackSeen: false, answerRetransmissions: 3 },
      { byeAt: START + 32_000 },
    ],
    [
      'session expired',
      { ...HUNG_UP, sessionExpires: 90, refreshedAt: START },
      { byeAt: START + 60_000 },
    ],
    [
      'a proxy cancelled',
      { ...REFUSED, status: 487, branches: [hop(1, 487), hop(2, 404)] },
      { branches: [hop(1, 487), { ...hop(2, 404), cancelled: true }] },
    ],
    [
      'a final behind was missed',
      { ...REFUSED, status: 500, branches: [hop(1, 500), hop(2, 404)] },
      { branches: [hop(1, 500), hop(2, 0)] },
    ],
    [
      'the INVITE was missed',
      { ...REFUSED, status: 404, branches: [hop(1, 404), { ...hop(2, 0), cseq: 0 }] },
      {
        branches: [
          { ...hop(1, 404), invited: false },
          { ...hop(2, 0), cseq: 0 },
        ],
      },
    ],
    [
      'another branch decided',
      { ...REFUSED, status: 500, branches: [hop(1, 500), hop(2, 503)] },
      { branches: [hop(1, 500), hop(2, 504)] },
    ],
    [
      'the Reason is of a branch that decided',
      { ...REFUSED, status: 404, branches: [hop(1, 404), hop(2, 503)], reasons: [answered(0)] },
      { reasons: [answered(1)] },
    ],
    [
      'the Reason stood in another message',
      {
        ...CANCELLED,
        ringingAt: null,
        reasons: [{ ...answered(-1), seenIn: 'cancel', status: 0, by: 'caller' }],
      },
      { reasons: [{ ...answered(-1), seenIn: 'bye', status: 0, by: 'caller' }] },
    ],
    [
      'the Reason was sent by another',
      { ...HUNG_UP, reasons: [{ ...answered(-1), seenIn: 'bye', status: 0, by: 'caller' }] },
      { reasons: [{ ...answered(-1), seenIn: 'bye', status: 0, by: 'callee' }] },
    ],
    ['rang', { ...REFUSED, status: 408 }, { ringingAt: null }],
    ['early media', { ...CANCELLED, ringingAt: null }, { earlyMediaAt: START }],
    ['the CANCEL was missed', { ...CANCELLED, status: 487 }, { cancelSeen: false }],
    ['a BYE came', { ...CANCELLED, status: 0 }, { byeAt: START }],
    ['both hung up', HUNG_UP, { glare: true }],
    ['answer not seen', { ...HUNG_UP, answeredAt: START }, { answeredAt: null }],
    ['another answer', HUNG_UP, { otherAnswer: true }],
    ['set-up missed', { ...REFUSED, status: 404 }, { setupMissed: true }],
    ['a stranger', { ...REFUSED, status: 404, fromUnknown: true }, { fromUnknown: false }],
    ['credentials', { ...REFUSED, status: 404, fromUnknown: false }, { authenticated: true }],
    ['transferred', HUNG_UP, { transfer: 'blind' }],
    ['replaced', HUNG_UP, { replaced: 'pickup' }],
    ['481', HUNG_UP, { dialogFailure: 481 }],
    ['held by the other side', { ...HUNG_UP, onHold: true }, { heldBy: 'callee' }],
    ['stale date', { ...REFUSED, status: 403 }, { phrase: 'Stale Date' }],
    ['role of who was called', HUNG_UP, { peerOut: ROLES.indexOf('voicemail') }],
    ['role of who called', HUNG_UP, { peerIn: ROLES.indexOf('carrier') }],
  ])('tells attempts apart: %s', (_, one, change) => {
    const pair = [
      { ...UNTOLD, ...TIMES_OF_ALL, ...one },
      { ...UNTOLD, ...TIMES_OF_ALL, ...one, ...change },
    ] as Ended[];
    const memory = new Memory();
    // A Reason is remembered when it comes again.
    for (const each of pair) classify(each, PEERS, RULES, memory);
    const told = pair.map((each) => classify(each, PEERS, RULES, memory).verdict);
    expect(told).toEqual(pair.map((each) => classify(each, PEERS).verdict));
    // Otherwise there was nothing to tell apart.
    expect(memory.size).toBe(2);
    const [left, right] = told.map((verdict) => {
      const { certainty, endedByRole, reason, evidence } = verdict;
      const texts = evidence.map(({ at, ...rest }) => rest);
      return { certainty, endedByRole, reason, texts };
    });
    expect(left).not.toEqual(right);
  });

  test('rules look at nothing that is not in the signature', () => {
    const read = new Set<string>();
    fc.assert(
      fc.property(randomEnded, (one) => {
        const ended = new Proxy(one, {
          get: (target, key) => {
            read.add(String(key));
            return Reflect.get(target, key);
          },
        });
        const chain = decidingChain(one);
        const connected = one.answeredAt !== null || one.ending === 'hung_up';
        const c: Case = {
          ended,
          connected,
          chain,
          deciding: chain.at(-1) ?? null,
          roleIn: PEERS.role(one.peerIn),
          roleOut: PEERS.role(one.peerOut),
          stranger: one.peerIn === 0 && !one.fromUnknown,
          outbound: PEERS.role(one.peerOut) === 'carrier',
          timeline: timelineOf(one, PEERS.role(one.peerOut)),
          facts: collectFacts(one, connected, chain),
        };
        toFinding(c, judge(c, RULES));
      }),
      { numRuns: 3000 },
    );
    // Whoever adds one here adds it to `Memory.sign`, and a row that tells attempts apart by it above.
    const signed: ReadonlySet<string> = new Set(SIGNED);
    expect([...read].filter((name) => !signed.has(name))).toEqual([]);
    // Which ones chance brings is not the same every time.
    expect(read.size).toBeGreaterThan(signed.size / 2);
  });

  test('gives it for calls of which messages were lost, too', () => {
    const calls = Array.from({ length: 400 }, (_, i) => generateCall(50_000 + i));
    const memory = new Memory();
    const { legs } = replay(interleave(calls, lossy(0.05), 10).arrivals, 'hep');
    for (const one of legs) {
      const { verdict } = classify(one, PEERS, RULES, memory);
      const alone = classify(one, PEERS);
      if (!isDeepStrictEqual(verdict, alone.verdict)) expect(verdict).toEqual(alone.verdict);
    }
    expect(legs.length).toBeGreaterThan(300);
    expect(memory.size).toBeLessThan(legs.length * 0.8);
  });

  test.each<readonly [string, Partial<Ended>, number]>([
    ['a plain attempt is remembered', {}, 1],
    ['one with a fact is not', { context: [TASK] }, 0],
    [
      'one whose connection was lost is not',
      { connectionLoss: { party: 'caller', closedBy: 'client', code: 1006, at: START } },
      0,
    ],
    [
      'one with more Reasons than the bound is not',
      {
        reasons: Array.from({ length: SIGNED_REASONS_MAX + 1 }, (_, i) => ({
          ...{ raw: `SIP;cause=${i}`, seenIn: 'bye', status: 0, by: 'caller', branch: -1 },
          at: START,
        })) as ReasonFact[],
      },
      0,
    ],
  ])('%s', (_, facts, size) => {
    const memory = new Memory();
    const times = { startedAt: START, answeredAt: START, endedAt: START + 1000 };
    classify({ ...UNTOLD, ending: 'hung_up', ...times, ...facts }, PEERS, RULES, memory);
    expect(memory.size).toBe(size);
  });

  /** The ending that has this Reason, and the cause that it is judged by. */
  function judged(memory: Memory, raw: string): number | undefined {
    const times = { startedAt: START, answeredAt: START, endedAt: START + 1000 };
    const own = { raw, seenIn: 'bye', status: 0, by: 'caller', branch: -1, at: START } as const;
    const ended: Ended = { ...UNTOLD, ending: 'hung_up', ...times, reasons: [own] };
    return classify(ended, PEERS, RULES, memory).verdict.q850?.cause;
  }

  test('begins anew when there are too many texts', () => {
    const memory = new Memory();
    let largest = 0;
    for (let i = 0; i < TEXTS_MAX * 3; i++) {
      const raw = `Q.850;cause=${i % 128};text="${i}"`;
      for (let again = 0; again < 2; again++) {
        const cause = judged(memory, raw);
        if (cause !== i % 128) expect.fail(`${raw}: ${cause}`);
      }
      largest = Math.max(largest, memory.size);
    }
    expect(largest).toBeGreaterThan(TEXTS_MAX / 2);
    expect(largest).toBeLessThanOrEqual(TEXTS_MAX);
  });

  test('forgets nothing for texts that come once', () => {
    const memory = new Memory();
    for (let again = 0; again < 2; again++) expect(judged(memory, 'Q.850;cause=17')).toBe(17);
    for (let i = 0; i < TEXTS_MAX * 3; i++) judged(memory, `Q.850;cause=16;text="${i}"`);
    expect(memory.size).toBeGreaterThanOrEqual(1);
    expect(memory.size).toBeLessThan(TEXTS_MAX / 100);
  });
});
