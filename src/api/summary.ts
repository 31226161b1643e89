/** How calls end now: counts over a sliding window, whatever became of the calls themselves. */
import { type Attribution, OUTCOMES, type Outcome, type Verdict } from '../classify/outcome.ts';
import { REASONS, type ReasonRow, reasonIndex } from '../classify/reasons.ts';
import { WINDOW_MAX } from './parameters.ts';

/** Width of a slot of the window, ms. */
const SLOT_MS = 10_000;
/** The longest window and the slot in which it began. */
const SLOTS = (WINDOW_MAX * 1000) / SLOT_MS + 1;
/** Peers told apart in a slot; more count as `other`. */
export const PEERS_MAX = 4096;
const OTHER = 'other';
const OUTCOME_INDEX = new Map<string, number>(OUTCOMES.map((name, index) => [name, index]));

export interface Summary {
  /** Seconds. */
  readonly window: number;
  readonly from: string;
  readonly to: string;
  readonly calls: number;
  /** Calls whose reason is a fault. */
  readonly abnormal: number;
  /** Every outcome, 0 included. */
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** Those that happened, the most frequent first. */
  readonly reasons: readonly {
    readonly reason: string;
    readonly outcome: Outcome;
    readonly attribution: Attribution;
    readonly abnormal: boolean;
    readonly advice: string;
    readonly calls: number;
  }[];
  /** By the peer on the carrier side, those with most faults first. */
  readonly peers: readonly {
    readonly peer: string;
    readonly calls: number;
    readonly abnormal: number;
    readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  }[];
}

interface Slot {
  /** Number of the slot since the epoch; -1: never used. */
  at: number;
  readonly reasons: Uint32Array;
  /** By peer: outcomes, then faults. */
  readonly peers: Map<string, Uint32Array>;
}

/** What of a verdict is counted. */
export type Tallied = Pick<Verdict, 'outcome' | 'reason' | 'abnormal' | 'peerIn' | 'peerOut'>;

export class Windows {
  readonly #slots: Slot[] = [];
  readonly #peerOf: (call: Tallied) => string;

  /** `peerOf`: whom a call is charged to. */
  constructor(peerOf: (call: Tallied) => string) {
    this.#peerOf = peerOf;
  }

  /** `calls`: so many of them ended alike. */
  add(call: Tallied, now: number, calls = 1): void {
    const slot = this.#slot(Math.floor(now / SLOT_MS));
    const reason = reasonIndex(call.reason);
    slot.reasons[reason] = (slot.reasons[reason] ?? 0) + calls;
    const name = this.#peerOf(call);
    const peer = slot.peers.has(name) || slot.peers.size < PEERS_MAX ? name : OTHER;
    let counts = slot.peers.get(peer);
    if (counts === undefined) {
      counts = new Uint32Array(OUTCOMES.length + 1);
      slot.peers.set(peer, counts);
    }
    const outcome = OUTCOME_INDEX.get(call.outcome) ?? 0;
    counts[outcome] = (counts[outcome] ?? 0) + calls;
    if (call.abnormal) counts[OUTCOMES.length] = (counts[OUTCOMES.length] ?? 0) + calls;
  }

  /** The last `window` seconds, and what is more of the slot in which they began: `from` tells. */
  summary(window: number, now: number): Summary {
    const first = Math.floor((now - window * 1000) / SLOT_MS);
    const slots = this.#slots.filter((slot) => slot !== undefined && slot.at >= first);
    const reasons = reasonsOf(slots);
    const outcomes = Object.fromEntries(OUTCOMES.map((name) => [name, 0])) as Record<
      Outcome,
      number
    >;
    for (const { outcome, calls } of reasons) outcomes[outcome] += calls;
    const sum = (rows: typeof reasons): number => rows.reduce((n, { calls }) => n + calls, 0);
    return {
      window,
      from: new Date(first * SLOT_MS).toISOString(),
      to: new Date(now).toISOString(),
      calls: sum(reasons),
      abnormal: sum(reasons.filter(({ abnormal }) => abnormal)),
      outcomes,
      reasons,
      peers: peersOf(slots),
    };
  }

  #slot(at: number): Slot {
    const index = at % SLOTS;
    const known = this.#slots[index];
    if (known?.at === at) return known;
    const slot = { at, reasons: new Uint32Array(REASONS.length), peers: new Map() };
    this.#slots[index] = slot;
    return slot;
  }
}

function reasonsOf(slots: readonly Slot[]): Summary['reasons'] {
  const rows: readonly ReasonRow[] = REASONS;
  return rows
    .map(({ id, outcome, attribution, abnormal, advice }, index) => {
      const calls = slots.reduce((sum, slot) => sum + (slot.reasons[index] ?? 0), 0);
      return { reason: id, outcome, attribution, abnormal, advice, calls };
    })
    .filter(({ calls }) => calls > 0)
    .sort((a, b) => b.calls - a.calls);
}

function peersOf(slots: readonly Slot[]): Summary['peers'] {
  const sums = new Map<string, Uint32Array>();
  for (const { peers } of slots) {
    for (const [peer, counts] of peers) {
      const sum = sums.get(peer) ?? new Uint32Array(counts.length);
      sums.set(
        peer,
        sum.map((n, i) => n + (counts[i] ?? 0)),
      );
    }
  }
  return [...sums]
    .map(([peer, counts]) => {
      const outcomes = OUTCOMES.map((name, i) => [name, counts[i] ?? 0] as const);
      return {
        peer,
        calls: outcomes.reduce((n, [, calls]) => n + calls, 0),
        abnormal: counts[OUTCOMES.length] ?? 0,
        outcomes: Object.fromEntries(outcomes.filter(([, calls]) => calls > 0)),
      };
    })
    .sort((a, b) => b.abnormal - a.abnormal || b.calls - a.calls);
}
