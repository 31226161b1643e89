import { type KeyRow, keyRows } from '../../src/config/keys.ts';
import { boundText } from '../../src/config/print.ts';

/** The generated part of docs/configuration.md: a table for each section, a row for each key. */
export function referenceTables(): string {
  const tops = keyRows().filter((row) => !/[.[]/.test(row.path));
  return tops.map((top) => sectionText(top)).join('\n');
}

function sectionText(top: KeyRow): string {
  const below = keyRows().filter(
    (row) => row.path.startsWith(`${top.path}.`) || row.path.startsWith(`${top.path}[`),
  );
  const keys = below.filter((row) => row.kind !== 'section');
  const own = top.kind === 'section' ? keys : [top, ...keys];
  const rows = own.map((row) => `| ${cells(row).join(' | ')} |`);
  return `### ${top.path}

${[top, ...below.filter((row) => row.kind === 'section')].map(sectionLine).join('\n')}

| Key | Type | Default | Allowed | Reload | Meaning |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}
`;
}

function sectionLine(row: KeyRow): string {
  return `- \`${row.path}\`: ${row.description}`;
}

function cells(row: KeyRow): readonly string[] {
  return [
    `\`${row.path}\``,
    typeText(row),
    row.fallback === undefined ? 'must be given' : `\`${JSON.stringify(row.fallback)}\``,
    boundText(row) ?? 'any',
    row.reload ? 'yes' : 'restart',
    row.description,
  ];
}

function typeText(row: KeyRow): string {
  if (row.secret) return 'secret';
  return row.choices === undefined ? row.kind : 'word';
}
