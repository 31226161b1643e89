import { Random } from './random.ts';

/**
 * What legal but odd peers send, and a few real ones that break a rule: how often an odd call has each. Every ending
 * meets every one of them under every fault.
 */
const ODDITIES = {
  // Numbers. The caller's first CSeq is 0 or near its end, 2^31 - 1 (RFC 3261 §8.1.1.5); some steps are wide.
  'cseq-0': 0.05,
  'cseq-high': 0.08,
  'cseq-jumps': 0.1,
  // The callee's first number is that of the INVITE.
  'cseq-twins': 0.1,
  // Tags (RFC 3261 §19.3), and what gateways do to them.
  'tag-short': 0.06,
  'tag-long': 0.05,
  'tag-token': 0.08,
  'tag-shared': 0.08,
  'tag-case': 0.06,
  'tag-twins': 0.06,
  'no-from-tag': 0.04,
  'no-to-tag': 0.05,
  'tag-moves': 0.06,
  'untagged-18x': 0.08,
  // Branches: RFC 2543 has none or any, and the same for all that one client sends.
  'branch-none': 0.05,
  'branch-0': 0.05,
  'branch-constant': 0.06,
  'branch-ack': 0.06,
  'branch-case': 0.08,
  // Vias.
  'many-hops': 0.03,
  spiral: 0.08,
  'via-received': 0.2,
  'via-ipv6': 0.06,
  'via-name': 0.06,
  'via-no-port': 0.06,
  'via-twins': 0.06,
  'via-maddr': 0.05,
  // Topology hiding: the proxy shows the next hop no Via but its own, and keeps Call-ID, tags and CSeq.
  'hides-topology': 0.12,
  // What looks like the tag's parameter and is none (RFC 3261 §20.20, §20.39).
  'bare-address': 0.06,
  'uri-params': 0.06,
  'header-params': 0.06,
  // What comes before the INVITE that counts.
  'auth-chain': 0.08,
  'redirect-chain': 0.04,
  // Responses.
  'phrase-empty': 0.08,
  'phrase-utf8': 0.08,
  'late-100': 0.1,
  '2xx-other': 0.06,
  'late-invite': 0.06,
  'repeated-200': 0.08,
  // Spelling (RFC 3261 §7.3.1), of the user agents.
  spacious: 0.08,
  tight: 0.06,
  'mixed-names': 0.08,
  'folded-all': 0.06,
  'vias-last': 0.06,
  filler: 0.03,
  'no-length': 0.06,
  trailing: 0.06,
  'header-body': 0.08,
  // The Call-ID (RFC 3261 §20.8: case-sensitive), alike for neighbours.
  'call-id': 0.4,
} as const;

export type Oddity = keyof typeof ODDITIES;

/** Without a tag of its own, a call that shares its Call-ID is nobody's. */
const TAGS: readonly Oddity[] = [
  'no-to-tag',
  'tag-twins',
  'tag-case',
  'no-from-tag',
  'tag-shared',
  'tag-short',
];
/** How many calls have any oddity. */
const SHARE = 0.5;
/** All signs of a `token`, and those that a `word` has more (RFC 3261 §25.1). */
const TOKEN = "-.!%*_+`'~";
const WORD = `${TOKEN}()<>:\\"/[]?{}`;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz';

/** The oddities of one call. Its random numbers are its own, so that they change nothing else of the call. */
export class Oddities {
  readonly names: ReadonlySet<Oddity>;
  readonly random: Random;
  readonly #seed: number;

  /** `share`: of the calls that are odd at all. */
  constructor(seed: number, share = SHARE) {
    const r = new Random(Math.imul(seed, 0x2c1b3c6d) ^ 0x297a2d39);
    this.#seed = seed;
    this.random = r;
    const odd = r.chance(share);
    const rows = Object.entries(ODDITIES) as [Oddity, number][];
    const names = new Set(rows.filter(([, p]) => r.chance(p) && odd).map(([name]) => name));
    // With the same tags and the same sent-by nothing tells who sent a request.
    if (names.has('tag-twins')) {
      names.delete('via-twins');
      names.delete('hides-topology');
    }
    this.names = names;
    if (this.#sharesCallId) for (const name of TAGS) names.delete(name);
  }

  has(name: Oddity): boolean {
    return this.names.has(name);
  }

  /** The Call-ID, or the usual one. Four neighbours have the same kind, and ids that differ in little. */
  callId(usual: string): string {
    if (!this.has('call-id')) return usual;
    const group = this.#seed >> 2;
    const one = this.#seed & 3;
    const name = spelt(group, ALPHABET);
    switch (group % 6) {
      case 0:
        return one < 2
          ? `x${name}${one === 0 ? 'Aa' : 'aA'}`
          : `x${name}${one === 2 ? 'AA' : 'aa'}`;
      case 1:
        return `y${name}0${'0'.repeat(one)}`;
      case 2:
        return `z${name}-${'long-'.repeat(44)}${one}`;
      case 4:
        // A B2BUA that keeps the Call-ID: calls that their From-tags alone tell apart.
        return `shared-${name}`;
      case 3:
        return `${WORD}${name}${one}@${WORD}`;
      default:
        return spelt(this.#seed, WORD.slice(0, 8));
    }
  }

  /** A tag, or the usual one, for the caller (`other` is null) or the callee. */
  tag(usual: string, other: string | null): string {
    const r = this.random;
    if (this.#sharesCallId) return usual;
    if (other === null && this.has('no-from-tag')) return '';
    if (other === null && this.has('tag-shared')) return '1';
    if (this.has('tag-long')) return `${usual}${r.alnum(120)}`;
    if (this.has('tag-token')) return `${TOKEN}${r.lower(3)}${TOKEN}`;
    if (this.has('tag-short')) return r.pick([...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJ23456789']);
    return usual;
  }

  get #sharesCallId(): boolean {
    return this.has('call-id') && (this.#seed >> 2) % 6 === 4;
  }

  /** From or To, with its tag if it has one. */
  party(name: string, uri: string, tag: string): string {
    const own = tag === '' ? '' : `;tag=${tag}`;
    if (this.has('bare-address')) return `${uri}${own}`;
    const params = this.has('uri-params') ? ';user=phone;tag=no?Subject=a%3Btag%3Dno' : '';
    const before = this.has('header-params') ? ';x-a="b>;tag=\\"no";x-tag=no' : '';
    return `${name}<${uri}${params}>${before}${own}`;
  }

  /** A first CSeq, or the usual one. */
  cseq(usual: number): number {
    if (this.has('cseq-0')) return 0;
    if (this.has('cseq-high')) return 2 ** 31 - 1 - this.random.int(400, 500);
    return usual;
  }

  /** How far the next CSeq is. */
  get step(): number {
    return this.has('cseq-jumps') ? this.random.int(1, 9) : 1;
  }

  phrase(usual: string): string {
    if (this.has('phrase-empty')) return '';
    if (!this.has('phrase-utf8')) return usual;
    return Buffer.from('Приём;tag=x, "Ñ" SIP/2.0 200 ☎').toString('latin1');
  }
}

/** A number with these signs for digits. */
function spelt(value: number, signs: string): string {
  const digit = signs[value % signs.length] ?? '';
  return value < signs.length ? digit : spelt(Math.floor(value / signs.length), signs) + digit;
}

/** The same letters, each in the other case. */
export function otherCase(text: string): string {
  return [...text].map((c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())).join('');
}
