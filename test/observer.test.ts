import { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { createObserver, type Observer, type Verdict } from '../src/index.ts';
import { ANSWERED, CANCELLED } from './support/calls.ts';
import { cloudEvent } from './support/context.ts';
import { encodeHep } from './support/hep.ts';
import { PATH, readScript, request, T0 } from './support/sip.ts';

interface Watched {
  readonly observer: Observer;
  readonly verdicts: Verdict[];
  readonly registry: Registry;
}

function watch(): Watched {
  const verdicts: Verdict[] = [];
  const registry = new Registry();
  const observer = createObserver({
    onVerdict: (verdict) => verdicts.push(verdict),
    registry,
    maxCalls: 64,
  });
  return { observer, verdicts, registry };
}

function feed(observer: Observer, script: string): void {
  for (const { at, bytes, src, dst } of readScript(script)) {
    observer.sip(bytes, { at: T0 + at, source: src, destination: dst });
  }
}

/** Value of one sample of the text exposition; undefined when it is not there. */
async function sample(registry: Registry, name: string): Promise<number | undefined> {
  const line = (await registry.metrics()).split('\n').find((l) => l.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}

/** Every outcome that signalling alone can prove without peers, by a script. */
const OUTCOMES: readonly (readonly [string, string])[] = [
  ['completed', `${ANSWERED}\n9000 > BYE`],
  ['dropped', `${ANSWERED}\n9000 < BYE | Reason: Q.850;cause=41`],
  ['transferred', `${ANSWERED}\n9000 > REFER n=20\n9010 < 202 REFER n=20\n9600 > BYE n=21`],
  ['busy', '0 > INVITE\n20 < 486'],
  ['no_answer', '0 > INVITE\n20 < 180\n30000 < 408'],
  ['declined', '0 > INVITE\n20 < 603'],
  ['redirected', '0 > INVITE\n20 < 302'],
  ['unreachable', '0 > INVITE\n20 < 480'],
  ['invalid_number', '0 > INVITE\n20 < 404'],
  ['cancelled', CANCELLED],
  [
    'answered_elsewhere',
    '0 > INVITE\n20 > CANCEL | Reason: SIP;cause=200;text="Call completed elsewhere"\n30 < 487',
  ],
  ['blocked', '0 > INVITE\n20 < 607'],
  ['failed', '0 > INVITE\n20 < 503 | Reason: Q.850;cause=34;location=LN, SIP;cause=503'],
  ['lost', ANSWERED],
];

/** The shape of docs/verdicts.md: keys in order, and the type of each leaf. */
const KEYS = [
  'schema',
  'source',
  'id',
  'captureId',
  'callId',
  'fromTag',
  'legs',
  'joined',
  'direction',
  'peerIn',
  'peerOut',
  'caller',
  'callee',
  'startedAt',
  'ringingAt',
  'answeredAt',
  'endedAt',
  'outcome',
  'reason',
  'attribution',
  'stage',
  'endedBy',
  'endedByRole',
  'connected',
  'served',
  'abnormal',
  'certainty',
  'sip',
  'q850',
  'reasonHeaders',
  'branches',
  'stages',
  'context',
  'evidence',
  'conflicts',
  'vocabularies',
  'timing',
];
const INNER = {
  sip: ['status', 'phrase', 'farStatus'],
  q850: ['cause', 'location', 'seenIn'],
  timing: ['postDialDelay', 'ring', 'talk', 'hold', 'total'],
  branches: ['peer', 'status', 'cause', 'decided'],
  stages: ['stage', 'enteredAt', 'leftAt'],
  evidence: ['kind', 'value', 'message', 'at', 'decided', 'why'],
  conflicts: ['winner', 'loser'],
} as const;

describe('the verdict as JSON', () => {
  test.each(OUTCOMES)(
    '%s has exactly the keys of the contract, and no undefined',
    (outcome, script) => {
      const { observer, verdicts } = watch();
      feed(observer, script);
      observer.advance(T0 + 100_000_000);
      const [verdict] = verdicts;
      expect(verdicts).toHaveLength(1);
      expect(verdict?.outcome).toBe(outcome);
      const json = JSON.parse(JSON.stringify(verdict));
      // Strict: an undefined that JSON leaves out is a difference.
      expect(json).toStrictEqual(verdict);
      expect(Object.keys(json)).toEqual(KEYS);
      for (const [key, inner] of Object.entries(INNER)) {
        for (const value of [json[key]].flat()) {
          if (value !== null) expect(Object.keys(value)).toEqual(inner);
        }
      }
    },
  );
});

describe('createObserver', () => {
  test('shows the counters in an embedder’s registry', async () => {
    const { observer, registry } = watch();
    feed(
      observer,
      '0 > INVITE id=a\n20 < 486 id=a | Reason: Q.850;cause=17\n30 > INVITE id=b\n40 < 180 id=b',
    );
    observer.advance(T0 + 10_000);
    observer.sip(Buffer.from('\r\n'), { at: T0 + 10_001 });
    observer.sip(Buffer.from('INVITE x SIP/2.0\r\n\r\n'), { at: T0 + 10_002 });
    const ended =
      'callfate_attempts_ended_total{direction="unknown",outcome="busy",reason="user_busy",attribution="callee"}';
    expect(await sample(registry, ended)).toBe(1);
    expect(await sample(registry, 'callfate_attempts_started_total')).toBe(2);
    expect(await sample(registry, 'callfate_attempts_active')).toBe(1);
    expect(
      await sample(registry, 'callfate_q850_causes_total{cause="17",seen_in="response"}'),
    ).toBe(1);
    expect(await sample(registry, 'callfate_branch_finals_total{peer="other",status="486"}')).toBe(
      1,
    );
    expect(
      await sample(registry, 'callfate_input_not_ours_total{source="library",reason="keepalive"}'),
    ).toBe(1);
    expect(
      await sample(
        registry,
        'callfate_input_malformed_total{source="library",reason="missing_header"}',
      ),
    ).toBe(1);
    observer.close();
    expect(await sample(registry, 'callfate_attempts_active')).toBe(0);
    expect(await sample(registry, 'callfate_calls_open')).toBe(0);
  });

  test('takes HEP packets, with their capture times', () => {
    const { observer, verdicts } = watch();
    for (const { at, bytes, src, dst } of readScript('0 > INVITE\n20 < 404')) {
      observer.hep(encodeHep({ payload: bytes, src, dst, captureId: 9, at: T0 + at - 100 }), {
        at: T0 + at,
      });
    }
    observer.close();
    expect(verdicts[0]).toMatchObject({
      captureId: 9,
      reason: 'unallocated_number',
      startedAt: new Date(T0 - 100).toISOString(),
    });
  });

  test('takes facts about calls, and answers what became of each', () => {
    const verdicts: Verdict[] = [];
    const observer = createObserver({
      maxCalls: 64,
      contextWaitMs: 1000,
      onVerdict: (verdict) => verdicts.push(verdict),
    });
    feed(observer, '0 > INVITE\n20 < 200\n30 > ACK');
    const queue = cloudEvent('callfate.stage.entered', 'call-1', { data: { name: 'queue' } });
    const given = [queue, queue, { ...queue, id: '2', type: 'x' }, 7].map((event) =>
      observer.context(event, T0 + 100),
    );
    expect(given.map(({ result }) => result)).toEqual([
      'accepted',
      'duplicate',
      'unknown_type',
      'not_an_object',
    ]);
    feed(observer, '5000 > BYE');
    observer.advance(T0 + 6400);
    expect(verdicts).toEqual([]);
    observer.advance(T0 + 6600);
    expect(verdicts).toMatchObject([{ reason: 'abandoned_queue' }]);
    expect(observer.context({ ...queue, id: '3' }, T0 + 7000).result).toBe('late');
  });

  test('a fact on the first leg decides a call of two, above what the legs together say', () => {
    const session = 'Session-ID: 0123456789abcdef0123456789abcdef';
    const far = 'id=far from=g caller=x';
    const legs = (type: string): Verdict | undefined => {
      const verdicts: Verdict[] = [];
      const observer = createObserver({ maxCalls: 64, onVerdict: (one) => verdicts.push(one) });
      feed(
        observer,
        `0 > INVITE | ${session}\n10 < 200\n20 > ACK\n30 > INVITE ${far} | ${session}\n40 < 200 ${far}\n50 > ACK ${far}`,
      );
      observer.context(cloudEvent(type, 'call-1'), T0 + 8900);
      feed(observer, `9000 < BYE\n9010 > BYE ${far}`);
      observer.close();
      expect(verdicts.map(({ legs: { length } }) => length)).toEqual([2]);
      return verdicts[0];
    };
    expect(legs('callfate.task.manual')?.reason).toBe('normal_clearing_platform');
    expect(legs('callfate.limit.duration')).toMatchObject({
      reason: 'max_duration_reached',
      context: [{ kind: 'limit', value: 'duration' }],
    });
  });

  test('a fact that is told from inside onVerdict disturbs no message', () => {
    const results: string[] = [];
    const observer = createObserver({
      maxCalls: 64,
      onVerdict: ({ callId }) => {
        const event = cloudEvent('callfate.task.manual', 'b', { id: callId });
        results.push(observer.context(event, T0 + 60_000).result);
      },
    });
    feed(observer, '0 > INVITE id=a\n20 < 486 id=a\n60000 > INVITE id=b caller=x callee=y');
    observer.close();
    // The INVITE that made time move on is read whole, although the first verdict came before it.
    expect(results).toEqual(['held', 'late']);
  });

  test.each([-1, 60_001, Number.NaN])('contextWaitMs %d is refused at once', (contextWaitMs) => {
    expect(() => createObserver({ onVerdict: () => {}, contextWaitMs })).toThrow(RangeError);
  });

  test('close ends every call, once', () => {
    const { observer, verdicts } = watch();
    feed(observer, '0 > INVITE id=a\n10 > INVITE id=b b=x callee=carol');
    observer.close();
    observer.close();
    expect(verdicts.map((v) => v.reason)).toEqual(['observer_stopped', 'observer_stopped']);
  });

  test('the newest calls win when there is room for one', () => {
    const verdicts: Verdict[] = [];
    const observer = createObserver({
      onVerdict: (verdict) => verdicts.push(verdict),
      maxCalls: 1,
    });
    feed(observer, '0 > INVITE id=a\n10 > INVITE id=b callee=carol caller=dave\n20 < 486 id=b');
    observer.close();
    expect(verdicts.map((v) => [v.callId, v.reason])).toEqual([
      ['a', 'evicted'],
      ['b', 'user_busy'],
    ]);
  });

  test('live time is the default', () => {
    const { observer, verdicts } = watch();
    const before = performance.timeOrigin + performance.now();
    observer.sip(Buffer.from(request('>', 'INVITE')));
    observer.advance();
    observer.close();
    const startedAt = Date.parse(verdicts[0]?.startedAt ?? '');
    expect(startedAt).toBeGreaterThanOrEqual(Math.floor(before));
    expect(startedAt).toBeLessThanOrEqual(performance.timeOrigin + performance.now());
  });

  test('an address that is none is as good as no address', () => {
    const { observer, verdicts } = watch();
    observer.sip(Buffer.from(request('>', 'INVITE')), {
      at: T0,
      source: 'nonsense',
      destination: PATH[1],
    });
    observer.close();
    expect(verdicts).toHaveLength(1);
  });

  test('two observers do not share calls', () => {
    const [one, two] = [watch(), watch()];
    feed(one.observer, '0 > INVITE');
    feed(two.observer, '20 < 486');
    one.observer.close();
    two.observer.close();
    expect([one.verdicts.length, two.verdicts.length]).toEqual([1, 0]);
  });

  test('an onVerdict that throws loses no other call', () => {
    const seen: string[] = [];
    const observer = createObserver({
      maxCalls: 64,
      onVerdict: ({ callId }) => {
        seen.push(callId);
        if (callId === 'b') throw new Error('from the embedder');
      },
    });
    feed(
      observer,
      'abc'.replaceAll(
        /./g,
        '0 > INVITE id=$& from=$& caller=$& callee=$&\n20 < 486 id=$& from=$&\n',
      ),
    );
    expect(() => observer.advance(T0 + 1000)).toThrow('from the embedder');
    observer.advance(T0 + 60_000);
    expect(new Set(seen)).toEqual(new Set(['a', 'b', 'c']));
  });

  test('an onVerdict that feeds the next message disturbs none', () => {
    const seen: string[] = [];
    const observer = createObserver({
      maxCalls: 64,
      onVerdict: ({ callId }) => {
        seen.push(callId);
        if (callId === 'a') feed(observer, '60000 > INVITE id=inner caller=x callee=y');
      },
    });
    feed(observer, '0 > INVITE id=a\n20 < 486 id=a\n60000 > INVITE id=outer caller=v callee=w');
    observer.close();
    expect(new Set(seen)).toEqual(new Set(['a', 'inner', 'outer']));
  });

  test('a time that is no number does not stop the clock', () => {
    const { observer, verdicts } = watch();
    feed(observer, '0 > INVITE\n20 < 486');
    observer.advance(Number.NaN);
    observer.advance(T0 + 60_000);
    expect(verdicts).toHaveLength(1);
  });

  test.each([1e17, -1e17, 1e18])('a time of %d neither throws nor hangs', (at) => {
    const { observer } = watch();
    observer.sip(Buffer.from('INVITE sip:a SIP/2.0'), { at });
    feed(observer, '0 > INVITE');
    observer.advance(at);
    observer.advance(at);
    expect(() => observer.close()).not.toThrow();
  });

  test.each([-1, Number.POSITIVE_INFINITY])('maxCalls %d is refused at once', (maxCalls) => {
    expect(() => createObserver({ onVerdict: () => {}, maxCalls })).toThrow(RangeError);
  });

  test.each([0, 1.5, Number.NaN])('maxCalls %d is refused at once', (maxCalls) => {
    expect(() => createObserver({ onVerdict: () => {}, maxCalls })).toThrow(RangeError);
  });
});
