import type { Ended, JoinMethod } from './calls/call.ts';
import type { TrackerOptions } from './calls/options.ts';
import { Peers } from './calls/peers.ts';
import { Tracker } from './calls/tracker.ts';
import { judgeCall } from './classify/call-verdict.ts';
import { type Classified, classify } from './classify/classify.ts';
import { Memory } from './classify/memory.ts';
import type { Verdict } from './classify/outcome.ts';
import { RULES } from './classify/rules.ts';
import type { PeerDirectory } from './classify/verdict.ts';
import { VocabularyTable } from './classify/vocabulary/assign.ts';
import { answer, type ContextAnswer, type ContextEvent } from './context/results.ts';
import { type LayoutOptions, layoutFor } from './metric-layout.ts';
import { Bank } from './outputs/bank.ts';
import { CallRecorder, type Snapshot } from './outputs/recorder.ts';
import { Pipeline, type StreamKeys } from './pipeline.ts';
import { PrefixTable } from './prefixes.ts';
import { publish } from './publish.ts';
import { LOST, type Lost, SOURCES, type SourceName } from './sources/source.ts';

/** Everything an engine is told; plain data, so that it can cross to a thread. */
export interface EngineOptions extends LayoutOptions {
  readonly tracker: Omit<TrackerOptions, 'peers' | 'seed'>;
  /** Random in a live process, fixed in a test. */
  readonly seed: readonly [number, number];
  /** Key that HEP packets must carry; null: any or none. */
  readonly authKey: Uint8Array | null;
  /** The same for HEP over TCP and TLS. */
  readonly streamKeys: StreamKeys;
}

/** One call: its verdict, the facts of each of its legs, and what each would be judged alone, in the same order. */
export type OnVerdict = (verdict: Verdict, legs: readonly Ended[], own: readonly Verdict[]) => void;

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
  #vocabularies: VocabularyTable;
  readonly #memory = new Memory();
  /** The leg that was judged last, and those before it of calls that are still open: as many as the tracker holds. */
  #last: Classified | null = null;
  readonly #legs = new Map<Ended, Classified>();
  readonly #onVerdict: OnVerdict;

  constructor(options: EngineOptions, onVerdict: OnVerdict) {
    const peers = new Peers(options.peers);
    this.#directory = directoryOf(peers);
    this.#prefixes = new PrefixTable(options.prefixes);
    this.#vocabularies = new VocabularyTable(options.vocabularies);
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

  /** Takes over peers, vocabularies, windows, time-outs and the HEP key; capacity and seed stay. */
  configure(options: EngineOptions): void {
    const peers = new Peers(options.peers);
    this.#directory = directoryOf(peers);
    this.#prefixes = new PrefixTable(options.prefixes);
    this.#vocabularies = new VocabularyTable(options.vocabularies);
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
    publish(this.bank, this.tracker, this.pipeline);
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

  /** An attempt that cannot be judged has ended all the same. */
  #ended(ended: Ended): void {
    const classified = this.#judge(ended);
    if (classified === null) {
      this.recorder.unjudged();
      return;
    }
    // Of a call of one leg this is all that is kept, and not for long.
    if (this.#last !== null) this.#legs.set(this.#last.ended, this.#last);
    this.#last = classified;
    try {
      this.#count(classified);
    } catch (error) {
      this.pipeline.fault(error, ended.source);
    }
  }

  /** Null when a bug kept it from being judged. */
  #judge(ended: Ended): Classified | null {
    try {
      const judged = classify(ended, this.#directory, RULES, this.#memory);
      const peer = this.#peerToCharge(ended);
      this.recorder.attemptEnded(judged.verdict, peer, ended.byeAnswered, sessionOf(ended));
      return judged;
    } catch (error) {
      this.pipeline.fault(error, ended.source);
      return null;
    }
  }

  /** What a leg was judged, which is asked for once; null: it could not be. */
  #take(leg: Ended): Classified | null {
    if (this.#last?.ended === leg) {
      const judged = this.#last;
      this.#last = null;
      return judged;
    }
    const judged = this.#legs.get(leg) ?? null;
    this.#legs.delete(leg);
    return judged;
  }

  #count({ ended, verdict, causes }: Classified): void {
    this.recorder.prefixEnded(this.#prefixes.indexOf(ended.callee), verdict);
    for (const { cause, seenIn } of causes) this.recorder.q850(cause, seenIn);
    for (const branch of ended.branches) {
      if (branch.status >= 200) this.recorder.branchFinal(branch.peer, branch.status);
    }
  }

  /** A bug in judging one call must not keep others from being judged. */
  #closed(legs: readonly Ended[], joined: JoinMethod | null): void {
    try {
      const judged: Classified[] = [];
      for (const leg of legs) {
        const one = this.#take(leg);
        if (one !== null) judged.push(one);
      }
      // None of its legs could be judged, which was told then.
      if (judged.length > 0) this.#tell(judgeCall(judged, joined), judged);
    } catch (error) {
      this.pipeline.fault(error, legs[0]?.source ?? 0);
    }
  }

  /** A call that was never sent has its verdict at once, outside all figures of SIP. */
  #refused(refusal: Ended): void {
    try {
      const classified = classify(refusal, this.#directory, RULES, this.#memory);
      this.recorder.refused(classified.verdict);
      this.#tell(classified.verdict, [classified]);
    } catch (error) {
      this.pipeline.fault(error, refusal.source);
    }
  }

  /** The one verdict of a call, with what every vocabulary calls it, counted. */
  #tell(verdict: Verdict, legs: readonly Classified[]): void {
    const table = this.#vocabularies;
    const assigned = table.assign(verdict);
    const own = legs.map((leg) => leg.verdict);
    for (const { row } of table.count(verdict, assigned, own)) this.recorder.vocabularyCode(row);
    const told = { ...verdict, vocabularies: assigned.codes };
    this.#onVerdict(
      told,
      legs.map((leg) => leg.ended),
      own,
    );
  }

  /** Figures of a trunk are the carrier's side of the call; without one, of whom was called. */
  #peerToCharge({ peerIn, peerOut }: Ended): number {
    if (this.#directory.role(peerOut) === 'carrier') return peerOut;
    if (this.#directory.role(peerIn) === 'carrier') return peerIn;
    return peerOut !== 0 ? peerOut : peerIn;
  }
}

/** Seconds from answer to end, of whole ms as verdicts have them; null: not answered. */
function sessionOf({ answeredAt, endedAt }: Ended): number | null {
  return answeredAt === null ? null : (Math.floor(endedAt) - Math.floor(answeredAt)) / 1000;
}

function directoryOf(peers: Peers): PeerDirectory {
  return {
    configured: peers.list.length > 1,
    name: (index) => peers.name(index),
    role: (index) => peers.role(index),
  };
}
