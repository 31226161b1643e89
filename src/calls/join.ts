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
    const { store, options } = { store: this.#store, options: this.options };
    this.#legs.meet(a, joinKey(store.callLo, store.callHi));
    if (options.sessionId && message.has(FIELD.sessionId)) this.#bySessionId(a, message);
    if (options.correlation && arrival.correlationStart < arrival.correlationEnd) {
      this.#byName(a, arrival.correlationStart, arrival.correlationEnd, 'correlation');
    }
    for (const name of options.headers) {
      if (message.find(name, this.#range)) {
        const [start = 0, end = 0] = this.#range;
        this.#byName(a, start, end, 'header');
      }
    }
    for (const suffix of options.callIdSuffixes) this.#bySuffix(a, message, suffix);
    if (options.inferred) this.#byNumber(a, message, arrival);
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

  /** Some B2BUAs derive the Call-ID of their leg from the other's: the same with a suffix. */
  #bySuffix(a: number, message: SipScanner, suffix: string): void {
    const start = message.at[2 * FIELD.callId] as number;
    const end = message.at[2 * FIELD.callId + 1] as number;
    if (message.slice(start, end).endsWith(suffix))
      this.#byName(a, start, end - suffix.length, 'header');
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
    const [start = 0, end = 0] = this.#range;
    const user = this.#store.hash.short(start, end);
    // The field is part of the key: who called A is no sign of a leg that calls A.
    return user === 0 ? 0 : Math.imul(user ^ where ^ (field << 20), 0x9e3779b1 | 0) | 1;
  }
}

/** 53 of the 64 bits: a safe integer for a Map. */
function joinKey(lo: number, hi: number): number {
  return (lo >>> 0) * 0x200000 + (hi >>> 11);
}
