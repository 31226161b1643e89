/** Verdicts on their way from the engine's thread to the edge: written down once, so that the edge need not read them. */
import { keysOf, legParties } from './api/call-keys.ts';
import type { Tallied } from './api/summary.ts';
import type { Ended } from './calls/call.ts';
import type { Verdict } from './classify/outcome.ts';
import type { Clock } from './lib/clock.ts';
import { LineWriter } from './outputs/line-writer.ts';
import { Redactor } from './outputs/redact.ts';
import { LINE_HEAD, LINE_TAIL } from './outputs/verdict-text.ts';
import { traceOf } from './trace.ts';

/** Verdicts of one batch. */
const BATCH_VERDICTS = 256;
/** Text of one batch, bytes, and its last line. */
const BATCH_BYTES = 524_288;

/** Plain data, so that it can cross to a thread. */
export interface VerdictBatch {
  readonly count: number;
  /** UTF-8: the lines of these calls as the log has them, one after the other. */
  readonly lines: Uint8Array<ArrayBuffer>;
  /** How the calls ended, alike ones together. */
  readonly tallies: readonly Tally[];
  /** Calls that are to be kept. */
  readonly kept: readonly KeptCall[];
  /** Calls that might have been, but too many ended within the second. */
  readonly passedOver: number;
}

export interface Tally extends Tallied {
  calls: number;
}

export interface KeptCall {
  /** `CallKeys` as JSON. */
  readonly keys: string;
  /** Where the fields of the verdict begin and end in the lines of the batch, without the braces. */
  readonly from: number;
  readonly to: number;
  /** See `traceOf`. */
  readonly trace: string;
}

export interface HandoverOptions {
  /** Every call has a line; else only those that are kept. */
  readonly lines: boolean;
  /** Calls kept of those that end within a second; 0: none is. */
  readonly keptPerSecond: number;
  /** Key of the hashes that stand for numbers; null: numbers are shown. */
  readonly hashKey: string | Uint8Array | null;
}

/** Collects verdicts until a batch is taken. */
export class Handover {
  readonly #options: HandoverOptions;
  readonly #clock: Clock;
  readonly #redactor: Redactor | null;
  readonly #lines: LineWriter;
  #count = 0;
  #kept: KeptCall[] = [];
  #passedOver = 0;
  /** By reason, peer that called, and peer that was called. */
  readonly #tallies = new Map<string, Map<string, Map<string, Tally>>>();
  #second = 0;
  #inSecond = 0;

  /** `clock`: tells the time of the lines. */
  constructor(options: HandoverOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#redactor = options.hashKey === null ? null : new Redactor(options.hashKey);
    this.#lines = new LineWriter(2 * BATCH_BYTES, this.#redactor);
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  get isFull(): boolean {
    return this.#count >= BATCH_VERDICTS || this.#lines.length >= BATCH_BYTES;
  }

  /** `own`: what each of the legs would be judged alone. A call that throws leaves nothing behind. */
  add(verdict: Verdict, legs: readonly Ended[], own: readonly Verdict[]): void {
    const { lines, keptPerSecond } = this.#options;
    const now = this.#clock();
    const isKept = keptPerSecond > 0 && this.#hasTurn(now);
    if (isKept || lines) {
      const before = this.#lines.length;
      try {
        this.#writeDown(verdict, legs, own, now, isKept);
      } catch (error) {
        this.#lines.cut(before);
        throw error;
      }
    }
    // Behind what might fail: what is counted is there.
    this.#count++;
    this.#tally(verdict);
    if (keptPerSecond > 0 && !isKept) this.#passedOver++;
  }

  #writeDown(
    verdict: Verdict,
    legs: readonly Ended[],
    own: readonly Verdict[],
    now: number,
    isKept: boolean,
  ): void {
    const trace = isKept ? traceOf(legs, own) : '';
    const from = this.#lines.length + LINE_HEAD;
    // The parties of further legs may stand in the Call-ID of the first one.
    const ids = this.#lines.add(verdict, legParties(own), now);
    if (!isKept) return;
    const to = this.#lines.length - LINE_TAIL;
    const keys = JSON.stringify(keysOf(verdict, ids, own, this.#redactor));
    this.#kept.push({ keys, from, to, trace });
  }

  /** What was added since the last time. */
  take(): VerdictBatch {
    const batch = {
      count: this.#count,
      lines: this.#lines.take(),
      tallies: this.#allTallies(),
      kept: this.#kept,
      passedOver: this.#passedOver,
    };
    this.#count = 0;
    this.#tallies.clear();
    this.#kept = [];
    this.#passedOver = 0;
    return batch;
  }

  #hasTurn(now: number): boolean {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) this.#inSecond = 0;
    this.#second = second;
    return ++this.#inSecond <= this.#options.keptPerSecond;
  }

  #tally({ outcome, reason, abnormal, peerIn, peerOut }: Verdict): void {
    // A reason has one outcome, and is a fault or not.
    const tallies = mapIn(mapIn(this.#tallies, reason), peerIn);
    const known = tallies.get(peerOut);
    if (known !== undefined) known.calls++;
    else tallies.set(peerOut, { outcome, reason, abnormal, peerIn, peerOut, calls: 1 });
  }

  #allTallies(): Tally[] {
    const byPeers = [...this.#tallies.values()].flatMap((byPeer) => [...byPeer.values()]);
    return byPeers.flatMap((tallies) => [...tallies.values()]);
  }
}

function mapIn<Value>(maps: Map<string, Map<string, Value>>, key: string): Map<string, Value> {
  const known = maps.get(key);
  if (known !== undefined) return known;
  const fresh = new Map<string, Value>();
  maps.set(key, fresh);
  return fresh;
}

/** The JSON of a kept call's verdict. */
export function verdictText({ lines }: VerdictBatch, { from, to }: KeptCall): string {
  const { buffer, byteOffset, length } = lines;
  return `{${Buffer.from(buffer, byteOffset, length).toString('utf8', from, to)}}`;
}
