import { METHOD, type SipScanner } from '../sip/scan.ts';
import type { AttemptTable } from './attempt-table.ts';
import { slotOf } from './rows.ts';
import { STATE } from './transitions.ts';

/**
 * Whether a message is of attempt `a` under its Call-ID although the attempt's tag is neither of its own (hashes): where
 * the caller has none, or by the other tag of an embryo, which does not know its direction yet.
 */
export function isTaglessOrEmbryo(
  attempts: AttemptTable,
  a: number,
  message: SipScanner,
  fromTag: number,
  toTag: number,
): boolean {
  if (attempts.fromTag[a] === 0 && toTag === 0)
    return calleeToTagless(attempts, a, message, fromTag);
  if (attempts.state[slotOf(a)] !== STATE.embryo) return false;
  return attempts.extras.otherTag[attempts.extra(a)] === fromTag;
}

/**
 * The caller of RFC 2543 has no tag, so that requests of the callee have no To-tag. Their INVITE looks like a new one of
 * somebody else: only in a dialog that was answered it is none.
 */
function calleeToTagless(
  attempts: AttemptTable,
  a: number,
  { method }: SipScanner,
  fromTag: number,
): boolean {
  const setsUp = method === METHOD.INVITE || method === METHOD.ACK || method === METHOD.CANCEL;
  if (!setsUp || attempts.dialog[a] === fromTag) return true;
  return attempts.extras.secondDialog[attempts.extra(a)] === fromTag;
}
