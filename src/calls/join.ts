import { SLAB_VIEW } from '../lib/slab.ts';
import { FIELD, type SipScanner } from '../sip/scan.ts';
import { uriUser } from '../sip/uri.ts';
import type { Arrival } from './arrival.ts';
import type { JoinMethod } from './call.ts';
import { wentFarther } from './hops.ts';
import type { Legs } from './legs.ts';
import type { JoinOptions, TrackerCounters } from './options.ts';
import type { SetupIndex } from './setup-index.ts';
import type { CallStore } from './store.ts';
import type { Tombstones } from './tombstones.ts';

const VIEW = SLAB_VIEW;

const ANONYMOUS = Buffer.from('anonymous', 'latin1');
/** A UUID without dashes (RFC 7989 §5), and the one that means "not known yet". */
const UUID_LENGTH = 32;
const NIL = '0'.repeat(UUID_LENGTH);

/** Finds the call that a new leg belongs to, by what its INVITE says, strongest sign first (docs/joins.md). */
export class JoinReader {
  readonly #store: CallStore;
  readonly #legs: Legs;
  readonly #setup: SetupIndex;
  readonly #tombstones: Tombstones;
  readonly #counters: TrackerCounters;
  readonly #range = new Int32Array(2);
  readonly #keys = new Int32Array(4);
  /** Hashes of the caller's and the callee's number of the message at hand, and whether it has them. */
  readonly #numbers = new Int32Array(4);
  readonly #has = new Uint8Array(2);
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

  /**
   * The INVITE of attempt `a` at a hop nearer to its caller than any before; `first`: the attempt begins with it. True
   * when its numbers were read, for `forwarded`.
   */
  nearer(a: number, message: SipScanner, arrival: Arrival, first: boolean): boolean {
    if (first) return this.#begun(a, message, arrival);
    // Copies of farther hops overtook that of the first.
    const named = this.#legs.keysOf(a).length > 0;
    return !named && this.#infer(a, message, arrival);
  }

  #begun(a: number, message: SipScanner, arrival: Arrival): boolean {
    const { options } = this;
    this.#legs.meet(a, joinKey(this.#store.callLo, this.#store.callHi));
    if (options.sessionId && message.has(FIELD.sessionId)) this.#bySessionId(a, message);
    if (options.correlation && arrival.correlationStart < arrival.correlationEnd) {
      this.#byName(a, arrival.correlationStart, arrival.correlationEnd, 'correlation');
    }
    // An iterator of no elements is an object all the same.
    const byHeader = options.headers.length > 0 && this.#byHeaders(a, message);
    const bySuffix = options.callIdSuffixes.length > 0 && this.#bySuffixes(a, message);
    return !byHeader && !bySuffix && this.#infer(a, message, arrival);
  }

  /** Unless it is joined already. True when its numbers were read. */
  #infer(a: number, message: SipScanner, arrival: Arrival): boolean {
    // A leg's first hop has one Via: what has more is a proxy's copy, and a proxy begins no leg.
    if (!this.options.inferred || message.viaCount > 1 || this.#legs.isJoined(a)) return false;
    this.#byNumber(a, message, arrival);
    return true;
  }

  /**
   * Attempt `a` went on to another hop: a B2BUA behind it will open its leg from there. `read`: `nearer` has just read the
   * numbers of this message.
   */
  forwarded(a: number, message: SipScanner, arrival: Arrival, read: boolean): void {
    if (!this.options.inferred || wentFarther(this.#store, a, message)) return;
    if (!read) this.#readNumbers(message);
    this.#setup.put(a, this.#keysOf(addressKey(this.#store, arrival, 'target')));
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

  /** True when it has one: whichever leg it means, no other one will do. */
  #byHeaders(a: number, message: SipScanner): boolean {
    let named = false;
    for (const name of this.options.headers) {
      if (!message.find(name, this.#range)) continue;
      this.#byName(a, this.#range[0] as number, this.#range[1] as number, 'header');
      named = true;
    }
    return named;
  }

  /** Some B2BUAs derive the Call-ID of their leg from the other's: the same with a suffix. */
  #bySuffixes(a: number, message: SipScanner): boolean {
    let named = false;
    const start = message.at[2 * FIELD.callId] as number;
    const end = message.at[2 * FIELD.callId + 1] as number;
    for (const suffix of this.options.callIdSuffixes) {
      if (!message.slice(start, end).endsWith(suffix)) continue;
      this.#byName(a, start, end - suffix.length, 'header');
      named = true;
    }
    return named;
  }

  /** The only call in set-up that went to where this leg comes from, with one of its numbers. */
  #byNumber(a: number, message: SipScanner, arrival: Arrival): void {
    this.#readNumbers(message);
    const keys = this.#keysOf(addressKey(this.#store, arrival, 'source'));
    const first = this.#setup.single(a, keys);
    if (first > 0 && !this.#differs(first, message)) this.#legs.join(first, a, 'inferred');
    else if (first < 0) this.#counters.ambiguousJoins++;
  }

  /** Both carry an identifier, and not the same one: the Session-ID of the leg would have joined them. */
  #differs(first: number, message: SipScanner): boolean {
    const identified = this.options.sessionId && message.has(FIELD.sessionId);
    return identified && this.#legs.keysOf(first).length > 0;
  }

  /** Where the call goes with the number of its caller, and with that of its callee. */
  #keysOf(where: number): Int32Array {
    this.#numberKey(0, where, FIELD.from);
    this.#numberKey(1, where, FIELD.requestUri);
    return this.#keys;
  }

  #readNumbers(message: SipScanner): void {
    this.#readNumber(0, message, FIELD.from);
    this.#readNumber(1, message, FIELD.requestUri);
  }

  #readNumber(which: number, { at }: SipScanner, field: number): void {
    uriUser(at[2 * field] as number, at[2 * field + 1] as number, this.#range);
    const start = this.#range[0] as number;
    const end = this.#range[1] as number;
    const has = start !== end && !this.#isAnonymous();
    this.#has[which] = has ? 1 : 0;
    if (!has) return;
    const { hash } = this.#store;
    hash.update(start, end);
    this.#numbers[2 * which] = hash.lo;
    this.#numbers[2 * which + 1] = hash.hi;
  }

  /** RFC 3323 §4.1.1.3: a number that everybody has who wants to have none. */
  #isAnonymous(): boolean {
    const start = this.#range[0] as number;
    if ((this.#range[1] as number) - start !== ANONYMOUS.length) return false;
    for (let i = 0; i < ANONYMOUS.length; i++) {
      if ((VIEW.getUint8(start + i) | 0x20) !== ANONYMOUS[i]) return false;
    }
    return true;
  }

  #numberKey(which: number, where: number, field: number): void {
    const keys = this.#keys;
    keys[2 * which] = 0;
    if (where === 0 || this.#has[which] === 0) return;
    const lo = this.#numbers[2 * which] as number;
    const hi = this.#numbers[2 * which + 1] as number;
    // The field is part of the key: who called A is no sign of a leg that calls A.
    keys[2 * which] = Math.imul(lo ^ where ^ (field << 20), 0x9e3779b1 | 0) | 1;
    keys[2 * which + 1] = hi ^ Math.imul(where, 0x85ebca6b);
  }
}

/** 53 of the 64 bits: a safe integer for a Map. */
export function joinKey(lo: number, hi: number): number {
  return (lo >>> 0) * 0x200000 + (hi >>> 11);
}

/** What tells one B2BUA from another: the configured PBX, whatever its ports, else address and port. 0: unknown. */
function addressKey(store: CallStore, packet: Arrival, side: 'source' | 'target'): number {
  const { endpoints } = store;
  const peer = store.peerOf(packet, side);
  if (peer !== 0 && endpoints.peers.role(peer) === 'pbx') return -peer;
  return side === 'source'
    ? endpoints.key(packet.addresses, 0, 32)
    : endpoints.key(packet.addresses, 16, 34);
}
