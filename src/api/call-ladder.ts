/** The messages of a kept call, in order of time, with the evidence that each one holds. */
import type { Evidence, Verdict } from '../classify/outcome.ts';
import { statusRow } from '../classify/sip-status.ts';
import type { Redactor } from '../outputs/redact.ts';
import { METHODS } from '../sip/methods.ts';
import { legOf, type OwnVerdict } from '../trace.ts';
import type { RecentCall } from './recent-calls.ts';

/** Evidence tells its time in whole milliseconds, a message its own in tenths. */
const SAME_MOMENT_MS = 3;
const UNITS_PER_MS = 10;

export interface LadderStep {
  /** ISO 8601 UTC with milliseconds. */
  readonly at: string;
  /** Index into the legs of the call. */
  readonly leg: number;
  /** Indices into the hosts; null: the address is not known. */
  readonly from: number | null;
  readonly to: number | null;
  /** Method of a request, else of the transaction. */
  readonly method: string;
  /** null: a request. */
  readonly status: number | null;
  /** `INVITE`, `183 Session Progress`: the registered phrase, which may differ from that on the wire. */
  readonly label: string;
  /** How often it was seen again: sent again, or copied by another tap. */
  readonly repeats: number;
  /** `decided`: evidence in it decided the verdict; `weighed`: it was looked at; null: neither. */
  readonly mark: 'decided' | 'weighed' | null;
  /** Indices into the evidence of the verdict. */
  readonly evidence: readonly number[];
}

export interface CallLadder {
  /** `192.0.2.1:5060`, in order of appearance. */
  readonly hosts: readonly string[];
  readonly messages: readonly LadderStep[];
}

export interface CallDetail {
  readonly verdict: Verdict;
  readonly legs: readonly OwnVerdict[];
  /** null: the call had no room for it, or no message. */
  readonly ladder: CallLadder | null;
}

interface Trace {
  readonly legs: readonly {
    readonly own: OwnVerdict | null;
    readonly ladder: {
      readonly at: number;
      readonly hosts: readonly string[];
      readonly messages: readonly (readonly [number, number, number, number, number, number])[];
    } | null;
  }[];
}

/** Hosts by their address still. */
interface Step extends Omit<LadderStep, 'at' | 'from' | 'to' | 'mark' | 'evidence'> {
  readonly at: number;
  readonly from: string | null;
  readonly to: string | null;
}

/** All that is kept of a call; `redactor` null: numbers are shown. */
export function detailOf(call: RecentCall, redactor: Redactor | null): CallDetail {
  const verdict = JSON.parse(call.verdict) as Verdict;
  const trace = (call.trace === '' ? { legs: [] } : JSON.parse(call.trace)) as Trace;
  const own = trace.legs.flatMap((leg) => leg.own ?? []);
  // A B2BUA puts the numbers of one leg into the Call-ID of another.
  const parties = own.flatMap(({ caller, callee }) =>
    [caller, callee].filter((one) => one !== null),
  );
  const show = (leg: OwnVerdict): OwnVerdict => shownLeg(leg, verdict, parties, redactor);
  const legs = own.length > 0 ? own.map(show) : [verdict];
  return { verdict, legs: legs.map(trimmed), ladder: ladderOf(trace, verdict) };
}

function trimmed(leg: OwnVerdict | Verdict): OwnVerdict {
  return 'sip' in leg ? legOf(leg) : leg;
}

function shownLeg(
  leg: OwnVerdict,
  verdict: Verdict,
  parties: readonly string[],
  redactor: Redactor | null,
): OwnVerdict {
  if (redactor === null) return leg;
  const { callId, fromTag, caller, callee } = redactor.verdict({ ...verdict, ...leg }, parties);
  return { ...leg, callId, fromTag, caller, callee };
}

function ladderOf({ legs }: Trace, verdict: Verdict): CallLadder | null {
  const steps = legs.flatMap(({ ladder }, leg) => {
    if (ladder === null) return [];
    return ladder.messages.map(([after, from, to, method, status, repeats]): Step => {
      const name = METHODS[method] ?? 'OTHER';
      return {
        at: ladder.at + after / UNITS_PER_MS,
        leg,
        from: ladder.hosts[from] ?? null,
        to: ladder.hosts[to] ?? null,
        method: name,
        status: status === 0 ? null : status,
        label: status === 0 ? name : `${status} ${statusRow(status).phrase}`.trim(),
        repeats,
      };
    });
  });
  if (steps.length === 0) return null;
  // HEP is not causal: what arrived first need not be what was sent first.
  steps.sort((a, b) => a.at - b.at);
  const ends = steps.flatMap(({ from, to }) => [from, to]);
  const hosts = [...new Set(ends)].filter((host) => host !== null);
  const held = evidenceByStep(steps, verdict.evidence);
  const messages = steps.map((step, i): LadderStep => {
    const evidence = held.get(i) ?? [];
    const decided = evidence.some((one) => verdict.evidence[one]?.decided === true);
    const mark = decided ? 'decided' : evidence.length > 0 ? 'weighed' : null;
    const { from, to } = step;
    return {
      ...step,
      at: new Date(step.at).toISOString(),
      from: from === null ? null : hosts.indexOf(from),
      to: to === null ? null : hosts.indexOf(to),
      mark,
      evidence,
    };
  });
  return { hosts, messages };
}

/** Each piece of evidence marks one message: that of its kind which is nearest to its time. */
function evidenceByStep(
  steps: readonly Step[],
  evidence: readonly Evidence[],
): ReadonlyMap<number, readonly number[]> {
  const held = new Map<number, number[]>();
  evidence.forEach(({ at, message }, index) => {
    if (at === null || message === null) return;
    const step = nearest(steps, Date.parse(at), message);
    if (step >= 0) held.set(step, [...(held.get(step) ?? []), index]);
  });
  return held;
}

function nearest(steps: readonly Step[], at: number, message: string): number {
  let best = -1;
  let distance = SAME_MOMENT_MS;
  steps.forEach((step, i) => {
    if (!isMeant(message, step)) return;
    const away = Math.abs(Math.floor(step.at) - at);
    if (away > distance || (away === distance && best >= 0)) return;
    best = i;
    distance = away;
  });
  return best;
}

/** `480 to INVITE`, or `BYE from caller`. */
function isMeant(message: string, { method, status }: Step): boolean {
  if (status !== null) return message === `${status} to ${method}`;
  return message.startsWith(`${method} from `);
}
