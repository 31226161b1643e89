import type { AgeStage } from './call.ts';

/**
 * The state machine of an attempt as data: state × signal → next state. Signals speak of the caller's hop; what they
 * are made from is the tracker's work. A pair that is not listed leaves the state as it is.
 */

export const STATES = [
  /** Something of an INVITE transaction was seen before its INVITE: an orphan unless the INVITE follows. */
  'embryo',
  /** INVITE sent, nothing came back. */
  'calling',
  /** A provisional response that does not say the callee is alerted. */
  'proceeding',
  /** 180 (or an equivalent): the callee is alerted. */
  'ringing',
  /** The caller sent CANCEL; no final response yet. */
  'cancelling',
  /** Final response that the caller may answer with another INVITE: 401, 407, 3xx, 415, 420, 422, 503. */
  'retryable',
  /** Final response of 300 or more on every branch of the caller's hop. */
  'rejected',
  /** 2xx. */
  'answered',
  /** A request inside the dialog was answered 481 or 408: the dialog is over, with or without a BYE (RFC 5057 §5.1). */
  'broken',
  /** BYE. */
  'hung_up',
] as const;
export type State = (typeof STATES)[number];

export const SIGNALS = [
  /** The attempt's first INVITE, or one of its copies. */
  'invite',
  /** INVITE after a final response: other credentials, other target, higher CSeq or new branch. */
  'retry',
  /** 100. */
  'trying',
  /** 181, 182, 183 and unknown 1xx. */
  'progress',
  /** 180. */
  'ringing',
  /** Last final of the caller's hop, of 300 or more, that may be retried. */
  'retryable_reject',
  /** Last final of the caller's hop, of 300 or more. */
  'reject',
  /** A hop nearer to the caller turned up whose transaction is still open. */
  'reopen',
  /** 2xx to the INVITE, or proof of it (ACK of a 2xx, a request of the callee's inside the dialog). */
  'answer',
  /** The caller's CANCEL. */
  'cancel',
  /** 481 or 408 to a request inside the dialog. */
  'dialog_failed',
  /** BYE of the dialog, from whomever. */
  'bye',
  /** That BYE ended one of two dialogs; the other one is up (RFC 3261 §13.2.2.4). */
  'revive',
] as const;
export type Signal = (typeof SIGNALS)[number];

export const TRANSITIONS: Readonly<Record<State, Readonly<Partial<Record<Signal, State>>>>> = {
  embryo: {
    invite: 'calling',
  },
  calling: {
    trying: 'proceeding',
    progress: 'proceeding',
    ringing: 'ringing',
    retryable_reject: 'retryable',
    reject: 'rejected',
    answer: 'answered',
    cancel: 'cancelling',
    bye: 'hung_up',
  },
  proceeding: {
    retry: 'calling',
    ringing: 'ringing',
    retryable_reject: 'retryable',
    reject: 'rejected',
    answer: 'answered',
    cancel: 'cancelling',
    bye: 'hung_up',
  },
  ringing: {
    retry: 'calling',
    retryable_reject: 'retryable',
    reject: 'rejected',
    answer: 'answered',
    cancel: 'cancelling',
    bye: 'hung_up',
  },
  cancelling: {
    retryable_reject: 'rejected',
    reject: 'rejected',
    // The CANCEL crossed the 200 (RFC 3261 §9.1): the call is up until its BYE.
    answer: 'answered',
    bye: 'hung_up',
  },
  retryable: {
    retry: 'calling',
    reopen: 'proceeding',
    reject: 'rejected',
    answer: 'answered',
    cancel: 'cancelling',
    bye: 'hung_up',
  },
  rejected: {
    retry: 'calling',
    reopen: 'proceeding',
    // A branch not seen before answered: a 2xx always wins (RFC 3261 §16.7 step 5).
    answer: 'answered',
    bye: 'hung_up',
  },
  answered: {
    dialog_failed: 'broken',
    bye: 'hung_up',
  },
  broken: {
    bye: 'hung_up',
  },
  hung_up: {
    revive: 'answered',
  },
};

/** Which configured time-out runs in a state. */
export const DEADLINES = {
  embryo: 'reorder',
  calling: 'noResponse',
  proceeding: 'setup',
  ringing: 'setup',
  cancelling: 'cancel',
  retryable: 'retry',
  rejected: 'reorder',
  answered: 'answered',
  broken: 'cancel',
  hung_up: 'reorder',
} as const satisfies Record<State, string>;
export type Deadline = (typeof DEADLINES)[State];

/** Under which stage the age of an attempt in a state is exported; an embryo is no attempt yet. */
export const AGES: Readonly<Record<State, AgeStage | undefined>> = {
  embryo: undefined,
  calling: 'dialing',
  proceeding: 'dialing',
  ringing: 'ringing',
  cancelling: 'settling',
  retryable: 'settling',
  rejected: 'settling',
  answered: 'answered',
  broken: 'answered',
  hung_up: 'settling',
};

/** State and signal numbers, for the columns. */
export const STATE = Object.freeze(
  Object.fromEntries(STATES.map((name, index) => [name, index])),
) as Readonly<Record<State, number>>;
export const SIGNAL = Object.freeze(
  Object.fromEntries(SIGNALS.map((name, index) => [name, index])),
) as Readonly<Record<Signal, number>>;

const NEXT = Uint8Array.from(
  STATES.flatMap((state) => SIGNALS.map((signal) => STATE[TRANSITIONS[state][signal] ?? state])),
);

/** Next state number of state number × signal number. */
export function nextState(state: number, signal: number): number {
  return NEXT[state * SIGNALS.length + signal] as number;
}
