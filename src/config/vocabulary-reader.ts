/** Reads values of a vocabulary file, one mistake one error with its place. */
import { CONTEXT_KINDS, type ContextKind } from '../classify/context.ts';
import { type ConfigError, type ConfigErrorCode, quote } from './errors.ts';
import { pathText } from './keys.ts';
import { suggest } from './suggest.ts';
import type { Places } from './yaml.ts';

export type Path = readonly (string | number)[];

/** Longest text of any key, characters: most become label values or stand in a line of text. */
export const VOCABULARY_TEXT_MAX = 200;
/** Entries of any list within a code. */
export const VOCABULARY_LIST_MAX = 64;

const PRINTABLE = /^[^\p{C}\p{Zl}\p{Zp}]+$/u;

export class VocabularyReader {
  readonly errors: ConfigError[] = [];
  readonly places: Places;
  readonly #root: unknown;

  constructor(root: unknown, places: Places) {
    this.#root = root;
    this.places = places;
  }

  at(path: Path): unknown {
    return path.reduce<unknown>((node, part) => {
      if (typeof node !== 'object' || node === null) return undefined;
      return Object.hasOwn(node, part) ? Reflect.get(node, part) : undefined;
    }, this.#root);
  }

  fail(code: ConfigErrorCode, path: Path, wrong: string, remedy: string): void {
    this.errors.push({
      code,
      place: this.places.ofValue(path),
      key: pathText(path),
      wrong,
      remedy,
    });
  }

  /** True when the value is a section; each of its keys that is not known is an error. */
  section(path: Path, known: readonly string[]): boolean {
    const value = this.at(path);
    if (value === undefined) {
      this.#missing(path, 'a section of keys');
      return false;
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.#type(path, 'a section of keys', 'write its keys below it, indented');
      return false;
    }
    for (const key of Object.keys(value).filter((name) => !known.includes(name))) {
      const near = suggest(key, known);
      this.errors.push({
        code: 'CFG_UNKNOWN_KEY',
        place: this.places.ofKey([...path, key]),
        key: pathText([...path, key.slice(0, 60)]),
        wrong: 'unknown key',
        remedy: near === null ? `the keys here are ${known.join(', ')}` : `did you mean ${near}?`,
      });
    }
    return true;
  }

  /** Number of entries of a list; 0 after an error. */
  list(path: Path, min: number, max: number): number {
    const value = this.at(path);
    if (value === undefined) this.#missing(path, 'a list');
    else if (!Array.isArray(value)) this.#type(path, 'a list', 'write one line "- item" for each');
    else if (value.length < min || value.length > max) {
      const wrong = `${value.length} entries, ${value.length < min ? `less than ${min}` : `more than ${max}`}`;
      this.fail('CFG_RANGE', path, wrong, `choose ${min} to ${max} entries`);
    } else return value.length;
    return 0;
  }

  /** Paths of the values of a key that may hold one of them or a list. */
  oneOrMore(path: Path): readonly Path[] {
    if (!Array.isArray(this.at(path))) return [path];
    const length = this.list(path, 1, VOCABULARY_LIST_MAX);
    return Array.from({ length }, (_, index) => [...path, index]);
  }

  has(path: Path): boolean {
    return this.at(path) !== undefined;
  }

  text(path: Path, max = VOCABULARY_TEXT_MAX): string {
    const value = this.at(path);
    if (value === undefined) this.#missing(path, 'text');
    else if (typeof value !== 'string') this.#type(path, 'text', 'put it in quotes');
    else if (value.length > max) {
      this.fail(
        'CFG_RANGE',
        path,
        `${value.length} characters, more than ${max}`,
        `choose 1 to ${max} characters`,
      );
    } else if (!PRINTABLE.test(value)) {
      this.fail(
        'CFG_VALUE',
        path,
        `${quote(value)} is no printable text`,
        'write printable characters, at least one',
      );
    } else return value;
    return '';
  }

  flag(path: Path): boolean {
    const value = this.at(path);
    if (typeof value === 'boolean') return value;
    this.#type(path, 'true or false', 'write true or false, without quotes');
    return false;
  }

  word<T extends string>(path: Path, known: readonly T[]): T | null {
    const value = this.at(path);
    if (value === undefined) {
      this.fail('CFG_MISSING', path, 'missing', `choose ${known.join(', ')}`);
      return null;
    }
    const found = known.find((word) => word === value);
    if (found !== undefined) return found;
    const near = typeof value === 'string' ? suggest(value, known) : null;
    const choice = known.length > 20 ? 'docs/reasons.md lists them' : `choose ${known.join(', ')}`;
    const remedy = near === null ? choice : `did you mean ${near}?`;
    this.fail('CFG_VALUE', path, `${quote(value)} is not one of its values`, remedy);
    return null;
  }

  words<T extends string>(path: Path, known: readonly T[]): readonly T[] {
    return this.oneOrMore(path).flatMap((one) => this.word(one, known) ?? []);
  }

  /** Context facts, `kind/value` or `kind/value/name`. */
  facts(path: Path): readonly string[] {
    return this.oneOrMore(path).flatMap((one) => this.#fact(one) ?? []);
  }

  #fact(path: Path): string | null {
    const text = this.text(path);
    if (text === '') return null;
    const [kind = '', value = '', name, rest] = text.split('/');
    const kinds = Object.keys(CONTEXT_KINDS);
    const values: readonly string[] = isKind(kind) ? CONTEXT_KINDS[kind] : [];
    if (values.includes(value) && name !== '' && rest === undefined) return text;
    const wrong = `${quote(text)} is no context fact`;
    const nearKind = values.length > 0 ? kind : suggest(kind, kinds);
    if (nearKind === null) {
      this.fail('CFG_VALUE', path, wrong, `write kind/value; the kinds are ${kinds.join(', ')}`);
      return null;
    }
    const possible: readonly string[] = CONTEXT_KINDS[nearKind as ContextKind];
    const near = suggest(value, possible);
    const remedy =
      near === null
        ? `write ${nearKind}/ and one of ${possible.join(', ')}`
        : `did you mean ${nearKind}/${near}?`;
    this.fail('CFG_VALUE', path, wrong, remedy);
    return null;
  }

  #missing(path: Path, what: string): void {
    this.fail('CFG_MISSING', path, 'missing', `add it: ${what}`);
  }

  #type(path: Path, expected: string, remedy: string): void {
    const value = this.at(path);
    const got = value === null ? 'nothing' : Array.isArray(value) ? 'a list' : typeName(value);
    this.fail('CFG_TYPE', path, `expected ${expected}, got ${got}`, remedy);
  }
}

function isKind(kind: string): kind is ContextKind {
  return Object.hasOwn(CONTEXT_KINDS, kind);
}

function typeName(value: unknown): string {
  if (typeof value === 'object') return 'a section';
  if (typeof value === 'number') return 'a number';
  return typeof value === 'boolean' ? 'true or false' : 'text';
}
