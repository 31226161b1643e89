import { z } from 'zod';
import { lazy } from '../lib/lazy.ts';
import { configSchema } from './schema.ts';

/** One configuration key as the loader, the printer and the reference see it. */
export interface KeyRow {
  /** Path with dots; `peers[].name` is a key of every list entry. */
  readonly path: string;
  readonly kind: 'section' | 'integer' | 'boolean' | 'text' | 'list';
  readonly description: string;
  /** Absent from the file: this value. undefined: the key must be given (entries of lists only). */
  readonly fallback: unknown;
  readonly nullable: boolean;
  /** Bounds: of the number, of the length of the text, or of the length of the list. */
  readonly min: number | undefined;
  readonly max: number | undefined;
  /** The only values allowed; undefined when they are not a closed set. */
  readonly choices: readonly string[] | undefined;
  /** SIGHUP may change it. */
  readonly reload: boolean;
  readonly secret: boolean;
  /** Environment variable that overrides it; null for sections and entries of lists. */
  readonly variable: string | null;
}

/** The part of JSON Schema that zod writes for this schema. */
interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly reload?: boolean;
  readonly writeOnly?: boolean;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly anyOf?: readonly SchemaNode[];
  readonly items?: SchemaNode;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
}

export const ENV_PREFIX = 'CALLFATE_';

const KINDS: Readonly<Record<string, KeyRow['kind']>> = {
  object: 'section',
  integer: 'integer',
  boolean: 'boolean',
  string: 'text',
  array: 'list',
};

/**
 * Every key in the order of the schema, sections before their keys. A start needs them only for an environment variable
 * or a mistake, and to work them out takes a twentieth of its time.
 */
export const keyRows: () => readonly KeyRow[] = lazy(() =>
  describe('', z.toJSONSchema(configSchema, { io: 'input' }) as SchemaNode, false),
);

const rowByPath = lazy(() => new Map(keyRows().map((row) => [row.path, row])));

/** The row of a key; list indices are ignored. undefined for an unknown path, a list item, or the root. */
export function keyRow(path: readonly PropertyKey[]): KeyRow | undefined {
  return rowByPath().get(pathText(path).replace(/\[\d+\]/g, '[]'));
}

/** Names of the keys directly below a section, a list entry or the root. */
export function keysBelow(path: readonly PropertyKey[]): readonly string[] {
  const parent = pathText(path).replace(/\[\d+\]/g, '[]');
  const prefix = parent === '' ? '' : `${parent}.`;
  return keyRows()
    .filter((row) => row.path.startsWith(prefix))
    .map((row) => row.path.slice(prefix.length))
    .filter((rest) => rest !== '' && !/[.[]/.test(rest));
}

/** `['peers', 2, 'addresses', 0]` as `peers[2].addresses[0]`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}

/** The published JSON Schema, draft 2020-12. */
export function jsonSchema(): unknown {
  return z.toJSONSchema(configSchema, {
    io: 'input',
    override: ({ jsonSchema: node }) => {
      delete node.reload;
      if (node.type === 'object') delete node.default;
    },
  });
}

function describe(path: string, node: SchemaNode, inherited: boolean): KeyRow[] {
  const reload = inherited || node.reload === true;
  const own = path === '' || path.endsWith('[]') ? [] : [row(path, node, reload)];
  const below = Object.entries(node.properties ?? {}).flatMap(([name, child]) =>
    describe(path === '' ? name : `${path}.${name}`, child, reload),
  );
  const item =
    node.items?.properties === undefined ? [] : describe(`${path}[]`, node.items, reload);
  return [...own, ...below, ...item];
}

function row(path: string, node: SchemaNode, reload: boolean): KeyRow {
  const value = node.anyOf?.find((option) => option.type !== 'null') ?? node;
  const kind = KINDS[value.type ?? ''] ?? 'text';
  const overridable = kind !== 'section' && !path.includes('[]');
  return {
    path,
    kind,
    description: node.description ?? '',
    fallback: kind === 'section' ? undefined : node.default,
    nullable: node.anyOf !== undefined,
    min: value.minimum ?? value.minLength ?? value.minItems,
    max: value.maximum ?? value.maxLength ?? value.maxItems,
    choices: value.enum,
    reload,
    secret: node.writeOnly === true,
    variable: overridable ? variableName(path) : null,
  };
}

function variableName(path: string): string {
  return ENV_PREFIX + path.replaceAll('.', '_').replace(/[A-Z]/g, '_$&').toUpperCase();
}
