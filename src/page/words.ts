/** Ids and counts in plain words. */
import type { Health } from '../api/health.ts';
import type { Outcome, Verdict } from '../classify/outcome.ts';

type Tone = 'good' | 'plain' | 'bad';

/** How an outcome is called, and what colour helps to find it; the colour never says it alone. */
const OUTCOMES: Readonly<Record<Outcome, readonly [string, Tone]>> = {
  completed: ['completed', 'good'],
  dropped: ['dropped', 'bad'],
  transferred: ['transferred', 'good'],
  voicemail: ['voicemail', 'plain'],
  abandoned: ['abandoned', 'plain'],
  answered_by_platform: ['answered by the platform', 'plain'],
  busy: ['busy', 'plain'],
  no_answer: ['no answer', 'plain'],
  declined: ['declined', 'plain'],
  redirected: ['redirected', 'plain'],
  unreachable: ['unreachable', 'bad'],
  invalid_number: ['invalid number', 'plain'],
  cancelled: ['cancelled', 'plain'],
  answered_elsewhere: ['answered elsewhere', 'plain'],
  blocked: ['blocked', 'bad'],
  failed: ['failed', 'bad'],
  lost: ['lost', 'bad'],
};

const WHO: Readonly<Record<string, string>> = {
  caller: 'the caller',
  callee: 'the called party',
  network: 'the network',
  platform: 'the platform (PBX or proxy)',
  observer: 'nobody: callfate stopped following it',
  unknown: 'unknown',
};

const FAULT: Readonly<Record<string, string>> = {
  caller: 'the caller',
  callee: 'the called party',
  agent: 'the agent',
  device: 'the device',
  carrier: 'the carrier',
  network: 'the network',
  platform: 'the platform (PBX or proxy)',
  policy: 'a policy: it was meant to be refused',
  none: 'nobody: it ended as it should',
  unknown: 'unknown',
};

const SURE: Readonly<Record<string, string>> = {
  observed: 'observed: the message that decided says it',
  inferred: 'inferred: it follows from several things seen',
  assumed: 'assumed: nothing says otherwise',
};

export function plain(id: string): string {
  return id.replaceAll('_', ' ');
}

export function outcomeWords(outcome: Outcome): string {
  return OUTCOMES[outcome][0];
}

export function toneOf(outcome: Outcome): Tone {
  return OUTCOMES[outcome][1];
}

export function whoEnded({ endedBy, endedByRole }: Verdict): string {
  const who = WHO[endedBy] ?? endedBy;
  return endedByRole === 'unknown' ? who : `${who}, the ${endedByRole}`;
}

export function whoseFault({ attribution }: Verdict): string {
  return FAULT[attribution] ?? attribution;
}

export function howSure({ certainty }: Verdict): string {
  return SURE[certainty] ?? certainty;
}

/** What was lost from one answer to the next; the first is what others are measured by. */
export function lossesSince(before: Health | null, health: Health): readonly string[] {
  if (before === null) return [];
  // A count that fell began anew, at 0: callfate was started again.
  const isMore = (was: number, is: number): boolean => is > (is < was ? 0 : was);
  const inputs = health.input.filter(({ source, lost }) =>
    isMore(before.input.find((one) => one.source === source)?.lost ?? 0, lost),
  );
  const rest = [
    ['verdictsDropped', 'verdicts were dropped'],
    ['engineRestarts', 'the engine was started again'],
  ] as const;
  return [
    ...inputs.map(({ source }) => `input of ${plain(source)} was lost`),
    ...rest.filter(([key]) => isMore(before[key], health[key])).map(([, words]) => words),
  ];
}

/** `10:00:01.234` out of ISO 8601 UTC. */
export function clockOf(iso: string): string {
  return iso.slice(11, 23);
}

/** `1 call`, `2 calls`. */
export function counted(n: number, noun: string): string {
  return `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`;
}

export function secondsWords(seconds: number | null): string | null {
  if (seconds === null) return null;
  if (seconds < 60) return `${seconds} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}
