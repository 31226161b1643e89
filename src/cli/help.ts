import { COMMANDS, OPTIONS } from './args.ts';

type Option = (typeof OPTIONS)[keyof typeof OPTIONS];

/** Columns of a terminal, less what stands in front. */
const WIDTH = 96;

const EXIT_TEXT = `Exit code: 0 success, 1 failure at run time, 2 wrong usage, 3 wrong configuration.
Signals: SIGTERM and SIGINT drain and stop, SIGHUP reloads the configuration.
Environment: CALLFATE_HTTP_PORT=9606 overrides the key http.port, and so on for every key.
Documentation: docs/cli.md, docs/configuration.md.`;

/** The text of `callfate --help`, from the tables of commands and options. */
export function helpText(version: string): string {
  const commands = Object.entries(COMMANDS).map(([name, { summary, options, words }]) => {
    const parts = options.map((option) => `[${longForm(option, OPTIONS[option])}]`);
    const usage = folded([name, ...(words === null ? [] : [words]), ...parts]);
    return `  ${usage}\n      ${summary}`;
  });
  const options = Object.entries(OPTIONS).map(([name, option]): readonly [string, string] => [
    option.short === null
      ? `    ${longForm(name, option)}`
      : `-${option.short}, ${longForm(name, option)}`,
    option.summary,
  ]);
  return `callfate ${version}: says how every call ended, why, and on what evidence.

Usage: callfate [COMMAND] [OPTION]...

Commands (default: run):
${commands.join('\n')}

Options:
${columns(options)}

${EXIT_TEXT}
`;
}

/** Words in a line; what does not fit begins a new one. */
function folded(words: readonly string[]): string {
  let text = '';
  for (const word of words) {
    const line = text.slice(text.lastIndexOf('\n') + 1);
    text += line.length + word.length >= WIDTH ? `\n      ${word}` : `${text && ' '}${word}`;
  }
  return text;
}

function longForm(name: string, option: Option): string {
  return option.value === null ? `--${name}` : `--${name} ${option.value}`;
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join('\n');
}
