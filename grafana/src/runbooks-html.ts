/** The runbooks as the page that the sidecar itself hands out: whoever is called reads them where the alert leads. */
import type { Alert } from './alert.ts';
import { ALERTS } from './alert-rules.ts';
import { adviceText, LIST_MAX, reasonRows } from './runbooks.ts';

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** The Markdown that the table of alerts uses, within a line: code, and links to other pages, which are not served. */
function inline(text: string): string {
  return text
    .replace(/[&<>]/g, (sign) => ESCAPES[sign] ?? sign)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\[[^\]]+\]\(([^)]+)\)/g, '<code>docs/$1</code>');
}

function row(cells: readonly string[], tag: 'td' | 'th'): string {
  return `<tr>${cells.map((cell) => `<${tag}>${inline(cell)}</${tag}>`).join('')}</tr>`;
}

function reasonsTable(alert: Alert): string {
  const rows = reasonRows(alert);
  if (rows.length === 0 || rows.length > LIST_MAX) return '';
  const body = rows.map((cells) => row(cells, 'td')).join('');
  return `<table><thead>${row(['Reason', 'Cause', 'First step'], 'th')}</thead><tbody>${body}</tbody></table>`;
}

function section(alert: Alert): string {
  const { name, severity, kind, when, next } = alert;
  const { cause, step } = adviceText(alert);
  const held = alert.for > 0 ? `, after ${alert.for} min` : '';
  const facts = [
    ['It fires when', when],
    ['Probable cause', cause],
    ['First step', step],
  ].map(([term, text = '']) => `<dt>${term}</dt><dd>${inline(text)}</dd>`);
  return [
    `<section id="${name.toLowerCase()}"><h2>${name}</h2>`,
    `<p class="hint">Severity <code>${severity}</code>, kind <code>${kind}</code>${held}.</p>`,
    `<dl>${facts.join('')}</dl>`,
    reasonsTable(alert),
    `<h3>Then</h3><ul>${next.map((line) => `<li>${inline(line)}</li>`).join('')}</ul></section>`,
  ].join('');
}

function page(): string {
  const links = ALERTS.map(({ name }) => `<li><a href="#${name.toLowerCase()}">${name}</a></li>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>callfate: runbooks</title>
<link rel="icon" href="/page/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/page/style.css">
</head>
<body>
<header><a class="brand" href="/">callfate</a></header>
<main class="runbooks">
<h1>Runbooks</h1>
<p>One section for each alert, named like it. Expressions are for Prometheus; add <code>{instance="…"}</code> where more than one sidecar is scraped. What a reason or a code means, <a href="/#/explain">Explain</a> says.</p>
<ul>${links.join('')}</ul>
${ALERTS.map(section).join('\n')}
</main>
</body>
</html>
`;
}

/** A module that holds the page, as the ones written by hand do. */
export function runbooksModule(): string {
  const literal = page().replace(/[\\`]|\$\{/g, (sign) => `\\${sign}`);
  return [
    '/** The page of the runbooks. Generated from grafana/src; `npm run generate` writes it anew. */',
    `export const RUNBOOKS_DOCUMENT = \`${literal}\`;`,
    '',
  ].join('\n');
}
