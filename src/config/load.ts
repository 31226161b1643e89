import { closeSync, openSync, readSync } from 'node:fs';
import { fail, ok, type Result } from '../lib/result.ts';
import {
  type Environment,
  errorCode,
  type Override,
  type ReadFile,
  readEnvironment,
} from './env.ts';
import type { ConfigError, Place } from './errors.ts';
import { schemaErrors } from './issues.ts';
import { ruleErrors } from './rules.ts';
import { type Config, configSchema, deepFreeze } from './schema.ts';
import { Places, readYaml, type YamlTree } from './yaml.ts';

/** Longest configuration file, bytes. */
export const MAX_FILE_BYTES = 1_048_576;

export interface LoadInput {
  /** Path of the YAML file; null: the defaults and the environment alone. */
  readonly file: string | null;
  /** Variables that start with `CALLFATE_` count. */
  readonly environment: Environment;
  /** Reads the YAML file and the files that secrets stand in. Default: from disk. */
  readonly readFile?: ReadFile;
}

/** A configuration with the place of each of its keys. */
export interface PlacedConfig {
  readonly config: Config;
  readonly places: Places;
}

/**
 * Reads the configuration: the file, then the environment over it, then defaults for what is absent. The result is
 * complete, checked and frozen; or every mistake that was found, see `errorLines`. Never throws.
 */
export function loadConfig(input: LoadInput): Result<Config, readonly ConfigError[]> {
  const loaded = loadPlaced(input);
  return loaded.ok ? ok(loaded.value.config) : loaded;
}

/** As `loadConfig`, for rules that look further and must say where a key stands. */
export function loadPlaced(input: LoadInput): Result<PlacedConfig, readonly ConfigError[]> {
  const readFile = input.readFile ?? readTextFile;
  const tree = readTree(input.file, readFile);
  const environment = readEnvironment(input.environment, readFile);
  if (!tree.ok) return fail([...tree.error, ...environment.errors]);
  const { places } = tree.value;
  const merged = environment.overrides.reduce<unknown>(
    (value, override) => setOverride(value, override, places),
    tree.value.value,
  );
  const parsed = configSchema.safeParse(merged);
  if (!parsed.success) {
    return fail([...schemaErrors(parsed.error.issues, merged, places), ...environment.errors]);
  }
  const errors = [...ruleErrors(parsed.data, places), ...environment.errors];
  return errors.length > 0 ? fail(errors) : ok({ config: deepFreeze(parsed.data), places });
}

function readTree(
  file: string | null,
  readFile: ReadFile,
): Result<YamlTree, readonly ConfigError[]> {
  const place: Place = { text: file ?? 'defaults', order: 0 };
  if (file === null) return ok({ value: {}, places: new Places(place) });
  let text: string;
  try {
    text = readFile(file);
  } catch (error) {
    return fail([readError(place, `cannot be read (${errorCode(error)})`)]);
  }
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) {
    return fail([readError(place, `is longer than ${MAX_FILE_BYTES} bytes`)]);
  }
  return readYaml(text, file);
}

function readError(place: Place, wrong: string): ConfigError {
  return { code: 'CFG_READ', place, key: '', wrong, remedy: 'name a configuration file' };
}

/** A copy of `tree` with one key set. Where the file has no section to put it in, the file's own error comes first. */
function setOverride(tree: unknown, override: Override, places: Places): unknown {
  const merged = setPath(tree, override.path, override.value);
  if (merged !== tree) places.set(override.path, override.place);
  return merged;
}

function setPath(node: unknown, path: readonly string[], value: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return node;
  const below = Object.hasOwn(node, name) ? Reflect.get(node, name) : undefined;
  return { ...node, [name]: rest.length === 0 ? value : setPath(below ?? {}, rest, value) };
}

/** Reads at most one byte over the bound, so that a device or a wrong file cannot fill the memory. */
export function readTextFile(path: string): string {
  const buffer = Buffer.alloc(MAX_FILE_BYTES + 1);
  const file = openSync(path, 'r');
  try {
    let length = 0;
    for (let read = -1; read !== 0 && length < buffer.length; length += read) {
      read = readSync(file, buffer, length, buffer.length - length, null);
    }
    return buffer.toString('utf8', 0, length);
  } finally {
    closeSync(file);
  }
}
