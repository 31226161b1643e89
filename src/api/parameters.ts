/** Query parameters as rows: what a request may carry, how it is read, and what the OpenAPI document says of it. */
import { ATTRIBUTIONS, DIRECTIONS, OUTCOMES } from '../classify/outcome.ts';
import { isReasonId } from '../classify/reasons.ts';
import { shortened, wrongParameter } from '../lib/query.ts';
import { fail, ok, type Result } from '../lib/result.ts';

interface Common {
  readonly name: string;
  readonly description: string;
  /** Absent: it may be left out. */
  readonly required?: true;
}

export type Parameter = Common &
  (
    | { readonly kind: 'word'; readonly choices: readonly string[]; readonly fallback?: string }
    | { readonly kind: 'text'; readonly maxLength: number; readonly pattern?: string }
    | { readonly kind: 'reason' }
    | { readonly kind: 'time' }
    | {
        readonly kind: 'integer';
        readonly min: number;
        readonly max: number;
        readonly fallback: number;
      }
  );

export type Query = Readonly<Record<string, string | number>>;

const TEXT_MAX = 512;
/** Rows of a page at most, and when nothing is said. */
export const PAGE_MAX = 500;
const PAGE = 50;
/** Longest window of a summary, seconds. */
export const WINDOW_MAX = 3600;

/** What narrows calls down: the same for a list and a stream. */
export const FILTERS: readonly Parameter[] = [
  { name: 'outcome', kind: 'word', choices: OUTCOMES, description: 'Calls that ended so.' },
  { name: 'reason', kind: 'reason', description: 'Calls that ended for this reason.' },
  {
    name: 'attribution',
    kind: 'word',
    choices: ATTRIBUTIONS,
    description: 'Calls whose ending is put down to this side.',
  },
  { name: 'direction', kind: 'word', choices: DIRECTIONS, description: 'Calls of this direction.' },
  {
    name: 'abnormal',
    kind: 'word',
    choices: ['true', 'false'],
    description: 'Calls whose reason is a fault, or is none.',
  },
  {
    name: 'peer',
    kind: 'text',
    maxLength: TEXT_MAX,
    description: 'Calls from or to this peer, by its configured name, or other.',
  },
  {
    name: 'callId',
    kind: 'text',
    maxLength: TEXT_MAX,
    description: 'Calls with a leg of this Call-ID, as sent or as shown.',
  },
  {
    name: 'number',
    kind: 'text',
    maxLength: TEXT_MAX,
    description:
      'Calls from or to this number, user name or URI. While numbers are redacted it is compared by its keyed hash, which may be given itself: n:1a2b3c4d.',
  },
  {
    name: 'q',
    kind: 'text',
    maxLength: TEXT_MAX,
    description: 'Calls of this number, reason, outcome or id, or with this in the Call-ID shown.',
  },
  { name: 'from', kind: 'time', description: 'Calls that ended at this time or later.' },
  { name: 'to', kind: 'time', description: 'Calls that ended before this time.' },
];

const VIEW = (fallback: string): Parameter => ({
  name: 'view',
  kind: 'word',
  choices: ['row', 'verdict'],
  fallback,
  description: 'row: what a table shows; verdict: the whole verdict, as in the log line.',
});

export const LIST_PARAMETERS: readonly Parameter[] = [
  ...FILTERS,
  VIEW('row'),
  {
    name: 'limit',
    kind: 'integer',
    min: 1,
    max: PAGE_MAX,
    fallback: PAGE,
    description: 'Calls on a page.',
  },
  {
    name: 'cursor',
    kind: 'text',
    maxLength: 32,
    pattern: '^[0-9a-z]+-[0-9a-z]+$',
    description: 'next of the page before.',
  },
];
export const STREAM_PARAMETERS: readonly Parameter[] = [...FILTERS, VIEW('verdict')];
export const SUMMARY_PARAMETERS: readonly Parameter[] = [
  {
    name: 'window',
    kind: 'integer',
    min: 10,
    max: WINDOW_MAX,
    fallback: 300,
    description:
      'Seconds up to now that are summed up, with up to 10 before them: from tells since when.',
  },
];

/** Reads what a request carries; the error is one line: which parameter, what is wrong, what to do. */
export function readQuery(
  given: URLSearchParams,
  parameters: readonly Parameter[],
): Result<Query, string> {
  const wrong = wrongParameter(
    given,
    parameters.map(({ name }) => name),
  );
  if (wrong !== null) return fail(wrong);
  const query: Record<string, string | number> = {};
  for (const row of parameters) {
    const text = given.get(row.name);
    if (text !== null) {
      const value = readOne(row, text);
      if (!value.ok) return fail(`${row.name}: ${value.error}`);
      query[row.name] = value.value;
    } else if ('fallback' in row && row.fallback !== undefined) query[row.name] = row.fallback;
  }
  return ok(query);
}

function readOne(row: Parameter, text: string): Result<string | number, string> {
  switch (row.kind) {
    case 'word':
      return row.choices.includes(text)
        ? ok(text)
        : fail(`${shortened(text)} is none of ${row.choices.join(', ')}`);
    case 'reason':
      return isReasonId(text)
        ? ok(text)
        : fail(`${shortened(text)} is no reason; docs/reasons.md lists them`);
    case 'text':
      return readText(row, text);
    case 'time': {
      // A + in a query is a space.
      const at = /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+ -]\d\d:\d\d)$/.test(text)
        ? Date.parse(text.replace(' ', '+'))
        : Number.NaN;
      return Number.isNaN(at)
        ? fail(`${shortened(text)} is no time; write 2026-11-21T10:00:00Z`)
        : ok(at);
    }
    case 'integer': {
      const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
      return value >= row.min && value <= row.max
        ? ok(value)
        : fail(`${shortened(text)} is no whole number from ${row.min} to ${row.max}`);
    }
  }
}

function readText(
  { maxLength, pattern }: Extract<Parameter, { kind: 'text' }>,
  text: string,
): Result<string, string> {
  if (text === '') return fail('is empty; leave it out');
  if (text.length > maxLength) return fail(`is longer than ${maxLength} characters`);
  if (pattern !== undefined && !new RegExp(pattern).test(text)) {
    return fail(`${shortened(text)} is not as it was given out`);
  }
  return ok(text);
}
