/** One colour for each outcome, the same on every dashboard. */
import type { Attribution, Outcome } from '../../../src/classify/outcome.ts';
import type { Colour, Step } from './spec.ts';

/** Green and blue: it went as it should. Yellow and purple: people's doing. Orange and red: a fault. */
export const OUTCOME_COLOURS = {
  completed: 'green',
  transferred: 'light-green',
  voicemail: 'blue',
  answered_by_platform: 'light-blue',
  busy: 'yellow',
  no_answer: 'light-yellow',
  declined: 'dark-yellow',
  cancelled: 'purple',
  abandoned: 'dark-purple',
  redirected: 'super-light-blue',
  unreachable: 'light-orange',
  invalid_number: 'super-light-orange',
  blocked: 'dark-orange',
  dropped: 'orange',
  failed: 'red',
  lost: 'text',
  answered_elsewhere: 'super-light-green',
} as const satisfies Record<Outcome, Colour>;

export const ATTRIBUTION_COLOURS = {
  caller: 'purple',
  callee: 'yellow',
  agent: 'dark-yellow',
  device: 'light-blue',
  carrier: 'red',
  network: 'orange',
  platform: 'blue',
  policy: 'dark-orange',
  none: 'green',
  unknown: 'text',
} as const satisfies Record<Attribution, Colour>;

/** Any at all is too many. */
export const NONE_IS_GOOD: readonly Step[] = [
  { at: null, colour: 'green' },
  { at: 0.000_001, colour: 'red' },
];
/** A share from 0 to 1 of which much is good. */
export const muchIsGood = (poor: number, fair: number): readonly Step[] => [
  { at: null, colour: 'red' },
  { at: poor, colour: 'orange' },
  { at: fair, colour: 'green' },
];
/** A value of which little is good. */
export const littleIsGood = (much: number, tooMuch: number): readonly Step[] => [
  { at: null, colour: 'green' },
  { at: much, colour: 'orange' },
  { at: tooMuch, colour: 'red' },
];
/** A value that is neither good nor bad. */
export const PLAIN: readonly Step[] = [{ at: null, colour: 'text' }];
