/** Moments of an attempt; see `AttemptTable.mark`. The first ones most calls have while they are in progress. */
export const MOMENT = {
  FIRST_RESPONSE: 0,
  RINGING: 1,
  ANSWER: 2,
  EARLY_MEDIA: 3,
  QUEUED: 4,
  CANCEL: 5,
  BYE: 6,
  HOLD: 7,
  /** Last refresh of a session that has a timer: 2xx, re-INVITE or UPDATE (RFC 4028 §7). */
  REFRESH: 8,
  /** The offer that may put on hold or resume. */
  OFFER: 9,
  /** The INVITE was sent again, last time. */
  REPEAT: 10,
} as const;
/** Moments that every attempt has room for; the others stand in `Extras`. */
export const COMMON_MOMENTS = 3;
export const RARE_MOMENTS = 8;

/** A moment that did not happen. */
export const NEVER = -0x80000000;
/** No CSeq is known yet: 0 is one like others (RFC 3261 §8.1.1.5), and pjsip's first in 32,768 calls. */
export const NO_CSEQ = -1;
/** Times are kept as tenths of a millisecond from the attempt's start: ±59 hours in 32 bits. */
export const UNITS_PER_MS = 10;

export const FLAG = {
  /** The caller's own CANCEL was seen. */
  CALLER_CANCEL: 1 << 0,
  BYE_CALLER: 1 << 1,
  BYE_CALLEE: 1 << 2,
  BYE_PLATFORM: 1 << 3,
  BYE_OK: 1 << 4,
  /** BYEs crossed: the second came before the first was answered. */
  GLARE: 1 << 5,
  /** ACK of a 2xx. */
  ACKED: 1 << 6,
  /** Credentials were sent. */
  AUTHENTICATED: 1 << 7,
  ON_HOLD: 1 << 8,
  /** The first, or the second, dialog that was answered got its BYE. */
  DIALOG_OVER: 1 << 9,
  /** An in-dialog request other than ACK or BYE was seen: the call was up. */
  IN_DIALOG: 1 << 10,
  /** Caller, callee and From-tag are kept. */
  NAMED: 1 << 11,
  /** REFER of this dialog, with Replaces in its Refer-To, accepted, carried out, failed (RFC 3515, RFC 5589). */
  REFER: 1 << 12,
  REFER_REPLACES: 1 << 13,
  REFER_ACCEPTED: 1 << 14,
  TRANSFER_DONE: 1 << 15,
  TRANSFER_FAILED: 1 << 16,
  /** Another INVITE's Replaces named this dialog; while it was ringing: a pickup (RFC 3891). */
  REPLACED: 1 << 17,
  PICKED_UP: 1 << 18,
  /** A request inside the dialog was answered 481, or 408 (RFC 5057 §5.1). */
  DIALOG_481: 1 << 19,
  DIALOG_408: 1 << 20,
  /** A recording session (RFC 7866): not a call. */
  RECORDING: 1 << 21,
  /** The attempt was opened by a request of the callee's: what came before the INVITE has caller and callee mixed up. */
  SWAPPED: 1 << 22,
  /** An offer to hold, or to resume, that is not answered yet. */
  OFFER_HOLD: 1 << 23,
  OFFER_RESUME: 1 << 24,
  SECOND_DIALOG_OVER: 1 << 25,
  /** The BYE flags are those of the second dialog's BYE. */
  BYE_OF_SECOND: 1 << 26,
  /** The media were negotiated more than once, or not for both ways: reports on them are not believed. */
  MEDIA_CHANGED: 1 << 27,
  /** The callee's offer put the call on hold, or would if it is accepted. */
  HELD_BY_CALLEE: 1 << 29,
} as const;
