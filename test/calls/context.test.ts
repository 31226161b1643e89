import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FACTS_PER_CALL } from '../../src/calls/context-book.ts';
import { EVENT_IDS_MAX, EventIds } from '../../src/calls/event-ids.ts';
import { CONTEXT_NAMES } from '../../src/context/kinds.ts';
import { CONTEXT_RESULTS, type ContextResult } from '../../src/context/results.ts';
import { CALLER_BYE, RINGING } from '../support/calls.ts';
import { CONTEXT, cloudEvent, submit, tell, verdictTold } from '../support/context.ts';
import { Rig, readScript, T0 } from '../support/sip.ts';

const results = (script: string, play = {}): ContextResult[] =>
  tell(script, play).answers.map(({ result }) => result);

function counted(rig: Rig): Record<string, number> {
  const cells = CONTEXT_RESULTS.map((result, i) => [result, rig.counters.context[i] ?? 0] as const);
  return Object.fromEntries(cells.filter(([, count]) => count > 0));
}

describe('a fact', () => {
  test('before, during and shortly after the call belongs to it', () => {
    const { rig, answers } = tell(`0 ! task.preview event=a
      1000 > INVITE
      1500 < 180
      2000 ! agent.offered event=b
      5000 < 486
      6900 ! agent.rejected event=c`);
    expect(answers.map(({ result }) => result)).toEqual(['held', 'accepted', 'accepted']);
    expect(rig.verdicts[0]?.context.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(counted(rig)).toEqual({ held: 1, accepted: 2 });
  });

  test('after the wait is late, counted and told', () => {
    const { rig, answers } = tell(`${RINGING}\n5000 < 486\n7600 ! agent.rejected`);
    expect(answers).toMatchObject([{ result: 'late' }]);
    expect(rig.verdicts[0]).toMatchObject({ reason: 'user_busy', context: [] });
    expect(counted(rig)).toEqual({ late: 1 });
  });

  test('that is sent again counts once', () => {
    const script = `${RINGING}\n600 ! agent.offered event=x\n700 ! agent.offered event=x\n5000 < 486`;
    expect(results(script)).toEqual(['accepted', 'duplicate']);
    expect(verdictTold(script).context).toHaveLength(1);
  });

  test('of another source may have the same id', () => {
    const rig = new Rig({ tracker: { context: CONTEXT } });
    const event = cloudEvent('callfate.agent.offered', 'call-1');
    const given = [event, { ...event, source: 'crm' }, event].map((one) => submit(rig, one, T0));
    expect(given.map(({ result }) => result)).toEqual(['held', 'held', 'duplicate']);
  });

  test('whose call does not come is let go and counted', () => {
    const { rig, answers } = tell('0 ! agent.offered\n10 ! agent.timeout', { end: 59_000 });
    expect(answers.map(({ result }) => result)).toEqual(['held', 'held']);
    expect([rig.tracker.contextHeld, rig.counters.contextExpired]).toEqual([2, 0]);
    rig.finish(60_100);
    expect([rig.tracker.contextHeld, rig.counters.contextExpired]).toEqual([0, 2]);
    expect(rig.verdicts).toEqual([]);
  });

  test('of a long call stays, however long it lasts', () => {
    const { context } = verdictTold(`0 ! task.manual\n${CALLER_BYE.replace('9000 >', '900000 >')}`);
    expect(context).toMatchObject([{ kind: 'task' }]);
  });

  test('that waited for an orphan was of no call', () => {
    const { rig } = tell('0 < BYE\n100 ! agent.offered');
    expect(rig.verdicts).toEqual([]);
    expect(rig.counters.contextExpired).toBe(1);
  });

  test('for an embryo is held until its INVITE comes', () => {
    const script = `20 < 180\n100 ! agent.offered\n200 > INVITE\n5000 < 486`;
    expect(results(script)).toEqual(['held']);
    expect(verdictTold(script).context).toHaveLength(1);
  });

  test('under the Call-ID of two legs belongs to both', () => {
    const { rig } = tell(`0 > INVITE from=f
      10 > INVITE from=g b=x
      20 ! task.manual
      100 < 486 from=f
      9000 < 486 from=g b=x`);
    expect(rig.verdicts.map(({ context }) => context.length)).toEqual([1, 1]);
    expect(rig.tracker.contextHeld).toBe(0);
  });

  test('by correlation id belongs to the call that carries it', () => {
    const rig = new Rig({ tracker: { context: CONTEXT } });
    const event = cloudEvent('callfate.task.manual', '0123456789abcdef0123456789abcdef');
    const header = 'Session-ID: 0123456789abcdef0123456789abcdef';
    const steps = readScript(`0 > INVITE | ${header}\n70000 < 486`);
    for (const step of steps.slice(0, 1)) rig.send(step);
    expect(submit(rig, event, T0 + 100).result).toBe('accepted');
    rig.advance(69_000);
    for (const step of steps.slice(1)) rig.send(step);
    rig.finish('time');
    expect(rig.verdicts[0]?.context).toHaveLength(1);
  });

  test('of a recording session waits in vain', () => {
    const { rig, answers } = tell('0 > INVITE | Require: siprec\n100 ! task.manual\n200 < 486');
    expect(answers[0]?.result).toBe('held');
    expect(rig.counters.contextExpired).toBe(1);
  });
});

describe('settling', () => {
  const BUSY = '0 > INVITE\n20 < 486';
  const judgedBy = (end: number, play: object): number =>
    tell(BUSY, { end, ...play }).rig.verdicts.length;

  test('waits 2 s longer where the context API is enabled', () => {
    expect([judgedBy(2500, {}), judgedBy(2600, {})]).toEqual([0, 1]);
  });

  test('does not wait where it is not', () => {
    const tracker = { context: { ...CONTEXT, waitMs: 0 } };
    expect([judgedBy(500, { tracker }), judgedBy(600, { tracker })]).toEqual([0, 1]);
  });

  test.each([
    ['carrier-2', [0, 1]],
    ['agent-1', [0, 1]],
    ['queue-9', [1, 1]],
  ])('waits for %s only if the call has it', (peer, expected) => {
    const peers = { '10.0.0.1': 'agent', '10.0.0.2': 'carrier' } as const;
    const play = { peers, tracker: { context: { ...CONTEXT, waitPeers: [peer] } } };
    expect([judgedBy(600, play), judgedBy(2600, play)]).toEqual(expected);
  });

  test('settling attempts are active', () => {
    const { rig } = tell(BUSY, { end: 2000 });
    expect([rig.tracker.active, rig.counters.started, rig.counters.ended]).toEqual([1, 1, 0]);
  });

  test('a credential retry may take as long as before', () => {
    const script = '0 > INVITE\n20 < 401\n4000 > INVITE n=2 auth\n4100 < 486 n=2';
    expect(verdictTold(script).reason).toBe('user_busy');
  });
});

describe('refused', () => {
  test('makes and ends an attempt that no figure of SIP counts', () => {
    const { rig } = tell('0 ! policy.rate\n100 ! refused');
    expect(rig.refusals).toMatchObject([
      {
        source: 'context',
        callId: 'call-1',
        outcome: 'blocked',
        reason: 'rate_limited',
        branches: [],
      },
    ]);
    const { started, ended, callsOpened, callsClosed } = rig.counters;
    expect([started, ended, callsOpened, callsClosed, rig.tracker.active]).toEqual([0, 0, 0, 0, 0]);
  });

  test('its reason may come after it', () => {
    const { rig } = tell('0 ! refused\n100 ! policy.area enforcedBy=carrier');
    expect(rig.refusals).toMatchObject([
      { reason: 'area_restricted_by_carrier', endedBy: 'network' },
    ]);
  });

  test('what comes after its verdict is late', () => {
    const script = '0 ! refused event=a\n2600 ! policy.area\n2700 ! refused event=b';
    const { rig, answers } = tell(script);
    expect(answers.map(({ result }) => result)).toEqual(['held', 'late', 'late']);
    expect(rig.refusals).toHaveLength(1);
  });

  test('an INVITE that comes all the same makes it a fact of that call', () => {
    const { rig } = tell('0 ! refused\n1000 > INVITE\n1100 < 403');
    expect(rig.refusals).toEqual([]);
    expect(rig.verdicts).toMatchObject([{ source: 'sip', context: [{ kind: 'refused' }] }]);
  });

  test('an INVITE long after it is a call of its own', () => {
    const { rig } = tell('0 ! refused\n9000 > INVITE\n9100 < 486');
    expect(rig.refusals).toHaveLength(1);
    expect(rig.verdicts).toMatchObject([{ outcome: 'busy' }]);
  });

  test('a stop judges it', () => {
    const { rig } = tell('0 ! refused', { end: 'drain' });
    expect(rig.refusals).toHaveLength(1);
    expect(rig.tracker.contextHeld).toBe(0);
  });

  test('a stop in steps judges no more at a time than it may', () => {
    const rig = new Rig({ tracker: { context: CONTEXT } });
    for (let i = 0; i < 5; i++) {
      submit(rig, cloudEvent('callfate.refused', `call-${i}`, { id: `${i}` }), T0);
    }
    const steps: number[] = [];
    for (let done = false; !done; steps.push(rig.refusals.length)) done = rig.tracker.drain(2);
    expect(steps).toEqual([2, 4, 5]);
  });
});

describe('bounds', () => {
  test(`a call has at most ${FACTS_PER_CALL} facts`, () => {
    const lines = Array.from(
      { length: FACTS_PER_CALL + 2 },
      (_, i) => `${600 + i} ! agent.offered`,
    );
    const { rig, answers } = tell([RINGING, ...lines, '5000 < 486'].join('\n'));
    expect(answers.slice(-3).map(({ result }) => result)).toEqual([
      'accepted',
      'call_full',
      'call_full',
    ]);
    expect(rig.verdicts[0]?.context).toHaveLength(FACTS_PER_CALL);
    expect(counted(rig)).toEqual({ accepted: FACTS_PER_CALL, call_full: 2 });
  });

  test('all facts together are bounded, and what was let go makes room', () => {
    const rig = new Rig({ tracker: { context: { ...CONTEXT, facts: 2 } } });
    const send = (id: number, at: number) =>
      submit(rig, cloudEvent('callfate.task.manual', `call-${id}`, { id: `${id}` }), T0 + at)
        .result;
    expect([send(1, 0), send(2, 0), send(3, 0)]).toEqual(['held', 'held', 'full']);
    expect(send(4, 61_000)).toBe('held');
    // What was refused is not remembered: it may be sent again.
    expect(send(3, 61_000)).toBe('held');
  });

  test(`${EVENT_IDS_MAX} ids are remembered, the oldest is forgotten first`, () => {
    const ids = new EventIds();
    for (let i = 0; i <= EVENT_IDS_MAX; i++) ids.add(i);
    expect([ids.has(0), ids.has(1), ids.has(EVENT_IDS_MAX)]).toEqual([false, true, true]);
  });

  test('nothing stays behind', () => {
    const rig = new Rig({ tracker: { context: CONTEXT } });
    for (let i = 0; i < 300; i++) {
      const id = `call-${i}`;
      submit(rig, cloudEvent('callfate.task.manual', id, { id }), T0 + i * 100);
      for (const step of readScript(
        `${i * 100} > INVITE id=${id}\n${i * 100 + 50} < 486 id=${id}`,
      )) {
        rig.send(step);
      }
    }
    rig.finish('time');
    expect(rig.verdicts.filter(({ context }) => context.length === 1)).toHaveLength(300);
    expect([rig.tracker.contextHeld, rig.tracker.contextKept]).toEqual([0, 0]);
  });
});

describe('whatever is told, in whatever order', () => {
  const type = fc.constantFrom(...CONTEXT_NAMES.map((name) => `callfate.${name}`));
  const fact = fc.record({
    at: fc.integer({ min: 0, max: 25_000 }),
    time: fc.option(fc.integer({ min: -5000, max: 60_000 })),
    type,
    callId: fc.constantFrom('call-1', 'call-2', 'call-3'),
    name: fc.constantFrom('queue', 'ivr', 'agent_ringing', 'voicemail', 'talking', 'on_hold'),
  });
  const script = fc.constantFrom(
    CALLER_BYE,
    `${RINGING}\n5000 < 486`,
    `${RINGING}\n5000 > CANCEL\n5010 < 487`,
    '0 > INVITE\n400 < 182\n900 < 200\n20000 < BYE',
    '0 > INVITE\n1 > INVITE id=call-2 from=g b=x\n500 < 180\n900 < 503',
    '20 < 180\n30 > INVITE',
  );
  const end = fc.constantFrom<'time' | 'drain'>('time', 'drain');

  test('every law holds, verdicts are whole, and a fact never undoes an answer', () => {
    fc.assert(
      fc.property(script, fc.array(fact, { maxLength: 25 }), end, (lines, facts, how) => {
        const rig = new Rig({ tracker: { context: CONTEXT } });
        const steps = readScript(lines).map((step) => ({ at: step.at, run: () => rig.send(step) }));
        const told = facts.map(({ at, time, type: kind, callId, name }, i) => {
          const more = time === null ? {} : { time: new Date(T0 + time).toISOString() };
          const event = cloudEvent(kind, callId, { id: `${i}`, data: { name }, ...more });
          return { at, run: () => void submit(rig, event, T0 + at) };
        });
        for (const { at, run } of [...steps, ...told].sort((x, y) => x.at - y.at)) {
          rig.advance(at);
          run();
          const { started, ended } = rig.counters;
          expect(started - ended).toBe(rig.tracker.active);
        }
        rig.finish(how);
        const { started, ended, callsOpened, callsClosed, callsMerged } = rig.counters;
        expect([ended, callsClosed + callsMerged]).toEqual([started, callsOpened]);
        expect([rig.tracker.contextHeld, rig.tracker.contextKept]).toEqual([0, 0]);
        for (const verdict of [...rig.verdicts, ...rig.refusals]) {
          expect(JSON.parse(JSON.stringify(verdict))).toStrictEqual(verdict);
          expect(verdict.evidence.filter(({ decided }) => decided)).toHaveLength(1);
          expect(verdict.connected).toBe(verdict.answeredAt !== null);
          if (!verdict.connected)
            expect([verdict.served, verdict.timing.talk]).toEqual([false, null]);
          expect(verdict.timing.talk ?? 0).toBeLessThanOrEqual(verdict.timing.total);
          let last = verdict.startedAt;
          for (const { enteredAt, leftAt } of verdict.stages) {
            expect([enteredAt >= last, leftAt >= enteredAt]).toEqual([true, true]);
            last = leftAt;
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
