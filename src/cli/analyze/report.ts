import { LIMITS, ORPHANS } from '../../calls/call.ts';
import type { CaptureReading } from '../../capture-reading.ts';
import type { CaptureReport } from '../../captures.ts';
import { LINK_TYPES } from '../../decode/layers-table.ts';
import type { Engine } from '../../engine.ts';
import { LOST, MALFORMED, NOT_OURS, SOURCES } from '../../sources/source.ts';
import type { Durations } from './durations.ts';
import { SEPARATOR, type Summary, type Tally } from './summary.ts';

/** Rows of a list for people; JSON has them all. */
const SOURCE = SOURCES.indexOf('capture');

type Counts = Readonly<Record<string, number>>;

interface DurationReport {
  readonly count: number;
  /** Seconds; null without any. */
  readonly mean: number | null;
  readonly median: number | null;
  readonly p95: number | null;
  readonly max: number | null;
}

/** What `--format json` prints. Names only grow within a major version. */
export interface AnalyzeReport {
  readonly schema: 1;
  readonly captures: readonly CaptureReport[];
  /** Times of the first and the last packet, ISO 8601; null without packets. */
  readonly from: string | null;
  readonly to: string | null;
  readonly calls: {
    readonly total: number;
    readonly legs: number;
    readonly inProgressAtEnd: number;
    readonly byOutcome: Counts;
    readonly byAttribution: Counts;
    readonly byReason: readonly {
      readonly outcome: string;
      readonly reason: string;
      readonly attribution: string;
      readonly calls: number;
    }[];
  };
  readonly ratios: Readonly<
    Record<string, { readonly value: number | null; readonly counted: number; readonly of: number }>
  >;
  readonly postDialDelay: {
    readonly answered: DurationReport;
    readonly unanswered: DurationReport;
  };
  readonly talk: DurationReport;
  /** `by`: `peer` as configured, of branches; `address`, of messages, when no peer is configured. */
  readonly failing: {
    readonly by: 'peer' | 'address';
    readonly list: readonly {
      readonly who: string;
      readonly failures: number;
      readonly statuses: Counts;
    }[];
  };
  readonly conflicts: readonly {
    readonly winner: string;
    readonly loser: string;
    readonly calls: number;
  }[];
  /** Codes that calls got, in the vocabularies that are enabled or asked for. */
  readonly vocabularies: readonly {
    readonly vocabulary: string;
    readonly field: string;
    readonly code: string;
    readonly name: string;
    readonly calls: number;
  }[];
  readonly input: {
    readonly packets: number;
    readonly messages: number;
    readonly retransmissions: number;
    readonly copies: number;
    readonly notOurs: Counts;
    readonly malformed: Counts;
    readonly lost: Counts;
    /** Packets of which the capture kept less than was sent; their messages are read as far as they go. */
    readonly cut: number;
    /** How far a packet was earlier than one before it at most, seconds. */
    readonly setBackSeconds: number;
    /** Packets by link type that is not read. */
    readonly unknownLinkTypes: Counts;
    readonly orphans: Counts;
    readonly limits: Counts;
  };
}

export interface ReportParts extends CaptureReading {
  readonly summary: Summary;
  readonly engine: Engine;
  readonly hasPeers: boolean;
}

export function createReport(parts: ReportParts): AnalyzeReport {
  const { summary, captures, from, now, hasPeers } = parts;
  return {
    schema: 1,
    captures,
    from: from === null ? null : new Date(from).toISOString(),
    to: from === null ? null : new Date(now).toISOString(),
    calls: callsOf(summary),
    ratios: Object.fromEntries(
      summary.ratios.map(({ ratio, counted, of }) => [
        ratio.id,
        { value: of === 0 ? null : counted / of, counted, of },
      ]),
    ),
    postDialDelay: {
      answered: durationOf(summary.postDialDelay.answered),
      unanswered: durationOf(summary.postDialDelay.unanswered),
    },
    talk: durationOf(summary.talk),
    failing: hasPeers
      ? { by: 'peer', list: failingOf(summary.peers) }
      : { by: 'address', list: failingOf(summary.addresses) },
    conflicts: summary.conflicts.list().map(([pair, calls]) => {
      const [winner = '', loser = ''] = pair.split(SEPARATOR);
      return { winner, loser, calls };
    }),
    vocabularies: summary.codes.list().map(([words, calls]) => {
      const [vocabulary = '', field = '', code = '', name = ''] = words.split(SEPARATOR);
      return { vocabulary, field, code, name, calls };
    }),
    input: inputOf(parts),
  };
}

function callsOf(summary: Summary): AnalyzeReport['calls'] {
  return {
    total: summary.calls,
    legs: summary.legs,
    inProgressAtEnd: summary.inProgress,
    byOutcome: Object.fromEntries(summary.outcomes.list()),
    byAttribution: Object.fromEntries(summary.attributions.list()),
    byReason: summary.reasons.list().map(([words, calls]) => {
      const [outcome = '', reason = '', attribution = ''] = words.split(SEPARATOR);
      return { outcome, reason, attribution, calls };
    }),
  };
}

function durationOf(durations: Durations): DurationReport {
  return {
    count: durations.count,
    mean: durations.mean,
    median: durations.percentile(0.5),
    p95: durations.percentile(0.95),
    max: durations.count === 0 ? null : durations.max,
  };
}

function failingOf(tally: Tally): AnalyzeReport['failing']['list'] {
  const byName = new Map<string, Record<string, number>>();
  for (const [words, count] of tally.list()) {
    const [who = '', status = ''] = words.split(SEPARATOR);
    byName.set(who, { ...byName.get(who), [status]: count });
  }
  return [...byName]
    .map(([who, statuses]) => ({
      who,
      failures: Object.values(statuses).reduce((sum, count) => sum + count, 0),
      statuses,
    }))
    .toSorted((a, b) => b.failures - a.failures || a.who.localeCompare(b.who));
}

function inputOf({ engine, cut, setBack, unknownLinks }: ReportParts): AnalyzeReport['input'] {
  const { health } = engine.pipeline;
  const { counters } = engine.tracker;
  const { not_ours, malformed, lost } = health.discards;
  const linkName = (type: number) =>
    LINK_TYPES.find((row) => row.type === type)?.name ?? `LINKTYPE ${type}`;
  return {
    packets: health.frames[SOURCE] ?? 0,
    messages: health.messages[SOURCE] ?? 0,
    retransmissions: counters.retransmissions[SOURCE] ?? 0,
    copies: counters.copies[SOURCE] ?? 0,
    notOurs: nonZero(NOT_OURS, not_ours, SOURCE * NOT_OURS.length),
    malformed: nonZero(MALFORMED, malformed, SOURCE * MALFORMED.length),
    lost: nonZero(LOST, lost, SOURCE * LOST.length),
    cut,
    setBackSeconds: setBack / 1000,
    unknownLinkTypes: Object.fromEntries(
      [...unknownLinks].map(([type, packets]) => [linkName(type), packets]),
    ),
    orphans: nonZero(ORPHANS, counters.orphans, 0),
    limits: nonZero(LIMITS, counters.limits, 0),
  };
}

function nonZero(names: readonly string[], cells: Float64Array, from: number): Counts {
  return Object.fromEntries(
    names.map((name, i) => [name, cells[from + i] ?? 0] as const).filter(([, count]) => count > 0),
  );
}
