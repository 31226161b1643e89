/** The view `#/`: outcomes now, failures by reason and peer, calls as they end. */
import type { CallRow } from '../api/call-row.ts';
import type { Summary } from '../api/summary.ts';
import { callTable, callTableRow } from './calls.ts';
import { get, queryOf } from './client.ts';
import { el, fill, link, table } from './dom.ts';
import type { LiveCalls } from './live-calls.ts';
import { OUTCOME_ORDER } from './order.ts';
import { counted, outcomeWords, plain, toneOf } from './words.ts';

const REFRESH_MS = 5000;
const WINDOWS: readonly (readonly [number, string])[] = [
  [60, '1 minute'],
  [300, '5 minutes'],
  [900, '15 minutes'],
  [3600, '1 hour'],
];

/** `stop` ends what the view does while it is shown. */
export function showOverview(live: LiveCalls): { view: HTMLElement; stop: () => void } {
  const now = el('div', { id: 'now' });
  const select = el(
    'select',
    { id: 'window', onchange: () => void refresh() },
    ...WINDOWS.map(([seconds, words]) =>
      el('option', { value: seconds, selected: seconds === 300 }, words),
    ),
  );
  const refresh = async (): Promise<void> => {
    try {
      const summary = await get<Summary>(`/v1/summary${queryOf({ window: select.value })}`);
      if (now.isConnected) drawSummary(now, summary);
    } catch {
      // The banner tells that callfate cannot be reached.
    }
  };
  const timer = setInterval(() => {
    if (!document.hidden) void refresh();
  }, REFRESH_MS);
  queueMicrotask(() => void refresh());
  const calls = liveSection(live);
  return {
    view: el(
      'section',
      {},
      el(
        'div',
        { class: 'title' },
        el('h1', { tabindex: -1 }, 'Calls now'),
        el('label', { for: 'window' }, 'Last ', select),
      ),
      now,
      calls,
    ),
    stop: () => {
      clearInterval(timer);
      live.onChange(() => undefined);
    },
  };
}

function liveSection(live: LiveCalls): HTMLElement {
  const body = callTable('Calls as they end', []);
  const rows = body.querySelector('tbody') as HTMLElement;
  const empty = el('p', { class: 'hint' }, 'No call has ended yet.');
  const button = el('button', { type: 'button', id: 'pause', onclick: () => live.toggle() });
  let isPending = false;
  let isFirst = true;
  const draw = (): void => {
    isPending = false;
    empty.hidden = live.rows.length > 0;
    body.hidden = live.rows.length === 0;
    const more = live.waiting > 0 ? ` (${live.waiting} new)` : '';
    fill(button, live.paused ? `Go on${more}` : 'Pause');
    drawRows(rows, live.rows, isFirst);
    isFirst = live.rows.length === 0;
  };
  live.onChange(() => {
    if (isPending) return;
    isPending = true;
    requestAnimationFrame(draw);
  });
  draw();
  return el(
    'section',
    { 'aria-labelledby': 'live-title' },
    el('div', { class: 'title' }, el('h2', { id: 'live-title' }, 'As they end'), button),
    empty,
    body,
  );
}

/** Rows that stay are not made anew: one of them may have the focus. */
function drawRows(body: HTMLElement, rows: readonly CallRow[], isFirst: boolean): void {
  const known = new Map([...body.children].map((row) => [(row as HTMLElement).dataset.id, row]));
  const next = rows.map((row) => {
    const drawn = known.get(row.id);
    if (drawn !== undefined) return drawn;
    const made = callTableRow(row);
    made.dataset.id = row.id;
    if (!isFirst) made.className = 'new';
    return made;
  });
  const kept = new Set(next);
  for (const row of [...body.children]) if (!kept.has(row as HTMLTableRowElement)) row.remove();
  next.forEach((row, i) => {
    const there = body.children[i];
    if (there !== row) body.insertBefore(row, there ?? null);
  });
}

function drawSummary(now: HTMLElement, summary: Summary): void {
  const focused = document.activeElement?.getAttribute('href') ?? null;
  const { calls, abnormal, outcomes } = summary;
  const share = calls === 0 ? '' : ` (${Math.round((100 * abnormal) / calls)} %)`;
  fill(
    now,
    el(
      'p',
      { class: 'totals' },
      el('span', {}, el('b', {}, calls.toLocaleString('en')), calls === 1 ? ' call' : ' calls'),
      el('span', {}, el('b', {}, abnormal.toLocaleString('en')), ` with a fault${share}`),
    ),
    el(
      'div',
      { class: 'columns' },
      el('section', {}, el('h2', {}, 'Outcomes'), outcomeBars(outcomes, calls)),
      el('section', {}, el('h2', {}, 'Faults by reason'), reasonTable(summary)),
      el('section', {}, el('h2', {}, 'By peer'), peerTable(summary)),
    ),
  );
  if (focused !== null) {
    for (const one of now.querySelectorAll('a')) {
      if (one.getAttribute('href') === focused) one.focus();
    }
  }
}

function outcomeBars(outcomes: Summary['outcomes'], calls: number): HTMLElement {
  const rows = OUTCOME_ORDER.filter((name) => outcomes[name] > 0);
  if (rows.length === 0) return el('p', { class: 'hint' }, 'No call ended.');
  const most = Math.max(...rows.map((name) => outcomes[name]));
  return el(
    'ul',
    { class: 'bars' },
    ...rows.map((name) => {
      const count = outcomes[name];
      const bar = el('span', { class: `bar ${toneOf(name)}`, 'aria-hidden': 'true' });
      bar.style.width = `${(100 * count) / most}%`;
      return el(
        'li',
        {},
        link(`#/search${queryOf({ outcome: name })}`, outcomeWords(name)),
        el('span', { class: 'track' }, bar),
        el('span', { class: 'number' }, `${count} · ${Math.round((100 * count) / calls)} %`),
      );
    }),
  );
}

function reasonTable({ reasons }: Summary): HTMLElement {
  const faults = reasons.filter(({ abnormal }) => abnormal);
  if (faults.length === 0) return el('p', { class: 'hint' }, 'No faults.');
  return table(
    'Faults by reason',
    [
      {
        head: 'Reason',
        cell: ({ reason, advice }) =>
          el(
            'span',
            {},
            link(`#/search${queryOf({ reason })}`, plain(reason)),
            el('small', {}, advice),
          ),
      },
      { head: 'Fault', cell: ({ attribution }) => attribution },
      { head: 'Calls', cell: ({ calls }) => calls, class: 'number' },
    ],
    faults,
  );
}

function peerTable({ peers }: Summary): HTMLElement {
  if (peers.length === 0) return el('p', { class: 'hint' }, 'No call ended.');
  return table(
    'Calls and faults by peer',
    [
      { head: 'Peer', cell: ({ peer }) => link(`#/search${queryOf({ peer })}`, peer) },
      { head: 'Calls', cell: ({ calls }) => calls, class: 'number' },
      { head: 'Faults', cell: ({ abnormal }) => abnormal, class: 'number' },
      {
        head: 'Most',
        cell: ({ outcomes }) => {
          const most = OUTCOME_ORDER.filter((name) => (outcomes[name] ?? 0) > 0)
            .sort((a, b) => (outcomes[b] ?? 0) - (outcomes[a] ?? 0))
            .slice(0, 2);
          return most.map((name) => `${outcomeWords(name)} ${outcomes[name]}`).join(', ');
        },
      },
    ],
    peers,
  );
}

/** Told once a stream has lost some. */
export function missedWords(calls: number | null): string {
  return calls === null
    ? 'callfate was started again: calls from before are not shown'
    : `${counted(calls, 'call')} ended that this page was not told of`;
}
