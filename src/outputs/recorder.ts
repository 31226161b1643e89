/** Counts verdicts and what was seen on the way into the bank of the engine. Runs once a call, not once a message. */
import type { SeenIn, Verdict } from '../classify/outcome.ts';
import { ratioSetsOf } from '../classify/ratios.ts';
import type { Bank } from './bank.ts';
import { PROBE_METHODS, Q850_CAUSE_MAX } from './metric-table.ts';
import { type Exemplar, exemplarFits } from './text-format.ts';
import {
  type Address,
  CONTEXT_KIND_INDEX,
  CONTEXT_SOURCE_INDEX,
  DIRECTION_INDEX,
  findRow,
  KIND_INDEX,
  knownPeer,
  OUTCOME_INDEX,
  SEEN_IN_INDEX,
  type Wiring,
  wire,
} from './wiring.ts';

/** What a scrape takes from the engine: cells copied at one moment, for the layout with this id. */
export interface Snapshot {
  readonly layoutId: string;
  readonly cells: Float64Array;
  readonly exemplars: readonly Exemplar[];
}

/** The series of attempts that ended through the observer's own fault. */
export function unjudgedCell(bank: Bank): number {
  return bank.cell(
    'callfate_attempts_ended_total',
    'unknown',
    'lost',
    'observer_stopped',
    'unknown',
  );
}

function sessionOf({ answeredAt, endedAt }: Verdict): number | null {
  return answeredAt === null ? null : (Date.parse(endedAt) - Date.parse(answeredAt)) / 1000;
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
   * was removed by a reload) counts as `other`. `byeAnswered`: a 2xx to its BYE was seen. `session`: seconds from answer
   * to end, null when it was not answered. Throws, before anything is counted, when reason, outcome and attribution are
   * not a legal tuple: that is a bug in the classifier.
   */
  attemptEnded(
    verdict: Verdict,
    peerIndex: number,
    byeAnswered = false,
    session = sessionOf(verdict),
  ): void {
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
    this.#countSets(wiring, ratioSetsOf(verdict, byeAnswered), peer, direction);
    this.#observeTiming(wiring, verdict, peer, direction);
    if (session !== null) this.#observeSession(wiring, verdict, direction, byeAnswered, session);
    this.#countConflicts(wiring, verdict);
    this.#countFacts(wiring, verdict);
    if (verdict.abnormal) this.#keepExemplar(wiring, verdict, cell - ended.base);
  }

  /** Counts an attempt that ended and could not be judged: the observer gave it up. */
  unjudged(): void {
    this.#bank.add(unjudgedCell(this.#bank));
  }

  /** Counts a call that the platform refused and never sent. */
  refused(verdict: Verdict): void {
    const wiring = this.#wired();
    const { base, first, second } = wiring.contextEnded;
    const direction = DIRECTION_INDEX.get(verdict.direction) ?? 0;
    this.#bank.add(base + direction * first + findRow(wiring, verdict) * second);
    this.#countFacts(wiring, verdict);
  }

  /** Counts the final status of one INVITE transaction. A status outside 200..699 is of no class and not counted. */
  branchFinal(peerIndex: number, status: number): void {
    const wiring = this.#wired();
    const row = wiring.statusRow[status] ?? -1;
    if (row < 0) return;
    const { base, first, second } = wiring.finals;
    this.#bank.add(base + knownPeer(wiring, peerIndex) * first + row * second);
  }

  /** Counts the end of one OPTIONS or REGISTER; status 0: nobody answered. */
  probe(peerIndex: number, method: 'OPTIONS' | 'REGISTER', status: number): void {
    const wiring = this.#wired();
    const peer = knownPeer(wiring, peerIndex);
    const at = PROBE_METHODS.indexOf(method);
    const { probeTimeouts, probeFinals } = wiring;
    if (status === 0) {
      this.#bank.add(probeTimeouts.base + peer * probeTimeouts.first + at * probeTimeouts.second);
      return;
    }
    const row = wiring.statusRow[status] ?? -1;
    if (row < 0) return;
    const { base, first, second, third } = probeFinals;
    this.#bank.add(base + peer * first + at * second + row * third);
  }

  /** Counts one ended attempt under the group of its called number; 0 or an unknown index is `other`. */
  prefixEnded(prefixIndex: number, verdict: Verdict): void {
    const { prefixEnded, prefixCount } = this.#wired();
    const { base, first, second, third } = prefixEnded;
    const prefix = prefixIndex < prefixCount ? prefixIndex : 0;
    const direction = DIRECTION_INDEX.get(verdict.direction) ?? 0;
    const outcome = OUTCOME_INDEX.get(verdict.outcome) ?? 0;
    this.#bank.add(base + prefix * first + direction * second + outcome * third);
  }

  /** Counts one Q.850 cause as read; anything but an integer of 0..127 counts as `other`. */
  q850(cause: number, seenIn: SeenIn): void {
    const { base, first, second } = this.#wired().causes;
    const known = Number.isInteger(cause) && cause >= 0 && cause <= Q850_CAUSE_MAX;
    const row = known ? cause : Q850_CAUSE_MAX + 1;
    this.#bank.add(base + row * first + (SEEN_IN_INDEX.get(seenIn) ?? 0) * second);
  }

  /** Counts one code of a vocabulary by its place among all of them; one that the layout does not have is not counted. */
  vocabularyCode(row: number): void {
    const { vocabulary, vocabularyCount } = this.#wired();
    if (row < vocabularyCount) this.#bank.add(vocabulary + row);
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

  #countSets({ ratioSets: at }: Wiring, sets: readonly number[], peer: number, direction: number) {
    const first = at.base + peer * at.first + direction * at.second;
    for (const row of sets) this.#bank.add(first + row * at.third);
  }

  #observeTiming(
    wiring: Wiring,
    { timing, connected }: Verdict,
    peer: number,
    direction: number,
  ): void {
    const answer = connected ? 0 : 1;
    // Talk has no axis of the answer: its stride there is 0.
    const observe = (at: Address, peerAt: Address | null, seconds: number | null): void => {
      if (seconds === null) return;
      this.#bank.observe(at.base + direction * at.first + answer * at.second, seconds);
      if (peerAt === null) return;
      const { base, first, second, third } = peerAt;
      this.#bank.observe(base + peer * first + direction * second + answer * third, seconds);
    };
    observe(wiring.postDialDelay, wiring.peerPostDialDelay, timing.postDialDelay);
    observe(wiring.ring, null, timing.ring);
    observe(wiring.talk, wiring.peerTalk, timing.talk);
  }

  /** Of a call that was answered and whose end was seen. */
  #observeSession(
    { session: at }: Wiring,
    { connected, outcome }: Verdict,
    direction: number,
    byeAnswered: boolean,
    session: number,
  ): void {
    if (!connected || outcome === 'lost') return;
    this.#bank.observe(at.base + direction * at.first + (byeAnswered ? 0 : at.second), session);
  }

  #countConflicts({ conflicts: at }: Wiring, verdict: Verdict): void {
    for (const { winner, loser } of verdict.conflicts) {
      const won = KIND_INDEX.get(winner.kind) ?? 0;
      const lost = KIND_INDEX.get(loser.kind) ?? 0;
      this.#bank.add(at.base + won * at.first + lost * at.second);
    }
  }

  #countFacts({ contextFacts: at }: Wiring, { context }: Verdict): void {
    for (const { source, kind } of context) {
      const from = CONTEXT_SOURCE_INDEX.get(source) ?? 0;
      this.#bank.add(at.base + from * at.first + (CONTEXT_KIND_INDEX.get(kind) ?? 0) * at.second);
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
