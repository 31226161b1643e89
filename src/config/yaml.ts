import {
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  Parser,
  type YAMLMap,
} from 'yaml';
import { fail, ok, type Result } from '../lib/result.ts';
import type { ConfigError, Place } from './errors.ts';
import { pathText } from './keys.ts';

/** A YAML file as plain values, with the place of every key and value. */
export interface YamlTree {
  /** Plain objects, arrays, text, numbers, booleans and null. An empty file is an empty object. */
  readonly value: unknown;
  readonly places: Places;
}

/** Where each key and value stands, by path. */
export class Places {
  private readonly keys = new Map<string, Place>();
  private readonly values = new Map<string, Place>();
  private readonly fallback: Place;

  constructor(fallback: Place) {
    this.fallback = fallback;
  }

  set(path: readonly PropertyKey[], value: Place, key: Place = value): void {
    const id = JSON.stringify(path);
    this.values.set(id, value);
    this.keys.set(id, key);
  }

  /** The place of the value at `path`, of its nearest parent that has one, or of the whole file. */
  ofValue(path: readonly PropertyKey[]): Place {
    for (let length = path.length; length >= 0; length--) {
      const place = this.values.get(JSON.stringify(path.slice(0, length)));
      if (place !== undefined) return place;
    }
    return this.fallback;
  }

  /** Whether the file or the environment gives this very key. */
  has(path: readonly PropertyKey[]): boolean {
    return this.values.has(JSON.stringify(path));
  }

  ofKey(path: readonly PropertyKey[]): Place {
    return this.keys.get(JSON.stringify(path)) ?? this.ofValue(path);
  }
}

/** The configuration is four levels deep; the composer is recursive and would exhaust the stack on thousands. */
const MAX_DEPTH = 32;

const DIRECTIVE = ['a directive', 'remove the line that starts with %'] as const;
const SECOND_DOCUMENT = ['a second document starts here', 'keep one, remove the line ---'] as const;
/** Our words for the parser's errors: its own texts quote the input, which may be a secret. */
const SYNTAX: Readonly<Record<string, readonly [wrong: string, remedy: string]>> = {
  TAB_AS_INDENT: ['a tab indents this line', 'indent with spaces'],
  BAD_INDENT: [
    'wrong indentation, or a bracket that is not closed',
    'align it with its neighbours',
  ],
  BAD_ALIAS: ['an alias without a name', 'write the value out'],
  BAD_DQ_ESCAPE: ['unknown escape in double quotes', 'use single quotes, or write \\\\'],
  BAD_SCALAR_START: ['a value cannot start with this character', 'put the value in quotes'],
  BLOCK_AS_IMPLICIT_KEY: ['a second key or colon on this line', 'put the value in quotes'],
  MISSING_CHAR: ['a quote, bracket or colon is missing', 'add it'],
  TAG_RESOLVE_FAILED: ['unknown tag', 'remove the word that starts with !'],
  BAD_DIRECTIVE: DIRECTIVE,
};
const OTHER_SYNTAX = ['not valid YAML', 'put values with special characters in quotes'] as const;

/**
 * Reads one YAML 1.2 document. Anchors, aliases, tags of one's own, directives and repeated keys are errors. Never
 * throws, whatever the text.
 */
export function readYaml(text: string, file: string): Result<YamlTree, readonly ConfigError[]> {
  const lines = new LineCounter();
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { text: `${file}:${Math.max(1, line)}:${Math.max(1, col)}`, order: offset };
  };
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  if (deeperThan(tokens, MAX_DEPTH)) {
    return fail([yamlError(place(0), '', 'nested too deeply', `use at most ${MAX_DEPTH} levels`)]);
  }
  const composer = new Composer({ prettyErrors: false, uniqueKeys: false });
  const [document, second] = [...composer.compose(tokens, true, text.length)];
  if (document === undefined) return ok({ value: {}, places: new Places(place(0)) });
  const broken = syntaxError(document, second?.range[0], place);
  if (broken !== null) return fail([broken]);
  const reader = new TreeReader(place);
  const value = reader.read(document.contents, []);
  if (reader.errors.length > 0) return fail(reader.errors);
  return ok({ value: value ?? {}, places: reader.places });
}

/** Only the first: what follows a syntax error is mostly its echo. */
function syntaxError(
  document: Document.Parsed,
  secondAt: number | undefined,
  place: (offset: number) => Place,
): ConfigError | null {
  const first = [...document.errors, ...document.warnings].toSorted(
    (a, b) => a.pos[0] - b.pos[0],
  )[0];
  if (first !== undefined) {
    const [wrong, remedy] = SYNTAX[first.code] ?? OTHER_SYNTAX;
    return yamlError(place(first.pos[0]), '', wrong, remedy);
  }
  if (secondAt !== undefined) {
    return yamlError(place(secondAt), '', ...SECOND_DOCUMENT);
  }
  // %YAML 1.1 would read yes, no, on, off and 0777 differently.
  if (document.directives.yaml.version !== '1.2') {
    return yamlError(place(0), '', ...DIRECTIVE);
  }
  return null;
}

function yamlError(place: Place, key: string, wrong: string, remedy: string): ConfigError {
  return { code: 'CFG_YAML', place, key, wrong, remedy };
}

/** Walks the concrete syntax tree without recursion. */
function deeperThan(root: unknown, limit: number): boolean {
  const open: { node: unknown; depth: number }[] = [{ node: root, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next.node !== 'object' || next.node === null) continue;
    // Two objects a level: the collection, and its item.
    if (next.depth > 2 * limit) return true;
    const depth = next.depth + (Array.isArray(next.node) ? 0 : 1);
    for (const node of Object.values(next.node)) open.push({ node, depth });
  }
  return false;
}

/** Turns nodes into plain values and notes where they stood. */
class TreeReader {
  readonly errors: ConfigError[] = [];
  readonly places: Places;
  private readonly place: (offset: number) => Place;

  constructor(place: (offset: number) => Place) {
    this.place = place;
    this.places = new Places(place(0));
  }

  read(node: unknown, path: readonly PropertyKey[]): unknown {
    if (isAlias(node)) return this.refuse(node, path, 'an alias');
    if (isMap(node)) return this.readMap(node, path);
    if (isSeq(node)) {
      this.note(node, path);
      return node.items.map((item, index) => this.read(item, [...path, index]));
    }
    if (!isScalar(node)) return null;
    this.note(node, path);
    return node.value;
  }

  private readMap(map: YAMLMap, path: readonly PropertyKey[]): unknown {
    this.note(map, path);
    const entries = new Map<string, unknown>();
    for (const { key, value } of map.items) {
      const at = this.place(isScalar(key) ? (key.range?.[0] ?? 0) : (map.range?.[0] ?? 0));
      if (!isScalar(key) || typeof key.value !== 'string') {
        this.errors.push(yamlError(at, pathText(path), 'a key is not text', 'write a plain key'));
        continue;
      }
      const below = [...path, key.value];
      if (entries.has(key.value)) this.errors.push(this.repeated(at, below));
      this.places.set(below, at);
      entries.set(key.value, this.read(value, below));
      this.places.set(below, this.places.ofValue(below), at);
    }
    // fromEntries defines __proto__ as an ordinary key, which the schema then refuses as unknown.
    return Object.fromEntries(entries);
  }

  private repeated(place: Place, path: readonly PropertyKey[]): ConfigError {
    return {
      code: 'CFG_DUPLICATE_KEY',
      place,
      key: pathText(path),
      wrong: `the key already stands at ${this.places.ofKey(path).text}`,
      remedy: 'keep one of the two',
    };
  }

  private note(
    node: { anchor?: string | undefined; range?: readonly number[] | null | undefined },
    path: readonly PropertyKey[],
  ): void {
    if (node.anchor !== undefined) this.refuse(node, path, 'an anchor');
    this.places.set(path, this.place(node.range?.[0] ?? 0));
  }

  private refuse(
    node: { range?: readonly number[] | null | undefined },
    path: readonly PropertyKey[],
    what: string,
  ): null {
    const place = this.place(node.range?.[0] ?? 0);
    this.errors.push(
      yamlError(place, pathText(path), `${what} is not read`, 'write the value out'),
    );
    return null;
  }
}
