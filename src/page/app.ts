/** The live page: which view the address asks for, and what goes on beside all of them. */
import type { CallRow } from '../api/call-row.ts';
import { fillSearchBox, showSearch } from './calls.ts';
import { get, isToken, keeper, queryOf } from './client.ts';
import { byId, el, fill, goTo } from './dom.ts';
import { showExplain } from './explain.ts';
import { HealthWatch, showHealth } from './health.ts';
import { LiveCalls } from './live-calls.ts';
import { showCall } from './one-call.ts';
import { missedWords, showOverview } from './overview.ts';
import { follow } from './stream.ts';

/** How long a note about calls that were missed stays, ms. */
const NOTE_MS = 30_000;

function main(): void {
  const live = new LiveCalls();
  const watch = new HealthWatch();
  keeper.begin(sessionStorage, askToken);
  startRouter(live, watch);
  startSearchBox();
  watch.start();
  void begin(live);
  void follow({
    state: (state, words) => {
      const status = byId('status');
      status.dataset.state = state;
      status.textContent = words;
      if (state !== 'connecting') watch.streamBroken(state === 'live' ? null : words);
      // What ended since the list was read, and before the stream began.
      if (state === 'live') void begin(live);
    },
    call: (row) => live.add(row),
    missed: (calls) => {
      note(missedWords(calls));
      void begin(live);
    },
  });
}

async function begin(live: LiveCalls): Promise<void> {
  try {
    const { calls } = await get<{ calls: readonly CallRow[] }>('/v1/calls?limit=50');
    live.add(...calls);
  } catch {
    // The banner tells that callfate cannot be reached.
  }
}

function startRouter(live: LiveCalls, watch: HealthWatch): void {
  let stop: () => void = () => undefined;
  const go = (isFirst: boolean): void => {
    stop();
    stop = () => undefined;
    const [path = '', search = ''] = location.hash.replace(/^#/, '').split('?', 2);
    const query = new URLSearchParams(search);
    const [name = '', id = ''] = path.split('/').slice(1);
    let view: HTMLElement;
    if (name === 'call') view = showCall(decoded(id));
    else if (name === 'search') view = showSearch(query);
    else if (name === 'explain') view = showExplain(query);
    else if (name === 'health') ({ view, stop } = showHealth(watch));
    else ({ view, stop } = showOverview(live));
    const main = byId('main');
    fill(main, view);
    fillSearchBox(query);
    markNavigation(name);
    const title = view.querySelector('h1');
    document.title = `${title?.textContent ?? ''} - callfate`;
    // Whoever listens to the page, or walks it by keyboard, begins at the new view.
    if (!isFirst) title?.focus();
  };
  addEventListener('hashchange', () => go(false));
  go(true);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function markNavigation(name: string): void {
  for (const one of document.querySelectorAll('nav a')) {
    const isHere = one.getAttribute('href') === `#/${name}`;
    if (isHere) one.setAttribute('aria-current', 'page');
    else one.removeAttribute('aria-current');
  }
}

function startSearchBox(): void {
  const box = byId('search-box') as HTMLInputElement;
  byId('search-form').addEventListener('submit', (event) => {
    event.preventDefault();
    goTo(`#/search${queryOf({ q: box.value.trim() })}`);
  });
}

function note(words: string): void {
  const notes = byId('notes');
  const one = el('p', {}, words);
  notes.append(one);
  setTimeout(() => one.remove(), NOTE_MS);
}

/** Resolves with what was typed. It is kept in this tab alone. */
function askToken(): Promise<string> {
  const dialog = byId('token-dialog') as HTMLDialogElement;
  const box = byId('token-box') as HTMLInputElement;
  const form = byId('token-form');
  const error = byId('token-error');
  const wrong = (words: string): void => {
    error.hidden = words === '';
    error.textContent = words;
  };
  wrong(box.value === '' ? '' : 'That was not the token.');
  box.value = '';
  dialog.showModal();
  return new Promise((resolve) => {
    // There is nothing to see without it.
    const again = (): void => dialog.showModal();
    dialog.addEventListener('close', again);
    const given = (event: Event): void => {
      event.preventDefault();
      if (!isToken(box.value)) {
        wrong('A token is of visible ASCII characters, without spaces.');
        return;
      }
      form.removeEventListener('submit', given);
      dialog.removeEventListener('close', again);
      dialog.close();
      resolve(box.value);
    };
    form.addEventListener('submit', given);
  });
}

main();
