/** By what a kept call is found: made where its verdict is, out of what no output shows. */
import type { Attribution, Direction, Outcome, Verdict } from '../classify/outcome.ts';
import { canonicalNumber, userPart } from '../outputs/parties.ts';
import type { Redactor, ShownIds } from '../outputs/redact.ts';

export interface CallKeys {
  /** ms since the epoch. */
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
  /** What `numberKey` makes of the callers and callees of all legs. */
  readonly numbers: readonly string[];
}

/** What of a leg's own verdict it is found by. */
export type LegNames = Pick<Verdict, 'callId' | 'caller' | 'callee'>;

const HASH = /n:[0-9a-f]{8}/;
const NOBODY: readonly string[] = Object.freeze([]);

/** `shown`: what outputs show of it; `own`: verdicts of its legs; `redactor` null: numbers are shown. */
export function keysOf(
  verdict: Verdict,
  shown: ShownIds,
  own: readonly LegNames[],
  redactor: Redactor | null,
): CallKeys {
  const { id, legs, endedAt } = verdict;
  const { outcome, reason, attribution, direction, peerIn, peerOut, abnormal } = verdict;
  return {
    endedAt: Date.parse(endedAt),
    ids: legs.includes(id) ? legs : [id, ...legs],
    callId: shown.callId,
    callIds: callIdsOf(verdict, own),
    ...{ outcome, reason, attribution, direction, peerIn, peerOut, abnormal },
    numbers: numbersOf(verdict, shown, own, redactor),
  };
}

/** What a number, a URI or a hash is looked for by. */
export function numberKey(text: string, redactor: Redactor | null): string {
  if (redactor === null) return canonicalNumber(userPart(text));
  return HASH.test(text) && text.length === 10 ? text : redactor.hash(userPart(text));
}

/** Callers and callees of the legs of a call of several, which need not be those of the call; else none. */
export function legParties(own: readonly LegNames[]): readonly string[] {
  if (own.length < 2) return NOBODY;
  const all = own.flatMap(({ caller, callee }) => [caller, callee]);
  return [...new Set(all.filter((one) => one !== null))];
}

function callIdsOf(verdict: Verdict, own: readonly LegNames[]): readonly string[] {
  if (own.length < 2) return [verdict.callId];
  return [...new Set([verdict.callId, ...own.map(({ callId }) => callId)])];
}

function numbersOf(
  { caller, callee }: Verdict,
  shown: ShownIds,
  own: readonly LegNames[],
  redactor: Redactor | null,
): readonly string[] {
  const keys = [
    keyOfShown(caller, shown.caller, redactor),
    keyOfShown(callee, shown.callee, redactor),
  ];
  for (const one of legParties(own)) {
    if (one !== caller && one !== callee) keys.push(numberKey(one, redactor));
  }
  return [...new Set(keys.filter((key) => key !== null))];
}

/** The hash that is shown is the key, so that a number costs one hash and not two. */
function keyOfShown(
  identity: string | null,
  shown: string | null,
  redactor: Redactor | null,
): string | null {
  if (identity === null || shown === null) return null;
  if (redactor === null) return canonicalNumber(userPart(identity));
  return HASH.exec(shown)?.[0] ?? null;
}
