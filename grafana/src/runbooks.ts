/** docs/runbooks.md: a section for each alert. */
import type { Alert } from './alert.ts';
import { type Advice, ALERTS, adviceOf } from './alert-rules.ts';
import { code, reflow, table } from './markdown.ts';

const HEAD = `# Runbooks

<!-- Generated from grafana/src/alerts.ts, grafana/src/observer-alerts.ts and the reason table. Regenerate:
     npm run generate -->

One section for each alert of [alerts.md](alerts.md), named like the alert. Expressions are for Prometheus; add
\`{instance="…"}\` where more than one sidecar is scraped.

`;

/** More reasons than these are not listed: their own page has them all. */
export const LIST_MAX = 10;

/** The reason table has the advice on each; the page would only repeat it. */
const OF_REASONS: Advice = {
  cause: 'As the reason says; the alert carries the advice of the reason table in its annotations.',
  step: 'Do what [reasons.md](reasons.md) says of the reason that the label `reason` names.',
};

export function adviceText({ advice }: Alert): Advice {
  if (advice.by === 'reason') return adviceOf(advice.reason);
  return advice.by === 'words' ? advice : OF_REASONS;
}

/** Reason, cause and first step of each that the alert may name. */
export function reasonRows({ advice }: Alert): readonly (readonly string[])[] {
  if (advice.by !== 'label') return [];
  return advice.reasons.map((reason) => {
    const { cause, step } = adviceOf(reason);
    return [code(reason), cause, step];
  });
}

function reasonsTable(alert: Alert): string {
  const rows = reasonRows(alert);
  if (rows.length === 0 || rows.length > LIST_MAX) return '';
  return table(['Reason', 'Cause', 'First step'], rows);
}

function section(alert: Alert): string {
  const { cause, step } = adviceText(alert);
  return [
    `## ${alert.name}\n`,
    `Severity ${code(alert.severity)}, kind ${code(alert.kind)}${alert.for > 0 ? `, after ${alert.for} min` : ''}.\n`,
    `**It fires when:** ${alert.when}\n`,
    `**Probable cause:** ${cause}\n`,
    `**First step:** ${step}\n`,
    reasonsTable(alert),
    `**Then:**\n`,
    ...alert.next.map((line) => `- ${line}`),
    '',
  ]
    .filter((part, i, all) => part !== '' || i === all.length - 1)
    .join('\n');
}

export function runbooksPage(): string {
  return reflow(HEAD + ALERTS.map(section).join('\n'));
}
