import type { Bridge, Party } from './bridge.ts';
import type { Dialog } from './dialog.ts';
import { REFUSALS, type Refusal, UNAVAILABLES } from './refusals.ts';
import { type Truth, truth } from './truth.ts';
import type { Header } from './wire.ts';

/** What a call of several legs ended with: any of `truths` is right. */
export interface BridgeWritten {
  readonly truths: readonly Truth[];
  /** A person answered. */
  readonly served: boolean;
  /** Which leg's far end the call went to: the last that counts. */
  readonly reached: number;
}

export interface BridgeRow {
  readonly name: string;
  readonly weight: number;
  /** The first leg is in set-up whenever another one begins, so that numbers can tell. */
  readonly early: boolean;
  /** One leg behind the B2BUA. */
  readonly simple: boolean;
  readonly write: (s: Bridge) => BridgeWritten;
}

export const clearing = (by: 'caller' | 'callee'): Truth =>
  truth(by === 'caller' ? 'normal_clearing_caller' : 'normal_clearing_callee', by);
const BY_PLATFORM = truth('normal_clearing_platform', 'platform');
export const RING_TIMEOUT = truth('ring_timeout_platform', 'platform');
const ELSEWHERE = truth('answered_elsewhere', [
  'caller',
  'callee',
  'platform',
  'network',
  'unknown',
]);
const ABANDONED: Truth = {
  outcome: 'abandoned',
  reason: 'abandoned_agent_ringing',
  endedBy: ['caller'],
  connected: true,
};
const ABANDONED_QUEUE: Truth = { ...ABANDONED, reason: 'abandoned_queue' };
const up = (one: Truth): Truth => ({ ...one, connected: true });

const reasons = (...values: readonly string[]): Header[] =>
  values.map((value): Header => ['Reason', value]);

/** The B2BUA opens another leg and it arrives. */
function dial(s: Bridge, to?: Party): Dialog {
  const leg = s.dial(to);
  s.now = leg.call(s.now, s.has('b-challenged', 0.06));
  return leg;
}

const PATTERNS = ['', '180', '183+', '183+ 180', '180 180'] as const;
const RINGING = ['180', '183+ 180', '180 180'] as const;

/** Provisional responses of the far leg; the caller is told the same, or early media, or nothing. */
function ring(s: Bridge, leg: Dialog, pattern: string, tellsCaller = true): void {
  const told = tellsCaller ? s.random.pick(['same', 'media', 'same']) : 'nothing';
  for (const word of pattern.split(' ').filter((one) => one !== '')) {
    s.wait(5, 700);
    const status = Number.parseInt(word, 10);
    const at = leg.progress(s.now, status, word.endsWith('+'));
    s.now = at;
    if (told === 'same') s.now = s.a.progress(at + 1, status, word.endsWith('+'));
    else if (told === 'media') s.now = s.a.progress(at + 1, 183, true);
  }
}

/** The far leg answers; so does the B2BUA, unless it has already. */
function connect(s: Bridge, leg: Dialog): void {
  s.wait(20, s.random.pick([300, 4000, 9000]));
  s.now = leg.answer(s.now);
  if (s.a.answeredAt === null) s.now = s.a.answer(s.now + s.random.int(1, 10));
  media(s, leg);
  s.wait(100, s.random.pick([900, 20_000, 60_000, 600_000]));
}

/** What goes on while both legs are up. */
const MEDIA: Readonly<Record<string, (s: Bridge, leg: Dialog) => void>> = {
  'media-path': (s, leg) => {
    const at = s.now;
    s.now = s.a.reinvite(at, 'callee');
    s.now = Math.max(s.now, leg.reinvite(at + 2, 'caller', 'sendrecv', s.random.pick([200, 488])));
  },
  refresh: (s, leg) => {
    for (const each of s.random.pick([[s.a], [leg], [s.a, leg]])) {
      s.now = each.within(s.now, s.random.pick(['caller', 'callee']), 'UPDATE', {
        headers: [['Session-Expires', '1800;refresher=uac']],
      });
    }
  },
  hold: (s, leg) => {
    const passed = s.random.chance(0.5);
    for (const direction of ['sendonly', 'sendrecv']) {
      s.now = leg.reinvite(s.now, 'callee', direction);
      if (passed) s.now = s.a.reinvite(s.now + 2, 'callee', direction);
      s.wait(500, 9000);
    }
  },
};

function media(s: Bridge, leg: Dialog): void {
  if (!s.random.chance(0.4)) return;
  const name = s.random.pick(Object.keys(MEDIA));
  s.features.add(name);
  s.wait(60, 3000);
  MEDIA[name]?.(s, leg);
  s.wait(500, 1500);
}

interface Cause {
  readonly reasons: readonly string[];
  /** null: a normal end. */
  readonly reason: Parameters<typeof truth>[0] | null;
  /** A timer of a PBX's. */
  readonly timer?: true;
}

const CAUSES: readonly Cause[] = [
  { reasons: [], reason: null },
  { reasons: [], reason: null },
  { reasons: ['Q.850;cause=16;text="NORMAL_CLEARING"'], reason: null },
  { reasons: ['Q.850;cause=16'], reason: null },
  { reasons: ['SIP;cause=200;text="User Triggered"'], reason: null },
  { reasons: ['Q.850;cause=38'], reason: 'dropped_network_out_of_order' },
  { reasons: ['Q.850;cause=41'], reason: 'dropped_temporary_failure' },
  { reasons: ['SIP;cause=804;text="MEDIA_TIMEOUT"'], reason: 'media_timeout', timer: true },
];

const truthOf = ({ reason, timer }: Cause, by: 'caller' | 'callee'): Truth =>
  reason === null ? clearing(by) : truth(reason, timer === true ? [by, 'platform'] : by);

type Ender = 'caller' | 'callee' | 'platform';

/** Both legs end; the B2BUA passes the cause on, or puts its own in its place. */
function hangUp(s: Bridge, leg: Dialog, by: Ender, cause: Cause): readonly Truth[] {
  const headers = reasons(...cause.reasons);
  const fate = s.random.pick(['passed', 'dropped', 'replaced']);
  const other: Cause =
    fate === 'passed'
      ? cause
      : { reasons: fate === 'dropped' ? [] : ['Q.850;cause=16'], reason: null };
  const passed = reasons(...other.reasons);
  s.features.add(`cause-${fate}`);
  if (by === 'caller') {
    s.now = s.a.bye(s.now, 'caller', headers);
    s.now = leg.bye(s.now + s.random.int(1, 20), 'caller', passed);
    s.a.truths = [truthOf(cause, 'caller')];
    leg.truths = [truthOf(other, 'caller')];
    return s.a.truths;
  }
  if (by === 'callee') {
    s.now = leg.bye(s.now, 'callee', headers);
    s.now = s.a.bye(s.now + s.random.int(1, 20), 'callee', passed);
    leg.truths = [truthOf(cause, 'callee')];
    s.a.truths = [truthOf(other, 'callee')];
    return leg.truths;
  }
  // Which leg goes first, and which one has the cause, is the B2BUA's own affair.
  const [first, second] = s.random.chance(0.5) ? [cause, other] : [other, cause];
  const at = s.now;
  s.now = s.a.bye(at + s.random.int(0, 30), 'callee', reasons(...first.reasons));
  s.now = Math.max(s.now, leg.bye(at + s.random.int(0, 30), 'caller', reasons(...second.reasons)));
  s.a.truths = [truthOf(first, 'callee')];
  leg.truths = [truthOf(second, 'caller')];
  return [cause.reason === null ? BY_PLATFORM : truth(cause.reason, 'platform')];
}

const ENDERS: readonly Ender[] = ['caller', 'callee', 'platform'];

function anyHangUp(s: Bridge, leg: Dialog): readonly Truth[] {
  const by = s.random.pick(ENDERS);
  s.features.add(`bye-${by}`);
  return hangUp(s, leg, by, s.random.pick(CAUSES));
}

const answered = (s: Bridge, leg: Dialog, truths: readonly Truth[]): BridgeWritten => ({
  truths,
  served: true,
  reached: s.far.indexOf(leg),
});

/** Nobody behind the B2BUA ever answered. */
const unserved = (s: Bridge, truths: readonly Truth[]): BridgeWritten => ({
  truths,
  served: false,
  reached: s.far.length - 1,
});

function plainRows(): BridgeRow[] {
  return ENDERS.map((by) => ({
    name: `answered-${by}-ends`,
    weight: 5,
    early: true,
    simple: true,
    write: (s) => {
      s.arrive();
      const leg = dial(s);
      ring(s, leg, s.random.pick(PATTERNS));
      connect(s, leg);
      return answered(s, leg, hangUp(s, leg, by, s.random.pick(CAUSES)));
    },
  }));
}

/** What the B2BUA tells the caller instead of what it was told, and what that means by itself. */
const REWRITES: readonly {
  status: number;
  reasons: readonly string[];
  truths: readonly Truth[];
}[] = [
  { status: 500, reasons: [], truths: [truth('server_internal_error', 'network')] },
  { status: 600, reasons: [], truths: [truth('busy_everywhere', 'callee')] },
  {
    status: 486,
    reasons: [],
    // After long ringing it is what phones say when nobody picks up.
    truths: [truth('user_busy', 'callee'), truth('no_answer', 'callee')],
  },
  { status: 404, reasons: [], truths: [truth('unallocated_number', 'network')] },
  {
    status: 480,
    reasons: [],
    truths: [
      truth('temporarily_unavailable', ['network', 'callee']),
      truth('no_answer', ['network', 'callee', 'platform']),
    ],
  },
  {
    status: 603,
    reasons: ['Q.850;cause=16'],
    truths: [RING_TIMEOUT, truth('rejected_by_platform', 'platform')],
  },
  {
    status: 480,
    reasons: ['Q.850;cause=16'],
    truths: [truth('rejected_by_platform', 'platform')],
  },
  {
    status: 503,
    reasons: ['Q.850;cause=34'],
    truths: [truth('no_circuit_available', 'network')],
  },
];

/** The first leg's own refusal, after the last of the others. */
function refuseNear(s: Bridge, row: Refusal, rewritten = s.has('rewritten', 0.6)): void {
  const rewrite = s.random.pick(REWRITES);
  const said = rewritten ? rewrite : row;
  s.now = s.a.reject(s.now + s.random.int(1, 10), said.status, reasons(...said.reasons));
  // The caller was not told that it rang.
  const quiet = row.rang === 'long' && !s.a.rang && !rewritten;
  s.a.truths = quiet ? [...said.truths, ...UNRUNG] : said.truths;
}

/** What a refusal after long ringing means to who did not see it ring. */
export const UNRUNG = [
  truth('temporarily_unavailable', ['network', 'callee']),
  truth('rejected_by_platform', 'platform'),
];

/** Refusals that ring as long as the row says. */
function refuse(s: Bridge, leg: Dialog, row: Refusal, tellsCaller = true): void {
  const silent = row.rang === 'never';
  const any = row.rang === 'any';
  ring(
    s,
    leg,
    any ? s.random.pick(['', '180', '183']) : silent ? '' : s.random.pick(RINGING),
    tellsCaller,
  );
  if (row.rang === 'long') s.wait(12_000, 40_000);
  else s.wait(5, 1500);
  s.now = leg.reject(s.now, row.status, reasons(...row.reasons));
  leg.truths = row.truths;
}

const FIRST_HAND: readonly Refusal[] = [...REFUSALS, ...UNAVAILABLES];

const REFUSED: BridgeRow = {
  name: 'refused',
  weight: 12,
  early: true,
  simple: true,
  write: (s) => {
    s.arrive();
    const leg = dial(s);
    const row = s.random.pick(FIRST_HAND);
    s.features.add(`refusal-${row.name}`);
    refuse(s, leg, row);
    refuseNear(s, row);
    return unserved(s, leg.truths);
  },
};

/** Refusals after which a PBX tries its next trunk. */
const NEXT_TRUNK = FIRST_HAND.filter(({ name }) =>
  ['404', '486', '480', '500', '503', '503-q34', '503-q38', '502'].includes(name),
);

/** One trunk after the other, until one answers or all have refused. */
function failover(answers: boolean): BridgeRow {
  return {
    name: answers ? 'failover-answered' : 'failover-refused',
    weight: 6,
    early: true,
    simple: false,
    write: (s) => {
      s.arrive();
      for (let tries = s.random.int(1, 2); tries > 0; tries--) {
        refuse(s, dial(s, 'carrier'), s.random.pick(NEXT_TRUNK), false);
        s.wait(1, 40);
        s.pause();
      }
      const leg = dial(s, 'carrier');
      if (answers) {
        ring(s, leg, s.random.pick(PATTERNS));
        connect(s, leg);
        return answered(s, leg, anyHangUp(s, leg));
      }
      const row = s.random.pick(FIRST_HAND);
      refuse(s, leg, row);
      refuseNear(s, row);
      return unserved(s, leg.truths);
    },
  };
}

/** The first trunk is silent: after some seconds the B2BUA asks the next. */
const SILENT_TRUNK: BridgeRow = {
  name: 'failover-silent',
  weight: 2,
  early: true,
  simple: false,
  write: (s) => {
    s.arrive();
    const at = s.now;
    const silent = s.dial('carrier');
    silent.silent(at);
    silent.truths = [truth('no_response', ['network', 'callee', 'unknown'])];
    s.now = at + 16_000;
    const leg = dial(s, 'carrier');
    ring(s, leg, s.random.pick(PATTERNS));
    connect(s, leg);
    return answered(s, leg, anyHangUp(s, leg));
  },
};

/** How a B2BUA tells the others that one has answered; some do not. */
const LOSERS: readonly (readonly string[])[] = [
  ['SIP;cause=200;text="Call completed elsewhere"'],
  ['Q.850;cause=26'],
  [],
];

/** The B2BUA withdraws a leg. */
function withdraw(s: Bridge, leg: Dialog, values: readonly string[]): number {
  const done = leg.cancel(s.now + s.random.int(1, 8), reasons(...values));
  leg.truths = values.length > 0 && !values[0]?.includes('487') ? [ELSEWHERE] : [leg.cancelTruth];
  return done;
}

/** Several agents ring at once. */
function fork(s: Bridge): Dialog[] {
  const at = s.now;
  const legs = Array.from({ length: s.random.int(2, 3) }, (_, n) => {
    s.now = at + n * s.random.int(1, 5);
    return dial(s, 'agent');
  });
  for (const leg of legs) ring(s, leg, s.random.pick(RINGING), leg === legs[0]);
  return legs;
}

const PARALLEL: BridgeRow = {
  name: 'parallel-answered',
  weight: 8,
  early: true,
  simple: false,
  write: (s) => {
    s.arrive();
    const legs = fork(s);
    const winner = s.random.pick(legs);
    const how = s.random.pick(LOSERS);
    s.features.add(how.length === 0 ? 'losers-untold' : 'losers-told');
    s.wait(300, 5000);
    const [decliner, ...others] = legs.filter((leg) => leg !== winner);
    const declines = s.random.chance(0.2) && decliner !== undefined;
    if (declines) {
      s.now = decliner.reject(s.now, 486);
      decliner.truths = [truth('user_busy', 'callee')];
      s.wait(300, 2000);
    }
    const answeredAt = s.now;
    for (const leg of declines || decliner === undefined ? others : [decliner, ...others]) {
      s.now = answeredAt + 30;
      withdraw(s, leg, how);
    }
    s.now = answeredAt;
    connectAt(s, winner);
    return answered(s, winner, anyHangUp(s, winner));
  },
};

function connectAt(s: Bridge, leg: Dialog): void {
  s.now = leg.answer(s.now);
  if (s.a.answeredAt === null) s.now = s.a.answer(s.now + s.random.int(1, 10));
  s.wait(200, 400);
  media(s, leg);
  s.wait(1000, s.random.pick([2000, 20_000, 600_000]));
}

/** What B2BUAs put in the CANCEL when they give up ringing. */
const GIVE_UPS: readonly (readonly string[])[] = [[], ['Q.850;cause=0'], ['Q.850;cause=16']];

function stopRinging(parallel: boolean): BridgeRow {
  return {
    name: parallel ? 'parallel-ring-timeout' : 'ring-timeout',
    weight: 3,
    early: true,
    simple: !parallel,
    write: (s) => {
      s.arrive();
      const legs = parallel ? fork(s) : [dial(s)];
      if (!parallel) for (const leg of legs) ring(s, leg, s.random.pick(RINGING));
      s.wait(12_000, 40_000);
      const at = s.now;
      const values = s.random.pick(GIVE_UPS);
      for (const leg of legs) {
        s.now = Math.max(s.now, leg.cancel(at + s.random.int(0, 5), reasons(...values)));
        leg.truths = [leg.cancelTruth];
      }
      const row = s.random.pick([
        { status: 480, reasons: [] },
        { status: 408, reasons: [] },
        { status: 603, reasons: ['Q.850;cause=16'] },
      ]);
      s.now = s.a.reject(s.now + 2, row.status, reasons(...row.reasons));
      s.a.truths = [
        RING_TIMEOUT,
        truth('no_answer', ['network', 'callee', 'platform']),
        truth('request_timeout', ['network']),
        truth('temporarily_unavailable', ['network', 'callee']),
        truth('rejected_by_platform', 'platform'),
      ];
      return unserved(s, [RING_TIMEOUT]);
    },
  };
}

const ALL_BUSY: BridgeRow = {
  name: 'parallel-busy',
  weight: 2,
  early: true,
  simple: false,
  write: (s) => {
    s.arrive();
    const legs = fork(s);
    for (const leg of legs) {
      s.wait(50, 900);
      s.now = leg.reject(s.now, 486, reasons(...s.random.pick([[], ['Q.850;cause=17']])));
      leg.truths = [truth('user_busy', 'callee')];
    }
    const [leg] = legs;
    refuseNear(s, { name: '', status: 486, reasons: [], rang: 'any', truths: leg?.truths ?? [] });
    return unserved(s, [truth('user_busy', 'callee')]);
  },
};

/** The caller gives up while one or more are rung, or before. */
function callerCancels(parallel: boolean): BridgeRow {
  return {
    name: parallel ? 'parallel-cancelled' : 'cancelled',
    weight: parallel ? 3 : 5,
    early: true,
    simple: !parallel,
    write: (s) => {
      s.arrive();
      const legs = parallel ? fork(s) : [dial(s)];
      if (!parallel) for (const leg of legs) ring(s, leg, s.random.pick(PATTERNS));
      s.wait(300, s.random.pick([2000, 30_000]));
      const values = s.random.pick([
        [],
        ['SIP;cause=487;text="ORIGINATOR_CANCEL"'],
        ['Q.850;cause=127'],
      ]);
      const at = s.now;
      s.now = s.a.cancel(at);
      for (const leg of legs) {
        s.now = Math.max(s.now, leg.cancel(at + s.random.int(20, 60), reasons(...values)));
        leg.truths = [leg.cancelTruth];
      }
      s.a.truths = [s.a.cancelTruth];
      return unserved(s, s.a.truths);
    },
  };
}

/** The CANCEL crosses the answer: the B2BUA hangs up the leg that has just come up. */
const CANCEL_CROSSES: BridgeRow = {
  name: 'cancel-crosses-answer',
  weight: 2,
  early: true,
  simple: true,
  write: (s) => {
    s.arrive();
    const leg = dial(s);
    ring(s, leg, s.random.pick(RINGING));
    s.wait(300, 9000);
    const at = s.now;
    const up = leg.answer(at);
    s.now = Math.max(up, s.a.cancel(at + 1));
    s.now = leg.bye(s.now + 2, 'caller');
    s.a.truths = [s.a.cancelTruth];
    leg.truths = [clearing('caller'), truth('caller_cancelled_at_answer', 'caller', true)];
    return {
      ...unserved(s, [s.a.cancelTruth, truth('caller_cancelled_at_answer', 'caller')]),
      served: true,
    };
  },
};

/** The B2BUA answers by itself, and calls on later. */
function greet(s: Bridge): void {
  s.arrive();
  if (s.random.chance(0.4)) s.now = s.a.progress(s.now + 5, 180);
  s.wait(5, 900);
  s.now = s.a.answer(s.now);
  s.wait(500, 9000);
}

const IVR: BridgeRow = {
  name: 'ivr-connects',
  weight: 5,
  early: false,
  simple: true,
  write: (s) => {
    greet(s);
    const leg = dial(s);
    ring(s, leg, s.random.pick(PATTERNS), false);
    connect(s, leg);
    return answered(s, leg, anyHangUp(s, leg));
  },
};

const AGENT_REFUSALS = FIRST_HAND.filter(({ name }) =>
  ['486', '603', '480', '500', '503'].includes(name),
);
/** What a person's phone says; anything else is a fault behind the B2BUA. */
const IN_PERSON = new Set(['busy', 'declined', 'unreachable', 'no_answer']);

/** Agents that the queue tries one after the other and does not reach. */
function tryAgents(s: Bridge, tries: number): void {
  for (let n = 0; n < tries; n++) {
    const leg = dial(s, 'agent');
    if (s.random.chance(0.4)) refuse(s, leg, s.random.pick(AGENT_REFUSALS), false);
    else {
      ring(s, leg, s.random.pick(RINGING), false);
      s.wait(9000, 20_000);
      s.now = leg.cancel(s.now, reasons(...s.random.pick(GIVE_UPS)));
      leg.truths = [leg.cancelTruth];
    }
    s.wait(500, 3000);
  }
}

const QUEUE: BridgeRow = {
  name: 'queue-connects',
  weight: 6,
  early: false,
  simple: false,
  write: (s) => {
    greet(s);
    tryAgents(s, s.random.int(0, 2));
    const leg = dial(s, 'agent');
    ring(s, leg, s.random.pick(RINGING), false);
    connect(s, leg);
    return answered(s, leg, anyHangUp(s, leg));
  },
};

const QUEUE_ABANDONED: BridgeRow = {
  name: 'queue-abandoned',
  weight: 4,
  early: false,
  simple: false,
  write: (s) => {
    greet(s);
    tryAgents(s, s.random.int(0, 2));
    const leg = dial(s, 'agent');
    ring(s, leg, s.random.pick(RINGING), false);
    s.wait(500, 15_000);
    const at = s.a.bye(s.now, 'caller');
    s.now = leg.cancel(at + 5, reasons(...s.random.pick(GIVE_UPS)));
    leg.truths = [leg.cancelTruth];
    s.a.truths = [clearing('caller')];
    return unserved(s, [ABANDONED]);
  },
};

/** Nobody was reached: the caller gave up waiting, or what became of the last agent is what the queue gave up for. */
function queueTruths(last: Dialog | undefined, leaves: boolean): readonly Truth[] {
  const truths = last?.truths ?? [];
  const withdrawn = truths.some(({ outcome }) => outcome === 'cancelled');
  if (withdrawn) return leaves ? [ABANDONED, ABANDONED_QUEUE] : [up(RING_TIMEOUT)];
  const inPerson = truths.some(({ outcome }) => IN_PERSON.has(outcome));
  return leaves && inPerson ? [ABANDONED_QUEUE] : truths.map(up);
}

/** Nobody is rung any more when the caller leaves, or when the queue sends the caller away. */
function queueFails(by: 'caller' | 'platform'): BridgeRow {
  return {
    name: `queue-fails-${by}`,
    weight: 3,
    early: false,
    simple: false,
    write: (s) => {
      greet(s);
      tryAgents(s, s.random.int(1, 3));
      s.wait(500, 9000);
      const leaves = by === 'caller';
      s.now = s.a.bye(s.now, leaves ? 'caller' : 'callee');
      s.a.truths = [clearing(leaves ? 'caller' : 'callee')];
      return unserved(s, queueTruths(s.far.at(-1), leaves));
    },
  };
}

export const BRIDGED: readonly BridgeRow[] = [
  ...plainRows(),
  REFUSED,
  failover(true),
  failover(false),
  SILENT_TRUNK,
  PARALLEL,
  stopRinging(false),
  stopRinging(true),
  ALL_BUSY,
  callerCancels(false),
  callerCancels(true),
  CANCEL_CROSSES,
  IVR,
  QUEUE,
  QUEUE_ABANDONED,
  queueFails('caller'),
  queueFails('platform'),
];
