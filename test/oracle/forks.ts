import type { Bridge } from './bridge.ts';
import {
  answered,
  anyHangUp,
  type BridgeRow,
  clearing,
  dial,
  ELSEWHERE,
  GIVE_UPS,
  media,
  PATTERNS,
  RING_TIMEOUT,
  RINGING,
  reasons,
  refuseNear,
  ring,
  unserved,
} from './bridging.ts';
import type { Dialog } from './dialog.ts';
import { truth } from './truth.ts';

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

/** Several agents at once, or a caller who gives up. */
export const FORKS: readonly BridgeRow[] = [
  PARALLEL,
  stopRinging(false),
  stopRinging(true),
  ALL_BUSY,
  callerCancels(false),
  callerCancels(true),
  CANCEL_CROSSES,
];
