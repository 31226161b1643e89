import { CONTEXT_RULES, STAGE_RULES } from './context-rules.ts';
import type { Case, Fact } from './facts.ts';
import { readings } from './readings.ts';
import type { Rule } from './rule.ts';

export { type Rule, WEIGHTS, type Weight } from './rule.ts';

/** Timer H, 64 × T1, and the time that a BYE takes (RFC 3261 §13.3.1.4); of several 200s the first may be missed. */
const NEVER_ACKED_MS = 29_000;
const NEVER_ACKED_END_MS = 34_500;
/** 200s that must have been repeated: one lost ACK packet proves nothing. */
const REPEATED_ANSWERS = 3;
const CROSSING_MS = 5000;
const LONG_RING_MS = 10_000;
/** The shortest no-answer timer in common use; nobody looks at a ringing phone for so long to press reject. */
const RING_TIMEOUT_MS = 20_000;
const SESSION_SLACK_S = 1.5;
/** PBXs end a call that sends no media or answers no request after 30 to 60 s. */
const MISSING_MS = 90_000;

const rang = (c: Case): boolean => c.ended.ringingAt !== null;
const rangFor = ({ ended }: Case, least: number): boolean =>
  ended.ringingAt !== null && ended.endedAt - ended.ringingAt >= least;
const rangLong = (c: Case): boolean => rangFor(c, LONG_RING_MS);
const ending =
  (...names: readonly string[]) =>
  (_: Fact, c: Case): boolean =>
    names.includes(c.ended.ending);
const withCause =
  (cause: number) =>
  (_: Fact, c: Case): boolean =>
    c.facts.some((f) => f.type === 'reason' && f.value.key === 'q.850' && f.value.cause === cause);
const inNetwork = (f: Fact): boolean =>
  f.type === 'reason' && f.value.location !== null && f.value.location !== 'U';

/** The evidence table (DESIGN §4). Order matters only between rows that read the same fact. */
export const RULES: readonly Rule[] = [
  ...CONTEXT_RULES,

  // How the attempt stopped.
  {
    id: 'evicted',
    on: 'ending',
    kind: 'inference',
    when: ending('evicted'),
    reason: 'evicted',
    weight: 'ruling',
    certainty: 'assumed',
    why: 'the table of calls was full and this was the oldest',
  },
  {
    id: 'shutdown',
    on: 'ending',
    kind: 'inference',
    when: ending('shutdown'),
    reason: 'observer_stopped',
    weight: 'ruling',
    certainty: 'assumed',
    why: 'callfate stopped while the call was in progress',
  },
  {
    id: 'cut-off-for-good',
    on: 'connection',
    kind: 'inference',
    when: ending('expired'),
    reason: readings.cutOff,
    weight: 'ruling',
    certainty: 'inferred',
    why: 'the WebSocket of a party was closed and the party was not heard of again',
  },
  {
    id: 'cut-off',
    on: 'connection',
    kind: 'inference',
    when: (_, c) => hungUpOnTheMissing(c),
    reason: readings.cutOff,
    weight: 'specific',
    certainty: 'inferred',
    why: 'a party closed its WebSocket, and the other side ended the call soon after',
  },
  {
    id: 'cut-off-before',
    on: 'connection',
    kind: 'inference',
    reason: readings.cutOff,
    weight: 'none',
    why: 'the WebSocket of a party was closed, and the call ended otherwise',
  },
  {
    id: 'no-end-seen',
    on: 'ending',
    kind: 'inference',
    when: (f, c) => c.connected && ending('expired')(f, c),
    reason: 'no_end_seen',
    weight: 'ruling',
    certainty: 'assumed',
    why: 'answered, and no BYE came within the time-out',
  },
  {
    id: 'no-final-seen',
    on: 'ending',
    kind: 'inference',
    when: ending('expired'),
    reason: 'no_final_seen',
    weight: 'ruling',
    certainty: 'assumed',
    why: 'no final response came within the time-out',
  },
  {
    id: 'refused',
    on: 'ending',
    kind: 'inference',
    when: ending('refused'),
    reason: 'rejected_by_platform',
    weight: 'none',
    why: 'the platform refused the call and never sent it',
  },
  {
    id: 'unsolicited',
    on: 'ending',
    kind: 'inference',
    when: (f, c) =>
      c.stranger && !c.ended.authenticated && ending('rejected', 'challenged', 'no_response')(f, c),
    reason: 'unsolicited',
    weight: 'ruling',
    why: 'an unlisted address called without credentials and was refused',
  },
  {
    id: 'no-response',
    on: 'ending',
    kind: 'inference',
    when: ending('no_response'),
    reason: 'no_response',
    weight: 'specific',
    certainty: 'inferred',
    why: 'the INVITE was repeated to the end and nothing answered',
  },
  {
    id: 'challenged',
    on: 'ending',
    kind: 'request',
    when: ending('challenged'),
    reason: 'authentication_given_up',
    weight: 'specific',
    why: 'no INVITE with credentials followed the challenge',
  },
  {
    id: 'picked-up',
    on: 'ending',
    kind: 'request',
    when: (_, c) => c.ended.replaced === 'pickup',
    reason: 'picked_off',
    weight: 'specific',
    why: "another phone's Replaces took the ringing call over (RFC 3891)",
  },
  {
    id: 'replaced',
    on: 'ending',
    kind: 'request',
    when: (_, c) => c.connected && c.ended.replaced !== null,
    reason: 'attended_transfer',
    weight: 'specific',
    why: "another dialog's Replaces took this one over: its BYE is no hang-up (RFC 3891)",
  },
  {
    id: 'transferred',
    on: 'ending',
    kind: 'request',
    when: (_, c) => c.connected && c.ended.transfer !== null,
    reason: readings.transferred,
    weight: 'specific',
    why: 'a REFER was accepted and did not fail: the BYE completes the transfer (RFC 5589)',
  },
  {
    id: 'dialog-failed',
    on: 'ending',
    kind: 'inference',
    when: (_, c) => c.connected && c.ended.dialogFailure !== 0,
    reason: readings.dialogFailed,
    weight: 'specific',
    certainty: 'inferred',
    why: 'a request inside the dialog was answered 481 or 408, which ends it (RFC 5057)',
  },
  {
    id: 'session-interval',
    on: 'ending',
    kind: 'inference',
    when: (_, c) => c.connected && atSessionExpiry(c),
    reason: 'session_timer_expired',
    weight: 'specific',
    certainty: 'assumed',
    why: 'the BYE came when the session interval ran out unrefreshed (RFC 4028 §10)',
  },
  {
    id: 'crossing',
    on: 'ending',
    kind: 'request',
    when: (f, c) => ending('hung_up')(f, c) && crossed(c),
    reason: 'caller_cancelled_at_answer',
    weight: 'specific',
    why: "the caller's CANCEL crossed the 200, and its BYE followed at once",
  },
  {
    id: 'never-acked',
    on: 'ending',
    kind: 'inference',
    when: (f, c) => ending('hung_up')(f, c) && neverAcked(c),
    reason: 'ack_timeout',
    weight: 'specific',
    certainty: 'assumed',
    why: 'the callee ended it about 32 s after its 200 and no ACK was seen',
  },
  ...STAGE_RULES,
  {
    id: 'voicemail-peer',
    on: 'ending',
    kind: 'inference',
    when: (f, c) => ending('hung_up')(f, c) && c.roleOut === 'voicemail',
    reason: 'voicemail_reached',
    weight: 'generic',
    certainty: 'inferred',
    why: 'a voicemail peer answered',
  },
  {
    id: 'platform-peer',
    on: 'ending',
    kind: 'inference',
    when: (f, c) => ending('hung_up')(f, c) && (c.roleOut === 'ivr' || c.roleOut === 'queue'),
    reason: 'answered_by_platform',
    weight: 'generic',
    certainty: 'assumed',
    why: 'an IVR or queue answered and nothing says what followed',
  },
  {
    id: 'hung-up',
    on: 'ending',
    kind: 'request',
    when: ending('hung_up'),
    reason: readings.clearing,
    weight: 'generic',
    why: 'BYE',
  },
  {
    id: 'cancelled-unfinished',
    on: 'ending',
    kind: 'request',
    when: (f, c) => ending('cancelled')(f, c) && c.ended.byeAt === null && c.ended.status === 0,
    reason: readings.cancelled,
    weight: 'generic',
    certainty: 'assumed',
    why: "the caller's CANCEL; whether a 200 crossed it was not seen",
  },
  {
    id: 'cancelled',
    on: 'ending',
    kind: 'request',
    when: ending('cancelled'),
    reason: readings.cancelled,
    weight: 'generic',
    why: 'the caller gave up before the answer',
  },
  {
    id: 'rejected',
    on: 'ending',
    kind: 'inference',
    reason: 'unspecified_failure',
    weight: 'none',
    why: 'the final response says why',
  },

  // Final statuses.
  {
    id: 'asterisk-603-ring',
    on: 'status',
    kind: 'sip_status',
    status: [603],
    when: (f, c) => rang(c) && withCause(16)(f, c),
    reason: 'ring_timeout_platform',
    weight: 'specific',
    certainty: 'inferred',
    why: '603 with cause 16 is a dialplan that stopped ringing, not a person who declined',
  },
  {
    id: 'asterisk-603',
    on: 'status',
    kind: 'sip_status',
    status: [603],
    when: withCause(16),
    reason: 'rejected_by_platform',
    weight: 'specific',
    certainty: 'inferred',
    why: '603 with cause 16 is a dialplan hang-up before answer',
  },
  {
    id: 'freeswitch-480',
    on: 'status',
    kind: 'sip_status',
    status: [480],
    when: withCause(16),
    reason: 'rejected_by_platform',
    weight: 'specific',
    certainty: 'inferred',
    why: '480 with cause 16 is the default of a dialplan hang-up, not a no-answer',
  },
  {
    id: 'ring-timeout',
    on: 'status',
    kind: 'sip_status',
    status: [408],
    when: (_, c) => rang(c),
    reason: 'ring_timeout_platform',
    weight: 'specific',
    why: 'time-out after the callee was alerted',
  },
  {
    id: 'unavailable-after-ringing',
    on: 'status',
    kind: 'inference',
    status: [480],
    when: (_, c) => rangLong(c),
    reason: 'no_answer',
    weight: 'generic',
    certainty: 'inferred',
    why: 'unavailable after it rang for long',
  },
  {
    id: 'busy-after-long-ring',
    on: 'status',
    kind: 'inference',
    status: [486],
    when: (_, c) => rangFor(c, RING_TIMEOUT_MS),
    reason: 'no_answer',
    weight: 'specific',
    certainty: 'inferred',
    why: 'phones answer 486 when nobody picks up: it rang too long for somebody to have been busy',
  },
  {
    id: 'stale-date',
    on: 'status',
    kind: 'sip_status',
    status: [403],
    when: (_, c) => /stale date/i.test(c.ended.phrase ?? ''),
    reason: 'stir_stale_date',
    weight: 'specific',
    why: 'the phrase names a STIR failure (RFC 8224)',
  },
  {
    id: 'proxy-stopped-ringing',
    on: 'status',
    kind: 'sip_status',
    status: [487],
    when: (f, c) => ending('rejected')(f, c) && proxyCancelled(c) && rang(c),
    reason: 'ring_timeout_platform',
    weight: 'specific',
    certainty: 'assumed',
    endedBy: 'platform',
    why: 'a proxy cancelled the ringing call and the caller had not',
  },
  {
    id: 'proxy-cancelled',
    on: 'status',
    kind: 'sip_status',
    status: [487],
    when: (f, c) => ending('rejected')(f, c) && proxyCancelled(c),
    reason: 'cancelled_by_platform',
    weight: 'specific',
    certainty: 'assumed',
    endedBy: 'platform',
    why: 'a proxy cancelled the call and the caller had not',
  },
  {
    id: 'unasked-487',
    on: 'status',
    kind: 'sip_status',
    status: [487],
    when: ending('rejected'),
    reason: 'request_terminated',
    weight: 'generic',
    certainty: 'assumed',
    endedBy: 'unknown',
    why: '487 although no CANCEL was seen',
  },
  {
    id: 'untold-487',
    on: 'status',
    kind: 'sip_status',
    status: [487],
    when: (f, c) => ending('cancelled')(f, c) && c.ended.byeAt === null && !c.ended.cancelSeen,
    reason: readings.cancelled,
    weight: 'generic',
    certainty: 'assumed',
    why: "the caller's CANCEL is only known from its 200: what it gave as Reason was missed",
  },
  {
    id: 'cancelled-487',
    on: 'status',
    kind: 'sip_status',
    status: [408, 487],
    when: ending('cancelled'),
    reason: readings.cancelled,
    weight: 'generic',
    why: "the final that answers the caller's own CANCEL",
  },
  {
    id: 'unseen-invite',
    on: 'status',
    kind: 'sip_status',
    when: (f, c) => f.type === 'status' && f.near && ownInviteMissed(c),
    reason: readings.status,
    weight: 'row',
    certainty: 'assumed',
    why: 'final response to an INVITE that was missed: it may have been a re-INVITE',
  },
  {
    id: 'hidden-500',
    on: 'status',
    kind: 'sip_status',
    status: [500],
    when: (f, c) => f.type === 'status' && f.near && farFinalMissed(c),
    reason: readings.status,
    weight: 'generic',
    certainty: 'assumed',
    why: 'a proxy may have made it of a 503 behind it, whose final was missed',
  },
  {
    id: 'status',
    on: 'status',
    kind: 'sip_status',
    reason: readings.status,
    weight: 'row',
    why: 'final response',
  },

  // Reason header values, whatever their protocol: texts that say more than the number.
  {
    id: 'analytics',
    on: 'reason',
    kind: 'vendor_reason',
    text: /^\s*v=analytics1/i,
    reason: 'call_rejected_by_analytics',
    weight: 'specific',
    endedBy: 'network',
    why: 'the text is that of a network block by analytics, not of a person',
  },
  {
    id: 'session-timer',
    on: 'reason',
    kind: 'vendor_reason',
    text: /session (timer|time-?out)|no session refresh/i,
    seenIn: ['bye'],
    reason: 'session_timer_expired',
    weight: 'specific',
    why: 'the text says that the session timer expired (RFC 4028)',
  },
  {
    id: 'ack-timeout',
    on: 'reason',
    kind: 'vendor_reason',
    text: /\back[ -]?time-?out|\bno ack\b/i,
    seenIn: ['bye'],
    reason: 'ack_timeout',
    weight: 'specific',
    why: 'the text says that the ACK never came',
  },
  {
    id: 'cancel-race',
    on: 'reason',
    kind: 'vendor_reason',
    text: /cancel race|sip race/i,
    seenIn: ['bye'],
    reason: 'caller_cancelled_at_answer',
    weight: 'specific',
    why: 'the text says that CANCEL and answer crossed',
  },
  {
    id: 'media-text',
    on: 'reason',
    kind: 'vendor_reason',
    text: /rtp[ -]?(broken|time-?out)|rtc time-?out|media time-?out/i,
    seenIn: ['bye'],
    reason: 'media_timeout',
    weight: 'specific',
    why: 'the text says that media stopped',
  },
  {
    id: 'ice-text',
    on: 'reason',
    kind: 'vendor_reason',
    text: /\bice failed/i,
    seenIn: ['bye'],
    reason: 'ice_failed',
    weight: 'specific',
    why: 'the text says that ICE failed',
  },
  {
    id: 'freeswitch-name',
    on: 'reason',
    kind: 'vendor_reason',
    protocol: ['sip', 'freeswitch'],
    when: (f) => readings.freeswitchKnown(f),
    reason: readings.freeswitch,
    weight: 'specific',
    why: 'the text is the name of an internal cause of FreeSWITCH',
  },
  {
    id: 'user-text',
    on: 'reason',
    kind: 'sip_reason',
    text: /user (triggered|hung up|ends? call)|terminated by user/i,
    seenIn: ['bye'],
    reason: readings.clearing,
    weight: 'generic',
    why: 'the text says that the user hung up',
  },

  // CANCEL.
  {
    id: 'cancel-rejected-text',
    on: 'reason',
    kind: 'sip_reason',
    protocol: ['sip'],
    causes: [200],
    text: /reject|declin/i,
    seenIn: ['cancel'],
    reason: 'refused_elsewhere',
    weight: 'specific',
    why: 'another branch refused, as the text says',
  },
  {
    id: 'cancel-elsewhere',
    on: 'reason',
    kind: 'sip_reason',
    protocol: ['sip'],
    causes: [200],
    seenIn: ['cancel'],
    reason: 'answered_elsewhere',
    weight: 'specific',
    why: 'another branch answered (RFC 3326 §3.1)',
  },
  {
    id: 'cancel-not-selected',
    on: 'reason',
    kind: 'q850',
    protocol: ['q.850'],
    causes: [26],
    seenIn: ['cancel'],
    reason: 'answered_elsewhere',
    weight: 'specific',
    why: 'cause 26 in a CANCEL: this leg was not selected',
  },
  {
    id: 'cancel-refused',
    on: 'reason',
    kind: 'sip_reason',
    protocol: ['sip'],
    causes: [486, 600, 603],
    seenIn: ['cancel'],
    reason: 'refused_elsewhere',
    weight: 'specific',
    why: 'another branch refused for all',
  },
  {
    id: 'cancel-ring-timeout',
    on: 'reason',
    kind: 'sip_reason',
    protocol: ['sip'],
    causes: [408, 480],
    seenIn: ['cancel'],
    reason: 'ring_timeout_platform',
    weight: 'specific',
    why: 'the proxy gave up ringing',
  },
  {
    id: 'cancel-no-answer',
    on: 'reason',
    kind: 'q850',
    protocol: ['q.850'],
    causes: [18, 19],
    seenIn: ['cancel'],
    reason: 'ring_timeout_platform',
    weight: 'specific',
    why: 'the PBX gave up ringing',
  },
  {
    id: 'cancel-originator',
    on: 'reason',
    kind: 'sip_reason',
    protocol: ['sip'],
    causes: [487],
    seenIn: ['cancel'],
    reason: readings.cancelled,
    weight: 'generic',
    why: 'the caller gave up',
  },
  {
    id: 'cancel-synthetic',
    on: 'reason',
    kind: 'q850',
    protocol: ['q.850'],
    causes: [0, 16, 31, 127],
    seenIn: ['cancel'],
    reason: readings.cancelled,
    weight: 'synthetic',
    why: 'a cause that the PBX puts in every CANCEL',
  },

  {
    id: 'cancelled-cause',
    on: 'reason',
    kind: 'q850',
    protocol: ['q.850'],
    causes: [0, 16, 31, 127],
    seenIn: ['response'],
    status: [487],
    when: ending('cancelled'),
    reason: readings.cancelled,
    weight: 'synthetic',
    why: "a cause that stacks put in the 487 which answers the caller's own CANCEL",
  },

  // Q.850.
  {
    id: 'cause-none',
    on: 'reason',
    kind: 'q850',
    protocol: ['q.850'],
    causes: [0],
    reason: readings.cause,
    weight: 'synthetic',
    why: 'cause 0 is not a cause: the PBX had none',
  },
  {
    id: 'refused-with-26',
    on: 'reason',
    kind: 'q850',
    protocol: ['q.850'],
    causes: [26],
    seenIn: ['response'],
    reason: 'number_ported',
    weight: 'specific',
    endedBy: 'network',
    why: 'cause 26 in a refusal: misrouted to a ported number (ANSI; RFC 3398 §7.2.4.1 sends 404)',
  },
  {
    id: 'busy-with-34',
    on: 'reason',
    kind: 'q850',
    protocol: ['q.850'],
    causes: [34],
    status: [486],
    when: (f) => !inNetwork(f),
    reason: 'user_busy',
    weight: 'specific',
    why: 'busy on the user side says 34; only a network location means congestion',
  },
  {
    id: 'provisional-cause',
    on: 'reason',
    kind: 'provisional_reason',
    protocol: ['q.850'],
    seenIn: ['provisional'],
    when: (f) => readings.causeKnown(f),
    reason: readings.cause,
    weight: 'row',
    why: 'cause in a provisional response, which a later default may hide',
  },
  {
    id: 'cause',
    on: 'reason',
    kind: 'q850',
    protocol: ['q.850'],
    when: (f) => readings.causeKnown(f),
    reason: readings.cause,
    weight: 'row',
    why: 'Q.850 cause',
  },

  // SIP in BYE and responses.
  {
    id: 'bye-200',
    on: 'reason',
    kind: 'sip_reason',
    protocol: ['sip'],
    causes: [200],
    seenIn: ['bye'],
    reason: readings.clearing,
    weight: 'generic',
    why: 'SIP;cause=200 without a telling text is a normal end',
  },
  {
    id: 'provisional-status',
    on: 'reason',
    kind: 'provisional_reason',
    protocol: ['sip'],
    seenIn: ['provisional'],
    when: (f) => readings.statusKnown(f),
    reason: readings.status,
    weight: 'generic',
    why: 'a failed branch, as told by a proxy: the call went on',
  },
  {
    id: 'sip-reason',
    on: 'reason',
    kind: 'sip_reason',
    protocol: ['sip'],
    when: (f) => readings.statusKnown(f),
    reason: readings.status,
    weight: 'row',
    why: 'SIP status in a Reason',
  },

  // Other protocols and bare tokens.
  {
    id: 'preemption',
    on: 'reason',
    kind: 'vendor_reason',
    protocol: ['preemption'],
    reason: readings.preempted,
    weight: 'specific',
    why: 'preempted (RFC 4411)',
  },
  {
    id: 'release-cause',
    on: 'reason',
    kind: 'vendor_reason',
    protocol: ['release_cause', 'user'],
    reason: readings.clearing,
    weight: 'generic',
    why: 'the user ended it (3GPP RELEASE_CAUSE)',
  },
  {
    id: 'failure-cause',
    on: 'reason',
    kind: 'vendor_reason',
    protocol: ['failure_cause'],
    seenIn: ['bye'],
    reason: 'bearer_lost',
    weight: 'specific',
    why: 'the bearer was lost (3GPP FAILURE_CAUSE)',
  },
  {
    id: 'out-of-credit',
    on: 'reason',
    kind: 'vendor_reason',
    protocol: ['outofcredit'],
    reason: readings.credit,
    weight: 'specific',
    why: 'the charging server found no credit',
  },
  {
    id: 'operator-kill',
    on: 'reason',
    kind: 'vendor_reason',
    protocol: ['mi_terminated'],
    seenIn: ['bye'],
    reason: 'terminated_by_operator',
    weight: 'specific',
    endedBy: 'platform',
    why: 'an operator ended the dialog by command',
  },
  {
    id: 'dialog-lifetime',
    on: 'reason',
    kind: 'vendor_reason',
    protocol: ['dialog_timeout'],
    seenIn: ['bye'],
    reason: 'max_duration_reached',
    weight: 'specific',
    endedBy: 'platform',
    why: "the proxy's dialog lifetime was over",
  },
  {
    id: 'unread',
    on: 'reason',
    kind: 'vendor_reason',
    reason: 'unspecified_failure',
    weight: 'none',
    why: 'no rule reads this Reason',
  },
];

/** The BYE is not from the party that was cut off, and came while a PBX may still have waited for it. */
function hungUpOnTheMissing({ ended }: Case): boolean {
  const { connectionLoss: loss, byeAt, endedBy } = ended;
  // A PBX also closes connections that were merely idle.
  if (loss?.closedBy !== 'client' || byeAt === null || ended.ending !== 'hung_up') return false;
  return endedBy !== loss.party && byeAt >= loss.at && byeAt - loss.at <= MISSING_MS;
}

/** CANCEL, then answer, then the caller's BYE at once. */
function crossed({ ended }: Case): boolean {
  const { cancelAt, byeAt, answeredAt } = ended;
  if (cancelAt === null || byeAt === null || ended.endedBy === 'callee') return false;
  return byeAt - Math.max(cancelAt, answeredAt ?? cancelAt) <= CROSSING_MS;
}

function neverAcked({ ended }: Case): boolean {
  if (ended.ackSeen || ended.answeredAt === null || ended.byeAt === null) return false;
  if (ended.answerRetransmissions < REPEATED_ANSWERS) return false;
  const after = ended.byeAt - ended.answeredAt;
  return ended.endedBy === 'callee' && after >= NEVER_ACKED_MS && after <= NEVER_ACKED_END_MS;
}

/** RFC 4028 §10: who does not get a refresh sends BYE min(32, interval / 3) seconds before the end. */
function atSessionExpiry({ ended }: Case): boolean {
  const { sessionExpires, refreshedAt, byeAt } = ended;
  if (sessionExpires === null || refreshedAt === null || byeAt === null) return false;
  const early = Math.min(32, sessionExpires / 3);
  const left = sessionExpires - (byeAt - refreshedAt) / 1000;
  return Math.abs(left - early) <= SESSION_SLACK_S || Math.abs(left) <= SESSION_SLACK_S;
}

function proxyCancelled({ ended }: Case): boolean {
  return ended.branches.some((branch) => !branch.key && branch.cancelled);
}

/** The call went on behind the branch that is known to have decided, and what it was answered there was not seen. */
function farFinalMissed({ ended, deciding }: Case): boolean {
  const vias = deciding?.vias ?? 0;
  return ended.branches.some((branch) => branch.vias > vias && branch.status === 0);
}

/** A first try was seen, and the final belongs to a later one of which nothing else was. */
function ownInviteMissed({ ended }: Case): boolean {
  const own = ended.branches.find((branch) => branch.key && branch.status === ended.status);
  if (own === undefined || own.invited) return false;
  return ended.branches.some((branch) => branch.cseq < own.cseq);
}
