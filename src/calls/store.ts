import { SlabHash } from '../lib/slab-hash.ts';
import { FIELD, type SipScanner } from '../sip/scan.ts';
import { type Arrival, tapOf } from './arrival.ts';
import { AttemptTable } from './attempt-table.ts';
import { branchKey } from './branch-key.ts';
import { BRANCHES_PER_ATTEMPT, BranchTable } from './branch-table.ts';
import { CaptureClock } from './capture-clock.ts';
import { Connections } from './connections.ts';
import { Endpoints } from './endpoints.ts';
import { FLAG } from './marks.ts';
import type { TrackerCounters, TrackerOptions } from './options.ts';
import { RECORDS_MAX, RecordTable, signatureOf } from './record-table.ts';
import { slotOf } from './rows.ts';
import { isTaglessOrEmbryo } from './tags.ts';
import { TextStore } from './text-store.ts';
import { Texts } from './texts.ts';
import { STATE } from './transitions.ts';

/** Slots reserved per attempt: what a call of nine messages through one proxy needs, with room. */
const RECORD_BLOCKS_PER_ATTEMPT = 5;
const CHUNKS_PER_ATTEMPT = 6;
/** Below 100 ms a repeat is another tap's copy: a sender repeats after T1, 500 ms (RFC 3261 §17.1.1.1). */
export const COPY_UNITS = 1000;

/**
 * All memory of calls in progress, and the look-up of a message's attempt. It knows how things are kept, not what they
 * mean.
 */
export class CallStore {
  readonly attempts: AttemptTable;
  readonly branches: BranchTable;
  readonly records: RecordTable;
  readonly text: TextStore;
  readonly texts: Texts;
  readonly endpoints: Endpoints;
  readonly hash: SlabHash;
  readonly clock: CaptureClock;
  readonly connections = new Connections();
  readonly #counters: TrackerCounters;

  /** Attempts under the Call-ID of the message at hand, set by `locate` when it finds none of them to be its. */
  namesakes = 0;
  /** Hashes of the message at hand, set by `locate`. */
  callLo = 0;
  callHi = 0;
  fromTag = 0;
  toTag = 0;
  branch = 0;
  /** Of the sent-by of who made the request; 0: both tags differ, and tell it as well. */
  #client = 0;

  constructor(options: TrackerOptions, counters: TrackerCounters) {
    const { capacity } = options;
    this.attempts = new AttemptTable(capacity);
    this.branches = new BranchTable(capacity * BRANCHES_PER_ATTEMPT);
    this.records = new RecordTable(capacity * RECORD_BLOCKS_PER_ATTEMPT);
    this.text = new TextStore(capacity * CHUNKS_PER_ATTEMPT);
    this.texts = new Texts(this.text, this.attempts, counters);
    this.endpoints = new Endpoints(options.peers, options.endpoints, options.seed[0]);
    this.hash = new SlabHash(options.seed[0], options.seed[1]);
    this.clock = new CaptureClock(this.attempts, options.skewMs, counters);
    this.#counters = counters;
  }

  /** Hashes what identifies the message and returns its attempt, or 0. */
  locate(message: SipScanner): number {
    const { attempts } = this;
    const start = message.at[2 * FIELD.callId] as number;
    const end = message.at[2 * FIELD.callId + 1] as number;
    this.hash.update(start, end);
    this.callLo = this.hash.lo;
    this.callHi = this.hash.hi;
    // Ahead of the other hashes: at 100,000 calls all of it has to come from memory, which takes as long as they do.
    let slot = attempts.seek(attempts.probe(this.callLo), this.callLo, this.callHi);
    const isFirst = slot >= 0 && this.#isCallId(slot, start, end);
    this.fromTag = this.fieldHash(message, FIELD.fromTag);
    this.toTag = this.fieldHash(message, FIELD.toTag);
    this.branch = branchKey(this.hash, message);
    this.#client = this.fromTag === this.toTag ? this.fieldHash(message, FIELD.bottomSentBy) : 0;
    this.namesakes = 0;
    for (; slot >= 0; slot = attempts.seek(slot + 1, this.callLo, this.callHi)) {
      const a = attempts.candidate(slot);
      const tag = attempts.fromTag[a] as number;
      const known = tag === this.fromTag || (tag === this.toTag && tag !== 0);
      const isOwn = known || isTaglessOrEmbryo(attempts, a, message, this.fromTag, this.toTag);
      // Of the others tags come first: somebody may send many under one long Call-ID.
      if (isOwn && (this.namesakes === 0 ? isFirst : this.#isCallId(slot, start, end))) return a;
      this.namesakes++;
    }
    return 0;
  }

  /** Whether the Call-ID of the attempt in this slot of the index is the one at [start, end). */
  #isCallId(slot: number, start: number, end: number): boolean {
    const { attempts } = this;
    return this.text.equals(attempts.text[attempts.candidate(slot)] as number, start, end);
  }

  /** A call's attempt under the Call-ID at [start, end), whatever its tags; 0 when there is none. */
  findByCallId(start: number, end: number): number {
    this.hash.update(start, end);
    return this.findByHash(this.hash.lo, this.hash.hi);
  }

  /** A call's attempt other than `except` under the Call-ID of this hash, whatever its tags; 0 when there is none. */
  findByHash(lo: number, hi: number, except = 0): number {
    const { attempts } = this;
    let slot = attempts.seek(attempts.probe(lo), lo, hi);
    for (; slot >= 0; slot = attempts.seek(slot + 1, lo, hi)) {
      const a = attempts.candidate(slot);
      if (a !== except && this.isReal(a)) return a;
    }
    return 0;
  }

  /** An embryo is no attempt yet, and a recording never one: neither can be a leg, nor have facts. */
  isReal(a: number): boolean {
    return this.attempts.state[slotOf(a)] !== STATE.embryo && !this.attempts.has(a, FLAG.RECORDING);
  }

  /**
   * True when the message's From is the attempt's: it came from the caller's side. A tag is one's own together with the
   * address (RFC 3261 §19.3): both sides may have chosen the same one, as two SIPp with the number of the call do.
   */
  forward(a: number): boolean {
    if (this.attempts.fromTag[a] !== this.fromTag) return false;
    return this.#client === 0 || this.#isCallers(a);
  }

  #isCallers(a: number): boolean {
    const { branches, callerSentBy } = this.attempts;
    if (callerSentBy[a] === 0 || callerSentBy[a] === this.#client) return true;
    // A hop that hides the others' Vias is the bottom of its own.
    return this.branches.sentByAny(branches[a] as number, this.#client);
  }

  /** A fresh attempt for the message at hand; 0 when a pool is empty. */
  open(message: SipScanner, packet: Arrival): number {
    const chain = this.text.open();
    if (chain === 0) {
      this.#counters.hit('text');
      return 0;
    }
    const a = this.attempts.open(this.callLo, this.callHi);
    if (a === 0) {
      this.text.pool.release(chain);
      return 0;
    }
    this.attempts.text[a] = chain;
    this.attempts.source[slotOf(a)] = packet.source;
    this.attempts.captureId[a] = packet.captureId | 0;
    this.attempts.fromTag[a] = this.fromTag;
    this.clock.start(a, packet);
    if (!this.texts.callId(chain, message)) {
      this.release(a);
      return 0;
    }
    return a;
  }

  release(a: number): void {
    this.connections.forget(a);
    this.branches.pool.release(this.attempts.branches[a] as number);
    this.records.pool.release(this.attempts.records[a] as number);
    this.text.pool.release(this.attempts.text[a] as number);
    this.attempts.close(a);
  }

  /** The branch of this message's INVITE transaction, opened when it is new; 0 when there is no room. */
  branchOf(a: number, cseq: number, vias: number, units: number): number {
    const head = this.attempts.branches[a] as number;
    const known = this.branches.find(head, this.branch, cseq);
    if (known !== 0) return known;
    const count = this.attempts.branchCount[slotOf(a)] as number;
    const b = this.branches.hasRoom(count) ? this.branches.open(this.branch, cseq, vias, units) : 0;
    if (b === 0) {
      this.#counters.hit('branches');
      this.attempts.overflowed(a);
      return 0;
    }
    this.branches.pool.next[b] = head;
    this.attempts.branches[a] = b;
    this.attempts.branchCount[slotOf(a)] = count + 1;
    return b;
  }

  /** Remembers the message: 0 when it is new, 1 when its sender repeated it, 2 when another tap copied it. */
  remember(a: number, message: SipScanner, packet: Arrival, units: number): number {
    const signature = signatureOf(message, this.branch, this.toTag);
    const tap = tapOf(packet);
    const { records, attempts } = this;
    const bit = 1 << (signature >>> 27);
    const seen = attempts.seen[a] as number;
    const count = attempts.recordCount[slotOf(a)] as number;
    const { method, status } = message;
    const known =
      (seen & bit) === 0
        ? 0
        : records.find(attempts.records[a] as number, count, signature, method, status);
    if (known !== 0) {
      records.repeated(known);
      const soon = Math.abs(units - records.at(known)) < COPY_UNITS;
      return soon || records.tap(known) !== tap ? 2 : 1;
    }
    attempts.seen[a] = seen | bit;
    this.#record(a, message, packet, signature, tap, units);
    return 0;
  }

  /** Peer indices of the packet's source and destination. */
  peerOf(packet: Arrival, side: 'source' | 'target'): number {
    // No destructuring here: it would allocate for every INVITE.
    const address = side === 'source' ? 0 : 16;
    const id = this.endpoints.intern(packet.addresses, address, side === 'source' ? 32 : 34);
    return id !== 0
      ? this.endpoints.peerOf(id)
      : this.endpoints.peers.match(packet.addresses, address);
  }

  #record(
    a: number,
    message: SipScanner,
    packet: Arrival,
    signature: number,
    tap: number,
    units: number,
  ): void {
    const { records, attempts, endpoints } = this;
    const count = attempts.recordCount[slotOf(a)] as number;
    const r = count < RECORDS_MAX ? records.take(attempts.records[a] as number, count) : 0;
    if (r === 0) {
      this.#counters.hit('records');
      attempts.overflowed(a);
      return;
    }
    const source = endpoints.intern(packet.addresses, 0, 32);
    const target = endpoints.intern(packet.addresses, 16, 34);
    const { method, status, viaCount } = message;
    const route = endpoints.routes.intern(source, target);
    records.write(r, signature, method, status, viaCount);
    records.travelled(r, units, route, source > target, tap);
    attempts.records[a] = records.blockOf(r);
    attempts.recordCount[slotOf(a)] = count + 1;
  }

  /** Hash of a field's text, for comparing; 0 when it is absent. */
  fieldHash(message: SipScanner, field: number): number {
    return this.hash.short(message.at[2 * field] as number, message.at[2 * field + 1] as number);
  }
}
