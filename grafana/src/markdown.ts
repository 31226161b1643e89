/** Markdown as the linter of the docs wants it. */

const WIDTH = 120;

export const code = (text: string | number): string => `\`${text}\``;

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''].join('\n');
}

/** One paragraph or list item, its lines as long as they may be. */
function wrap(paragraph: string): string {
  const indent = paragraph.startsWith('- ') ? '  ' : '';
  const lines: string[] = [];
  let line = '';
  // What stands in backticks stays on one line.
  for (const [word] of paragraph.matchAll(/(?:`[^`]*`|[^\s`])+/g)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= WIDTH) {
      line = longer;
      continue;
    }
    lines.push(line);
    line = indent + word;
  }
  return [...lines, line].join('\n');
}

/** Breaks the prose of a page anew; headings, tables, comments and fenced blocks stay as they are. */
export function reflow(page: string): string {
  const blocks = page.split(/(^```[\s\S]*?^```$|^<!--[\s\S]*?-->$)/m);
  return blocks
    .map((block, i) => (i % 2 === 1 ? block : block.split('\n\n').map(reflowBlock).join('\n\n')))
    .join('');
}

function reflowBlock(block: string): string {
  const [, before = '', text = '', after = ''] = /^(\n*)([\s\S]*?)(\n*)$/.exec(block) ?? [];
  if (text === '' || /^[|#]/.test(text)) return block;
  const items = text.split(/\n(?=- )/);
  return before + items.map(wrap).join('\n') + after;
}
