import { FIELD, METHOD, type SipScanner } from '../sip/scan.ts';
import type { Arrival } from './arrival.ts';
import type { TrackerCounters } from './options.ts';
import type { CallStore } from './store.ts';

/** OPTIONS and REGISTER transactions in progress at most, a power of two; the oldest goes early and is counted. */
export const PROBES_MAX = 16_384;
/** Timer F: a request that is not INVITE is given up after 64 × T1 (RFC 3261 §17.1.2.2). */
const GIVEN_UP_MS = 32_000;
const MASK = PROBES_MAX - 1;

/** What became of one OPTIONS or REGISTER; `status` 0: no final response within 32 s. */
export type ProbeResult = (peer: number, method: 'OPTIONS' | 'REGISTER', status: number) => void;

/**
 * OPTIONS and REGISTER outside of calls, by peer: they show a trunk that is down while nobody calls. A ring of fixed
 * size in order of time; found by the hash of the Via branch.
 */
export class Probes {
  readonly #store: CallStore;
  readonly #counters: TrackerCounters;
  readonly #onResult: ProbeResult;
  readonly #branch = new Int32Array(PROBES_MAX);
  readonly #next = new Int32Array(PROBES_MAX);
  readonly #heads = new Int32Array(PROBES_MAX);
  readonly #peer = new Uint16Array(PROBES_MAX);
  readonly #method = new Uint8Array(PROBES_MAX);
  readonly #done = new Uint8Array(PROBES_MAX);
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
    this.advance(arrival.arrivedAt);
    const start = message.at[2 * FIELD.branch] as number;
    const branch = this.#store.hash.short(start, message.at[2 * FIELD.branch + 1] as number);
    // Inside a dialog it asks for that dialog and not for the peer (RFC 3261 §11.2).
    if (branch === 0 || (message.isRequest && message.has(FIELD.toTag))) return;
    const known = this.#find(branch);
    if (message.isRequest) {
      if (known < 0) this.#add(branch, message.method, this.#peerOf(arrival), arrival.arrivedAt);
    } else if (known >= 0 && message.status >= 200 && this.#done[known] === 0) {
      this.#done[known] = 1;
      this.#report(known, message.status);
    }
  }

  /** After a reload the same peers have other indices. */
  renumberPeers(indices: Uint16Array): void {
    for (let i = 0; i < PROBES_MAX; i++) this.#peer[i] = indices[this.#peer[i] as number] ?? 0;
  }

  /** What is older than Timer F and has no final response was given up. */
  advance(now: number): void {
    while (this.#size > 0 && (this.#at[this.#oldest] as number) + GIVEN_UP_MS <= now) {
      if (this.#done[this.#oldest] === 0) this.#report(this.#oldest, 0);
      this.#drop();
    }
  }

  /** Who was asked; when that is nobody we know, who asked. */
  #peerOf(arrival: Arrival): number {
    const target = this.#store.peerOf(arrival, 'target');
    return target !== 0 ? target : this.#store.peerOf(arrival, 'source');
  }

  #report(i: number, status: number): void {
    const method = this.#method[i] === METHOD.REGISTER ? 'REGISTER' : 'OPTIONS';
    this.#onResult(this.#peer[i] as number, method, status);
  }

  #find(branch: number): number {
    let i = (this.#heads[branch & MASK] as number) - 1;
    while (i >= 0 && this.#branch[i] !== branch) i = (this.#next[i] as number) - 1;
    return i;
  }

  #add(branch: number, method: number, peer: number, now: number): void {
    if (this.#size === PROBES_MAX) {
      this.#counters.hit('probes');
      this.#drop();
    }
    const i = (this.#oldest + this.#size) & MASK;
    this.#size++;
    this.#branch[i] = branch;
    this.#method[i] = method;
    this.#peer[i] = peer;
    this.#done[i] = 0;
    this.#at[i] = now;
    this.#next[i] = this.#heads[branch & MASK] as number;
    this.#heads[branch & MASK] = i + 1;
  }

  /** Unlinks the oldest, which is the last of its chain. */
  #drop(): void {
    const i = this.#oldest;
    const bucket = (this.#branch[i] as number) & MASK;
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
