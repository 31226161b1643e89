import { Dialog, LegNetwork } from './dialog.ts';
import type { Node } from './network.ts';
import { Random } from './random.ts';
import { AGENTS, PROXIES, type Style, type Transport } from './styles.ts';
import type { Header, Spelling } from './wire.ts';

/** How the legs of a call find each other. `hidden`: by nothing at all. */
export const SIGNS = [
  'session_id',
  'correlation',
  'header',
  'suffix',
  'inferred',
  'hidden',
] as const;
export type Sign = (typeof SIGNS)[number];

/** What the B2BUA appends to the first leg's Call-ID for its own legs. */
export const SUFFIXES = ['-leg2', '-leg3', '-leg4', '-leg5'] as const;
/** With the first leg's Call-ID; with a value of their own that all legs have. */
export const JOIN_HEADERS = ['X-First-Leg', 'X-Call-Ref'] as const;

/** The trunk's number, which some B2BUAs put in From of everything. */
const MAIN_NUMBER = '49309000';

export type Party = 'carrier' | 'agent';

/** A configured peer, as the configuration has it. */
export const PEERS = [
  { name: 'trunks', role: 'carrier', addresses: ['203.0.113.0/24'], hosts: [], users: [] },
  { name: 'desks', role: 'agent', addresses: ['192.0.2.0/24'], hosts: [], users: [] },
  { name: 'pbx-0', role: 'pbx', addresses: ['198.51.100.10/32'], hosts: [], users: [] },
  {
    name: 'pbx-1',
    role: 'pbx',
    addresses: ['198.51.100.20/32', '198.51.100.21/32'],
    hosts: [],
    users: [],
  },
  { name: 'edge', role: 'proxy', addresses: ['198.51.100.200/32'], hosts: [], users: [] },
] as const;

/** Addresses towards callers and towards who is called. */
const PLATFORMS: readonly (readonly [string, string])[] = [
  ['198.51.100.10', '198.51.100.10'],
  ['198.51.100.20', '198.51.100.21'],
];

/** What a run fixes for all its calls; by default each call has numbers that no other has. */
export interface BridgePlan {
  readonly sign?: Sign;
  /** The number that is called on both legs. */
  readonly hotline?: string;
  /** The B2BUA takes this long before it opens a leg, ms. */
  readonly paceMs?: number;
}

const PLAIN: Spelling = {
  names: 'canonical',
  eol: '\r\n',
  folded: false,
  viaList: false,
  oddities: new Set(),
};

/** One call through a B2BUA being written: who takes part, the legs, and the time. */
export class Bridge {
  readonly random: Random;
  readonly network: LegNetwork;
  readonly features = new Set<string>();
  readonly sign: Sign;
  readonly from: Party;
  readonly a: Dialog;
  /** Legs behind the B2BUA in the order in which they begin, and what is at their end. */
  readonly far: Dialog[] = [];
  readonly parties: Party[] = [];
  /** A goes to the very socket from which the other legs come. */
  oneSocket = true;
  now = 0;
  readonly #plan: BridgePlan;
  readonly #seed: number;
  readonly #addresses: readonly [string, string];
  readonly #style: Style;
  readonly #edge: Node | null;
  readonly #split: boolean;
  readonly #numbers: 'caller' | 'callee' | 'both' | 'none';
  readonly #caller: string;
  readonly #callee: string;
  readonly #reference: string;
  readonly #byName: boolean;
  readonly #near: Node;

  constructor(seed: number, salt: number, plan: BridgePlan) {
    const r = new Random(salt);
    this.random = r;
    this.network = new LegNetwork(r);
    this.network.decisive = true;
    this.#seed = seed;
    this.#plan = plan;
    this.sign = plan.sign ?? r.pick(SIGNS);
    this.#addresses = r.pick(PLATFORMS);
    this.#style = r.pick(AGENTS.slice(1, 4));
    this.#split = this.has('split-taps', 0.3);
    this.#edge = this.has('edge', 0.2) ? edgeNode(r) : null;
    this.from = r.pick(['carrier', 'agent']);
    this.#numbers = this.#whichNumbers();
    const anonymous = this.#numbers !== 'caller' && this.has('anonymous', 0.1);
    this.#caller = anonymous ? 'anonymous' : `49303${seed}`;
    this.#callee = plan.hotline ?? `0800${seed}`;
    this.#reference = r.hex(32);
    this.#byName = r.chance(0.5);
    const caller = party(r, this.from, 1, this.#tap('near'));
    this.#near = this.#own('near', caller.transport);
    this.a = this.#openNear(caller);
    this.features.add(`sign-${this.sign}`);
    this.features.add(`numbers-${this.#numbers}`);
    this.features.add(`from-${this.from}`);
  }

  has(feature: string, p: number): boolean {
    const yes = this.random.chance(p);
    if (yes) this.features.add(feature);
    return yes;
  }

  wait(min: number, max = min): void {
    this.now += this.random.int(min, max);
  }

  /** The caller's INVITE, up to where the B2BUA has it. */
  arrive(): void {
    this.now = this.a.call(this.now, this.has('a-challenged', this.from === 'agent' ? 0.3 : 0.03));
    this.wait(1, 30);
    this.pause();
  }

  /** Before each leg that comes after another. */
  pause(): void {
    this.wait(this.#plan.paceMs ?? 0);
  }

  /** A further leg that the B2BUA opens; `now` stays. Returns it with the time when it rang the callee's door. */
  dial(to: Party = this.random.pick(['carrier', 'agent'])): Dialog {
    const n = this.far.length;
    const callee = party(this.random, to, n + 2, this.#tap('far'));
    const own = this.#own('far', callee.transport);
    if (own.address !== this.#near.address) this.oneSocket = false;
    const leg = this.#open(own, callee, n + 1);
    this.far.push(leg);
    this.parties.push(to);
    return leg;
  }

  #whichNumbers(): 'caller' | 'callee' | 'both' | 'none' {
    if (this.#plan.hotline !== undefined) return this.sign === 'hidden' ? 'none' : 'callee';
    if (this.sign === 'hidden') return 'none';
    if (this.sign === 'inferred') return this.random.pick(['caller', 'callee', 'both']);
    return this.random.pick(['caller', 'callee', 'both', 'none']);
  }

  #tap(side: 'near' | 'far'): number {
    return this.#split && side === 'far' ? 2002 : 2001;
  }

  #own(side: 'near' | 'far', transport: Transport): Node {
    const [inside, outside] = this.#addresses;
    const browser = transport === 'WS' || transport === 'WSS';
    const host = side === 'near' ? inside : outside;
    // A TCP client has a port of its own; a WebSocket server is asked at another one than SIP.
    const client = side === 'far' && transport === 'TCP';
    const port = browser ? 8089 : client ? this.random.int(32_768, 60_999) : 5060;
    return {
      role: side === 'near' ? 'callee' : 'caller',
      address: `${host}:${port}`,
      sentBy: `${host}:5060`,
      transport,
      style: this.#style,
      tap: this.#tap(side),
      spelling: PLAIN,
    };
  }

  #openNear(caller: Node): Dialog {
    const callId = caller.style.callId(this.random, caller.sentBy.replace(/:\d+$/, ''));
    const correlation = this.#correlation(0, callId, callId);
    if (correlation !== null) this.network.correlations.set(callId, correlation);
    return new Dialog(this.network, this.random, {
      path: this.#path(caller, this.#near),
      callId,
      caller: this.#caller,
      callee: this.#callee,
      headers: this.#headers(0, callId),
    });
  }

  #open(own: Node, callee: Node, n: number): Dialog {
    const first = this.a.callId;
    const callId =
      this.sign === 'suffix'
        ? `${first}${SUFFIXES[n - 1]}`
        : own.style.callId(this.random, own.sentBy.replace(/:\d+$/, ''));
    const correlation = this.#correlation(n, callId, first);
    if (correlation !== null) this.network.correlations.set(callId, correlation);
    const numbers = this.#numbers;
    const keepsCaller = numbers === 'caller' || numbers === 'both';
    const keepsCallee = numbers === 'callee' || numbers === 'both';
    return new Dialog(this.network, this.random, {
      path: this.#path(own, callee),
      callId,
      caller: keepsCaller ? this.#caller : MAIN_NUMBER,
      callee: keepsCallee ? this.#callee : `7${this.#seed}00${n}`,
      headers: this.#headers(n, first),
    });
  }

  #path(from: Node, to: Node): Node[] {
    return this.#edge === null ? [from, to] : [from, { ...this.#edge, tap: to.tap }, to];
  }

  #headers(n: number, first: string): Header[] {
    if (this.sign === 'session_id') {
      return [['Session-ID', `${this.#reference};remote=${'0'.repeat(32)}`]];
    }
    if (this.sign !== 'header') return [];
    if (!this.#byName) return [[JOIN_HEADERS[1], this.#reference]];
    return n === 0 ? [] : [[JOIN_HEADERS[0], first]];
  }

  #correlation(n: number, callId: string, first: string): string | null {
    if (this.sign !== 'correlation') return this.random.chance(0.2) ? callId : null;
    if (!this.#byName) return this.#reference;
    return n === 0 ? callId : first;
  }
}

function party(r: Random, kind: Party, host: number, tap: number): Node {
  const fits = kind === 'carrier' ? AGENTS.slice(0, 4) : AGENTS;
  const style = r.pick(fits);
  const transport = r.pick(style.transports);
  const browser = transport === 'WS' || transport === 'WSS';
  const net = kind === 'carrier' ? '203.0.113' : '192.0.2';
  const address = `${net}.${host * 10 + r.int(0, 9)}:${browser ? r.int(30_000, 60_000) : 5060}`;
  return {
    role: host === 1 ? 'caller' : 'callee',
    address,
    sentBy: browser ? `${r.lower(12)}.invalid` : address,
    transport,
    style,
    tap,
    spelling: {
      names: r.chance(0.1) ? 'compact' : r.chance(0.1) ? 'lower' : 'canonical',
      eol: r.chance(0.05) ? '\n' : '\r\n',
      folded: r.chance(0.05),
      viaList: false,
      oddities: new Set(),
    },
  };
}

function edgeNode(r: Random): Node {
  const address = '198.51.100.200:5060';
  const style = r.pick(PROXIES);
  return {
    role: 'proxy',
    address,
    sentBy: address,
    transport: 'UDP',
    style,
    tap: 0,
    spelling: PLAIN,
  };
}
