/** Stable codes of configuration errors; docs/configuration.md has a paragraph for each. New ones are appended. */
export const CONFIG_ERROR_CODES = [
  'CFG_READ',
  'CFG_YAML',
  'CFG_DUPLICATE_KEY',
  'CFG_UNKNOWN_KEY',
  'CFG_MISSING',
  'CFG_TYPE',
  'CFG_RANGE',
  'CFG_VALUE',
  'CFG_PEER_CLASH',
  'CFG_LISTENER_CLASH',
  'CFG_OPEN_LISTENER',
  'CFG_ENV_UNKNOWN',
  'CFG_SECRET_FILE',
  'CFG_RESTART',
  'CFG_TLS',
  'CFG_VOCABULARY',
] as const;
export type ConfigErrorCode = (typeof CONFIG_ERROR_CODES)[number];

/** Where a value came from. */
export interface Place {
  /** `file:line:column`, a file name, or the name of an environment variable. */
  readonly text: string;
  /** Order of errors: offset in the file; variables come after. */
  readonly order: number;
}

/** One mistake. Never holds the value of a secret key. */
export interface ConfigError {
  readonly code: ConfigErrorCode;
  readonly place: Place;
  /** `peers[2].name`; empty when the mistake belongs to no key. */
  readonly key: string;
  readonly wrong: string;
  readonly remedy: string;
}

const MOST_LINES = 50;
const LONGEST_QUOTE = 60;

/** `file:line:column: key: what is wrong; what to do [CODE]`, always one line. */
export function errorLine(error: ConfigError): string {
  const key = error.key === '' ? '' : `${error.key}: `;
  return printable(`${error.place.text}: ${key}${error.wrong}; ${error.remedy} [${error.code}]`);
}

/** A line for each error, in the order of the file, at most 50 and then how many more. */
export function errorLines(errors: readonly ConfigError[]): readonly string[] {
  const lines = errors
    .toSorted((a, b) => a.place.order - b.place.order)
    .slice(0, MOST_LINES)
    .map(errorLine);
  const rest = errors.length - lines.length;
  return rest === 0 ? lines : [...lines, `and ${rest} more errors`];
}

/** A value for an error text: quoted, printable, cut to 60 characters. */
export function quote(value: unknown): string {
  if (typeof value === 'object' && value !== null) return 'this value';
  const text = typeof value === 'string' ? value : String(value);
  const cut = text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
  return typeof value === 'string' ? `"${cut}"` : cut;
}

/** Control and format characters could forge further lines or drive the terminal. */
function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
}
