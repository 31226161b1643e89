import type { EndingRow } from './endings.ts';
import { midcall } from './midcall.ts';
import { type Leg, PROGRESS, type Scene, type Side } from './scene.ts';
import { answer, bye, dial, progress, talk } from './steps.ts';
import { type Truth, truth } from './truth.ts';

type Kind = 'blind' | 'attended';

/** RFC 3515 §2.4.4: each NOTIFY carries the status line of what the REFER led to. */
const TRYING = 'SIP/2.0 100 Trying';
const SIDES: readonly Side[] = ['caller', 'callee'];

const clearing = (by: Side): Truth =>
  truth(by === 'caller' ? 'normal_clearing_caller' : 'normal_clearing_callee', by);
const transferred = (kind: Kind, by: Side): Truth =>
  truth(kind === 'blind' ? 'blind_transfer' : 'attended_transfer', by);

function setUp(s: Scene): Leg {
  dial(s);
  progress(s, s.random.pick(PROGRESS));
  s.wait(10, 4000);
  const leg = answer(s);
  midcall(s, leg);
  talk(s);
  // What another request of the dialog still has on its way belongs to the time before.
  s.wait(1000, 3000);
  return leg;
}

/** `by` asks the other side to call somebody else; returns when that side has said whether it will. */
function refer(s: Scene, leg: Leg, by: Side, kind: Kind, status: number, last = true): void {
  const other = `${s.random.lower(9)}%40192.0.2.9%3Bto-tag%3D${s.random.hex(6)}%3Bfrom-tag%3Dz`;
  const target = kind === 'blind' ? '' : `?Replaces=${other}`;
  const request = s.within(leg, by, 'REFER', {
    headers: [['Refer-To', `<sip:carol@example.com${target}>`]],
    proves: [last ? 'refer' : 'first-refer'],
  });
  const arrived = request.request(s.now);
  s.now = request.respond(arrived, status, { proves: [last ? 'accepted' : 'first-refer'] });
}

/** The side that was asked tells how it goes, one status line after the other. */
function notify(s: Scene, leg: Leg, by: Side, ...fragments: readonly string[]): void {
  for (const fragment of fragments) {
    s.wait(20, 3000);
    const last = fragment !== TRYING;
    const request = s.within(leg, by, 'NOTIFY', {
      headers: [
        ['Event', 'refer'],
        ['Subscription-State', last ? 'terminated;reason=noresource' : 'active;expires=60'],
      ],
      body: `${fragment}\r\n`,
      proves: last ? ['told'] : [],
    });
    s.now = request.respond(request.request(s.now), 200);
  }
}

const otherOf = (by: Side): Side => (by === 'caller' ? 'callee' : 'caller');

interface Shape {
  readonly name: string;
  readonly write: (s: Scene, leg: Leg, by: Side, kind: Kind) => void;
}

/** The transferor leaves, told of the success or not waiting for it (RFC 5589 §6.1). */
const LEAVING: readonly Shape[] = [
  {
    name: 'done',
    write: (s, leg, by, kind) => {
      refer(s, leg, by, kind, 202);
      notify(s, leg, otherOf(by), TRYING, 'SIP/2.0 200 OK');
    },
  },
  { name: 'not-awaited', write: (s, leg, by, kind) => refer(s, leg, by, kind, 202) },
  {
    name: 'second-try',
    write: (s, leg, by, kind) => {
      refer(s, leg, by, kind, 202, false);
      notify(s, leg, otherOf(by), TRYING, 'SIP/2.0 486 Busy Here');
      s.wait(1500, 9000);
      refer(s, leg, by, kind, 202);
      notify(s, leg, otherOf(by), 'SIP/2.0 200 OK');
    },
  },
];

/** The call goes on as it was, and is hung up later. */
const STAYING: readonly Shape[] = [
  { name: 'refused', write: (s, leg, by, kind) => refer(s, leg, by, kind, 603) },
  {
    name: 'failed',
    write: (s, leg, by, kind) => {
      refer(s, leg, by, kind, 202);
      const failure = s.random.pick(['486 Busy Here', '503 Service Unavailable', '603 Decline']);
      notify(s, leg, otherOf(by), TRYING, `SIP/2.0 ${failure}`);
    },
  },
];

function row(shape: Shape, kind: Kind, by: Side, leaves: boolean): EndingRow {
  return {
    name: `transfer-${kind}-${shape.name}-${by}`,
    weight: 1,
    plan: {},
    write: (s) => {
      const leg = setUp(s);
      shape.write(s, leg, by, kind);
      s.wait(1000, leaves ? 3000 : 60_000);
      const hangsUp = leaves ? by : s.random.pick(SIDES);
      bye(s, leg, hangsUp);
      const moved = [transferred('blind', hangsUp), transferred('attended', hangsUp)];
      if (!leaves) {
        // Accepted, and its failure not seen: nothing tells it from a transfer that succeeded.
        return { truths: [clearing(hangsUp)], excuses: [{ key: 'told', truths: moved }] };
      }
      return {
        truths: [transferred(kind, by)],
        excuses: [
          { key: 'refer', truths: [...moved, clearing(by)] },
          { key: 'accepted', truths: [clearing(by)] },
          { key: 'told', truths: [clearing(by)] },
          // What the first REFER came to then looks like what became of the second.
          ...(shape.name === 'second-try' ? [{ key: 'first-refer', truths: [clearing(by)] }] : []),
        ],
      };
    },
  };
}

const KINDS: readonly Kind[] = ['blind', 'attended'];

export const TRANSFERS: readonly EndingRow[] = KINDS.flatMap((kind) =>
  SIDES.flatMap((by) => [
    ...LEAVING.map((shape) => row(shape, kind, by, true)),
    ...STAYING.map((shape) => row(shape, kind, by, false)),
  ]),
);
