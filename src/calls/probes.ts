import { avalanche } from '../lib/hash.ts';
import { FIELD, METHOD, type SipScanner } from '../sip/scan.ts';
import type { Arrival } from './arrival.ts';
import { branchKey } from './branch-key.ts';
import type { Moment } from './lifecycle.ts';
import type { TrackerCounters } from './options.ts';
import type { CallStore } from './store.ts';

/** OPTIONS and REGISTER transactions in progress at most, a power of two; the oldest goes early and is counted. */
export const PROBES_MAX = 16_384;
/** Timer F: a request that is not INVITE is given up after 64 × T1 (RFC 3261 §17.1.2.2). */
const GIVEN_UP_MS = 32_000;
const MASK = PROBES_MAX - 1;

/** What became of one OPTIONS or REGISTER; `status` 0: no final response within 32 s. */
export type ProbeResult = (peer: number, method: 'OPTIONS' | 'REGISTER', status: number) => void;

/** What is known of one probe: its request, its final response, or both, which is then reported. */
const ASKED = 0;
const ANSWERED_UNASKED = 1;
const REPORTED = 2;

/**
 * OPTIONS and REGISTER outside of calls, by peer: they show a trunk that is down while nobody calls. A ring of fixed
 * size in order of time; found by the hash of what names the
 * transaction. A response may be seen before its request (HEP order is
 * not causal, and a mirror may copy each direction over a connection of its own): it waits for the request, which alone
 * says who was asked, and is forgotten with the ring when none comes, as in a tap of one direction or inside a dialog.
 */
export class Probes {
  readonly #store: CallStore;
  readonly #counters: TrackerCounters;
  readonly #onResult: ProbeResult;
  readonly #key = new Int32Array(PROBES_MAX);
  readonly #next = new Int32Array(PROBES_MAX);
  readonly #heads = new Int32Array(PROBES_MAX);
  readonly #peer = new Uint16Array(PROBES_MAX);
  readonly #method = new Uint8Array(PROBES_MAX);
  readonly #state = new Uint8Array(PROBES_MAX);
  readonly #status = new Uint16Array(PROBES_MAX);
  readonly #at = new Float64Array(PROBES_MAX);
  #oldest = 0;
  #size = 0;

  constructor(store: CallStore, counters: TrackerCounters, onResult: ProbeResult) {
    this.#store = store;
    this.#counters = counters;
    this.#onResult = onResult;
  }

  /** One OPTIONS or REGISTER message outside of a dialog, request or response. */
  message(message: SipScanner, arrival: Arrival): void {
    this.advance(arrival);
    // Inside a dialog it asks for that dialog and not for the peer (RFC 3261 §11.2).
    if (message.isRequest && message.has(FIELD.toTag)) return;
    const key = this.#keyOf(message);
    const known = this.#find(key);
    if (message.isRequest) this.#asked(known, key, message.method, arrival);
    else if (message.status >= 200) this.#answered(known, key, message, arrival);
  }

  /** Older devices have no branch, or the same in all that they send: Call-ID and CSeq tell one from the next. */
  #keyOf(message: SipScanner): number {
    const { hash } = this.#store;
    const start = message.at[2 * FIELD.callId] as number;
    const callId = hash.short(start, message.at[2 * FIELD.callId + 1] as number);
    return branchKey(hash, message) ^ avalanche(callId + message.cseq);
  }

  #asked(known: number, key: number, method: number, arrival: Arrival): void {
    if (known >= 0 && this.#state[known] !== ANSWERED_UNASKED) return;
    const i = known >= 0 ? known : this.#add(key, method, arrival);
    this.#peer[i] = this.#peerOf(arrival);
    if (known >= 0) this.#report(i, this.#status[i] as number);
  }

  #answered(known: number, key: number, message: SipScanner, arrival: Arrival): void {
    if (known >= 0) {
      if (this.#state[known] === ASKED) this.#report(known, message.status);
      return;
    }
    const i = this.#add(key, message.method, arrival);
    this.#state[i] = ANSWERED_UNASKED;
    this.#status[i] = message.status;
  }

  /** After a reload the same peers have other indices. */
  renumberPeers(indices: Uint16Array): void {
    for (let i = 0; i < PROBES_MAX; i++) this.#peer[i] = indices[this.#peer[i] as number] ?? 0;
  }

  /** What is older than Timer F and has no final response was given up. */
  advance(to: Moment): void {
    while (this.#size > 0 && (this.#at[this.#oldest] as number) + GIVEN_UP_MS <= to.arrivedAt) {
      if (this.#state[this.#oldest] === ASKED) this.#report(this.#oldest, 0);
      this.#drop();
    }
  }

  /** Who was asked; when that is nobody we know, who asked. */
  #peerOf(arrival: Arrival): number {
    const target = this.#store.peerOf(arrival, 'target');
    return target !== 0 ? target : this.#store.peerOf(arrival, 'source');
  }

  #report(i: number, status: number): void {
    this.#state[i] = REPORTED;
    const method = this.#method[i] === METHOD.REGISTER ? 'REGISTER' : 'OPTIONS';
    this.#onResult(this.#peer[i] as number, method, status);
  }

  #find(key: number): number {
    let i = (this.#heads[key & MASK] as number) - 1;
    while (i >= 0 && this.#key[i] !== key) i = (this.#next[i] as number) - 1;
    return i;
  }

  /** Index of a new one that was asked by nobody in particular. */
  #add(key: number, method: number, { arrivedAt }: Moment): number {
    if (this.#size === PROBES_MAX) {
      this.#counters.hit('probes');
      this.#drop();
    }
    const i = (this.#oldest + this.#size) & MASK;
    this.#size++;
    this.#key[i] = key;
    this.#method[i] = method;
    this.#peer[i] = 0;
    this.#state[i] = ASKED;
    this.#at[i] = arrivedAt;
    this.#next[i] = this.#heads[key & MASK] as number;
    this.#heads[key & MASK] = i + 1;
    return i;
  }

  /** Unlinks the oldest, which is the last of its chain. */
  #drop(): void {
    const i = this.#oldest;
    const bucket = (this.#key[i] as number) & MASK;
    let at = (this.#heads[bucket] as number) - 1;
    if (at === i) this.#heads[bucket] = this.#next[i] as number;
    else {
      while (this.#next[at] !== i + 1) at = (this.#next[at] as number) - 1;
      this.#next[at] = this.#next[i] as number;
    }
    this.#oldest = (i + 1) & MASK;
    this.#size--;
  }
}
