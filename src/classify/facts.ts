import type { BranchFact, ConnectionLoss, Ended, ReasonFact } from '../calls/call.ts';
import type { ContextNote } from '../context/kinds.ts';
import { parseReasons, type ReasonValue } from '../sip/reason.ts';
import type { SeenIn } from './outcome.ts';
import type { Timeline } from './timeline.ts';

/**
 * One piece of evidence before it is judged: a Reason value, a final status, a fact that was told, or how the attempt or
 * a connection ended.
 */
export type Fact =
  | {
      readonly type: 'reason';
      readonly header: ReasonFact;
      readonly value: ReasonValue;
      readonly seenIn: SeenIn;
    }
  | {
      readonly type: 'status';
      readonly status: number;
      /** True at the caller's hop, false at the farthest hop behind it. */
      readonly near: boolean;
      readonly at: number;
    }
  | { readonly type: 'context'; readonly note: ContextNote; readonly at: number }
  | { readonly type: 'ending'; readonly at: number }
  | { readonly type: 'connection'; readonly loss: ConnectionLoss; readonly at: number };

/** An attempt that ended, looked at but not judged. */
export interface Seen {
  readonly ended: Ended;
  /** Answered, or proven to have been. */
  readonly connected: boolean;
  /** The branches along which the final came to the caller; see `decidingChain`. */
  readonly chain: readonly BranchFact[];
  /** The branch behind the caller's hop whose final became the caller's; the caller's own when none is behind it. */
  readonly deciding: BranchFact | null;
  /** Roles of the peer that called, and of the one that was called. */
  readonly roleIn: string;
  readonly roleOut: string;
  /** The caller's address is known and no configured peer's, although peers are configured. */
  readonly stranger: boolean;
  /** Where the call was, and what facts told of that. */
  readonly timeline: Timeline;
}

/** What the rules may look at besides the fact itself. What they do look at makes the signature (`Memory.sign`). */
export interface Case extends Seen {
  /** The platform made the call: its caller is no customer. */
  readonly outbound: boolean;
  readonly facts: readonly Fact[];
}

/** All facts of an attempt, those of the answering or refusing party first. */
export function collectFacts(
  ended: Ended,
  connected: boolean,
  chain: readonly BranchFact[],
): readonly Fact[] {
  const deciding = chain.at(-1) ?? null;
  // The latest first: it stands nearest to the end.
  const facts: Fact[] = [];
  for (const note of ended.context.toReversed()) facts.push({ type: 'context', note, at: note.at });
  const loss = ended.connectionLoss;
  // What cut a party off comes before how the attempt stopped: of two rulings the first one decides.
  if (loss !== null) facts.push({ type: 'connection', loss, at: loss.at });
  facts.push({ type: 'ending', at: ended.endedAt });
  if (!connected && ended.status >= 300) {
    facts.push({ type: 'status', status: ended.status, near: true, at: ended.endedAt });
    if (deciding !== null && !deciding.key && deciding.status !== ended.status) {
      const at = deciding.endedAt ?? ended.endedAt;
      facts.push({ type: 'status', status: deciding.status, near: false, at });
    }
  }
  addReasons(facts, ended, connected, chain);
  return facts;
}

function addReasons(
  facts: Fact[],
  ended: Ended,
  connected: boolean,
  chain: readonly BranchFact[],
): void {
  const seen: ReasonFact[] = [];
  for (const header of ended.reasons) {
    if (!concerns(header, ended, connected, chain)) continue;
    if (seen.some((other) => saysTheSame(header, other))) continue;
    seen.push(header);
    for (const value of parseReasons(header.raw)) {
      facts.push({ type: 'reason', header, value, seenIn: header.seenIn });
    }
  }
}

/** A hop's copy of the same message. */
function saysTheSame(a: ReasonFact, b: ReasonFact): boolean {
  return a.seenIn === b.seenIn && a.status === b.status && a.raw === b.raw;
}

/** A Reason speaks of this ending only when it stood in the message that made it. */
function concerns(
  header: ReasonFact,
  ended: Ended,
  connected: boolean,
  chain: readonly BranchFact[],
): boolean {
  switch (header.seenIn) {
    case 'bye':
      // Of two BYEs that crossed, both belong to the same end.
      return true;
    case 'cancel':
      return !connected && header.by === 'caller';
    case 'provisional':
      return !connected;
    case 'response': {
      if (connected || header.status < 300) return false;
      const branch = ended.branches[header.branch];
      return branch !== undefined && chain.includes(branch);
    }
  }
}

const NO_BRANCHES: readonly BranchFact[] = Object.freeze([]);

/**
 * The branches along which the final came to the caller, its own first: the same status from hop to hop, or a 5xx
 * behind a 500 (RFC 3261 §16.7 step 6: a proxy turns 503 into 500). The last one decided.
 */
export function decidingChain({ branches, status }: Ended): readonly BranchFact[] {
  if (status < 300) return NO_BRANCHES;
  let newest = 0;
  for (const { cseq } of branches) newest = Math.max(newest, cseq);
  const own = branches.find(
    (branch) => branch.key && branch.status === status && isFinal(branch, newest),
  );
  const chain: BranchFact[] = [];
  for (let branch = own; branch !== undefined; branch = behind(branch, branches, newest)) {
    chain.push(branch);
  }
  return chain;
}

function isFinal({ status, cseq, passedOver }: BranchFact, newest: number): boolean {
  return status >= 300 && cseq === newest && !passedOver;
}

/** At the next hop that was seen, what ended last: a gateway that said 500 before another one's 503 was tried and left. */
function behind(
  own: BranchFact,
  branches: readonly BranchFact[],
  newest: number,
): BranchFact | undefined {
  let hop = Number.POSITIVE_INFINITY;
  for (const other of branches) {
    if (other.vias > own.vias && isFinal(other, newest)) hop = Math.min(hop, other.vias);
  }
  let latest: BranchFact | undefined;
  for (const other of branches) {
    if (other.vias !== hop || !isFinal(other, newest) || !isPassedOn(other, own)) continue;
    if (latest === undefined || (other.endedAt ?? 0) > (latest.endedAt ?? 0)) latest = other;
  }
  return latest;
}

function isPassedOn({ status }: BranchFact, nearer: BranchFact): boolean {
  return status === nearer.status || (nearer.status === 500 && status >= 500 && status < 600);
}
