import { clocksOf } from '../lib/leg-clock.ts';
import type { Ended, JoinMethod } from './call.ts';
import type { TrackerCounters } from './options.ts';

/** Legs of one call at most; one more stays a call of its own. */
export const LEGS_MAX = 16;
/** Calls of more than one leg at a time, and join keys remembered. */
export const JOINED_MAX = 65_536;
/** Ended legs that wait for the last one of their call; beyond it nothing more is joined. */
const RETAINED_MAX = 16_384;

const NO_KEYS: readonly number[] = [];

/** A call of several legs. A call of one leg needs no record. */
interface Group {
  readonly legs: Ended[];
  /** Attempts that are still open. */
  readonly members: Set<number>;
  size: number;
  method: JoinMethod;
  /** The attempt that the others name or came from; null: they only share an identifier, and the earliest leads. */
  lead: number | null;
  leader: Ended | null;
}

/**
 * Joins attempts to calls. Every attempt opens a call; a join merges two open ones; a call closes with its last leg.
 * `opened = closed + open + merged` holds after every step.
 */
export class Legs {
  readonly #counters: TrackerCounters;
  /** Ended legs that wait for the others of their call. */
  #retained = 0;
  /** Counted apart from the counters, so that the law can be broken by a bug and seen. */
  #open = 0;
  readonly #onClosed: (legs: readonly Ended[], joined: JoinMethod | null) => void;
  readonly #groups = new Map<number, Group>();
  /** Open attempt by an identifier that its other legs share. */
  readonly #byKey = new Map<number, number>();
  readonly #keysOf = new Map<number, number[]>();
  /** Those of the identifiers that a capture agent told. */
  readonly #correlated = new Set<number>();

  constructor(
    counters: TrackerCounters,
    onClosed: (legs: readonly Ended[], joined: JoinMethod | null) => void,
  ) {
    this.#counters = counters;
    this.#onClosed = onClosed;
  }

  /** Calls open now. */
  get open(): number {
    return this.#open;
  }

  opened(): void {
    this.#open++;
    this.#counters.callsOpened++;
  }

  /** Attempt `a` carries a shared identifier: joined with the open attempt that carries it too, else remembered. */
  share(a: number, key: number, method: JoinMethod): void {
    const other = this.#byKey.get(key);
    if (other !== undefined && other !== a) {
      this.#merge(other, a, method, false);
      return;
    }
    if (this.#byKey.size >= JOINED_MAX) {
      this.#counters.hit('joins');
      return;
    }
    this.#byKey.set(key, a);
    if (method === 'correlation') this.#correlated.add(key);
    const keys = this.#keysOf.get(a);
    if (keys === undefined) this.#keysOf.set(a, [key]);
    else keys.push(key);
  }

  /** Open attempt that carries this shared identifier; 0: none. */
  owner(key: number): number {
    return this.#byKey.get(key) ?? 0;
  }

  /** Shared identifiers that the attempt carries for its call. */
  keysOf(a: number): readonly number[] {
    return this.#keysOf.get(a) ?? NO_KEYS;
  }

  /** True when the attempt shares its call with another leg already. */
  isJoined(a: number): boolean {
    return this.#groups.has(a);
  }

  /** A new attempt whose Call-ID another leg may have named before it came. */
  meet(a: number, callIdKey: number): void {
    if (this.#byKey.size === 0) return;
    const other = this.#byKey.get(callIdKey);
    if (other === undefined || other === a) return;
    this.join(a, other, this.#correlated.has(callIdKey) ? 'correlation' : 'header');
  }

  /** Makes the calls of two open attempts one; `first` began it, whichever was seen first. */
  join(first: number, second: number, method: JoinMethod): void {
    this.#merge(first, second, method, true);
  }

  #merge(first: number, second: number, method: JoinMethod, leads: boolean): void {
    const left = this.#groups.get(first);
    const right = this.#groups.get(second);
    if (left !== undefined && left === right) return;
    const size = (left?.size ?? 1) + (right?.size ?? 1);
    const full = this.#groups.size >= JOINED_MAX || this.#retained >= RETAINED_MAX;
    if (size > LEGS_MAX || full) {
      this.#counters.hit('joins');
      return;
    }
    const group: Group = left ?? {
      legs: [],
      members: new Set([first]),
      size: 1,
      method,
      lead: null,
      leader: null,
    };
    // The leg that `first` itself came from goes on leading.
    if (leads && group.lead === null) group.lead = first;
    this.#groups.set(first, group);
    this.#groups.set(second, group);
    group.size = size;
    group.members.add(second);
    // The weakest of several ways says how sure the whole is.
    if (method === 'inferred') group.method = method;
    if (right !== undefined) this.#absorb(group, right);
    this.#open--;
    this.#counters.callsMerged++;
  }

  #absorb(group: Group, other: Group): void {
    group.legs.push(...other.legs);
    // An identifier shared by two groups says nothing of their order.
    if (group.lead === null) {
      group.lead = other.lead;
      group.leader = other.leader;
    }
    if (other.method === 'inferred') group.method = 'inferred';
    for (const a of other.members) {
      group.members.add(a);
      this.#groups.set(a, group);
    }
  }

  /** Attempt `a` ended; its call closes when it was the last leg. */
  ended(a: number, leg: Ended): void {
    const group = this.#groups.get(a);
    group?.members.delete(a);
    const [heir] = group?.members ?? [];
    this.#passOn(a, heir);
    if (group === undefined) {
      this.#close([leg], null);
      return;
    }
    this.#groups.delete(a);
    group.legs.push(leg);
    // Its number may belong to another attempt by now, so only the first end counts.
    if (a === group.lead) group.leader ??= leg;
    this.#retained++;
    if (heir !== undefined) return;
    this.#retained -= group.legs.length;
    const { leader } = group;
    const ahead = clocksOf(group.legs);
    const rank = (leg: Ended): number =>
      leg === leader ? Number.NEGATIVE_INFINITY : leg.startedAt - ahead(leg);
    group.legs.sort((x, y) => (rank(x) < rank(y) ? -1 : 1));
    this.#close(group.legs, group.method);
  }

  /** What identifies the call goes to a leg that is still open, so that a later one finds it. */
  #passOn(a: number, heir: number | undefined): void {
    const keys = this.#keysOf.get(a);
    if (keys === undefined) return;
    this.#keysOf.delete(a);
    for (const key of keys) {
      if (heir !== undefined) this.#byKey.set(key, heir);
      else {
        this.#byKey.delete(key);
        this.#correlated.delete(key);
      }
    }
    if (heir !== undefined) this.#keysOf.set(heir, [...(this.#keysOf.get(heir) ?? []), ...keys]);
  }

  #close(legs: readonly Ended[], joined: JoinMethod | null): void {
    this.#open--;
    this.#counters.callsClosed++;
    this.#onClosed(legs, joined);
  }
}
