import type { SipScanner } from '../sip/scan.ts';
import type { Arrival } from './arrival.ts';
import type { Ending, LifecycleEvents } from './call.ts';
import { ContextBook } from './context-book.ts';
import { toEnded } from './ended.ts';
import { awaitsFinal, endingOf } from './endings.ts';
import { LadderWriter } from './ladder.ts';
import { Legs } from './legs.ts';
import { FLAG } from './marks.ts';
import { MediaReader } from './media.ts';
import type { TrackerCounters, TrackerOptions } from './options.ts';
import { numberOf, slotOf } from './rows.ts';
import { SetupIndex } from './setup-index.ts';
import type { CallStore } from './store.ts';
import { type Clock, TimerWheel } from './timer-wheel.ts';
import { Tombstones } from './tombstones.ts';
import { DEADLINES, type Deadline, nextState, SIGNAL, STATE, STATES } from './transitions.ts';

export type { LifecycleEvents } from './call.ts';

/** By state number. */
const DEADLINE_OF = STATES.map((state): Deadline => DEADLINES[state]);
/** Attempts that may have to go so that one long Call-ID finds room. */
const OPEN_TRIES = 8;
/** Tombstones kept per attempt of capacity: calls are shorter than a tombstone at high rates. */
const TOMBSTONES_PER_ATTEMPT = 4;

/** A time, in an object that exists anyway: see `Clock`. */
export type Moment = Pick<Arrival, 'arrivedAt'>;

/**
 * Birth, state, deadlines and end of attempts. Every attempt that was started ends here exactly once, whatever happens.
 */
export class Lifecycle {
  readonly tombstones: Tombstones;
  readonly #store: CallStore;
  readonly counters: TrackerCounters;
  readonly #wheel: TimerWheel;
  readonly #events: LifecycleEvents;
  readonly legs: Legs;
  readonly setup: SetupIndex;
  readonly context: ContextBook;
  readonly media: MediaReader;
  readonly #ladders: LadderWriter;
  #options: TrackerOptions;
  readonly #clock: Clock = new Float64Array(1);
  #alive = 0;

  constructor(
    store: CallStore,
    options: TrackerOptions,
    counters: TrackerCounters,
    events: LifecycleEvents,
  ) {
    this.#store = store;
    this.#options = options;
    this.counters = counters;
    this.#events = events;
    this.legs = new Legs(counters, events.closed);
    this.setup = new SetupIndex(options.capacity);
    this.#wheel = new TimerWheel(options.capacity, this.#clock);
    const tombstones = 2 ** Math.ceil(Math.log2(options.capacity * TOMBSTONES_PER_ATTEMPT));
    this.tombstones = new Tombstones(tombstones, options.tombstoneMs);
    this.media = new MediaReader(store, options.capacity);
    this.#ladders = new LadderWriter(store);
    this.context = new ContextBook(store, this.legs, this.tombstones, counters, options, events);
  }

  /** Windows and time-outs for deadlines armed from now on. */
  configure(options: TrackerOptions): void {
    this.#options = options;
    this.tombstones.ttl = options.tombstoneMs;
    this.context.configure(options);
    this.#store.clock.skew = options.skewMs;
  }

  /** Attempts begun and not ended, counted apart from the two counters so that the law can be broken by a bug. */
  get alive(): number {
    return this.#alive;
  }

  /** Latest time seen, ms since the epoch. */
  get now(): number {
    return this.#clock[0] as number;
  }

  /** Moves time forward to `to.arrivedAt`; what came due ends. Time never goes back. */
  advance(to: Moment): void {
    const clock = this.#clock;
    const before = clock[0] as number;
    if (to.arrivedAt > before) clock[0] = to.arrivedAt;
    if (!this.#wheel.idle) this.#expireFrom(before);
  }

  #expireFrom(before: number): void {
    const clock = this.#clock;
    const target = clock[0] as number;
    // After a silence, what came due meanwhile ends at its own time and not at the end of the silence.
    this.#wheel.advance((slot, at) => {
      clock[0] = Math.max(before, Math.min(at, target));
      this.#expire(numberOf(slot));
    });
    clock[0] = target;
    this.tombstones.expire(target);
  }

  /** Feeds one signal to the state machine and arms the deadline of the state it leads to. */
  signal(a: number, signal: number): void {
    const { state } = this.#store.attempts;
    const next = nextState(state[slotOf(a)] as number, signal);
    const moved = next !== state[slotOf(a)];
    state[slotOf(a)] = next;
    if (moved && next === STATE.answered) this.#store.attempts.ages.answered(a);
    // A B2BUA opens its other leg while the first is in set-up, not after that was refused, cancelled or answered.
    if (next > STATE.ringing) this.setup.remove(a);
    if (moved || signal === SIGNAL.progress || signal === SIGNAL.ringing) this.touch(a);
  }

  /** A provisional response was repeated: an attempt in set-up waits on. */
  prolong(a: number): void {
    const state = this.#store.attempts.state[slotOf(a)];
    if (state === STATE.proceeding || state === STATE.ringing) this.touch(a);
  }

  /** Arms the deadline of the attempt's present state anew. */
  touch(a: number): void {
    const state = this.#store.attempts.state[slotOf(a)] as number;
    this.#wheel.arm(slotOf(a), this.#delay(DEADLINE_OF[state] as Deadline, a));
  }

  /** The INVITE was seen: from here on the attempt counts. */
  born(a: number, ordinal: number): void {
    this.#store.attempts.setOrdinal(a, ordinal);
    this.counters.started++;
    this.#alive++;
    this.legs.opened();
    this.signal(a, SIGNAL.invite);
  }

  /** A recording session (SIPREC, RFC 7866): followed, so that its messages are no orphans, and never counted. */
  recorded(a: number): void {
    this.#store.attempts.raise(a, FLAG.RECORDING);
    this.signal(a, SIGNAL.invite);
  }

  /** A fresh attempt for the message at hand, for which older ones may have to go; 0 when that did not help. */
  open(message: SipScanner, arrival: Arrival): number {
    this.#ladders.note(this.now);
    for (let tries = 0; tries < OPEN_TRIES; tries++) {
      const a = this.#store.open(message, arrival);
      if (a !== 0) return a;
      this.evictOldest();
    }
    // It is as lost as the calls that had to go for it, which `evictOldest` counted.
    return 0;
  }

  /** Makes room for one attempt when the table is full: the oldest goes. */
  evictOldest(): void {
    const victim = this.#store.attempts.ages.oldest;
    if (victim === 0) return;
    this.counters.hit(
      this.#store.attempts.state[slotOf(victim)] === STATE.embryo ? 'embryos' : 'calls',
    );
    this.end(victim, 'evicted');
  }

  /** Ends the attempt now, with what is known: a new call under the same Call-ID has begun. */
  endEarly(a: number): void {
    this.end(a, endingOf(this.#store, a));
  }

  /** Ends up to `max` attempts; what had no end is cut off by the observer's own stop. False when some are left. */
  drain(max: number): boolean {
    for (let done = 0; done < max; done++) {
      const a = this.#store.attempts.ages.oldest;
      if (a === 0) return true;
      const ending = endingOf(this.#store, a);
      this.end(a, ending === 'expired' ? 'shutdown' : ending);
    }
    return this.#store.attempts.ages.oldest === 0;
  }

  end(a: number, ending: Ending): void {
    const { attempts } = this.#store;
    this.#wheel.disarm(slotOf(a));
    const heard = this.media.conclude(a);
    if (heard !== null && this.#options.context.builtIn) this.context.found(a, heard);
    const context = this.context.take(a);
    if (attempts.state[slotOf(a)] === STATE.embryo) {
      const kind = attempts.ordinal(a);
      this.counters.orphans[kind] = (this.counters.orphans[kind] as number) + 1;
      this.#store.release(a);
      return;
    }
    if (attempts.has(a, FLAG.RECORDING)) {
      this.#bury(a);
      this.#store.release(a);
      return;
    }
    const ladder = this.#options.ladders === true ? this.#ladders.write(a, this.now) : null;
    const ended = toEnded(this.#store, a, ending, this.now, context, ladder);
    this.#bury(a);
    this.setup.remove(a);
    this.#store.release(a);
    this.counters.ended++;
    this.#alive--;
    this.#events.ended(ended);
    this.legs.ended(a, ended);
  }

  #bury(a: number): void {
    const { attempts } = this.#store;
    const before = this.tombstones.evicted;
    this.tombstones.add(
      attempts.hashLo[a] as number,
      attempts.hashHi[a] as number,
      attempts.fromTag[a] as number,
      attempts.cseq[a] as number,
      attempts.ordinal(a),
      this.now,
    );
    if (this.tombstones.evicted !== before) this.counters.hit('tombstones');
  }

  #expire(a: number): void {
    this.end(a, endingOf(this.#store, a));
  }

  #delay(deadline: Deadline, a: number): number {
    const { timeouts, reorderMs, retryMs } = this.#options;
    if (deadline === 'reorder') {
      return awaitsFinal(this.#store, a) ? timeouts.cancel : reorderMs + this.context.wait(a);
    }
    if (deadline === 'retry') return Math.max(retryMs, reorderMs + this.context.wait(a));
    // An ACK of a 2xx that was missed: the call is up, whatever the state says.
    const up = deadline === 'answered' || this.#store.attempts.has(a, FLAG.ACKED);
    if (!up) return timeouts[deadline];
    // Twice the session interval without a refresh: whatever ended the call was missed (RFC 4028 §10).
    const { attempts } = this.#store;
    const interval = attempts.extras.sessionExpires[attempts.extra(a)] as number;
    const usual = this.#store.connections.patience(a, timeouts);
    return interval === 0 ? usual : Math.min(usual, 2000 * interval);
  }
}
