import type { Seen } from './facts.ts';
import type { Outcome, Stage, Verdict } from './outcome.ts';
import type { ReasonRow } from './reasons.ts';
import { ANSWERED_STAGE, hasTalked, talkedFor } from './timeline.ts';

/** The stage in which the call ended. */
export function stageAtEnd({ ended, connected, timeline }: Seen, row: ReasonRow): Stage {
  const seen = timeline.told ?? timeline.spans.at(-1)?.stage ?? 'dialing';
  if (!connected) return seen;
  if (ended.answeredAt === null) return timeline.told ?? 'talking';
  // Nobody talked: CANCEL and answer crossed.
  if (row.outcome === 'cancelled') return row.stage;
  const held = ended.onHold && row.outcome !== 'lost' && seen === 'talking';
  return held ? 'on_hold' : seen;
}

/** Outcomes of calls that nobody was there for, whoever picked up. */
const UNSERVED: ReadonlySet<Outcome> = new Set([
  'voicemail',
  'answered_by_platform',
  'busy',
  'no_answer',
  'declined',
  'redirected',
  'unreachable',
  'invalid_number',
  'cancelled',
  'answered_elsewhere',
  'blocked',
  'failed',
]);

/** An agent or the final party answered: not a machine, and not a leg that lost the race. */
export function isServed(c: Seen, outcome: Outcome): boolean {
  const { ended, timeline } = c;
  if (!c.connected) return false;
  if (timeline.agentAnsweredAt !== null) return true;
  if (UNSERVED.has(outcome)) return false;
  if (ended.answeredAt !== null) return hasTalked(timeline);
  return !(c.roleOut in ANSWERED_STAGE) && (timeline.told ?? 'talking') === 'talking';
}

/** Intervals in seconds; null when they did not happen or their end was not seen. */
export function timingOf(c: Seen, served: boolean, outcome: Outcome): Verdict['timing'] {
  const { ended } = c;
  const endSeen = outcome !== 'lost';
  const ringEnd = ended.answeredAt ?? (endSeen ? ended.endedAt : null);
  const talked = served && endSeen && ended.answeredAt !== null;
  return {
    postDialDelay: seconds(ended.startedAt, ended.firstResponseAt),
    ring: seconds(ended.ringingAt, ringEnd),
    talk: talked ? seconds(0, talkedFor(c.timeline)) : null,
    hold: c.connected ? ended.holdSeconds : null,
    total: seconds(ended.startedAt, ended.endedAt) ?? 0,
  };
}

function seconds(from: number | null, to: number | null): number | null {
  return from === null || to === null ? null : Math.max(0, Math.round(to - from) / 1000);
}
