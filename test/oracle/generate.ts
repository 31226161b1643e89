import { ENDINGS, type EndingRow } from './endings.ts';
import type { Wire } from './network.ts';
import { Oddities } from './oddities.ts';
import { Random } from './random.ts';
import { Scene } from './scene.ts';
import type { Excuse, Truth } from './truth.ts';

/** One call with the ending that was chosen before its first message was written. */
export interface OracleCall {
  readonly seed: number;
  readonly ending: string;
  /** The ending and every feature of the call, for the table of known gaps. */
  readonly shapes: ReadonlySet<string>;
  readonly callId: string;
  readonly fromTag: string;
  /** In order of time, ms from the start of the call. */
  readonly wires: readonly Wire[];
  /** Any of them is right. */
  readonly truths: readonly Truth[];
  readonly excuses: readonly Excuse[];
}

const WEIGHT = ENDINGS.reduce((sum, { weight }) => sum + weight, 0);

/**
 * The call of a seed; the same seed is the same call, to the byte. `number` is the caller's, by default one that no
 * other seed has.
 */
export function generateCall(seed: number, number = `30${seed}`): OracleCall {
  const row = chooseEnding(seed);
  const mixed = Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995;
  const scene = new Scene(mixed, row.plan, number, new Oddities(seed));
  const { truths, excuses = [] } = row.write(scene);
  return {
    seed,
    ending: row.name,
    shapes: new Set([row.name, ...scene.features]),
    callId: scene.callId,
    fromTag: scene.fromTag,
    wires: scene.wires(),
    truths,
    excuses,
  };
}

function chooseEnding(seed: number): EndingRow {
  let ticket = new Random(seed).next() * WEIGHT;
  for (const row of ENDINGS) {
    ticket -= row.weight;
    if (ticket < 0) return row;
  }
  throw new Error('the weights do not add up');
}
