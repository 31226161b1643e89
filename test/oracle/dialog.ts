import { Network, type Node, Transaction } from './network.ts';
import { Oddities } from './oddities.ts';
import type { Random } from './random.ts';
import { cancelLeg } from './steps.ts';
import { CANCEL_STAGES, type Truth } from './truth.ts';
import { type Draft, type Header, sdp } from './wire.ts';

/** The wire of a call of several legs: each message proves its Call-ID, and may carry a correlation id of HEP. */
export class LegNetwork extends Network {
  readonly correlations = new Map<string, string>();

  constructor(random: Random) {
    super(random, new Oddities(0, 0));
  }

  override send(
    at: number,
    from: Node,
    to: Node,
    draft: Draft,
    origin: Node,
    proves: string[],
  ): number {
    const before = this.wires.length;
    const arrived = super.send(at, from, to, draft, origin, [...proves, draft.callId]);
    const correlation = this.correlations.get(draft.callId);
    const wire = this.wires[before];
    if (wire !== undefined && correlation !== undefined) {
      this.wires[before] = { ...wire, correlation };
    }
    return arrived;
  }
}

export interface DialogOptions {
  /** From who calls to who is called, proxies between them. */
  readonly path: readonly Node[];
  readonly callId: string;
  /** User parts of From and of the Request-URI. */
  readonly caller: string;
  readonly callee: string;
  /** Of every INVITE of the set-up. */
  readonly headers: readonly Header[];
}

type Side = 'caller' | 'callee';
interface Extra {
  readonly headers?: readonly Header[];
  readonly body?: string | null;
}

const PROVES: Readonly<Record<string, readonly string[]>> = {
  BYE: ['bye'],
  ACK: ['ack'],
  REFER: ['transfer'],
  NOTIFY: ['transfer'],
};

const CHALLENGE: Header = ['WWW-Authenticate', 'Digest realm="example.com", nonce="abc"'];

/** One leg: a set-up and its dialog between two neighbours. Every step takes when it begins and says when it is done. */
export class Dialog {
  readonly callId: string;
  readonly fromTag: string;
  readonly toTag: string;
  readonly path: readonly Node[];
  /** What this leg ended with, for who sees nothing of the others. */
  truths: readonly Truth[] = [];
  rang = false;
  earlyMedia = false;
  invitedAt = 0;
  answeredAt: number | null = null;
  endedAt = 0;
  readonly #network: Network;
  readonly #random: Random;
  readonly #options: DialogOptions;
  readonly #from: string;
  readonly #to: string;
  #invite: Transaction | null = null;
  #cseq: number;
  #calleeCseq: number;
  #version = 1;

  constructor(network: Network, random: Random, options: DialogOptions) {
    const [first, last] = [options.path[0], options.path.at(-1)];
    if (first === undefined || last === undefined) throw new Error('a leg has two ends');
    this.#network = network;
    this.#random = random;
    this.#options = options;
    this.path = options.path;
    this.callId = options.callId;
    this.fromTag = first.style.tag(random);
    this.toTag = last.style.tag(random);
    this.#cseq = first.style.cseq(random);
    this.#calleeCseq = random.pick([0, 101, this.#cseq]);
    this.#from = `<sip:${options.caller}@${first.sentBy.replace(/:\d+$/, '')}>`;
    this.#to = `<sip:${options.callee}@example.com>`;
  }

  get invite(): Transaction {
    if (this.#invite === null) throw new Error('not invited yet');
    return this.#invite;
  }

  get #last(): number {
    return this.path.length - 2;
  }

  /** Sends the INVITE, perhaps twice because the first was challenged; returns when it reached the callee. */
  call(at: number, challenged: boolean): number {
    let time = at;
    if (challenged) {
      this.#invite = this.#initial([]);
      time = this.reject(this.#sendInvite(time), 401, [CHALLENGE]) + this.#random.int(1, 20);
      this.#cseq++;
    }
    this.#invite = this.#initial(
      challenged ? [['Authorization', 'Digest realm="example.com"']] : [],
    );
    this.invitedAt = time;
    return this.#sendInvite(time);
  }

  /** Nobody answers the INVITE: it is sent again as Timer A has it (RFC 3261 §17.1.1.2). */
  silent(at: number): void {
    this.#invite = this.#initial([]);
    this.invitedAt = at;
    const last = this.#last;
    this.invite.request(at, 0, last);
    for (const later of [500, 1500, 3500, 7500, 15_500]) this.invite.request(at + later, 0, last);
  }

  #initial(headers: readonly Header[]): Transaction {
    const [first] = this.path;
    return new Transaction(this.#network, {
      method: 'INVITE',
      cseq: this.#cseq,
      path: this.path,
      callId: this.callId,
      from: `${this.#from};tag=${this.fromTag}`,
      to: (tag) => (tag === '' ? this.#to : `${this.#to};tag=${tag}`),
      uri: `sip:${this.#options.callee}@example.com`,
      headers: [['Contact', `<sip:me@${first?.sentBy}>`], ...this.#options.headers, ...headers],
      body: this.#sdp('sendrecv'),
      proves: ['invite'],
    });
  }

  #sendInvite(at: number): number {
    let time = at;
    for (let k = 0; k <= this.#last; k++) {
      time = this.invite.request(time, k, k);
      if (k < this.#last || this.#random.chance(0.7)) {
        this.invite.respond(time, 100, { by: k + 1, until: k });
      }
    }
    return time;
  }

  progress(at: number, status: number, media = false): number {
    this.rang ||= status === 180;
    this.earlyMedia ||= media && status === 183;
    const proves = status === 180 ? ['ringing'] : media ? ['early'] : [];
    const body = media ? this.#sdp('sendrecv') : null;
    return this.invite.respond(at, status, { toTag: this.toTag, body, proves });
  }

  /** 200 and ACK; returns when the caller has the 200. */
  answer(at: number): number {
    const arrived = this.invite.respond(at, 200, {
      toTag: this.toTag,
      headers: [['Contact', `<sip:you@${this.path.at(-1)?.sentBy}>`]],
      body: this.#sdp('sendrecv'),
      proves: ['answer'],
    });
    this.answeredAt = arrived;
    this.#within('caller', 'ACK', { cseq: this.invite.cseq }).request(arrived + 1);
    return arrived;
  }

  /** A final response of the callee, hop by hop with the ACKs; returns when the caller has it. */
  reject(at: number, status: number, headers: readonly Header[] = []): number {
    let time = at;
    for (let k = this.#last; k >= 0; k--) {
      const { toTag } = this;
      time = this.invite.respond(time, status, {
        by: k + 1,
        until: k,
        toTag,
        headers,
        proves: status === 401 ? [] : ['final'],
      });
      this.invite.hop(time, k, 'ACK', [], toTag);
    }
    this.endedAt = time;
    return time;
  }

  /** The caller's CANCEL with its 487. */
  cancel(at: number, headers: readonly Header[] = []): number {
    const leg = { invite: this.invite, tag: this.toTag, arrivedAt: at, over: false };
    this.endedAt = at;
    return cancelLeg(leg, at, 0, headers);
  }

  /** How far it had come when its caller gave up. */
  get cancelTruth(): Truth {
    const [before, early, ringing] = CANCEL_STAGES;
    return this.rang ? ringing : this.earlyMedia ? early : before;
  }

  bye(at: number, by: Side, headers: readonly Header[] = []): number {
    const arrived = this.within(at, by, 'BYE', { headers });
    this.endedAt = at;
    return arrived;
  }

  /** A request of the dialog and its 200; returns when that has come back. */
  within(at: number, by: Side, method: string, extra: Extra = {}): number {
    const request = this.#within(by, method, extra);
    return request.respond(request.request(at) + 1, 200);
  }

  /** Asks the other side to call somebody else, which it will. */
  refer(at: number, by: Side): number {
    const headers: Header[] = [['Refer-To', '<sip:carol@example.com>']];
    const request = this.#within(by, 'REFER', { headers });
    return request.respond(request.request(at) + 1, 202, { proves: ['transfer'] });
  }

  /** Tells how that went (RFC 3515 §2.4.5). */
  notify(at: number, by: Side, status: string): number {
    return this.within(at, by, 'NOTIFY', {
      headers: [
        ['Event', 'refer'],
        ['Subscription-State', 'terminated;reason=noresource'],
      ],
      body: `SIP/2.0 ${status}\r\n`,
    });
  }

  reinvite(at: number, by: Side, direction = 'sendrecv', status = 200): number {
    const request = this.#within(by, 'INVITE', { body: this.#sdp(direction) });
    const arrived = request.request(at);
    if (status >= 300) {
      let time = arrived;
      for (let k = this.#last; k >= 0; k--) {
        time = request.respond(time, status, { by: k + 1, until: k });
        request.hop(time, k, 'ACK', []);
      }
      return time;
    }
    const back = request.respond(arrived + 1, 200, { body: this.#sdp('sendrecv') });
    return this.#within(by, 'ACK', { cseq: request.cseq }).request(back);
  }

  #within(by: Side, method: string, extra: Extra & { readonly cseq?: number }): Transaction {
    const forward = by === 'caller';
    const path = forward ? this.path : [...this.path].reverse();
    const own = `${this.#from};tag=${this.fromTag}`;
    const other = `${this.#to};tag=${this.toTag}`;
    return new Transaction(this.#network, {
      method,
      cseq: extra.cseq ?? (forward ? ++this.#cseq : ++this.#calleeCseq),
      path,
      callId: this.callId,
      from: forward ? own : other,
      to: () => (forward ? other : own),
      uri: `sip:you@${path.at(-1)?.sentBy}`,
      headers: extra.headers ?? [],
      body: extra.body ?? null,
      proves: PROVES[method] ?? [],
    });
  }

  #sdp(direction: string): string {
    return sdp('192.0.2.77', this.#version++, direction);
  }
}
