/**
 * Calls written as scripts: one message a line, played into tracker and classifier.
 *
 *     0     > INVITE
 *     500   < 180
 *     3000  < 486 | Reason: Q.850;cause=17
 *
 * Time in ms, the direction as seen in a ladder with the caller on the left, a method or a status (with the method that
 * it answers, INVITE when left out), options, then header lines behind bars. `CLOSE ws=1 code=1006` closes a relayed
 * connection.
 */
import type { Ended, JoinMethod } from '../../src/calls/call.ts';
import type { TrackerCounters, TrackerOptions } from '../../src/calls/options.ts';
import { type Peer, type PeerRole, Peers } from '../../src/calls/peers.ts';
import { Tracker } from '../../src/calls/tracker.ts';
import { classify } from '../../src/classify/classify.ts';
import type { Verdict } from '../../src/classify/outcome.ts';
import { RULES, type Rule } from '../../src/classify/rules.ts';
import type { PeerDirectory } from '../../src/classify/verdict.ts';
import { parseCidr } from '../../src/config/cidr.ts';
import { DEFAULTS } from '../../src/config/schema.ts';
import { engineOptions } from '../../src/engine-options.ts';
import type { InputHealth } from '../../src/input-health.ts';
import { Pipeline } from '../../src/pipeline.ts';
import { type FrameMeta, SOURCES } from '../../src/sources/source.ts';
import { encodeAddresses, encodeHep } from './hep.ts';

/** Time 0 of every script. */
export const T0 = Date.UTC(2026, 10, 21, 10);

/** Caller, first and second proxy, callee; a message of `hop=n` goes from the n-th to the next one. */
export const PATH = ['10.0.0.1:5060', '10.0.0.2:5060', '10.0.0.3:5060', '10.0.0.4:5060'] as const;

/** Options of a message; all have defaults. */
export interface Options {
  /** Call-ID, From-tag of the INVITE, To-tag of the dialog (either `-`: none). */
  readonly id?: string;
  readonly from?: string;
  readonly to?: string;
  /** CSeq number. */
  readonly n?: number;
  /** Told apart from another transaction of the same method and CSeq. */
  readonly b?: string;
  /** The branch of every Via; `-`: none. They come back with `received` (RFC 3261 §18.2.1). */
  readonly branch?: string;
  /** What the sender of the first hop writes as its sent-by. */
  readonly sentby?: string;
  /** Number of Vias. */
  readonly hop?: number;
  /** Branch of a forking proxy, from the second hop on. */
  readonly fork?: string;
  /** Index in the path of the host that sent a request first; default: the caller, or the callee. */
  readonly by?: number;
  /** Capture id; the frame then comes as HEP. */
  readonly tap?: number;
  /** Capture clock ahead of arrival, ms; the frame then comes as HEP. */
  readonly clock?: number;
  readonly src?: string;
  readonly dst?: string;
  /** User parts. */
  readonly caller?: string;
  readonly callee?: string;
  readonly phrase?: string;
  /** SDP body with this direction attribute, or `zero` for the address 0.0.0.0. */
  readonly sdp?: string;
  /** With credentials. */
  readonly auth?: boolean;
  /** ACK of a failure: shares the INVITE's transaction. */
  readonly fail?: boolean;
  /** Number of the relayed connection; its client is the caller, or with `wsb` the callee. */
  readonly ws?: number;
  readonly wsb?: number;
  /** Of a line `CLOSE`: the code with which that end closed the connection. */
  readonly code?: number;
  readonly headers?: readonly string[];
  readonly body?: string;
}

export type Direction = '>' | '<';

const NUMBERS = new Set(['n', 'hop', 'by', 'tap', 'clock', 'ws', 'wsb', 'code']);
/** Methods that share the INVITE's CSeq number. */
const WITH_INVITE = new Set(['INVITE', 'CANCEL', 'ACK']);

interface Resolved {
  readonly direction: Direction;
  readonly method: string;
  readonly status: number;
  readonly o: Options;
}

/** Bytes of one request: `REINVITE` is an INVITE with a To-tag. */
export function request(direction: Direction, method: string, o: Options = {}): string {
  const wire = method === 'REINVITE' ? 'INVITE' : method;
  const first = `${wire} sip:${o.callee ?? 'bob'}@example.com SIP/2.0`;
  const auth = o.auth === true ? ['Proxy-Authorization: Digest username="a"'] : [];
  return message(first, { direction, method, status: 0, o }, auth);
}

/** Bytes of one response; `direction` is its own: `<` answers a request of the caller's. */
export function response(
  direction: Direction,
  status: number,
  method = 'INVITE',
  o: Options = {},
): string {
  const first = `SIP/2.0 ${status} ${o.phrase ?? `Status ${status}`}`;
  return message(first, { direction, method, status, o }, []);
}

function message(first: string, r: Resolved, extra: readonly string[]): string {
  const { o } = r;
  const wire = r.method === 'REINVITE' ? 'INVITE' : r.method;
  const body = o.body ?? (o.sdp === undefined ? '' : sdp(o.sdp));
  return [
    first,
    ...viasOf(r).map((via) => `Via: ${via}`),
    ...parties(r),
    `Call-ID: ${o.id ?? 'call-1'}`,
    `CSeq: ${cseqOf(r)} ${wire}`,
    ...extra,
    ...(o.headers ?? []),
    ...(o.body === undefined && body !== '' ? ['Content-Type: application/sdp'] : []),
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}

/** True when the request, or the request that is answered, is the caller's. */
function ofCaller({ direction, status }: Resolved): boolean {
  return (direction === '>') === (status === 0);
}

function parties(r: Resolved): string[] {
  const { o } = r;
  const own = o.from === '-' ? '' : `;tag=${o.from ?? 'f'}`;
  const caller = `<sip:${o.caller ?? 'alice'}@example.com>${own}`;
  const setup = r.method === 'INVITE' || r.method === 'CANCEL';
  const tagless = (setup && r.status === 0) || r.status === 100 || o.to === '-';
  const tag = tagless ? '' : `;tag=${o.to ?? 't'}`;
  const callee = `<sip:${o.callee ?? 'bob'}@example.com>${tag}`;
  const [from, to] = ofCaller(r) ? [caller, callee] : [callee, caller];
  return [`From: ${from}`, `To: ${to}`];
}

function cseqOf(r: Resolved): number {
  if (r.o.n !== undefined) return r.o.n;
  if (WITH_INVITE.has(r.method)) return 1;
  return ofCaller(r) ? 10 : 100;
}

function viasOf(r: Resolved): string[] {
  const { o, method } = r;
  const hops = o.hop ?? 1;
  const cancel = method === 'CANCEL';
  const kind = cancel || (method === 'ACK' && o.fail === true) ? 'INVITE' : method;
  const base = `z9hG4bK${ofCaller(r) ? 'c' : 's'}${kind}${cseqOf(r)}${o.b ?? ''}`;
  const vias = Array.from({ length: hops }, (_, i) => {
    const fork = i === 0 ? '' : (o.fork ?? '');
    const branch = o.branch ?? `${base}-${i + 1}${fork}`;
    const received = o.branch !== undefined && r.status > 0 ? ';received=203.0.113.1' : '';
    const sentBy = i === 0 && o.sentby !== undefined ? o.sentby : senderOf(r, i);
    return `SIP/2.0/UDP ${sentBy}${branch === '-' ? '' : `;branch=${branch}`}${received}`;
  });
  // CANCEL is hop by hop (RFC 3261 §9.1): one Via, that of its own hop.
  return cancel ? vias.slice(-1) : vias.reverse();
}

/** Host that put the `i`-th Via from the bottom. */
function senderOf(r: Resolved, i: number): string {
  const last = PATH.length - 1;
  const start = r.o.by ?? (ofCaller(r) ? 0 : last);
  return PATH[ofCaller(r) ? start + i : start - i] ?? 'stray.example.com:5060';
}

function sdp(direction: string): string {
  const zero = direction === 'zero';
  return [
    'v=0',
    'o=- 1 1 IN IP4 10.0.0.1',
    's=-',
    `c=IN IP4 ${zero ? '0.0.0.0' : '10.0.0.1'}`,
    't=0 0',
    'm=audio 4000 RTP/AVP 0',
    ...(zero ? [] : [`a=${direction}`]),
    '',
  ].join('\r\n');
}

/** One line of a script, read. */
export interface Step {
  readonly at: number;
  readonly direction: Direction;
  readonly payload: 'sip' | 'closing';
  readonly bytes: Buffer;
  readonly src: string;
  readonly dst: string;
  readonly o: Options;
}

const LINE = /^(\d+)\s+([<>])\s+(\S+)\s*(.*)$/;

/** Reads a script; throws on a line it does not understand. */
export function readScript(script: string): Step[] {
  return script
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(readLine);
}

function readLine(line: string): Step {
  const [head = '', ...headers] = line.split(/\s+\|\s+/);
  const match = LINE.exec(head);
  if (match === null) throw new Error(`not a line of a script: ${line}`);
  const [, at, arrow, what = '', rest = ''] = match;
  const direction: Direction = arrow === '>' ? '>' : '<';
  const words = rest.split(/\s+/).filter((word) => word !== '');
  const status = Number(what);
  const answered = status > 0 && /^[A-Z]+$/.test(words[0] ?? '') ? words.shift() : undefined;
  const o = { ...readOptions(words), headers };
  if (what === 'CLOSE') {
    const bytes = Buffer.alloc(2);
    bytes.writeUInt16BE(o.code ?? 1006);
    return {
      at: Number(at),
      direction,
      payload: 'closing',
      bytes,
      o,
      ...addressesOf(direction, o),
    };
  }
  const text = status > 0 ? response(direction, status, answered, o) : request(direction, what, o);
  const bytes = Buffer.from(text, 'utf8');
  return {
    at: Number(at),
    direction,
    payload: 'sip',
    bytes,
    o,
    ...addressesOf(direction, o),
  };
}

function readOptions(words: readonly string[]): Options {
  return Object.fromEntries(
    words.map((word) => {
      const [key = '', value] = word.split('=', 2);
      if (value === undefined) return [key, true];
      return [key, NUMBERS.has(key) ? Number(value) : value.replaceAll('_', ' ')];
    }),
  );
}

/** Hop n of the caller's requests lies between the n-th host of the path and the next. */
function addressesOf(direction: Direction, o: Options): { src: string; dst: string } {
  const hop = Math.min(o.hop ?? 1, PATH.length - 1);
  const near = PATH[hop - 1] ?? PATH[0];
  const far = PATH[hop] ?? PATH[1];
  const [src, dst] = direction === '>' ? [near, far] : [far, near];
  return { src: o.src ?? src, dst: o.dst ?? dst };
}

export interface Play {
  readonly tracker?: Partial<Omit<TrackerOptions, 'peers' | 'seed'>>;
  /** Peers by address or network: `{ '10.0.0.1': 'agent' }`; named after their role. */
  readonly peers?: Readonly<Record<string, PeerRole>>;
  readonly rules?: readonly Rule[];
  /** Where to stop: `time` lets every timer run out, `drain` stops the tracker, a number is a time in ms. */
  readonly end?: 'time' | 'drain' | number;
}

export interface Closed {
  readonly legs: readonly Ended[];
  readonly joined: JoinMethod | null;
}

/** What became of one OPTIONS or REGISTER; status 0: nothing. */
export interface Probe {
  readonly peer: number;
  readonly method: string;
  readonly status: number;
}

export interface Played {
  /** One an attempt, in order of their ends. */
  readonly verdicts: readonly Verdict[];
  readonly ended: readonly Ended[];
  /** Calls that closed, each with its legs. */
  readonly closed: readonly Closed[];
  readonly probes: readonly Probe[];
  readonly counters: TrackerCounters;
  readonly health: InputHealth;
  /** Attempts and embryos left in the table. */
  readonly occupied: number;
}

/** The tracker's options as the default configuration sets them, with a small table. */
export function trackerOptions(play: Play = {}): TrackerOptions {
  const { tracker } = engineOptions(DEFAULTS, 'test');
  return {
    ...tracker,
    capacity: 64,
    endpoints: 256,
    ...play.tracker,
    peers: new Peers(peersOf(play.peers ?? {})),
    seed: [1, 2],
  };
}

/** Peers as a configuration would make them. */
export function peersOf(peers: Readonly<Record<string, PeerRole>>): Peer[] {
  return Object.entries(peers).map(([text, role], index) => {
    const range = parseCidr(text);
    if (!range.ok) throw new Error(`no network: ${text}`);
    return { name: `${role}-${index + 1}`, role, ranges: [range.value] };
  });
}

export function directoryOf(peers: Peers): PeerDirectory {
  return {
    configured: peers.list.length > 1,
    name: (index) => peers.name(index),
    role: (index) => peers.role(index),
  };
}

/** Plays a script into tracker and classifier, lets time run out, and returns what came of it. */
export function play(script: string, options: Play = {}): Played {
  const rig = new Rig(options);
  for (const step of readScript(script)) rig.send(step);
  rig.finish(options.end ?? 'time');
  return rig;
}

/** The verdict of a script that makes exactly one. */
export function verdictOf(script: string, options: Play = {}): Verdict {
  const { verdicts } = play(script, options);
  const [verdict] = verdicts;
  if (verdict === undefined || verdicts.length > 1) {
    throw new Error(`${verdicts.length} verdicts: ${verdicts.map((v) => v.reason).join(', ')}`);
  }
  return verdict;
}

/** A line of a script as a source hands it on. */
export interface Framed {
  readonly bytes: Uint8Array;
  readonly meta: Omit<FrameMeta, 'source' | 'transport'>;
}

export function frameOf({ at, direction, payload, bytes, src, dst, o }: Step): Framed {
  const hep = o.tap !== undefined || o.clock !== undefined;
  const arrivedAt = T0 + at;
  const captured = { captureId: o.tap ?? 1, at: arrivedAt + (o.clock ?? 0) };
  return {
    bytes: hep ? encodeHep({ payload: bytes, src, dst, ...captured }) : bytes,
    meta: {
      payload: hep ? 'hep' : payload,
      arrivedAt,
      addresses: encodeAddresses(src, dst),
      connection: o.ws ?? o.wsb ?? 0,
      fromClient: (direction === '>') === (o.wsb === undefined),
    },
  };
}

/** Tracker, classifier and pipeline in this thread. */
export class Rig implements Played {
  readonly verdicts: Verdict[] = [];
  readonly ended: Ended[] = [];
  readonly closed: Closed[] = [];
  readonly probes: Probe[] = [];
  /** Calls that the platform refused and never sent. */
  readonly refusals: Verdict[] = [];
  readonly tracker: Tracker;
  readonly pipeline: Pipeline;
  #now = T0;

  constructor(options: Play = {}) {
    const tracking = trackerOptions(options);
    const directory = directoryOf(tracking.peers);
    this.tracker = new Tracker(tracking, {
      ended: (ended) => {
        this.ended.push(ended);
        this.verdicts.push(classify(ended, directory, options.rules ?? RULES).verdict);
      },
      closed: (legs, joined) => this.closed.push({ legs, joined }),
      probed: (peer, method, status) => this.probes.push({ peer, method, status }),
      refused: (refusal) => {
        this.refusals.push(classify(refusal, directory, options.rules ?? RULES).verdict);
      },
    });
    this.pipeline = new Pipeline(this.tracker, { authKey: null });
  }

  get counters(): TrackerCounters {
    return this.tracker.counters;
  }

  get health(): InputHealth {
    return this.pipeline.health;
  }

  get occupied(): number {
    return this.tracker.occupied;
  }

  send(step: Step): void {
    const { bytes, meta } = frameOf(step);
    this.frame(bytes, meta);
  }

  /** Any bytes, as a source would hand them on. */
  frame(bytes: Uint8Array, meta: Omit<FrameMeta, 'source' | 'transport'>): void {
    this.#now = Math.max(this.#now, meta.arrivedAt);
    const source = SOURCES.indexOf(meta.payload === 'hep' ? 'hep_udp' : 'library');
    this.pipeline.accept(bytes, { source, transport: 17, ...meta });
  }

  finish(end: 'time' | 'drain' | number): void {
    if (end === 'drain') this.tracker.drain();
    else this.advance(end === 'time' ? this.#now - T0 + 1_000_000_000 : end);
  }

  /** Moves time to `at` ms of the script. */
  advance(at: number): void {
    this.#now = Math.max(this.#now, T0 + at);
    this.tracker.advance(this.#now);
  }
}

/** Every line copied to hops 1 to `count`, each copy 2 ms behind the one before; `inward`: the farthest copy first. */
export function overHops(
  script: string,
  count: number,
  order: 'outward' | 'inward' = 'outward',
): string {
  const lines = script.split('\n').filter((line) => line.trim() !== '');
  return lines
    .flatMap((line) => {
      const [, at = '0', rest = ''] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? [];
      const [head, ...headers] = rest.split(' | ');
      return Array.from({ length: count }, (_, i) => {
        const hop = order === 'outward' ? i + 1 : count - i;
        return [`${Number(at) + 2 * i} ${head} hop=${hop}`, ...headers].join(' | ');
      });
    })
    .join('\n');
}
