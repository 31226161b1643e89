import { midcall, refresh, reinvite } from './midcall.ts';
import { REFUSALS, type Refusal, UNAVAILABLES } from './refusals.ts';
import { type Plan, PROGRESS, type Progress, type Scene, type Side } from './scene.ts';
import {
  ack,
  answer,
  bye,
  cancel,
  cancelLeg,
  dial,
  progress,
  proxyRefuses,
  refusedOnce,
  refuseLeg,
  respond200,
  talk,
  terminated,
} from './steps.ts';
import { TRANSFERS } from './transfers.ts';
import { CANCEL_STAGES, type Excuse, type Truth, truth } from './truth.ts';
import type { Header } from './wire.ts';

/** What an ending wrote: any of the truths is right. */
export interface Written {
  readonly truths: readonly Truth[];
  readonly excuses?: readonly Excuse[];
}

export interface EndingRow {
  readonly name: string;
  readonly weight: number;
  readonly plan: Plan;
  readonly write: (s: Scene) => Written;
}

const SIDES: readonly Side[] = ['caller', 'callee'];
/** Statuses that do not alert anybody. */
const SILENT: readonly Progress[] = ['', '183', '181', '199', '170', '183 181'];
const RINGING: readonly Progress[] = [
  '180',
  '180+',
  '183+ 180',
  '180 183+',
  '181 180',
  '182 180',
  '180 199',
  '183 183+ 180',
  '180 183 180',
];

const clearing = (by: Side): Truth =>
  truth(by === 'caller' ? 'normal_clearing_caller' : 'normal_clearing_callee', by);
/** Without the INVITE's hop copies nobody can know whose Via a BYE carries. */
const ANY_CLEARING = [
  clearing('caller'),
  clearing('callee'),
  truth('normal_clearing_unknown', ['unknown', 'caller', 'callee']),
  truth('normal_clearing_platform', 'platform'),
];
const reasons = (...values: readonly string[]): Header[] =>
  values.map((value): Header => ['Reason', value]);

/** Rings (or not) and is answered. */
function setUp(s: Scene): ReturnType<typeof answer> {
  dial(s);
  progress(s, s.random.pick(PROGRESS));
  s.wait(10, 4000);
  const leg = answer(s);
  midcall(s, leg);
  talk(s);
  return leg;
}

interface Clearing {
  readonly name: string;
  readonly reasons: readonly string[];
  /** Null: normal clearing by whoever sent it. */
  readonly truth: Parameters<typeof truth>[0] | null;
  /** A timer of the sender's, so a PBX's; the contract names the platform, and the sender is not wrong. */
  readonly timer?: true;
}

const CLEARINGS: readonly Clearing[] = [
  { name: 'bye', reasons: [], truth: null },
  { name: 'bye-q16', reasons: ['Q.850;cause=16;text="NORMAL_CLEARING"'], truth: null },
  { name: 'bye-q16-lws', reasons: ['Q.850 ; cause = 16 ; text="Terminated"'], truth: null },
  { name: 'bye-q31', reasons: ['Q.850;cause=31'], truth: null },
  { name: 'bye-q127', reasons: ['Q.850;cause=127;text="Interworking, unspecified"'], truth: null },
  { name: 'bye-sip-200', reasons: ['SIP;cause=200;text="User Triggered"'], truth: null },
  {
    name: 'bye-two',
    reasons: ['SIP;cause=200;text="User Triggered"', 'q.850;cause=16;text="a,b;c"'],
    truth: null,
  },
  {
    name: 'bye-q38',
    reasons: ['Q.850 ;cause=38 ;text="Network out of order"'],
    truth: 'dropped_network_out_of_order',
  },
  { name: 'bye-q41', reasons: ['Q.850;cause=41'], truth: 'dropped_temporary_failure' },
  { name: 'bye-q34', reasons: ['Q.850;cause=34'], truth: 'dropped_resource_unavailable' },
  {
    name: 'bye-q102',
    reasons: ['Q.850;cause=102;text="RECOVERY_ON_TIMER_EXPIRE"'],
    truth: 'dropped_recovery_on_timer_expiry',
  },
  {
    name: 'bye-list-q38',
    reasons: ['SIP;cause=200;text="Call completed elsewhere", Q.850;cause=38'],
    truth: 'dropped_network_out_of_order',
  },
  {
    name: 'bye-session-timer',
    reasons: ['SIP ;cause=200 ;text="Session timer expired"'],
    truth: 'session_timer_expired',
    timer: true,
  },
  {
    name: 'bye-session-timer-408',
    reasons: ['SIP ;cause=408 ;text="Session Timer Expired"'],
    truth: 'session_timer_expired',
    timer: true,
  },
  {
    name: 'bye-media',
    reasons: ['SIP;cause=804;text="MEDIA_TIMEOUT"'],
    truth: 'media_timeout',
    timer: true,
  },
  {
    name: 'bye-media-old',
    reasons: ['SIP;cause=604;text="MEDIA_TIMEOUT"', 'Q.850;cause=16'],
    truth: 'media_timeout',
    timer: true,
  },
];

function clearingRows(): EndingRow[] {
  return CLEARINGS.flatMap((row) =>
    SIDES.map(
      (by): EndingRow => ({
        name: `${row.name}-${by}`,
        weight: row.name === 'bye' ? 8 : 1,
        plan: {},
        write: (s) => {
          const leg = setUp(s);
          bye(s, leg, by, reasons(...row.reasons));
          if (row.truth === null) return { truths: [clearing(by)] };
          return { truths: [truth(row.truth, row.timer === true ? [by, 'platform'] : by)] };
        },
      }),
    ),
  );
}

/** A refusal by the deciding callee; other forks fail with what a proxy would not prefer. */
function refuseAll(s: Scene, row: Refusal, seen: (s: Scene) => Progress): void {
  dial(s);
  progress(s, seen(s));
  if (row.rang === 'long') s.wait(12_000, 40_000);
  else s.wait(5, row.rang === 'any' ? 3000 : 1500);
  const headers = reasons(...row.reasons);
  refuseLegs(s, row, headers);
  if (s.forker === 0) return;
  const passed = row.status === 503 && s.random.chance(0.7) ? 500 : row.status;
  if (passed !== row.status) s.features.add('503-as-500');
  proxyRefuses(s, passed, passed === row.status ? headers : [], s.leg.tag);
}

function refuseLegs(s: Scene, row: Refusal, headers: readonly Header[]): void {
  const [first, ...others] = s.legs;
  if (first === undefined) return;
  const six = row.status >= 600;
  for (const leg of six ? [] : others) refuseLeg(s, leg, worse(s, row.status), [], s.forker);
  refuseLeg(s, first, row.status, headers, s.forker);
  // RFC 3261 §16.7 step 5: a 6xx cancels what is still pending.
  for (const leg of six ? others : []) cancelLeg(leg, s.now, s.forker, []);
}

/** A status of which a proxy would not make its best (RFC 3261 §16.7 step 6). */
function worse(s: Scene, best: number): number {
  if (best === 503 || best === 408) return best;
  if (best >= 500) return 503;
  return s.random.pick([480, 404, 486, 503, 408, 500]);
}

function seenBefore(row: Refusal): (s: Scene) => Progress {
  if (row.rang === 'never') return (s) => s.random.pick(SILENT);
  if (row.rang === 'any') return (s) => s.random.pick(PROGRESS.slice(0, 6));
  return (s) => s.random.pick(RINGING);
}

function refusalRows(): EndingRow[] {
  const rows = REFUSALS.map(
    (row): EndingRow => ({
      name: row.name,
      weight: 1,
      plan: {},
      write: (s) => {
        refuseAll(s, row, seenBefore(row));
        const unseen = row.rang === 'long' ? { key: 'ringing', truths: SILENT_REFUSALS } : null;
        return { truths: row.truths, excuses: unseen === null ? [] : [unseen] };
      },
    }),
  );
  const hidden = UNAVAILABLES.map(
    (row): EndingRow => ({
      name: row.name,
      weight: 2,
      plan: { sight: 'all' },
      write: (s) => {
        refuseAll(s, row, (scene) => scene.random.pick(SILENT));
        const rewritten = s.features.has('503-as-500');
        const plain = [truth('server_internal_error', 'network')];
        // Of several branches that said 503 nobody knows which one the proxy took.
        const forked = s.features.has('fork')
          ? [...plain, truth('service_unavailable', 'network')]
          : [];
        return {
          truths: [...(rewritten ? row.hidden : row.truths), ...forked],
          excuses: [{ key: 'far', truths: plain }],
        };
      },
    }),
  );
  return [...rows, ...hidden];
}

const SILENT_REFUSALS = [
  truth('temporarily_unavailable', ['network', 'callee']),
  truth('rejected_by_platform', 'platform'),
];

function cancelTruth(s: Scene): Written {
  const [before, early, ringing] = CANCEL_STAGES;
  const truths = [s.rang ? ringing : s.earlyMedia ? early : before];
  const unasked = [truth('request_terminated', ['caller', 'network', 'platform', 'unknown'])];
  return {
    truths,
    excuses: [
      { key: 'ringing', truths: CANCEL_STAGES },
      { key: 'early', truths: CANCEL_STAGES },
      { key: 'cancel', truths: unasked },
    ],
  };
}

function cancelRow(
  name: string,
  before: readonly Progress[],
  values: readonly string[],
): EndingRow {
  return {
    name,
    weight: 2,
    plan: {},
    write: (s) => {
      dial(s);
      progress(s, s.random.pick(before));
      s.wait(30, 20_000);
      cancel(s, reasons(...values));
      return cancelTruth(s);
    },
  };
}

function elsewhereRow(name: string, ...values: readonly string[]): EndingRow {
  return {
    name,
    weight: 2,
    plan: {},
    write: (s) => {
      dial(s);
      progress(s, s.random.pick(RINGING));
      s.wait(30, 9000);
      cancel(s, reasons(...values));
      const unasked = truth('request_terminated', ['caller', 'network', 'platform', 'unknown']);
      return {
        truths: [truth('answered_elsewhere', ['caller', 'platform'])],
        excuses: [{ key: 'cancel', truths: [unasked] }],
      };
    },
  };
}

const CANCELS: readonly EndingRow[] = [
  cancelRow('cancel-silent', SILENT, []),
  cancelRow('cancel-ringing', RINGING, []),
  cancelRow('cancel-early', ['183+', '183 183+'], []),
  cancelRow('cancel-originator', RINGING, ['SIP;cause=487;text="ORIGINATOR_CANCEL"']),
  cancelRow('cancel-q127', RINGING, ['Q.850;cause=127']),
  cancelRow('cancel-q16', RINGING, ['Q.850;cause=16;text="Normal call clearing"']),
  elsewhereRow('cancel-elsewhere', 'SIP;cause=200;text="Call completed elsewhere"'),
  elsewhereRow('cancel-q26', 'Q.850;cause=26'),
  elsewhereRow(
    'cancel-elsewhere-two',
    'SIP;cause=200;text="Call completed elsewhere"',
    'Q.850;cause=26',
  ),
  {
    name: 'cancel-crosses-200',
    weight: 3,
    plan: { fork: false },
    write: (s) => {
      dial(s);
      progress(s, s.random.pick(RINGING));
      s.wait(100, 9000);
      const { leg } = s;
      const start = s.now;
      // Both leave at once; every hop answers the CANCEL, and the callee has no transaction left to end.
      const links = leg.invite.path.length - 1;
      let time = start + s.random.int(0, 3);
      for (let k = 0; k < links; k++) {
        time = leg.invite.hop(time, k, 'CANCEL', []);
        leg.invite.cancelled(time, k, leg.tag);
      }
      s.now = start;
      const answered = respond200(s, leg);
      s.now = Math.max(answered, start + 4);
      ack(s, leg, s.now);
      s.wait(1, 80);
      bye(s, leg, 'caller');
      return {
        truths: [truth('caller_cancelled_at_answer', 'caller', true)],
        excuses: [{ key: 'cancel', truths: ANY_CLEARING }],
      };
    },
  },
  {
    name: 'early-bye',
    weight: 2,
    plan: { fork: false },
    write: (s) => {
      dial(s);
      progress(s, s.random.pick(['180', '180+', '183+']));
      s.wait(30, 9000);
      const request = s.within(s.leg, 'caller', 'BYE');
      const arrived = request.request(s.now);
      request.respond(arrived, 200);
      s.now = terminated(s.leg, arrived + 1, 0);
      return cancelTruth(s);
    },
  },
];

const PLATFORM: readonly EndingRow[] = [
  ...[[], ['dialog_timeout']].map(
    (values): EndingRow => ({
      name: values.length === 0 ? 'platform-bye' : 'platform-bye-reason',
      weight: 3,
      plan: { proxy: true, sight: 'all' },
      write: (s) => {
        const leg = setUp(s);
        const at = s.now;
        const hop = s.random.int(1, s.proxies.length);
        for (const side of SIDES) {
          const request = s.fromProxy(leg, hop, side, 'BYE', reasons(...values));
          s.now = Math.max(s.now, request.respond(request.request(at), 200));
        }
        if (values.length > 0) return { truths: [truth('max_duration_reached', 'platform')] };
        return {
          truths: [truth('normal_clearing_platform', 'platform')],
          excuses: [{ key: `via-${hop}`, truths: ANY_CLEARING }],
        };
      },
    }),
  ),
  {
    name: 'proxy-timer-silent',
    weight: 2,
    plan: { proxy: true, sight: 'all' },
    write: (s) => {
      dial(s);
      s.wait(5000, 32_000);
      proxyRefuses(s, 408, []);
      return { truths: [truth('request_timeout', 'network')] };
    },
  },
  ...['', 'SIP;cause=480;text="NO_ANSWER"'].map(
    (reason): EndingRow => ({
      name: reason === '' ? 'proxy-timer-ringing' : 'proxy-timer-ringing-reason',
      weight: 2,
      plan: { proxy: true, sight: 'all' },
      write: (s) => {
        dial(s);
        progress(s, s.random.pick(RINGING));
        s.wait(15_000, 60_000);
        const at = s.now;
        const cause = reason === '' ? [] : reasons(reason);
        for (const leg of s.legs) cancelLeg(leg, at, s.forker, cause);
        proxyRefuses(s, 408, []);
        return {
          truths: [truth('ring_timeout_platform', 'platform')],
          excuses: [{ key: 'ringing', truths: [truth('request_timeout', 'network')] }],
        };
      },
    }),
  ),
  {
    name: 'proxy-timer-487',
    weight: 2,
    plan: { proxy: true, sight: 'all' },
    write: (s) => {
      dial(s);
      progress(s, s.random.pick(RINGING));
      s.wait(15_000, 60_000);
      const [first, ...others] = s.legs;
      if (first === undefined) return { truths: [] };
      for (const leg of others) cancelLeg(leg, s.now, s.forker, []);
      s.now = cancelLeg(first, s.now, s.forker, [], 0);
      return {
        truths: [
          truth('ring_timeout_platform', 'platform'),
          truth('cancelled_by_platform', 'platform'),
          truth('request_terminated', ['platform', 'network', 'unknown']),
        ],
        excuses: [{ key: 'ringing', truths: [truth('request_timeout', 'network')] }],
      };
    },
  },
];

/** RFC 4028 §10: half the session interval, and less than a call may be silent for. */
const REFRESH_MS = 9_000_000;

const OTHERS: readonly EndingRow[] = [
  {
    name: 'bye-after-days',
    weight: 1,
    plan: {},
    write: (s) => {
      const leg = setUp(s);
      for (let i = s.random.int(4, 26); i > 0; i--) {
        s.wait(REFRESH_MS);
        refresh(s, leg, s.random.pick(SIDES));
      }
      s.wait(1000, 60_000);
      const by = s.random.pick(SIDES);
      bye(s, leg, by);
      return { truths: [clearing(by)] };
    },
  },
  {
    name: 'glare',
    weight: 3,
    plan: {},
    write: (s) => {
      const leg = setUp(s);
      const at = s.now;
      for (const side of SIDES) {
        const request = s.within(leg, side, 'BYE');
        s.now = Math.max(s.now, request.respond(request.request(at), s.random.pick([200, 481])));
      }
      // Through a hop that hides the topology both BYEs have its sent-by alone, as those that it sends itself.
      return { truths: s.network.hidden ? ANY_CLEARING : ANY_CLEARING.slice(0, 3) };
    },
  },
  {
    name: 'two-answers',
    weight: 3,
    plan: { fork: false, proxy: true, sight: 'near' },
    write: (s) => {
      s.features.add('fork');
      dial(s);
      const extra = s.callees.at(-1);
      const k = s.forker;
      if (extra !== undefined) {
        const invite = s.leg.invite.fork(k, [extra], `sip:b@${extra.sentBy}`, 1);
        const arrivedAt = invite.request(s.leg.arrivedAt, k);
        s.legs.push({ invite, tag: extra.style.tag(s.random), arrivedAt, over: false });
      }
      progress(s, '180');
      const start = s.now;
      const [kept, loser] = s.legs;
      if (kept === undefined || loser === undefined) return { truths: [] };
      const first = respond200(s, kept, ['kept']);
      ack(s, kept, first);
      s.now = start + s.random.int(3, 30);
      const second = Math.max(respond200(s, loser), first + 1);
      ack(s, loser, second);
      s.now = second + 3;
      const drop = s.within(loser, 'caller', 'BYE');
      s.now = drop.respond(drop.request(s.now), 200);
      midcall(s, kept);
      talk(s);
      const by = s.random.pick(SIDES);
      bye(s, kept, by);
      const excuses = [
        { key: 'answer', truths: ANY_CLEARING },
        // Of the dialog that stays nothing was seen: the BYE of the other one is all there is.
        { key: 'kept', truths: [clearing('caller')] },
      ];
      return { truths: [clearing(by)], excuses };
    },
  },
  ...[
    'SIP;cause=200;text="ACK timeout"',
    'SIP;cause=408;text="ACK Timeout"',
    'Q.850;cause=102;text="No ACK received"',
    '',
  ].map(
    (reason, n): EndingRow => ({
      name: reason === '' ? 'ack-timeout-silent' : `ack-timeout-${n}`,
      weight: 1,
      plan: { fork: false },
      write: (s) => {
        dial(s);
        progress(s, s.random.pick(RINGING));
        s.wait(500, 9000);
        const at = s.now;
        const leg = answer(s, false);
        for (const later of [
          500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500,
        ]) {
          s.now = at + later;
          respond200(s, leg);
        }
        s.now = at + 32_000;
        bye(s, leg, 'callee', reason === '' ? [] : reasons(reason));
        return {
          truths: [truth('ack_timeout', 'callee', true)],
          excuses: reason === '' ? [{ key: 'answer', truths: ANY_CLEARING }] : [],
        };
      },
    }),
  ),
  {
    name: 'challenge-given-up',
    weight: 3,
    plan: { fork: false },
    write: (s) => {
      const [first] = s.callees;
      if (first === undefined) return { truths: [] };
      const path = [s.caller, ...s.proxies, first];
      s.network.decisive = true;
      const [status, name] = s.random.pick([
        [401, 'WWW-Authenticate'],
        [407, 'Proxy-Authenticate'],
      ] as const);
      // A wrong password: challenged again, and again.
      for (let i = s.random.int(1, 3); i > 0; i--) refusedOnce(s, path, status, [[name, 'Digest']]);
      return { truths: [truth('authentication_given_up', 'caller')] };
    },
  },
  {
    name: 'redirect-not-followed',
    weight: 3,
    plan: { fork: false },
    write: (s) => {
      dial(s);
      s.wait(5, 400);
      const status = s.random.pick([302, 302, 300, 301, 380, 399]);
      refuseLeg(s, s.leg, status, [['Contact', '<sip:voicemail@example.com>']], 0);
      return { truths: [truth('redirected', ['network', 'callee'])] };
    },
  },
  {
    name: 'no-response',
    weight: 3,
    plan: { fork: false, plain: true, direct: true },
    write: (s) => {
      const [first] = s.callees;
      if (first === undefined) return { truths: [] };
      s.network.decisive = true;
      const invite = s.initial([s.caller, first], false);
      for (const later of [0, 500, 1500, 3500, 7500, 15_500, 31_500]) invite.request(later);
      s.now = 32_000;
      const silent = truth('no_final_seen', 'unknown');
      return {
        truths:
          s.caller.transport === 'UDP'
            ? [truth('no_response', 'network')]
            : [silent, truth('no_response', 'network')],
      };
    },
  },
  {
    name: 'lost',
    weight: 3,
    plan: {},
    write: (s) => {
      setUp(s);
      return { truths: [truth('no_end_seen', 'unknown', true)] };
    },
  },
  {
    name: 'lost-in-setup',
    weight: 2,
    plan: {},
    write: (s) => {
      dial(s);
      progress(s, s.random.pick(PROGRESS));
      return { truths: [truth('no_final_seen', 'unknown')] };
    },
  },
  ...[481, 408].map(
    (status): EndingRow => ({
      name: `in-dialog-${status}`,
      weight: 1,
      plan: {},
      write: (s) => {
        const leg = setUp(s);
        const by = s.random.pick(SIDES);
        reinvite(s, leg, by, status);
        s.wait(1, 30);
        const request = s.within(leg, by, 'BYE');
        s.now = request.respond(request.request(s.now), status);
        const who = ['network', 'platform', by, by === 'caller' ? 'callee' : 'caller'];
        const reason = status === 481 ? 'transaction_does_not_exist' : 'dropped_request_timeout';
        return {
          truths: [truth(reason, who)],
          excuses: [{ key: 'refresh', truths: ANY_CLEARING }],
        };
      },
    }),
  ),
];

/** Every ending a call can have; `weight` is how often. */
export const ENDINGS: readonly EndingRow[] = [
  ...clearingRows(),
  ...refusalRows(),
  ...CANCELS,
  ...PLATFORM,
  ...TRANSFERS,
  ...OTHERS,
];
