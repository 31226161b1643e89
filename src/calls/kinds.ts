import { FIELD, METHOD, type SipScanner } from '../sip/scan.ts';
import { ORPHANS } from './call.ts';
import { fieldContains } from './transfer.ts';

/** Methods that belong to calls; all others are passed over. */
const CALL_METHODS = new Set<number>([METHOD.INVITE, METHOD.ACK, METHOD.BYE, METHOD.CANCEL]);
/** Methods by which peers are probed outside of calls. */
const PROBE_METHODS = new Set<number>([METHOD.OPTIONS, METHOD.REGISTER]);
/** Methods that matter only inside a dialog that is known. */
const DIALOG_METHODS = new Set<number>([
  METHOD.PRACK,
  METHOD.UPDATE,
  METHOD.REFER,
  METHOD.NOTIFY,
  METHOD.INFO,
]);
const KIND = Uint8Array.from({ length: 32 }, (_, method) =>
  CALL_METHODS.has(method) ? 1 : DIALOG_METHODS.has(method) ? 2 : PROBE_METHODS.has(method) ? 3 : 0,
);
const ORPHAN = Object.fromEntries(ORPHANS.map((name, index) => [name, index])) as Readonly<
  Record<(typeof ORPHANS)[number], number>
>;

/** 0: not of interest; 1: of a call; 2: only inside a dialog that is known; 3: a probe of a peer. */
export function kindOf(method: number): number {
  return KIND[method] as number;
}

/** An INVITE outside of any dialog (RFC 3261 §12.2.2: no To-tag). */
export function isNewInvite(message: SipScanner): boolean {
  return message.isRequest && message.method === METHOD.INVITE && !message.has(FIELD.toTag);
}

/** A 2xx to an INVITE. */
export function isAnswer(message: SipScanner): boolean {
  return message.method === METHOD.INVITE && message.status >= 200 && message.status < 300;
}

const SIPREC = Buffer.from('siprec', 'latin1');

/** RFC 7866 §6.1: the client of a recording session requires `siprec`. */
export function isRecording(message: SipScanner): boolean {
  return fieldContains(message, FIELD.require, SIPREC);
}

export function orphanKind(message: SipScanner): number {
  if (!message.isRequest) return ORPHAN.response;
  switch (message.method) {
    case METHOD.BYE:
      return ORPHAN.bye;
    case METHOD.INVITE:
      return ORPHAN.reinvite;
    case METHOD.CANCEL:
      return ORPHAN.cancel;
    case METHOD.ACK:
      return ORPHAN.ack;
    default:
      return ORPHAN.other;
  }
}
