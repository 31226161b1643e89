/**
 * The endings that SIPp plays through Asterisk, each with what it must count and say. Asterisk is a B2BUA: the caller's
 * leg ends in it and another one, with a Call-ID of its own, goes on. Both are attempts; together they are one call.
 *
 * `frames` is HEP packets per call: each leg once, so a plain call of INVITE, 100, 180, 200, ACK, BYE and 200 on the
 * first leg and the same without 100 on the second makes 13.
 */
import type { ExpectedVerdict, Leg } from './rig/growth.ts';
import type { Callee, Party, Values } from './rig/sipp.ts';

export interface ExpectedCall {
  /** Of the first leg, without the scenario's name and the number; null: Asterisk chose it. */
  readonly callIdPrefix: string | null;
  readonly legs: readonly Leg[];
  readonly verdict: ExpectedVerdict;
}

export interface AsteriskScenario {
  readonly name: string;
  readonly caller: Party;
  readonly callerAddress?: string;
  readonly callees: readonly Callee[];
  /** Calls placed; absent: 2. */
  readonly count?: number;
  /** At a time; absent: 1. */
  readonly atOnce?: number;
  readonly frames: number;
  /** RTCP reports per call; absent: none. */
  readonly reports?: number;
  /**
   * What becomes of the call placed as number `n`, from 1. `variant`, from 0: which of several ways, where Asterisk
   * itself does not always do the same.
   */
  readonly expected: (n: number, variant: number) => readonly ExpectedCall[];
  /** How many ways; absent: 1. */
  readonly variants?: number;
  readonly ambiguous?: number;
}

const DESK = '127.0.0.2';
const DESK_2 = '127.0.0.4';
const A = '127.0.0.11';
const B = '127.0.0.12';
/** Stands where a template wants a header line and the scenario has nothing to say. */
const NO_HEADER = 'Subject: nothing to add';

const caller = (template: string, values: Values = {}): Party => ({ template, values });
const callee = (template: string, values: Values = {}, address = A): Callee => ({
  template,
  values,
  address,
});

/** `dialled` says what the dialplan does; both ways of joining see the same messages. */
const byeFromCaller = (dialled: string, header = NO_HEADER, ringMs = '200') => ({
  caller: caller('uac-hangs-up', { user: dialled, bye: header }),
  callees: [callee('uas-answers', { ringMs })],
});
const byeFromCallee = (dialled: string, header = NO_HEADER) => ({
  caller: caller('uac-is-hung-up', { user: dialled }),
  callees: [callee('uas-hangs-up', { user: dialled, talkMs: '200', bye: header })],
});
/** `passedOn`: the status that Asterisk makes of the callee's. */
const refused = (status: number, phrase: string, header: string, passedOn = status) => ({
  caller: caller('uac-is-refused', { user: 'plain', status: String(passedOn) }),
  callees: [callee('uas-refuses', { status: String(status), phrase, header })],
  count: 1,
  frames: 7,
});
const refusedBy = (status: string, dialled: string) => ({
  caller: caller('uac-is-refused', { user: dialled, status }),
  callees: [],
  frames: 4,
});

const NONE = 'none';
/** The desk's leg to Asterisk, answered; with Q.850 16 in Asterisk's own BYE, if it sends one. */
const near = (leg: Partial<Leg> = {}): Leg => ({
  direction: 'internal',
  outcome: 'completed',
  reason: 'normal_clearing_caller',
  attribution: NONE,
  peer: 'pbx',
  finals: [['pbx', 200]],
  causes: [],
  ...leg,
});
/** Asterisk's leg to a carrier, answered. */
const far = (leg: Partial<Leg> = {}): Leg => ({
  direction: 'outbound',
  outcome: 'completed',
  reason: 'normal_clearing_caller',
  attribution: NONE,
  peer: 'carrier-a',
  finals: [['carrier-a', 200]],
  causes: [],
  ...leg,
});
const joined = (
  legs: readonly Leg[],
  verdict: Partial<ExpectedVerdict> = {},
  callIdPrefix: string | null = '',
): ExpectedCall => ({
  callIdPrefix,
  legs,
  verdict: {
    direction: 'outbound',
    outcome: 'completed',
    reason: 'normal_clearing_caller',
    attribution: NONE,
    endedBy: 'caller',
    joined: 'inferred',
    legs: legs.length,
    ...verdict,
  },
});
const single = (
  leg: Leg,
  endedBy: ExpectedVerdict['endedBy'],
  callIdPrefix: string | null = '',
) => {
  const { direction, outcome, reason, attribution } = leg;
  const verdict = { direction, outcome, reason, attribution, endedBy, joined: null, legs: 1 };
  return { callIdPrefix, legs: [leg], verdict } satisfies ExpectedCall;
};

const MADE_UP_16 = [[16, 'bye']] as const;
const CLEARED_BY_CALLEE = { reason: 'normal_clearing_callee' } as const;
const CANCELLED = {
  outcome: 'cancelled',
  reason: 'caller_cancelled_ringing',
  attribution: 'caller',
} as const;
const ELSEWHERE = {
  outcome: 'answered_elsewhere',
  reason: 'answered_elsewhere',
  causes: [[26, 'cancel']],
} as const;
const BUSY = { outcome: 'busy', reason: 'user_busy', attribution: 'callee' } as const;
const DROPPED_34 = {
  outcome: 'dropped',
  reason: 'dropped_resource_unavailable',
  attribution: 'carrier',
} as const;
const DROPPED_38 = { ...DROPPED_34, reason: 'dropped_network_out_of_order' } as const;

const ENDED_BY_CALLER = (method: 'inferred' | 'header') => () => [
  joined([near(), far({ causes: MADE_UP_16 })], { joined: method }),
];

/** `major`: of Asterisk's version, since 22 forgets causes that 16 passes on. */
export function asteriskScenarios(major: number): readonly AsteriskScenario[] {
  const passesOn = major < 20;
  return [
    {
      name: 'bye-callee',
      ...byeFromCallee('plain'),
      frames: 13,
      expected: () => [
        joined([near({ ...CLEARED_BY_CALLEE, causes: MADE_UP_16 }), far(CLEARED_BY_CALLEE)], {
          ...CLEARED_BY_CALLEE,
          endedBy: 'callee',
        }),
      ],
    },
    {
      name: 'bye-caller',
      ...byeFromCaller('plain'),
      frames: 13,
      expected: ENDED_BY_CALLER('inferred'),
    },
    {
      name: 'bye-named',
      ...byeFromCaller('named'),
      frames: 13,
      expected: ENDED_BY_CALLER('header'),
    },
    {
      // The first call is still ringing when the second comes, with the same numbers.
      name: 'at-once-plain',
      ...byeFromCaller('plain', NO_HEADER, '3000'),
      atOnce: 2,
      frames: 13,
      ambiguous: 1,
      expected: (n) =>
        n === 1
          ? ENDED_BY_CALLER('inferred')()
          : [single(near(), 'caller'), single(far({ causes: MADE_UP_16 }), 'caller', null)],
    },
    {
      name: 'at-once-named',
      ...byeFromCaller('named', NO_HEADER, '3000'),
      atOnce: 2,
      frames: 13,
      expected: ENDED_BY_CALLER('header'),
    },
    {
      name: 'bye-callee-34',
      ...byeFromCallee('plain', 'Reason: Q.850;cause=34;text="Circuit congestion"'),
      frames: 13,
      expected: () => [
        joined(
          [
            passesOn
              ? near({ ...DROPPED_34, causes: [[34, 'bye']] })
              : near({ ...CLEARED_BY_CALLEE, causes: MADE_UP_16 }),
            far({ ...DROPPED_34, causes: [[34, 'bye']] }),
          ],
          { ...DROPPED_34, endedBy: 'callee' },
        ),
      ],
    },
    {
      name: 'bye-caller-38',
      ...byeFromCaller('plain', 'Reason: Q.850;cause=38;text="Network out of order"'),
      frames: 13,
      expected: () => [
        joined(
          [
            near({ ...DROPPED_38, causes: [[38, 'bye']] }),
            passesOn ? far({ ...DROPPED_38, causes: [[38, 'bye']] }) : far({ causes: MADE_UP_16 }),
          ],
          DROPPED_38,
        ),
      ],
    },
    {
      // Dial() ends both legs a second after the answer.
      name: 'bye-platform',
      caller: caller('uac-is-hung-up', { user: 'limited' }),
      callees: [callee('uas-answers', { ringMs: '200' })],
      frames: 13,
      expected: () => [
        joined([near({ ...CLEARED_BY_CALLEE, causes: MADE_UP_16 }), far({ causes: MADE_UP_16 })], {
          reason: 'normal_clearing_platform',
          endedBy: 'platform',
        }),
      ],
    },
    ...REFUSED,
    {
      name: 'cancel',
      count: 1,
      caller: caller('uac-cancels-ringing', { user: 'plain', cancel: NO_HEADER }),
      callees: [callee('uas-is-cancelled')],
      frames: 13,
      expected: () => [
        joined(
          [
            near({
              ...CANCELLED,
              finals: [['pbx', 487]],
              causes: passesOn ? [] : [[0, 'response']],
            }),
            far({ ...CANCELLED, finals: [['carrier-a', 487]], causes: [[127, 'cancel']] }),
          ],
          CANCELLED,
        ),
      ],
    },
    {
      name: 'fork',
      caller: caller('uac-hangs-up', { user: 'fork', bye: NO_HEADER }),
      callees: [
        // The other must be ringing before this one answers.
        callee('uas-answers', { ringMs: '1000' }),
        callee('uas-is-cancelled', {}, B),
      ],
      frames: 19,
      expected: () => [
        joined([
          near(),
          far({ causes: MADE_UP_16 }),
          far({ ...ELSEWHERE, peer: 'carrier-b', finals: [['carrier-b', 487]] }),
        ]),
      ],
    },
    ...WITHOUT_SECOND_LEG,
    ...MEDIA,
    ...QUEUE,
    ...TRANSFERS,
  ];
}

const BUSY_FAR = joined(
  [
    near({ ...BUSY, finals: [['pbx', 486]], causes: [[17, 'response']] }),
    far({ ...BUSY, finals: [['carrier-a', 486]] }),
  ],
  { ...BUSY, endedBy: 'callee' },
);

/** The caller is told a status and never connected; the second leg says why. */
const REFUSED: readonly AsteriskScenario[] = [
  {
    name: 'refused-486',
    ...refused(486, 'Busy Here', NO_HEADER),
    expected: () => [BUSY_FAR],
  },
  {
    // The second call comes while the first one, refused, still settles.
    name: 'redial',
    ...refused(486, 'Busy Here', NO_HEADER),
    count: 2,
    expected: () => [BUSY_FAR],
  },
  {
    name: 'refused-404',
    ...refused(404, 'Not Found', 'Reason: Q.850;cause=1;text="Unallocated number"'),
    expected: () => {
      const ending = {
        outcome: 'invalid_number',
        reason: 'unallocated_number',
        attribution: 'callee',
      } as const;
      return [
        joined(
          [
            near({ ...ending, finals: [['pbx', 404]], causes: [[1, 'response']] }),
            far({ ...ending, finals: [['carrier-a', 404]], causes: [[1, 'response']] }),
          ],
          { ...ending, endedBy: 'network' },
        ),
      ];
    },
  },
  {
    name: 'refused-480',
    ...refused(480, 'Temporarily Unavailable', NO_HEADER),
    expected: () => {
      const ending = {
        outcome: 'unreachable',
        reason: 'temporarily_unavailable',
        attribution: 'callee',
      } as const;
      const heard = { outcome: 'no_answer', reason: 'no_answer', attribution: 'callee' } as const;
      return [
        joined(
          [
            near({ ...heard, finals: [['pbx', 480]], causes: [[19, 'response']] }),
            far({ ...ending, finals: [['carrier-a', 480]] }),
          ],
          { ...ending, endedBy: 'network' },
        ),
      ];
    },
  },
  {
    name: 'refused-503',
    ...refused(503, 'Service Unavailable', NO_HEADER),
    expected: () => {
      const ending = { outcome: 'failed', attribution: 'carrier' } as const;
      return [
        joined(
          [
            near({
              ...ending,
              reason: 'no_circuit_available',
              finals: [['pbx', 503]],
              causes: [[34, 'response']],
            }),
            far({ ...ending, reason: 'service_unavailable', finals: [['carrier-a', 503]] }),
          ],
          { ...ending, reason: 'service_unavailable', endedBy: 'network' },
        ),
      ];
    },
  },
  {
    name: 'refused-603',
    ...refused(603, 'Decline', NO_HEADER, 403),
    expected: () => {
      const ending = { outcome: 'declined', attribution: 'callee' } as const;
      return [
        joined(
          [
            near({
              ...ending,
              reason: 'call_rejected',
              finals: [['pbx', 403]],
              causes: [[21, 'response']],
            }),
            far({ ...ending, reason: 'declined_everywhere', finals: [['carrier-a', 603]] }),
          ],
          { ...ending, reason: 'declined_everywhere', endedBy: 'callee' },
        ),
      ];
    },
  },
  {
    // Dial() gives up after two seconds of ringing: 603 with cause 16 to the caller.
    name: 'ring-timeout',
    count: 1,
    caller: caller('uac-is-refused-ringing', { user: 'impatient', status: '603' }),
    callees: [callee('uas-is-cancelled')],
    frames: 11,
    expected: () => {
      const ending = {
        outcome: 'no_answer',
        reason: 'ring_timeout_platform',
        attribution: 'callee',
      } as const;
      return [
        joined(
          [
            near({ ...ending, finals: [['pbx', 603]], causes: [[16, 'response']] }),
            far({ ...CANCELLED, finals: [['carrier-a', 487]], causes: [[0, 'cancel']] }),
          ],
          { ...ending, endedBy: 'platform' },
        ),
      ];
    },
  },
];

/** Busy() and Congestion() name the cause and send the response in two threads: the response may come first, with 0. */
const MAY_LACK_CAUSE = { count: 1, variants: 2 } as const;

/** The dialplan refuses by itself. */
const WITHOUT_SECOND_LEG: readonly AsteriskScenario[] = [
  {
    name: 'busy',
    ...refusedBy('486', 'busy'),
    ...MAY_LACK_CAUSE,
    expected: (_, variant) => {
      const cause = variant === 0 ? 17 : 0;
      return [
        single(near({ ...BUSY, finals: [['pbx', 486]], causes: [[cause, 'response']] }), 'callee'),
      ];
    },
  },
  {
    name: 'congestion',
    ...refusedBy('503', 'congestion'),
    ...MAY_LACK_CAUSE,
    expected: (_, variant) => {
      const [reason, cause] =
        variant === 0
          ? (['no_circuit_available', 34] as const)
          : (['service_unavailable', 0] as const);
      const ending = { outcome: 'failed', reason, attribution: 'carrier' } as const;
      return [
        single(
          near({ ...ending, finals: [['pbx', 503]], causes: [[cause, 'response']] }),
          'network',
        ),
      ];
    },
  },
  {
    name: 'barred',
    ...refusedBy('403', 'barred'),
    expected: () => [
      single(
        near({
          outcome: 'declined',
          reason: 'call_rejected',
          attribution: 'callee',
          finals: [['pbx', 403]],
          causes: [[21, 'response']],
        }),
        'callee',
      ),
    ],
  },
];

/** Asterisk plays a tone for 12 s to a caller that sends nothing, and says so after 5 and 10 s. */
const MEDIA: readonly AsteriskScenario[] = [
  {
    name: 'one-way',
    count: 1,
    caller: caller('uac-leaves', { user: 'tone', stayMs: '12000' }),
    callees: [],
    frames: 6,
    reports: 2,
    expected: () => {
      const ending = {
        outcome: 'dropped',
        reason: 'one_way_audio',
        attribution: 'network',
      } as const;
      return [single(near(ending), 'caller')];
    },
  },
];

/** A customer calls in; the queue answers and rings two agents. */
const queued = near({ direction: 'inbound', peer: 'carrier-b' });
const agent = (leg: Partial<Leg>): Leg => far({ direction: 'internal', peer: 'desk', ...leg });
const QUEUE: readonly AsteriskScenario[] = [
  {
    name: 'queue-abandoned',
    caller: caller('uac-leaves', { user: 'queue', stayMs: '1000' }),
    callerAddress: B,
    callees: [callee('uas-is-cancelled', {}, DESK), callee('uas-is-cancelled', {}, DESK_2)],
    frames: 18,
    expected: () => {
      const left = agent({ ...CANCELLED, finals: [['desk', 487]], causes: [[0, 'cancel']] });
      return [
        joined([queued, left, left], {
          direction: 'inbound',
          outcome: 'abandoned',
          reason: 'abandoned_agent_ringing',
          attribution: 'caller',
          joined: 'header',
        }),
      ];
    },
  },
  {
    name: 'queue-answered',
    caller: caller('uac-leaves', { user: 'queue', stayMs: '3000' }),
    callerAddress: B,
    callees: [
      callee('uas-answers', { ringMs: '1000' }, DESK),
      callee('uas-is-cancelled', {}, DESK_2),
    ],
    frames: 18,
    expected: () => [
      joined(
        [
          queued,
          agent({ finals: [['desk', 200]], causes: MADE_UP_16 }),
          agent({ ...ELSEWHERE, finals: [['desk', 487]] }),
        ],
        { direction: 'inbound', joined: 'header' },
      ),
    ],
  },
];

/** The desk calls a customer and hands the call on to a colleague, who hangs up in the end. */
const TRANSFERRED = { outcome: 'transferred', attribution: NONE } as const;
const colleague = (talkMs: string) =>
  callee('uas-hangs-up', { user: 'agent', talkMs, bye: NO_HEADER }, DESK_2);
const toColleague = agent({ ...CLEARED_BY_CALLEE, finals: [['desk', 200]] });
const TRANSFERS: readonly AsteriskScenario[] = [
  {
    name: 'transfer-blind',
    caller: caller('uac-transfers', { user: 'named', to: 'colleague' }),
    callees: [callee('uas-answers', { ringMs: '200' }), colleague('2000')],
    frames: 27,
    expected: () => [
      joined(
        [
          near({ ...TRANSFERRED, reason: 'blind_transfer' }),
          far({ causes: MADE_UP_16 }),
          toColleague,
        ],
        { ...CLEARED_BY_CALLEE, endedBy: 'callee', joined: 'header' },
      ),
    ],
  },
  {
    name: 'transfer-attended',
    caller: caller('uac-consults', { user: 'named', consult: 'colleague' }),
    callees: [callee('uas-answers', { ringMs: '200' }), colleague('3000')],
    frames: 32,
    expected: () => [
      joined(
        [
          near({ ...TRANSFERRED, reason: 'attended_transfer' }),
          far({ causes: MADE_UP_16 }),
          near({ ...TRANSFERRED, reason: 'attended_transfer', causes: MADE_UP_16 }),
          toColleague,
        ],
        { ...CLEARED_BY_CALLEE, endedBy: 'callee', joined: 'header' },
      ),
    ],
  },
];
