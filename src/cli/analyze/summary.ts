import type { Ended } from '../../calls/call.ts';
import type { Verdict } from '../../classify/outcome.ts';
import {
  RATIO_SETS,
  RATIOS,
  type Ratio,
  type RatioSet,
  ratioSetsOf,
} from '../../classify/ratios.ts';
import { Durations } from './durations.ts';

/** Failing addresses that are told apart; more are left out. */
export const ADDRESSES_MAX = 4096;

/** Different objects of codes that are counted before they are put into words. */
const SHARED_CODES_MAX = 4096;

/** A sum for each key, largest first. */
export class Tally {
  readonly #sums = new Map<string, number>();
  readonly #max: number;

  /** `max`: keys that are told apart; more are not counted. */
  constructor(max = Number.POSITIVE_INFINITY) {
    this.#max = max;
  }

  add(key: string, times = 1): void {
    const sum = this.#sums.get(key);
    if (sum === undefined && this.#sums.size >= this.#max) return;
    this.#sums.set(key, (sum ?? 0) + times);
  }

  get(key: string): number {
    return this.#sums.get(key) ?? 0;
  }

  list(): readonly (readonly [string, number])[] {
    return [...this.#sums].toSorted(([a, m], [b, n]) => n - m || a.localeCompare(b));
  }
}

/** Keys of a tally that are made of several words. */
export const SEPARATOR = '\t';
const key = (...words: readonly (string | number)[]) => words.join(SEPARATOR);

/**
 * Codes of calls by their words. Calls that ended alike share one object of codes, so that is what is counted; its words
 * are put together once.
 */
class CodeTally {
  readonly #shared = new Map<Verdict['vocabularies'], number>();
  readonly #words = new Tally();

  add(codes: Verdict['vocabularies']): void {
    // Which objects are shared may change while captures are read.
    if (this.#shared.size >= SHARED_CODES_MAX) this.#spell();
    this.#shared.set(codes, (this.#shared.get(codes) ?? 0) + 1);
  }

  list(): ReturnType<Tally['list']> {
    this.#spell();
    return this.#words.list();
  }

  #spell(): void {
    for (const [codes, calls] of this.#shared) {
      for (const [vocabulary, fields] of Object.entries(codes)) {
        for (const [field, { code, name }] of Object.entries(fields)) {
          this.#words.add(key(vocabulary, field, code, name), calls);
        }
      }
    }
    this.#shared.clear();
  }
}

/** Calls of one outcome, reason and attribution. */
interface Kind {
  readonly outcome: string;
  readonly reason: string;
  readonly attribution: string;
  calls: number;
}

/** Calls by outcome, reason and attribution: counted together, and told apart when somebody asks. */
class KindTally {
  /** By reason, which nearly always says the other two. */
  readonly #byReason = new Map<string, Kind[]>();

  add({ outcome, reason, attribution }: Verdict): void {
    let kinds = this.#byReason.get(reason);
    if (kinds === undefined) {
      kinds = [];
      this.#byReason.set(reason, kinds);
    }
    for (const kind of kinds) {
      if (kind.outcome !== outcome || kind.attribution !== attribution) continue;
      kind.calls++;
      return;
    }
    kinds.push({ outcome, reason, attribution, calls: 1 });
  }

  /** Sums by what `words` makes of a kind. */
  tally(words: (kind: Kind) => string): Tally {
    const tally = new Tally();
    for (const kinds of this.#byReason.values()) {
      for (const kind of kinds) tally.add(words(kind), kind.calls);
    }
    return tally;
  }
}

/** What many calls come to, in memory that does not grow with them. */
export class Summary {
  calls = 0;
  legs = 0;
  /** Calls that were in progress when the captures ended. */
  inProgress = 0;
  readonly #kinds = new KindTally();
  /** Peer that failed, and the final status of its branch. */
  readonly peers = new Tally();
  /** Address that answered an INVITE with a failure, and the status; messages, not calls. */
  readonly addresses = new Tally(ADDRESSES_MAX);
  /** Kind that decided and kind that lost. */
  readonly conflicts = new Tally();
  /** Vocabulary, field, code and name. */
  readonly codes = new CodeTally();
  /** RFC 6076 section 4.3: those of answered and of failed calls must not be mixed. */
  readonly postDialDelay = { answered: new Durations(), unanswered: new Durations() };
  readonly talk = new Durations();
  /** Calls in each of `RATIO_SETS`. */
  readonly #sets = new Float64Array(RATIO_SETS.length);

  add(verdict: Verdict, legs: readonly Ended[]): void {
    this.calls++;
    this.legs += legs.length;
    if (verdict.reason === 'observer_stopped') this.inProgress++;
    this.#kinds.add(verdict);
    for (const { winner, loser } of verdict.conflicts) {
      this.conflicts.add(key(winner.kind, loser.kind));
    }
    this.codes.add(verdict.vocabularies);
    for (const { peer, status } of verdict.branches) {
      if (status !== null && isFailure(status)) this.peers.add(key(peer, status));
    }
    const { postDialDelay, talk } = verdict.timing;
    const delays = this.postDialDelay[verdict.connected ? 'answered' : 'unanswered'];
    if (postDialDelay !== null) delays.add(postDialDelay);
    if (talk !== null) this.talk.add(talk);
    this.#rate(verdict, legs);
  }

  get outcomes(): Tally {
    return this.#kinds.tally(({ outcome }) => outcome);
  }

  get attributions(): Tally {
    return this.#kinds.tally(({ attribution }) => attribution);
  }

  /** Outcome, reason and attribution. */
  get reasons(): Tally {
    return this.#kinds.tally((kind) => key(kind.outcome, kind.reason, kind.attribution));
  }

  get ratios(): readonly {
    readonly ratio: Ratio;
    readonly counted: number;
    readonly of: number;
  }[] {
    const calls = (set: RatioSet) => this.#sets[RATIO_SETS.findIndex(({ id }) => id === set)] ?? 0;
    return RATIOS.map((ratio) => ({ ratio, counted: calls(ratio.counts), of: calls(ratio.of) }));
  }

  #rate(verdict: Verdict, legs: readonly Ended[]): void {
    // Legs end together or one after the other: one BYE that was answered ended the call.
    const byeAnswered = legs.some((leg) => leg.byeAnswered);
    for (const row of ratioSetsOf(verdict, byeAnswered)) {
      this.#sets[row] = (this.#sets[row] as number) + 1;
    }
  }
}

/** A final response that says a call failed: not a challenge, a redirection or the answer to a CANCEL. */
export function isFailure(status: number): boolean {
  return status >= 400 && status !== 401 && status !== 407 && status !== 487;
}
