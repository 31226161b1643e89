import { randomBytes } from 'node:crypto';
import type { Evidence, Verdict } from '../classify/outcome.ts';
import { KeyedHash } from './keyed-hash.ts';

/** Fewer digits than this are not looked for in texts: they would be SIP statuses and Q.850 causes. */
const SHORTEST_LITERAL = 4;
/** A number may stand in a Call-ID in national or international form; its last digits are the same in both. */
const SUFFIX_DIGITS = 7;

/** RFC 3261 section 19.1.1: the user part may hold `;` and `:`, but no `@`. */
const URI_USER = '(?<scheme>\\bsips?:)(?<user>[^@\\s<>"]+)(?=@)';
/** RFC 3966 section 3, with its visual separators. */
const TEL = '(?<tel>\\btel:)(?<number>\\+?[\\d().-]+)';
/** Seven digits or more with single separators, that are no date and no part of an IP address or a word. */
const SEPARATED =
  '(?<![A-Za-z0-9.])(?!\\d{4}-\\d\\d-\\d\\d(?!\\d))\\+?\\d(?:[-() ]?\\d){6,}(?![A-Za-z0-9])';
/** Without separators wherever they stand, as in `%2B15551234567`, but for a code like `0x00000490`. */
const DIGITS = `(?<digits>${SEPARATED}|(?<!\\d|0x)\\d{7,})`;
const ANY_IDENTITY = new RegExp([URI_USER, TEL, DIGITS].join('|'), 'gi');
const LONG_NUMBER = /\d{7}/;
const LONG_NUMBERS = /\d{7,}/g;
const ONLY_LONG_NUMBER = /^\d{7,}$/;
/** As most callers and callees are. */
const PLAIN_NUMBER = /^\+?\d{7,}$/;
const [DIGIT_0, DIGIT_9, COLON, AT_SIGN] = [0x30, 0x39, 0x3a, 0x40];
const ONLY_SEPARATED_DIGITS = /^\+?[\d\s().-]*\d[\d\s().-]*$/;
const URI =
  /\b(?<scheme>sips?:)(?<user>[^@\s<>"]+)(?<host>@[^\s<>";?]+)|\b(?<tel>tel:)(?<number>\+?[\d().-]+)/i;
/** A value in callfate's own words: a user called `caller` must not blot them out. */
const OWN_WORDS = /^(?:caller|callee|platform|unknown) (?:BYE|CANCEL)$/;
/** Kinds of facts whose names are callfate's own words too. */
const OWN_NAMES: ReadonlySet<string> = new Set(['stage', 'media']);
/** RFC 3323 section 4.1.1.3. It says more than its hash and hides nobody. */
const ANONYMOUS = 'anonymous';

/** Replaces telephone numbers and user names by keyed hashes `n:1a2b3c4d`: lines of one number still match. */
export class Redactor {
  readonly #hash: KeyedHash;

  /** `key` null: random, so that hashes match within this process only. */
  constructor(key: string | Uint8Array | null) {
    this.#hash = new KeyedHash(key ?? randomBytes(32));
  }

  /** A copy of the verdict without the numbers and names of its parties and of `others`, those of further legs. */
  verdict(verdict: Verdict, others: readonly string[] = []): Verdict {
    const known = partiesOf(verdict, others);
    // `why` is in callfate's own words too, but a user's rule may quote a number.
    const numbers = known.numbers();
    const { sip, reasonHeaders, context, conflicts } = verdict;
    return {
      ...verdict,
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
    const value = OWN_WORDS.test(item.value) ? item.value : this.#text(item.value, known);
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
    const known = numbers.standIn(callId);
    if (!known && !LONG_NUMBER.test(callId)) return callId;
    return callId.replace(known ? numbers.inCallId : LONG_NUMBERS, (found) => {
      const isLong = ONLY_LONG_NUMBER.test(found);
      return isLong && !numbers.ends.some((end) => found.endsWith(end)) ? found : this.hash(found);
    });
  }
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
    if (code >= DIGIT_0 && code <= DIGIT_9) digits++;
  }
  return digits < SUFFIX_DIGITS;
}

/** A number without separators and leading +, or a user name; the same for every way of writing one. */
export function canonicalNumber(identity: string): string {
  if (PLAIN_NUMBER.test(identity)) return identity.startsWith('+') ? identity.slice(1) : identity;
  const user = identity.split(/[;:]/, 1)[0] ?? '';
  return ONLY_SEPARATED_DIGITS.test(user) ? user.replace(/\D/g, '') : user;
}

/** The number or user name of a URI; an identity that is no URI is one itself. */
export function userPart(identity: string): string {
  const uri = URI.exec(identity)?.groups;
  return uri?.user ?? uri?.number ?? identity;
}

function partiesOf({ caller, callee }: Verdict, others: readonly string[]): Literals {
  const list: string[] = [];
  addLiterals(list, caller);
  addLiterals(list, callee);
  for (const other of others) addLiterals(list, other);
  return new Literals(list);
}

/** Adds the forms in which an identity may stand in a text. */
function addLiterals(list: string[], identity: string | null): void {
  if (identity === null) return;
  const user = PLAIN_NUMBER.test(identity) ? identity : userOf(identity);
  const bare = user.startsWith('+') ? user.slice(1) : user;
  for (const form of user === bare ? [user] : [user, bare]) {
    if (form.length >= SHORTEST_LITERAL && !list.includes(form)) list.push(form);
  }
}

/** Empty: nobody is to be hidden. */
function userOf(identity: string): string {
  if (identity.toLowerCase() === ANONYMOUS) return '';
  return userPart(identity).split(/[;:]/, 1)[0] ?? '';
}

/** What the parties of one call are called. A pattern is compiled when a text holds one of them, which few do. */
class Literals {
  readonly #list: readonly string[];
  /** In lower case; of `+49` and `49` only the latter, which stands wherever the former does. */
  readonly #sought: readonly string[];
  /** Those of few digits: extensions and names. */
  readonly #names: readonly string[];
  #ends: readonly string[] | null = null;
  #inText: RegExp | null = null;

  constructor(list: readonly string[]) {
    this.#list = list;
    this.#sought = list.filter((one) => !one.startsWith('+') || !list.includes(one.slice(1)));
    if (!this.#sought.every(isLongNumber)) {
      this.#sought = this.#sought.map((literal) => literal.toLowerCase());
    }
    this.#names = this.#sought.filter((literal) => !isLongNumber(literal));
  }

  /** Those with a number in them. */
  numbers(): Literals {
    if (this.#names.length === 0) return this;
    return new Literals(this.#list.filter((literal) => /\d{4}/.test(literal)));
  }

  /** True when one of them may stand in the text. */
  standIn(text: string): boolean {
    return isAnyIn(this.#sought, text);
  }

  /** True when an extension or a name may stand in the text. */
  namesStandIn(text: string): boolean {
    return this.#names.length > 0 && isAnyIn(this.#names, text);
  }

  get inText(): RegExp {
    const parts = [URI_USER, TEL, DIGITS, `(?<known>${literalPattern(this.#list)})`];
    this.#inText ??= new RegExp(parts.join('|'), 'gi');
    return this.#inText;
  }

  get inCallId(): RegExp {
    return new RegExp(`\\d{7,}|${literalPattern(this.#list)}`, 'gi');
  }

  /** Last digits, the same in national and international form. A name is no number: a Call-ID may hold it as a word. */
  get ends(): readonly string[] {
    this.#ends ??= this.#list.flatMap((literal) => {
      const digits = literal.replace(/\D/g, '');
      return digits.length < SUFFIX_DIGITS ? [] : [digits.slice(-SUFFIX_DIGITS)];
    });
    return this.#ends;
  }
}

function isLongNumber(literal: string): boolean {
  return PLAIN_NUMBER.test(literal);
}

function isAnyIn(literals: readonly string[], text: string): boolean {
  const lower = text.toLowerCase();
  return literals.some((literal) => lower.includes(literal));
}

function literalPattern(known: readonly string[]): string {
  const escaped = known.map((literal) => literal.replace(/[^A-Za-z0-9]/g, '\\$&'));
  return `(?<![A-Za-z0-9])(?:${escaped.join('|')})(?![A-Za-z0-9])`;
}
