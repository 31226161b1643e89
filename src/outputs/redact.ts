import { randomBytes } from 'node:crypto';
import type { Evidence, Verdict } from '../classify/outcome.ts';
import { KeyedHash } from './keyed-hash.ts';
import {
  ANONYMOUS,
  ANY_IDENTITY,
  canonicalNumber,
  isAnyIn,
  isDigit,
  Parties,
  plainNumber,
  SUFFIX_DIGITS,
  URI,
} from './parties.ts';

const LONG_NUMBER = /\d{7}/;
const ONLY_LONG_NUMBER = /^\d{7,}$/;
const [PLUS, COLON, AT_SIGN] = [0x2b, 0x3a, 0x40];
const LETTER_OR_DIGIT = /[A-Za-z0-9]/;
/** A value in callfate's own words: a user called `caller` must not blot them out. */
const OWN_WORDS = /^(?:caller|callee|platform|unknown) (?:BYE|CANCEL)$/;
/** Kinds of facts whose names are callfate's own words too. */
const OWN_NAMES: ReadonlySet<string> = new Set(['stage', 'media']);
/** What names and numbers a call has of its own. */
export type ShownIds = Pick<Verdict, 'callId' | 'fromTag' | 'caller' | 'callee'>;
/** What else of a verdict may hold a number or a name. */
export type ShownTexts = Pick<
  Verdict,
  'sip' | 'reasonHeaders' | 'context' | 'evidence' | 'conflicts'
>;
export type Shown = ShownIds & ShownTexts;

/** Texts that calls have in common, looked at once for all of them. */
export interface CommonTexts {
  /** There is a number or URI in one of them, whoever called. */
  readonly holdIdentity: boolean;
  /** One of them has digits enough for a number. */
  readonly mayHoldNumber: boolean;
  /** All of them in lower case. */
  readonly lower: string;
}

export function commonTexts(texts: readonly string[]): CommonTexts {
  return {
    holdIdentity: texts.some((text) => text.search(ANY_IDENTITY) >= 0),
    mayHoldNumber: texts.some((text) => !isBland(text)),
    lower: texts.map((text) => text.toLowerCase()).join('\n'),
  };
}

/** Replaces telephone numbers and user names by keyed hashes `n:1a2b3c4d`: lines of one number still match. */
export class Redactor {
  readonly #hash: KeyedHash;

  /** `key` null: random, so that hashes match within this process only. */
  constructor(key: string | Uint8Array | null) {
    this.#hash = new KeyedHash(key ?? randomBytes(32));
  }

  /** A copy of the verdict without the numbers and names of its parties and of `others`, those of further legs. */
  verdict(verdict: Verdict, others: readonly string[] = []): Verdict {
    const parties = new Parties(verdict, others);
    return { ...verdict, ...this.ids(verdict, parties), ...this.texts(verdict, parties) };
  }

  ids(verdict: ShownIds, parties: Parties): ShownIds {
    return {
      callId: this.#callId(verdict.callId, parties),
      fromTag: this.#callId(verdict.fromTag, parties),
      caller:
        parties.caller === null ? this.#identity(verdict.caller) : this.#digits(parties.caller),
      callee:
        parties.callee === null ? this.#identity(verdict.callee) : this.#digits(parties.callee),
    };
  }

  texts(verdict: Verdict, parties: Parties): ShownTexts {
    const { sip, reasonHeaders, context, evidence, conflicts } = verdict;
    return {
      sip: sip.phrase === null ? sip : { ...sip, phrase: this.#text(sip.phrase, parties) },
      reasonHeaders: reasonHeaders.map((header) => this.#text(header, parties)),
      context: context.map((fact) => ({
        ...fact,
        // The name of a stage, or of a party, is one of callfate's own words.
        name:
          fact.name === null || OWN_NAMES.has(fact.kind)
            ? fact.name
            : this.#text(fact.name, parties),
        id: fact.id === null ? null : this.#callId(fact.id, parties),
      })),
      evidence: evidence.map((item) => this.#evidence(item, parties)),
      conflicts: conflicts.map(({ winner, loser }) => ({
        winner: this.#evidence(winner, parties),
        loser: this.#evidence(loser, parties),
      })),
    };
  }

  /** True when `texts` would leave them as they are; false: it is to be asked. */
  leaves(texts: CommonTexts, parties: Parties): boolean {
    if (texts.holdIdentity) return false;
    const { arePlain, names, numbers } = parties;
    if (!arePlain) return !parties.literals.standIn(texts.lower);
    if (names.length > 0 && isAnyIn(names, texts.lower)) return false;
    return !texts.mayHoldNumber || !isAnyIn(numbers, texts.lower);
  }

  /** One number or user name. Separators and a leading + do not change the hash. */
  hash(identity: string): string {
    return this.#digits(canonicalNumber(identity));
  }

  /** One that is written as `canonicalNumber` does. */
  #digits(canonical: string): string {
    return `n:${this.#hash.of(canonical)}`;
  }

  #evidence(item: Evidence, parties: Parties): Evidence {
    const text = this.#text(item.value, parties);
    const value = text === item.value || OWN_WORDS.test(item.value) ? item.value : text;
    // `why` is in callfate's own words too, but a user's rule may quote a number.
    const why = this.#text(item.why, parties, 'numbers');
    return value === item.value && why === item.why ? item : { ...item, value, why };
  }

  #identity(identity: string | null): string | null {
    if (identity === null || identity === '') return identity;
    const plain = plainNumber(identity);
    if (plain !== null) return this.#digits(plain);
    if (identity.toLowerCase() === ANONYMOUS) return identity;
    const uri = URI.exec(identity)?.groups;
    if (uri === undefined) return this.hash(identity);
    if (uri.tel !== undefined) return uri.tel + this.hash(uri.number ?? '');
    return `${uri.scheme}${this.hash(uri.user ?? '')}${uri.host}`;
  }

  /** `sought`: `numbers` leaves names without a number in them. */
  #text(text: string, parties: Parties, sought: 'all' | 'numbers' = 'all'): string {
    if (isBland(text) && !parties.mayBeNamedIn(text)) return text;
    // A status, a cause or a WebSocket close code, even where an extension has the same digits.
    if (/^\d{1,4}$/.test(text)) return text;
    const known = sought === 'numbers' ? parties.literals.numbers() : parties.literals;
    return text.replace(known.standIn(text) ? known.inText : ANY_IDENTITY, (...args) => {
      const groups: Record<string, string | undefined> = args.at(-1);
      const prefix = groups.scheme ?? groups.tel ?? '';
      const found =
        groups.user ?? groups.number ?? groups.named ?? groups.digits ?? groups.known ?? '';
      return prefix + this.hash(found);
    });
  }

  /** Only the numbers of the call itself: a Call-ID must stay one that can be searched for elsewhere. */
  #callId(callId: string, parties: Parties): string {
    if (parties.arePlain && !parties.mayBeNamedIn(callId)) {
      return this.#suffixes(callId, parties.numbers, parties);
    }
    const numbers = parties.literals.numbers();
    if (!LONG_NUMBER.test(callId) && !numbers.namesStandIn(callId)) return callId;
    if (!numbers.standIn(callId)) return this.#suffixes(callId, numbers.ends, null);
    return callId.replace(numbers.inCallId, (found) => {
      const isLong = ONLY_LONG_NUMBER.test(found);
      return isLong && !numbers.ends.some((end) => found.endsWith(end)) ? found : this.hash(found);
    });
  }

  /** Replaces runs of digits that end as one of `numbers` does, and a + before the number of one of `parties`. */
  #suffixes(text: string, numbers: readonly string[], parties: Parties | null): string {
    if (numbers.length === 0) return text;
    let shown = '';
    let rest = 0;
    // A run that is long enough holds one of every so many characters.
    for (let at = SUFFIX_DIGITS - 1; at < text.length; at += SUFFIX_DIGITS) {
      if (!isDigit(text.charCodeAt(at))) continue;
      const from = startOfRun(text, at);
      at = endOfRun(text, at);
      if (at - from < SUFFIX_DIGITS || !isEndOfAny(numbers, text, at)) continue;
      const run = text.slice(from, at);
      const start = isAfterPlus(text, from, at) && parties?.haveWithPlus(run) ? from - 1 : from;
      shown += text.slice(rest, start) + this.#digits(run);
      rest = at;
    }
    return rest === 0 ? text : shown + text.slice(rest);
  }
}

/** Where the digits begin that one at `at` belongs to. */
function startOfRun(text: string, at: number): number {
  let from = at;
  while (from > 0 && isDigit(text.charCodeAt(from - 1))) from--;
  return from;
}

function endOfRun(text: string, at: number): number {
  let to = at + 1;
  while (to < text.length && isDigit(text.charCodeAt(to))) to++;
  return to;
}

/** True when [.., to) of the text ends with the last digits of one of them, which are so many at least. */
function isEndOfAny(numbers: readonly string[], text: string, to: number): boolean {
  for (const number of numbers) {
    let same = 0;
    const end = number.length;
    while (
      same < SUFFIX_DIGITS &&
      text.charCodeAt(to - 1 - same) === number.charCodeAt(end - 1 - same)
    )
      same++;
    if (same === SUFFIX_DIGITS) return true;
  }
  return false;
}

/** The digits [from, to) are a number with its +, and no part of a word. */
function isAfterPlus(text: string, from: number, to: number): boolean {
  if (text.charCodeAt(from - 1) !== PLUS) return false;
  return !LETTER_OR_DIGIT.test(text.charAt(from - 2)) && !LETTER_OR_DIGIT.test(text.charAt(to));
}

/**
 * True when no pattern of `ANY_IDENTITY` can match, nor a literal with so many digits: the fast path, since most texts
 * are phrases and causes.
 */
function isBland(text: string): boolean {
  let digits = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === AT_SIGN || code === COLON) return false;
    if (isDigit(code)) digits++;
  }
  return digits < SUFFIX_DIGITS;
}
