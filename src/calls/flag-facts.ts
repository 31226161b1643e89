import type { Ended } from './call.ts';
import { FLAG } from './marks.ts';

type FlagFacts = Pick<
  Ended,
  | 'glare'
  | 'byeAnswered'
  | 'ackSeen'
  | 'authenticated'
  | 'transfer'
  | 'transferFailed'
  | 'replaced'
  | 'dialogFailure'
>;

/** What the flags of an attempt say at its end. */
export function flagFacts(flags: number): FlagFacts {
  const has = (flag: number): boolean => (flags & flag) !== 0;
  const failed = has(FLAG.TRANSFER_FAILED);
  const transferred = has(FLAG.REFER_ACCEPTED) || has(FLAG.TRANSFER_DONE);
  const kind = has(FLAG.REFER_REPLACES) ? 'attended' : 'blind';
  const taken = has(FLAG.PICKED_UP) ? 'pickup' : 'attended';
  return {
    glare: has(FLAG.GLARE),
    byeAnswered: has(FLAG.BYE_OK),
    ackSeen: has(FLAG.ACKED),
    authenticated: has(FLAG.AUTHENTICATED),
    transfer: transferred && !failed ? kind : null,
    transferFailed: failed,
    replaced: has(FLAG.REPLACED) ? taken : null,
    dialogFailure: dialogFailure(flags),
  };
}

function dialogFailure(flags: number): 0 | 408 | 481 {
  if ((flags & FLAG.DIALOG_481) !== 0) return 481;
  return (flags & FLAG.DIALOG_408) !== 0 ? 408 : 0;
}
