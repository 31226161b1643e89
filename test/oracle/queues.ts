import type { Bridge } from './bridge.ts';
import {
  ABANDONED,
  ABANDONED_QUEUE,
  answered,
  anyHangUp,
  type BridgeRow,
  clearing,
  connect,
  dial,
  FIRST_HAND,
  GIVE_UPS,
  PATTERNS,
  RING_TIMEOUT,
  RINGING,
  reasons,
  refuse,
  ring,
  unserved,
  up,
} from './bridging.ts';
import type { Dialog } from './dialog.ts';
import type { Truth } from './truth.ts';

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

/** The PBX answers, the trunk that it then asks refuses, and the PBX says so to the caller. */
function announces(by: 'caller' | 'platform'): BridgeRow {
  return {
    name: `announced-${by}-ends`,
    weight: 2,
    early: false,
    simple: false,
    write: (s) => {
      greet(s);
      const leg = dial(s, 'carrier');
      refuse(s, leg, s.random.pick(FIRST_HAND), false);
      s.wait(500, 6000);
      s.now = s.a.bye(s.now, by === 'caller' ? 'caller' : 'callee');
      s.a.truths = [clearing(by === 'caller' ? 'caller' : 'callee')];
      return unserved(s, queueTruths(leg, by === 'caller'));
    },
  };
}

/** The agent hands the caller on to another one and leaves (RFC 5589 §6.1). */
const HANDED_ON: BridgeRow = {
  name: 'handed-on',
  weight: 4,
  early: false,
  simple: false,
  write: (s) => {
    greet(s);
    const first = dial(s, 'agent');
    ring(s, first, s.random.pick(RINGING), false);
    connect(s, first);
    s.now = first.refer(s.now, 'callee');
    s.wait(1000, 2000);
    const second = dial(s);
    ring(s, second, s.random.pick(RINGING), false);
    s.now = first.notify(s.now, 'caller', '200 OK');
    s.now = first.bye(s.now + 20, 'callee');
    first.truths = [{ ...clearing('callee'), outcome: 'transferred', reason: 'blind_transfer' }];
    connect(s, second);
    return { ...answered(s, second, anyHangUp(s, second)), talkMs: null };
  },
};

/** Nobody picks up, and the PBX answers in their place: with what, it does not say. */
function voicemail(by: 'caller' | 'platform'): BridgeRow {
  return {
    name: `voicemail-${by}-ends`,
    weight: 2,
    early: true,
    simple: false,
    write: (s) => {
      s.arrive();
      const leg = dial(s);
      if (s.random.chance(0.5)) refuse(s, leg, s.random.pick(AGENT_REFUSALS));
      else {
        ring(s, leg, s.random.pick(RINGING));
        s.wait(9000, 20_000);
        leg.cancel(s.now, reasons(...s.random.pick(GIVE_UPS)));
        leg.truths = [leg.cancelTruth];
        s.wait(30, 60);
      }
      s.now = s.a.answer(s.now + 2);
      s.wait(1000, 30_000);
      s.now = s.a.bye(s.now, by === 'caller' ? 'caller' : 'callee');
      s.a.truths = [clearing(by === 'caller' ? 'caller' : 'callee')];
      return unserved(s, [{ ...VOICEMAIL, endedBy: [by] }]);
    },
  };
}

const VOICEMAIL: Truth = {
  outcome: 'answered_by_platform',
  reason: 'answered_by_platform',
  endedBy: [],
  connected: true,
};

/** The B2BUA answers by itself and then calls on. */
export const QUEUES: readonly BridgeRow[] = [
  IVR,
  QUEUE,
  QUEUE_ABANDONED,
  queueFails('caller'),
  queueFails('platform'),
  announces('caller'),
  announces('platform'),
  voicemail('caller'),
  voicemail('platform'),
  HANDED_ON,
];
