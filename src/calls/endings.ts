import type { Ending } from './call.ts';
import { callerCancelled, callersHop, finalStatus, HOP, provenAnswer } from './hops.ts';
import { FLAG, MOMENT, NEVER, UNITS_PER_MS } from './marks.ts';
import { slotOf } from './rows.ts';
import type { CallStore } from './store.ts';
import { STATE } from './transitions.ts';

/** INVITEs that must have been repeated before silence is believed to be the network's and not the tap's. */
const REPEATS_THAT_PROVE_SILENCE = 3;
/** The fourth repeat by Timer A is sent after 7.5 s (RFC 3261 §17.1.1.2): earlier ones may be copies of one tap by another. */
const SILENCE_UNITS = 7000 * UNITS_PER_MS;

/** How an attempt in this state ends when nothing more comes. */
export function endingOf(store: CallStore, a: number): Ending {
  const { attempts } = store;
  switch (attempts.state[slotOf(a)]) {
    case STATE.calling: {
      const repeats = attempts.extras.inviteRepeats[attempts.extra(a)] as number;
      const late = attempts.moment(a, MOMENT.REPEAT) >= SILENCE_UNITS;
      return repeats >= REPEATS_THAT_PROVE_SILENCE && late ? 'no_response' : 'expired';
    }
    case STATE.cancelling:
      return 'cancelled';
    case STATE.retryable:
    case STATE.rejected:
      return rejection(store, a);
    case STATE.hung_up:
      return hangUp(store, a);
    case STATE.broken:
      return 'dialog_failed';
    default:
      return 'expired';
  }
}

function rejection(store: CallStore, a: number): Ending {
  if (callerCancelled(store, a)) return 'cancelled';
  const unauthorized = finalStatus(store, a);
  return unauthorized === 401 || unauthorized === 407 ? 'challenged' : 'rejected';
}

/**
 * The caller's BYE came before any answer: the INVITE still has its final response to come, as after a CANCEL (RFC 3261
 * §15.1.2), and that tells whether the call was up.
 */
export function awaitsFinal(store: CallStore, a: number): boolean {
  const { attempts } = store;
  if (attempts.state[slotOf(a)] !== STATE.hung_up) return false;
  const flags = attempts.flags[a] as number;
  if ((flags & FLAG.BYE_CALLER) === 0 || provenAnswer(flags)) return false;
  return attempts.moment(a, MOMENT.ANSWER) === NEVER && callersHop(store, a) === HOP.PENDING;
}

/** A BYE before any answer is the caller's way to cancel an early dialog (RFC 3261 §15). */
function hangUp(store: CallStore, a: number): Ending {
  const { attempts } = store;
  const answered = attempts.moment(a, MOMENT.ANSWER) !== NEVER;
  const flags = attempts.flags[a] as number;
  if (answered || provenAnswer(flags)) return 'hung_up';
  const rejected = finalStatus(store, a) >= 300;
  const early = rejected && (flags & FLAG.BYE_CALLER) !== 0;
  return early ? 'cancelled' : 'hung_up';
}
