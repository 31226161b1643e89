/** Every code whose evidence is signalling, from a call on the wire, played into tracker and classifier. */
import { describe, expect, test } from 'vitest';
import type { Verdict } from '../../src/classify/outcome.ts';
import { VocabularyTable } from '../../src/classify/vocabulary/assign.ts';
import { DEFAULTS } from '../../src/config/schema.ts';
import { shippedVocabularies } from '../../src/config/setup.ts';
import { verdictOf } from '../support/sip.ts';
import { WIRE_CALLS } from './wire-calls.ts';

const VOCABULARIES = shippedVocabularies(DEFAULTS);
const table = new VocabularyTable(VOCABULARIES);

function codesOf(verdict: Verdict): Verdict['vocabularies'] {
  return table.assign(verdict).codes;
}

describe.each(WIRE_CALLS)('%s %s', (vocabulary, field, rows) => {
  for (const [name, script, play] of rows) {
    test(name, () => {
      const verdict = verdictOf(script, play);
      const { reason } = verdict;
      const told = codesOf(verdict)[vocabulary]?.[field]?.name;
      expect({ reason, told }).toEqual({ reason, told: name });
    });
  }
});

test('strangers who are refused get no code', () => {
  const stranger = '0 > INVITE\n200 < 100\n1000 < 403\n1010 > ACK fail';
  const verdict = verdictOf(stranger, { peers: { '10.0.0.2': 'pbx' } });
  expect(verdict.reason).toBe('unsolicited');
  expect(Object.values(codesOf(verdict))).toEqual(VOCABULARIES.map(() => ({})));
});

test('a call whose end was not seen gets no code', () => {
  const verdict = verdictOf('0 > INVITE\n500 < 180\n3000 < 200\n3010 > ACK');
  expect(verdict.outcome).toBe('lost');
  expect(Object.values(codesOf(verdict))).toEqual(VOCABULARIES.map(() => ({})));
});

test('every code whose evidence is signalling has a call here', () => {
  const played = WIRE_CALLS.flatMap(([vocabulary, field, rows]) =>
    rows.map(([name]) => `${vocabulary} ${field} ${name}`),
  );
  const claimed = VOCABULARIES.flatMap(({ id, codes }) =>
    codes
      .filter(({ evidence }) => evidence === 'signalling')
      .map(({ field, name }) => `${id} ${field} ${name}`),
  );
  expect(claimed.filter((code) => !played.includes(code))).toEqual([]);
});
