/** Where the recorder's families stand in the bank: everything that depends on the layout, resolved once. */
import {
  DIRECTIONS,
  EVIDENCE_KINDS,
  OUTCOMES,
  SEEN_IN,
  type Verdict,
} from '../classify/outcome.ts';
import { CONTEXT_KIND_NAMES, CONTEXT_SOURCES } from '../context/kinds.ts';
import type { Layout } from './bank.ts';
import type { LegalTuple, MetricName } from './metric-table.ts';

/** A family as the recorder addresses it: the first cell, and the cells from one row to the next of up to three axes. */
export interface Address {
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
export interface Wiring {
  readonly layout: Layout;
  readonly rowsOf: ReadonlyMap<string, readonly TupleRow[]>;
  readonly peerCount: number;
  /** By SIP status: row of the status label; -1 outside 200..699. */
  readonly statusRow: Int16Array;
  readonly ended: Address;
  readonly peerEnded: Address;
  readonly ratioSets: Address;
  readonly finals: Address;
  readonly probeFinals: Address;
  readonly probeTimeouts: Address;
  readonly prefixEnded: Address;
  readonly prefixCount: number;
  readonly causes: Address;
  readonly conflicts: Address;
  /** First cell of the codes, and how many there are. */
  readonly vocabulary: number;
  readonly vocabularyCount: number;
  readonly postDialDelay: Address;
  readonly ring: Address;
  readonly talk: Address;
  readonly session: Address;
  readonly peerPostDialDelay: Address;
  readonly peerTalk: Address;
  readonly exemplarsDropped: number;
  readonly contextEnded: Address;
  readonly contextFacts: Address;
}

const STATUS_FIRST = 200;
/** RFC 3261 §7.2 knows the classes 1xx to 6xx. */
const STATUS_END = 700;

const indices = <T extends string>(values: readonly T[]): ReadonlyMap<T, number> =>
  new Map(values.map((value, index) => [value, index]));
export const DIRECTION_INDEX = indices(DIRECTIONS);
export const OUTCOME_INDEX = indices(OUTCOMES);
export const KIND_INDEX = indices(EVIDENCE_KINDS);
export const SEEN_IN_INDEX = indices(SEEN_IN);
export const CONTEXT_SOURCE_INDEX = indices(CONTEXT_SOURCES);
export const CONTEXT_KIND_INDEX = indices(CONTEXT_KIND_NAMES);

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

export function wire(layout: Layout): Wiring {
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
    ratioSets: address('callfate_ratio_attempts_total'),
    finals: address('callfate_branch_finals_total'),
    probeFinals: address('callfate_peer_probe_finals_total'),
    probeTimeouts: address('callfate_peer_probe_timeouts_total'),
    prefixEnded: address('callfate_prefix_attempts_ended_total'),
    prefixCount: layout.input.prefixes.length,
    causes: address('callfate_q850_causes_total'),
    conflicts: address('callfate_evidence_conflicts_total'),
    vocabulary: layout.family('callfate_vocabulary_total').base,
    vocabularyCount: layout.input.vocabularyCodes.length,
    postDialDelay: address('callfate_post_dial_delay_seconds'),
    ring: address('callfate_ring_seconds'),
    talk: address('callfate_talk_seconds'),
    session: address('callfate_session_duration_seconds'),
    peerPostDialDelay: address('callfate_peer_post_dial_delay_seconds'),
    peerTalk: address('callfate_peer_talk_seconds'),
    contextEnded: address('callfate_context_attempts_ended_total'),
    contextFacts: address('callfate_context_facts_total'),
    exemplarsDropped: layout.family('callfate_exemplars_dropped_total').base,
  };
}

export function findRow({ rowsOf }: Wiring, { reason, outcome, attribution }: Verdict): number {
  for (const { tuple, row } of rowsOf.get(reason) ?? []) {
    if (tuple.outcome === outcome && tuple.attribution === attribution) return row;
  }
  throw new Error(`no legal tuple ${reason}, ${outcome}, ${attribution}`);
}

export function knownPeer({ peerCount }: Wiring, peerIndex: number): number {
  return peerIndex >= 0 && peerIndex < peerCount ? peerIndex : 0;
}
