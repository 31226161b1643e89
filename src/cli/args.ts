import { parseArgs } from 'node:util';
import { suggest } from '../config/suggest.ts';
import { fail, ok, type Result } from '../lib/result.ts';

/** What a process exit means; docs/cli.md. New ones are appended. */
export const EXIT = { ok: 0, failure: 1, usage: 2, configuration: 3 } as const;

/** `value` names what stands behind the option; null: nothing does. */
export const OPTIONS = {
  config: { short: 'c', value: 'FILE', summary: 'Configuration file, YAML. Default: none.' },
  print: {
    short: null,
    value: null,
    summary: 'Print the effective configuration, secrets masked.',
  },
  json: { short: null, value: null, summary: 'Answer in JSON, for programs.' },
  url: { short: null, value: 'URL', summary: 'HTTP address of a running callfate.' },
  help: { short: 'h', value: null, summary: 'Show this text.' },
  version: { short: 'v', value: null, summary: 'Show the version.' },
} as const;
type OptionName = keyof typeof OPTIONS;

/** Every command with the options it takes, and the words if it takes any. The first is the default. */
export const COMMANDS = {
  run: { options: ['config'], words: null, summary: 'Run the sidecar until SIGTERM or SIGINT.' },
  'check-config': {
    options: ['config', 'print'],
    words: null,
    summary: 'Check the configuration and exit.',
  },
  explain: {
    options: ['config', 'json'],
    words: 'CODE...',
    summary: 'Say what a status, cause, Reason or vendor code means.',
  },
  demo: {
    options: ['config', 'url'],
    words: null,
    summary: 'Place differently ending calls and show their verdicts.',
  },
} as const satisfies Readonly<
  Record<
    string,
    {
      readonly options: readonly OptionName[];
      readonly words: string | null;
      readonly summary: string;
    }
  >
>;
type CommandName = keyof typeof COMMANDS;

export interface RunArgs {
  readonly command: 'run';
  /** null: the embedded defaults and the environment. */
  readonly config: string | null;
}
export interface CheckConfigArgs {
  readonly command: 'check-config';
  readonly config: string | null;
  readonly print: boolean;
}
export interface ExplainArgs {
  readonly command: 'explain';
  readonly config: string | null;
  /** The words behind the command, a space between each. */
  readonly query: string;
  readonly json: boolean;
}
export interface DemoArgs {
  readonly command: 'demo';
  readonly config: string | null;
  /** null: the one that answers where the configuration says, else one of the demo's own. */
  readonly url: string | null;
}
export type Args =
  | RunArgs
  | CheckConfigArgs
  | ExplainArgs
  | DemoArgs
  | { readonly command: 'help' }
  | { readonly command: 'version' };

const COMMAND_NAMES = Object.keys(COMMANDS);
const OPTION_NAMES = Object.keys(OPTIONS);

/** Reads the words behind the program's name. The error is one line: what is wrong; what to do. */
export function readArgs(argv: readonly string[]): Result<Args, string> {
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(
      Object.entries(OPTIONS).map(([name, row]) => [name, parserRow(row)]),
    ),
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const words = tokens.filter((token) => token.kind === 'positional').map((token) => token.value);
  const given = tokens.filter((token) => token.kind === 'option');
  const unknown = given.find((token) => !OPTION_NAMES.includes(token.name));
  if (unknown !== undefined) return fail(unknownWord('option', unknown.rawName, optionForms()));
  if (given.some((token) => token.name === 'help')) return ok({ command: 'help' });
  if (given.some((token) => token.name === 'version')) return ok({ command: 'version' });
  const [name = 'run', ...extra] = words;
  if (!isCommand(name)) return fail(unknownWord('command', name, COMMAND_NAMES));
  const misplaced = wordsError(name, extra);
  if (misplaced !== null) return fail(misplaced);
  const wrong = given.map((token) => optionError(name, token)).find((error) => error !== null);
  if (wrong !== undefined) return fail(wrong);
  const repeated = given.find((token, index) => given.findIndex(sameOption(token)) !== index);
  if (repeated !== undefined) return fail(`--${repeated.name} is given twice; keep one`);
  const options = new Map(given.map((token) => [token.name, token.value ?? '']));
  return ok(commandArgs(name, options, extra.join(' ')));
}

interface OptionToken {
  readonly name: string;
  readonly value?: string | undefined;
}

function parserRow(row: (typeof OPTIONS)[OptionName]): {
  type: 'string' | 'boolean';
  short?: string;
} {
  const type = row.value === null ? 'boolean' : 'string';
  return row.short === null ? { type } : { type, short: row.short };
}

function sameOption(token: OptionToken): (other: OptionToken) => boolean {
  return (other) => other.name === token.name;
}

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}

function wordsError(command: CommandName, [first]: readonly string[]): string | null {
  const { words } = COMMANDS[command];
  if (words === null) {
    return first === undefined ? null : `unexpected word "${first}"; ${command} takes options only`;
  }
  return first === undefined ? `${command} needs ${words}; write ${command} 486` : null;
}

function optionError(command: CommandName, token: OptionToken): string | null {
  const name = token.name as OptionName;
  const taken: readonly string[] = COMMANDS[command].options;
  if (!taken.includes(name)) {
    const owners = Object.entries(COMMANDS).filter(([, row]) =>
      row.options.some((it) => it === name),
    );
    return `--${name} is no option of ${command}; it belongs to ${owners.map(([it]) => it).join(', ')}`;
  }
  const { value } = OPTIONS[name];
  if (value === null)
    return token.value === undefined ? null : `--${name} takes no value; leave it out`;
  // Without strict mode the parser takes the next option for the value.
  const missing = token.value === undefined || token.value === '' || token.value.startsWith('-');
  return missing ? `--${name} needs a value; write --${name} ${value}` : null;
}

function commandArgs(
  command: CommandName,
  options: ReadonlyMap<string, string>,
  query: string,
): Args {
  const config = options.get('config') ?? null;
  switch (command) {
    case 'run':
      return { command, config };
    case 'check-config':
      return { command, config, print: options.has('print') };
    case 'explain':
      return { command, config, query, json: options.has('json') };
    case 'demo':
      return { command, config, url: options.get('url') ?? null };
  }
}

function optionForms(): readonly string[] {
  return OPTION_NAMES.map((name) => `--${name}`);
}

function unknownWord(kind: 'option' | 'command', word: string, known: readonly string[]): string {
  const near = suggest(word, known);
  const advice = near === null ? 'callfate --help lists them' : `did you mean ${near}?`;
  return `unknown ${kind} "${word.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')}"; ${advice}`;
}
