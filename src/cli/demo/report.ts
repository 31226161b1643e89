import { type Judged, REASON_LABELS } from './compare.ts';
import { moved, type Scrape } from './scrape.ts';

/** The counters that are shown, and the labels that are kept of each; all others are summed over. */
const SHOWN = [
  ['callfate_attempts_ended_total', REASON_LABELS],
  ['callfate_attempts_started_total', []],
  ['callfate_calls_opened_total', []],
  ['callfate_calls_closed_total', []],
  ['callfate_calls_merged_total', []],
  ['callfate_branch_finals_total', ['status']],
  ['callfate_q850_causes_total', ['cause', 'seen_in']],
  ['callfate_evidence_conflicts_total', ['winner', 'loser']],
  ['callfate_post_dial_delay_seconds_count', ['connected']],
  ['callfate_ring_seconds_count', ['connected']],
  ['callfate_talk_seconds_count', []],
  ['callfate_input_frames_total', ['source']],
  ['callfate_input_messages_total', ['source']],
  ['callfate_input_not_ours_total', ['source', 'reason']],
  ['callfate_input_malformed_total', ['source', 'reason']],
  ['callfate_input_lost_total', ['source', 'reason']],
  ['callfate_input_duplicates_total', ['source', 'kind']],
  ['callfate_orphans_total', ['signal']],
  ['callfate_stragglers_total', []],
  ['callfate_limit_hits_total', ['limit']],
  ['callfate_log_lines_total', ['result']],
] as const;

const HEADER = ['outcome', 'reason', 'fault', 'ended by', 'certainty'];
const UNKNOWN = '-';
const BY = { dialled: 'sip.js', received: 'sip.js', hep: 'HEP' } as const;

/** Two lines a call: what was played, and the verdict below it. */
export function callLines(judged: readonly Judged[]): readonly string[] {
  const verdicts = judged.map(({ seen }) =>
    seen === null
      ? ['no verdict seen', '', '', '', '']
      : [
          seen.outcome,
          seen.reason,
          seen.attribution,
          seen.endedBy ?? UNKNOWN,
          seen.certainty ?? UNKNOWN,
        ],
  );
  const [header = '', ...rows] = columns([HEADER, ...verdicts]);
  const lines = judged.flatMap(({ call, problem }, index) => [
    `${problem === null ? 'ok  ' : 'FAIL'} ${String(index + 1).padStart(2)}  ${BY[call.by].padEnd(6)}  ${call.played}`,
    `         ${rows[index]}`,
  ]);
  return [`         ${header}`, ...lines];
}

/** Every shown counter that differs between two scrapes, by how much. */
export function counterLines(before: Scrape, after: Scrape): readonly string[] {
  return SHOWN.flatMap(([name, by]) => {
    const rows = moved(before, after, name, by);
    if (rows.length === 0) return [];
    if (by.length === 0) return rows.map((row) => `${amount(row.by)}  ${name}`);
    const values = columns(rows.map((row) => row.values));
    return [
      `       ${name} by ${by.join(', ')}`,
      ...rows.map((row, index) => `${amount(row.by)}    ${values[index]}`),
    ];
  });
}

function amount(by: number): string {
  return `+${by}`.padStart(5);
}

/** Pads the cells of each column to the widest. */
function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
