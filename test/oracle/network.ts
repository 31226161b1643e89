import { type Oddities, otherCase } from './oddities.ts';
import type { Random } from './random.ts';
import type { Style, Transport } from './styles.ts';
import { type Draft, encode, type Header, PHRASES, type Spelling, type Via } from './wire.ts';

/** A user agent or a proxy. */
export interface Node {
  readonly role: 'caller' | 'callee' | 'proxy';
  /** `192.0.2.1:5060`: where its packets come from. */
  readonly address: string;
  /** What it writes into its Via; a browser writes a name in `.invalid` (RFC 7118 §5). */
  readonly sentBy: string;
  readonly transport: Transport;
  readonly style: Style;
  /** Capture id of the tap that sees its links. */
  readonly tap: number;
  readonly spelling: Spelling;
}

/** One SIP message as one tap saw it. */
export interface Wire {
  /** ms from the start of the call, when it passed the tap. */
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly tap: number;
  /** IANA protocol number. */
  readonly transport: 17 | 6;
  readonly bytes: Buffer;
  /** For people: method or status, Vias, tags. */
  readonly label: string;
  /** Belongs to the INVITE that decides and its dialog, not to one that was retried. */
  readonly decisive: boolean;
  /** What the verdict rests on; when every message that proves it is lost, another ending is as good. */
  readonly proves: readonly string[];
  /** Correlation id that the tap sends with it (HEP chunk 0x11). */
  readonly correlation?: string;
}

/** Which links the taps see. */
export type Sight = 'all' | 'near' | 'far';

/** The wire of one call: latency of its links and everything that was seen on them. */
export class Network {
  readonly wires: Wire[] = [];
  sight: Sight = 'all';
  /** Both ends of a link between proxies report it, each under its own capture id. */
  bothEnds = false;
  /** Every hop shows its own Via alone. */
  hidden = false;
  /** From now on everything belongs to the INVITE that decides. */
  decisive = false;
  readonly random: Random;
  readonly odd: Oddities;
  readonly #latency = new Map<string, number>();
  #branches = 0;

  constructor(random: Random, odd: Oddities) {
    this.random = random;
    this.odd = odd;
  }

  /** Sends one message over one link; returns when it arrives. */
  send(at: number, from: Node, to: Node, draft: Draft, origin: Node, proves: string[]): number {
    const delay = this.#delay(from, to);
    if (this.#seen(from, to)) {
      const datagram = transportOf(from, to) === 'UDP';
      const wire = {
        at: at + delay / 2,
        from: from.address,
        to: to.address,
        tap: from.role === 'proxy' ? from.tap : to.tap,
        transport: datagram ? 17 : 6,
        bytes: encode(draft, origin.spelling, datagram),
        label: labelOf(draft, from, to),
        decisive: this.decisive,
        proves,
      } as const;
      this.wires.push(wire);
      const twice = this.bothEnds && from.role === 'proxy' && to.role === 'proxy';
      if (twice) this.wires.push({ ...wire, at: at + delay, tap: to.tap });
    }
    return at + delay;
  }

  branch(node: Node): string | null {
    const usual = node.style.branch(this.random, this.#branches++);
    if (node.role === 'proxy') return usual;
    if (this.odd.has('branch-none')) return null;
    if (this.odd.has('branch-0')) return '0';
    return this.odd.has('branch-constant') ? 'z9hG4bK1' : usual;
  }

  #delay(from: Node, to: Node): number {
    const [a, b] = [from.address, to.address];
    const key = a < b ? `${a} ${b}` : `${b} ${a}`;
    const known = this.#latency.get(key);
    if (known !== undefined) return known;
    const delay = this.random.int(2, 30);
    this.#latency.set(key, delay);
    return delay;
  }

  #seen(from: Node, to: Node): boolean {
    if (this.sight === 'all') return true;
    const role = this.sight === 'near' ? 'caller' : 'callee';
    return from.role === role || to.role === role;
  }
}

export function transportOf(from: Node, to: Node): Transport {
  if (from.role !== 'proxy') return from.transport;
  return to.role === 'proxy' ? 'UDP' : to.transport;
}

function labelOf(draft: Draft, from: Node, to: Node): string {
  const what = draft.startLine.startsWith('SIP/2.0 ')
    ? `${draft.startLine.slice(8)} (${draft.method})`
    : draft.method;
  const vias = draft.vias.map(({ sentBy, branch }) => `${sentBy}/${branch?.slice(-6)}`).join(' < ');
  const tag = (value: string): string => /;tag=([^;"<>]{1,8})[^;"<>]*$/.exec(value)?.[1] ?? '-';
  const tags = `${tag(draft.from)}→${tag(draft.to)}`;
  const more = draft.headers.filter(([name]) => name === 'Reason').map(([, value]) => value);
  const why = more.length > 0 ? ` Reason: ${more.join(' | ')}` : '';
  return `${from.role}→${to.role} ${what} cseq ${draft.cseq} tags ${tags} via ${vias}${why}`;
}

export interface TransactionOptions {
  readonly method: string;
  readonly cseq: number;
  /** From client to server. */
  readonly path: readonly Node[];
  readonly callId: string;
  readonly from: string;
  /** With the tag that a response gives it; within a dialog it has its own. */
  readonly to: (tag: string) => string;
  readonly uri: string;
  readonly headers?: readonly Header[];
  readonly body?: string | null;
  readonly proves?: readonly string[];
}

export interface ResponseOptions {
  /** Index in the path of who answers, by default the server; and of who gets the answer, by default the client. */
  readonly by?: number;
  readonly until?: number;
  readonly toTag?: string;
  readonly phrase?: string;
  readonly headers?: readonly Header[];
  readonly body?: string | null;
  readonly proves?: readonly string[];
}

/** One request along a path of hops, with everything that shares its branches: responses, CANCEL, ACK of a failure. */
export class Transaction {
  readonly path: readonly Node[];
  readonly branches: readonly (string | null)[];
  readonly cseq: number;
  readonly #network: Network;
  readonly #options: TransactionOptions;

  constructor(
    network: Network,
    options: TransactionOptions,
    shared: readonly (string | null)[] = [],
  ) {
    this.#network = network;
    this.#options = options;
    this.path = options.path;
    this.cseq = options.cseq;
    this.branches = options.path.slice(0, -1).map((node, k) => {
      const known = shared[k];
      return known === undefined ? network.branch(node) : known;
    });
  }

  /** The same request, forked by hop `k` to another tail of hops. */
  fork(k: number, tail: readonly Node[], uri: string, n: number): Transaction {
    const path = [...this.path.slice(0, k + 1), ...tail];
    const before = this.branches[k] ?? '';
    const twin = this.#network.odd.has('branch-case') && n === 1;
    const own = twin ? cookied(otherCase(before.slice(7))) : before.replace(/\.\d+$/, `.${n}`);
    const fresh = own === before;
    const shared = [...this.branches.slice(0, k), ...(fresh ? [] : [own])];
    return new Transaction(this.#network, { ...this.#options, path, uri }, shared);
  }

  /** Sends the request over the links `first` to `last`; returns when it arrives. */
  request(at: number, first = 0, last = this.path.length - 2): number {
    const { method, cseq, from, to, uri } = this.#options;
    let time = at;
    for (let k = first; k <= last; k++) {
      const headers = [...this.#recordRoutes(k), ...(this.#options.headers ?? [])];
      const draft: Draft = {
        startLine: `${method} ${uri} SIP/2.0`,
        vias: this.#vias(k),
        from,
        to: to(''),
        callId: this.#options.callId,
        cseq,
        method,
        headers: [['Max-Forwards', String(70 - k)], ...headers],
        body: this.#options.body ?? null,
      };
      const transit = method === 'INVITE' && k > 0 ? [`via-${k}`] : [];
      const proves = [...(this.#options.proves ?? []), ...transit];
      time = this.#send(time, k, k + 1, draft, proves) + 1;
    }
    return time;
  }

  /** Sends a response back; returns when it arrives. */
  respond(at: number, status: number, options: ResponseOptions = {}): number {
    const { by = this.path.length - 1, until = 0, toTag } = options;
    const { from, to, callId, cseq, method } = this.#options;
    const tagged = to(toTag ?? '');
    let time = at;
    for (let k = by - 1; k >= until; k--) {
      const draft: Draft = {
        startLine: `SIP/2.0 ${status} ${options.phrase ?? this.#network.odd.phrase(PHRASES[status] ?? 'Unknown')}`,
        vias: this.#vias(k, k),
        from,
        to: tagged,
        callId,
        cseq,
        method,
        headers: options.headers ?? [],
        body: options.body ?? null,
      };
      time = this.#send(time, k + 1, k, draft, [...(options.proves ?? [])], by) + 1;
    }
    return time;
  }

  /** CANCEL or the ACK of a failure: hop by hop, with the Via of the INVITE on link `k` alone. */
  hop(at: number, k: number, method: string, headers: readonly Header[], toTag?: string): number {
    const { from, to, callId, cseq, uri } = this.#options;
    const draft: Draft = {
      startLine: `${method} ${uri} SIP/2.0`,
      vias: this.#vias(k).slice(0, 1),
      from,
      to: to(toTag ?? ''),
      callId,
      cseq,
      method,
      headers: [['Max-Forwards', '70'], ...headers],
      body: null,
    };
    const own = k === 0 || this.#network.sight === 'far';
    const proves = method === 'CANCEL' && own ? ['cancel'] : [];
    return this.#send(at, k, k + 1, draft, proves, k);
  }

  /** The 200 that answers a CANCEL on link `k`. */
  cancelled(at: number, k: number, toTag: string): number {
    const { from, to, callId, cseq } = this.#options;
    const draft: Draft = {
      startLine: 'SIP/2.0 200 canceling',
      vias: this.#vias(k).slice(0, 1),
      from,
      to: to(toTag),
      callId,
      cseq,
      method: 'CANCEL',
      headers: [],
      body: null,
    };
    return this.#send(at, k + 1, k, draft, [], k + 1);
  }

  #send(at: number, from: number, to: number, draft: Draft, proves: string[], by = 0): number {
    const [sender, receiver, origin] = [this.path[from], this.path[to], this.path[by]];
    if (sender === undefined || receiver === undefined || origin === undefined) {
      throw new Error(`no hop ${from}→${to} in a path of ${this.path.length}`);
    }
    return this.#network.send(at, sender, receiver, draft, origin, proves);
  }

  /** Of the request on link `k`; the hops behind the first `received` links have added what they saw of the client. */
  #vias(k: number, received = k - 1): Via[] {
    const vias: Via[] = [];
    for (let i = k; i >= (this.#network.hidden ? k : 0); i--) {
      const [node, next, branch] = [this.path[i], this.path[i + 1], this.branches[i]];
      if (node === undefined || next === undefined || branch === undefined) continue;
      const params = this.#viaParams(node, i <= received);
      vias.push({ transport: transportOf(node, next), sentBy: node.sentBy, branch, params });
    }
    return vias;
  }

  #viaParams({ role, address }: Node, received: boolean): string {
    const { odd } = this.#network;
    const maddr = role !== 'proxy' && odd.has('via-maddr') ? ';maddr=239.255.255.1;ttl=16' : '';
    if (!(received && odd.has('via-received'))) return `${maddr};rport`;
    const [host, port] = address.split(':');
    return `${maddr};received=${host};rport=${port}`;
  }

  #recordRoutes(k: number): Header[] {
    if (this.#options.method !== 'INVITE' || k === 0) return [];
    return this.path
      .slice(1, k + 1)
      .reverse()
      .map(({ address }): Header => ['Record-Route', `<sip:${address};lr>`]);
  }
}

function cookied(rest: string): string {
  return `z9hG4bK${rest}`;
}
