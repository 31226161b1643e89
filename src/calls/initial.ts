import { FIELD, type SipScanner } from '../sip/scan.ts';
import { BRANCH_FLAG } from './branch-table.ts';
import { secondDialog } from './dialogs.ts';
import { FLAG } from './marks.ts';
import { slotOf } from './rows.ts';
import type { CallStore } from './store.ts';
import { STATE } from './transitions.ts';

/** True when this INVITE, or response to one, belongs to the set-up and not to a dialog that is up. */
export function isInitial(store: CallStore, a: number, message: SipScanner): boolean {
  const { attempts } = store;
  if (!message.isRequest) return answersInitial(store, a, message);
  // One of the callee's has no To-tag either where the caller has none (RFC 2543).
  return !message.has(FIELD.toTag) && (store.forward(a) || !attempts.has(a, FLAG.NAMED));
}

function answersInitial(store: CallStore, a: number, message: SipScanner): boolean {
  const { attempts, branches } = store;
  const state = attempts.state[slotOf(a)] as number;
  if (state === STATE.embryo) return true;
  if (message.cseq === attempts.extras.reinviteCseq[attempts.extra(a)]) return false;
  if (!store.forward(a)) return false;
  if (message.cseq <= (attempts.cseq[a] as number)) return true;
  const up = state === STATE.answered || state === STATE.hung_up;
  const b = branches.find(attempts.branches[a] as number, store.branch, message.cseq);
  // One known from its ACK alone may as well be a re-INVITE's.
  if (b !== 0 && !branches.has(b, BRANCH_FLAG.ACK_SEEN)) return true;
  return !up && !inKnownDialog(store, a);
}

/** The To-tag of a re-INVITE's response is that of the dialog; a new try to set up gets a new one. */
function inKnownDialog(store: CallStore, a: number): boolean {
  const { attempts, branches, toTag } = store;
  if (toTag === 0) return false;
  // An ACK of the answer was seen, and the answer not yet.
  if (attempts.dialog[a] === toTag || secondDialog(store, a) === toTag) return true;
  let b = attempts.branches[a] as number;
  // A refusal's tag belongs to no dialog: some servers refuse the next try under the same one.
  while (b !== 0 && (branches.toTag[b] !== toTag || branches.status(b) >= 300)) {
    b = branches.pool.next[b] as number;
  }
  return b !== 0;
}
