import type { BridgedCall, LegTruth } from './bridges.ts';
import { UNRUNG } from './bridging.ts';
import type { Arrival } from './faults.ts';
import type { Judgement } from './judge.ts';
import type { Wire } from './network.ts';
import { CANCEL_STAGES, type Truth } from './truth.ts';

/** A verdict, as far as the truth can be held against it. */
export interface CallSaid {
  readonly outcome: string;
  readonly reason: string;
  readonly endedBy: string;
  readonly connected: boolean;
  readonly served: boolean;
  readonly certainty: string;
  readonly joined: string | null;
  readonly direction: string;
  readonly attribution: string;
  readonly timing: { readonly talk: number | null };
  /** Each leg that it is about, as `keyOf` names it, the first one first. */
  readonly members: readonly string[];
}

/** What the observer was told and could know. */
export interface World {
  /** The addresses of `PEERS` are configured. */
  readonly peers: boolean;
  /** Messages of each call that arrived; null: all. */
  readonly seen: readonly ReadonlySet<unknown>[] | null;
  /** Calls that inference cannot join because of the order in which their messages came. */
  readonly overtaken: ReadonlySet<BridgedCall>;
  /** Several calls in set-up fit each leg, so that numbers tell nothing. */
  readonly ambiguous: boolean;
}

type Expected = 'joined' | 'apart' | 'either';

/** How far talk may be off: packets that carry no believable capture time are late. */
const LATE_SECONDS = 0.6;

/** Whose doing an ending is, where the outcome alone tells. */
const BLAME: Readonly<Record<string, string>> = {
  completed: 'none',
  abandoned: 'caller',
  cancelled: 'caller',
  busy: 'callee',
  declined: 'callee',
};

const METHOD: Readonly<Record<string, string>> = { suffix: 'header' };

export const keyOf = ({ callId, fromTag }: { callId: string; fromTag: string }): string =>
  `${callId} ${fromTag}`;

/** Calls whose further legs were heard of before the first one had come to the B2BUA: nobody was in set-up yet. */
export function overtaken(
  calls: readonly BridgedCall[],
  arrivals: readonly Arrival[],
): ReadonlySet<BridgedCall> {
  const first = new Map<unknown, number>();
  for (const { wire, at } of arrivals) if (!first.has(wire)) first.set(wire, at);
  return new Set(
    calls.filter((call) => {
      if (call.sign !== 'inferred' || !call.early) return false;
      const [lead, ...others] = call.legs.map((leg) => invitesOf(call, leg));
      const there = Math.max(...(lead ?? []).map((wire) => first.get(wire) ?? 0));
      const gone = Math.min(
        ...endsOf(call).map((wire) => first.get(wire) ?? Number.POSITIVE_INFINITY),
      );
      return others.some((wires) => {
        const at = begin(wires, first);
        return at <= there || at >= gone;
      });
    }),
  );
}

/** When the first of them came that a proxy has not passed on. */
function begin(wires: readonly Wire[], first: ReadonlyMap<unknown, number>): number {
  const near = wires.filter(({ label }) => !label.includes(' < '));
  return Math.min(...near.map((wire) => first.get(wire) ?? Number.POSITIVE_INFINITY));
}

const invitesOf = (call: BridgedCall, { callId }: LegTruth): Wire[] =>
  call.wires.filter(({ proves }) => proves[0] === 'invite' && proves.includes(callId));

/** What takes the first leg out of its set-up. */
const endsOf = ({ wires, callId }: BridgedCall): Wire[] =>
  wires.filter(({ proves, label }) => {
    const ends = /^(?:final|answer|cancel)$/.test(proves[0] ?? '') || / CANCEL /.test(label);
    return ends && proves.includes(callId);
  });

function expectedOf(call: BridgedCall, { peers, overtaken: late, ambiguous }: World): Expected {
  if (call.sign === 'hidden') return 'apart';
  if (call.sign !== 'inferred') return 'joined';
  if (!call.early) return 'apart';
  if (ambiguous) return 'apart';
  if (!peers && !call.oneSocket) return call.legs.length === 2 ? 'apart' : 'either';
  return late.has(call) ? 'either' : 'joined';
}

/** Holds the verdicts against the truths of the calls, and their legs against those of the same call. */
export function judgeBridged(
  calls: readonly BridgedCall[],
  said: readonly CallSaid[],
  world: World,
): Judgement[] {
  const owner = new Map(calls.flatMap((call) => call.legs.map((leg) => [keyOf(leg), call])));
  const byCall = new Map<BridgedCall, CallSaid[]>();
  for (const verdict of said) {
    for (const call of new Set(verdict.members.map((key) => owner.get(key)))) {
      if (call !== undefined) byCall.set(call, [...(byCall.get(call) ?? []), verdict]);
    }
  }
  return calls.map((call, index) => {
    const verdicts = byCall.get(call) ?? [];
    const seen = world.seen === null ? null : (world.seen[index] ?? null);
    const complaint = complaintOf(call, verdicts, seen, world);
    const observed = verdicts.every(({ certainty }) => certainty === 'observed');
    return { call, judged: complaint === '' ? 'true' : 'wrong', observed, complaint };
  });
}

function complaintOf(
  call: BridgedCall,
  verdicts: readonly CallSaid[],
  seen: ReadonlySet<unknown> | null,
  world: World,
): string {
  const own = new Set(call.legs.map(keyOf));
  if (verdicts.some(({ members }) => members.some((key) => !own.has(key)))) {
    return 'a leg of another call in it';
  }
  const found = verdicts.flatMap(({ members }) => members);
  if (new Set(found).size !== found.length) return 'a leg told twice';
  const whole = seen === null;
  if (whole && found.length !== own.size) return `${found.length} of ${own.size} legs told`;
  const expected = whole ? expectedOf(call, world) : 'either';
  if (expected === 'joined' && verdicts.length > 1) return `${sizes(verdicts)} legs apart`;
  if (expected === 'apart' && verdicts.length < own.size) return `${sizes(verdicts)} legs joined`;
  const lost = whole ? [] : call.wires.filter((wire) => !seen.has(wire));
  for (const verdict of verdicts) {
    const wrong =
      lost.length === 0
        ? wrongIn(call, verdict, own.size, world)
        : confidentlyWrong(call, verdict, new Set(lost.flatMap(({ proves }) => proves)));
    if (wrong !== '') return wrong;
  }
  return '';
}

const sizes = (verdicts: readonly CallSaid[]): string =>
  verdicts.map(({ members }) => members.length).join('+');

function wrongIn(call: BridgedCall, said: CallSaid, size: number, world: World): string {
  const legs = call.legs.filter((leg) => said.members.includes(keyOf(leg)));
  const [leg] = legs;
  if (leg === undefined) return '';
  if (legs.length === size) return wrongInWhole(call, said, world);
  // Some of the legs without the others: any of them may be what the others made of it.
  if (legs.length > 1) return '';
  const told = leg === call.legs[0] ? 'first leg' : 'other leg';
  if (said.joined !== null) return `${told} joined by ${said.joined}`;
  return wrongEnding(told, leg, said, world);
}

function wrongInWhole(call: BridgedCall, said: CallSaid, world: World): string {
  const wrong = wrongEnding('call', call, said, world);
  if (wrong !== '') return wrong;
  if (said.members[0] !== keyOf(call)) return 'led by another leg';
  if (said.served !== call.served) return `want served ${call.served}`;
  const blame = BLAME[said.outcome] ?? said.attribution;
  if (said.attribution !== blame) return `want attribution ${blame} got ${said.attribution}`;
  const talk = said.timing.talk ?? 0;
  const { talkMs } = call;
  if (talkMs !== null && Math.abs(talkMs / 1000 - talk) > LATE_SECONDS) {
    return `talk off by ${Math.round(talkMs / 1000 - talk)} s`;
  }
  const method = METHOD[call.sign] ?? call.sign;
  return said.joined === method ? '' : `want joined ${method} got ${said.joined}`;
}

function wrongEnding(
  told: string,
  { truths, direction }: Pick<BridgedCall, 'truths' | 'direction'>,
  said: CallSaid,
  { peers }: World,
): string {
  if (!truths.some((truth) => agrees(truth, said))) {
    return `${told}: ${wanted(truths)} got ${text(said)} (${said.certainty})`;
  }
  const known = peers ? direction : 'unknown';
  return said.direction === known ? '' : `${told}: want ${known} got ${said.direction}`;
}

/**
 * With messages lost: what the rest says is right when it is marked, or is what one of the legs says. `lost`: what they
 * would have proven.
 */
function confidentlyWrong(call: BridgedCall, said: CallSaid, lost: ReadonlySet<string>): string {
  if (said.outcome === 'lost' || said.certainty === 'assumed') return '';
  // Without the caller's leg the B2BUA itself is the first that is known of.
  if (said.members.length > 1 && !said.members.includes(keyOf(call))) return '';
  const truths = [...call.truths, ...call.legs.flatMap((leg) => leg.truths)];
  const unrung = lost.has('ringing') || lost.has('early');
  const stages = unrung && truths.some(({ outcome }) => outcome === 'cancelled');
  // Of a leg that was not seen, or not seen to be answered, the others know nothing.
  const missed = lost.has('invite') || lost.has('answer') || lost.has('cancel');
  const excused = (missed && said.certainty !== 'observed') || (missed && isTriedOnly(call, said));
  if (isUnmoved(said, truths, lost)) return '';
  const likely = [...truths, ...(stages ? CANCEL_STAGES : []), ...(unrung ? UNRUNG : [])];
  const known = likely.some((truth) => agrees(truth, said));
  return known || excused ? '' : `${wanted(call.truths)} got ${text(said)} (${said.certainty})`;
}

/** Who left by a transfer of which not all was seen, only left. */
function isUnmoved({ reason }: CallSaid, truths: readonly Truth[], lost: ReadonlySet<string>) {
  const moved = truths.some(({ outcome }) => outcome === 'transferred');
  return moved && lost.has('transfer') && reason === 'normal_clearing_callee';
}

/** Of an INVITE that was challenged the one with credentials was missed. */
function isTriedOnly({ shapes }: BridgedCall, { reason }: CallSaid): boolean {
  const challenged = shapes.has('a-challenged') || shapes.has('b-challenged');
  return challenged && reason === 'authentication_given_up';
}

function agrees(truth: Truth, said: CallSaid): boolean {
  return (
    truth.outcome === said.outcome &&
    truth.reason === said.reason &&
    truth.connected === said.connected &&
    truth.endedBy.includes(said.endedBy)
  );
}

function wanted(truths: readonly Truth[]): string {
  const all = truths.map((truth) => text({ ...truth, endedBy: truth.endedBy.join('|') }));
  return `want ${all.join(' or ')}`;
}

function text({ reason, endedBy, connected }: Pick<CallSaid, 'reason' | 'endedBy' | 'connected'>) {
  return `${reason}/${endedBy}${connected ? '/up' : ''}`;
}
