import type { Party, ReasonFact } from './call.ts';
import { isCallersHop } from './hops.ts';
import { FLAG } from './marks.ts';
import { reasonOfCause, SEEN_NAMES, unpackMeta } from './reasons.ts';
import type { CallStore } from './store.ts';
import { TEXT, type TextItem } from './text-store.ts';

const PARTIES: readonly (Party | null)[] = [null, 'caller', 'callee', 'platform'];

/** The Reasons among an attempt's texts. `slots`: all its branches, `real`: those that are INVITE transactions of it. */
export function reasonFacts(
  store: CallStore,
  a: number,
  items: readonly TextItem[],
  slots: readonly number[],
  real: readonly number[],
): ReasonFact[] {
  if (!items.some((item) => item.kind === TEXT.REASON)) return [];
  const swapped = store.attempts.has(a, FLAG.SWAPPED);
  const invited = items.findIndex((item) => item.kind === TEXT.FROM_TAG);
  return items
    .map((item, i) => ({ item, early: swapped && i < invited }))
    .filter(({ item }) => item.kind === TEXT.REASON)
    .map(({ item, early }) => {
      const { seen, status, by, bareCause } = unpackMeta(item.meta);
      const slot = slots[item.branch - 1] ?? 0;
      const seenIn = SEEN_NAMES[seen] ?? 'response';
      // Whose CANCEL it was is only sure once the nearest hop is known.
      const canceller = isCallersHop(store, a, slot) ? 'caller' : 'platform';
      return {
        raw: bareCause ? reasonOfCause(item.text) : item.text,
        seenIn,
        status,
        by: seenIn === 'cancel' ? canceller : partyOf(by, early),
        branch: real.indexOf(slot),
        at: store.attempts.timeOf(a, item.at),
      };
    });
}

/** `early`: written down before the INVITE told who is who. */
function partyOf(by: number, early: boolean): Party | null {
  const party = PARTIES[by] ?? null;
  if (!early || party === null || party === 'platform') return party;
  return party === 'caller' ? 'callee' : 'caller';
}
