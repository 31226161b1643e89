import { parseArgs } from 'node:util';
import { suggest } from '../config/suggest.ts';
import { fail, ok, type Result } from '../lib/result.ts';
import { type AnalyzeArgs, type Args, FORMATS, type RunArgs } from './parsed-args.ts';

export type { AnalyzeArgs, Args, CheckConfigArgs, DemoArgs } from './parsed-args.ts';

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
  format: {
    short: null,
    value: 'FORMAT',
    summary: 'table (default), json, jsonl, csv or prometheus.',
  },
  call: {
    short: null,
    value: 'CALL-ID',
    summary: 'Show the messages and the verdict of one call.',
  },
  vocabulary: {
    short: null,
    value: 'NAME',
    summary: 'Tell endings in this vocabulary and no other.',
  },
  threads: {
    short: null,
    value: 'N',
    summary: '1 or 2. Default: 2 for large captures on more than one core.',
  },
  interface: {
    short: 'i',
    value: 'NAME',
    summary: 'Capture from this interface; any: all of them.',
  },
  pcap: { short: null, value: '-', summary: 'Read a live capture from standard input.' },
  help: { short: 'h', value: null, summary: 'Show this text.' },
  version: { short: 'v', value: null, summary: 'Show the version.' },
} as const;
const THREADS = [1, 2] as const;
type OptionName = keyof typeof OPTIONS;

interface Command {
  readonly options: readonly OptionName[];
  /** What stands behind the command; null: nothing but options. */
  readonly words: string | null;
  readonly summary: string;
}

/** Every command with the options it takes. The first is the default. */
export const COMMANDS = {
  run: {
    options: ['config', 'interface', 'pcap'],
    words: null,
    summary: 'Run the sidecar until SIGTERM or SIGINT.',
  },
  analyze: {
    options: ['config', 'format', 'call', 'vocabulary', 'threads'],
    words: 'FILE...',
    summary: 'Judge the calls in captures; - is standard input.',
  },
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
} as const satisfies Readonly<Record<string, Command>>;
type CommandName = keyof typeof COMMANDS;

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
  const [name = 'run', ...rest] = words;
  if (!isCommand(name)) return fail(unknownWord('command', name, COMMAND_NAMES));
  const misplaced = wordsError(name, rest);
  if (misplaced !== null) return fail(misplaced);
  const wrong = given.map((token) => optionError(name, token)).find((error) => error !== null);
  if (wrong !== undefined) return fail(wrong);
  const repeated = given.find((token, index) => given.findIndex(sameOption(token)) !== index);
  if (repeated !== undefined) return fail(`--${repeated.name} is given twice; keep one`);
  return commandArgs(name, new Map(given.map((token) => [token.name, token.value ?? ''])), rest);
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
  if (first === undefined || COMMANDS[command].words !== null) return null;
  return `unexpected word "${first}"; ${command} takes options only`;
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
  // Without strict mode the parser takes the next option for the value. One dash alone is standard input.
  const missing = token.value === undefined || token.value === '' || /^-./.test(token.value);
  return missing ? `--${name} needs a value; write --${name} ${value}` : null;
}

function commandArgs(
  command: CommandName,
  options: ReadonlyMap<string, string>,
  words: readonly string[],
): Result<Args, string> {
  const config = options.get('config') ?? null;
  switch (command) {
    case 'run':
      return runArgs(options, config);
    case 'analyze':
      return analyzeArgs(options, config, words);
    case 'check-config':
      return ok({ command, config, print: options.has('print') });
    case 'explain':
      if (words.length === 0) return fail('explain needs CODE...; write explain 486');
      return ok({ command, config, query: words.join(' '), json: options.has('json') });
    case 'demo':
      return ok({ command, config, url: options.get('url') ?? null });
  }
}

function runArgs(
  options: ReadonlyMap<string, string>,
  config: string | null,
): Result<RunArgs, string> {
  const pcap = options.get('pcap');
  const name = options.get('interface') ?? null;
  if (pcap !== undefined && pcap !== '-') {
    return fail('--pcap takes - only, for standard input; callfate analyze reads files');
  }
  if (pcap !== undefined && name !== null) {
    return fail('--pcap and --interface are two sources of the same kind; keep one');
  }
  return ok({ command: 'run', config, interface: name, pcap: pcap !== undefined });
}

function analyzeArgs(
  options: ReadonlyMap<string, string>,
  config: string | null,
  files: readonly string[],
): Result<AnalyzeArgs, string> {
  const format = options.get('format') ?? FORMATS[0];
  const known = FORMATS.find((one) => one === format);
  if (known === undefined) return fail(unknownFormat(format));
  if (files.length === 0) {
    return fail('analyze needs a capture; write callfate analyze FILE, or - for standard input');
  }
  if (files.filter((file) => file === '-').length > 1) {
    return fail('standard input is given twice; it can be read once');
  }
  const call = options.get('call') ?? null;
  if (call !== null && options.has('format') && known !== 'table' && known !== 'json') {
    return fail(`--call goes with --format table or json, not with ${known}`);
  }
  const vocabulary = options.get('vocabulary') ?? null;
  const asked = options.get('threads');
  const threads = THREADS.find((one) => String(one) === asked) ?? null;
  if (asked !== undefined && threads === null) return fail('--threads takes 1 or 2');
  return ok({ command: 'analyze', config, files, format: known, call, vocabulary, threads });
}

function unknownFormat(format: string): string {
  const near = suggest(format, FORMATS);
  const advice = near === null ? `choose ${FORMATS.join(', ')}` : `did you mean ${near}?`;
  return `unknown format "${printable(format)}"; ${advice}`;
}

function optionForms(): readonly string[] {
  return OPTION_NAMES.map((name) => `--${name}`);
}

function unknownWord(kind: 'option' | 'command', word: string, known: readonly string[]): string {
  const near = suggest(word, known);
  const advice = near === null ? 'callfate --help lists them' : `did you mean ${near}?`;
  return `unknown ${kind} "${printable(word)}"; ${advice}`;
}

function printable(word: string): string {
  return word.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
}
