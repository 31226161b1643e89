/** The shipped vocabularies as `npm run build` leaves them: the same as read at start, and never a stale one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { compile, type Origin, readCompiled } from '../../src/config/compiled-vocabularies.ts';
import { DEFAULTS } from '../../src/config/schema.ts';
import { provenVocabularies, shippedTexts } from '../../src/config/setup.ts';

const { thresholds } = DEFAULTS.vocabularies;
const ORIGIN: Origin = { texts: shippedTexts(), thresholds };
const PROVEN = provenVocabularies(DEFAULTS);

/** Path of a file with this text, gone when the test is over. */
function written(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'callfate-compiled-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'vocabularies.json');
  writeFileSync(path, text);
  return path;
}

test('what the build left is what the YAML files give', () => {
  const built = fileURLToPath(new URL('../../dist/vocabularies.json', import.meta.url));
  expect(readCompiled(built, ORIGIN)).toStrictEqual(PROVEN);
});

test('what is written is read back, unbounded times and all', () => {
  const path = written(compile(PROVEN, ORIGIN));
  expect(readCompiled(path, ORIGIN)).toStrictEqual(PROVEN);
  expect(JSON.stringify(PROVEN)).toContain('"below":null');
});

const [first = '', ...rest] = ORIGIN.texts;
const STALE: readonly (readonly [what: string, origin: Origin])[] = [
  ['a vocabulary was edited', { ...ORIGIN, texts: [`${first}\n`, ...rest] }],
  ['two changed places', { ...ORIGIN, texts: [...rest, first] }],
  [
    'text moved from one file to the next',
    { ...ORIGIN, texts: [first + rest[0], '', ...rest.slice(1)] },
  ],
  ['a threshold is another', { ...ORIGIN, thresholds: { ...thresholds, shortTalkSeconds: 6 } }],
];

test.each(STALE)('stale: %s', (_, origin) => {
  expect(readCompiled(written(compile(PROVEN, ORIGIN)), origin)).toBeNull();
});

const whole = compile(PROVEN, ORIGIN);
const BROKEN: readonly (readonly [what: string, text: string])[] = [
  ['empty', ''],
  ['cut off', whole.slice(0, -1000)],
  ['without its first line', whole.slice(whole.indexOf('\n') + 1)],
];

test.each(BROKEN)('broken: %s', (_, text) => {
  expect(readCompiled(written(text), ORIGIN)).toBeNull();
});

test('none there', () => {
  expect(readCompiled(join(tmpdir(), 'callfate-no-such-file.json'), ORIGIN)).toBeNull();
});

test('thresholds in any order are the same thresholds', () => {
  const turned = Object.fromEntries(Object.entries(thresholds).toReversed());
  const path = written(compile(PROVEN, ORIGIN));
  expect(readCompiled(path, { ...ORIGIN, thresholds: turned as typeof thresholds })).toStrictEqual(
    PROVEN,
  );
});
