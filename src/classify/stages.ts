import type { Ended } from '../calls/call.ts';
import type { Case } from './facts.ts';
import type { Outcome, Stage, Verdict } from './outcome.ts';
import type { ReasonRow } from './reasons.ts';

interface Span {
  readonly stage: Stage;
  readonly from: number;
  readonly to: number;
}

/** What an answered call is in, by the role of who answered; a person talks. */
const ANSWERED_STAGE: Readonly<Record<string, Stage>> = {
  ivr: 'ivr',
  queue: 'queue',
  voicemail: 'voicemail',
};

/** Stages in order of time, and the one in which the call ended. */
export function stagesOf(c: Case, row: ReasonRow): { list: readonly Span[]; last: Stage } {
  const { ended } = c;
  const marks: [Stage, number | null][] = [
    ['dialing', ended.startedAt],
    ['early_media', ended.earlyMediaAt],
    ['queue', ended.queuedAt],
    ['ringing', ended.ringingAt],
    [ANSWERED_STAGE[c.roleOut] ?? 'talking', ended.answeredAt],
  ];
  const seen = marks
    .flatMap(([stage, at]) => (at === null ? [] : [{ stage, at: clamp(at, ended) }]))
    .sort((a, b) => a.at - b.at);
  const list = seen.map(({ stage, at }, i) => ({
    stage,
    from: at,
    to: Math.max(at, seen[i + 1]?.at ?? ended.endedAt),
  }));
  return { list, last: lastStage(c, row, list.at(-1)?.stage ?? 'dialing') };
}

/** Not before the start, and set-up not after the answer, whatever order the messages came in. */
function clamp(at: number, { startedAt, answeredAt }: Ended): number {
  return Math.max(Math.min(at, answeredAt ?? at), startedAt);
}

function lastStage({ ended, connected }: Case, row: ReasonRow, seen: Stage): Stage {
  if (!connected) return seen;
  if (ended.answeredAt === null) return 'talking';
  // Nobody talked: CANCEL and answer crossed.
  if (row.outcome === 'cancelled') return row.stage;
  return ended.onHold && row.outcome !== 'lost' ? 'on_hold' : seen;
}

/** An agent or the final party answered: not a machine, and not a leg that lost the race. */
export function isServed(c: Case, outcome: Outcome): boolean {
  if (!c.connected || c.roleOut in ANSWERED_STAGE) return false;
  return outcome !== 'cancelled' && outcome !== 'failed' && outcome !== 'answered_elsewhere';
}

/** Intervals in seconds; null when they did not happen or their end was not seen. */
export function timingOf(c: Case, served: boolean, outcome: Outcome): Verdict['timing'] {
  const { ended } = c;
  const seconds = (from: number | null, to: number | null): number | null =>
    from === null || to === null ? null : Math.max(0, Math.round(to - from) / 1000);
  const endSeen = outcome !== 'lost';
  const ringEnd = ended.answeredAt ?? (endSeen ? ended.endedAt : null);
  return {
    postDialDelay: seconds(ended.startedAt, ended.firstResponseAt),
    ring: seconds(ended.ringingAt, ringEnd),
    talk: served && endSeen ? seconds(ended.answeredAt, ended.endedAt) : null,
    hold: c.connected ? ended.holdSeconds : null,
    total: seconds(ended.startedAt, ended.endedAt) ?? 0,
  };
}
