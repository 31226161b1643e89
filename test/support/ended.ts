/** Attempts as the tracker tells of them, made up at random. */
import fc from 'fast-check';
import { type BranchFact, ENDINGS, type Ended, type ReasonFact } from '../../src/calls/call.ts';
import { UNTOLD } from '../../src/calls/untold.ts';
import type { PeerDirectory } from '../../src/classify/verdict.ts';
import type { ContextNote } from '../../src/context/kinds.ts';

export const ROLES = ['', 'pbx', 'carrier', 'voicemail', 'queue', 'agent'];
export const PEERS: PeerDirectory = {
  configured: true,
  name: (index) => `peer-${index}`,
  role: (index) => ROLES[index] ?? '',
};
const PEER = { max: ROLES.length - 1 };
export const START = Date.UTC(2026, 10, 21, 10);

/** Few values of everything, so that signatures meet again; times around what rules ask for. */
export const after = fc.constantFrom(
  0,
  1,
  900,
  5000,
  9999.9,
  10_000,
  20_000,
  32_000,
  60_000,
  120_000,
);
const time = after.map((ms) => START + ms);
const maybe = fc.option(time, { freq: 2, nil: null });
const status = fc.constantFrom(0, 200, 302, 401, 403, 404, 408, 480, 486, 487, 500, 503, 603, 999);
const seldom = fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.boolean());

const reason: fc.Arbitrary<ReasonFact> = fc.record({
  raw: fc.constantFrom(
    'Q.850;cause=16',
    'Q.850;cause=34;location=LN',
    'SIP;cause=200;text="Call completed elsewhere"',
    'SIP;cause=480, Q.850;cause=17',
    'SIP;cause=604;text="MEDIA_TIMEOUT"',
    'Q.850;cause=0;text="Session timer expired"',
    '',
  ),
  seenIn: fc.constantFrom('response', 'provisional', 'bye', 'cancel'),
  status,
  by: fc.constantFrom(null, 'caller', 'callee', 'platform'),
  branch: fc.integer({ min: -1, max: 2 }),
  at: time,
});
const branch: fc.Arbitrary<BranchFact> = fc.record({
  peer: fc.nat(PEER),
  cseq: fc.constantFrom(1, 1, 1, 2),
  vias: fc.constantFrom(1, 2, 3),
  status,
  key: fc.boolean(),
  invited: fc.boolean(),
  passedOver: seldom,
  cancelled: seldom,
  provisional: fc.constantFrom(0, 180),
  startedAt: time,
  endedAt: maybe,
});
const told = fc.record({
  callId: fc.constantFrom('a@pbx', 'b@pbx'),
  ordinal: fc.nat({ max: 1 }),
  ending: fc.constantFrom(...ENDINGS),
  peerIn: fc.nat(PEER),
  peerOut: fc.nat(PEER),
  fromUnknown: fc.boolean(),
  startedAt: time,
  ringingAt: maybe,
  earlyMediaAt: maybe,
  queuedAt: maybe,
  answeredAt: maybe,
  cancelAt: maybe,
  byeAt: maybe,
  endedAt: time,
  onHold: seldom,
  heldBy: fc.constantFrom(null, null, 'caller', 'callee'),
  status,
  phrase: fc.constantFrom(null, 'Busy Here', 'Stale Date'),
  endedBy: fc.constantFrom(null, 'caller', 'callee', 'platform'),
  cancelSeen: fc.boolean(),
  glare: seldom,
  ackSeen: fc.boolean(),
  authenticated: seldom,
  otherAnswer: seldom,
  setupMissed: seldom,
  answerRetransmissions: fc.constantFrom(0, 3),
  transfer: fc.constantFrom(null, null, 'blind', 'attended'),
  replaced: fc.constantFrom(null, null, 'attended', 'pickup'),
  dialogFailure: fc.constantFrom(0, 0, 408, 481),
  sessionExpires: fc.constantFrom(null, 90),
  refreshedAt: maybe,
  branches: fc.array(branch, { maxLength: 3 }),
  reasons: fc.array(reason, { maxLength: 2 }),
});
export const randomEnded = told.map((own): Ended => ({ ...UNTOLD, ...own }));

/** A fact that has no part in where a call was. */
export const TASK: ContextNote = {
  kind: 'task',
  value: 'inbound',
  name: null,
  enforcedBy: null,
  subject: null,
  at: START,
  source: 'api',
  id: null,
};
