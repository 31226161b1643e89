import { CONTEXT_RESULTS, type ContextResult } from '../context/results.ts';
import { LIMITS, type Limit, ORPHANS, REPORT_RESULTS, type ReportResult } from './call.ts';
import type { Peers } from './peers.ts';
import type { StageRule } from './stage-rules.ts';

/** What a tracker is told once. All times in ms. */
export interface TrackerOptions {
  /** Attempts in progress at most; the oldest goes when one more comes. */
  readonly capacity: number;
  /** How long after its last signal an ended attempt still takes late messages before it is judged. */
  readonly reorderMs: number;
  /** How long a 401, 407, 3xx, 415, 420, 422 or 503 waits for the INVITE that follows it. */
  readonly retryMs: number;
  readonly tombstoneMs: number;
  /** Capture time further from arrival than this is ignored and counted. */
  readonly skewMs: number;
  readonly timeouts: TrackerTimeouts;
  /** Distinct addresses remembered at most. */
  readonly endpoints: number;
  readonly join: JoinOptions;
  readonly context: ContextOptions;
  readonly peers: Peers;
  /** Seed of the Call-ID hash; random in a live process, fixed in a test. */
  readonly seed: readonly [number, number];
  /** Ended attempts come with their messages; absent: without. */
  readonly ladders?: boolean;
}

/** Which signs may join the legs of a B2BUA to one call. */
export interface JoinOptions {
  /** Session-ID (RFC 7989). */
  readonly sessionId: boolean;
  /** HEP correlation id that is not the leg's own Call-ID. */
  readonly correlation: boolean;
  /** Same B2BUA, same number, exactly one candidate. */
  readonly inferred: boolean;
  /** Headers, lower-case, whose value is the other leg's Call-ID or shared by both. */
  readonly headers: readonly string[];
  /** What a B2BUA appends to the other leg's Call-ID. */
  readonly callIdSuffixes: readonly string[];
}

/** Facts that come beside the signalling. */
export interface ContextOptions {
  /** How much longer than the reorder window an ended attempt waits for facts, ms; 0: no source of facts is in use. */
  readonly waitMs: number;
  /** Peers for which it waits; null: for all. */
  readonly waitPeers: readonly string[] | null;
  /** How long facts wait for their call, ms. */
  readonly holdMs: number;
  /** Facts of calls in progress and of calls to come, at most. */
  readonly facts: number;
  /** Rules over messages, the user's before the built-in ones. */
  readonly rules: readonly StageRule[];
  /** Read what built-in rules know beside `rules`: 182 and media statistics. */
  readonly builtIn: boolean;
}

export interface TrackerTimeouts {
  /** INVITE without any response: Timer B, 64 × T1 (RFC 3261 §17.1.1.2). */
  readonly noResponse: number;
  /** After the last provisional response: Timer C, more than 3 minutes (RFC 3261 §16.6). */
  readonly setup: number;
  /** CANCEL without a final response: 64 × T1 (RFC 3261 §9.1). */
  readonly cancel: number;
  /** Answered and silent: no end was seen. */
  readonly answered: number;
  /** Answered, and the relayed connection of a party was closed. */
  readonly connectionLost: number;
}

/** Plain sums since the start, read by whoever publishes them. */
export class TrackerCounters {
  started = 0;
  ended = 0;
  callsOpened = 0;
  callsClosed = 0;
  callsMerged = 0;
  stragglers = 0;
  /** Joins whose other leg had already been judged: not applied. */
  lateJoins = 0;
  /** Legs that fitted several calls: not joined. */
  ambiguousJoins = 0;
  captureTimeRejected = 0;
  readonly orphans = new Float64Array(ORPHANS.length);
  readonly limits = new Float64Array(LIMITS.length);
  /** Repeats by source index: sent again by its sender, or seen again by another tap. */
  readonly retransmissions = new Float64Array(16);
  readonly copies = new Float64Array(16);

  /** Events by `CONTEXT_RESULTS`. */
  readonly context = new Float64Array(CONTEXT_RESULTS.length);
  /** Facts whose call never came. */
  contextExpired = 0;

  /** Media reports by `REPORT_RESULTS`. */
  readonly reports = new Float64Array(REPORT_RESULTS.length);

  reported(result: ReportResult): void {
    const i = REPORT_RESULTS.indexOf(result);
    this.reports[i] = (this.reports[i] as number) + 1;
  }

  told(result: ContextResult): void {
    const i = CONTEXT_RESULTS.indexOf(result);
    this.context[i] = (this.context[i] as number) + 1;
  }

  hit(limit: Limit): void {
    const i = LIMITS.indexOf(limit);
    this.limits[i] = (this.limits[i] as number) + 1;
  }
}
