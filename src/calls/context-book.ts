import type { ContextNote } from '../context/kinds.ts';
import type { ContextEvent, ContextResult } from '../context/results.ts';
import { SLAB_TEXT, writeSlabText } from '../lib/slab.ts';
import { SlabHash } from '../lib/slab-hash.ts';
import type { Ended } from './call.ts';
import { DueQueue, type Waiting } from './due-queue.ts';
import { EventIds } from './event-ids.ts';
import { joinKey } from './join.ts';
import type { Legs } from './legs.ts';
import type { ContextOptions, TrackerCounters, TrackerOptions } from './options.ts';
import { queueFacts } from './queue-facts.ts';
import { toRefused } from './refused.ts';
import { Settling } from './settling.ts';
import type { CallStore } from './store.ts';
import type { Tombstones } from './tombstones.ts';

/** Facts of one call at most. */
export const FACTS_PER_CALL = 32;
/** Tag of a tombstone of a call that was never sent: no message has it, and none is absorbed by it. */
const NO_TAG = -1;

/** What was told under one Call-ID or correlation id. */
interface Entry {
  readonly callId: string;
  readonly notes: ContextNote[];
}

export interface ContextEvents {
  refused(refusal: Ended): void;
}

/**
 * Facts beside the signalling, by call: a capped side map, because calls that have any are rare. A fact may come before
 * its call, during it, and until the call has its verdict.
 */
export class ContextBook {
  readonly #store: CallStore;
  readonly #legs: Legs;
  readonly #tombstones: Tombstones;
  readonly #counters: TrackerCounters;
  readonly #events: ContextEvents;
  readonly #hash: SlabHash;
  readonly #entries = new Map<number, Entry>();
  readonly #byAttempt = new Map<number, ContextNote[]>();
  readonly #held = new DueQueue();
  readonly #refusals = new DueQueue();
  readonly #ids = new EventIds();
  readonly #settling: Settling;
  #size = 0;
  #options: ContextOptions;
  #reorderMs: number;

  constructor(
    store: CallStore,
    legs: Legs,
    tombstones: Tombstones,
    counters: TrackerCounters,
    options: TrackerOptions,
    events: ContextEvents,
  ) {
    this.#store = store;
    this.#legs = legs;
    this.#tombstones = tombstones;
    this.#counters = counters;
    this.#events = events;
    this.#hash = new SlabHash(options.seed[0], options.seed[1]);
    this.#settling = new Settling(store, options);
    this.#options = options.context;
    this.#reorderMs = options.reorderMs;
  }

  configure(options: TrackerOptions): void {
    this.#options = options.context;
    this.#reorderMs = options.reorderMs;
    this.#settling.configure(options);
  }

  /** Facts that wait for their call. */
  get held(): number {
    let sum = 0;
    for (const waiting of [this.#held, this.#refusals]) {
      for (const key of waiting.keys()) sum += this.#entries.get(key)?.notes.length ?? 0;
    }
    return sum;
  }

  /** Facts kept, for tests of memory. */
  get size(): number {
    return this.#size;
  }

  /** How much longer than the reorder window attempt `a` settles, ms. */
  wait(a: number): number {
    return this.#settling.of(a);
  }

  /** Takes an event of the context API. `now` in ms; an event without a time, or from the future, is of now. */
  event(event: ContextEvent, now: number): ContextResult {
    const result = this.#take(event, now);
    this.#counters.told(result);
    return result;
  }

  /** A stage rule, or a statistic, found a fact in a message of attempt `a`. The same fact counts once. */
  found(a: number, note: ContextNote): void {
    const notes = this.#byAttempt.get(a) ?? [];
    const known = notes.some(
      ({ kind, value, name, source }) =>
        kind === note.kind && value === note.value && name === note.name && source === note.source,
    );
    if (known || this.#full(notes)) return;
    notes.push(note);
    this.#size++;
    this.#byAttempt.set(a, notes);
  }

  /** All facts of an attempt that ends, in order of time. */
  take(a: number): readonly ContextNote[] {
    if (!this.#store.isReal(a)) {
      this.#forget(a);
      return [];
    }
    const notes = this.#options.builtIn ? queueFacts(this.#store.attempts, a) : [];
    if (this.#size === 0) return notes;
    notes.push(...(this.#byAttempt.get(a) ?? []));
    this.#forget(a);
    const { hashLo, hashHi } = this.#store.attempts;
    const [lo, hi] = [hashLo[a] as number, hashHi[a] as number];
    const own = joinKey(lo, hi);
    for (const key of [own, ...this.#legs.keysOf(a)]) {
      const entry = this.#entries.get(key);
      if (entry === undefined) continue;
      notes.push(...entry.notes);
      // Both legs of a B2BUA that keeps the Call-ID have the facts told under it.
      if (key !== own || this.#store.findByHash(lo, hi, a) === 0) this.#drop(key);
    }
    return notes.sort((x, y) => x.at - y.at);
  }

  #forget(a: number): void {
    this.#size -= this.#byAttempt.get(a)?.length ?? 0;
    this.#byAttempt.delete(a);
  }

  /** Ends refusals whose call did not come, and lets go of facts whose call did not. */
  advance(now: number): void {
    for (let one = this.#refusals.shift(now); one !== null; one = this.#refusals.shift(now)) {
      this.#refuse(one, now);
    }
    for (let one = this.#held.shift(now); one !== null; one = this.#held.shift(now)) {
      if (this.#isOpen(one.lo, one.hi)) continue;
      this.#counters.contextExpired += this.#entries.get(one.key)?.notes.length ?? 0;
      this.#drop(one.key);
    }
  }

  /** Ends up to `max` refusals now, and when none is left lets go of all that waits. False when some are left. */
  drain(max: number): boolean {
    for (let done = 0; done < max; done++) {
      const one = this.#refusals.shift(Number.POSITIVE_INFINITY);
      if (one === null) break;
      this.#refuse(one, one.due);
    }
    if (this.#refusals.size > 0) return false;
    this.advance(Number.POSITIVE_INFINITY);
    return true;
  }

  #take(event: ContextEvent, now: number): ContextResult {
    const end = writeSlabText(`${event.source}\n${event.id}`, 'utf8');
    this.#hash.update(SLAB_TEXT, end);
    const id = joinKey(this.#hash.lo, this.#hash.hi);
    if (this.#ids.has(id)) return 'duplicate';
    this.#hash.update(SLAB_TEXT, writeSlabText(event.callId, 'latin1'));
    const { lo, hi } = this.#hash;
    const key = joinKey(lo, hi);
    const open = this.#isOpen(lo, hi);
    if (!open && this.#tombstones.knows(lo, hi)) return 'late';
    const entry = this.#entries.get(key) ?? { callId: event.callId, notes: [] };
    if (this.#full(entry.notes)) {
      return entry.notes.length >= FACTS_PER_CALL ? 'call_full' : 'full';
    }
    const at = Math.min(event.at ?? now, now);
    entry.notes.push({ ...event.fact, at, id: event.id, source: 'api' });
    this.#size++;
    this.#entries.set(key, entry);
    if (this.#ids.add(id)) this.#counters.hit('event_ids');
    if (open) return 'accepted';
    this.#await({ key, lo, hi, due: now }, event.fact.kind === 'refused');
    return 'held';
  }

  #await(waiting: Waiting, refused: boolean): void {
    const { key } = waiting;
    if (this.#refusals.has(key) || (!refused && this.#held.has(key))) return;
    const wait = refused ? this.#reorderMs + this.#settling.waitMs : this.#options.holdMs;
    const due = waiting.due + wait;
    if (refused) this.#held.delete(key);
    (refused ? this.#refusals : this.#held).add({ ...waiting, due });
  }

  /** The attempt that the platform refused: made and ended at once, unless its INVITE was seen meanwhile. */
  #refuse({ key, lo, hi }: Waiting, now: number): void {
    const entry = this.#entries.get(key);
    if (entry === undefined || this.#isOpen(lo, hi)) return;
    this.#drop(key);
    const before = this.#tombstones.evicted;
    this.#tombstones.add(lo, hi, NO_TAG, 0, 0, now);
    if (this.#tombstones.evicted !== before) this.#counters.hit('tombstones');
    this.#events.refused(toRefused(entry.callId, entry.notes));
  }

  #full(notes: readonly ContextNote[]): boolean {
    const limit = notes.length >= FACTS_PER_CALL ? 'context_call' : 'context';
    const full = limit === 'context_call' || this.#size >= this.#options.facts;
    if (full) this.#counters.hit(limit);
    return full;
  }

  #drop(key: number): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#size -= entry.notes.length;
    this.#entries.delete(key);
    this.#held.delete(key);
    this.#refusals.delete(key);
  }

  #isOpen(lo: number, hi: number): boolean {
    return this.#store.findByHash(lo, hi) !== 0 || this.#legs.owner(joinKey(lo, hi)) !== 0;
  }
}
