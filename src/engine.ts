import { AGE_STAGES, type Ended, type JoinMethod, LIMITS, ORPHANS } from './calls/call.ts';
import type { TrackerOptions } from './calls/options.ts';
import { type Peer, Peers } from './calls/peers.ts';
import { Tracker } from './calls/tracker.ts';
import { judgeCall } from './classify/call-verdict.ts';
import { type Classified, classify } from './classify/classify.ts';
import type { Verdict } from './classify/outcome.ts';
import { REASONS } from './classify/reasons.ts';
import { SIP_STATUSES } from './classify/sip-status.ts';
import type { PeerDirectory } from './classify/verdict.ts';
import {
  answer,
  CONTEXT_RESULTS,
  type ContextAnswer,
  type ContextEvent,
} from './context/results.ts';
import { Bank, createLayout, type Layout } from './outputs/bank.ts';
import { DUPLICATES } from './outputs/metric-table.ts';
import { CallRecorder, type Snapshot } from './outputs/recorder.ts';
import { Pipeline, type StreamKeys } from './pipeline.ts';
import { OTHER_PREFIX, type PrefixGroup, PrefixTable } from './prefixes.ts';
import {
  LOST,
  type Lost,
  MALFORMED,
  NOT_OURS,
  SOURCES,
  type SourceName,
} from './sources/source.ts';

/** Everything an engine is told; plain data, so that it can cross to a thread. */
export interface EngineOptions {
  readonly version: string;
  readonly peers: readonly Peer[];
  readonly prefixes: readonly PrefixGroup[];
  readonly tracker: Omit<TrackerOptions, 'peers' | 'seed'>;
  /** Random in a live process, fixed in a test. */
  readonly seed: readonly [number, number];
  /** Key that HEP packets must carry; null: any or none. */
  readonly authKey: Uint8Array | null;
  /** The same for HEP over TCP and TLS. */
  readonly streamKeys: StreamKeys;
}

type LayoutOptions = Pick<EngineOptions, 'version' | 'peers' | 'prefixes'>;

/** The layout of the metrics, the same on both threads. */
export function layoutFor({ version, peers, prefixes }: LayoutOptions): Layout {
  return createLayout({
    version,
    peers: ['other', ...peers.map((peer) => peer.name)],
    prefixes: [OTHER_PREFIX, ...prefixes.map((group) => group.name)],
    tuples: REASONS.map(({ id, outcome, attribution }) => ({ reason: id, outcome, attribution })),
    finalStatuses: SIP_STATUSES.map((row) => row.status).filter((status) => status >= 200),
  });
}

/**
 * Tracker, classifier and counters put together: frames and time in, verdicts out, a consistent snapshot of the
 * counters whenever one is asked for. It runs in a worker of the sidecar, or in the caller's thread as a library.
 */
export class Engine {
  readonly pipeline: Pipeline;
  readonly bank: Bank;
  readonly recorder: CallRecorder;
  readonly tracker: Tracker;
  #directory: PeerDirectory;
  #prefixes: PrefixTable;
  /** Judged legs of calls that are still open; as many as the tracker holds joined legs. */
  readonly #legs = new Map<Ended, Classified>();
  readonly #onVerdict: (verdict: Verdict) => void;

  constructor(options: EngineOptions, onVerdict: (verdict: Verdict) => void) {
    const peers = new Peers(options.peers);
    this.#directory = directoryOf(peers);
    this.#prefixes = new PrefixTable(options.prefixes);
    this.#onVerdict = onVerdict;
    this.bank = new Bank(layoutFor(options));
    this.recorder = new CallRecorder(this.bank);
    this.tracker = new Tracker(
      { ...options.tracker, peers, seed: options.seed },
      {
        ended: (ended) => this.#ended(ended),
        closed: (legs, joined) => this.#closed(legs, joined),
        probed: (peer, method, status) => this.recorder.probe(peer, method, status),
        refused: (refusal) => this.#refused(refusal),
      },
    );
    this.pipeline = new Pipeline(this.tracker, options);
  }

  /** Takes over peers, windows, time-outs and the HEP key; capacity and seed stay. */
  configure(options: EngineOptions): void {
    const peers = new Peers(options.peers);
    this.#directory = directoryOf(peers);
    this.#prefixes = new PrefixTable(options.prefixes);
    this.bank.relayout(layoutFor(options));
    this.tracker.configure({ ...options.tracker, peers, seed: options.seed });
    this.pipeline.configure(options);
  }

  /** Counters as of now, between two frames: every conservation law holds in them. */
  snapshot(): Snapshot {
    this.publish();
    return this.recorder.snapshot();
  }

  /** Brings the bank's cells up to date with tracker and pipeline. */
  publish(): void {
    this.#publishCalls();
    this.#publishAges();
    this.#publishHealth();
  }

  /** What a source lost before callfate could see it, as a sum since its start. */
  lost(source: SourceName, reason: Lost, total: number): void {
    const i = SOURCES.indexOf(source) * LOST.length + LOST.indexOf(reason);
    this.pipeline.health.discards.lost[i] = total;
  }

  /** A fact of the context API, at this time (ms), and what became of it. */
  context(event: ContextEvent, now: number): ContextAnswer {
    return answer(event.id, this.tracker.context(event, now));
  }

  /** A call that was never sent has its verdict at once, outside all figures of SIP. */
  #refused(refusal: Ended): void {
    const { verdict } = classify(refusal, this.#directory);
    this.recorder.refused(verdict);
    this.#onVerdict(verdict);
  }

  #ended(ended: Ended): void {
    const classified = classify(ended, this.#directory);
    const { verdict, causes } = classified;
    this.recorder.attemptEnded(verdict, this.#peerToCharge(ended));
    this.recorder.prefixEnded(this.#prefixes.indexOf(ended.callee), verdict);
    for (const { cause, seenIn } of causes) this.recorder.q850(cause, seenIn);
    for (const branch of ended.branches) {
      if (branch.status >= 200) this.recorder.branchFinal(branch.peer, branch.status);
    }
    this.#legs.set(ended, classified);
  }

  /** The one verdict of a call, when its last leg has ended. */
  #closed(legs: readonly Ended[], joined: JoinMethod | null): void {
    const judged = legs.flatMap((leg) => this.#legs.get(leg) ?? []);
    for (const leg of legs) this.#legs.delete(leg);
    this.#onVerdict(judgeCall(judged, joined));
  }

  /** Figures of a trunk are the carrier's side of the call; without one, of whom was called. */
  #peerToCharge({ peerIn, peerOut }: Ended): number {
    if (this.#directory.role(peerOut) === 'carrier') return peerOut;
    if (this.#directory.role(peerIn) === 'carrier') return peerIn;
    return peerOut !== 0 ? peerOut : peerIn;
  }

  #publishCalls(): void {
    const { bank } = this;
    const { counters } = this.tracker;
    bank.set(bank.cell('callfate_attempts_started_total'), counters.started);
    bank.set(bank.cell('callfate_attempts_active'), this.tracker.active);
    bank.set(bank.cell('callfate_calls_opened_total'), counters.callsOpened);
    bank.set(bank.cell('callfate_calls_closed_total'), counters.callsClosed);
    bank.set(bank.cell('callfate_calls_merged_total'), counters.callsMerged);
    bank.set(bank.cell('callfate_calls_open'), this.tracker.callsOpen);
    bank.set(bank.cell('callfate_stragglers_total'), counters.stragglers);
    bank.set(bank.cell('callfate_late_joins_total'), counters.lateJoins);
    bank.set(bank.cell('callfate_ambiguous_joins_total'), counters.ambiguousJoins);
    bank.set(bank.cell('callfate_capture_time_rejected_total'), counters.captureTimeRejected);
    for (const [i, signal] of ORPHANS.entries()) {
      bank.set(bank.cell('callfate_orphans_total', signal), counters.orphans[i] ?? 0);
    }
    for (const [i, limit] of LIMITS.entries()) {
      bank.set(bank.cell('callfate_limit_hits_total', limit), counters.limits[i] ?? 0);
    }
    bank.set(bank.cell('callfate_limit_hits_total', 'endpoints'), this.tracker.endpointOverflow);
    this.#publishContext();
  }

  #publishContext(): void {
    const { bank } = this;
    const { context, contextExpired } = this.tracker.counters;
    for (const [i, result] of CONTEXT_RESULTS.entries()) {
      bank.set(bank.cell('callfate_context_events_total', result), context[i] ?? 0);
    }
    bank.set(bank.cell('callfate_context_expired_facts_total'), contextExpired);
    bank.set(bank.cell('callfate_context_held_facts'), this.tracker.contextHeld);
  }

  #publishAges(): void {
    const ages = this.tracker.oldestAges();
    for (const stage of AGE_STAGES) {
      this.bank.set(this.bank.cell('callfate_oldest_attempt_age_seconds', stage), ages[stage]);
    }
  }

  #publishHealth(): void {
    const { bank } = this;
    const { health } = this.pipeline;
    const { counters } = this.tracker;
    const repeats = { retransmission: counters.retransmissions, copy: counters.copies };
    for (const [s, source] of SOURCES.entries()) {
      bank.set(bank.cell('callfate_input_frames_total', source), health.frames[s] ?? 0);
      bank.set(bank.cell('callfate_input_messages_total', source), health.messages[s] ?? 0);
      for (const kind of DUPLICATES) {
        bank.set(bank.cell('callfate_input_duplicates_total', source, kind), repeats[kind][s] ?? 0);
      }
      const { not_ours, malformed, lost } = health.discards;
      this.#publishDiscards('callfate_input_not_ours_total', source, s, NOT_OURS, not_ours);
      this.#publishDiscards('callfate_input_malformed_total', source, s, MALFORMED, malformed);
      this.#publishDiscards('callfate_input_lost_total', source, s, LOST, lost);
    }
  }

  #publishDiscards(
    name:
      | 'callfate_input_not_ours_total'
      | 'callfate_input_malformed_total'
      | 'callfate_input_lost_total',
    source: string,
    s: number,
    reasons: readonly string[],
    cells: Float64Array,
  ): void {
    for (const [i, reason] of reasons.entries()) {
      this.bank.set(this.bank.cell(name, source, reason), cells[s * reasons.length + i] ?? 0);
    }
  }
}

function directoryOf(peers: Peers): PeerDirectory {
  return {
    configured: peers.list.length > 1,
    name: (index) => peers.name(index),
    role: (index) => peers.role(index),
  };
}
