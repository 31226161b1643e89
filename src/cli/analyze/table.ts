import type { CaptureReport } from '../../captures.ts';
import { RATIOS } from '../../classify/ratios.ts';
import type { AnalyzeReport } from './report.ts';

/** Rows of a list; what is beyond is summed up in one line. */
const ROWS_MAX = 15;
const BAR = 24;

/**
 * The report for people. Text of the wire is printable already; lines are at most about 100 columns wide. `vocabulary`:
 * the one that was asked for.
 */
export function renderReport(report: AnalyzeReport, vocabulary: string | null): string {
  const { calls } = report;
  const sections = [
    heading(report),
    section('Calls by outcome', shares(Object.entries(calls.byOutcome), calls.total)),
    section('Calls by reason', reasons(report)),
    section('Calls by attribution', shares(Object.entries(calls.byAttribution), calls.total)),
    ...(vocabulary === null ? [] : [section(`Calls by code of ${vocabulary}`, codes(report))]),
    section('Ratios', ratios(report)),
    section('Durations', durations(report)),
    section(failingTitle(report), failing(report)),
    section(
      'Evidence that disagreed (what decided, what lost)',
      columns(report.conflicts.map((one) => [one.winner, one.loser, number(one.calls)])),
    ),
    section('Input', input(report)),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}

function heading({ captures, from, to, calls }: AnalyzeReport): readonly string[] {
  const names = captures.length === 1 ? (captures[0]?.name ?? '') : `${captures.length} captures`;
  const span = from === null ? 'no packets' : `${from} to ${to}`;
  const legs = calls.legs > calls.total ? ` of ${number(calls.legs)} legs` : '';
  const open =
    calls.inProgressAtEnd > 0
      ? [`${number(calls.inProgressAtEnd)} of them were in progress when the capture ended: lost`]
      : [];
  return [
    `${names}: ${span}`,
    `${number(calls.total)} ${calls.total === 1 ? 'call' : 'calls'}${legs}`,
    ...open,
  ];
}

function shares(entries: readonly (readonly [string, number])[], total: number): readonly string[] {
  const rows = entries.map(([name, count]) => [
    name,
    number(count),
    percent(count / total),
    '#'.repeat(Math.round((count / total) * BAR)),
  ]);
  return columns(rows, [1, 2]);
}

function reasons({ calls }: AnalyzeReport): readonly string[] {
  const { byReason, total } = calls;
  const shown = byReason
    .slice(0, ROWS_MAX)
    .map((row) => [
      row.outcome,
      row.reason,
      row.attribution,
      number(row.calls),
      percent(row.calls / total),
    ]);
  return [...columns(shown, [3, 4]), ...rest(byReason.length, 'reasons')];
}

function codes({ vocabularies, calls: { total } }: AnalyzeReport): readonly string[] {
  const shown = vocabularies.slice(0, ROWS_MAX).map(({ field, code, name, calls }) => {
    return [field, code, name, number(calls), percent(calls / total)];
  });
  return [...columns(shown, [3, 4]), ...rest(vocabularies.length, 'codes')];
}

function ratios(report: AnalyzeReport): readonly string[] {
  return columns(
    RATIOS.map(({ id, name, definition }) => {
      const { value = null, counted = 0, of = 0 } = report.ratios[id] ?? {};
      return [
        name,
        value === null ? '-' : percent(value),
        `${number(counted)} of ${number(of)}`,
        definition,
      ];
    }),
    [1],
  );
}

function durations({ postDialDelay, talk }: AnalyzeReport): readonly string[] {
  const rows = [
    ['PDD, answered', postDialDelay.answered],
    ['PDD, not answered', postDialDelay.unanswered],
    ['talk', talk],
  ] as const;
  return columns(
    rows
      .filter(([, one]) => one.count > 0)
      .map(([name, one]) => [
        name,
        `median ${seconds(one.median)}`,
        `95 % ${seconds(one.p95)}`,
        `mean ${seconds(one.mean)}`,
        `max ${seconds(one.max)}`,
        `of ${number(one.count)}`,
      ]),
  );
}

function failingTitle({ failing: { by } }: AnalyzeReport): string {
  return by === 'peer'
    ? 'Top failing peers (INVITE branches by final status)'
    : 'Top failing addresses (responses to INVITE, repeats included; no peers are configured)';
}

function failing(report: AnalyzeReport): readonly string[] {
  const { list } = report.failing;
  const rows = list.slice(0, ROWS_MAX).map(({ who, failures, statuses }) => [
    who,
    number(failures),
    Object.entries(statuses)
      .toSorted(([, m], [, n]) => n - m)
      .map(([status, count]) => `${status} x ${number(count)}`)
      .join(', '),
  ]);
  return [
    ...columns(rows, [1]),
    ...rest(list.length, report.failing.by === 'peer' ? 'peers' : 'addresses'),
  ];
}

function rest(length: number, what: string): readonly string[] {
  return length > ROWS_MAX ? [`and ${number(length - ROWS_MAX)} more ${what}`] : [];
}

function input({ input: health, captures }: AnalyzeReport): readonly string[] {
  const { retransmissions, copies, cut, setBackSeconds } = health;
  const lines = columns([
    ['packets', number(health.packets)],
    ['SIP messages', number(health.messages)],
    ['repeats', `${number(retransmissions)} sent again, ${number(copies)} seen again`],
    ['not ours', counts(health.notOurs)],
    ['malformed', counts(health.malformed)],
    ['lost', counts(health.lost)],
    ['orphans', counts(health.orphans)],
    ['limits hit', counts(health.limits)],
  ]);
  const notes = [
    ...(cut > 0 ? [`${number(cut)} packets were cut by the capture; capture with -s 0`] : []),
    ...(setBackSeconds >= 1
      ? [`a packet was ${seconds(setBackSeconds)} earlier than one before it: times were held`]
      : []),
    ...Object.entries(health.unknownLinkTypes).map(
      ([type, packets]) => `${number(packets)} packets of ${type}, which is not read`,
    ),
    ...captures.flatMap(dropNote),
  ];
  return [...lines, ...notes];
}

function dropNote({ name, dropped, broken }: CaptureReport): readonly string[] {
  return [
    ...(dropped !== null && dropped > 0
      ? [`${name}: ${number(dropped)} packets were dropped while it was captured`]
      : []),
    ...(broken > 0 ? [`${name}: ${number(broken)} broken blocks`] : []),
  ];
}

function counts(counted: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counted).map(([name, count]) => `${number(count)} ${name}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}

/** Pads the cells of each column to the widest; `right`: columns of numbers. */
export function columns(
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return right.includes(column) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
}

const NUMBER = new Intl.NumberFormat('en-US');
export function number(value: number): string {
  return NUMBER.format(value);
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** Three digits that mean something. */
function seconds(value: number | null): string {
  if (value === null) return '-';
  if (value < 1) return `${Math.round(value * 1000)} ms`;
  return `${value.toFixed(value < 100 ? 1 : 0)} s`;
}
