import type { ContextFact } from '../context.ts';
import type { Direction, EndedBy, EndedByRole, Stage, Verdict } from '../outcome.ts';

/** What the rules of a vocabulary can see of a verdict. Seconds; null: did not happen or is not known. */
export interface VocabularyFacts {
  /** Id of a reason; it settles outcome and attribution. */
  readonly reason: string;
  readonly stage: Stage;
  readonly endedBy: EndedBy;
  readonly endedByRole: EndedByRole;
  readonly direction: Direction;
  readonly connected: boolean;
  readonly served: boolean;
  readonly sipStatus: number | null;
  readonly q850: number | null;
  readonly talk: number | null;
  readonly ring: number | null;
  readonly queue: number | null;
  readonly unrung: number | null;
  readonly task: string | null;
  /** In order of time; as often as they were told. */
  readonly context: readonly ContextFact[];
}

export function factsOf(verdict: Verdict): VocabularyFacts {
  const { timing, connected, ringingAt, context } = verdict;
  const task = taskOf(context);
  return {
    reason: verdict.reason,
    stage: verdict.stage,
    endedBy: verdict.endedBy,
    endedByRole: verdict.endedByRole,
    direction: directionOf(verdict.direction, task),
    connected,
    served: verdict.served,
    sipStatus: verdict.sip.status,
    q850: verdict.q850?.cause ?? null,
    talk: timing.talk,
    ring: timing.ring,
    queue: secondsIn('queue', verdict),
    unrung: connected || ringingAt !== null ? null : timing.total,
    task,
    context,
  };
}

function taskOf(context: readonly ContextFact[]): string | null {
  if (context.length === 0) return null;
  return context.findLast(({ kind }) => kind === 'task')?.value ?? null;
}

/** The platform knows better than addresses which way a call goes. */
function directionOf(direction: Direction, task: string | null): Direction {
  if (task === null) return direction;
  return task === 'inbound' ? 'inbound' : 'outbound';
}

/** All visits together: a call may leave a queue and come back. */
function secondsIn(stage: Stage, { stages }: Verdict): number | null {
  let ms: number | null = null;
  for (const visit of stages) if (visit.stage === stage) ms = (ms ?? 0) + lasted(visit);
  return ms === null ? null : ms / 1000;
}

function lasted({ enteredAt, leftAt }: Verdict['stages'][number]): number {
  return Math.max(0, Date.parse(leftAt) - Date.parse(enteredAt));
}

/** The two ways in which a rule may name a fact: with and without its name. */
export function namesOf({ kind, value, name }: ContextFact): readonly string[] {
  return name === null ? [`${kind}/${value}`] : [`${kind}/${value}`, `${kind}/${value}/${name}`];
}
