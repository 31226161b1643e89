/** Counts verdicts and what was seen on the way into the bank of the engine. Runs once a call, not once a message. */
import {
  DIRECTIONS,
  EVIDENCE_KINDS,
  OUTCOMES,
  SEEN_IN,
  type SeenIn,
  type Verdict,
} from '../classify/outcome.ts';
import type { Bank, Layout } from './bank.ts';
import { type LegalTuple, type MetricName, Q850_CAUSE_MAX } from './metric-table.ts';
import { type Exemplar, exemplarFits } from './text-format.ts';

/** What a scrape takes from the engine: cells copied at one moment, for the layout with this id. */
export interface Snapshot {
  readonly layoutId: string;
  readonly cells: Float64Array;
  readonly exemplars: readonly Exemplar[];
}

/** A family as the recorder addresses it: the first cell, and the cells from one row to the next of up to three axes. */
interface Address {
  readonly base: number;
  readonly first: number;
  readonly second: number;
  readonly third: number;
}

interface TupleRow {
  readonly tuple: LegalTuple;
  readonly row: number;
}

/** Everything that depends on the layout. */
interface Wiring {
  readonly layout: Layout;
  readonly rowsOf: ReadonlyMap<string, readonly TupleRow[]>;
  readonly peerCount: number;
  /** By SIP status: row of the status label; -1 outside 200..699. */
  readonly statusRow: Int16Array;
  readonly ended: Address;
  readonly peerEnded: Address;
  readonly finals: Address;
  readonly causes: Address;
  readonly conflicts: Address;
  readonly postDialDelay: Address;
  readonly ring: Address;
  readonly talk: Address;
  readonly exemplarsDropped: number;
}

const STATUS_FIRST = 200;
/** RFC 3261 §7.2 knows the classes 1xx to 6xx. */
const STATUS_END = 700;

const indices = <T extends string>(values: readonly T[]): ReadonlyMap<T, number> =>
  new Map(values.map((value, index) => [value, index]));
const DIRECTION_INDEX = indices(DIRECTIONS);
const OUTCOME_INDEX = indices(OUTCOMES);
const KIND_INDEX = indices(EVIDENCE_KINDS);
const SEEN_IN_INDEX = indices(SEEN_IN);

function indexTuples(tuples: readonly LegalTuple[]): Map<string, TupleRow[]> {
  const rowsOf = new Map<string, TupleRow[]>();
  for (const [row, tuple] of tuples.entries()) {
    const rows = rowsOf.get(tuple.reason);
    if (rows === undefined) rowsOf.set(tuple.reason, [{ tuple, row }]);
    else rows.push({ tuple, row });
  }
  return rowsOf;
}

/** Statuses that are not registered count under their class, whose rows follow the registered ones. */
function indexStatuses(finalStatuses: readonly number[]): Int16Array {
  const rows = new Int16Array(STATUS_END).fill(-1);
  for (let status = STATUS_FIRST; status < STATUS_END; status++) {
    rows[status] = finalStatuses.length + Math.floor(status / 100) - 2;
  }
  for (const [row, status] of finalStatuses.entries()) rows[status] = row;
  return rows;
}

function wire(layout: Layout): Wiring {
  const address = (name: MetricName): Address => {
    const { base, axes } = layout.family(name);
    const [first = 0, second = 0, third = 0] = axes.map((axis) => axis.stride);
    return { base, first, second, third };
  };
  return {
    layout,
    rowsOf: indexTuples(layout.input.tuples),
    peerCount: layout.input.peers.length,
    statusRow: indexStatuses(layout.input.finalStatuses),
    ended: address('callfate_attempts_ended_total'),
    peerEnded: address('callfate_peer_attempts_ended_total'),
    finals: address('callfate_branch_finals_total'),
    causes: address('callfate_q850_causes_total'),
    conflicts: address('callfate_evidence_conflicts_total'),
    postDialDelay: address('callfate_post_dial_delay_seconds'),
    ring: address('callfate_ring_seconds'),
    talk: address('callfate_talk_seconds'),
    exemplarsDropped: layout.family('callfate_exemplars_dropped_total').base,
  };
}

export class CallRecorder {
  readonly #bank: Bank;
  #wiring: Wiring;
  /** By series of attempts ended: Call-ID and end of the last abnormal attempt; empty when there was none. */
  readonly #exemplarCallIds: string[];
  readonly #exemplarTimes: string[];

  constructor(bank: Bank) {
    this.#bank = bank;
    this.#wiring = wire(bank.layout);
    const { seriesCount } = bank.layout.family('callfate_attempts_ended_total');
    this.#exemplarCallIds = new Array<string>(seriesCount).fill('');
    this.#exemplarTimes = new Array<string>(seriesCount).fill('');
  }

  /**
   * Counts one ended attempt. `peerIndex` is the carrier-side peer to charge; one that the layout does not have (it
   * was removed by a reload) counts as `other`. Throws, before anything is counted, when reason, outcome and
   * attribution are not a legal tuple: that is a bug in the classifier.
   */
  attemptEnded(verdict: Verdict, peerIndex: number): void {
    const wiring = this.#wired();
    const { ended, peerEnded } = wiring;
    const row = findRow(wiring, verdict);
    const direction = DIRECTION_INDEX.get(verdict.direction) ?? 0;
    const outcome = OUTCOME_INDEX.get(verdict.outcome) ?? 0;
    const peer = knownPeer(wiring, peerIndex);
    const cell = ended.base + direction * ended.first + row * ended.second;
    this.#bank.add(cell);
    this.#bank.add(
      peerEnded.base +
        peer * peerEnded.first +
        direction * peerEnded.second +
        outcome * peerEnded.third,
    );
    this.#observeTiming(wiring, verdict, direction);
    this.#countConflicts(wiring, verdict);
    if (verdict.abnormal) this.#keepExemplar(wiring, verdict, cell - ended.base);
  }

  /** Counts the final status of one INVITE transaction. A status outside 200..699 is of no class and not counted. */
  branchFinal(peerIndex: number, status: number): void {
    const wiring = this.#wired();
    const row = wiring.statusRow[status] ?? -1;
    if (row < 0) return;
    const { base, first, second } = wiring.finals;
    this.#bank.add(base + knownPeer(wiring, peerIndex) * first + row * second);
  }

  /** Counts one Q.850 cause as read; anything but an integer of 0..127 counts as `other`. */
  q850(cause: number, seenIn: SeenIn): void {
    const { base, first, second } = this.#wired().causes;
    const known = Number.isInteger(cause) && cause >= 0 && cause <= Q850_CAUSE_MAX;
    const row = known ? cause : Q850_CAUSE_MAX + 1;
    this.#bank.add(base + row * first + (SEEN_IN_INDEX.get(seenIn) ?? 0) * second);
  }

  /** The last abnormal attempt of each series of attempts ended that has one. */
  exemplars(): Exemplar[] {
    const { base } = this.#wired().ended;
    const exemplars: Exemplar[] = [];
    for (const [series, endedAt] of this.#exemplarTimes.entries()) {
      if (endedAt === '') continue;
      exemplars.push({
        cell: base + series,
        labels: { call_id: this.#exemplarCallIds[series] ?? '' },
        value: 1,
        timestamp: Date.parse(endedAt) / 1000,
      });
    }
    return exemplars;
  }

  /** A copy for one scrape; take it at a frame boundary, so that the conservation laws hold in it. */
  snapshot(): Snapshot {
    const { layout } = this.#bank;
    return { layoutId: layout.id, cells: this.#bank.copy(), exemplars: this.exemplars() };
  }

  /** A reload may have given the bank another layout since the last call. */
  #wired(): Wiring {
    if (this.#bank.layout !== this.#wiring.layout) this.#wiring = wire(this.#bank.layout);
    return this.#wiring;
  }

  #observeTiming(wiring: Wiring, { timing, connected }: Verdict, direction: number): void {
    const { postDialDelay, ring, talk } = wiring;
    const answer = connected ? 0 : 1;
    const observe = (at: Address, seconds: number | null): void => {
      if (seconds === null) return;
      this.#bank.observe(at.base + direction * at.first + answer * at.second, seconds);
    };
    observe(postDialDelay, timing.postDialDelay);
    observe(ring, timing.ring);
    // Talk has no second axis: its stride there is 0.
    observe(talk, timing.talk);
  }

  #countConflicts({ conflicts: at }: Wiring, verdict: Verdict): void {
    for (const { winner, loser } of verdict.conflicts) {
      const won = KIND_INDEX.get(winner.kind) ?? 0;
      const lost = KIND_INDEX.get(loser.kind) ?? 0;
      this.#bank.add(at.base + won * at.first + lost * at.second);
    }
  }

  #keepExemplar(wiring: Wiring, { callId, endedAt }: Verdict, series: number): void {
    if (!exemplarFits({ call_id: callId })) {
      this.#bank.add(wiring.exemplarsDropped);
      return;
    }
    this.#exemplarCallIds[series] = callId;
    this.#exemplarTimes[series] = endedAt;
  }
}

function findRow({ rowsOf }: Wiring, { reason, outcome, attribution }: Verdict): number {
  for (const { tuple, row } of rowsOf.get(reason) ?? []) {
    if (tuple.outcome === outcome && tuple.attribution === attribution) return row;
  }
  throw new Error(`no legal tuple ${reason}, ${outcome}, ${attribution}`);
}

function knownPeer({ peerCount }: Wiring, peerIndex: number): number {
  return peerIndex >= 0 && peerIndex < peerCount ? peerIndex : 0;
}
