import { Bridge, type BridgePlan, type Party, type Sign } from './bridge.ts';
import { BRIDGED } from './bridged.ts';
import type { BridgeRow } from './bridging.ts';
import type { OracleCall } from './generate.ts';
import { Random } from './random.ts';
import type { Truth } from './truth.ts';

/** One leg, and what it ended with for who sees nothing of the others. */
export interface LegTruth {
  readonly callId: string;
  readonly fromTag: string;
  readonly truths: readonly Truth[];
  readonly direction: string;
}

/** A call that a B2BUA splits into legs; the first one is the caller's. */
export interface BridgedCall extends OracleCall {
  readonly sign: Sign;
  readonly legs: readonly LegTruth[];
  readonly served: boolean;
  /** For how long a person talked; null: nobody did, or it is told of no single leg. */
  readonly talkMs: number | null;
  /** By the roles of `PEERS`. */
  readonly direction: string;
  /** The first leg is in set-up whenever another one begins. */
  readonly early: boolean;
  /** The other legs come from the very socket to which the first one went. */
  readonly oneSocket: boolean;
}

export interface RunPlan extends BridgePlan {
  readonly rows?: readonly BridgeRow[];
}

/** The call of a seed; the same seed and plan are the same call, to the byte. */
export function generateBridged(seed: number, plan: RunPlan = {}): BridgedCall {
  const row = choose(seed, plan.rows ?? BRIDGED);
  const s = new Bridge(seed, Math.imul(seed, 0x85ebca6b) ^ 0x1b873593, plan);
  const { truths, served, reached, talkMs = null } = row.write(s);
  const { a, far, parties, from } = s;
  const legs = far.map(({ callId, fromTag, truths: alone }, n) => {
    const direction = parties[n] === 'carrier' ? 'outbound' : 'internal';
    return { callId, fromTag, truths: alone, direction };
  });
  const first = {
    callId: a.callId,
    fromTag: a.fromTag,
    truths: a.truths,
    direction: from === 'carrier' ? 'inbound' : 'internal',
  };
  return {
    seed,
    ending: row.name,
    shapes: new Set([row.name, ...s.features]),
    callId: a.callId,
    fromTag: a.fromTag,
    wires: s.network.wires.sort((x, y) => x.at - y.at),
    truths,
    excuses: [],
    sign: s.sign,
    legs: [first, ...legs],
    served,
    talkMs,
    direction: directionOf(from, parties[reached] ?? 'agent'),
    early: row.early,
    oneSocket: s.oneSocket,
  };
}

function directionOf(from: Party, to: Party): string {
  if (from === 'carrier') return to === 'carrier' ? 'transit' : 'inbound';
  return to === 'carrier' ? 'outbound' : 'internal';
}

function choose(seed: number, rows: readonly BridgeRow[]): BridgeRow {
  let ticket = new Random(seed).next() * rows.reduce((sum, { weight }) => sum + weight, 0);
  for (const row of rows) {
    ticket -= row.weight;
    if (ticket < 0) return row;
  }
  throw new Error('the weights do not add up');
}
