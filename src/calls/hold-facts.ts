import type { Ended } from './call.ts';
import { FLAG, MOMENT, UNITS_PER_MS } from './marks.ts';
import type { CallStore } from './store.ts';

/** Whether the attempt was on hold at its end (ms since the epoch), by whom, and for how long in all. */
export function holdFacts(
  store: CallStore,
  a: number,
  end: number,
): Pick<Ended, 'onHold' | 'heldBy' | 'holdSeconds'> {
  const { attempts } = store;
  const onHold = attempts.has(a, FLAG.ON_HOLD);
  const byCallee = attempts.has(a, FLAG.HELD_BY_CALLEE);
  const done = (attempts.extras.holdUnits[attempts.extra(a)] as number) / UNITS_PER_MS;
  const since = attempts.momentAt(a, MOMENT.HOLD);
  const open = onHold && since !== null ? end - since : 0;
  return {
    onHold,
    heldBy: onHold ? (byCallee ? 'callee' : 'caller') : null,
    holdSeconds: Math.round(done + Math.max(0, open)) / 1000,
  };
}
