/** The conditions of a vocabulary file, read. */
import {
  type Condition,
  FLAG_CONDITIONS,
  NUMBER_CONDITIONS,
  type NumberCondition,
  type NumberRange,
  SECONDS_CONDITIONS,
  type Span,
  type Thresholds,
  WORD_CONDITIONS,
  type WordCondition,
} from '../classify/vocabulary/vocabulary.ts';
import { quote } from './errors.ts';
import { suggest } from './suggest.ts';
import type { Path, VocabularyReader } from './vocabulary-reader.ts';

const WORD_KEYS = Object.keys(WORD_CONDITIONS) as WordCondition[];
const NUMBER_KEYS = Object.keys(NUMBER_CONDITIONS) as NumberCondition[];
const CONDITION_KEYS = [
  ...WORD_KEYS,
  ...FLAG_CONDITIONS,
  ...NUMBER_KEYS,
  ...SECONDS_CONDITIONS,
  'context',
];
/** No call is in progress for longer, seconds. */
const SECONDS_MAX = 604_800;

/** One section of `when` or `unless`. */
export function readCondition(
  reader: VocabularyReader,
  path: Path,
  thresholds: Thresholds,
): Condition {
  const key = (name: string): Path => [...path, name];
  const given = <K extends string>(names: readonly K[]): readonly K[] =>
    names.filter((name) => reader.has(key(name)));
  if (!reader.section(path, CONDITION_KEYS))
    return { words: {}, flags: {}, numbers: {}, seconds: {}, context: [] };
  return {
    words: Object.fromEntries(
      given(WORD_KEYS).map((name) => [
        name,
        reader.words<string>(key(name), WORD_CONDITIONS[name]),
      ]),
    ),
    flags: Object.fromEntries(given(FLAG_CONDITIONS).map((name) => [name, reader.flag(key(name))])),
    numbers: Object.fromEntries(
      given(NUMBER_KEYS).map((name) => [name, readRanges(reader, key(name), name)]),
    ),
    seconds: Object.fromEntries(
      given(SECONDS_CONDITIONS).map((name) => [name, readSpan(reader, key(name), thresholds)]),
    ),
    context: reader.has(key('context')) ? reader.facts(key('context')) : [],
  };
}

/** `486`, `500-599`, or a list of them. */
function readRanges(
  reader: VocabularyReader,
  path: Path,
  key: NumberCondition,
): readonly NumberRange[] {
  const { min, max } = NUMBER_CONDITIONS[key];
  return reader.oneOrMore(path).flatMap((one) => {
    const match = /^(\d{1,3})(?:-(\d{1,3}))?$/.exec(String(reader.at(one)));
    const from = Number(match?.[1] ?? Number.NaN);
    const to = Number(match?.[2] ?? from);
    if (from >= min && to <= max && from <= to) return [{ from, to }];
    const wrong = `${quote(reader.at(one))} is no number or range from ${min} to ${max}`;
    reader.fail('CFG_VALUE', one, wrong, `write ${min}, or ${min}-${max}`);
    return [];
  });
}

/** `{from: 5}`, `{below: shortTalkSeconds}`, or both. */
function readSpan(reader: VocabularyReader, path: Path, thresholds: Thresholds): Span {
  const span = { from: 0, below: Number.POSITIVE_INFINITY };
  if (!reader.section(path, ['from', 'below'])) return span;
  for (const end of ['from', 'below'] as const) {
    const at = [...path, end];
    if (reader.has(at)) span[end] = readSeconds(reader, at, thresholds) ?? span[end];
  }
  if (!(span.from < span.below)) {
    const wrong = `no time is from ${span.from} s and below ${span.below} s`;
    reader.fail('CFG_VALUE', path, wrong, 'make from the smaller one');
  }
  return span;
}

/** A number, or the name of a threshold of the configuration. */
function readSeconds(reader: VocabularyReader, path: Path, thresholds: Thresholds): number | null {
  const value = reader.at(path);
  if (typeof value === 'number' && value >= 0 && value <= SECONDS_MAX) return value;
  const named = Object.entries(thresholds).find(([name]) => name === value);
  if (named !== undefined) return named[1];
  const near = typeof value === 'string' ? suggest(value, Object.keys(thresholds)) : null;
  const remedy = `write seconds, or one of ${Object.keys(thresholds).join(', ')}`;
  const wrong = `${quote(value)} is no time`;
  reader.fail('CFG_VALUE', path, wrong, near === null ? remedy : `did you mean ${near}?`);
  return null;
}
