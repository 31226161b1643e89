import { randomBytes } from 'node:crypto';
import type { Evidence, Verdict } from '../classify/outcome.ts';
import { KeyedHash } from './keyed-hash.ts';
import {
  ANONYMOUS,
  ANY_IDENTITY,
  canonicalNumber,
  type Literals,
  PLAIN_NUMBER,
  partiesOf,
  SUFFIX_DIGITS,
  URI,
} from './parties.ts';

const LONG_NUMBER = /\d{7}/;
const ONLY_LONG_NUMBER = /^\d{7,}$/;
const [DIGIT_0, DIGIT_9, COLON, AT_SIGN] = [0x30, 0x39, 0x3a, 0x40];
/** A value in callfate's own words: a user called `caller` must not blot them out. */
const OWN_WORDS = /^(?:caller|callee|platform|unknown) (?:BYE|CANCEL)$/;
/** Kinds of facts whose names are callfate's own words too. */
const OWN_NAMES: ReadonlySet<string> = new Set(['stage', 'media']);
/** What of a verdict may hold a number or a name. */
export type Shown = Pick<
  Verdict,
  | 'callId'
  | 'fromTag'
  | 'caller'
  | 'callee'
  | 'sip'
  | 'reasonHeaders'
  | 'context'
  | 'evidence'
  | 'conflicts'
>;

/** Replaces telephone numbers and user names by keyed hashes `n:1a2b3c4d`: lines of one number still match. */
export class Redactor {
  readonly #hash: KeyedHash;

  /** `key` null: random, so that hashes match within this process only. */
  constructor(key: string | Uint8Array | null) {
    this.#hash = new KeyedHash(key ?? randomBytes(32));
  }

  /** A copy of the verdict without the numbers and names of its parties and of `others`, those of further legs. */
  verdict(verdict: Verdict, others: readonly string[] = []): Verdict {
    return { ...verdict, ...this.shown(verdict, others) };
  }

  /** The same, but only the fields in which a number may stand. */
  shown(verdict: Verdict, others: readonly string[] = []): Shown {
    const known = partiesOf(verdict, others);
    // `why` is in callfate's own words too, but a user's rule may quote a number.
    const numbers = known.numbers();
    const { sip, reasonHeaders, context, conflicts } = verdict;
    return {
      callId: this.#callId(verdict.callId, numbers),
      fromTag: this.#callId(verdict.fromTag, numbers),
      caller: this.#identity(verdict.caller),
      callee: this.#identity(verdict.callee),
      sip: sip.phrase === null ? sip : { ...sip, phrase: this.#text(sip.phrase, known) },
      reasonHeaders: reasonHeaders.map((header) => this.#text(header, known)),
      context: context.map((fact) => ({
        ...fact,
        // The name of a stage, or of a party, is one of callfate's own words.
        name:
          fact.name === null || OWN_NAMES.has(fact.kind) ? fact.name : this.#text(fact.name, known),
        id: fact.id === null ? null : this.#callId(fact.id, numbers),
      })),
      evidence: verdict.evidence.map((item) => this.#evidence(item, known, numbers)),
      conflicts: conflicts.map(({ winner, loser }) => ({
        winner: this.#evidence(winner, known, numbers),
        loser: this.#evidence(loser, known, numbers),
      })),
    };
  }

  /** One number or user name. Separators and a leading + do not change the hash. */
  hash(identity: string): string {
    return `n:${this.#hash.of(canonicalNumber(identity))}`;
  }

  #evidence(item: Evidence, known: Literals, numbers: Literals): Evidence {
    const text = this.#text(item.value, known);
    const value = text === item.value || OWN_WORDS.test(item.value) ? item.value : text;
    const why = this.#text(item.why, numbers);
    return value === item.value && why === item.why ? item : { ...item, value, why };
  }

  #identity(identity: string | null): string | null {
    if (identity === null || identity === '') return identity;
    if (PLAIN_NUMBER.test(identity)) return this.hash(identity);
    if (identity.toLowerCase() === ANONYMOUS) return identity;
    const uri = URI.exec(identity)?.groups;
    if (uri === undefined) return this.hash(identity);
    if (uri.tel !== undefined) return uri.tel + this.hash(uri.number ?? '');
    return `${uri.scheme}${this.hash(uri.user ?? '')}${uri.host}`;
  }

  #text(text: string, known: Literals): string {
    if (isBland(text) && !known.namesStandIn(text)) return text;
    // A status, a cause or a WebSocket close code, even where an extension has the same digits.
    if (/^\d{1,4}$/.test(text)) return text;
    return text.replace(known.standIn(text) ? known.inText : ANY_IDENTITY, (...args) => {
      const groups: Record<string, string | undefined> = args.at(-1);
      const prefix = groups.scheme ?? groups.tel ?? '';
      const found = groups.user ?? groups.number ?? groups.digits ?? groups.known ?? '';
      return prefix + this.hash(found);
    });
  }

  /** Only the numbers of the call itself: a Call-ID must stay one that can be searched for elsewhere. */
  #callId(callId: string, numbers: Literals): string {
    if (!LONG_NUMBER.test(callId) && !numbers.namesStandIn(callId)) return callId;
    if (!numbers.standIn(callId)) return this.#suffixes(callId, numbers.ends);
    return callId.replace(numbers.inCallId, (found) => {
      const isLong = ONLY_LONG_NUMBER.test(found);
      return isLong && !numbers.ends.some((end) => found.endsWith(end)) ? found : this.hash(found);
    });
  }

  /** Replaces runs of digits that end as a number of the call does. */
  #suffixes(callId: string, ends: readonly string[]): string {
    let shown = '';
    let rest = 0;
    for (let from = 0, to = 0; to <= callId.length; to++) {
      if (isDigit(callId.charCodeAt(to))) continue;
      const found = to - from >= SUFFIX_DIGITS ? callId.slice(from, to) : '';
      if (found !== '' && ends.some((end) => found.endsWith(end))) {
        shown += callId.slice(rest, from) + this.hash(found);
        rest = to;
      }
      from = to + 1;
    }
    return rest === 0 ? callId : shown + callId.slice(rest);
  }
}

/** Of a UTF-16 code; NaN, behind the end, is none. */
function isDigit(code: number): boolean {
  return code >= DIGIT_0 && code <= DIGIT_9;
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
