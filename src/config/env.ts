import { lazy } from '../lib/lazy.ts';
import { fail, ok, type Result } from '../lib/result.ts';
import type { ConfigError, Place } from './errors.ts';
import { ENV_PREFIX, type KeyRow, keyRows } from './keys.ts';
import { suggest } from './suggest.ts';

/** One key that the environment sets. */
export interface Override {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly place: Place;
}

export type Environment = Readonly<Record<string, string | undefined>>;
/** Reads a whole text file; throws as `fs.readFileSync` does. */
export type ReadFile = (path: string) => string;

const FILE_SUFFIX = '_FILE';
const rowByVariable = lazy(() => new Map(keyRows().map((row) => [row.variable, row])));
/** Every variable that overrides a key, secrets with their `_FILE` form too. */
const variables = lazy(() =>
  keyRows().flatMap((row) => {
    if (row.variable === null) return [];
    return row.secret ? [row.variable, row.variable + FILE_SUFFIX] : [row.variable];
  }),
);
/**
 * What Kubernetes sets in a pod for each Service named callfate or callfate-…: CALLFATE_SERVICE_HOST, CALLFATE_PORT,
 * CALLFATE_HTTP_PORT=tcp://10.0.0.1:9606, CALLFATE_PORT_9606_TCP_ADDR.
 */
const SERVICE_LINK = /_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_[A-Z]+)?$/;
const SERVICE_LINK_PORT = /^(tcp|udp|sctp):\/\/\S+:\d+$/;

/**
 * Reads every CALLFATE_* variable. An empty one counts as not set; Kubernetes service links are passed over; any other
 * name that belongs to no key is an error.
 */
export function readEnvironment(
  environment: Environment,
  readFile: ReadFile,
): { readonly overrides: readonly Override[]; readonly errors: readonly ConfigError[] } {
  const overrides: Override[] = [];
  const errors: ConfigError[] = [];
  const names = Object.keys(environment).filter((name) => name.startsWith(ENV_PREFIX));
  for (const name of names.toSorted((a, b) => (a < b ? -1 : 1))) {
    const text = environment[name] ?? '';
    if (text === '' || isServiceLink(name, text)) continue;
    const place = { text: name, order: Number.MAX_SAFE_INTEGER };
    const result = readVariable(place, text, environment, readFile);
    if (result.ok) overrides.push(result.value);
    else errors.push(result.error);
  }
  return { overrides, errors };
}

function readVariable(
  place: Place,
  text: string,
  environment: Environment,
  readFile: ReadFile,
): Result<Override, ConfigError> {
  const name = place.text;
  const direct = rowByVariable().get(name);
  if (direct !== undefined) return readValue(direct, text, place);
  const base = name.endsWith(FILE_SUFFIX) ? name.slice(0, -FILE_SUFFIX.length) : '';
  const row = rowByVariable().get(base);
  if (row === undefined) return fail(unknownVariable(place));
  if (!row.secret) return fail(secretFileError(place, row, 'no secret', `set ${base} instead`));
  if ((environment[base] ?? '') !== '') {
    return fail(secretFileError(place, row, `${base} is set too`, 'keep one of the two'));
  }
  return readSecretFile(row, text, place, readFile);
}

function readSecretFile(
  row: KeyRow,
  path: string,
  place: Place,
  readFile: ReadFile,
): Result<Override, ConfigError> {
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    const reason = `the file cannot be read (${errorCode(error)})`;
    return fail(secretFileError(place, row, reason, 'name a file that this process may read'));
  }
  const value = text.replace(/\r?\n$/, '');
  if (value === '') {
    return fail(secretFileError(place, row, 'the file is empty', 'write the secret into it'));
  }
  return ok({ path: row.path.split('.'), value, place });
}

function readValue(row: KeyRow, text: string, place: Place): Result<Override, ConfigError> {
  const path = row.path.split('.');
  if (row.kind === 'integer')
    return ok({ path, value: /^-?\d+$/.test(text) ? Number(text) : text, place });
  if (row.kind === 'boolean') {
    const value = text === 'true' ? true : text === 'false' ? false : text;
    return ok({ path, value, place });
  }
  if (row.kind !== 'list') return ok({ path, value: text, place });
  if (!text.trimStart().startsWith('[')) {
    return ok({ path, value: text.split(',').map((item) => item.trim()), place });
  }
  try {
    return ok({ path, value: JSON.parse(text), place });
  } catch {
    // The parser's own message would quote the value.
    const wrong = 'not a valid JSON list';
    return fail({ code: 'CFG_TYPE', place, key: row.path, wrong, remedy: 'write ["a", "b"]' });
  }
}

function isServiceLink(name: string, text: string): boolean {
  return SERVICE_LINK.test(name) || (name.endsWith('_PORT') && SERVICE_LINK_PORT.test(text));
}

function unknownVariable(place: Place): ConfigError {
  const near = suggest(place.text, variables());
  return {
    code: 'CFG_ENV_UNKNOWN',
    place,
    key: '',
    wrong: 'no key has this variable',
    remedy: near === null ? 'see docs/configuration.md, or unset it' : `did you mean ${near}?`,
  };
}

function secretFileError(place: Place, row: KeyRow, wrong: string, remedy: string): ConfigError {
  return { code: 'CFG_SECRET_FILE', place, key: row.path, wrong, remedy };
}

/** `ENOENT` and the like; `error` when there is none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'error';
}
