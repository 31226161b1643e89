import type { Ended } from '../calls/call.ts';
import type { ContextNote, ContextSource } from '../context/kinds.ts';
import { STAGES, type Stage } from './outcome.ts';

export interface Span {
  readonly stage: Stage;
  readonly from: number;
  readonly to: number;
}

/** Where a call was, and since when: what its signalling shows, and over that what facts told. */
export interface Timeline {
  readonly spans: readonly Span[];
  /** Stage at the end that a fact told and nothing ended; null: only the signalling shows where it was. */
  readonly told: Stage | null;
  /** When an agent answered, as told; null: not told. */
  readonly agentAnsweredAt: number | null;
}

/** What an answered call is in, by the role of who answered; a person talks. */
export const ANSWERED_STAGE: Readonly<Record<string, Stage>> = {
  ivr: 'ivr',
  queue: 'queue',
  voicemail: 'voicemail',
};

/** A platform that answers tells what it does with the call within this time, ms: until then nobody talks. */
const TOLD_AFTER_ANSWER_MS = 3000;
/** A stage that is left so shortly before the end, ms, was left by the end. Clocks of platform and capture differ. */
const LEFT_BY_END_MS = 200;

/** What facts do to the stage, besides `stage` itself, whose name says it. */
const EFFECTS: Readonly<Record<string, readonly ['enter' | 'leave', Stage]>> = {
  'agent.offered': ['enter', 'agent_ringing'],
  'agent.answered': ['enter', 'talking'],
  'agent.rejected': ['leave', 'agent_ringing'],
  'agent.timeout': ['leave', 'agent_ringing'],
  'agent.connection_lost': ['leave', 'agent_ringing'],
  'ivr.detected': ['enter', 'ivr'],
  'voicemail.detected': ['enter', 'voicemail'],
  'voicemail.message_left': ['enter', 'voicemail'],
};

/** Stages within another one, to which the call comes back: an agent rings while the caller still waits in the queue. */
const NESTED: ReadonlySet<Stage> = new Set(['agent_ringing', 'on_hold', 'transfer']);
/** Facts of agents that a call waits for. */
const OFFERS: ReadonlySet<string> = new Set(['offered', 'rejected', 'timeout', 'none_available']);
/** A person is on the line. */
const WITH_PERSON: ReadonlySet<Stage> = new Set(['talking', 'on_hold', 'transfer']);

interface Mark {
  readonly at: number;
  readonly does: 'base' | 'enter' | 'leave';
  readonly stage: Stage;
}

interface ToldMark extends Mark {
  /** Whose clock gave the time: of the API the platform's, otherwise that of the messages. */
  readonly clock: ContextSource;
}

/** The stages of a call, in order of time. */
export function timelineOf(ended: Ended, roleOut: string): Timeline {
  return ended.context.length === 0 ? signalled(ended, roleOut) : told(ended, roleOut);
}

/** Of most calls nothing was told: what their signalling shows needs no stack. */
function signalled(ended: Ended, roleOut: string): Timeline {
  const spans: { stage: Stage; from: number; to: number }[] = [];
  for (const { stage, at } of inOrder(baseMarks(ended, roleOut, false))) {
    const last = spans.at(-1);
    if (last?.stage === stage) continue;
    if (last !== undefined) last.to = at;
    spans.push({ stage, from: at, to: Math.max(at, ended.endedAt) });
  }
  return { spans, told: null, agentAnsweredAt: null };
}

/** By time, marks of one time in their order; they are few and mostly in order already. */
function inOrder(marks: Mark[]): readonly Mark[] {
  for (let i = 1; i < marks.length; i++) {
    const mark = marks[i] as Mark;
    let to = i;
    for (; to > 0 && (marks[to - 1] as Mark).at > mark.at; to--) marks[to] = marks[to - 1] as Mark;
    marks[to] = mark;
  }
  return marks;
}

function told(ended: Ended, roleOut: string): Timeline {
  const answered = ended.context.filter((note) => isFact(note, 'agent', 'answered'));
  const agentAnsweredAt = answered.at(-1)?.at ?? null;
  const marks = baseMarks(ended, roleOut, agentAnsweredAt !== null);
  marks.push(...waitingMarks(ended), ...sinceAnswer(toldMarks(ended), ended.answeredAt));
  inOrder(marks);
  const stack: Stage[] = [];
  const starts: { stage: Stage; at: number }[] = [];
  let base: Stage = 'dialing';
  for (const mark of marks) {
    if (mark.does === 'base') base = mark.stage;
    else if (mark.does === 'enter') enter(stack, mark.stage);
    else leave(stack, mark.stage);
    const stage = stack.at(-1) ?? base;
    // What a fact says of the very moment counts for it.
    if (mark.does !== 'base' && starts.at(-1)?.at === mark.at) starts.pop();
    if (starts.at(-1)?.stage !== stage) starts.push({ stage, at: mark.at });
  }
  const spans = starts.map(({ stage, at }, i) => ({
    stage,
    from: at,
    to: Math.max(at, starts[i + 1]?.at ?? ended.endedAt),
  }));
  return { spans, told: stack.at(-1) ?? null, agentAnsweredAt };
}

/** True when somebody was there to talk to. */
export function hasTalked({ spans }: Timeline): boolean {
  for (const { stage } of spans) if (stage === 'talking') return true;
  return false;
}

/** Time with a person on the line, ms; music on hold included. */
export function talkedFor({ spans }: Timeline): number {
  let sum = 0;
  for (const { stage, from, to } of spans) if (WITH_PERSON.has(stage)) sum += to - from;
  return sum;
}

/** The last stage that facts told up to this moment, whether it was left by then or not; null: none. */
export function lastTold({ context }: Ended, at: number): Stage | null {
  const entered = context.filter((note) => note.at <= at && effectOf(note)?.[0] === 'enter');
  const last = entered.at(-1);
  return last === undefined ? null : (effectOf(last)?.[1] ?? null);
}

function isFact(note: ContextNote, kind: string, value: string): boolean {
  return note.kind === kind && note.value === value;
}

function effectOf(note: ContextNote): readonly ['enter' | 'leave', Stage] | null {
  if (note.kind !== 'stage') return EFFECTS[`${note.kind}.${note.value}`] ?? null;
  const stage = STAGES.find((name) => name === note.name);
  if (stage === undefined) return null;
  return [note.value === 'left' ? 'leave' : 'enter', stage];
}

function toldMarks(ended: Ended): ToldMark[] {
  const { startedAt, endedAt } = ended;
  const marks = ended.context.flatMap((note): ToldMark[] => {
    const effect = effectOf(note);
    if (effect === null) return [];
    const [does, stage] = effect;
    return [{ at: Math.max(note.at, startedAt), does, stage, clock: note.source }];
  });
  return marks.filter(({ at, does, clock }, i) => {
    if (at >= endedAt && endedAt > startedAt) return false;
    const wentOn = marks.slice(i + 1).some((later) => later.does === 'enter' && later.at < endedAt);
    return does === 'enter' || wentOn || clock !== 'api' || at < endedAt - LEFT_BY_END_MS;
  });
}

/** Who answered and only offers the call to agents, and tells no stage, lets it wait. */
function waitingMarks({ answeredAt, context }: Ended): Mark[] {
  const tells = context.some(({ kind, value }) => kind === 'stage' && value === 'entered');
  const offers = context.some(({ kind, value }) => kind === 'agent' && OFFERS.has(value));
  if (answeredAt === null || tells || !offers) return [];
  return [{ at: answeredAt, does: 'enter', stage: 'queue' }];
}

/** What a platform tells soon after it answered was so from its answer on. */
function sinceAnswer(told: readonly Mark[], answeredAt: number | null): readonly Mark[] {
  const first = told.find(({ at, does }) => does === 'enter' && at >= (answeredAt ?? 0));
  if (answeredAt === null || first === undefined || WITH_PERSON.has(first.stage)) return told;
  if (first.at - answeredAt > TOLD_AFTER_ANSWER_MS) return told;
  return told.map((mark) => (mark === first ? { ...mark, at: answeredAt } : mark));
}

function baseMarks(ended: Ended, roleOut: string, agentAnswered: boolean): Mark[] {
  const { answeredAt, startedAt } = ended;
  const machine = agentAnswered || ended.context.length === 0 ? null : machineStage(ended);
  const marks: Mark[] = [];
  const add = (stage: Stage, at: number | null): void => {
    if (at === null) return;
    // Not before the start, and set-up not after the answer, whatever order the messages came in.
    const within = Math.max(Math.min(at, answeredAt ?? at), startedAt);
    marks.push({ at: within, does: 'base', stage });
  };
  add('dialing', startedAt);
  add('early_media', ended.earlyMediaAt);
  add('queue', ended.queuedAt);
  add('ringing', ended.ringingAt);
  add(ANSWERED_STAGE[roleOut] ?? machine ?? 'talking', answeredAt);
  return marks;
}

/** A machine that was found out had been there from the answer on. */
function machineStage({ context }: Ended): Stage | null {
  if (context.some((note) => isFact(note, 'voicemail', 'detected'))) return 'voicemail';
  return context.some((note) => isFact(note, 'ivr', 'detected')) ? 'ivr' : null;
}

function enter(stack: Stage[], stage: Stage): void {
  if (stack.at(-1) === stage) return;
  if (!NESTED.has(stage)) stack.length = 0;
  stack.push(stage);
}

function leave(stack: Stage[], stage: Stage): void {
  const at = stack.lastIndexOf(stage);
  if (at >= 0) stack.length = at;
}
