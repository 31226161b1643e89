/** One vocabulary file: YAML to checked rules. docs/vocabularies.md describes the language. */
import {
  CALL_TYPES,
  type Condition,
  EVIDENCE_SOURCES,
  SCOPES,
  type Thresholds,
  type Vocabulary,
  type VocabularyCode,
  WORD_CONDITIONS,
} from '../classify/vocabulary/vocabulary.ts';
import { fail, ok, type Result } from '../lib/result.ts';
import type { ConfigError } from './errors.ts';
import { checkCodes } from './vocabulary-checks.ts';
import { readCondition } from './vocabulary-conditions.ts';
import { type Path, VocabularyReader } from './vocabulary-reader.ts';
import type { YamlTree } from './yaml.ts';

/** Codes of one vocabulary, all fields together. */
export const VOCABULARY_CODES_MAX = 512;
/** Code and name become label values. */
const LABEL_MAX = 64;
const ID = /^[a-z0-9][a-z0-9_-]{0,62}$/;

const FILE_KEYS = ['vocabulary', 'title', 'source', 'codes'];
const CODE_KEYS = [
  'field',
  'code',
  'name',
  'title',
  'note',
  'scope',
  'callType',
  'attribution',
  'connected',
  'evidence',
  'reason',
  'when',
  'unless',
  'on',
  'followedBy',
];
/** Checks everything, and gives the vocabulary or every mistake that was found. Never throws. */
export function readVocabulary(
  { value, places }: YamlTree,
  thresholds: Thresholds,
): Result<Vocabulary, readonly ConfigError[]> {
  const reader = new VocabularyReader(value, places);
  if (!reader.section([], FILE_KEYS)) return fail(reader.errors);
  const id = identifier(reader, ['vocabulary']);
  const [title, source] = [reader.text(['title']), reader.text(['source'])];
  const count = reader.list(['codes'], 1, VOCABULARY_CODES_MAX);
  const codes = Array.from({ length: count }, (_, index) =>
    readCode(reader, ['codes', index], thresholds),
  );
  // What is half read would only give echoes of the same mistakes.
  if (reader.errors.length === 0) checkCodes(reader, codes);
  return reader.errors.length > 0 ? fail(reader.errors) : ok({ id, title, source, codes });
}

function identifier(reader: VocabularyReader, path: Path): string {
  const text = reader.text(path, LABEL_MAX);
  if (text !== '' && !ID.test(text)) {
    const remedy = 'use 1 to 63 of a-z, 0-9, _ and -, the first a letter or digit';
    reader.fail('CFG_VALUE', path, `"${text}" is no name`, remedy);
  }
  return text;
}

function readCode(reader: VocabularyReader, path: Path, thresholds: Thresholds): VocabularyCode {
  const key = (name: string): Path => [...path, name];
  const optional = <T>(name: string, read: (at: Path) => T, absent: T): T =>
    reader.has(key(name)) && reader.at(key(name)) !== null ? read(key(name)) : absent;
  reader.section(path, CODE_KEYS);
  const conditions = (name: string): readonly Condition[] =>
    optional(
      name,
      (at) => reader.oneOrMore(at).map((one) => readCondition(reader, one, thresholds)),
      [],
    );
  const code: VocabularyCode = {
    field: identifier(reader, key('field')),
    code: reader.text(key('code'), LABEL_MAX),
    name: reader.text(key('name'), LABEL_MAX),
    title: optional<string | null>('title', (at) => reader.text(at), null),
    note: optional<string | null>('note', (at) => reader.text(at), null),
    scope: reader.word(key('scope'), SCOPES) ?? 'call',
    callType: optional('callType', (at) => reader.word(at, CALL_TYPES), null) ?? 'any',
    attribution: optional<string | null>('attribution', (at) => reader.text(at), null),
    connected: optional<boolean | null>('connected', (at) => reader.flag(at), null),
    evidence: reader.word(key('evidence'), EVIDENCE_SOURCES) ?? 'signalling',
    reason: reader.word(key('reason'), WORD_CONDITIONS.reason) ?? 'unspecified_failure',
    when: conditions('when'),
    unless: conditions('unless'),
    on: optional('on', (at) => reader.facts(at), []),
    followedBy: optional('followedBy', (at) => reader.facts(at), []),
  };
  checkScope(reader, path, code);
  return code;
}

/** A transition is shown by context facts; anything else by the verdict alone. */
function checkScope(reader: VocabularyReader, path: Path, code: VocabularyCode): void {
  if (code.scope === 'transition') {
    if (code.on.length > 0) return;
    const remedy = 'add the context facts that show the transition';
    reader.fail('CFG_MISSING', [...path, 'on'], 'missing', remedy);
    return;
  }
  for (const key of ['on', 'followedBy'] as const) {
    if (code[key].length === 0) continue;
    const wrong = `belongs to the scope transition, not ${code.scope}`;
    reader.fail('CFG_VALUE', [...path, key], wrong, 'remove it, or change the scope');
  }
  if (code.when.length === 0) {
    const remedy = 'add the conditions; {} holds for every call';
    reader.fail('CFG_MISSING', [...path, 'when'], 'missing', remedy);
  }
}
