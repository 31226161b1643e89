import { SLAB_VIEW } from '../lib/slab.ts';
import { FIELD, REASON_LINES_MAX, type SipScanner } from '../sip/scan.ts';
import { REASON_TEXT_MAX } from './call.ts';
import { slotOf } from './rows.ts';
import type { CallStore } from './store.ts';
import { TEXT } from './text-store.ts';

const VIEW = SLAB_VIEW;

const DIGIT_0 = 0x30;

/** Where a Reason stood, as a number; order of `SEEN_NAMES`. */
export const SEEN = { RESPONSE: 0, PROVISIONAL: 1, BYE: 2, CANCEL: 3 } as const;
export const SEEN_NAMES = ['response', 'provisional', 'bye', 'cancel'] as const;

/** Status and place of a Reason in the meta word of its text item. `by`: 0 none, 1 caller, 2 callee, 3 platform. */
export function packMeta(seen: number, status: number, by: number): number {
  return seen | (by << 4) | (status << 8);
}

/** In the meta word: the text is not a Reason but the number of `X-Asterisk-HangupCauseCode`. */
const BARE_CAUSE = 1 << 7;

export function unpackMeta(meta: number) {
  return {
    seen: meta & 0xf,
    by: (meta >> 4) & 0x7,
    bareCause: (meta & BARE_CAUSE) !== 0,
    status: meta >> 8,
  };
}

/** The Reason that a bare cause stands for; its text says where it comes from. */
export function reasonOfCause(cause: string): string {
  return `Q.850;cause=${cause};text="X-Asterisk-HangupCauseCode"`;
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
  if (lines === 0 && !message.has(FIELD.hangupCause)) return;
  if (message.reasonCount > REASON_LINES_MAX) store.texts.cut('reasons');
  const meta = packMeta(seen, message.status, by);
  const ordinal = branch === 0 ? 0 : branchOrdinal(store, a, branch);
  for (let i = 0; i < lines; i++) {
    const start = message.reasons[2 * i] as number;
    const whole = message.reasons[2 * i + 1] as number;
    const end = Math.min(whole, start + REASON_TEXT_MAX);
    if (end < whole) store.texts.cut('text_length');
    store.texts.range(a, TEXT.REASON, start, end, ordinal, meta, units);
  }
  if (lines > 0) return;
  const start = message.at[2 * FIELD.hangupCause] as number;
  const end = message.at[2 * FIELD.hangupCause + 1] as number;
  if (!isNumber(start, end)) return;
  store.texts.range(a, TEXT.REASON, start, end, ordinal, meta | BARE_CAUSE, units);
}

/** One to three digits, as a Q.850 cause has. */
function isNumber(start: number, end: number): boolean {
  if (end <= start || end - start > 3) return false;
  for (let p = start; p < end; p++) {
    const digit = VIEW.getUint8(p) - DIGIT_0;
    if (digit < 0 || digit > 9) return false;
  }
  return true;
}

/** Number of a branch within its attempt, 1 for the first that was opened; survives the slot. */
export function branchOrdinal(store: CallStore, a: number, branch: number): number {
  let behind = 0;
  let b = store.branches.pool.next[branch] as number;
  for (; b !== 0; b = store.branches.pool.next[b] as number) behind++;
  return store.attempts.branchCount[slotOf(a)] === 0 ? 0 : behind + 1;
}
