import type { ContextEvent, ContextResult } from '../context/results.ts';
import { METHOD, type SipScanner } from '../sip/scan.ts';
import { oldestAges } from './age-lists.ts';
import type { Arrival } from './arrival.ts';
import type { AgeStage } from './call.ts';
import { CarrierReader } from './carriers.ts';
import type { Closing } from './connections.ts';
import { DialogReader } from './dialog.ts';
import { isInitial } from './initial.ts';
import { InviteReader } from './invite.ts';
import { JoinReader } from './join.ts';
import { isAnswer, isNewInvite, isRecording, kindOf, orphanKind } from './kinds.ts';
import { Lifecycle, type LifecycleEvents } from './lifecycle.ts';
import type { MediaReport } from './media.ts';
import { TrackerCounters, type TrackerOptions } from './options.ts';
import { Probes } from './probes.ts';
import { slotOf } from './rows.ts';
import { StageReader } from './stage-reader.ts';
import { CallStore } from './store.ts';
import { TRACKED } from './tracked.ts';
import { TransferReader } from './transfer.ts';
import { STATE } from './transitions.ts';

/** Attempts at a time under one Call-ID, told apart by their From-tags; real B2BUAs make two. */
const NAMESAKES_MAX = 64;

/** Follows calls: SIP messages and time in, one `Ended` per attempt out. A capture and a live stream are alike to it. */
export class Tracker {
  readonly counters = new TrackerCounters();
  readonly #store: CallStore;
  readonly #life: Lifecycle;
  readonly #joins: JoinReader;
  readonly #probes: Probes;
  readonly #invites: InviteReader;
  readonly #dialogs: DialogReader;
  readonly #transfers: TransferReader;
  readonly #stages: StageReader;
  readonly #carriers: CarrierReader;

  constructor(options: TrackerOptions, events: LifecycleEvents) {
    this.#store = new CallStore(options, this.counters);
    this.#life = new Lifecycle(this.#store, options, this.counters, events);
    this.#probes = new Probes(this.#store, this.counters, events.probed);
    const { legs, setup, tombstones } = this.#life;
    this.#joins = new JoinReader(this.#store, legs, setup, tombstones, this.counters, options.join);
    this.#invites = new InviteReader(this.#store, this.#life, this.#joins);
    this.#dialogs = new DialogReader(this.#store, this.#life);
    this.#transfers = new TransferReader(this.#store, legs, this.counters);
    this.#carriers = new CarrierReader(this.#store, this.#life);
    this.#stages = new StageReader(this.#store, this.#life.context, options.context);
  }

  /** Attempts and embryos in the table, for tests of memory. */
  get occupied(): number {
    return this.#store.attempts.pool.used;
  }

  /** Slots in use of every pool that calls take from, for tests of memory. */
  get usage() {
    const { attempts, branches, records, text } = this.#store;
    return [attempts, attempts.extras, branches, records, text].map(({ pool }) => pool.used);
  }

  /** New windows, time-outs and peers from now on. */
  configure(options: TrackerOptions): void {
    this.#life.configure(options);
    const { endpoints, branches } = this.#store;
    const indices = options.peers.indicesAfter(endpoints.peers);
    branches.renumberPeers(indices);
    this.#probes.renumberPeers(indices);
    endpoints.reload(options.peers);
    this.#joins.options = options.join;
    this.#stages.configure(options.context);
  }

  /** Addresses, and pairs of them, that found no room in the table of endpoints. */
  get endpointOverflow(): number {
    const { endpoints } = this.#store;
    return endpoints.overflow + endpoints.routes.overflow;
  }

  /** Attempts in progress or settling. */
  get active(): number {
    return this.#life.alive;
  }

  get callsOpen(): number {
    return this.#life.legs.open;
  }

  /** Age in seconds of the oldest attempt in each stage; 0 where there is none. Walks the table: for scrapes. */
  oldestAges(): Readonly<Record<AgeStage, number>> {
    return oldestAges(this.#store.attempts, this.#life.now);
  }

  /** Moves time forward; call it at least every few hundred ms while no messages come. */
  advance(now: number): void {
    const to = { arrivedAt: now };
    this.#life.advance(to);
    this.#probes.advance(to);
    this.#life.context.advance(this.#life.now);
  }

  /** Ends up to `max` attempts, all by default, for a stop of the observer. False when some are left. */
  drain(max = Number.POSITIVE_INFINITY): boolean {
    const before = this.occupied;
    return this.#life.drain(max) && this.#life.context.drain(max - before);
  }

  /** A fact that came beside the signalling, at this time. */
  context(event: ContextEvent, now: number): ContextResult {
    this.#life.context.advance(Math.max(now, this.#life.now));
    return this.#life.context.event(event, Math.max(now, this.#life.now));
  }

  /** Facts of calls in progress and of calls to come, for tests of memory. */
  get contextKept(): number {
    return this.#life.context.size;
  }

  /** Facts that wait for their call. */
  get contextHeld(): number {
    return this.#life.context.held;
  }

  /** One scanned message. The scanner's view is not used after the call. */
  message(message: SipScanner, arrival: Arrival): number {
    this.#life.advance(arrival);
    const kind = kindOf(message.method);
    if (kind === 0) return TRACKED.OTHER_METHOD;
    if (kind === 3) {
      this.#probes.message(message, arrival);
      return TRACKED.TAKEN;
    }
    const store = this.#store;
    const a = store.locate(message);
    if (a === 0) {
      if (kind === 1) this.#unknown(message, arrival);
      return TRACKED.TAKEN;
    }
    if (isNewInvite(message) && this.#invites.beginsAnother(a, message)) {
      const ordinal = store.attempts.ordinal(a) + 1;
      this.#life.endEarly(a);
      this.#begin(message, arrival, ordinal);
    } else this.#known(a, message, arrival);
    return TRACKED.TAKEN;
  }

  /** A media report; null: RTCP that reports nothing. */
  report(report: MediaReport | null, arrival: Arrival): void {
    this.#life.advance(arrival);
    this.counters.reported(this.#life.media.report(report, arrival));
  }

  /** A relayed connection was closed. */
  connectionClosed(closing: Closing): void {
    this.#life.advance({ arrivedAt: closing.at });
    this.#carriers.closed(closing);
  }

  #known(a: number, message: SipScanner, arrival: Arrival): void {
    const store = this.#store;
    this.#carriers.carried(a, message, arrival);
    const units = store.clock.units(a, arrival);
    const repeat = store.remember(a, message, arrival, units);
    if (repeat !== 0) {
      this.#countRepeat(arrival, repeat);
      if (repeat === 1 && isNewInvite(message)) this.#invites.repeated(a, units);
      // RFC 3261 §13.3.1.1: a queue repeats its provisional response every minute to keep the call.
      if (message.status > 100 && message.status < 200) this.#life.prolong(a);
      if (repeat === 1 && isAnswer(message)) this.#invites.answerRepeated(a);
      return;
    }
    const isEmbryo = store.attempts.state[slotOf(a)] === STATE.embryo;
    if (isEmbryo && isNewInvite(message)) this.#bear(a, message, 0);
    this.#apply(a, message, arrival, units);
  }

  #countRepeat(arrival: Arrival, repeat: number): void {
    const column = repeat === 1 ? this.counters.retransmissions : this.counters.copies;
    column[arrival.source] = (column[arrival.source] as number) + 1;
  }

  #apply(a: number, message: SipScanner, arrival: Arrival, units: number): void {
    this.#stages.read(a, message, arrival, units);
    if (message.method === METHOD.INVITE) {
      if (isInitial(this.#store, a, message)) this.#invites.read(a, message, arrival, units);
      else this.#dialogs.reinvite(a, message, units);
      return;
    }
    this.#dialogs.read(a, message, units);
  }

  /** A message of a call that is not in the table: a new call, a straggler, or something before its INVITE. */
  #unknown(message: SipScanner, arrival: Arrival): void {
    const store = this.#store;
    if (store.namesakes >= NAMESAKES_MAX) {
      this.counters.hit('call_id');
      return;
    }
    const { tombstones } = this.#life;
    const grave = tombstones.find(store.callLo, store.callHi, store.fromTag, store.toTag);
    if (isNewInvite(message)) {
      if (grave === 0) this.#begin(message, arrival, 0);
      else if (message.cseq > tombstones.cseq(grave)) {
        this.#begin(message, arrival, tombstones.ordinal(grave) + 1);
      } else this.counters.stragglers++;
      return;
    }
    if (grave !== 0) this.counters.stragglers++;
    else this.#conceive(message, arrival);
  }

  #begin(message: SipScanner, arrival: Arrival, ordinal: number): void {
    const a = this.#life.open(message, arrival);
    if (a === 0) return;
    this.#bear(a, message, ordinal);
    this.#carriers.carried(a, message, arrival);
    const units = this.#store.clock.units(a, arrival);
    this.#store.remember(a, message, arrival, units);
    this.#stages.read(a, message, arrival, units);
    this.#invites.read(a, message, arrival, units);
  }

  /** The INVITE was seen, first or behind what it brought about. */
  #bear(a: number, message: SipScanner, ordinal: number): void {
    this.#transfers.replaces(message);
    if (isRecording(message)) this.#life.recorded(a);
    else this.#life.born(a, ordinal);
  }

  /**
   * An embryo: HEP order is not causal, so a response or even a BYE may come before its INVITE. If that does not follow
   * within the reorder window, it was an orphan.
   */
  #conceive(message: SipScanner, arrival: Arrival): void {
    const a = this.#life.open(message, arrival);
    if (a === 0) return;
    const { attempts } = this.#store;
    attempts.state[slotOf(a)] = STATE.embryo;
    attempts.setOrdinal(a, orphanKind(message));
    attempts.extras.otherTag[attempts.extend(a)] = this.#store.toTag;
    this.#life.touch(a);
    const units = this.#store.clock.units(a, arrival);
    this.#store.remember(a, message, arrival, units);
    if (message.method === METHOD.INVITE && message.isRequest) return;
    this.#apply(a, message, arrival, units);
  }
}
