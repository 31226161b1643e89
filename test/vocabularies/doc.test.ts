/**
 * The generated parts of docs/vocabularies.md. To write them again:
 *
 *     npx vitest run --project unit test/vocabularies/doc.test.ts -u
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Verdict } from '../../src/classify/outcome.ts';
import { REASONS, reasonRow } from '../../src/classify/reasons.ts';
import { VocabularyTable } from '../../src/classify/vocabulary/assign.ts';
import { BOXES_MAX } from '../../src/classify/vocabulary/boxes.ts';
import { REACH_STEPS_MAX } from '../../src/classify/vocabulary/reach.ts';
import {
  EVIDENCE_SOURCES,
  FLAG_CONDITIONS,
  NUMBER_CONDITIONS,
  SECONDS_CONDITIONS,
  type Vocabulary,
  type VocabularyCode,
  WORD_CONDITIONS,
} from '../../src/classify/vocabulary/vocabulary.ts';
import { errorLines } from '../../src/config/errors.ts';
import { DEFAULTS } from '../../src/config/schema.ts';
import { loadSetup, shippedVocabularies } from '../../src/config/setup.ts';
import { VOCABULARY_CODES_MAX } from '../../src/config/vocabulary-file.ts';
import { VOCABULARY_LIST_MAX } from '../../src/config/vocabulary-reader.ts';
import { typicalFacts } from '../../src/explain/example.ts';
import { type Count, carriesCode, countOf, PROOFS } from './coverage.ts';

const DOCS = resolve(import.meta.dirname, '../../docs/vocabularies.md');
const PAGE = readFileSync(DOCS, 'utf8');
const VOCABULARIES = shippedVocabularies(DEFAULTS);
const table = new VocabularyTable(VOCABULARIES);

const line = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
const rowsOf = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
const span = (text: string): string => `\`${text}\``;

function fieldsOf({ codes }: Vocabulary): string[] {
  return [...new Set(codes.map(({ field }) => field))];
}

function shippedTable(): string {
  return rowsOf(
    ['Vocabulary', 'Of', 'Fields', 'Codes'],
    VOCABULARIES.map((one) => [
      `[${one.id}](#${one.id})`,
      one.title,
      fieldsOf(one).map(span).join(', '),
      one.codes.length,
    ]),
  );
}

/** Counted from the calls that prove the codes. */
function countsTable(): string {
  const counts = VOCABULARIES.map(({ id, codes }) => ({ id, count: countOf(codes, id) }));
  const cells = (count: (one: Count) => number): number[] => counts.map((one) => count(one.count));
  const columns = [...EVIDENCE_SOURCES, 'all', 'ownCode'] as const;
  const sums = columns.map((column) => cells((one) => one[column]).reduce((a, b) => a + b, 0));
  return rowsOf(
    ['Vocabulary', ...EVIDENCE_SOURCES, 'all', 'own code'],
    [
      ...counts.map(({ id, count }) => [span(id), ...columns.map((column) => count[column])]),
      ['all', ...sums],
    ],
  );
}

function notesTable(): string {
  const noted = VOCABULARIES.flatMap(({ id, codes }) =>
    codes.flatMap(({ field, code, name, note }) =>
      note === null ? [] : [[span(id), field, wordsOf({ code, name }), `${note}.`]],
    ),
  );
  return rowsOf(['Vocabulary', 'Field', 'Code', 'Note'], noted);
}

function wordsOf({ code, name }: Pick<VocabularyCode, 'code' | 'name'>): string {
  return code === name || code === '-' ? name : `${code} ${name}`;
}

/** Reasons for which a typical call, whatever its direction, gets no code of this field. */
function reasonsWithout(id: string, field: string): string[] {
  const reasons = REASONS.map((row) => row.id);
  return reasons.filter((reason) =>
    (['unknown', 'inbound', 'outbound'] as const).every(
      (direction) =>
        table.assignFacts({ ...typicalFacts(reason), direction }).codes[id]?.[field] === undefined,
    ),
  );
}

function withoutText(id: string, field: string): string {
  const without = reasonsWithout(id, field);
  const lost = without.filter((reason) => reasonRow(reason as never).outcome === 'lost');
  const others = without.filter((reason) => !lost.includes(reason));
  const start = `\`${field}\`: no code for calls that are lost`;
  if (others.length === 0) return `- ${start}.`;
  return `- ${start}, nor for ${others.map(span).join(', ')}.`;
}

function wrapped(text: string): string {
  return text.replace(/(?=.{119})(.{1,118}) /g, '$1\n  ');
}

function codesOf(one: Vocabulary): string {
  const { id, title, source, codes } = one;
  const rows = codes.map((code) => [
    code.field,
    code.code,
    code.name,
    code.scope,
    code.callType,
    code.attribution ?? '-',
    code.connected === null ? '-' : code.connected ? 'yes' : 'no',
    code.evidence,
    span(code.reason),
  ]);
  const head = [
    'Field',
    'Code',
    'Name',
    'Scope',
    'Calls',
    'Attribution',
    'Connected',
    'Evidence',
    'Reason',
  ];
  const without = fieldsOf(one).map((field) => wrapped(withoutText(id, field)));
  return `### ${id}\n\n${title}. After: ${source}.\n\n${rowsOf(head, rows)}\n\n${without.join('\n')}`;
}

const PARTS: Readonly<Record<string, () => string>> = {
  shipped: shippedTable,
  counts: countsTable,
  notes: notesTable,
  codes: () => VOCABULARIES.map(codesOf).join('\n\n'),
};

test('the generated parts are current', async () => {
  let page = PAGE;
  for (const [name, text] of Object.entries(PARTS)) {
    const begin = `<!-- generated: ${name} -->\n`;
    const end = `<!-- end of generated: ${name} -->`;
    const [from, to] = [page.indexOf(begin), page.indexOf(end)];
    expect(from).toBeGreaterThan(0);
    expect(to).toBeGreaterThan(from);
    page = `${page.slice(0, from)}${begin}\n${text()}\n\n${page.slice(to)}`;
  }
  await expect(page).toMatchFileSnapshot(DOCS);
});

test('the page names the codes that nothing but their own name shows', () => {
  const [, prose = ''] = /^\*Own code\*([\s\S]*?)\n\n/m.exec(PAGE) ?? [];
  const named = [...prose.matchAll(/`([^`]+)`/g)].map(([, name]) => name);
  const carrying = PROOFS.flatMap(([, , rows]) =>
    rows.filter(([name, script]) => carriesCode(script, { code: '-', name })).map(([name]) => name),
  );
  expect(named).toEqual(carrying);
});

test('the size of a line is that of the sample', () => {
  const page = readFileSync(resolve(DOCS, '../verdicts.md'), 'utf8');
  const [, sample = '{}'] = /^```json\n([\s\S]*?)^```/m.exec(page) ?? [];
  const verdict: Verdict = JSON.parse(sample);
  const size = (one: Verdict): number => Buffer.byteLength(JSON.stringify(one));
  const bytes = size(verdict) - size({ ...verdict, vocabularies: {} });
  expect(PAGE).toContain(`all five make ${bytes} bytes`);
});

test('a field that takes everything has a code for every reason of a call whose end was seen', () => {
  for (const [id, field] of [
    ['call-status-bye-reason', 'call_status'],
    ['call-status-bye-reason', 'bye_reason'],
  ] as const) {
    const without = reasonsWithout(id, field).filter((reason) => reason !== 'unsolicited');
    const outcomes = without.map((reason) => reasonRow(reason as never).outcome);
    expect([...new Set(outcomes)]).toEqual(['lost']);
  }
});

describe('what the page says of the language', () => {
  test('its example is a vocabulary', () => {
    const directory = mkdtempSync(join(tmpdir(), 'callfate-docs-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const [, example = ''] = /^```yaml\n([\s\S]*?)^```/m.exec(PAGE) ?? [];
    writeFileSync(join(directory, 'acme.yaml'), example);
    writeFileSync(join(directory, 'callfate.yaml'), 'vocabularies: {files: [acme.yaml]}');
    const setup = loadSetup({ file: join(directory, 'callfate.yaml'), environment: {} });
    expect(setup.ok ? [] : errorLines(setup.error)).toEqual([]);
  });

  test('it names every part of a condition', () => {
    const parts = [
      ...Object.keys(WORD_CONDITIONS),
      ...FLAG_CONDITIONS,
      ...Object.keys(NUMBER_CONDITIONS),
      ...SECONDS_CONDITIONS,
      'context',
    ];
    const tables = PAGE.slice(PAGE.indexOf('| Part | Values |'));
    for (const part of parts) expect(tables).toMatch(new RegExp(`^\\| .*\`${part}\``, 'm'));
  });

  test('it states the bounds', () => {
    const prose = PAGE.replaceAll('\n', ' ');
    expect(prose).toContain(`1 MiB and ${VOCABULARY_CODES_MAX} codes`);
    expect(prose).toContain(`a list within a code ${VOCABULARY_LIST_MAX} entries`);
    expect(prose).toContain(`at most ${BOXES_MAX} combinations`);
    expect(prose).toContain(`more than ${REACH_STEPS_MAX.toLocaleString('en-US')} steps`);
  });
});
