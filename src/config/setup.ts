/** What a run needs besides the keys: the vocabularies that they name. Read whole, or refused whole. */
import { dirname, resolve } from 'node:path';
import type { Vocabulary } from '../classify/vocabulary/vocabulary.ts';
import { fail, ok, type Result } from '../lib/result.ts';
import { COMPILED_VOCABULARIES, VOCABULARY_FOLDER } from '../package-files.ts';
import { readCompiled } from './compiled-vocabularies.ts';
import { errorCode, type ReadFile } from './env.ts';
import type { ConfigError, Place } from './errors.ts';
import { type LoadInput, loadPlaced, MAX_FILE_BYTES, readTextFile } from './load.ts';
import { type Config, SHIPPED_VOCABULARIES } from './schema.ts';
import { readVocabulary } from './vocabulary-file.ts';
import { type Places, readYaml } from './yaml.ts';

/** The vocabularies of a configuration. */
export interface Vocabularies {
  /** Those that verdicts are told in. */
  readonly enabled: readonly Vocabulary[];
  /** Every shipped one and the user's own: what can be explained. */
  readonly all: readonly Vocabulary[];
}

export interface Setup {
  readonly config: Config;
  readonly vocabularies: Vocabularies;
}

/** One file to read, and the key that names it. */
interface Named {
  readonly path: string;
  readonly key: string;
  readonly place: Place;
  readonly readFile: ReadFile;
}

/** Errors of a further file come after all of the one before. */
const NEXT_FILE = 2 ** 32;

/** How many series the metrics of a configuration can have. */
export type CountSeries = (config: Config, enabled: readonly Vocabulary[]) => number;

/**
 * Reads configuration and vocabularies; or every mistake in them. Never throws. `countSeries`: for a process that
 * exports metrics, which then may not have more series than `limits.series`.
 */
export function loadSetup(
  input: LoadInput,
  countSeries: CountSeries | null = null,
): Result<Setup, readonly ConfigError[]> {
  const loaded = loadPlaced(input);
  if (!loaded.ok) return loaded;
  const { config, places } = loaded.value;
  const files = [...shippedFiles(places), ...ownFiles(config, places, input)];
  const compiled = compiledVocabularies(config);
  const read = files.map((file, index) => {
    const known = compiled?.[index];
    return known === undefined ? readOne(file, index + 1, config) : ok(known);
  });
  const errors = read.flatMap((one) => (one.ok ? [] : one.error));
  if (errors.length > 0) return fail(errors);
  const all = read.flatMap((one) => (one.ok ? [one.value] : []));
  const clashes = sameNames(all, files);
  if (clashes.length > 0) return fail(clashes);
  const isEnabled = ({ id }: Vocabulary, index: number): boolean =>
    index >= SHIPPED_VOCABULARIES.length || config.vocabularies.enabled.some((name) => name === id);
  const enabled = all.filter(isEnabled);
  const series = countSeries?.(config, enabled) ?? 0;
  if (series > config.limits.series) return fail([tooManySeries(series, config, places)]);
  return ok({ config, vocabularies: { all, enabled } });
}

/** Blames what makes most of them: peers, as a rule. */
function tooManySeries(series: number, config: Config, places: Places): ConfigError {
  const lists = [
    ['peers', config.peers.length],
    ['prefixes', config.prefixes.length],
  ] as const;
  const [key, length] = lists.toSorted((a, b) => b[1] - a[1])[0] ?? lists[0];
  const most =
    length > 0 ? { key, path: [key] } : { key: 'limits.series', path: ['limits', 'series'] };
  return {
    code: 'CFG_RANGE',
    place: places.ofValue(most.path),
    key: most.key,
    wrong: `${length > 0 ? `${length} entries make` : 'there are'} ${series} series of metrics, more than limits.series (${config.limits.series})`,
    remedy: 'remove some, or raise limits.series',
  };
}

/** The shipped vocabularies by name, with the default thresholds or those given. Throws when the package is broken. */
export function shippedVocabularies(config: Config): readonly Vocabulary[] {
  return compiledVocabularies(config) ?? provenVocabularies(config);
}

/** As `shippedVocabularies`, from the YAML files, whatever the build left. */
export function provenVocabularies(config: Config): readonly Vocabulary[] {
  const setup = SHIPPED_VOCABULARIES.map((id) => {
    const path = `${VOCABULARY_FOLDER}${id}.yaml`;
    const place = { text: path, order: 0 };
    return readOne({ path, key: '', place, readFile: readTextFile }, 0, config);
  });
  return setup.map((one, index) => {
    if (one.ok) return one.value;
    throw new Error(`the vocabulary ${SHIPPED_VOCABULARIES[index]} of this package cannot be read`);
  });
}

/** The YAML of each shipped vocabulary. Throws when one cannot be read. */
export function shippedTexts(): readonly string[] {
  return SHIPPED_VOCABULARIES.map((id) => readTextFile(`${VOCABULARY_FOLDER}${id}.yaml`));
}

/** Null: they must be read from their YAML files, and whatever is wrong there be told. */
function compiledVocabularies({ vocabularies }: Config): readonly Vocabulary[] | null {
  const { thresholds } = vocabularies;
  try {
    return readCompiled(COMPILED_VOCABULARIES, { texts: shippedTexts(), thresholds });
  } catch {
    return null;
  }
}

function shippedFiles(places: Places): readonly Named[] {
  const key = 'vocabularies.enabled';
  const place = places.ofValue(['vocabularies', 'enabled']);
  return SHIPPED_VOCABULARIES.map((id) => {
    return { path: `${VOCABULARY_FOLDER}${id}.yaml`, key, place, readFile: readTextFile };
  });
}

function ownFiles(config: Config, places: Places, input: LoadInput): readonly Named[] {
  const base = input.file === null ? '.' : dirname(input.file);
  return config.vocabularies.files.map((path, index) => ({
    path: resolve(base, path),
    key: `vocabularies.files[${index}]`,
    place: places.ofValue(['vocabularies', 'files', index]),
    readFile: input.readFile ?? readTextFile,
  }));
}

function readOne(
  { path, key, place, readFile }: Named,
  index: number,
  { vocabularies }: Config,
): Result<Vocabulary, readonly ConfigError[]> {
  const refuse = (wrong: string): Result<never, readonly ConfigError[]> =>
    fail([
      { code: 'CFG_READ', place, key, wrong: `${path} ${wrong}`, remedy: 'name a vocabulary file' },
    ]);
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    return refuse(`cannot be read (${errorCode(error)})`);
  }
  if (Buffer.byteLength(text) > MAX_FILE_BYTES) {
    return refuse(`is longer than ${MAX_FILE_BYTES} bytes`);
  }
  const tree = readYaml(text, path);
  const result = tree.ok ? readVocabulary(tree.value, vocabularies.thresholds) : tree;
  return result.ok ? result : fail(result.error.map((error) => behind(error, index)));
}

function behind(error: ConfigError, index: number): ConfigError {
  const { text, order } = error.place;
  return { ...error, place: { text, order: order + index * NEXT_FILE } };
}

/** Names become label values and keys of the verdict. */
function sameNames(all: readonly Vocabulary[], files: readonly Named[]): readonly ConfigError[] {
  return all.flatMap(({ id }, index) => {
    const owner = all.findIndex((other) => other.id === id);
    const file = files[index];
    if (owner === index || file === undefined) return [];
    const wrong = `${file.path} is named ${id}, which ${files[owner]?.path} is already`;
    const remedy = 'choose another name for the key vocabulary';
    return [{ code: 'CFG_VOCABULARY', place: file.place, key: file.key, wrong, remedy }];
  });
}
