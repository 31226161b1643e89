/** The calls that ended last, kept within bounds: what the live page and the API are asked about. */
import type { Redactor } from '../outputs/redact.ts';
import type { RecentRemoval } from '../sources/source.ts';
import { type CallKeys, numberKey } from './call-keys.ts';

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
export interface RecentCall extends CallKeys {
  /** Consecutive from 1. */
  readonly seq: number;
  readonly storedAt: number;
  /** The verdict as JSON, as shown. */
  readonly verdict: string;
  /** See `traceOf`; empty when the call had no room for it. */
  readonly trace: string;
}

export interface RecentEvents {
  removed(reason: RecentRemoval, calls: number): void;
  kept(calls: number, characters: number): void;
}

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

  /** Keeps a call; `verdict` is its text as outputs show it, `trace` see `traceOf`. Null: it is not kept. */
  add(keys: CallKeys, verdict: string, trace: string, now: number): RecentCall | null {
    const { maxCalls, maxBytes } = this.#limits;
    if (maxCalls === 0) return null;
    if (!this.#hasTurn(now)) {
      this.passOver(1);
      return null;
    }
    if (verdict.length > Math.min(RECENT_CALL_MAX, maxBytes)) {
      this.#events.removed('size', 1);
      return null;
    }
    const fits = verdict.length + trace.length <= Math.min(RECENT_CALL_MAX, maxBytes);
    const call = this.#callOf(keys, verdict, fits ? trace : '', now);
    while (this.size >= maxCalls) this.#removeOldest('count');
    while (this.#characters + weight(call) > maxBytes) this.#removeOldest('bytes');
    this.#ring[call.seq % maxCalls] = call;
    this.#next = call.seq + 1;
    this.#characters += weight(call);
    for (const id of call.ids) this.#byId.set(id, call.seq);
    this.expire(now);
    return call;
  }

  /** So many calls more ended within a second than are kept of it. */
  passOver(calls: number): void {
    this.#events.removed('rate', calls);
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

  /** See `numberKey`. */
  numberKey(text: string): string {
    return numberKey(text, this.#redactor);
  }

  #hasTurn(now: number): boolean {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) this.#inSecond = 0;
    this.#second = second;
    return ++this.#inSecond <= RECENT_CALLS_PER_SECOND;
  }

  #callOf(keys: CallKeys, verdict: string, trace: string, now: number): RecentCall {
    const { endedAt, ids, callId, callIds, abnormal, numbers } = keys;
    return {
      seq: this.#next,
      storedAt: now,
      ...{ endedAt, ids, callId, callIds, abnormal, numbers },
      outcome: this.#name(keys.outcome),
      reason: this.#name(keys.reason),
      attribution: this.#name(keys.attribution),
      direction: this.#name(keys.direction),
      peerIn: this.#name(keys.peerIn),
      peerOut: this.#name(keys.peerOut),
      verdict,
      trace,
    };
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
    this.#events.removed(reason, 1);
  }
}

function weight({ verdict, trace }: RecentCall): number {
  return verdict.length + trace.length;
}
