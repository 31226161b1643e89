/**
 * Every code of every shipped vocabulary, from a call written as messages and context events and played through the
 * whole engine. Run by itself it prints what is covered by what.
 */
import { describe, expect, test } from 'vitest';
import type { VocabularyCode } from '../../src/classify/vocabulary/vocabulary.ts';
import { DEFAULTS } from '../../src/config/schema.ts';
import { shippedVocabularies } from '../../src/config/setup.ts';
import { throughEngine } from '../support/engine.ts';
import { carriesCode, countOf, evidenceOf, PROOFS } from './coverage.ts';
import { MORE_TOLD_CALLS } from './told-calls.ts';
import { type FieldCalls, MORE_CALLS, type WireCall } from './wire-calls.ts';

const VOCABULARIES = shippedVocabularies(DEFAULTS);
const GOOD_ANSWERS = ['accepted', 'held'];

function codeOf(vocabulary: string, field: string, name: string): VocabularyCode {
  const { codes = [] } = VOCABULARIES.find(({ id }) => id === vocabulary) ?? {};
  const code = codes.find((one) => one.field === field && one.name === name);
  if (code === undefined) throw new Error(`no code of ${vocabulary} ${field}: ${name}`);
  return code;
}

/** The call comes out with this code, and is counted so once. */
function expectCode(vocabulary: string, field: string, [name, script, play]: WireCall): void {
  const { code, scope } = codeOf(vocabulary, field, name);
  const { verdicts, answers, value } = throughEngine(script, play);
  expect(answers.map(({ result }) => result).filter((one) => !GOOD_ANSWERS.includes(one))).toEqual(
    [],
  );
  const [verdict, ...others] = verdicts.filter(({ callId }) => callId === 'call-1');
  if (verdict === undefined || others.length > 0) throw new Error('not one verdict');
  const { reason, vocabularies } = verdict;
  const count = value('callfate_vocabulary_total', vocabulary, field, code, name);
  const told = vocabularies[vocabulary]?.[field];
  // A transition is something that the call survives: it ends otherwise.
  if (scope === 'transition') expect(told?.name).not.toBe(name);
  else expect({ reason, told }).toEqual({ reason, told: { code, name } });
  expect({ name, count }).toEqual({ name, count: 1 });
}

function describeAll(calls: readonly FieldCalls[]): void {
  describe.each(calls)('%s %s', (vocabulary, field, rows) => {
    for (const row of rows) test(row[0], () => expectCode(vocabulary, field, row));
  });
}

describe('a call for each code', () => describeAll(PROOFS));
describe('other calls with the same code', () => describeAll([...MORE_CALLS, ...MORE_TOLD_CALLS]));

describe('coverage', () => {
  const published = VOCABULARIES.flatMap(({ id, codes }) =>
    codes.map((code) => ({ key: `${id} ${code.field} ${code.name}`, code })),
  );
  const proofs = PROOFS.flatMap(([vocabulary, field, rows]) =>
    rows.map(([name, script]) => ({ key: `${vocabulary} ${field} ${name}`, script })),
  );

  test('every code has one call that proves it', () => {
    expect(proofs.map(({ key }) => key).toSorted()).toEqual(
      published.map(({ key }) => key).toSorted(),
    );
  });

  test.each(published)('$key needs what its file says', ({ key, code }) => {
    const { script = '' } = proofs.find((proof) => proof.key === key) ?? {};
    expect(evidenceOf(script)).toBe(code.evidence);
  });

  test('a call carries the own code of the vendor only where nothing else can say it', () => {
    const carrying = published.filter(({ key, code }) =>
      carriesCode(proofs.find((proof) => proof.key === key)?.script ?? '', code),
    );
    expect(carrying.map(({ key }) => key)).toEqual([
      'call-status-bye-reason bye_reason GATEWAY_DOWN',
    ]);
  });

  test('the sum is told', () => {
    const counts = VOCABULARIES.map(({ id, codes }) => ({ id, ...countOf(codes, id) }));
    console.table(counts);
    expect(counts.reduce((sum, { all }) => sum + all, 0)).toBe(168);
  });
});

describe('endings without a code', () => {
  test.each([
    [
      'strangers who are refused',
      '0 > INVITE\n200 < 100\n1000 < 403\n1010 > ACK fail',
      'unsolicited',
    ],
    ['a call whose end was not seen', '0 > INVITE\n500 < 180\n3000 < 200\n3010 > ACK', 'lost'],
  ])('%s', (_, script, expected) => {
    const { verdicts } = throughEngine(script, { peers: { '10.0.0.2': 'pbx' } });
    expect(verdicts).toHaveLength(1);
    const { reason = '', outcome = '', vocabularies = {} } = verdicts[0] ?? {};
    expect([reason, outcome]).toContain(expected);
    expect(Object.values(vocabularies)).toEqual(VOCABULARIES.map(() => ({})));
  });
});

test('a call that was never SIP has its codes in every vocabulary, and each is counted', () => {
  const script = '0 ! task.predictive\n0 ! policy.blacklist subject=callee\n0 ! refused';
  const { verdicts, value } = throughEngine(script);
  expect(verdicts).toHaveLength(1);
  const { source, vocabularies = {} } = verdicts[0] ?? {};
  expect(source).toBe('context');
  const codes = Object.entries(vocabularies).flatMap(([id, fields]) =>
    Object.entries(fields).map(([field, { code, name }]) => [id, field, code, name] as const),
  );
  expect(codes.map(([id, field, , name]) => `${id} ${field} ${name}`)).toEqual([
    'tencent-ccc status restrictedCallee',
    'call-status-bye-reason call_status Called Failed',
    'call-status-bye-reason bye_reason CALL_REJECTED',
    'itnio-call-center status Call Failed',
    'retell disconnection_reason dial_failed',
    'voice-campaign status ERROR/BLACKLISTED',
  ]);
  expect(value('callfate_attempts_started_total')).toBe(0);
  for (const labels of codes) expect(value('callfate_vocabulary_total', ...labels)).toBe(1);
});
