import { Network, type Node, Transaction, type TransactionOptions, type Wire } from './network.ts';
import { hops, hostOf, proxy, spellingOf, userAgent } from './nodes.ts';
import { type Oddities, otherCase } from './oddities.ts';
import { Random } from './random.ts';
import { type Header, sdp } from './wire.ts';

/** One branch of the INVITE behind the last proxy, or the whole INVITE where there is no proxy. */
export interface Leg {
  readonly invite: Transaction;
  readonly tag: string;
  /** When the INVITE reached the callee. */
  readonly arrivedAt: number;
  /** A final response was sent. */
  over: boolean;
}

export type Side = 'caller' | 'callee';
export type Progress = (typeof PROGRESS)[number];

/** What comes before the final response: statuses, `+` with SDP. */
export const PROGRESS = [
  '',
  '180',
  '180+',
  '183',
  '183+',
  '181',
  '183+ 180',
  '180 183+',
  '181 180',
  '182 180',
  '180 180',
  '199',
  '170',
  '183 181',
  '183 183+',
  '180 199',
  '183 183+ 180',
  '180 183 180',
] as const;

/** Shapes an ending may rule out. */
export interface Plan {
  readonly fork?: boolean;
  /** A proxy stands in the path. */
  readonly proxy?: boolean;
  readonly direct?: boolean;
  /** A tap that sees one end only would not do. */
  readonly sight?: 'all' | 'near';
  /** Nothing before the INVITE that counts: no challenge, redirection or failover. */
  readonly plain?: boolean;
}

export interface InDialog {
  readonly headers?: readonly Header[];
  readonly body?: string;
  /** An ACK takes the number of its INVITE; every other request the next one. */
  readonly cseq?: number;
  /** What its messages prove, besides that a BYE or ACK was sent. */
  readonly proves?: readonly string[];
}

const NAMES = [
  '',
  'Alice ',
  '"Doe, John; Sales" ',
  '"Bob \\"B\\" <x>" ',
  '"a;tag=no, <b>" ',
  '"\\\\" ',
];

/** One call being written: who takes part, the time, and the identifiers of its dialog. */
export class Scene {
  readonly random: Random;
  readonly network: Network;
  readonly odd: Oddities;
  readonly caller: Node;
  readonly proxies: readonly Node[];
  readonly callees: readonly Node[];
  /** Shapes this call has, for the table of known gaps and for people. */
  readonly features = new Set<string>();
  readonly callId: string;
  readonly fromTag: string;
  readonly plan: Plan;
  /** ms from the start of the call: when the next thing happens. */
  now = 0;
  legs: Leg[] = [];
  /** Seen so far, by whoever sees all. */
  /** The next INVITE takes a new CSeq. */
  renumbered = false;
  rang = false;
  answeredAt = 0;
  earlyMedia = false;
  ringingAt = 0;
  #cseq: number;
  readonly #calleeCseq: number;
  #calleeRequests = 0;
  readonly #number: string;
  readonly #from: (tag: string) => string;
  readonly #to: (tag: string) => string;
  #version = 1;
  readonly #tags = new Set<string>();

  /** `number`: the caller's, and the end of the callee's; a run gives every call its own, or all the same. */
  constructor(seed: number, plan: Plan, number: string, odd: Oddities) {
    const r = new Random(seed);
    this.#number = number;
    this.random = r;
    this.plan = plan;
    this.odd = odd;
    this.network = new Network(r, odd);
    const spelling = spellingOf(r, odd);
    const proxies = plan.direct === true ? 0 : r.int(plan.proxy === true ? 1 : 0, 2);
    const forks = plan.fork !== false && proxies > 0 && r.chance(0.3) ? r.int(2, 3) : 1;
    this.caller = userAgent(odd, r, 'caller', 1, spelling, proxies > 0);
    this.proxies = hops(
      Array.from({ length: proxies }, (_, i) => proxy(r, i + 1)),
      odd,
    );
    this.callees = Array.from({ length: forks + 1 }, (_, i) =>
      userAgent(odd, r, 'callee', i + 2, spellingOf(r, odd), proxies > 0, this.caller.transport),
    );
    this.callId = odd.callId(this.caller.style.callId(r, hostOf(this.caller)));
    this.fromTag = odd.tag(this.caller.style.tag(r), null);
    this.#cseq = odd.cseq(this.caller.style.cseq(r));
    const before = r.pick([-1, 0, 101, 1000, this.#cseq, r.int(1, 120_000_000)]);
    this.#calleeCseq = odd.has('cseq-twins') ? this.#cseq - 1 : before;
    const name = r.pick(NAMES);
    const from = `sip:${number}@${hostOf(this.caller)}`;
    this.#from = (tag) => odd.party(name, from, tag);
    const to = `sip:+49${r.digits(9)}@example.com`;
    this.#to = (tag) => odd.party('', to, tag);
    this.#describe(forks);
  }

  /** Hops of a dialog with this leg: every proxy records its route. */
  path(leg: Leg): readonly Node[] {
    return leg.invite.path;
  }

  /** The last proxy: it forks, fails over and times out. */
  get forker(): number {
    return this.proxies.length;
  }

  get leg(): Leg {
    return this.at(0);
  }

  at(index: number): Leg {
    const leg = this.legs[index];
    if (leg === undefined) throw new Error(`no leg ${index}`);
    return leg;
  }

  /** A transaction of the caller's outside of a dialog; `next` uses up a CSeq. */
  initial(path: readonly Node[], next: boolean, headers: readonly Header[] = []): Transaction {
    if (next) this.#cseq += this.odd.step;
    const r = this.random;
    return new Transaction(this.network, {
      method: 'INVITE',
      cseq: this.#cseq,
      path,
      callId: this.callId,
      from: this.#from(this.fromTag),
      to: this.#to,
      uri: `sip:0${this.#number}@example.com`,
      headers: [
        ['Contact', `<sip:${r.lower(6)}@${this.caller.sentBy}>`],
        ['User-Agent', this.caller.style.agent],
        ['Supported', '100rel, timer, replaces'],
        ...headers,
      ],
      body: this.features.has('late-offer') ? null : this.sdp(),
    });
  }

  /** A request inside the dialog with `leg`. */
  within(
    leg: Leg,
    by: Side,
    method: string,
    options: InDialog = {},
    branches: readonly (string | null)[] = [],
  ): Transaction {
    const forward = by === 'caller';
    const path = this.path(leg);
    const own = this.#from(this.fromTag);
    const other = this.#to(leg.tag);
    const request: TransactionOptions = {
      method,
      cseq: options.cseq ?? this.#nextCseq(by),
      path: forward ? path : [...path].reverse(),
      callId: this.callId,
      from: forward ? own : other,
      to: () => (forward ? other : own),
      uri: `sip:${this.random.lower(6)}@${(forward ? path.at(-1) : path[0])?.sentBy}`,
      headers: options.headers ?? [],
      body: options.body ?? null,
      proves: [
        ...(method === 'BYE' || method === 'ACK' ? [method.toLowerCase()] : []),
        ...(options.proves ?? []),
      ],
    };
    return new Transaction(this.network, request, branches);
  }

  /** A request inside the dialog that the proxy at hop `at` made up: towards one side, in the name of the other. */
  fromProxy(
    leg: Leg,
    at: number,
    towards: Side,
    method: string,
    headers: readonly Header[],
  ): Transaction {
    const path = this.path(leg);
    const forward = towards === 'callee';
    const own = this.#from(this.fromTag);
    const other = this.#to(leg.tag);
    return new Transaction(this.network, {
      method,
      cseq: this.#nextCseq(forward ? 'caller' : 'callee'),
      path: forward ? path.slice(at) : path.slice(0, at + 1).reverse(),
      callId: this.callId,
      from: forward ? own : other,
      to: () => (forward ? other : own),
      uri: `sip:${this.random.lower(6)}@example.com`,
      headers,
      proves: ['bye'],
    });
  }

  wait(min: number, max = min): void {
    this.now += this.random.int(min, max);
  }

  sdp(direction = 'sendrecv'): string {
    return sdp('192.0.2.77', this.#version++, direction);
  }

  /** The To-tag of this callee's dialog. Forks differ in it. */
  tagOf(node: Node): string {
    const usual = node.style.tag(this.random);
    const { odd, fromTag } = this;
    const alone = this.legs.length === 0 && !this.features.has('fork');
    if (alone && odd.has('no-to-tag')) return '';
    if (this.legs.length === 0 && fromTag !== '') {
      if (odd.has('tag-twins')) return fromTag;
      const cased = otherCase(fromTag);
      if (odd.has('tag-case') && cased !== fromTag) return cased;
    }
    let tag = odd.tag(usual, fromTag);
    while (tag === fromTag || this.#tags.has(tag)) {
      tag = odd.tag(node.style.tag(odd.random), fromTag);
    }
    this.#tags.add(tag);
    return tag;
  }

  has(feature: string, p: number): boolean {
    const yes = this.random.chance(p);
    if (yes) this.features.add(feature);
    return yes;
  }

  wires(): Wire[] {
    return this.network.wires.sort((a, b) => a.at - b.at);
  }

  #nextCseq(by: Side): number {
    if (by === 'callee') return this.#calleeCseq + ++this.#calleeRequests;
    this.#cseq += this.odd.step;
    return this.#cseq;
  }

  #describe(forks: number): void {
    const { features, caller, proxies, odd } = this;
    for (const name of this.odd.names) features.add(`~${name}`);
    features.add(`caller-${caller.style.name}`);
    features.add(`proxies-${proxies.length}`);
    if (forks > 1) features.add('fork');
    if (caller.transport !== 'UDP') features.add(caller.transport);
    const { names, eol, folded, viaList } = caller.spelling;
    if (names !== 'canonical') features.add(names);
    if (eol === '\n') features.add('lf-only');
    if (folded) features.add('folded');
    if (viaList && proxies.length > 0) features.add('via-list');
    this.has('late-offer', 0.08);
    this.has('100rel', 0.15);
    if (proxies.length === 2 && this.has('both-ends', 0.5)) this.network.bothEnds = true;
    if (this.plan.sight === 'all') return;
    // A failure or a BYE of such a proxy's own cannot be told from its caller's.
    this.network.hidden = odd.has('hides-topology') && forks === 1 && this.plan.proxy !== true;
    if (this.has('near', 0.08)) this.network.sight = 'near';
    else if (forks === 1 && this.plan.sight !== 'near' && this.has('far', 0.06)) {
      this.network.sight = 'far';
    }
  }
}
