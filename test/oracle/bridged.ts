import {
  answered,
  anyHangUp,
  type BridgeRow,
  CAUSES,
  CROSSED,
  clearing,
  connect,
  dial,
  ENDERS,
  FIRST_HAND,
  hangUp,
  PATTERNS,
  refuse,
  refuseNear,
  ring,
  unserved,
} from './bridging.ts';
import { FORKS } from './forks.ts';
import { QUEUES } from './queues.ts';
import { truth } from './truth.ts';

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

/** Both hang up at once: nobody can know who was first. */
const BOTH_HANG_UP: BridgeRow = {
  name: 'both-hang-up',
  weight: 2,
  early: true,
  simple: true,
  write: (s) => {
    s.arrive();
    const leg = dial(s);
    ring(s, leg, s.random.pick(PATTERNS));
    connect(s, leg);
    const at = s.now;
    s.now = Math.max(s.a.bye(at, 'caller'), leg.bye(at, 'callee'));
    s.a.truths = [clearing('caller')];
    leg.truths = [clearing('callee')];
    return answered(s, leg, [clearing('caller'), clearing('callee'), CROSSED]);
  },
};

export const BRIDGED: readonly BridgeRow[] = [
  ...plainRows(),
  REFUSED,
  failover(true),
  failover(false),
  SILENT_TRUNK,
  BOTH_HANG_UP,
  ...FORKS,
  ...QUEUES,
];
