import { FIELD, type SipScanner } from '../sip/scan.ts';
import { uriUser } from '../sip/uri.ts';
import type { Arrival } from './arrival.ts';
import type { JoinMethod } from './call.ts';
import type { Legs } from './legs.ts';
import type { JoinOptions, TrackerCounters } from './options.ts';
import type { SetupIndex } from './setup-index.ts';
import type { CallStore } from './store.ts';
import type { Tombstones } from './tombstones.ts';

/** A UUID without dashes (RFC 7989 §5), and the one that means "not known yet". */
const UUID_LENGTH = 32;
const NIL = '0'.repeat(UUID_LENGTH);

/** Finds the call that a new leg belongs to, by what its INVITE says, strongest sign first (DESIGN §3). */
export class JoinReader {
  readonly #store: CallStore;
  readonly #legs: Legs;
  readonly #setup: SetupIndex;
  readonly #tombstones: Tombstones;
  readonly #counters: TrackerCounters;
  readonly #range = new Int32Array(2);
  options: JoinOptions;

  constructor(
    store: CallStore,
    legs: Legs,
    setup: SetupIndex,
    tombstones: Tombstones,
    counters: TrackerCounters,
    options: JoinOptions,
  ) {
    this.#store = store;
    this.#legs = legs;
    this.#setup = setup;
    this.#tombstones = tombstones;
    this.#counters = counters;
    this.options = options;
  }

  /** Attempt `a` has just begun with this INVITE. */
  begun(a: number, message: SipScanner, arrival: Arrival): void {
    const { options } = this;
    this.#legs.meet(a, joinKey(this.#store.callLo, this.#store.callHi));
    if (options.sessionId && message.has(FIELD.sessionId)) this.#bySessionId(a, message);
    if (options.correlation && arrival.correlationStart < arrival.correlationEnd) {
      this.#byName(a, arrival.correlationStart, arrival.correlationEnd, 'correlation');
    }
    if (options.headers.length > 0) this.#byHeaders(a, message);
    if (options.callIdSuffixes.length > 0) this.#bySuffixes(a, message);
    // A leg's first hop has one Via: what has more is a proxy's copy, and a proxy begins no leg.
    if (options.inferred && message.viaCount === 1) this.#byNumber(a, message, arrival);
  }

  /** Attempt `a` went on to another hop: a B2BUA behind it will open its leg from there. */
  forwarded(a: number, message: SipScanner, arrival: Arrival): void {
    if (!this.options.inferred) return;
    const where = this.#store.addressKey(arrival, 'target');
    const caller = this.#numberKey(where, message, FIELD.from);
    this.#setup.put(a, caller, this.#numberKey(where, message, FIELD.requestUri));
  }

  /** RFC 7989 §6: both legs of a B2BUA carry the caller's UUID in their INVITE. */
  #bySessionId(a: number, message: SipScanner): void {
    const start = message.at[2 * FIELD.sessionId] as number;
    const end = message.at[2 * FIELD.sessionId + 1] as number;
    if (end - start < UUID_LENGTH) return;
    if (message.slice(start, start + UUID_LENGTH) === NIL) return;
    const { hash } = this.#store;
    hash.update(start, start + UUID_LENGTH);
    this.#legs.share(a, joinKey(hash.lo, hash.hi), 'session_id');
  }

  /** An identifier that is another leg's Call-ID, or is shared by the legs. The leg's own Call-ID joins nothing. */
  #byName(a: number, start: number, end: number, method: JoinMethod): void {
    const store = this.#store;
    const other = store.findByCallId(start, end);
    const { lo, hi } = store.hash;
    if (lo === store.callLo && hi === store.callHi) return;
    if (other !== 0) this.#legs.join(other, a, method);
    else if (this.#tombstones.knows(lo, hi)) this.#counters.lateJoins++;
    else this.#legs.share(a, joinKey(lo, hi), method);
  }

  #byHeaders(a: number, message: SipScanner): void {
    for (const name of this.options.headers) {
      if (!message.find(name, this.#range)) continue;
      this.#byName(a, this.#range[0] as number, this.#range[1] as number, 'header');
    }
  }

  /** Some B2BUAs derive the Call-ID of their leg from the other's: the same with a suffix. */
  #bySuffixes(a: number, message: SipScanner): void {
    const start = message.at[2 * FIELD.callId] as number;
    const end = message.at[2 * FIELD.callId + 1] as number;
    for (const suffix of this.options.callIdSuffixes) {
      if (!message.slice(start, end).endsWith(suffix)) continue;
      this.#byName(a, start, end - suffix.length, 'header');
    }
  }

  /** The only call in set-up that went to where this leg comes from, with one of its numbers. */
  #byNumber(a: number, message: SipScanner, arrival: Arrival): void {
    const from = this.#store.addressKey(arrival, 'source');
    const caller = this.#numberKey(from, message, FIELD.from);
    const callee = this.#numberKey(from, message, FIELD.requestUri);
    const first = this.#setup.single(a, caller, callee);
    if (first > 0) this.#legs.join(first, a, 'inferred');
    else if (first < 0) this.#counters.ambiguousJoins++;
  }

  #numberKey(where: number, message: SipScanner, field: number): number {
    if (where === 0) return 0;
    const { at } = message;
    uriUser(at[2 * field] as number, at[2 * field + 1] as number, this.#range);
    const user = this.#store.hash.short(this.#range[0] as number, this.#range[1] as number);
    // The field is part of the key: who called A is no sign of a leg that calls A.
    return user === 0 ? 0 : Math.imul(user ^ where ^ (field << 20), 0x9e3779b1 | 0) | 1;
  }
}

/** 53 of the 64 bits: a safe integer for a Map. */
function joinKey(lo: number, hi: number): number {
  return (lo >>> 0) * 0x200000 + (hi >>> 11);
}
