import type { z } from 'zod';
import { type ConfigError, type ConfigErrorCode, quote } from './errors.ts';
import { keyRow, keysBelow, pathText } from './keys.ts';
import { suggest } from './suggest.ts';
import type { Places } from './yaml.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];
interface Words {
  readonly code: ConfigErrorCode;
  readonly wrong: string;
  readonly remedy: string;
}

/** What a type is called, and how to write it. */
const TYPES: Readonly<Record<string, readonly [name: string, remedy: string]>> = {
  int: ['a whole number', 'write digits only, without quotes'],
  number: ['a whole number', 'write digits only, without quotes'],
  boolean: ['true or false', 'write true or false, without quotes'],
  string: ['text', 'put it in quotes'],
  array: ['a list', 'write [a, b], or one line "- item" for each'],
  object: ['a section of keys', 'write its keys below it, indented, or remove it'],
};

/** Turns the schema's issues into our errors, one for each key and one for each unknown key. */
export function schemaErrors(
  issues: readonly Issue[],
  tree: unknown,
  places: Places,
): readonly ConfigError[] {
  const seen = new Set<string>();
  return issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => unknownKey([...issue.path, key], places));
    }
    const key = pathText(issue.path);
    if (seen.has(key)) return [];
    seen.add(key);
    const words = wordsFor(issue, valueAt(tree, issue.path));
    return [{ ...words, place: places.ofValue(issue.path), key }];
  });
}

function unknownKey(path: Path, places: Places): ConfigError {
  const parent = path.slice(0, -1);
  const name = String(path.at(-1));
  const known = keysBelow(parent);
  const near = suggest(name, known);
  return {
    code: 'CFG_UNKNOWN_KEY',
    place: places.ofKey(path),
    key: pathText([...parent, name.slice(0, 60)]),
    wrong: 'unknown key',
    remedy: near === null ? `the keys here are ${known.join(', ')}` : `did you mean ${near}?`,
  };
}

function wordsFor(issue: Issue, value: unknown): Words {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue.expected, value);
    case 'too_small':
    case 'too_big':
      return outOfBounds(issue, value);
    case 'invalid_value':
      return {
        code: value === undefined ? 'CFG_MISSING' : 'CFG_VALUE',
        wrong: value === undefined ? 'missing' : `${quote(value)} is not one of its values`,
        remedy: `choose ${issue.values.map(String).join(', ')}`,
      };
    default: {
      // A rule of the schema: "what is wrong; what to do", to be read behind the value.
      const [wrong = '', remedy = ''] = issue.message.split('; ');
      const subject = keyRow(issue.path)?.secret === true ? 'the value' : quote(value);
      return { code: 'CFG_VALUE', wrong: `${subject} ${wrong}`, remedy };
    }
  }
}

function wrongType(expected: string, value: unknown): Words {
  const [name, remedy] = TYPES[expected] ?? [expected, 'correct it'];
  if (value === undefined) {
    return { code: 'CFG_MISSING', wrong: 'missing', remedy: `add it: ${name}` };
  }
  const got = expected === 'int' && typeof value === 'number' ? 'a fraction' : typeName(value);
  return { code: 'CFG_TYPE', wrong: `expected ${name}, got ${got}`, remedy };
}

function outOfBounds(issue: Issue & { code: 'too_small' | 'too_big' }, value: unknown): Words {
  const row = keyRow(issue.path);
  const sized = typeof value === 'string' || Array.isArray(value);
  const unit = typeof value === 'string' ? ' characters' : sized ? ' entries' : '';
  const size = `${sized ? value.length : String(value)}${unit}`;
  const min = row?.min ?? 0;
  // The schema's own bound of a safe integer comes first in its issues; the key's is the one to name.
  const max = row?.max ?? (issue.code === 'too_big' ? Number(issue.maximum) : undefined);
  const wrong =
    issue.code === 'too_small' ? `${size}, less than ${min}` : `${size}, more than ${max}`;
  const range = max === undefined ? `at least ${min}` : `${min} to ${max}`;
  return { code: 'CFG_RANGE', wrong, remedy: `choose ${range}${unit}` };
}

function typeName(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a section';
  if (typeof value === 'number') return 'a number';
  return typeof value === 'boolean' ? 'true or false' : 'text';
}

function valueAt(tree: unknown, path: Path): unknown {
  return path.reduce<unknown>((node, part) => {
    if (typeof node !== 'object' || node === null) return undefined;
    return Object.hasOwn(node, part) ? Reflect.get(node, part) : undefined;
  }, tree);
}
