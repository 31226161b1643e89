import type { ContextNote } from '../context/kinds.ts';
import type { AttemptTable } from './attempt-table.ts';
import { MOMENT } from './marks.ts';

/** RFC 3261 §21.1.4: 182 says that the call waits in a queue; what comes next ends the wait. */
export function queueFacts(attempts: AttemptTable, a: number): ContextNote[] {
  const entered = attempts.momentAt(a, MOMENT.QUEUED);
  if (entered === null) return [];
  const rest = {
    name: 'queue',
    enforcedBy: null,
    subject: null,
    id: null,
    source: 'rule',
  } as const;
  const notes: ContextNote[] = [{ kind: 'stage', value: 'entered', at: entered, ...rest }];
  const next = [MOMENT.RINGING, MOMENT.ANSWER]
    .map((moment) => attempts.momentAt(a, moment) ?? Number.POSITIVE_INFINITY)
    .filter((at) => at > entered);
  const left = Math.min(...next);
  if (Number.isFinite(left)) notes.push({ kind: 'stage', value: 'left', at: left, ...rest });
  return notes;
}
