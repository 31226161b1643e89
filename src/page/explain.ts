/** The view `#/explain?q=…`: what a code means. */
import type { Explanation, Match } from '../explain/explain.ts';
import { outcomeChip } from './calls.ts';
import { ApiError, get, queryOf } from './client.ts';
import { el, facts, fill, goTo } from './dom.ts';
import { plain } from './words.ts';

const EXAMPLES = ['486', '480 q850:34', 'q850:38', 'retell:dial_busy', 'SIP;cause=200;text="…"'];

export function showExplain(query: URLSearchParams): HTMLElement {
  const q = query.get('q') ?? '';
  const answer = el('div', { 'aria-live': 'polite', id: 'explanation' });
  const box = el('input', {
    ...{
      id: 'code',
      name: 'q',
      type: 'text',
      maxlength: 512,
      autocomplete: 'off',
      spellcheck: 'false',
    },
    value: q,
  });
  const form = el(
    'form',
    {
      role: 'search',
      class: 'ask',
      onsubmit: (event) => {
        event.preventDefault();
        goTo(`#/explain${queryOf({ q: box.value.trim() })}`);
      },
    },
    el('label', { for: 'code' }, 'Code '),
    box,
    el('button', { type: 'submit' }, 'Explain'),
  );
  if (q !== '') void load(answer, q);
  return el(
    'section',
    {},
    el('h1', { tabindex: -1 }, 'Explain a code'),
    el(
      'p',
      { class: 'hint' },
      'A SIP status, Q.850 cause, Reason header, name of FreeSWITCH or Asterisk, or a vendor’s code, such as ',
      ...EXAMPLES.flatMap((one, i) => [i === 0 ? '' : ', ', el('code', {}, one)]),
      '.',
    ),
    form,
    answer,
  );
}

async function load(answer: HTMLElement, q: string): Promise<void> {
  try {
    const { matches } = await get<Explanation>(`/v1/explain${queryOf({ q })}`);
    fill(answer, ...matches.map(matchPart));
  } catch (error) {
    const words = error instanceof ApiError ? error.message : 'callfate cannot be reached';
    fill(answer, el('p', { class: 'error' }, words));
  }
}

function matchPart(match: Match): HTMLElement {
  const { input, outcome, reason, attribution, advice, certainty, why, source, vendor } = match;
  const codes = Object.entries(match.vocabularies).flatMap(([vocabulary, fields]) =>
    Object.entries(fields).map(([field, { code, name }]) =>
      el(
        'li',
        {},
        `${vocabulary} ${field}: `,
        el('code', {}, code === name || code === '-' ? name : `${code} ${name}`),
      ),
    ),
  );
  return el(
    'section',
    { class: 'match' },
    el('h2', {}, input),
    facts([
      ['Ending', el('span', {}, outcomeChip({ outcome }), ` ${plain(reason)}`)],
      ['Whose fault', attribution],
      ['What to do', advice],
      ['How sure', certainty === null ? why : `${certainty}: ${why}`],
      ['Stands for', source],
      ['Vendor says', vendor?.title ?? null],
      ['Note', vendor?.note ?? null],
      ['Elsewhere', codes.length === 0 ? null : el('ul', { class: 'codes' }, ...codes)],
    ]),
  );
}
