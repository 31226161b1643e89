import { createHmac, randomBytes } from 'node:crypto';
import type { Evidence, Verdict } from '../classify/outcome.ts';

/** Fewer digits than this are not looked for in texts: they would be SIP statuses and Q.850 causes. */
const SHORTEST_LITERAL = 4;
/** A number may stand in a Call-ID in national or international form; its last digits are the same in both. */
const SUFFIX_DIGITS = 7;
const HASH_DIGITS = 8;

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
const LONG_NUMBER = /\d{7,}/g;
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
  private readonly key: string | Uint8Array;

  /** `key` null: random, so that hashes match within this process only. */
  constructor(key: string | null) {
    this.key = key ?? randomBytes(32);
  }

  /** A copy of the verdict without the numbers and names of its parties and of `others`, those of further legs. */
  verdict(verdict: Verdict, others: readonly string[] = []): Verdict {
    const all = [verdict.caller, verdict.callee, ...others];
    const parties = [...new Set(all.flatMap((identity) => literals(identity)))];
    const known = new Literals(parties);
    // `why` is in callfate's own words too, but a user's rule may quote a number.
    const numbers = new Literals(parties.filter((literal) => /\d{4}/.test(literal)));
    const evidence = (item: Evidence): Evidence => ({
      ...item,
      value: OWN_WORDS.test(item.value) ? item.value : this.text(item.value, known),
      why: this.text(item.why, numbers),
    });
    const { phrase } = verdict.sip;
    return {
      ...verdict,
      callId: this.callId(verdict.callId, numbers),
      fromTag: this.callId(verdict.fromTag, numbers),
      caller: this.identity(verdict.caller),
      callee: this.identity(verdict.callee),
      sip: { ...verdict.sip, phrase: phrase === null ? null : this.text(phrase, known) },
      reasonHeaders: verdict.reasonHeaders.map((header) => this.text(header, known)),
      context: verdict.context.map((fact) => ({
        ...fact,
        // The name of a stage, or of a party, is one of callfate's own words.
        name:
          fact.name === null || OWN_NAMES.has(fact.kind) ? fact.name : this.text(fact.name, known),
        id: fact.id === null ? null : this.callId(fact.id, numbers),
      })),
      evidence: verdict.evidence.map(evidence),
      conflicts: verdict.conflicts.map(({ winner, loser }) => ({
        winner: evidence(winner),
        loser: evidence(loser),
      })),
    };
  }

  /** One number or user name. Separators and a leading + do not change the hash. */
  hash(identity: string): string {
    const digest = createHmac('sha256', this.key).update(canonicalNumber(identity)).digest('hex');
    return `n:${digest.slice(0, HASH_DIGITS)}`;
  }

  private identity(identity: string | null): string | null {
    if (identity === null || identity === '' || identity.toLowerCase() === ANONYMOUS) {
      return identity;
    }
    const uri = URI.exec(identity)?.groups;
    if (uri === undefined) return this.hash(identity);
    if (uri.tel !== undefined) return uri.tel + this.hash(uri.number ?? '');
    return `${uri.scheme}${this.hash(uri.user ?? '')}${uri.host}`;
  }

  private text(text: string, known: Literals): string {
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
  private callId(callId: string, numbers: Literals): string {
    // A name is no number, and many a Call-ID holds a word that is also somebody's user part.
    const ends = numbers.list.flatMap((literal) => {
      const digits = literal.replace(/\D/g, '');
      return digits.length < SUFFIX_DIGITS ? [] : [digits.slice(-SUFFIX_DIGITS)];
    });
    const pattern = numbers.standIn(callId) ? numbers.inCallId : LONG_NUMBER;
    return callId.replace(pattern, (found) => {
      const isLong = /^\d{7,}$/.test(found);
      return isLong && !ends.some((end) => found.endsWith(end)) ? found : this.hash(found);
    });
  }
}

/** A number without separators and leading +, or a user name; the same for every way of writing one. */
export function canonicalNumber(identity: string): string {
  const user = identity.split(/[;:]/, 1)[0] ?? '';
  return ONLY_SEPARATED_DIGITS.test(user) ? user.replace(/\D/g, '') : user;
}

/** The number or user name of a URI; an identity that is no URI is one itself. */
export function userPart(identity: string): string {
  const uri = URI.exec(identity)?.groups;
  return uri?.user ?? uri?.number ?? identity;
}

/** The forms in which an identity may stand in a text. */
function literals(identity: string | null): readonly string[] {
  if (identity === null || identity.toLowerCase() === ANONYMOUS) return [];
  const uri = URI.exec(identity)?.groups;
  const user = (uri?.user ?? uri?.number ?? identity).split(/[;:]/, 1)[0] ?? '';
  return [user, user.replace(/^\+/, '')].filter((form) => form.length >= SHORTEST_LITERAL);
}

/** What the parties of one call are called. A pattern is compiled when a text holds one of them, which few do. */
class Literals {
  readonly list: readonly string[];
  readonly #lower: readonly string[];
  #inText: RegExp | null = null;

  constructor(list: readonly string[]) {
    this.list = list;
    this.#lower = list.map((literal) => literal.toLowerCase());
  }

  /** True when one of them may stand in the text. */
  standIn(text: string): boolean {
    const lower = text.toLowerCase();
    return this.#lower.some((literal) => lower.includes(literal));
  }

  get inText(): RegExp {
    const parts = [URI_USER, TEL, DIGITS, `(?<known>${literalPattern(this.list)})`];
    this.#inText ??= new RegExp(parts.join('|'), 'gi');
    return this.#inText;
  }

  get inCallId(): RegExp {
    return new RegExp(`\\d{7,}|${literalPattern(this.list)}`, 'gi');
  }
}

function literalPattern(known: readonly string[]): string {
  const escaped = known.map((literal) => literal.replace(/[^A-Za-z0-9]/g, '\\$&'));
  return `(?<![A-Za-z0-9])(?:${escaped.join('|')})(?![A-Za-z0-9])`;
}
