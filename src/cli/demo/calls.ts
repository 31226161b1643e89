import type { Attribution, Certainty, EndedBy, Outcome } from '../../classify/outcome.ts';
import type { ReasonId } from '../../classify/reasons.ts';
import type { Method, What } from './dialog.ts';

/** The verdict that a call must get. */
export interface Expected {
  readonly outcome: Outcome;
  readonly reason: ReasonId;
  readonly attribution: Attribution;
  readonly endedBy: EndedBy;
  readonly certainty: Certainty;
}

/** What the PBX does next: it waits for a message of the phone, or it sends one. */
export type PbxStep =
  | { readonly await: What }
  | { readonly send: What; readonly headers?: readonly string[] };

/** What the person at the phone does, and when; null: nothing. */
export type PhonePlan = {
  readonly when: 'trying' | 'ringing' | 'answered';
  readonly send: 'BYE' | 'CANCEL';
} | null;

/** One message of a call that is sent as raw HEP. `to`: the method that a status answers, INVITE if absent. */
export interface HepStep {
  readonly from: 'caller' | 'callee';
  readonly send: What;
  readonly to?: Method;
  readonly headers?: readonly string[];
}

interface Row {
  /** What happens, in words. */
  readonly played: string;
  /** The number that the PBX knows this call by. */
  readonly number: string;
  readonly expected: Expected;
}
/** sip.js dials the number. */
export interface DialledCall extends Row {
  readonly by: 'dialled';
  readonly phone: PhonePlan;
  readonly pbx: readonly PbxStep[];
}
/** The PBX calls sip.js. */
export interface ReceivedCall extends Row {
  readonly by: 'received';
  readonly pbx: readonly PbxStep[];
}
/** No phone at all: packets as a capture agent sends them. */
export interface HepCall extends Row {
  readonly by: 'hep';
  readonly steps: readonly HepStep[];
}
export type DemoCall = DialledCall | ReceivedCall | HepCall;

const CHALLENGE =
  'Proxy-Authenticate: Digest realm="callfate-demo", nonce="5ca1ab1e", algorithm=MD5, qop="auth"';

/** Of `Expected`: outcome, reason, attribution, who ended it. */
function expect(
  outcome: Outcome,
  reason: ReasonId,
  attribution: Attribution,
  endedBy: EndedBy,
): Expected {
  return { outcome, reason, attribution, endedBy, certainty: 'observed' };
}

/** A set-up that the PBX refuses with this status. */
function refusal(status: number, headers: readonly string[] = []): readonly PbxStep[] {
  return [{ send: 100 }, { send: status, headers }, { await: 'ACK' }];
}

const RINGS = [{ send: 100 }, { send: 180 }] as const satisfies readonly PbxStep[];
const ANSWERS = [...RINGS, { send: 200 }, { await: 'ACK' }] as const satisfies readonly PbxStep[];

/** The calls in the order in which they are placed. */
// biome-ignore format: a call is a row, and a row stays together
export const CALLS: readonly DemoCall[] = [
  { by: 'dialled', number: '200', played: 'answered; the caller hangs up',
    phone: { when: 'answered', send: 'BYE' },
    pbx: [...ANSWERS, { await: 'BYE' }],
    expected: expect('completed', 'normal_clearing_caller', 'none', 'caller') },
  { by: 'dialled', number: '201', played: 'answered; the callee hangs up',
    phone: null,
    pbx: [...ANSWERS, { send: 'BYE' }, { await: 200 }],
    expected: expect('completed', 'normal_clearing_callee', 'none', 'callee') },
  { by: 'dialled', number: '407', played: '407, then with credentials: answered; the caller hangs up',
    phone: { when: 'answered', send: 'BYE' },
    pbx: [{ send: 407, headers: [CHALLENGE] }, { await: 'INVITE' }, ...ANSWERS, { await: 'BYE' }],
    expected: expect('completed', 'normal_clearing_caller', 'none', 'caller') },
  { by: 'dialled', number: '100', played: 'CANCEL before it rings',
    phone: { when: 'trying', send: 'CANCEL' },
    pbx: [{ send: 100 }, { await: 'CANCEL' }, { send: 487 }, { await: 'ACK' }],
    expected: expect('cancelled', 'caller_cancelled_before_ringing', 'caller', 'caller') },
  { by: 'dialled', number: '180', played: 'CANCEL while it rings',
    phone: { when: 'ringing', send: 'CANCEL' },
    pbx: [...RINGS, { await: 'CANCEL' }, { send: 487 }, { await: 'ACK' }],
    expected: expect('cancelled', 'caller_cancelled_ringing', 'caller', 'caller') },
  { by: 'dialled', number: '486', played: '486 Busy Here',
    phone: null, pbx: refusal(486),
    expected: expect('busy', 'user_busy', 'callee', 'callee') },
  { by: 'dialled', number: '603', played: '603 Decline',
    phone: null, pbx: refusal(603),
    expected: expect('declined', 'declined_everywhere', 'callee', 'callee') },
  { by: 'dialled', number: '404', played: '404 Not Found: the number does not exist',
    phone: null, pbx: refusal(404),
    expected: expect('invalid_number', 'unallocated_number', 'callee', 'network') },
  { by: 'dialled', number: '480', played: '480 Temporarily Unavailable',
    phone: null, pbx: refusal(480),
    expected: expect('unreachable', 'temporarily_unavailable', 'callee', 'network') },
  { by: 'dialled', number: '503', played: '503 with Q.850 cause 34: the carrier has no circuit',
    phone: null, pbx: refusal(503, ['Reason: Q.850;cause=34;text="No circuit available"']),
    expected: expect('failed', 'no_circuit_available', 'carrier', 'network') },
  { by: 'dialled', number: '38', played: 'answered; BYE with Q.850 cause 38: the network broke',
    phone: null,
    pbx: [...ANSWERS, { send: 'BYE', headers: ['Reason: Q.850;cause=38;text="Network out of order"'] },
      { await: 200 }],
    expected: expect('dropped', 'dropped_network_out_of_order', 'carrier', 'callee') },
  { by: 'received', number: '199', played: 'CANCEL with SIP;cause=200: another phone took the call',
    pbx: [{ send: 'INVITE' }, { await: 180 },
      { send: 'CANCEL', headers: ['Reason: SIP;cause=200;text="Call completed elsewhere"'] },
      { await: 487 }, { send: 'ACK' }],
    expected: expect('answered_elsewhere', 'answered_elsewhere', 'none', 'caller') },
  { by: 'hep', number: '202', played: 'answered; the callee hangs up with Q.850 cause 16',
    steps: [
      { from: 'caller', send: 'INVITE' }, { from: 'callee', send: 180 },
      { from: 'callee', send: 200 }, { from: 'caller', send: 'ACK' },
      { from: 'callee', send: 'BYE', headers: ['Reason: Q.850;cause=16;text="NORMAL_CLEARING"'] },
      { from: 'caller', send: 200, to: 'BYE' }],
    expected: expect('completed', 'normal_clearing_callee', 'none', 'callee') },
  { by: 'hep', number: '183', played: '183 with Q.850 cause 34, hidden by a 480 with cause 31',
    steps: [
      { from: 'caller', send: 'INVITE' },
      { from: 'callee', send: 183, headers: ['Reason: Q.850;cause=34'] },
      { from: 'callee', send: 480, headers: ['Reason: Q.850;cause=31'] },
      { from: 'caller', send: 'ACK' }],
    expected: expect('failed', 'no_circuit_available', 'carrier', 'network') },
  { by: 'hep', number: '804', played: 'answered; BYE as FreeSWITCH sends it when media stops',
    steps: [
      { from: 'caller', send: 'INVITE' }, { from: 'callee', send: 200 },
      { from: 'caller', send: 'ACK' },
      { from: 'callee', send: 'BYE', headers: ['Reason: SIP;cause=804;text="MEDIA_TIMEOUT"'] },
      { from: 'caller', send: 200, to: 'BYE' }],
    expected: expect('dropped', 'media_timeout', 'network', 'platform') },
];
