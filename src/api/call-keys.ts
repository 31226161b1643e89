/** By what a kept call is found: made where its verdict is, out of what no output shows. */
import type { Attribution, Direction, Outcome, Verdict } from '../classify/outcome.ts';
import { canonicalNumber, userPart } from '../outputs/parties.ts';
import type { Redactor, Shown } from '../outputs/redact.ts';

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

/** A leg's Call-ID, and its caller or callee, in a trace: JSON that this process wrote. */
const LEG_CALL_ID = /"callId":("(?:[^"\\]|\\.)*")/g;
const LEG_PARTY = /"call(?:er|ee)":("(?:[^"\\]|\\.)*")/g;
const HASH = /n:[0-9a-f]{8}/;

/** `shown`: what outputs show of it; `trace`: see `traceOf`; `redactor` null: numbers are shown. */
export function keysOf(
  verdict: Verdict,
  shown: Shown,
  trace: string,
  redactor: Redactor | null,
): CallKeys {
  const { id, legs, endedAt } = verdict;
  const { outcome, reason, attribution, direction, peerIn, peerOut, abnormal } = verdict;
  return {
    endedAt: Date.parse(endedAt),
    ids: legs.includes(id) ? legs : [id, ...legs],
    callId: shown.callId,
    callIds: callIdsOf(verdict, trace),
    ...{ outcome, reason, attribution, direction, peerIn, peerOut, abnormal },
    numbers: numbersOf(verdict, shown, trace, redactor),
  };
}

/** What a number, a URI or a hash is looked for by. */
export function numberKey(text: string, redactor: Redactor | null): string {
  if (redactor === null) return canonicalNumber(userPart(text));
  return HASH.test(text) && text.length === 10 ? text : redactor.hash(userPart(text));
}

/** Callers and callees of the legs of a call of several, which need not be those of the call; else none. */
export function legParties(verdict: Verdict, trace: string): readonly string[] {
  return verdict.legs.length < 2 ? [] : [...new Set(textsIn(trace, LEG_PARTY))];
}

function callIdsOf(verdict: Verdict, trace: string): readonly string[] {
  if (verdict.legs.length < 2) return [verdict.callId];
  return [...new Set([verdict.callId, ...textsIn(trace, LEG_CALL_ID)])];
}

function numbersOf(
  verdict: Verdict,
  shown: Shown,
  trace: string,
  redactor: Redactor | null,
): readonly string[] {
  const { caller, callee } = verdict;
  const own = [
    keyOfShown(caller, shown.caller, redactor),
    keyOfShown(callee, shown.callee, redactor),
  ];
  const others = legParties(verdict, trace).filter((one) => one !== caller && one !== callee);
  const keys = [...own, ...others.map((one) => numberKey(one, redactor))];
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

function textsIn(trace: string, pattern: RegExp): readonly string[] {
  return [...trace.matchAll(pattern)].map(([, text = '""']) => String(JSON.parse(text)));
}
