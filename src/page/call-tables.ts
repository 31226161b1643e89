/** What is listed of one call. */
import type { CallDetail } from '../api/call-ladder.ts';
import type { Evidence, Verdict } from '../classify/outcome.ts';
import { outcomeChip } from './calls.ts';
import { el, table } from './dom.ts';
import { clockOf, plain, secondsWords } from './words.ts';

const EVIDENCE = [
  {
    head: '',
    cell: ({ decided }: Evidence) => (decided ? '★ decided' : '☆ weighed'),
    class: 'bare',
  },
  { head: 'Kind', cell: ({ kind }: Evidence) => plain(kind) },
  { head: 'Value', cell: ({ value }: Evidence) => el('code', {}, value) },
  { head: 'Seen in', cell: ({ message }: Evidence) => message ?? '-' },
  { head: 'At', cell: ({ at }: Evidence) => (at === null ? '-' : clockOf(at)) },
  { head: 'Why', cell: ({ why }: Evidence) => why },
];

export function evidenceTable(evidence: readonly Evidence[]): HTMLElement {
  return table('Evidence', EVIDENCE, evidence, ({ decided }) => ({
    class: decided ? 'decided' : '',
  }));
}

export function conflictTable({ conflicts }: Verdict): HTMLElement {
  const words = ({ kind, value, message }: Evidence): HTMLElement =>
    el(
      'span',
      {},
      `${plain(kind)} `,
      el('code', {}, value),
      message === null ? '' : ` in ${message}`,
    );
  return table(
    'Conflicts of evidence',
    [
      { head: 'Won', cell: ({ winner }) => words(winner) },
      { head: 'Lost', cell: ({ loser }) => words(loser) },
      { head: 'Why', cell: ({ loser }) => loser.why },
    ],
    conflicts,
  );
}

export function branchTable({ branches }: Verdict): HTMLElement {
  if (branches.length === 0) return el('p', { class: 'hint' }, 'None was seen.');
  return table(
    'Branches',
    [
      { head: 'To peer', cell: ({ peer }) => peer },
      { head: 'Status', cell: ({ status }) => status ?? 'none', class: 'number' },
      { head: 'Q.850', cell: ({ cause }) => cause ?? '-', class: 'number' },
      { head: '', cell: ({ decided }) => (decided ? '★ decided' : '') },
    ],
    branches,
  );
}

export function legTable({ legs, verdict }: CallDetail): HTMLElement {
  return el(
    'div',
    {},
    el('p', { class: 'hint' }, `Joined by ${plain(verdict.joined ?? 'nothing')}.`),
    table(
      'Legs',
      [
        { head: 'Leg', cell: (leg) => legs.indexOf(leg) + 1, class: 'number' },
        { head: 'Outcome', cell: outcomeChip },
        { head: 'Reason', cell: ({ reason }) => plain(reason) },
        { head: 'Fault', cell: ({ attribution }) => attribution },
        { head: 'Status', cell: ({ status }) => status ?? '-', class: 'number' },
        { head: 'Peers', cell: ({ peerIn, peerOut }) => `${peerIn} → ${peerOut}` },
        { head: 'Ended', cell: ({ endedAt }) => clockOf(endedAt) },
        { head: 'Call-ID', cell: ({ callId }) => el('span', { class: 'wire' }, callId) },
      ],
      legs,
    ),
  );
}

export function stageTable({ stages }: Verdict): HTMLElement {
  return table(
    'Stages',
    [
      { head: 'Stage', cell: ({ stage }) => plain(stage) },
      { head: 'Entered', cell: ({ enteredAt }) => clockOf(enteredAt) },
      { head: 'Left', cell: ({ leftAt }) => clockOf(leftAt) },
      {
        head: 'Length',
        cell: ({ enteredAt, leftAt }) =>
          secondsWords((Date.parse(leftAt) - Date.parse(enteredAt)) / 1000),
        class: 'number',
      },
    ],
    stages,
  );
}

export function contextTable({ context }: Verdict): HTMLElement {
  return table(
    'Facts beside the signalling',
    [
      { head: 'At', cell: ({ at }) => clockOf(at) },
      { head: 'Fact', cell: ({ kind, value }) => `${plain(kind)} ${plain(value)}` },
      { head: 'Name', cell: ({ name }) => name ?? '' },
      { head: 'Told by', cell: ({ source }) => plain(source) },
    ],
    context,
  );
}

export function vocabularyTable({ vocabularies }: Verdict): HTMLElement {
  const rows = Object.entries(vocabularies).flatMap(([vocabulary, fields]) =>
    Object.entries(fields).map(([field, code]) => ({ vocabulary, field, ...code })),
  );
  if (rows.length === 0) return el('p', { class: 'hint' }, 'No vocabulary has a code for it.');
  return table(
    'The ending in every vocabulary',
    [
      { head: 'Vocabulary', cell: ({ vocabulary }) => vocabulary },
      { head: 'Field', cell: ({ field }) => field },
      { head: 'Code', cell: ({ code }) => el('code', {}, code) },
      { head: 'Name', cell: ({ name }) => name },
    ],
    rows,
  );
}
