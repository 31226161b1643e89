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
  { hosts, messages }: CallLadder,
  evidence: readonly Evidence[],
  legs: number,
): HTMLElement {
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
  const { mark, from, to } = step;
  const [sign, words] = mark === null ? ['', ''] : MARKS[mark];
  const where = `from ${hostOf(hosts, from)} to ${hostOf(hosts, to)}`;
  const again = step.repeats === 0 ? null : el('small', {}, ` +${step.repeats}`);
  const leg = legs > 1 ? el('small', {}, ` leg ${step.leg + 1}`) : null;
  const arrow = el(
    'span',
    { class: `arrow ${directionOf(step)}` },
    el('span', { class: 'label' }, sign === '' ? null : `${sign} `, step.label, again, leg),
  );
  place(arrow, step, hosts.length);
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

function hostOf(hosts: readonly string[], index: number | null): string {
  return index === null ? 'an unknown address' : (hosts[index] ?? '');
}

function directionOf({ from, to }: LadderStep): 'right' | 'left' | 'self' {
  if (from === null && to === null) return 'self';
  if (from === null) return 'right';
  if (to === null || to > from) return 'right';
  return to < from ? 'left' : 'self';
}

/** Between the middles of the two hosts' columns; half columns are the unit. */
function place(arrow: HTMLElement, { from, to }: LadderStep, hosts: number): void {
  const known = [from, to].filter((one) => one !== null);
  const [low, high] = [Math.min(...known, hosts - 1), Math.max(...known, 0)];
  const [start, end] = [3 + 2 * Math.max(low, 0), 3 + 2 * high];
  arrow.style.gridColumn = low >= high ? `${start - 1} / ${start + 1}` : `${start} / ${end}`;
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
