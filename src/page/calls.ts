/** Tables of calls, and the search. */
import type { CallRow } from '../api/call-row.ts';
import { ApiError, get, queryOf } from './client.ts';
import { byId, type Child, type Column, el, fill, link, table, tableRow } from './dom.ts';
import { clockOf, counted, outcomeWords, plain, secondsWords, toneOf } from './words.ts';

export function outcomeChip({ outcome }: Pick<CallRow, 'outcome'>): HTMLElement {
  return el('span', { class: `chip ${toneOf(outcome)}` }, outcomeWords(outcome));
}

/** `carrier-a → pbx`; the peer of every address that was not configured is `other`. */
function route({ peerIn, peerOut }: CallRow): Child {
  return `${peerIn} → ${peerOut}`;
}

const COLUMNS: readonly Column<CallRow>[] = [
  {
    head: 'Ended (UTC)',
    cell: ({ id, endedAt }) =>
      link(`#/call/${encodeURIComponent(id)}`, el('time', { datetime: endedAt }, clockOf(endedAt))),
    class: 'bare',
  },
  { head: 'Outcome', cell: outcomeChip, class: 'bare' },
  {
    head: 'Reason',
    cell: ({ reason, status, cause }) => {
      const codes = [status, cause === null ? null : `Q.850 ${cause}`].filter(
        (one) => one !== null,
      );
      const more = codes.length === 0 ? null : el('small', {}, ` ${codes.join(', ')}`);
      return el('span', {}, plain(reason), more);
    },
    class: 'bare',
  },
  { head: 'Fault', cell: ({ attribution }) => attribution },
  { head: 'Peers', cell: route },
  {
    head: 'From, to',
    cell: ({ caller, callee }) =>
      el('span', { class: 'wire' }, `${caller ?? '?'} → ${callee ?? '?'}`),
  },
  { head: 'Length', cell: ({ total }) => secondsWords(total), class: 'number' },
  { head: 'Call-ID', cell: ({ callId }) => el('span', { class: 'wire' }, callId) },
];

export function callTable(label: string, rows: readonly CallRow[]): HTMLElement {
  return table(label, COLUMNS, rows);
}

export function callTableRow(row: CallRow): HTMLTableRowElement {
  return tableRow(COLUMNS, row);
}

interface Page {
  readonly calls: readonly CallRow[];
  readonly next: string | null;
  readonly kept: number;
}

/** Status of a cursor from before callfate was started again. */
const GONE = 410;

/** What a link may narrow the search to, besides what is typed. */
const NARROWING = ['reason', 'peer', 'outcome', 'attribution', 'abnormal'] as const;

/** The view `#/search?…`. */
export function showSearch(query: URLSearchParams): HTMLElement {
  const results = el('div', { 'aria-live': 'polite', id: 'results' });
  const given = Object.fromEntries(
    ['q', ...NARROWING].map((name) => [name, query.get(name)] as const),
  );
  const chips = NARROWING.flatMap((name) => {
    const value = given[name];
    if (value === null || value === undefined) return [];
    const without = queryOf({ ...given, [name]: null });
    const label = `Remove the filter ${name} ${value}`;
    return [
      link(`#/search${without}`, el('span', {}, `${name}: ${plain(value)} `), el('b', {}, '×')),
    ].map((one) => {
      one.className = 'filter';
      one.setAttribute('aria-label', label);
      return one;
    });
  });
  void load(results, given, null);
  return el(
    'section',
    {},
    el('h1', { tabindex: -1 }, 'Search'),
    el(
      'p',
      { class: 'hint' },
      'By Call-ID or a part of it, number, reason or outcome, over the recent calls.',
    ),
    chips.length === 0 ? null : el('p', { class: 'filters' }, ...chips),
    results,
  );
}

async function load(
  results: HTMLElement,
  given: Readonly<Record<string, string | null>>,
  cursor: string | null,
): Promise<void> {
  try {
    const page = await get<Page>(`/v1/calls${queryOf({ ...given, limit: 50, cursor })}`);
    // There was more when it was promised.
    if (cursor !== null && page.calls.length === 0) endRest(results);
    else show(results, page, cursor !== null, (next) => load(results, given, next));
  } catch (error) {
    const words = error instanceof ApiError ? error.message : 'callfate cannot be reached';
    if (cursor === null) fill(results, el('p', { class: 'error' }, words));
    else if (error instanceof ApiError && error.status === GONE) endRest(results);
    else tellRest(results, words);
  }
}

/** What came of asking for more leaves what is shown as it is. */
function tellRest(results: HTMLElement, words: string): HTMLElement {
  results.querySelector('.rest')?.remove();
  const note = el('p', { class: 'rest error', tabindex: -1 }, words);
  results.append(note);
  return note;
}

function endRest(results: HTMLElement): void {
  results.querySelector('#more')?.remove();
  tellRest(results, 'The rest is not kept any more.').focus();
}

function show(
  results: HTMLElement,
  { calls, next, kept }: Page,
  isMore: boolean,
  more: (next: string) => Promise<void>,
): void {
  for (const one of results.querySelectorAll('#more, .rest')) one.remove();
  const body = results.querySelector('tbody');
  if (isMore && body !== null) {
    const first = callTableRow(calls[0] as CallRow);
    body.append(first, ...calls.slice(1).map(callTableRow));
    first.querySelector('a')?.focus();
  } else if (calls.length === 0) {
    fill(results, el('p', {}, `None of the ${counted(kept, 'recent call')} fits.`));
  } else {
    const words = `${counted(calls.length, 'call')}${next === null ? '' : ' and more'}, of ${counted(kept, 'recent call')}`;
    fill(results, el('p', {}, words), callTable('Calls found', calls));
  }
  if (next === null) return;
  let isAsked = false;
  const ask = async (): Promise<void> => {
    if (isAsked) return;
    isAsked = true;
    await more(next);
    isAsked = false;
  };
  results.append(el('button', { id: 'more', type: 'button', onclick: () => void ask() }, 'More'));
}

/** The search box of the header takes what the address says. */
export function fillSearchBox(query: URLSearchParams): void {
  const box = byId('search-box');
  if (box instanceof HTMLInputElement && document.activeElement !== box) {
    box.value = query.get('q') ?? '';
  }
}
