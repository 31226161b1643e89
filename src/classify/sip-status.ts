/**
 * SIP final and provisional statuses as reasons. Every status of the IANA registry is here, and the unregistered ones
 * that are met in the wild.
 */
import type { EndedBy } from './outcome.ts';
import type { ReasonId } from './reasons.ts';

export interface StatusRow {
  readonly status: number;
  /** The registered phrase; the phrase on the wire may differ. Empty for a status that has no row. */
  readonly phrase: string;
  /** As the final response to an initial INVITE; null for 1xx and 2xx. */
  readonly reason: ReasonId | null;
  /**
   * In the Reason (protocol SIP) of a BYE, or as what ended an answered dialog; null for 1xx and 2xx. Refusals such as
   * busy keep their set-up reason: the PBX answered first, and its other leg was refused.
   */
  readonly answered: ReasonId | null;
  /** A default that a more specific cause beats, even one of a weaker class of evidence. */
  readonly generic: boolean;
  /** A new INVITE that soon follows belongs to the same attempt. */
  readonly retryable: boolean;
  /** Asks for credentials: no failure when they follow. */
  readonly challenge: boolean;
  /** Who ended the call when nothing else says so; `unknown` for 1xx and 2xx. */
  readonly endedBy: Exclude<EndedBy, 'observer'>;
  readonly reference: string;
}

// biome-ignore format: a row is a fact, and a fact stays together
export const SIP_STATUSES = [
  { status: 100, phrase: 'Trying', reason: null, answered: null,
    generic: false, retryable: false, challenge: false, endedBy: 'unknown', reference: 'RFC 3261' },
  { status: 180, phrase: 'Ringing', reason: null, answered: null,
    generic: false, retryable: false, challenge: false, endedBy: 'unknown', reference: 'RFC 3261' },
  { status: 181, phrase: 'Call Is Being Forwarded', reason: null, answered: null,
    generic: false, retryable: false, challenge: false, endedBy: 'unknown', reference: 'RFC 3261' },
  { status: 182, phrase: 'Queued', reason: null, answered: null,
    generic: false, retryable: false, challenge: false, endedBy: 'unknown', reference: 'RFC 3261' },
  { status: 183, phrase: 'Session Progress', reason: null, answered: null,
    generic: false, retryable: false, challenge: false, endedBy: 'unknown', reference: 'RFC 3261' },
  { status: 199, phrase: 'Early Dialog Terminated', reason: null, answered: null,
    generic: false, retryable: false, challenge: false, endedBy: 'unknown', reference: 'RFC 6228' },
  { status: 200, phrase: 'OK', reason: null, answered: null,
    generic: false, retryable: false, challenge: false, endedBy: 'unknown', reference: 'RFC 3261' },
  { status: 202, phrase: 'Accepted', reason: null, answered: null,
    generic: false, retryable: false, challenge: false, endedBy: 'unknown', reference: 'RFC 6665' },
  { status: 204, phrase: 'No Notification', reason: null, answered: null,
    generic: false, retryable: false, challenge: false, endedBy: 'unknown', reference: 'RFC 5839' },
  { status: 300, phrase: 'Multiple Choices', reason: 'redirected', answered: 'redirected',
    generic: false, retryable: true, challenge: false, endedBy: 'network', reference: 'RFC 3261' },
  { status: 301, phrase: 'Moved Permanently', reason: 'redirected', answered: 'redirected',
    generic: false, retryable: true, challenge: false, endedBy: 'network', reference: 'RFC 3261' },
  { status: 302, phrase: 'Moved Temporarily', reason: 'redirected', answered: 'redirected',
    generic: false, retryable: true, challenge: false, endedBy: 'network', reference: 'RFC 3261' },
  { status: 305, phrase: 'Use Proxy', reason: 'redirected', answered: 'redirected',
    generic: false, retryable: true, challenge: false, endedBy: 'network', reference: 'RFC 3261' },
  { status: 380, phrase: 'Alternative Service', reason: 'redirected', answered: 'redirected',
    generic: false, retryable: true, challenge: false, endedBy: 'network', reference: 'RFC 3261' },
  { status: 400, phrase: 'Bad Request', reason: 'bad_request', answered: 'dropped_protocol_error',
    generic: true, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3261 §21.4.1; the fall-back of its class' },
  { status: 401, phrase: 'Unauthorized', reason: 'authentication_given_up', answered: 'authentication_given_up',
    generic: false, retryable: true, challenge: true, endedBy: 'caller', reference: 'RFC 3261' },
  { status: 402, phrase: 'Payment Required', reason: 'payment_required', answered: 'dropped_payment_required',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3261' },
  { status: 403, phrase: 'Forbidden', reason: 'forbidden', answered: 'forbidden',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3261 §21.4.4; phrase Stale Date is STIR (RFC 8224)' },
  { status: 404, phrase: 'Not Found', reason: 'unallocated_number', answered: 'unallocated_number',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3261' },
  { status: 405, phrase: 'Method Not Allowed', reason: 'not_implemented', answered: 'dropped_protocol_error',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3261' },
  { status: 406, phrase: 'Not Acceptable', reason: 'unsupported_media_type', answered: 'dropped_protocol_error',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3261' },
  { status: 407, phrase: 'Proxy Authentication Required', reason: 'authentication_given_up', answered: 'authentication_given_up',
    generic: false, retryable: true, challenge: true, endedBy: 'caller', reference: 'RFC 3261' },
  { status: 408, phrase: 'Request Timeout', reason: 'request_timeout', answered: 'dropped_request_timeout',
    generic: true, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3261 §21.4.9' },
  { status: 409, phrase: 'Conflict', reason: 'unexpected_status', answered: 'dropped_protocol_error',
    generic: true, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 2543; Asterisk reads it as cause 41' },
  { status: 410, phrase: 'Gone', reason: 'number_changed', answered: 'number_changed',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3261' },
  { status: 411, phrase: 'Length Required', reason: 'unexpected_status', answered: 'dropped_protocol_error',
    generic: true, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 2543' },
  { status: 412, phrase: 'Conditional Request Failed', reason: 'unexpected_status', answered: 'dropped_protocol_error',
    generic: true, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3903' },
  { status: 413, phrase: 'Request Entity Too Large', reason: 'message_too_large', answered: 'dropped_protocol_error',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3261' },
  { status: 414, phrase: 'Request-URI Too Long', reason: 'message_too_large', answered: 'dropped_protocol_error',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3261' },
  { status: 415, phrase: 'Unsupported Media Type', reason: 'unsupported_media_type', answered: 'dropped_protocol_error',
    generic: false, retryable: true, challenge: false, endedBy: 'network', reference: 'RFC 3261' },
  { status: 416, phrase: 'Unsupported URI Scheme', reason: 'not_implemented', answered: 'dropped_protocol_error',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3261' },
  { status: 417, phrase: 'Unknown Resource-Priority', reason: 'extension_not_agreed', answered: 'dropped_protocol_error',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 4412' },
  { status: 420, phrase: 'Bad Extension', reason: 'extension_not_agreed', answered: 'dropped_protocol_error',
    generic: false, retryable: true, challenge: false, endedBy: 'network', reference: 'RFC 3261' },
  { status: 421, phrase: 'Extension Required', reason: 'extension_not_agreed', answered: 'dropped_protocol_error',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3261' },
  { status: 422, phrase: 'Session Interval Too Small', reason: 'session_interval_too_small', answered: 'dropped_protocol_error',
    generic: false, retryable: true, challenge: false, endedBy: 'network', reference: 'RFC 4028' },
  { status: 423, phrase: 'Interval Too Brief', reason: 'unexpected_status', answered: 'dropped_protocol_error',
    generic: true, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3261' },
  { status: 424, phrase: 'Bad Location Information', reason: 'bad_location_information', answered: 'dropped_protocol_error',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 6442' },
  { status: 425, phrase: 'Bad Alert Message', reason: 'unexpected_status', answered: 'dropped_protocol_error',
    generic: true, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 8876' },
  { status: 428, phrase: 'Use Identity Header', reason: 'stir_identity_missing', answered: 'stir_identity_missing',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 8224' },
  { status: 429, phrase: 'Provide Referrer Identity', reason: 'stir_bad_identity_info', answered: 'stir_bad_identity_info',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3892; FreeSWITCH means 436' },
  { status: 430, phrase: 'Flow Failed', reason: 'not_registered', answered: 'dropped_connection_lost',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 5626' },
  { status: 433, phrase: 'Anonymity Disallowed', reason: 'anonymity_disallowed', answered: 'anonymity_disallowed',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 5079' },
  { status: 436, phrase: 'Bad Identity Info', reason: 'stir_bad_identity_info', answered: 'stir_bad_identity_info',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 8224' },
  { status: 437, phrase: 'Unsupported Credential', reason: 'stir_unsupported_credential', answered: 'stir_unsupported_credential',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 8224' },
  { status: 438, phrase: 'Invalid Identity Header', reason: 'stir_invalid_identity', answered: 'stir_invalid_identity',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 8224' },
  { status: 439, phrase: 'First Hop Lacks Outbound Support', reason: 'unexpected_status', answered: 'dropped_protocol_error',
    generic: true, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 5626' },
  { status: 440, phrase: 'Max-Breadth Exceeded', reason: 'loop_detected', answered: 'loop_detected',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 5393' },
  { status: 469, phrase: 'Bad Info Package', reason: 'unexpected_status', answered: 'dropped_protocol_error',
    generic: true, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 6086' },
  { status: 470, phrase: 'Consent Needed', reason: 'forbidden', answered: 'forbidden',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 5360' },
  { status: 478, phrase: 'Unresolvable Destination', reason: 'unresolvable_destination', answered: 'unresolvable_destination',
    generic: false, retryable: false, challenge: false, endedBy: 'platform', reference: 'Kamailio, SER' },
  { status: 480, phrase: 'Temporarily Unavailable', reason: 'temporarily_unavailable', answered: 'temporarily_unavailable',
    generic: true, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3261 §21.4.18; FreeSWITCH sends it for every cause it has no row for' },
  { status: 481, phrase: 'Call/Transaction Does Not Exist', reason: 'no_matching_dialog', answered: 'transaction_does_not_exist',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3261 §21.4.19; RFC 3891 §3' },
  { status: 482, phrase: 'Loop Detected', reason: 'loop_detected', answered: 'loop_detected',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3261' },
  { status: 483, phrase: 'Too Many Hops', reason: 'too_many_hops', answered: 'too_many_hops',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3261' },
  { status: 484, phrase: 'Address Incomplete', reason: 'invalid_number_format', answered: 'invalid_number_format',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3261' },
  { status: 485, phrase: 'Ambiguous', reason: 'invalid_number_format', answered: 'invalid_number_format',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3261' },
  { status: 486, phrase: 'Busy Here', reason: 'user_busy', answered: 'user_busy',
    generic: false, retryable: false, challenge: false, endedBy: 'callee', reference: 'RFC 3261' },
  { status: 487, phrase: 'Request Terminated', reason: 'request_terminated', answered: 'caller_cancelled_at_answer',
    generic: true, retryable: false, challenge: false, endedBy: 'caller', reference: 'RFC 3261 §21.4.25; the CANCEL says who and why' },
  { status: 488, phrase: 'Not Acceptable Here', reason: 'not_acceptable_media', answered: 'dropped_not_acceptable_media',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3261 §21.4.26' },
  { status: 489, phrase: 'Bad Event', reason: 'unexpected_status', answered: 'dropped_protocol_error',
    generic: true, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 6665' },
  { status: 490, phrase: 'Request Updated', reason: 'unexpected_status', answered: 'dropped_protocol_error',
    generic: true, retryable: false, challenge: false, endedBy: 'network', reference: 'draft, sofia-sip' },
  { status: 491, phrase: 'Request Pending', reason: 'unexpected_status', answered: 'dropped_protocol_error',
    generic: true, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3261' },
  { status: 493, phrase: 'Undecipherable', reason: 'security_not_agreed', answered: 'dropped_protocol_error',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3261' },
  { status: 494, phrase: 'Security Agreement Required', reason: 'security_not_agreed', answered: 'dropped_protocol_error',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3329' },
  { status: 500, phrase: 'Server Internal Error', reason: 'server_internal_error', answered: 'dropped_server_internal_error',
    generic: true, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3261 §21.5.1; a proxy sends it for a 503 (§16.7)' },
  { status: 501, phrase: 'Not Implemented', reason: 'not_implemented', answered: 'dropped_protocol_error',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3261' },
  { status: 502, phrase: 'Bad Gateway', reason: 'bad_gateway', answered: 'dropped_service_unavailable',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3261' },
  { status: 503, phrase: 'Service Unavailable', reason: 'service_unavailable', answered: 'dropped_service_unavailable',
    generic: true, retryable: true, challenge: false, endedBy: 'network', reference: 'RFC 3261 §21.5.4; RFC 3263 §4.3 fails over' },
  { status: 504, phrase: 'Server Time-out', reason: 'server_timeout', answered: 'dropped_request_timeout',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3261' },
  { status: 505, phrase: 'Version Not Supported', reason: 'not_implemented', answered: 'dropped_protocol_error',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3261' },
  { status: 513, phrase: 'Message Too Large', reason: 'message_too_large', answered: 'dropped_protocol_error',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3261' },
  { status: 555, phrase: 'Push Notification Service Not Supported', reason: 'unexpected_status', answered: 'dropped_protocol_error',
    generic: true, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 8599' },
  { status: 580, phrase: 'Precondition Failure', reason: 'quality_of_service_unavailable', answered: 'dropped_resource_unavailable',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3312' },
  { status: 600, phrase: 'Busy Everywhere', reason: 'busy_everywhere', answered: 'busy_everywhere',
    generic: false, retryable: false, challenge: false, endedBy: 'callee', reference: 'RFC 3261' },
  { status: 603, phrase: 'Decline', reason: 'declined_everywhere', answered: 'declined_everywhere',
    generic: false, retryable: false, challenge: false, endedBy: 'callee', reference: 'RFC 3261 §21.6.2; with v=analytics1 it is a block (ATIS-1000099); Asterisk sends it for a dialplan hang-up' },
  { status: 604, phrase: 'Does Not Exist Anywhere', reason: 'unallocated_number', answered: 'unallocated_number',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3261' },
  { status: 606, phrase: 'Not Acceptable', reason: 'not_acceptable_media', answered: 'dropped_not_acceptable_media',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 3261' },
  { status: 607, phrase: 'Unwanted', reason: 'user_unwanted', answered: 'user_unwanted',
    generic: false, retryable: false, challenge: false, endedBy: 'callee', reference: 'RFC 8197' },
  { status: 608, phrase: 'Rejected', reason: 'call_rejected_by_analytics', answered: 'call_rejected_by_analytics',
    generic: false, retryable: false, challenge: false, endedBy: 'network', reference: 'RFC 8688' },
  { status: 687, phrase: 'Dialog Terminated', reason: 'request_terminated', answered: 'normal_clearing_unknown',
    generic: true, retryable: false, challenge: false, endedBy: 'unknown', reference: 'draft, sofia-sip' },
] as const satisfies readonly StatusRow[];

const LOWEST = 100;
const HIGHEST = 699;

/** Not a status of any class: a row that says nothing and is beaten by everything. */
const NO_STATUS: StatusRow = {
  status: 0,
  phrase: '',
  reason: 'unspecified_failure',
  answered: 'normal_clearing_unknown',
  generic: true,
  retryable: false,
  challenge: false,
  endedBy: 'unknown',
  reference: 'RFC 3261 §7.2',
};

/** RFC 3261 §8.1.3.2: an unknown status is read as x00 of its class, an unknown provisional one as 183. */
function fallback(status: number, known: ReadonlyMap<number, StatusRow>): StatusRow {
  const general = status < 200 ? 183 : Math.trunc(status / 100) * 100;
  const row = known.get(general) ?? NO_STATUS;
  return { ...row, status, phrase: '', generic: true, reference: 'RFC 3261 §8.1.3.2' };
}

function everyStatus(): readonly StatusRow[] {
  const known = new Map<number, StatusRow>(SIP_STATUSES.map((row) => [row.status, row]));
  return Array.from({ length: HIGHEST - LOWEST + 1 }, (_, index) => {
    const status = LOWEST + index;
    return known.get(status) ?? fallback(status, known);
  });
}

const BY_STATUS = everyStatus();

/** Never fails: a status without a row is read by its class (generic), one outside 100 to 699 as `status: 0`. */
export function statusRow(status: number): StatusRow {
  return BY_STATUS[status - LOWEST] ?? NO_STATUS;
}
