/** The messages of a call between its hosts, drawn as a list, so that it can be read, selected and listened to. */
import type { CallLadder, LadderStep } from '../api/call-ladder.ts';
import type { Evidence } from '../classify/outcome.ts';
import { type Child, el } from './dom.ts';
import { clockOf, counted } from './words.ts';

const MARKS = {
  decided: ['★', 'decided'],
  weighed: ['☆', 'was weighed'],
} as const;

export function drawLadder(
  { hosts: known, messages }: CallLadder,
  evidence: readonly Evidence[],
  legs: number,
): HTMLElement {
  // A copy over WebSocket tells one end of its hop; the other needs a place of its own.
  const isUnknown = messages.some(({ from, to }) => from === null || to === null);
  const hosts = isUnknown ? [...known, 'unknown'] : known;
  const head = el(
    'div',
    { class: 'hosts' },
    el('span', { class: 'when' }, 'UTC'),
    ...hosts.map((host) => el('span', { class: 'host' }, host)),
  );
  const list = el(
    'ol',
    { class: 'ladder' },
    ...messages.map((step) => stepRow(step, hosts, evidence, legs)),
  );
  const box = el(
    'div',
    {
      class: 'scroll ladder-box',
      role: 'region',
      tabindex: 0,
      'aria-label': 'Messages of the call',
    },
    el('div', { class: 'ladder-wide' }, head, list),
  );
  box.style.setProperty('--hosts', String(Math.max(hosts.length, 2)));
  return box;
}

function stepRow(
  step: LadderStep,
  hosts: readonly string[],
  evidence: readonly Evidence[],
  legs: number,
): HTMLLIElement {
  const { mark } = step;
  const [from, to] = [step.from ?? hosts.length - 1, step.to ?? hosts.length - 1];
  const [sign, words] = mark === null ? ['', ''] : MARKS[mark];
  const where = `from ${hosts[from]} to ${hosts[to]}`;
  const again = step.repeats === 0 ? null : el('small', {}, ` +${step.repeats}`);
  const leg = legs > 1 ? el('small', {}, ` leg ${step.leg + 1}`) : null;
  const arrow = el(
    'span',
    { class: `arrow ${to > from ? 'right' : to < from ? 'left' : 'self'}` },
    el('span', { class: 'label' }, sign === '' ? null : `${sign} `, step.label, again, leg),
  );
  place(arrow, Math.min(from, to), Math.max(from, to));
  return el(
    'li',
    { class: mark ?? '' },
    el(
      'div',
      { class: 'step' },
      el('time', { class: 'when', datetime: step.at }, clockOf(step.at)),
      arrow,
      el('span', { class: 'unseen' }, ` ${where}${words === '' ? '' : `; ${words}`}`),
      step.repeats === 0
        ? null
        : el('span', { class: 'unseen' }, `; seen again ${counted(step.repeats, 'time')}`),
    ),
    ...step.evidence.map((index) => evidenceNote(evidence[index])),
  );
}

/** Between the middles of the two hosts' columns; half columns are the unit. */
function place(arrow: HTMLElement, low: number, high: number): void {
  const [start, end] = [3 + 2 * low, 3 + 2 * high];
  arrow.style.gridColumn = low === high ? `${start - 1} / ${start + 1}` : `${start} / ${end}`;
}

function evidenceNote(item: Evidence | undefined): Child {
  if (item === undefined) return null;
  const { kind, value, why, decided } = item;
  return el(
    'p',
    { class: 'note' },
    el('b', {}, decided ? 'Decided: ' : 'Weighed: '),
    `${kind} `,
    el('code', {}, value),
    ` — ${why}`,
  );
}
