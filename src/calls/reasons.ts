import { REASON_LINES_MAX, type SipScanner } from '../sip/scan.ts';
import { REASON_TEXT_MAX } from './call.ts';
import type { CallStore } from './store.ts';
import { TEXT } from './text-store.ts';

/** Where a Reason stood, as a number; order of `SEEN_NAMES`. */
export const SEEN = { RESPONSE: 0, PROVISIONAL: 1, BYE: 2, CANCEL: 3 } as const;
export const SEEN_NAMES = ['response', 'provisional', 'bye', 'cancel'] as const;

/** Status and place of a Reason in the meta word of its text item. `by`: 0 none, 1 caller, 2 callee, 3 platform. */
export function packMeta(seen: number, status: number, by: number): number {
  return seen | (by << 4) | (status << 8);
}

export function unpackMeta(meta: number): { seen: number; status: number; by: number } {
  return { seen: meta & 0xf, by: (meta >> 4) & 0xf, status: meta >> 8 };
}

/** Keeps the message's Reason header values as sent; `branch` is a branch slot, 0 for none. */
export function keepReasons(
  store: CallStore,
  a: number,
  message: SipScanner,
  seen: number,
  by: number,
  branch: number,
  units: number,
): void {
  const lines = Math.min(message.reasonCount, REASON_LINES_MAX);
  if (message.reasonCount > REASON_LINES_MAX) store.texts.cut('reasons');
  const meta = packMeta(seen, message.status, by);
  for (let i = 0; i < lines; i++) {
    const start = message.reasons[2 * i] as number;
    const whole = message.reasons[2 * i + 1] as number;
    const end = Math.min(whole, start + REASON_TEXT_MAX);
    if (end < whole) store.texts.cut('text_length');
    store.texts.range(
      a,
      TEXT.REASON,
      start,
      end,
      branch === 0 ? 0 : branchOrdinal(store, a, branch),
      meta,
      units,
    );
  }
}

/** Number of a branch within its attempt, 1 for the first that was opened; survives the slot. */
export function branchOrdinal(store: CallStore, a: number, branch: number): number {
  let behind = 0;
  let b = store.branches.pool.next[branch] as number;
  for (; b !== 0; b = store.branches.pool.next[b] as number) behind++;
  return store.attempts.branchCount[a] === 0 ? 0 : behind + 1;
}
