import { randomBytes } from 'node:crypto';
import { statusRow } from '../../classify/sip-status.ts';

/** Requests that this peer writes, and those it only understands. */
export type Method = 'INVITE' | 'ACK' | 'BYE' | 'CANCEL';

/** Host part of every address of the demo (RFC 2606 section 2). */
export const DOMAIN = 'callfate-demo.invalid';

/** There is no media: what is offered need only look like audio. */
export const SDP = [
  'v=0',
  'o=- 1 1 IN IP4 198.18.0.1',
  's=-',
  'c=IN IP4 198.18.0.1',
  't=0 0',
  'm=audio 40000 RTP/AVP 8',
  'a=rtpmap:8 PCMA/8000',
  '',
].join('\r\n');

/**
 * Credentials of an earlier challenge (RFC 3261 section 22.3). Without them a sidecar that knows its peers would call
 * the refusals unsolicited.
 */
export const CREDENTIALS =
  'Authorization: Digest username="phone", realm="callfate-demo", nonce="0", uri="sip:callfate-demo.invalid", response="0"';

/** Who writes the messages of one side of a dialog. */
export interface Party {
  readonly user: string;
  /** Via sent-by and host of the Contact: `198.18.0.1:5060`. */
  readonly sentBy: string;
  /** Via transport, `WS` or `UDP`. */
  readonly transport: 'WS' | 'UDP';
}

/** One message as the scripts see it: a request's method or a response's status. */
export type What = Method | number;

export function whatIs(text: string): string | number {
  const [first = '', second = ''] = text.split(' ', 2);
  return first === 'SIP/2.0' ? Number(second) : first;
}

/** The value of the first header of that name; empty when there is none. Names are in full and unfolded. */
export function headerOf(text: string, name: string): string {
  return headersOf(text, name)[0] ?? '';
}

function headersOf(text: string, name: string): readonly string[] {
  const head = text.split('\r\n\r\n', 1)[0] ?? '';
  return [...head.matchAll(new RegExp(`^${name}[ \\t]*:[ \\t]*(.*)$`, 'gim'))].map(
    ([, value = '']) => value.trim(),
  );
}

/** 16 hex digits: a tag, a branch or a Call-ID that nobody else has. */
function token(): string {
  return randomBytes(8).toString('hex');
}

/** An INVITE keeps its branch for its CANCEL and for the ACK of a refusal (RFC 3261 sections 9.1 and 17.1.1.3). */
function sharesBranch(method: Method, final: number): boolean {
  return method === 'CANCEL' || (method === 'ACK' && final >= 300);
}

/**
 * One side of one call, as far as the demo needs it: it remembers what it received and writes what comes next.
 * No transactions and no retransmissions: WebSocket and loopback lose nothing.
 */
export class Dialog {
  readonly #party: Party;
  readonly #received = new Map<string, string>();
  readonly #tag = token();
  #callId = `${token()}@${DOMAIN}`;
  #local: string;
  #remote: string;
  #target: string;
  #sequence = 0;
  #branch = '';
  /** Status of the last final response to an INVITE of this side. */
  #final = 0;

  constructor(party: Party, peer: string) {
    this.#party = party;
    this.#local = `<sip:${party.user}@${DOMAIN}>;tag=${this.#tag}`;
    this.#remote = `<sip:${peer}@${DOMAIN}>`;
    this.#target = `sip:${peer}@${DOMAIN}`;
  }

  get callId(): string {
    return this.#callId;
  }

  /** Takes a message of the other side. */
  receive(text: string): void {
    const what = whatIs(text);
    if (typeof what === 'number') this.#receiveResponse(text, what);
    else this.#receiveRequest(text, what);
  }

  #receiveRequest(text: string, method: string): void {
    this.#received.set(method, text);
    if (method !== 'INVITE') return;
    this.#callId = headerOf(text, 'Call-ID');
    this.#local = `${headerOf(text, 'To')};tag=${this.#tag}`;
    this.#remote = headerOf(text, 'From');
    this.#retarget(text);
  }

  #receiveResponse(text: string, status: number): void {
    if (headerOf(text, 'To').includes(';tag=')) this.#remote = headerOf(text, 'To');
    if (status >= 200 && headerOf(text, 'CSeq').endsWith('INVITE')) this.#final = status;
    if (status < 300) this.#retarget(text);
  }

  #retarget(text: string): void {
    const contact = /<([^>]+)>/.exec(headerOf(text, 'Contact'))?.[1];
    if (contact !== undefined) this.#target = contact;
  }

  /** The next message: a request, or a response to the last request of method `to`. */
  write(what: What, options: { headers?: readonly string[]; to?: Method } = {}): string {
    const { headers = [], to = 'INVITE' } = options;
    return typeof what === 'number'
      ? this.#response(what, to, headers)
      : this.#request(what, headers);
  }

  #request(method: Method, headers: readonly string[]): string {
    const { sentBy, transport } = this.#party;
    const shares = sharesBranch(method, this.#final);
    const branch = shares ? this.#branch : `z9hG4bK${token()}`;
    if (method === 'INVITE') this.#branch = branch;
    if (method === 'INVITE' || method === 'BYE') this.#sequence += 1;
    // RFC 3261 section 9.1: the CANCEL's To is the INVITE's, without the tag that a ringing phone has added.
    const to = method === 'CANCEL' ? this.#remote.replace(/;tag=.*$/, '') : this.#remote;
    return message(`${method} ${this.#target} SIP/2.0`, method === 'INVITE' ? SDP : '', [
      `Via: SIP/2.0/${transport} ${sentBy};branch=${branch}`,
      'Max-Forwards: 70',
      `From: ${this.#local}`,
      `To: ${to}`,
      `Call-ID: ${this.#callId}`,
      `CSeq: ${this.#sequence} ${method}`,
      `Contact: <sip:${this.#party.user}@${sentBy}>`,
      ...headers,
    ]);
  }

  #response(status: number, to: Method, headers: readonly string[]): string {
    const request = this.#received.get(to) ?? '';
    const answers = status === 200 && to === 'INVITE';
    // RFC 3261 section 12.1.1: an early dialog needs it too.
    const makesDialog = status > 100 && status < 300 && to === 'INVITE';
    const tagged = headerOf(request, 'To').includes(';tag=');
    const toHeader = status === 100 || tagged ? headerOf(request, 'To') : this.#local;
    return message(`SIP/2.0 ${status} ${statusRow(status).phrase}`, answers ? SDP : '', [
      ...headersOf(request, 'Via').map((via) => `Via: ${via}`),
      `From: ${headerOf(request, 'From')}`,
      `To: ${toHeader}`,
      `Call-ID: ${this.#callId}`,
      `CSeq: ${headerOf(request, 'CSeq')}`,
      ...(makesDialog ? [`Contact: <sip:${this.#party.user}@${this.#party.sentBy}>`] : []),
      ...headers,
    ]);
  }
}

function message(start: string, body: string, headers: readonly string[]): string {
  const type = body === '' ? [] : ['Content-Type: application/sdp'];
  return [start, ...headers, ...type, `Content-Length: ${body.length}`, '', body].join('\r\n');
}
