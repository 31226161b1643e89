/** Deciding rules and proving that nothing can reach one, held against trying every call there is. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CONTEXT_KINDS, type ContextFact, type ContextKind } from '../../src/classify/context.ts';
import { DIRECTIONS, ENDED_BY, STAGES, type Verdict } from '../../src/classify/outcome.ts';
import { isReasonId, REASONS, reasonRow } from '../../src/classify/reasons.ts';
import {
  ASSIGNMENTS_MAX,
  placeCodes,
  VocabularyTable,
} from '../../src/classify/vocabulary/assign.ts';
import { factsOf, type VocabularyFacts } from '../../src/classify/vocabulary/facts.ts';
import { unreachable } from '../../src/classify/vocabulary/reach.ts';
import type {
  Condition,
  Vocabulary,
  VocabularyCode,
} from '../../src/classify/vocabulary/vocabulary.ts';
import { DEFAULTS } from '../../src/config/schema.ts';
import { shippedVocabularies } from '../../src/config/setup.ts';
import { typicalFacts } from '../../src/explain/example.ts';
import { verdict } from '../outputs/fixtures.ts';

const VOCABULARIES = shippedVocabularies(DEFAULTS);

const ANY: Condition = { words: {}, flags: {}, numbers: {}, seconds: {}, context: [] };

function rule(facts: Partial<VocabularyCode>): VocabularyCode {
  return {
    field: 'status',
    code: '-',
    name: 'x',
    title: null,
    note: null,
    scope: 'call',
    callType: 'any',
    attribution: null,
    connected: null,
    evidence: 'signalling',
    reason: 'user_busy',
    when: [ANY],
    unless: [],
    on: [],
    followedBy: [],
    ...facts,
  };
}

function vocabulary(codes: readonly Partial<VocabularyCode>[]): Vocabulary {
  return {
    id: 'acme',
    title: 'Acme',
    source: 'x',
    codes: codes.map((code, index) => rule({ name: `n${index}`, ...code })),
  };
}

const told = (kind: ContextKind, value: string, name: string | null = null): ContextFact => ({
  kind,
  value,
  name,
  enforcedBy: null,
  subject: null,
  at: '2026-11-21T10:00:00.000Z',
  id: null,
  source: 'api',
});

/** The rules as a reader would apply them, one condition after the other. */
function reads({ words, flags, seconds, context }: Condition, facts: VocabularyFacts): boolean {
  if (!isReasonId(facts.reason)) return false;
  const row = reasonRow(facts.reason);
  const is = { ...facts, outcome: row.outcome, attribution: row.attribution };
  const names = facts.context.map(({ kind, value }) => `${kind}/${value}`);
  return (
    Object.entries(words).every(([key, list]) =>
      list.includes(String(is[key as keyof typeof is])),
    ) &&
    Object.entries(flags).every(([key, flag]) => is[key as keyof typeof is] === flag) &&
    Object.entries(seconds).every(([key, span]) => {
      const value = is[key as 'talk'];
      return value !== null && span.from <= value && value < span.below;
    }) &&
    (context.length === 0 || context.some((name) => names.includes(name)))
  );
}

function readsCode({ when, unless, callType }: VocabularyCode, facts: VocabularyFacts): boolean {
  const other = { inbound: 'outbound', outbound: 'inbound', any: null }[callType];
  return (
    facts.direction !== other &&
    when.some((one) => reads(one, facts)) &&
    !unless.some((one) => reads(one, facts))
  );
}

/** Few facts with few values, so that all calls there are can be tried. */
const SOME_REASONS = [
  'user_busy',
  'busy_everywhere',
  'no_answer',
  'normal_clearing_caller',
] as const;
const EVERY_CALL: readonly VocabularyFacts[] = SOME_REASONS.flatMap((reason) =>
  ENDED_BY.flatMap((endedBy) =>
    DIRECTIONS.flatMap((direction) =>
      [true, false].flatMap((connected) =>
        [null, 3, 5, 8].flatMap((talk) =>
          [
            [],
            [told('agent', 'timeout')],
            [told('media', 'no_audio')],
            [told('agent', 'timeout'), told('media', 'no_audio')],
          ].map((context) => ({
            ...typicalFacts(reason),
            endedBy,
            direction,
            connected,
            talk,
            context,
          })),
        ),
      ),
    ),
  ),
);

const someOf = <T>(list: readonly T[]): fc.Arbitrary<T[]> =>
  fc.subarray([...list], { minLength: 1 });
const maybe = <T>(key: string, one: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> =>
  fc.oneof(
    { weight: 2, arbitrary: fc.constant({}) },
    one.map((value) => ({ [key]: value })),
  );
const span = fc.constantFrom(
  { from: 0, below: 5 },
  { from: 5, below: 8 },
  { from: 5, below: Number.POSITIVE_INFINITY },
);
const condition: fc.Arbitrary<Condition> = fc
  .tuple(
    // Always some of these reasons: the others are not tried.
    someOf(SOME_REASONS),
    maybe('outcome', someOf(['busy', 'no_answer', 'completed'])),
    maybe('endedBy', someOf(ENDED_BY)),
    maybe('direction', someOf(DIRECTIONS)),
    maybe('connected', fc.boolean()),
    maybe('talk', span),
    fc.subarray(['agent/timeout', 'media/no_audio']),
  )
  .map(([reason, outcome, endedBy, direction, flags, seconds, context]) => ({
    words: { reason, ...outcome, ...endedBy, ...direction },
    flags,
    numbers: {},
    seconds,
    context,
  }));
const code = fc.record({
  when: fc.array(condition, { minLength: 1, maxLength: 2 }),
  unless: fc.array(condition, { maxLength: 2 }),
  callType: fc.constantFrom('any', 'inbound', 'outbound'),
});
const field = fc.array(code, { minLength: 1, maxLength: 5 }).map((codes) => vocabulary(codes));

test('the first row that a reader would find is the one', () => {
  fc.assert(
    fc.property(field, fc.constantFrom(...EVERY_CALL), (one, facts) => {
      const expected = one.codes.find((row) => readsCode(row, facts))?.name;
      expect(new VocabularyTable([one]).assignFacts(facts).codes.acme?.status?.name).toBe(expected);
    }),
    { numRuns: 1000 },
  );
});

test('a row is refused exactly when no call of all there are gets it', () => {
  fc.assert(
    fc.property(field, (one) => {
      const got = new Set(
        EVERY_CALL.map((facts) => one.codes.findIndex((row) => readsCode(row, facts))),
      );
      const never = one.codes.map((_, index) => index).filter((index) => !got.has(index));
      expect([...unreachable(one.codes).keys()]).toEqual(never);
    }),
    { numRuns: 150 },
  );
});

test('a rule with too many combinations is refused, not tried for ever', () => {
  const part = (stage: string, endedBy: string): Condition => ({
    ...ANY,
    words: { stage: [stage], endedBy: [endedBy], direction: ['inbound'] },
    flags: { served: true },
  });
  const unless = STAGES.flatMap((stage) => ENDED_BY.map((endedBy) => part(stage, endedBy)));
  expect(unreachable([rule({ unless })]).get(0)).toEqual({ kind: 'too_intricate' });
});

describe('of a verdict', () => {
  const table = new VocabularyTable(VOCABULARIES);
  const verdicts: fc.Arbitrary<Verdict> = fc
    .record({
      reason: fc.constantFrom(...REASONS.map(({ id }) => id)),
      stage: fc.constantFrom(...STAGES),
      endedBy: fc.constantFrom(...ENDED_BY),
      direction: fc.constantFrom(...DIRECTIONS),
      connected: fc.boolean(),
      served: fc.boolean(),
      ringingAt: fc.constantFrom(null, '2026-11-21T10:00:01.000Z'),
      talk: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true })),
      context: fc.array(
        fc.constantFrom(
          ...Object.entries(CONTEXT_KINDS).flatMap(([kind, values]) =>
            values.map((value) => told(kind as ContextKind, value, 'ivr')),
          ),
        ),
        { maxLength: 4 },
      ),
    })
    .map(({ talk, ...facts }) => {
      const { outcome, attribution } = reasonRow(facts.reason);
      return verdict({ ...facts, outcome, attribution, timing: { ...verdict().timing, talk } });
    });

  test('each field has at most one code, and every code is of its vocabulary', () => {
    fc.assert(
      fc.property(verdicts, (one) => {
        const { placed, codes } = table.assign(one);
        const fields = placed.map(({ vocabulary: id, code: { field: name } }) => `${id} ${name}`);
        expect(new Set(fields).size).toBe(fields.length);
        for (const {
          vocabulary: id,
          code: { field: name, code: number, name: text },
        } of placed) {
          expect(codes[id]?.[name]).toEqual({ code: number, name: text });
        }
        expect(Object.keys(codes)).toEqual(VOCABULARIES.map(({ id }) => id));
      }),
    );
  });

  test('it does not matter which verdicts came before', () => {
    fc.assert(
      fc.property(verdicts, (one) => {
        expect(table.assign(one).codes).toEqual(
          new VocabularyTable(VOCABULARIES).assign(one).codes,
        );
      }),
      { numRuns: 30 },
    );
  });

  test('more endings than are remembered are still told right', () => {
    const small = vocabulary([{ when: [{ ...ANY, seconds: { talk: { from: 5, below: 6 } } }] }]);
    const spans = Array.from({ length: 5000 }, (_, at) => ({
      ...ANY,
      seconds: { talk: { from: at + 10, below: at + 11 } },
    }));
    const many = new VocabularyTable([
      { ...small, codes: [...small.codes, rule({ when: spans.slice(0, 200) })] },
    ]);
    for (let talk = 0; talk < ASSIGNMENTS_MAX + 100; talk++) {
      many.assignFacts({
        ...typicalFacts('user_busy'),
        talk,
        stage: STAGES[talk % STAGES.length] ?? 'talking',
      });
    }
    expect(
      many.assignFacts({ ...typicalFacts('user_busy'), talk: 5.5 }).codes.acme?.status?.name,
    ).toBe('n0');
  });

  test('what the platform says of the direction wins over addresses', () => {
    expect(
      factsOf(verdict({ direction: 'unknown', context: [told('task', 'inbound')] })).direction,
    ).toBe('inbound');
    expect(
      factsOf(verdict({ direction: 'inbound', context: [told('task', 'preview')] })).direction,
    ).toBe('outbound');
  });

  test('time in the queue is that of all visits', () => {
    const at = (second: number): string =>
      new Date(Date.UTC(2026, 10, 21, 10, 0, second)).toISOString();
    const visit = (stage: 'queue' | 'ivr', from: number, to: number) => ({
      stage,
      enteredAt: at(from),
      leftAt: at(to),
    });
    const stages = [visit('queue', 0, 3), visit('ivr', 3, 5), visit('queue', 5, 9)];
    expect(factsOf(verdict({ stages })).queue).toBe(7);
    expect(factsOf(verdict({ stages: [visit('ivr', 0, 5)] })).queue).toBeNull();
  });
});

describe('counting', () => {
  const table = new VocabularyTable([
    vocabulary([
      {
        name: 'Transferred',
        scope: 'leg',
        when: [{ ...ANY, words: { outcome: ['transferred'] } }],
      },
      { name: 'Ended', when: [{ ...ANY, words: { outcome: ['completed'] } }] },
      {
        name: 'Handed on',
        scope: 'transition',
        when: [],
        on: ['agent/timeout'],
        followedBy: ['agent/offered'],
      },
      { name: 'Left', scope: 'transition', when: [], on: ['stage/left/ivr'] },
    ]),
  ]);
  const completed = verdict({ reason: 'normal_clearing_caller', outcome: 'completed' });
  const transferred = verdict({ reason: 'blind_transfer', outcome: 'transferred' });
  const names = (call: Verdict, legs: readonly Verdict[]): string[] =>
    table.count(call, table.assign(call), legs).map(({ code: { name } }) => name);

  test('a call of one leg counts its code once, whatever its scope', () => {
    expect(names(completed, [completed])).toEqual(['Ended']);
    expect(names(transferred, [transferred])).toEqual(['Transferred']);
  });

  test('of several legs each counts its own code of scope leg', () => {
    expect(names(completed, [completed, transferred])).toEqual(['Ended', 'Transferred']);
    expect(names(transferred, [completed, transferred])).toEqual(['Transferred']);
    expect(names(completed, [completed, completed])).toEqual(['Ended']);
  });

  test('a transition counts once for each fact that shows it, and not in the verdict', () => {
    const facts = [
      told('agent', 'offered'),
      told('agent', 'timeout'),
      told('stage', 'left', 'ivr'),
      told('agent', 'offered'),
      told('agent', 'timeout'),
    ];
    const call = { ...completed, context: facts };
    expect(names(call, [call])).toEqual(['Ended', 'Handed on', 'Left']);
    expect(table.assign(call).codes).toEqual({ acme: { status: { code: '-', name: 'Ended' } } });
  });

  test('what the legs were told is put in order, and one event told to both counts once', () => {
    const when = (fact: ContextFact, second: number, id: string): ContextFact => ({
      ...fact,
      id,
      at: new Date(Date.UTC(2026, 10, 21, 10, 0, second)).toISOString(),
    });
    const offered = when(told('agent', 'offered'), 20, 'e2');
    const timeout = when(told('agent', 'timeout'), 10, 'e1');
    const call = { ...completed, context: [offered, timeout, timeout] };
    expect(names(call, [call])).toEqual(['Ended', 'Handed on']);
  });

  test('what verdicts share cannot be changed', () => {
    const { codes } = table.assign(completed);
    expect([codes, codes.acme, codes.acme?.status].every(Object.isFrozen)).toBe(true);
  });

  test('every code has its own row', () => {
    const placed = placeCodes(VOCABULARIES);
    expect(placed.map(({ row }) => row)).toEqual(placed.map((_, index) => index));
    expect(placed).toHaveLength(168);
  });
});
