import { describe, expect, test } from 'vitest';
import {
  ATTRIBUTIONS,
  type Attribution,
  OUTCOMES,
  type Outcome,
  STAGES,
} from '../../src/classify/outcome.ts';
import {
  causeRow,
  FREESWITCH_CAUSES,
  freeswitchCauseByName,
  freeswitchCauseByNumber,
  locationRow,
  Q850_CAUSES,
  Q850_LOCATIONS,
} from '../../src/classify/q850.ts';
import {
  isReasonId,
  REASONS,
  type ReasonId,
  type ReasonRow,
  reasonIndex,
  reasonRow,
} from '../../src/classify/reasons.ts';
import { reasonsMarkdown } from '../../src/classify/reasons-doc.ts';
import { SIP_STATUSES, statusRow } from '../../src/classify/sip-status.ts';

// Written down again on purpose: a row that gets lost, or is renamed, is missed here.

/** IANA sip-parameters-7, and unregistered statuses that are met. */
const STATUSES: readonly (readonly [number, string])[] = [
  [100, 'Trying'],
  [180, 'Ringing'],
  [181, 'Call Is Being Forwarded'],
  [182, 'Queued'],
  [183, 'Session Progress'],
  [199, 'Early Dialog Terminated'],
  [200, 'OK'],
  [202, 'Accepted'],
  [204, 'No Notification'],
  [300, 'Multiple Choices'],
  [301, 'Moved Permanently'],
  [302, 'Moved Temporarily'],
  [305, 'Use Proxy'],
  [380, 'Alternative Service'],
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [402, 'Payment Required'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [406, 'Not Acceptable'],
  [407, 'Proxy Authentication Required'],
  [408, 'Request Timeout'],
  [409, 'Conflict'],
  [410, 'Gone'],
  [411, 'Length Required'],
  [412, 'Conditional Request Failed'],
  [413, 'Request Entity Too Large'],
  [414, 'Request-URI Too Long'],
  [415, 'Unsupported Media Type'],
  [416, 'Unsupported URI Scheme'],
  [417, 'Unknown Resource-Priority'],
  [420, 'Bad Extension'],
  [421, 'Extension Required'],
  [422, 'Session Interval Too Small'],
  [423, 'Interval Too Brief'],
  [424, 'Bad Location Information'],
  [425, 'Bad Alert Message'],
  [428, 'Use Identity Header'],
  [429, 'Provide Referrer Identity'],
  [430, 'Flow Failed'],
  [433, 'Anonymity Disallowed'],
  [436, 'Bad Identity Info'],
  [437, 'Unsupported Credential'],
  [438, 'Invalid Identity Header'],
  [439, 'First Hop Lacks Outbound Support'],
  [440, 'Max-Breadth Exceeded'],
  [469, 'Bad Info Package'],
  [470, 'Consent Needed'],
  [478, 'Unresolvable Destination'],
  [480, 'Temporarily Unavailable'],
  [481, 'Call/Transaction Does Not Exist'],
  [482, 'Loop Detected'],
  [483, 'Too Many Hops'],
  [484, 'Address Incomplete'],
  [485, 'Ambiguous'],
  [486, 'Busy Here'],
  [487, 'Request Terminated'],
  [488, 'Not Acceptable Here'],
  [489, 'Bad Event'],
  [490, 'Request Updated'],
  [491, 'Request Pending'],
  [493, 'Undecipherable'],
  [494, 'Security Agreement Required'],
  [500, 'Server Internal Error'],
  [501, 'Not Implemented'],
  [502, 'Bad Gateway'],
  [503, 'Service Unavailable'],
  [504, 'Server Time-out'],
  [505, 'Version Not Supported'],
  [513, 'Message Too Large'],
  [555, 'Push Notification Service Not Supported'],
  [580, 'Precondition Failure'],
  [600, 'Busy Everywhere'],
  [603, 'Decline'],
  [604, 'Does Not Exist Anywhere'],
  [606, 'Not Acceptable'],
  [607, 'Unwanted'],
  [608, 'Rejected'],
  [687, 'Dialog Terminated'],
];

/** Q.850 with its national and vendor values. */
const CAUSES: readonly (readonly [number, string])[] = [
  [0, 'No cause received yet'],
  [1, 'Unallocated (unassigned) number'],
  [2, 'No route to specified transit network'],
  [3, 'No route to destination'],
  [4, 'Send special information tone'],
  [5, 'Misdialled trunk prefix'],
  [6, 'Channel unacceptable'],
  [7, 'Call awarded and being delivered in an established channel'],
  [8, 'Preemption'],
  [9, 'Preemption - circuit reserved for reuse'],
  [10, 'Prefix 1 dialled but not required'],
  [11, 'More digits than allowed'],
  [13, 'Unassigned, vendors disagree'],
  [14, 'QoR: ported number'],
  [15, 'Redirection to announcement machine'],
  [16, 'Normal call clearing'],
  [17, 'User busy'],
  [18, 'No user responding'],
  [19, 'No answer from user (user alerted)'],
  [20, 'Subscriber absent'],
  [21, 'Call rejected'],
  [22, 'Number changed'],
  [23, 'Redirection to new destination'],
  [24, 'Call rejected due to feature at the destination'],
  [25, 'Exchange routing error'],
  [26, 'Non-selected user clearing'],
  [27, 'Destination out of order'],
  [28, 'Invalid number format (address incomplete)'],
  [29, 'Facility rejected'],
  [30, 'Response to STATUS ENQUIRY'],
  [31, 'Normal, unspecified'],
  [32, 'Circuit congestion'],
  [33, 'Circuit out of order'],
  [34, 'No circuit/channel available'],
  [35, 'Destination unattainable'],
  [37, 'Degraded service'],
  [38, 'Network out of order'],
  [39, 'Permanent frame mode connection out of service'],
  [40, 'Permanent frame mode connection operational'],
  [41, 'Temporary failure'],
  [42, 'Switching equipment congestion'],
  [43, 'Access information discarded'],
  [44, 'Requested circuit/channel not available'],
  [45, 'Pre-empted'],
  [46, 'Precedence call blocked'],
  [47, 'Resource unavailable, unspecified'],
  [49, 'Quality of service not available'],
  [50, 'Requested facility not subscribed'],
  [51, 'Reverse charging not allowed'],
  [52, 'Outgoing calls barred'],
  [53, 'Outgoing calls barred within CUG'],
  [54, 'Incoming calls barred'],
  [55, 'Incoming calls barred within CUG'],
  [56, 'Call waiting not subscribed'],
  [57, 'Bearer capability not authorized'],
  [58, 'Bearer capability not presently available'],
  [62, 'Inconsistency in designated outgoing access information and subscriber class'],
  [63, 'Service or option not available, unspecified'],
  [65, 'Bearer capability not implemented'],
  [66, 'Channel type not implemented'],
  [67, 'Transit network selection not implemented'],
  [68, 'Message not implemented'],
  [69, 'Requested facility not implemented'],
  [70, 'Only restricted digital information bearer capability is available'],
  [79, 'Service or option not implemented, unspecified'],
  [81, 'Invalid call reference value'],
  [82, 'Identified channel does not exist'],
  [83, 'A suspended call exists, but this call identity does not'],
  [84, 'Call identity in use'],
  [85, 'No call suspended'],
  [86, 'Call having the requested call identity has been cleared'],
  [87, 'User not member of CUG'],
  [88, 'Incompatible destination'],
  [89, 'Non-existent abbreviated address entry'],
  [90, 'Non-existent CUG'],
  [91, 'Invalid transit network selection'],
  [92, 'Invalid facility parameter'],
  [93, 'Mandatory information element missing'],
  [95, 'Invalid message, unspecified'],
  [96, 'Mandatory information element is missing'],
  [97, 'Message type non-existent or not implemented'],
  [98, 'Message not compatible with call state or message type non-existent or not implemented'],
  [99, 'Information element/parameter non-existent or not implemented'],
  [100, 'Invalid information element contents'],
  [101, 'Message not compatible with call state'],
  [102, 'Recovery on timer expiry'],
  [103, 'Parameter non-existent or not implemented, passed on'],
  [110, 'Message with unrecognized parameter, discarded'],
  [111, 'Protocol error, unspecified'],
  [127, 'Interworking, unspecified'],
];

/** switch_types.h: number, number before 1.10.8, name. */
const FREESWITCH: readonly (readonly [number, number | null, string])[] = [
  [142, null, 'SUCCESS'],
  [487, null, 'ORIGINATOR_CANCEL'],
  [700, 500, 'CRASH'],
  [701, 501, 'SYSTEM_SHUTDOWN'],
  [702, 502, 'LOSE_RACE'],
  [703, 503, 'MANAGER_REQUEST'],
  [800, 600, 'BLIND_TRANSFER'],
  [801, 601, 'ATTENDED_TRANSFER'],
  [802, 602, 'ALLOTTED_TIMEOUT'],
  [803, 603, 'USER_CHALLENGE'],
  [804, 604, 'MEDIA_TIMEOUT'],
  [805, 605, 'PICKED_OFF'],
  [806, 606, 'USER_NOT_REGISTERED'],
  [807, 607, 'PROGRESS_TIMEOUT'],
  [808, 608, 'INVALID_GATEWAY'],
  [809, 609, 'GATEWAY_DOWN'],
  [810, 610, 'INVALID_URL'],
  [811, 611, 'INVALID_PROFILE'],
  [812, 612, 'NO_PICKUP'],
  [813, 613, 'SRTP_READ_ERROR'],
  [814, 614, 'BOWOUT'],
  [815, 615, 'BUSY_EVERYWHERE'],
  [816, 616, 'DECLINE'],
  [817, 617, 'DOES_NOT_EXIST_ANYWHERE'],
  [818, 618, 'NOT_ACCEPTABLE'],
  [819, 619, 'UNWANTED'],
  [820, 620, 'NO_IDENTITY'],
  [821, 621, 'BAD_IDENTITY_INFO'],
  [822, 622, 'UNSUPPORTED_CERTIFICATE'],
  [823, 623, 'INVALID_IDENTITY'],
  [824, 624, 'STALE_DATE'],
  [825, null, 'REJECT_ALL'],
];

/** [id, outcome, attribution]: the endings that everything else is built on. */
const FIXED: readonly (readonly [ReasonId, Outcome, Attribution])[] = [
  ['normal_clearing_caller', 'completed', 'none'],
  ['normal_clearing_callee', 'completed', 'none'],
  ['normal_clearing_platform', 'completed', 'none'],
  ['normal_clearing_unknown', 'completed', 'none'],
  ['user_busy', 'busy', 'callee'],
  ['busy_everywhere', 'busy', 'callee'],
  ['no_answer', 'no_answer', 'callee'],
  ['ring_timeout_platform', 'no_answer', 'callee'],
  ['no_user_response', 'unreachable', 'callee'],
  ['subscriber_absent', 'unreachable', 'callee'],
  ['not_registered', 'unreachable', 'device'],
  ['temporarily_unavailable', 'unreachable', 'callee'],
  ['call_rejected', 'declined', 'callee'],
  ['declined_everywhere', 'declined', 'callee'],
  ['number_changed', 'invalid_number', 'callee'],
  ['unallocated_number', 'invalid_number', 'callee'],
  ['invalid_number_format', 'invalid_number', 'caller'],
  ['no_circuit_available', 'failed', 'carrier'],
  ['network_out_of_order', 'failed', 'carrier'],
  ['dropped_network_out_of_order', 'dropped', 'carrier'],
  ['caller_cancelled_before_ringing', 'cancelled', 'caller'],
  ['caller_cancelled_ringing', 'cancelled', 'caller'],
  ['caller_cancelled_at_answer', 'cancelled', 'caller'],
  ['cancelled_by_platform', 'cancelled', 'platform'],
  ['answered_elsewhere', 'answered_elsewhere', 'none'],
  ['redirected', 'redirected', 'none'],
  ['authentication_given_up', 'failed', 'caller'],
  ['request_timeout', 'failed', 'network'],
  ['no_response', 'failed', 'network'],
  ['ack_timeout', 'failed', 'network'],
  ['service_unavailable', 'failed', 'carrier'],
  ['rejected_by_platform', 'failed', 'platform'],
  ['forbidden', 'blocked', 'policy'],
  ['user_unwanted', 'blocked', 'callee'],
  ['call_rejected_by_analytics', 'blocked', 'policy'],
  ['unsolicited', 'blocked', 'caller'],
  ['media_timeout', 'dropped', 'network'],
  ['session_timer_expired', 'dropped', 'network'],
  ['transaction_does_not_exist', 'dropped', 'platform'],
  ['blind_transfer', 'transferred', 'none'],
  ['attended_transfer', 'transferred', 'none'],
  ['no_end_seen', 'lost', 'unknown'],
  ['no_final_seen', 'lost', 'unknown'],
  ['evicted', 'lost', 'unknown'],
  ['observer_stopped', 'lost', 'unknown'],
];

/** [cause, reason before the answer, reason after it]: one of each kind of rule. */
const CAUSE_REASONS: readonly (readonly [number, ReasonId, ReasonId])[] = [
  [1, 'unallocated_number', 'unallocated_number'],
  [16, 'request_terminated', 'normal_clearing_unknown'],
  [17, 'user_busy', 'user_busy'],
  [21, 'call_rejected', 'call_rejected'],
  [26, 'answered_elsewhere', 'answered_elsewhere'],
  [31, 'normal_unspecified', 'normal_clearing_unknown'],
  [34, 'no_circuit_available', 'dropped_resource_unavailable'],
  [38, 'network_out_of_order', 'dropped_network_out_of_order'],
  [41, 'temporary_failure', 'dropped_temporary_failure'],
  [47, 'resource_unavailable', 'dropped_resource_unavailable'],
  [102, 'recovery_on_timer_expiry', 'dropped_recovery_on_timer_expiry'],
  [111, 'protocol_error', 'dropped_protocol_error'],
  [127, 'interworking_unspecified', 'normal_clearing_unknown'],
];

/** [status, reason as final response, reason in a BYE]. */
const STATUS_REASONS: readonly (readonly [number, ReasonId, ReasonId])[] = [
  [302, 'redirected', 'redirected'],
  [404, 'unallocated_number', 'unallocated_number'],
  [408, 'request_timeout', 'dropped_request_timeout'],
  [480, 'temporarily_unavailable', 'temporarily_unavailable'],
  [481, 'no_matching_dialog', 'transaction_does_not_exist'],
  [484, 'invalid_number_format', 'invalid_number_format'],
  [486, 'user_busy', 'user_busy'],
  [487, 'request_terminated', 'caller_cancelled_at_answer'],
  [488, 'not_acceptable_media', 'dropped_not_acceptable_media'],
  [500, 'server_internal_error', 'dropped_server_internal_error'],
  [503, 'service_unavailable', 'dropped_service_unavailable'],
  [600, 'busy_everywhere', 'busy_everywhere'],
  [603, 'declined_everywhere', 'declined_everywhere'],
  [607, 'user_unwanted', 'user_unwanted'],
  [608, 'call_rejected_by_analytics', 'call_rejected_by_analytics'],
];

const LABEL = /^[a-z][a-z0-9_]*$/;
/** Done on purpose: limits that the platform set, and a stop of the observer. */
const INTENDED: readonly string[] = ['silence_timeout', 'max_duration_reached', 'observer_stopped'];
const NEVER_ABNORMAL: readonly Outcome[] = [
  'completed',
  'transferred',
  'voicemail',
  'abandoned',
  'answered_by_platform',
  'busy',
  'no_answer',
  'declined',
  'redirected',
  'invalid_number',
  'cancelled',
  'answered_elsewhere',
];

const rows: readonly ReasonRow[] = REASONS;
const ids = rows.map(({ id }) => id);
const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

describe('reasons', () => {
  test('at most 200, each id once', () => {
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeLessThanOrEqual(200);
  });

  test('every label value is a plain word of its closed set', () => {
    const bad = rows.filter(
      ({ id, outcome, attribution, stage }) =>
        !LABEL.test(id) ||
        !OUTCOMES.includes(outcome) ||
        !ATTRIBUTIONS.includes(attribution) ||
        !STAGES.includes(stage),
    );
    expect(bad).toEqual([]);
  });

  test('every outcome has a reason', () => {
    const named = new Set(rows.map(({ outcome }) => outcome));
    expect(OUTCOMES.filter((outcome) => !named.has(outcome))).toEqual([]);
  });

  test('every dropped_x is a drop, and its x is no drop', () => {
    const dropped = rows.filter(({ id }) => id.startsWith('dropped_'));
    expect(dropped.length).toBeGreaterThan(0);
    for (const row of dropped) {
      const partner = rows.find(({ id }) => id === row.id.slice('dropped_'.length));
      expect({ id: row.id, outcome: row.outcome }).toEqual({ id: row.id, outcome: 'dropped' });
      expect(partner, `partner of ${row.id}`).toBeDefined();
      expect(partner?.outcome, `partner of ${row.id}`).not.toBe('dropped');
    }
  });

  test('advice and source are one sentence-like line that fits a table cell', () => {
    const bad = rows.filter(
      ({ advice, source }) =>
        !/^[A-Z][^\n|]{9,138}\.$/.test(advice) || !/^[^\n|]{3,140}$/.test(source),
    );
    expect(bad).toEqual([]);
  });

  test('abnormal follows the outcome', () => {
    const calm = rows.filter((row) => NEVER_ABNORMAL.includes(row.outcome) && row.abnormal);
    expect(calm).toEqual([]);
    const faults = rows.filter(
      (row) => ['failed', 'lost', 'dropped'].includes(row.outcome) && !row.abnormal,
    );
    expect(faults.map(({ id }) => id)).toEqual(INTENDED);
  });

  test.each(FIXED)('%s is %s by %s', (id, outcome, attribution) => {
    expect(reasonRow(id)).toMatchObject({ id, outcome, attribution });
  });

  test('an id has its place in the table, and nothing else has', () => {
    expect(ids.map(reasonIndex)).toEqual(ids.map((_, index) => index));
    expect(ids.every(isReasonId)).toBe(true);
    for (const id of ['', 'USER_BUSY', 'constructor', '__proto__']) {
      expect([reasonIndex(id), isReasonId(id)]).toEqual([-1, false]);
    }
  });
});

describe('SIP statuses', () => {
  test('the table is the list, in order', () => {
    expect(SIP_STATUSES.map(({ status, phrase }) => [status, phrase])).toEqual(STATUSES);
  });

  test('every status of 300 and more has reasons, the others have none', () => {
    const bad = numbers(100, 699).filter((status) => {
      const { status: own, reason, answered } = statusRow(status);
      const known =
        reason !== null && answered !== null && ids.includes(reason) && ids.includes(answered);
      const none = reason === null && answered === null;
      return own !== status || (status < 300 ? !none : !known);
    });
    expect(bad).toEqual([]);
  });

  test('no final response makes a drop', () => {
    const bad = numbers(300, 699)
      .map(statusRow)
      .filter(({ reason }) => reason !== null && reasonRow(reason).outcome === 'dropped');
    expect(bad).toEqual([]);
  });

  test.each(STATUS_REASONS)('%d is %s, in a BYE %s', (status, reason, answered) => {
    expect(statusRow(status)).toMatchObject({ status, reason, answered });
  });

  test.each([
    [199, 199],
    [150, 183],
    [299, 200],
    [399, 300],
    [499, 400],
    [599, 500],
    [699, 600],
  ])('%d is read as %d', (status, general) => {
    const { reason, answered, endedBy, retryable, challenge } = statusRow(general);
    const same = { reason, answered, endedBy, retryable, challenge };
    expect(statusRow(status)).toMatchObject({ status, ...same });
  });

  test('a status that only its class explains is generic', () => {
    expect([499, 599, 699].map((status) => statusRow(status).generic)).toEqual([true, true, true]);
    expect([486, 404, 603].map((status) => statusRow(status).generic)).toEqual([
      false,
      false,
      false,
    ]);
    expect([480, 487, 500].map((status) => statusRow(status).generic)).toEqual([true, true, true]);
  });

  test.each([0, 99, 700, 65535, -1, 486.5, Number.NaN])('%d is no status', (status) => {
    expect(statusRow(status)).toMatchObject({
      status: 0,
      reason: 'unspecified_failure',
      generic: true,
    });
  });

  test('only credentials are challenged for, and only these finals lead to a retry', () => {
    const finals = SIP_STATUSES.filter(({ status }) => status >= 300);
    expect(finals.filter(({ challenge }) => challenge).map(({ status }) => status)).toEqual([
      401, 407,
    ]);
    expect(finals.filter(({ retryable }) => retryable).map(({ status }) => status)).toEqual([
      300, 301, 302, 305, 380, 401, 407, 415, 420, 422, 503,
    ]);
  });

  test('people end a call with 486, 600, 603 and 607', () => {
    const byCallee = SIP_STATUSES.filter(({ endedBy }) => endedBy === 'callee');
    expect(byCallee.map(({ status }) => status)).toEqual([486, 600, 603, 607]);
    const server = SIP_STATUSES.filter(({ status }) => status >= 500 && status < 600);
    expect(
      new Set([...server, statusRow(404), statusRow(408)].map(({ endedBy }) => endedBy)),
    ).toEqual(new Set(['network']));
  });
});

describe('Q.850 causes', () => {
  test('the table is the list, in order', () => {
    expect(Q850_CAUSES.map(({ cause, name }) => [cause, name])).toEqual(CAUSES);
  });

  test('every cause of 0 to 127 resolves to reasons of the table', () => {
    const bad = numbers(0, 127).filter((cause) => {
      const row = causeRow(cause);
      return row?.cause !== cause || !ids.includes(row.setup) || !ids.includes(row.answered);
    });
    expect(bad).toEqual([]);
  });

  test('no cause makes a drop before the answer', () => {
    const bad = Q850_CAUSES.filter(({ setup }) => reasonRow(setup).outcome === 'dropped');
    expect(bad).toEqual([]);
  });

  test.each(CAUSE_REASONS)('%d is %s, after the answer %s', (cause, setup, answered) => {
    expect(causeRow(cause)).toMatchObject({ cause, setup, answered });
  });

  test.each([
    [12, 31],
    [36, 47],
    [48, 63],
    [64, 79],
    [80, 95],
    [112, 127],
  ])('unassigned %d is read as %d, and says nothing', (cause, unspecified) => {
    const { setup, answered } = causeRow(unspecified) ?? {};
    expect(causeRow(cause)).toMatchObject({
      cause,
      setup,
      answered,
      generic: true,
      national: true,
    });
  });

  test.each([-1, 128, 487, 1.5, Number.NaN])('%d is no cause', (cause) => {
    expect(causeRow(cause)).toBeUndefined();
  });

  test('generic are the fillers', () => {
    const generic = Q850_CAUSES.filter((row) => row.generic).map(({ cause }) => cause);
    expect(generic).toEqual([0, 13, 16, 30, 31, 40, 127]);
  });

  test('people end a call with 17 and 21', () => {
    const byCallee = Q850_CAUSES.filter(({ endedBy }) => endedBy === 'callee');
    expect(byCallee.map(({ cause }) => cause)).toEqual([17, 21]);
  });

  test('a name of FreeSWITCH or Asterisk stands once', () => {
    const freeswitch = Q850_CAUSES.flatMap((row) => row.freeswitch ?? []);
    const asterisk = Q850_CAUSES.flatMap((row) => row.asterisk ?? []);
    expect(freeswitch).toContain('NORMAL_CIRCUIT_CONGESTION');
    expect(asterisk).toContain('AST_CAUSE_ANSWERED_ELSEWHERE');
    expect(new Set(freeswitch).size).toBe(freeswitch.length);
    expect(new Set(asterisk).size).toBe(asterisk.length);
  });
});

describe('internal causes of FreeSWITCH', () => {
  test('the table is the list, in order', () => {
    const table = FREESWITCH_CAUSES.map(({ cause, legacyCause, name }) => [
      cause,
      legacyCause,
      name,
    ]);
    expect(table).toEqual(FREESWITCH);
  });

  test.each(FREESWITCH)('%d (once %s) is %s', (cause, legacyCause, name) => {
    const row = freeswitchCauseByName(name);
    expect(row?.cause).toBe(cause);
    expect(freeswitchCauseByNumber(cause)).toBe(row);
    if (legacyCause !== null) expect(freeswitchCauseByNumber(legacyCause)).toBe(row);
    expect([isReasonId(row?.setup ?? ''), isReasonId(row?.answered ?? '')]).toEqual([true, true]);
    expect(reasonRow(row?.setup ?? 'media_timeout').outcome).not.toBe('dropped');
  });

  test('a media timeout is one, by name and by either number', () => {
    const names = [804, 604].map((cause) => freeswitchCauseByNumber(cause)?.answered);
    expect(names).toEqual(['media_timeout', 'media_timeout']);
    expect(freeswitchCauseByName('media_timeout')).toBeUndefined();
    expect(freeswitchCauseByNumber(16)).toBeUndefined();
  });
});

describe('locations', () => {
  test('all sixteen of RFC 8606', () => {
    expect(Q850_LOCATIONS.map(({ value }) => value)).toEqual(numbers(0, 15));
    expect(Q850_LOCATIONS.map(({ code }) => code)).toEqual([
      ...['U', 'LPN', 'LN', 'TN', 'RLN', 'RPN', 'LOC-6', 'INTL', 'LOC-8', 'LOC-9', 'BI'],
      ...['LOC-11', 'LOC-12', 'LOC-13', 'LOC-14', 'LOC-15'],
    ]);
  });

  test.each([
    ['U', 'user'],
    ['rln', 'network'],
    ['INTL', 'network'],
    ['loc-12', 'unknown'],
    ['XX', undefined],
  ])('%s is %s', (code, side) => {
    expect(locationRow(code)?.side).toBe(side);
  });
});

test('docs/reasons.md is generated from the tables', async () => {
  const page = reasonsMarkdown({
    reasons: REASONS,
    statuses: SIP_STATUSES,
    causes: Q850_CAUSES,
    freeswitch: FREESWITCH_CAUSES,
    locations: Q850_LOCATIONS,
  });
  await expect(page).toMatchFileSnapshot('../../docs/reasons.md');
});
