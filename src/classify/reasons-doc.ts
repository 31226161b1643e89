/** docs/reasons.md from the tables; test/classify/tables.test.ts keeps the file equal to this. */
import { OUTCOMES, type Outcome } from './outcome.ts';
import type { CauseRow, FreeswitchCauseRow, LocationRow } from './q850.ts';
import type { ReasonRow } from './reasons.ts';
import type { StatusRow } from './sip-status.ts';

export interface ReasonTables {
  readonly reasons: readonly ReasonRow[];
  readonly statuses: readonly StatusRow[];
  readonly causes: readonly CauseRow[];
  readonly freeswitch: readonly FreeswitchCauseRow[];
  readonly locations: readonly LocationRow[];
}

const INTRODUCTION = `# Reasons

Generated from \`src/classify/reasons.ts\`, \`sip-status.ts\` and \`q850.ts\`; do not edit. After a change of the tables:

\`\`\`sh
npx vitest run --project unit test/classify/tables.test.ts -u
\`\`\`

Every call ends with one outcome and one reason. A reason has exactly one outcome and one attribution (whose doing it
was), and ids are never renamed. *Abnormal* marks what an operator would call a fault or a failed call worth an alert.
The stage is where such calls end when nothing seen says more.`;

/** An empty cell would break the compact table style. */
const NOTHING = '-';

/** A cell may hold text that means something to Markdown. */
function cell(value: string | number | null): string {
  return value === null ? NOTHING : String(value).replaceAll(/[\\|<*]/g, '\\$&');
}

function code(value: string | null): string {
  return value === null ? NOTHING : `\`${value}\``;
}

function mark(value: boolean): string {
  return value ? 'yes' : NOTHING;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function outcomeSection(outcome: Outcome, reasons: readonly ReasonRow[]): string {
  const rows = reasons
    .filter((row) => row.outcome === outcome)
    .map((row) => [
      code(row.id),
      row.attribution,
      row.stage,
      mark(row.abnormal),
      cell(row.advice),
      cell(row.source),
    ]);
  const head = ['Reason', 'Attribution', 'Stage', 'Abnormal', 'What to do', 'Source'];
  return `### ${outcome}\n\n${table(head, rows)}`;
}

function statusTable(statuses: readonly StatusRow[]): string {
  const rows = statuses.map((row) => [
    String(row.status),
    cell(row.phrase),
    code(row.reason),
    code(row.answered),
    mark(row.generic),
    mark(row.retryable),
    row.endedBy,
    cell(row.reference),
  ]);
  const head = ['Status', 'Phrase', 'Final', 'In a BYE', 'Generic', 'Retryable', 'Ended by'];
  return table([...head, 'Reference'], rows);
}

function causeTable(causes: readonly CauseRow[]): string {
  const rows = causes.map((row) => [
    String(row.cause),
    cell(row.name),
    code(row.setup),
    code(row.answered),
    mark(row.generic),
    mark(row.national),
    row.endedBy,
    cell(row.freeswitch),
    cell(row.asterisk),
    cell(row.source),
  ]);
  const head = [
    'Cause',
    'Name',
    'Before answer',
    'After answer',
    'Generic',
    'National',
    'Ended by',
  ];
  return table([...head, 'FreeSWITCH', 'Asterisk', 'Source'], rows);
}

function freeswitchTable(causes: readonly FreeswitchCauseRow[]): string {
  const rows = causes.map((row) => [
    String(row.cause),
    cell(row.legacyCause),
    cell(row.name),
    code(row.setup),
    code(row.answered),
    row.endedBy,
  ]);
  const head = ['Cause', 'Before 1.10.8', 'Name', 'Before answer', 'After answer', 'Ended by'];
  return table(head, rows);
}

function locationTable(locations: readonly LocationRow[]): string {
  const rows = locations.map((row) => [row.code, String(row.value), cell(row.meaning), row.side]);
  return table(['Location', 'Value', 'Meaning', 'Side'], rows);
}

/** The whole page, ending in one line feed. */
export function reasonsMarkdown(tables: ReasonTables): string {
  const { reasons, statuses, causes, freeswitch, locations } = tables;
  const sections = [
    INTRODUCTION,
    '## By outcome',
    ...OUTCOMES.map((outcome) => outcomeSection(outcome, reasons)),
    '## SIP statuses',
    'An unknown status is read as x00 of its class, an unknown provisional one as 183 (RFC 3261 §8.1.3.2).',
    statusTable(statuses),
    '## Q.850 causes',
    'An unassigned cause is read as the unspecified cause of its class.',
    causeTable(causes),
    '## Internal causes of FreeSWITCH',
    freeswitchTable(freeswitch),
    '## Q.850 locations',
    locationTable(locations),
  ];
  return `${sections.join('\n\n')}\n`;
}
