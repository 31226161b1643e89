/** The five vocabularies that come with callfate. codes.csv lists what their vendors publish. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { VocabularyTable } from '../../src/classify/vocabulary/assign.ts';
import { errorLines } from '../../src/config/errors.ts';
import { SHIPPED_VOCABULARIES } from '../../src/config/schema.ts';
import { loadSetup } from '../../src/config/setup.ts';
import { exampleOf } from '../../src/explain/example.ts';

const CSV = readFileSync(join(import.meta.dirname, 'codes.csv'), 'utf8');

function shipped() {
  const setup = loadSetup({ file: null, environment: {} });
  if (!setup.ok) throw new Error(errorLines(setup.error).join('\n'));
  return setup.value.vocabularies;
}

describe('shipped vocabularies', () => {
  test('load without a mistake, all enabled', () => {
    const { all, enabled } = shipped();
    expect(all.map(({ id }) => id)).toEqual([...SHIPPED_VOCABULARIES]);
    expect(enabled).toEqual(all);
  });

  test('hold exactly the codes that their vendors publish', () => {
    const rows = CSV.trim().split('\n').slice(1);
    expect(rows).toHaveLength(168);
    const codes = shipped().all.flatMap(({ id, codes }) =>
      codes.map(({ field, code, name }) => `${id},${field},${code},${name}`),
    );
    expect(codes.toSorted()).toEqual(rows.toSorted());
  });
});

describe('a call that is typical for a code', () => {
  const { all } = shipped();
  const table = new VocabularyTable(all);
  const codes = all.flatMap(({ id, codes }) =>
    codes.map((code) => ({ id, code, name: code.name })),
  );

  test.each(codes)('$id $name comes out as that code', ({ id, code }) => {
    const facts = exampleOf(code);
    expect(facts.reason).toBe(code.reason);
    expect(table.assignFacts(facts).codes[id]?.[code.field]).toEqual({
      code: code.code,
      name: code.name,
    });
  });
});
