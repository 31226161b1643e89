/**
 * Every code that needs facts of the platform or of media, from a verdict that has them: what comes out of tracker and
 * rules for its reason, as far as its rule asks.
 */
import { describe, expect, test } from 'vitest';
import type { Verdict } from '../../src/classify/outcome.ts';
import { isReasonId, reasonRow } from '../../src/classify/reasons.ts';
import { VocabularyTable } from '../../src/classify/vocabulary/assign.ts';
import { factsOf, type VocabularyFacts } from '../../src/classify/vocabulary/facts.ts';
import { DEFAULTS } from '../../src/config/schema.ts';
import { shippedVocabularies } from '../../src/config/setup.ts';
import { exampleOf } from '../../src/explain/example.ts';
import { verdict } from '../outputs/fixtures.ts';

const VOCABULARIES = shippedVocabularies(DEFAULTS);
const table = new VocabularyTable(VOCABULARIES);

const START = Date.UTC(2026, 10, 21, 10);
const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString();

/** A verdict that says these facts, in the shape in which it crosses to the outputs. */
function verdictWith(facts: VocabularyFacts): Verdict {
  const { reason, sipStatus, q850, talk, ring, queue, unrung, stage, context } = facts;
  if (!isReasonId(reason)) throw new Error(reason);
  const { outcome, attribution } = reasonRow(reason);
  const visit = { stage: 'queue', enteredAt: at(0), leftAt: at(queue ?? 0) } as const;
  return verdict({
    reason,
    outcome,
    attribution,
    stage,
    endedBy: facts.endedBy,
    endedByRole: facts.endedByRole,
    direction: facts.direction,
    connected: facts.connected,
    served: facts.served,
    ringingAt: ring === null ? null : at(1),
    sip: { status: sipStatus, phrase: null, farStatus: null },
    q850: q850 === null ? null : { cause: q850, location: null, seenIn: 'response' },
    stages: queue === null ? [] : [visit],
    context,
    timing: { postDialDelay: null, ring, talk, hold: null, total: unrung ?? 1 },
  });
}

const codes = VOCABULARIES.flatMap(({ id, codes: all }) =>
  all
    .filter(({ evidence }) => evidence !== 'signalling')
    .map((code) => ({ id, code, name: code.name })),
);

describe('codes that need context or media', () => {
  test('there are some', () => {
    expect(codes.length).toBeGreaterThan(0);
  });

  test.each(codes)('$id $name', ({ id, code }) => {
    const one = verdictWith(exampleOf(code));
    expect(factsOf(one).reason).toBe(code.reason);
    expect(table.assign(one).codes[id]?.[code.field]).toEqual({ code: code.code, name: code.name });
  });
});
