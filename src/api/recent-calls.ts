/** The calls that ended last, kept within bounds: what the live page and the API are asked about. */
import type { Attribution, Direction, Outcome, Verdict } from '../classify/outcome.ts';
import { canonicalNumber, type Redactor, userPart } from '../outputs/redact.ts';
import type { RecentRemoval } from '../sources/source.ts';

/** Verdict and ladder of one call, characters; a larger call is kept without its ladder, or not at all. */
export const RECENT_CALL_MAX = 65_536;

/** Calls kept of those that end within a second: keeping calls must not be what limits how many are judged. */
export const RECENT_CALLS_PER_SECOND = 1000;

export interface RecentLimits {
  readonly maxCalls: number;
  readonly maxAgeSeconds: number;
  readonly maxBytes: number;
}

/** One call as it is kept: what it is looked for by, and the rest as text. */
export interface RecentCall {
  /** Consecutive from 1. */
  readonly seq: number;
  readonly storedAt: number;
  readonly endedAt: number;
  /** Of the call and of each leg. */
  readonly ids: readonly string[];
  /** As shown, which may hold hashes for numbers. */
  readonly callId: string;
  /** Of every leg as sent; looked for, never shown. */
  readonly callIds: readonly string[];
  readonly outcome: Outcome;
  readonly reason: string;
  readonly attribution: Attribution;
  readonly direction: Direction;
  readonly peerIn: string;
  readonly peerOut: string;
  readonly abnormal: boolean;
  /** What `RecentCalls.numberKey` makes of the callers and callees of all legs. */
  readonly numbers: readonly string[];
  /** The verdict as JSON, as shown. */
  readonly verdict: string;
  /** See `traceOf`; empty when the call had no room for it. */
  readonly trace: string;
}

export interface RecentEvents {
  removed(reason: RecentRemoval): void;
  kept(calls: number, characters: number): void;
}

/** A leg's Call-ID, and its caller or callee, in a trace: JSON that this process wrote. */
const LEG_CALL_ID = /"callId":("(?:[^"\\]|\\.)*")/g;
const LEG_PARTY = /"call(?:er|ee)":("(?:[^"\\]|\\.)*")/g;
const HASH = /n:[0-9a-f]{8}/;

/** A ring by sequence number; the oldest goes. */
export class RecentCalls {
  readonly #limits: RecentLimits;
  readonly #redactor: Redactor | null;
  readonly #events: RecentEvents;
  readonly #ring: (RecentCall | undefined)[] = [];
  readonly #byId = new Map<string, number>();
  /** Names that repeat, so that each is held once. */
  readonly #names = new Map<string, string>();
  #first = 1;
  #next = 1;
  #characters = 0;
  #second = 0;
  #inSecond = 0;

  /** `redactor` null: numbers are shown. */
  constructor(limits: RecentLimits, redactor: Redactor | null, events: RecentEvents) {
    this.#limits = limits;
    this.#redactor = redactor;
    this.#events = events;
  }

  get size(): number {
    return this.#next - this.#first;
  }

  /** Sequence number of the oldest call that is kept, and of the next that will be. */
  get first(): number {
    return this.#first;
  }

  get next(): number {
    return this.#next;
  }

  /** Keeps a call; `shown` is its verdict as outputs show it. Null: it is not kept. */
  add(verdict: Verdict, shown: Verdict, trace: string, now: number): RecentCall | null {
    const { maxCalls, maxBytes } = this.#limits;
    if (maxCalls === 0) return null;
    if (!this.#hasTurn(now)) {
      this.#events.removed('rate');
      return null;
    }
    const text = JSON.stringify(shown);
    if (text.length > Math.min(RECENT_CALL_MAX, maxBytes)) {
      this.#events.removed('size');
      return null;
    }
    const fits = text.length + trace.length <= Math.min(RECENT_CALL_MAX, maxBytes);
    const call = {
      ...this.#callOf(verdict, shown, trace, now),
      verdict: text,
      trace: fits ? trace : '',
    };
    while (this.size >= maxCalls) this.#removeOldest('count');
    while (this.#characters + weight(call) > maxBytes) this.#removeOldest('bytes');
    this.#ring[call.seq % maxCalls] = call;
    this.#next = call.seq + 1;
    this.#characters += weight(call);
    for (const id of call.ids) this.#byId.set(id, call.seq);
    this.expire(now);
    return call;
  }

  /** Lets go of what is older than it may be. */
  expire(now: number): void {
    const oldest = now - this.#limits.maxAgeSeconds * 1000;
    for (let call = this.at(this.#first); call !== null; call = this.at(this.#first)) {
      if (call.storedAt >= oldest) break;
      this.#removeOldest('age');
    }
    this.#events.kept(this.size, this.#characters);
  }

  /** Null when it is not kept any more, or not yet. */
  at(seq: number): RecentCall | null {
    if (seq < this.#first || seq >= this.#next) return null;
    return this.#ring[seq % this.#limits.maxCalls] ?? null;
  }

  /** By the id of the call or of one of its legs; the latest. */
  byId(id: string): RecentCall | null {
    const seq = this.#byId.get(id);
    return seq === undefined ? null : this.at(seq);
  }

  /** What a number, a URI or a hash is looked for by. */
  numberKey(text: string): string {
    if (this.#redactor === null) return canonicalNumber(userPart(text));
    return HASH.test(text) && text.length === 10 ? text : this.#redactor.hash(userPart(text));
  }

  #hasTurn(now: number): boolean {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) this.#inSecond = 0;
    this.#second = second;
    return ++this.#inSecond <= RECENT_CALLS_PER_SECOND;
  }

  #callOf(
    verdict: Verdict,
    shown: Verdict,
    trace: string,
    now: number,
  ): Omit<RecentCall, 'verdict' | 'trace'> {
    const { direction, outcome, reason, attribution, abnormal } = shown;
    return {
      seq: this.#next,
      storedAt: now,
      endedAt: Date.parse(verdict.endedAt),
      ids: verdict.legs.includes(verdict.id) ? verdict.legs : [verdict.id, ...verdict.legs],
      callId: shown.callId,
      callIds: callIdsOf(verdict, trace),
      outcome: this.#name(outcome),
      reason: this.#name(reason),
      attribution: this.#name(attribution),
      direction: this.#name(direction),
      peerIn: this.#name(shown.peerIn),
      peerOut: this.#name(shown.peerOut),
      abnormal,
      numbers: this.#numbersOf(verdict, shown, trace),
    };
  }

  #numbersOf(verdict: Verdict, shown: Verdict, trace: string): readonly string[] {
    const { caller, callee } = verdict;
    const own = [this.#keyOf(caller, shown.caller), this.#keyOf(callee, shown.callee)];
    const others = legParties(verdict, trace).filter((one) => one !== caller && one !== callee);
    const keys = [...own, ...others.map((one) => this.numberKey(one))];
    return [...new Set(keys.filter((key) => key !== null))];
  }

  /** The hash that is shown is the key, so that a number costs one hash and not two. */
  #keyOf(identity: string | null, shown: string | null): string | null {
    if (identity === null || shown === null) return null;
    if (this.#redactor === null) return canonicalNumber(userPart(identity));
    return HASH.exec(shown)?.[0] ?? null;
  }

  #name<Name extends string>(name: Name): Name {
    const known = this.#names.get(name);
    if (known === undefined) this.#names.set(name, name);
    return (known ?? name) as Name;
  }

  #removeOldest(reason: RecentRemoval): void {
    const call = this.at(this.#first);
    if (call === null) return;
    this.#ring[call.seq % this.#limits.maxCalls] = undefined;
    for (const id of call.ids) if (this.#byId.get(id) === call.seq) this.#byId.delete(id);
    this.#characters -= weight(call);
    this.#first = call.seq + 1;
    this.#events.removed(reason);
  }
}

function weight({ verdict, trace }: RecentCall): number {
  return verdict.length + trace.length;
}

function callIdsOf(verdict: Verdict, trace: string): readonly string[] {
  if (verdict.legs.length < 2) return [verdict.callId];
  return [...new Set([verdict.callId, ...textsIn(trace, LEG_CALL_ID)])];
}

/** Callers and callees of the legs of a call of several, which need not be those of the call; else none. */
export function legParties(verdict: Verdict, trace: string): readonly string[] {
  return verdict.legs.length < 2 ? [] : [...new Set(textsIn(trace, LEG_PARTY))];
}

function textsIn(trace: string, pattern: RegExp): readonly string[] {
  return [...trace.matchAll(pattern)].map(([, text = '""']) => String(JSON.parse(text)));
}
