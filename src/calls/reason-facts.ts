import type { Party, ReasonFact } from './call.ts';
import { isCallersHop } from './hops.ts';
import { FLAG } from './marks.ts';
import { reasonOfCause, SEEN_NAMES, unpackMeta } from './reasons.ts';
import type { CallStore } from './store.ts';
import { TEXT } from './text-store.ts';

const PARTIES: readonly (Party | null)[] = [null, 'caller', 'callee', 'platform'];

const NONE: readonly ReasonFact[] = Object.freeze([]);

/**
 * The Reasons among an attempt's texts, `items` of them brought up in `store.text`. `slots`: all its branches, `real`:
 * those that are INVITE transactions of it.
 */
export function reasonFacts(
  store: CallStore,
  a: number,
  items: number,
  slots: readonly number[],
  real: readonly number[],
): readonly ReasonFact[] {
  const { text } = store;
  if (text.last(TEXT.REASON) < 0) return NONE;
  const swapped = store.attempts.has(a, FLAG.SWAPPED);
  let early = swapped && text.last(TEXT.FROM_TAG) >= 0;
  const facts: ReasonFact[] = [];
  for (let item = 0; item < items; item++) {
    const kind = text.kindOf(item);
    if (kind === TEXT.FROM_TAG) early = false;
    if (kind === TEXT.REASON) facts.push(reasonFact(store, a, item, early, slots, real));
  }
  return facts;
}

function reasonFact(
  store: CallStore,
  a: number,
  item: number,
  early: boolean,
  slots: readonly number[],
  real: readonly number[],
): ReasonFact {
  const { text } = store;
  const { seen, status, by, bareCause } = unpackMeta(text.metaOf(item));
  const slot = slots[text.branchOf(item) - 1] ?? 0;
  const seenIn = SEEN_NAMES[seen] ?? 'response';
  const raw = text.textOf(item);
  return {
    raw: bareCause ? reasonOfCause(raw) : raw,
    seenIn,
    status,
    // Whose CANCEL it was is only sure once the nearest hop is known.
    by: seenIn === 'cancel' ? cancellerOf(store, a, slot) : partyOf(by, early),
    branch: real.indexOf(slot),
    at: store.attempts.timeOf(a, text.timeOf(item)),
  };
}

function cancellerOf(store: CallStore, a: number, slot: number): Party {
  return isCallersHop(store, a, slot) ? 'caller' : 'platform';
}

/** `early`: written down before the INVITE told who is who. */
function partyOf(by: number, early: boolean): Party | null {
  const party = PARTIES[by] ?? null;
  if (!early || party === null || party === 'platform') return party;
  return party === 'caller' ? 'callee' : 'caller';
}
