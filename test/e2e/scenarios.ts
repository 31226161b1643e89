/**
 * The endings that SIPp plays through Kamailio, each with what it must count. `frames` is HEP packets per call:
 * Kamailio copies every message in and out, so a plain call of INVITE, 100, 180, 200, ACK, BYE and 200 makes 13.
 */
import type { Expected } from './rig/growth.ts';
import type { Callee, Party, Values } from './rig/sipp.ts';

export interface Scenario {
  readonly name: string;
  readonly caller: Party;
  readonly callees: readonly Callee[];
  readonly expected: Expected & { readonly frames: number };
}

const A = '127.0.0.11';
const B = '127.0.0.12';
const C = '127.0.0.13';
/** Stands where a template wants a header line and the scenario has nothing to say. */
const NO_HEADER = 'Subject: nothing to add';

const answered = {
  direction: 'outbound',
  outcome: 'completed',
  attribution: 'none',
  endedBy: 'caller',
  frames: 13,
  peer: 'carrier-a',
  finals: [
    ['proxy', 200],
    ['carrier-a', 200],
  ],
  causes: [],
} as const;

const caller = (template: string, values: Values = {}): Party => ({
  template,
  values: { user: 'trunk', ...values },
});
const callee = (template: string, values: Values = {}, address = A): Callee => ({
  template,
  values,
  address,
});

/** Answered, and the caller's BYE carries this header line. */
const byeFromCaller = (header: string) => ({
  caller: caller('uac-hangs-up', { bye: header }),
  callees: [callee('uas-answers', { ringMs: '200' })],
});
const byeFromCallee = (header: string) => ({
  caller: caller('uac-is-hung-up'),
  callees: [callee('uas-hangs-up', { user: 'trunk', talkMs: '200', bye: header })],
});
const cancelled = (header: string) => ({
  caller: caller('uac-cancels-ringing', { cancel: header }),
  callees: [callee('uas-rings')],
});
/** The callee's status; Kamailio passes all on but 503, which becomes 500 (RFC 3261 section 16.7, step 6). */
const refused = (status: number, phrase: string, header: string, passedOn = status) => ({
  caller: caller('uac-is-refused', { status: String(passedOn) }),
  callees: [callee('uas-refuses', { status: String(status), phrase, header })],
});
const refusedBy = (status: number, passedOn = status) =>
  ({
    direction: 'outbound',
    endedBy: 'network',
    frames: 7,
    peer: 'carrier-a',
    finals: [
      ['proxy', passedOn],
      ['carrier-a', status],
    ],
    causes: [],
  }) as const;

const CANCELLED = {
  ...refusedBy(487),
  outcome: 'cancelled',
  attribution: 'caller',
  endedBy: 'caller',
  frames: 13,
} as const;

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'bye-caller',
    ...byeFromCaller(NO_HEADER),
    expected: { ...answered, reason: 'normal_clearing_caller' },
  },
  {
    name: 'bye-callee',
    ...byeFromCallee(NO_HEADER),
    expected: { ...answered, reason: 'normal_clearing_callee', endedBy: 'callee' },
  },
  {
    name: 'bye-q850-16',
    ...byeFromCaller('Reason: Q.850;cause=16;text="Normal call clearing"'),
    expected: { ...answered, reason: 'normal_clearing_caller', causes: [[16, 'bye']] },
  },
  {
    name: 'bye-q850-31',
    ...byeFromCallee('Reason: Q.850;cause=31;text="Normal, unspecified"'),
    expected: {
      ...answered,
      reason: 'normal_clearing_callee',
      endedBy: 'callee',
      causes: [[31, 'bye']],
    },
  },
  {
    name: 'bye-q850-38',
    ...byeFromCallee('Reason: Q.850 ;cause=38 ;text="Network out of order"'),
    expected: {
      ...answered,
      outcome: 'dropped',
      reason: 'dropped_network_out_of_order',
      endedBy: 'callee',
      attribution: 'carrier',
      causes: [[38, 'bye']],
    },
  },
  {
    name: 'bye-q850-41',
    ...byeFromCaller('Reason: Q.850;cause=41;text="Temporary failure"'),
    expected: {
      ...answered,
      outcome: 'dropped',
      reason: 'dropped_temporary_failure',
      attribution: 'carrier',
      causes: [[41, 'bye']],
    },
  },
  {
    name: 'cancel-early',
    caller: caller('uac-cancels-early'),
    callees: [callee('uas-tries')],
    expected: { ...CANCELLED, reason: 'caller_cancelled_before_ringing', frames: 12 },
  },
  {
    name: 'cancel-ringing',
    ...cancelled(NO_HEADER),
    expected: { ...CANCELLED, reason: 'caller_cancelled_ringing' },
  },
  {
    name: 'cancel-elsewhere',
    ...cancelled('Reason: SIP;cause=200;text="Call completed elsewhere"'),
    expected: {
      ...CANCELLED,
      outcome: 'answered_elsewhere',
      reason: 'answered_elsewhere',
      attribution: 'none',
    },
  },
  {
    name: 'refused-404',
    ...refused(404, 'Not Found', 'Reason: Q.850;cause=1;text="Unallocated number"'),
    expected: {
      ...refusedBy(404),
      outcome: 'invalid_number',
      reason: 'unallocated_number',
      attribution: 'callee',
      causes: [[1, 'response']],
    },
  },
  {
    name: 'no-callee-408',
    caller: caller('uac-is-refused', { user: 'silent', status: '408' }),
    callees: [],
    expected: {
      ...refusedBy(408),
      outcome: 'failed',
      reason: 'request_timeout',
      attribution: 'network',
      frames: 6,
      peer: 'carrier-silent',
      finals: [['proxy', 408]],
    },
  },
  {
    name: 'refused-480',
    ...refused(480, 'Temporarily Unavailable', NO_HEADER),
    expected: {
      ...refusedBy(480),
      outcome: 'unreachable',
      reason: 'temporarily_unavailable',
      attribution: 'callee',
    },
  },
  {
    name: 'refused-486',
    ...refused(486, 'Busy Here', NO_HEADER),
    expected: {
      ...refusedBy(486),
      outcome: 'busy',
      reason: 'user_busy',
      attribution: 'callee',
      endedBy: 'callee',
    },
  },
  {
    name: 'refused-503',
    ...refused(503, 'Service Unavailable', 'Reason: Q.850;cause=34;text="No circuit"', 500),
    expected: {
      ...refusedBy(503, 500),
      outcome: 'failed',
      reason: 'no_circuit_available',
      attribution: 'carrier',
      causes: [[34, 'response']],
    },
  },
  {
    name: 'refused-603',
    ...refused(603, 'Decline', NO_HEADER),
    expected: {
      ...refusedBy(603),
      outcome: 'declined',
      reason: 'declined_everywhere',
      attribution: 'callee',
      endedBy: 'callee',
    },
  },
  {
    name: 'redirected-302',
    ...refused(302, 'Moved Temporarily', 'Contact: <sip:elsewhere@127.0.0.55>'),
    expected: {
      ...refusedBy(302),
      outcome: 'redirected',
      reason: 'redirected',
      attribution: 'none',
    },
  },
  {
    name: 'digest',
    caller: caller('uac-digest', { user: 'digest' }),
    callees: [callee('uas-answers', { ringMs: '200' })],
    expected: {
      ...answered,
      reason: 'normal_clearing_caller',
      // Kamailio copies the ACK to its own 407 twice.
      frames: 17,
      finals: [['proxy', 407], ...answered.finals],
    },
  },
  {
    name: 'fork',
    caller: caller('uac-fork', { user: 'fork' }),
    callees: [
      // The others must be ringing before this one answers.
      callee('uas-answers', { ringMs: '1000' }, A),
      callee('uas-rings', {}, B),
      callee('uas-rings', {}, C),
    ],
    expected: {
      ...answered,
      reason: 'normal_clearing_caller',
      frames: 27,
      finals: [...answered.finals, ['carrier-b', 487], ['carrier-c', 487]],
    },
  },
  {
    name: 'repeats',
    caller: caller('uac-repeats'),
    callees: [callee('uas-repeats')],
    expected: { ...answered, reason: 'normal_clearing_caller', frames: 21 },
  },
  {
    name: 'no-bye',
    caller: caller('uac-vanishes'),
    callees: [callee('uas-is-left')],
    expected: {
      ...answered,
      outcome: 'lost',
      reason: 'no_end_seen',
      attribution: 'unknown',
      endedBy: 'unknown',
      frames: 9,
    },
  },
];
