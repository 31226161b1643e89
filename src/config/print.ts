import { stringify } from 'yaml';
import { type KeyRow, keyRows } from './keys.ts';
import { valueAt } from './reload.ts';
import { type Config, MASK } from './schema.ts';

export interface PrintOptions {
  /** Writes each key's description and bounds above it. */
  readonly comments: boolean;
}

const COMMENT_WIDTH = 96;

/**
 * The configuration as YAML that `loadConfig` reads back, keys in the order of the reference. A secret that is set is
 * written as `<masked>`, which no key accepts.
 */
export function configYaml(config: Config, options: PrintOptions): string {
  const rows = keyRows().filter((row) => !row.path.includes('[]'));
  const lines = rows.flatMap((row) => {
    const names = row.path.split('.');
    const indent = '  '.repeat(names.length - 1);
    const comment = options.comments ? commentLines(row, indent) : [];
    const gap = options.comments && names.length === 1 && row !== rows[0] ? [''] : [];
    return [...gap, ...comment, ...keyLines(row, names.at(-1) ?? '', config, indent)];
  });
  return `${lines.join('\n')}\n`;
}

/** Bounds in words: `0 to 65535`, `8 to 255 characters`; null when there are none. */
export function boundText(row: KeyRow): string | null {
  if (row.choices !== undefined) return row.choices.join(', ');
  const unit = { text: ' characters', list: ' entries' }[row.kind as 'text' | 'list'] ?? '';
  if (row.max === undefined) return row.min === undefined ? null : `at least ${row.min}${unit}`;
  return row.min === undefined ? `at most ${row.max}${unit}` : `${row.min} to ${row.max}${unit}`;
}

function keyLines(row: KeyRow, name: string, config: Config, indent: string): readonly string[] {
  if (row.kind === 'section') return [`${indent}${name}:`];
  const value = valueAt(config, row.path);
  if (row.secret && value !== null) return [`${indent}${name}: ${MASK}`];
  const text = stringify({ [name]: value }, { lineWidth: 0 }).trimEnd();
  return text.split('\n').map((line) => indent + line);
}

function commentLines(row: KeyRow, indent: string): readonly string[] {
  const bounds = boundText(row);
  const text = bounds === null ? row.description : `${row.description} Allowed: ${bounds}.`;
  const width = COMMENT_WIDTH - indent.length;
  return wrap(text, width).map((line) => `${indent}# ${line}`);
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length + 1 > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
