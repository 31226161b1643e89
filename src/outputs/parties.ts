/** The parties of a call, and the forms in which their numbers and names may stand in a text. */
import type { Verdict } from '../classify/outcome.ts';

/** Fewer digits than this are not looked for in texts: they would be SIP statuses and Q.850 causes. */
const SHORTEST_LITERAL = 4;
/** A number may stand in a Call-ID in national or international form; its last digits are the same in both. */
export const SUFFIX_DIGITS = 7;
const [PLUS, DIGIT_0, DIGIT_9] = [0x2b, 0x30, 0x39];

/** RFC 3261 section 19.1.1: the user part may hold `;` and `:`, but no `@`. */
const URI_USER = '(?<scheme>\\bsips?:)(?<user>[^@\\s<>"]+)(?=@)';
/** RFC 3966 section 3, with its visual separators. */
const TEL = '(?<tel>\\btel:)(?<number>\\+?[\\d().-]+)';
/** Seven digits or more with single separators, that are no date and no part of an IP address or a word. */
const SEPARATED =
  '(?<![A-Za-z0-9.])(?!\\d{4}-\\d\\d-\\d\\d(?!\\d))\\+?\\d(?:[-() ]?\\d){6,}(?![A-Za-z0-9])';
/** Without separators wherever they stand, as in `%2B15551234567`, but for a code like `0x00000490`. */
const DIGITS = `(?<digits>${SEPARATED}|(?<!\\d|0x)\\d{7,})`;
export const ANY_IDENTITY = new RegExp([URI_USER, TEL, DIGITS].join('|'), 'gi');
/** As most callers and callees are. */
const PLAIN_NUMBER = /^\+?\d{7,}$/;
/** A name with fewer digits than `SUFFIX_DIGITS`, without what makes a URI, a parameter or a number of it; or none. */
const PLAIN_NAME = /^(?!\+)(?!(?:\D*\d){7})[!-9<-~]*$/;
const LONG_RUNS = /\d{7,}/g;
const ONLY_SEPARATED_DIGITS = /^\+?[\d\s().-]*\d[\d\s().-]*$/;
export const URI =
  /\b(?<scheme>sips?:)(?<user>[^@\s<>"]+)(?<host>@[^\s<>";?]+)|\b(?<tel>tel:)(?<number>\+?[\d().-]+)/i;
/** RFC 3323 section 4.1.1.3. It says more than its hash and hides nobody. */
export const ANONYMOUS = 'anonymous';

/** A number without separators and leading +, or a user name; the same for every way of writing one. */
export function canonicalNumber(identity: string): string {
  const plain = plainNumber(identity);
  if (plain !== null) return plain;
  const user = identity.split(/[;:]/, 1)[0] ?? '';
  return ONLY_SEPARATED_DIGITS.test(user) ? user.replace(/\D/g, '') : user;
}

/** The number or user name of a URI; an identity that is no URI is one itself. */
export function userPart(identity: string): string {
  const uri = URI.exec(identity)?.groups;
  return uri?.user ?? uri?.number ?? identity;
}

/** The digits of a number as `PLAIN_NUMBER` has it; null: it is none. */
export function plainNumber(identity: string): string | null {
  const from = identity.charCodeAt(0) === PLUS ? 1 : 0;
  if (identity.length - from < SUFFIX_DIGITS) return null;
  for (let i = from; i < identity.length; i++) if (!isDigit(identity.charCodeAt(i))) return null;
  return from === 0 ? identity : identity.slice(1);
}

/** Of a UTF-16 code; NaN, behind the end, is none. */
export function isDigit(code: number): boolean {
  return code >= DIGIT_0 && code <= DIGIT_9;
}

const NONE: readonly string[] = Object.freeze([]);

/** Who is to be hidden in the texts of one call. */
export class Parties {
  readonly #caller: string | null;
  readonly #callee: string | null;
  readonly #others: readonly string[];
  /** Digits of the caller's and the callee's number; null: it is no plain one, or not known. */
  readonly caller: string | null;
  readonly callee: string | null;
  /** Digits of all plain numbers. */
  readonly numbers: readonly string[];
  /** Extensions and names that are looked for in texts, in lower case. */
  readonly names: readonly string[];
  /** False: some of them are neither plain numbers nor plain names, and only `literals` knows how to look for them. */
  readonly arePlain: boolean;
  #literals: Literals | null = null;

  /** `others`: callers and callees of further legs. */
  constructor({ caller, callee }: Pick<Verdict, 'caller' | 'callee'>, others: readonly string[]) {
    this.#caller = caller;
    this.#callee = callee;
    this.#others = others;
    this.caller = caller === null ? null : plainNumber(caller);
    this.callee = callee === null ? null : plainNumber(callee);
    if (this.caller !== null && this.callee !== null && others.length === 0) {
      // As most calls are, and this for each of them.
      this.numbers = [this.caller, this.callee];
      this.names = NONE;
      this.arePlain = true;
      return;
    }
    const numbers: string[] = [];
    const names: string[] = [];
    let arePlain = true;
    for (const one of this.#all()) {
      const number = plainNumber(one);
      if (number !== null) numbers.push(number);
      else if (!PLAIN_NAME.test(one)) arePlain = false;
      else if (isSought(one)) names.push(one.toLowerCase());
    }
    this.numbers = numbers;
    this.names = names;
    this.arePlain = arePlain;
  }

  get literals(): Literals {
    if (this.#literals === null) {
      const list: string[] = [];
      for (const one of this.#all()) addLiterals(list, one);
      this.#literals = new Literals(list);
    }
    return this.#literals;
  }

  /** True when an extension or a name may stand in the text. */
  mayBeNamedIn(text: string): boolean {
    if (!this.arePlain) return this.literals.namesStandIn(text);
    return this.names.length > 0 && isAnyIn(this.names, text.toLowerCase());
  }

  /** True when a number of these digits was written with a leading +. */
  haveWithPlus(digits: string): boolean {
    return this.#all().includes(`+${digits}`);
  }

  #all(): readonly string[] {
    return [this.#caller, this.#callee, ...this.#others].filter((one) => one !== null);
  }
}

/** A name is long enough to be looked for, and hides somebody. */
function isSought(name: string): boolean {
  return name.length >= SHORTEST_LITERAL && name.toLowerCase() !== ANONYMOUS;
}

/** Adds the forms in which an identity may stand in a text. */
function addLiterals(list: string[], identity: string): void {
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
export class Literals {
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
    return isAnyIn(this.#sought, this.#names.length === 0 ? text : text.toLowerCase());
  }

  /** True when an extension or a name may stand in the text. */
  namesStandIn(text: string): boolean {
    return this.#names.length > 0 && isAnyIn(this.#names, text.toLowerCase());
  }

  get inText(): RegExp {
    this.#inText ??= new RegExp(this.#parts().join('|'), 'gi');
    return this.#inText;
  }

  get inCallId(): RegExp {
    return new RegExp(`${literalPattern(this.#list)}|\\d{7,}`, 'gi');
  }

  /** Last digits, the same in national and international form. A name is no number: a Call-ID may hold it as a word. */
  get ends(): readonly string[] {
    this.#ends ??= this.#list.flatMap((literal) => {
      const digits = isLongNumber(literal) ? literal : literal.replace(/\D/g, '');
      // Of `15551234567x200` the number may stand there alone.
      const runs = [digits, ...(literal.match(LONG_RUNS) ?? [])];
      return runs
        .filter((run) => run.length >= SUFFIX_DIGITS)
        .map((run) => run.slice(-SUFFIX_DIGITS));
    });
    return this.#ends;
  }

  /** A name with a number in it is looked for whole; a number by itself ends where its digits do. */
  #parts(): readonly string[] {
    const names = this.#list.filter((literal) => !ONLY_SEPARATED_DIGITS.test(literal));
    const numbers = this.#list.filter((literal) => ONLY_SEPARATED_DIGITS.test(literal));
    const named = names.length === 0 ? [] : [`(?<named>${literalPattern(names)})`];
    const known = numbers.length === 0 ? [] : [`(?<known>${literalPattern(numbers)})`];
    return [URI_USER, TEL, ...named, DIGITS, ...known];
  }
}

function isLongNumber(literal: string): boolean {
  return PLAIN_NUMBER.test(literal);
}

export function isAnyIn(literals: readonly string[], text: string): boolean {
  for (const literal of literals) if (text.includes(literal)) return true;
  return false;
}

/** The longest first: of `1001-2002` and `1001`, the text holds the one that it holds whole. */
function literalPattern(known: readonly string[]): string {
  const longestFirst = [...known].sort((a, b) => b.length - a.length);
  const escaped = longestFirst.map((literal) => literal.replace(/[^A-Za-z0-9]/g, '\\$&'));
  return `(?<![A-Za-z0-9])(?:${escaped.join('|')})(?![A-Za-z0-9])`;
}
