/**
 * Calls with facts beside their signalling. A line of a script that has a `!` for its direction is an event of the
 * context API, as it arrives:
 *
 *     0     > INVITE
 *     900   < 200
 *     1000  ! stage.entered name=queue
 *     6000  > BYE
 *
 * Options: `id` (Call-ID), `name`, `enforcedBy`, `subject`, `time` (ms of the script that the event gives, `-`: none),
 * `event` (its id).
 */

import type { ContextOptions } from '../../src/calls/options.ts';
import type { Verdict } from '../../src/classify/outcome.ts';
import { parseContextEvent } from '../../src/context/event.ts';
import type { ContextAnswer } from '../../src/context/results.ts';
import { type Play, Rig, readScript, type Step, T0, trackerOptions } from './sip.ts';

/** As with the context API enabled. */
export const CONTEXT: ContextOptions = { ...trackerOptions().context, waitMs: 2000 };

const LINE = /^\s*(\d+)\s+!\s+([a-z_.]+)(.*)$/;
const DATA = ['name', 'enforcedBy', 'subject'] as const;

interface Told {
  readonly at: number;
  readonly event: Readonly<Record<string, unknown>>;
}

/** A CloudEvent as a platform would send it. */
export function cloudEvent(
  type: string,
  callId: string,
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return { specversion: '1.0', id: '1', source: 'pbx', type, subject: callId, ...more };
}

function readLine(line: string, index: number): Told | null {
  const [, at, type = '', rest = ''] = LINE.exec(line) ?? [];
  if (at === undefined) return null;
  const options = Object.fromEntries(
    [...rest.matchAll(/(\w+)=(\S+)/g)].map(([, key = '', value = '']) => [key, value]),
  );
  const data = Object.fromEntries(
    DATA.flatMap((key) => (options[key] === undefined ? [] : [[key, options[key]]])),
  );
  const time = options.time ?? at;
  const more = time === '-' ? {} : { time: new Date(T0 + Number(time)).toISOString() };
  const id = options.event ?? `event-${index}`;
  const event = cloudEvent(`callfate.${type}`, options.id ?? 'call-1', { id, data, ...more });
  return { at: Number(at), event };
}

/** What takes a script: messages, events, and time. */
export interface Stage {
  send(step: Step): void;
  /** An event that arrives at this time, ms since the epoch. */
  tell(event: unknown, now: number): void;
  /** `at` in ms of the script. */
  advance(at: number): void;
}

/** Plays messages and events in the order of their times. */
export function perform(script: string, stage: Stage): void {
  const lines = script.split('\n');
  const told = lines.flatMap((line, index) => readLine(line, index) ?? []);
  const steps = readScript(lines.filter((line) => !LINE.test(line)).join('\n'));
  const happenings = [
    ...steps.map((step) => ({ at: step.at, run: () => stage.send(step) })),
    ...told.map(({ at, event }) => ({ at, run: () => stage.tell(event, T0 + at) })),
  ].sort((x, y) => x.at - y.at);
  for (const { at, run } of happenings) {
    stage.advance(at);
    run();
  }
}

/** A script with events, in tracker and classifier. */
export function tell(script: string, options: Play = {}): { rig: Rig; answers: ContextAnswer[] } {
  const rig = new Rig({ ...options, tracker: { context: CONTEXT, ...options.tracker } });
  const answers: ContextAnswer[] = [];
  perform(script, {
    send: (step) => rig.send(step),
    tell: (event, now) => answers.push(submit(rig, event, now)),
    advance: (at) => rig.advance(at),
  });
  rig.finish(options.end ?? 'time');
  return { rig, answers };
}

/** One event as the context API takes it. */
export function submit(rig: Rig, event: unknown, now: number): ContextAnswer {
  const parsed = parseContextEvent(event);
  if (!parsed.ok) return parsed.error;
  return { id: parsed.value.id, result: rig.tracker.context(parsed.value, now), detail: null };
}

/** The verdict of a script that makes exactly one. */
export function verdictTold(script: string, options: Play = {}): Verdict {
  const { rig } = tell(script, options);
  const all = [...rig.verdicts, ...rig.refusals];
  const [verdict] = all;
  if (verdict === undefined || all.length > 1) {
    throw new Error(`${all.length} verdicts: ${all.map((one) => one.reason).join(', ')}`);
  }
  return verdict;
}
