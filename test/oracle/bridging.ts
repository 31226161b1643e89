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
  /** For how long a person talked, ms; null: nobody did, or in more than one leg. */
  readonly talkMs?: number | null;
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
export const CROSSED = truth('normal_clearing_unknown', 'unknown');
export const BY_PLATFORM = truth('normal_clearing_platform', 'platform');
export const RING_TIMEOUT = truth('ring_timeout_platform', 'platform');
export const ELSEWHERE = truth('answered_elsewhere', [
  'caller',
  'callee',
  'platform',
  'network',
  'unknown',
]);
export const ABANDONED: Truth = {
  outcome: 'abandoned',
  reason: 'abandoned_agent_ringing',
  endedBy: ['caller'],
  connected: true,
};
export const ABANDONED_QUEUE: Truth = { ...ABANDONED, reason: 'abandoned_queue' };
export const up = (one: Truth): Truth => ({ ...one, connected: true });

export const reasons = (...values: readonly string[]): Header[] =>
  values.map((value): Header => ['Reason', value]);

/** The B2BUA opens another leg and it arrives. */
export function dial(s: Bridge, to?: Party): Dialog {
  const leg = s.dial(to);
  s.now = leg.call(s.now, s.has('b-challenged', 0.06));
  return leg;
}

export const PATTERNS = ['', '180', '183+', '183+ 180', '180 180'] as const;
export const RINGING = ['180', '183+ 180', '180 180'] as const;

/** Provisional responses of the far leg; the caller is told the same, or early media, or nothing. */
export function ring(s: Bridge, leg: Dialog, pattern: string, tellsCaller = true): void {
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
export function connect(s: Bridge, leg: Dialog): void {
  s.wait(20, s.random.pick([300, 4000, 9000]));
  s.now = leg.answer(s.now);
  if (s.a.answeredAt === null) s.now = s.a.answer(s.now + s.random.int(1, 10));
  media(s, leg);
  s.wait(100, s.random.pick([900, 20_000, 60_000, 600_000]));
}

/** What goes on while both legs are up. */
export const MEDIA: Readonly<Record<string, (s: Bridge, leg: Dialog) => void>> = {
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

export function media(s: Bridge, leg: Dialog): void {
  if (!s.random.chance(0.4)) return;
  const name = s.random.pick(Object.keys(MEDIA));
  s.features.add(name);
  s.wait(60, 3000);
  MEDIA[name]?.(s, leg);
  s.wait(500, 1500);
}

export interface Cause {
  readonly reasons: readonly string[];
  /** null: a normal end. */
  readonly reason: Parameters<typeof truth>[0] | null;
  /** A timer of a PBX's. */
  readonly timer?: true;
}

export const CAUSES: readonly Cause[] = [
  { reasons: [], reason: null },
  { reasons: [], reason: null },
  { reasons: ['Q.850;cause=16;text="NORMAL_CLEARING"'], reason: null },
  { reasons: ['Q.850;cause=16'], reason: null },
  { reasons: ['SIP;cause=200;text="User Triggered"'], reason: null },
  { reasons: ['Q.850;cause=38'], reason: 'dropped_network_out_of_order' },
  { reasons: ['Q.850;cause=41'], reason: 'dropped_temporary_failure' },
  { reasons: ['SIP;cause=804;text="MEDIA_TIMEOUT"'], reason: 'media_timeout', timer: true },
  {
    reasons: ['SIP ;cause=408 ;text="Session Timer Expired"'],
    reason: 'session_timer_expired',
    timer: true,
  },
];

export const truthOf = ({ reason, timer }: Cause, by: 'caller' | 'callee'): Truth =>
  reason === null ? clearing(by) : truth(reason, timer === true ? [by, 'platform'] : by);

export type Ender = 'caller' | 'callee' | 'platform';

/** Both legs end; the B2BUA passes the cause on, or puts its own in its place. */
export function hangUp(s: Bridge, leg: Dialog, by: Ender, cause: Cause): readonly Truth[] {
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

export const ENDERS: readonly Ender[] = ['caller', 'callee', 'platform'];

export function anyHangUp(s: Bridge, leg: Dialog): readonly Truth[] {
  const by = s.random.pick(ENDERS);
  s.features.add(`bye-${by}`);
  return hangUp(s, leg, by, s.random.pick(CAUSES));
}

export const answered = (s: Bridge, leg: Dialog, truths: readonly Truth[]): BridgeWritten => ({
  truths,
  served: true,
  reached: s.far.indexOf(leg),
  talkMs: leg.answeredAt === null ? null : leg.endedAt - leg.answeredAt,
});

/** Nobody behind the B2BUA ever answered. */
export const unserved = (s: Bridge, truths: readonly Truth[]): BridgeWritten => ({
  truths,
  served: false,
  reached: s.far.length - 1,
});

/** What the B2BUA tells the caller instead of what it was told, and what that means by itself. */
export const REWRITES: readonly {
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
export function refuseNear(s: Bridge, row: Refusal, rewritten = s.has('rewritten', 0.6)): void {
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
export function refuse(s: Bridge, leg: Dialog, row: Refusal, tellsCaller = true): void {
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

export const FIRST_HAND: readonly Refusal[] = [...REFUSALS, ...UNAVAILABLES];

/** What B2BUAs put in the CANCEL when they give up ringing. */
export const GIVE_UPS: readonly (readonly string[])[] = [[], ['Q.850;cause=0'], ['Q.850;cause=16']];
