import type { Ended } from './call.ts';
import { FLAG } from './marks.ts';

/** What the flags of an attempt say at its end. */
export function has(flags: number, flag: number): boolean {
  return (flags & flag) !== 0;
}

export function transferOf(flags: number): Ended['transfer'] {
  const accepted = has(flags, FLAG.REFER_ACCEPTED | FLAG.TRANSFER_DONE);
  if (!accepted || has(flags, FLAG.TRANSFER_FAILED)) return null;
  return has(flags, FLAG.REFER_REPLACES) ? 'attended' : 'blind';
}

export function replacedBy(flags: number): Ended['replaced'] {
  if (!has(flags, FLAG.REPLACED)) return null;
  return has(flags, FLAG.PICKED_UP) ? 'pickup' : 'attended';
}

/** RFC 5057 §5.1: the status that ended the dialog; 0: none did. */
export function dialogFailure(flags: number): Ended['dialogFailure'] {
  if (has(flags, FLAG.DIALOG_481)) return 481;
  return has(flags, FLAG.DIALOG_408) ? 408 : 0;
}
