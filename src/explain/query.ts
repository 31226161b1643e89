/** What a question may be read as. A number alone may be several things, and then all of them count. */
import {
  FREESWITCH_CAUSES,
  type FreeswitchCauseRow,
  freeswitchCauseByNumber,
  Q850_CAUSES,
} from '../classify/q850.ts';
import { isReasonId, REASONS, type ReasonId } from '../classify/reasons.ts';
import { SIP_STATUSES, statusRow } from '../classify/sip-status.ts';
import type { Vocabulary, VocabularyCode } from '../classify/vocabulary/vocabulary.ts';
import { suggest } from '../config/suggest.ts';
import { fail, ok, type Result } from '../lib/result.ts';
import { parseReasons } from '../sip/reason.ts';

/** Longest question, characters. */
export const QUERY_MAX = 512;

export type Reading =
  /** Something that a message would say: a final status, Reason values, or both. */
  | {
      readonly kind: 'wire';
      readonly words: string;
      /** Name that a platform gives it; where a reason stands for that very name, it means this first. */
      readonly name: string | null;
      readonly status: number | null;
      readonly reasons: readonly string[];
    }
  | { readonly kind: 'code'; readonly vocabulary: Vocabulary; readonly code: VocabularyCode }
  | { readonly kind: 'reason'; readonly id: ReasonId };

const TWO_CAUSES =
  'a message says one Q.850 cause (RFC 3326 section 2); ask for one of them, or for the Reason as it came';

/** What could forge further lines or drive a terminal. */
const UNPRINTABLE = /[\p{C}\p{Zl}\p{Zp}]/gu;

type WireReading = Extract<Reading, { kind: 'wire' }>;

/** Every reading of the question, the likeliest first; or one line: what is wrong; what to do. */
export function readQuery(
  text: string,
  vocabularies: readonly Vocabulary[],
): Result<readonly Reading[], string> {
  const query = text.trim();
  if (query === '') return fail('nothing to explain; ask for 486, q850:38 or retell:dial_busy');
  if (query.length > QUERY_MAX) {
    return fail(`${query.length} characters are too many; ask with at most ${QUERY_MAX}`);
  }
  const named = readVocabularyCode(query, vocabularies);
  if (named !== null) return named;
  if (/^reason\s*:|;/i.test(query)) return readReasonLine(query);
  const whole = readWord(query, vocabularies);
  if (whole.length > 0) return ok(whole);
  return readCombination(query, vocabularies);
}

/** `tencent-ccc:206`, `tencent-ccc:busy`, or with the field between; null: no vocabulary is named. */
function readVocabularyCode(
  query: string,
  vocabularies: readonly Vocabulary[],
): Result<readonly Reading[], string> | null {
  const [, id = '', rest = ''] = /^([a-z0-9][a-z0-9_-]*)\s*:\s*(.+)$/i.exec(query) ?? [];
  const vocabulary = vocabularies.find((one) => sameWord(one.id, id));
  if (vocabulary === undefined) return null;
  const { codes } = vocabulary;
  const found = codes.filter(
    (code) =>
      isNamed(code, rest) ||
      [code.code, code.name].some((own) => sameWord(`${code.field}:${own}`, rest)),
  );
  if (found.length > 0) return ok(found.map((code) => ({ kind: 'code', vocabulary, code })));
  const near = suggest(
    rest,
    codes.flatMap(({ code, name }) => [name, code]),
  );
  const advice =
    near === null ? 'docs/vocabularies.md lists them' : `did you mean ${vocabulary.id}:${near}?`;
  return fail(`"${printable(rest)}" is no code of ${vocabulary.id}; ${advice}`);
}

/** A Reason header line or value, perhaps with the status of its message in front. */
function readReasonLine(query: string): Result<readonly Reading[], string> {
  const match = /^(?:(?:sip:)?([1-6]\d\d)\s+)?(?:reason\s*:)?\s*(.*)$/is.exec(query);
  const value = match?.[2] ?? '';
  const status = match?.[1] === undefined ? null : Number(match[1]);
  if (!parseReasons(value).some(({ protocol }) => protocol !== '')) {
    return fail(`"${printable(query)}" is no Reason header; write "Reason: Q.850;cause=34"`);
  }
  if (status !== null && status < 300) return fail(noEnding(status));
  const reason = `Reason: ${value.replace(UNPRINTABLE, '?')}`;
  const words = status === null ? reason : `${statusWords(status)} with ${reason}`;
  return ok([{ kind: 'wire', words, name: null, status, reasons: [value] }]);
}

/** `486 q850:34`: every word something that a message says, at most one of them a status. */
function readCombination(
  query: string,
  vocabularies: readonly Vocabulary[],
): Result<readonly Reading[], string> {
  const words = query.split(/\s+/);
  const parts: WireReading[] = [];
  for (const word of words) {
    const [part] = readWord(word, []).filter((one) => one.kind === 'wire');
    if (part === undefined) return fail(unknown(words.length > 1 ? word : query, vocabularies));
    parts.push(part);
  }
  const causes = parts.flatMap(({ reasons }) => reasons);
  if (causes.filter((one) => one.startsWith('Q.850')).length > 1) return fail(TWO_CAUSES);
  const statuses = parts.flatMap(({ status }) => status ?? []);
  if (statuses.length > 1) return fail('two statuses are two calls; ask for one of them');
  const reading: Reading = {
    kind: 'wire',
    words: parts.map((part) => part.words).join(' with '),
    name: null,
    status: statuses[0] ?? null,
    reasons: causes,
  };
  return reading.status !== null && reading.status < 300
    ? fail(noEnding(reading.status))
    : ok([reading]);
}

/** One word: a number with or without a prefix, a name, a code, a canonical reason. */
function readWord(word: string, vocabularies: readonly Vocabulary[]): readonly Reading[] {
  const [, prefix = '', rest = ''] =
    /^(sip|q\.?850|freeswitch|asterisk)\s*:\s*(.+)$/i.exec(word) ?? [];
  switch (prefix.toLowerCase()) {
    case 'sip':
      return readStatus(rest);
    case 'q850':
    case 'q.850':
      return readCause(rest);
    case 'freeswitch':
      return [...readCause(rest), ...readFreeswitchNumber(rest), ...readCauseName(rest)];
    case 'asterisk':
      return [...readCause(rest), ...readCauseName(rest)];
  }
  const codes = vocabularies.flatMap((vocabulary) =>
    vocabulary.codes
      .filter((code) => isNamed(code, word))
      .map((code): Reading => ({ kind: 'code', vocabulary, code })),
  );
  const id = word.toLowerCase();
  const reason: readonly Reading[] = isReasonId(id) ? [{ kind: 'reason', id }] : [];
  const numbers = [...readStatus(word), ...readCause(word), ...readFreeswitchNumber(word)];
  return [...numbers, ...readCauseName(word), ...reason, ...codes];
}

function readStatus(text: string): readonly WireReading[] {
  if (!/^[3-6]\d\d$/.test(text)) return [];
  const status = Number(text);
  return [{ kind: 'wire', words: statusWords(status), name: null, status, reasons: [] }];
}

function readCause(text: string): readonly WireReading[] {
  if (!/^\d{1,3}$/.test(text) || Number(text) > 127) return [];
  const cause = Number(text);
  const name = Q850_CAUSES.find((row) => row.cause === cause)?.name ?? 'unassigned';
  const words = `Q.850 cause ${cause}, ${name}`;
  return [{ kind: 'wire', words, name: null, status: null, reasons: [`Q.850;cause=${cause}`] }];
}

/** Internal numbers of FreeSWITCH, of any release. */
function readFreeswitchNumber(text: string): readonly WireReading[] {
  const row = /^\d{3}$/.test(text) ? freeswitchCauseByNumber(Number(text)) : undefined;
  return row === undefined ? [] : [freeswitchReading(row)];
}

/** Names of FreeSWITCH, and macros of Asterisk with or without their AST_CAUSE_. */
function readCauseName(text: string): readonly WireReading[] {
  const name = text.toUpperCase();
  const internal = FREESWITCH_CAUSES.find((row) => row.name === name);
  if (internal !== undefined) return [freeswitchReading(internal)];
  const row = Q850_CAUSES.find(
    ({ freeswitch, asterisk }) =>
      freeswitch === name || asterisk === name || asterisk === `AST_CAUSE_${name}`,
  );
  return row === undefined ? [] : readCause(String(row.cause));
}

function freeswitchReading({ cause, name }: FreeswitchCauseRow): WireReading {
  const words = `FreeSWITCH ${name} (${cause})`;
  return {
    kind: 'wire',
    words,
    name,
    status: null,
    reasons: [`SIP;cause=${cause};text="${name}"`],
  };
}

function statusWords(status: number): string {
  return `SIP ${status} ${statusRow(status).phrase}`.trimEnd();
}

function noEnding(status: number): string {
  return `${statusWords(status)} ends no call; ask for a status from 300 on, or for the Reason that stood beside it`;
}

function isNamed({ code, name }: VocabularyCode, text: string): boolean {
  return (code !== '-' && sameWord(code, text)) || sameWord(name, text);
}

function sameWord(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function unknown(word: string, vocabularies: readonly Vocabulary[]): string {
  if (/^(?:sip:)?[12]\d\d$/i.test(word)) return noEnding(Number(word.slice(-3)));
  const names = [
    ...SIP_STATUSES.filter(({ status }) => status >= 300).map(({ status }) => String(status)),
    ...REASONS.map(({ id }) => id),
    ...FREESWITCH_CAUSES.map(({ name }) => name),
    ...Q850_CAUSES.flatMap(({ freeswitch, asterisk }) => [freeswitch ?? [], asterisk ?? []].flat()),
    ...vocabularies.flatMap(({ id, codes }) =>
      codes.flatMap(({ name, code }) => [name, `${id}:${name}`, `${id}:${code}`]),
    ),
  ];
  const near = suggest(word, names);
  const advice =
    near === null
      ? 'ask for a status, q850:38, a name, or vocabulary:code'
      : `did you mean ${near}?`;
  return `"${printable(word)}" is not known; ${advice}`;
}

/** For one line of text, cut. */
function printable(text: string): string {
  const cut = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return cut.replace(UNPRINTABLE, '?');
}
