import { BRIDGED } from './bridged.ts';
import type { RunPlan } from './bridges.ts';

/** What the engine gets wrong today with calls of several legs; each stands in a test that has to fail. */
export interface LegGap {
  readonly name: string;
  /** The stream that shows it. */
  readonly fault: string;
  readonly plan: RunPlan;
  /** Calls are held against the truth although their packets overtook each other. */
  readonly wholly: boolean;
}

export const LEG_GAPS: readonly LegGap[] = [
  {
    // It looks for a call in set-up when the leg begins, and not again. Right: the other way round too.
    name: 'a leg is not joined by its number when its INVITE overtakes that of the first leg',
    fault: 'reordered',
    plan: { sign: 'inferred' },
    wholly: true,
  },
  {
    // Who came first is then a matter of arrival alone. Right: the first leg goes to where the others come from.
    name: 'legs that share an identifier are not put in order when clocks disagree and packets are late',
    fault: 'all at once',
    plan: { sign: 'session_id' },
    wholly: false,
  },
  {
    // Some agents send an id of each leg's own, so one that nobody has yet must not keep numbers from joining.
    name: 'a leg whose INVITE overtakes that of the call which its correlation id means is joined by number to another',
    fault: 'reordered',
    plan: {
      sign: 'correlation',
      hotline: '08001',
      rows: BRIDGED.filter((row) => row.simple && row.early),
    },
    wholly: false,
  },
];
