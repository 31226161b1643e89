/**
 * A call on the wire for each code that signalling shows, by vocabulary and field. Codes that need facts of the platform
 * or of media are in told-calls.ts.
 */
import type { Play } from '../support/sip.ts';

/** Who stands at the two ends of the first hop. */
export const OUTBOUND: Play = { peers: { '10.0.0.1': 'agent', '10.0.0.2': 'carrier' } };
export const INBOUND: Play = { peers: { '10.0.0.1': 'carrier', '10.0.0.2': 'agent' } };
const TO_IVR: Play = { peers: { '10.0.0.1': 'carrier', '10.0.0.2': 'ivr' } };
const TO_QUEUE: Play = { peers: { '10.0.0.1': 'carrier', '10.0.0.2': 'queue' } };
const TO_VOICEMAIL: Play = { peers: { '10.0.0.1': 'agent', '10.0.0.2': 'voicemail' } };
const OUT_TO_VOICEMAIL = TO_VOICEMAIL;

const reasonOf = (reason: string): string => (reason === '' ? '' : ` | Reason: ${reason}`);

/** Refused `at` ms after the INVITE; `ring`: after a 180. */
export function refused(status: number, reason = '', { at = 1000, ring = false } = {}): string {
  return `0 > INVITE
    ${ring ? '200 < 180' : '200 < 100'}
    ${at} < ${status}${reasonOf(reason)}
    ${at + 10} > ACK fail`;
}

/** Answered, then ended by one side after so many seconds of talk. */
export function ended(by: '>' | '<', reason = '', seconds = 60): string {
  const end = 3000 + seconds * 1000;
  return `0 > INVITE
    500 < 180
    3000 < 200
    3010 > ACK
    ${end} ${by} BYE${reasonOf(reason)}
    ${end + 10} ${by === '>' ? '<' : '>'} 200 BYE`;
}

function cancelled(at: number, ring: boolean, reason = ''): string {
  return `0 > INVITE
    ${ring ? '200 < 180' : '200 < 100'}
    ${at} > CANCEL${reasonOf(reason)}
    ${at + 10} < 200 CANCEL
    ${at + 20} < 487
    ${at + 30} > ACK fail`;
}

const HELD = `0 > INVITE | Content-Type: application/sdp
  3000 < 200
  3010 > ACK
  9000 < REINVITE n=101 sdp=sendonly | Content-Type: application/sdp
  9010 > 200 INVITE n=101 sdp=recvonly | Content-Type: application/sdp
  9020 < ACK n=101
  20000 > BYE
  20010 < 200 BYE`;

const transferred = (refer: string): string => `0 > INVITE
  3000 < 200
  3010 > ACK
  9000 > REFER | ${refer}
  9010 < 202 REFER
  9500 > BYE n=11
  9510 < 200 BYE n=11`;
const BLIND = transferred('Refer-To: <sip:carol@example.com>');
const ATTENDED = transferred(
  'Refer-To: <sip:carol@example.com?Replaces=x%3Bto-tag%3Dy%3Bfrom-tag%3Dz>',
);

/** Name of a code, the call that gets it, and who is who. */
export type WireCall = readonly [name: string, script: string, play?: Play];

const TENCENT: readonly WireCall[] = [
  ['ivrGiveUp', ended('>'), TO_IVR],
  ['waitingGiveUp', ended('>'), TO_QUEUE],
  ['ringingGiveUp', cancelled(8000, true), INBOUND],
  ['callRestricted', refused(403, 'Q.850;cause=55'), OUTBOUND],
  ['userReject', refused(603, '', { ring: true, at: 4000 }), OUTBOUND],
  ['carrierBlocked', refused(608), OUTBOUND],
  ['notInService', refused(480, 'Q.850;cause=20'), OUTBOUND],
  ['numberInvalid', refused(484), OUTBOUND],
  ['numberNotExist', refused(404), OUTBOUND],
  ['busy', refused(486), OUTBOUND],
  ['notAnswer', refused(480, 'Q.850;cause=19', { ring: true, at: 30_000 }), OUTBOUND],
  ['callerCancelWhileRing', cancelled(8000, true), OUTBOUND],
  ['callerCancelWithoutRing', cancelled(16_000, false), OUTBOUND],
  ['callerCancel', cancelled(3000, false), OUTBOUND],
  ['operatorError', refused(503, 'Q.850;cause=38'), OUTBOUND],
  ['callForward', BLIND, OUTBOUND],
  ['ok', ended('<'), OUTBOUND],
];

const CALL_STATUS: readonly WireCall[] = [
  ['Declined', refused(603)],
  ['Busy', refused(486)],
  ['Not Answered', refused(480, 'Q.850;cause=19', { ring: true, at: 30_000 })],
  ['Cancelled', cancelled(8000, true)],
  ['Abandoned', ended('>'), TO_IVR],
  ['Unreachable', refused(480, 'Q.850;cause=20')],
  ['Call Ended', ended('>')],
  ['Called Failed', refused(500)],
];

/** Another phone takes the ringing call over (RFC 3891). */
const PICKED_UP = `0 > INVITE
  500 < 180
  1000 > INVITE id=p from=p | Replaces: call-1;to-tag=t;from-tag=f;early-only
  1010 < 486 id=p from=p
  1020 > ACK fail id=p from=p
  1500 > CANCEL
  1510 < 200 CANCEL
  1520 < 487
  1530 > ACK fail`;

/** A cause in a refusal that says nothing else. */
const cause = (number: number): string => refused(500, `Q.850;cause=${number}`);
/** The name of an internal cause of FreeSWITCH in the BYE. */
const named = (number: number, name: string): string =>
  ended('<', `SIP;cause=${number};text="${name}"`);

const BYE_REASON: readonly WireCall[] = [
  ['Terminated_From_Server', ended('<', 'dialog_timeout')],
  ['Abandoned_IVR_Menu', ended('>'), TO_IVR],
  ['End_In_IVR', ended('<'), TO_IVR],
  ['Abandoned_On_Hold', HELD],
  ['Abandoned_Voicemail', ended('>'), TO_VOICEMAIL],
  ['Ended_In_Call_System', ended('>'), TO_QUEUE],
  ['MANAGER_REQUEST', ended('<', 'mi_terminated')],
  ['BLIND_TRANSFER', BLIND],
  ['ATTENDED_TRANSFER', ATTENDED],
  ['PICKED_OFF', PICKED_UP],
  ['USER_NOT_REGISTERED', refused(430)],
  ['PROGRESS_TIMEOUT', refused(480, 'SIP;cause=804;text="MEDIA_TIMEOUT"')],
  ['GATEWAY_DOWN', refused(503, 'SIP;cause=809;text="GATEWAY_DOWN"')],
  ['RESPONSE_TO_STATUS_ENQUIRY', refused(480, 'Q.850;cause=30')],
  ['WRONG_MESSAGE', cause(98)],
  ['MANDATORY_IE_LENGTH_ERROR', cause(103)],
  ['CHAN_NOT_IMPLEMENTED', cause(66)],
  ['FACILITY_NOT_IMPLEMENTED', cause(69)],
  ['INTERWORKING', cause(127)],
  ['OUTGOING_CALL_BARRED', refused(403, 'Q.850;cause=53')],
  ['INCOMING_CALL_BARRED', refused(403, 'Q.850;cause=55')],
  ['BEARERCAPABILITY_NOTAUTH', refused(403, 'Q.850;cause=57')],
  ['BEARERCAPABILITY_NOTAVAIL', cause(58)],
  ['UNALLOCATED_NUMBER', refused(404, 'Q.850;cause=1')],
  ['NO_ROUTE_TRANSIT_NET', refused(404, 'Q.850;cause=2')],
  ['NO_ROUTE_DESTINATION', refused(404, 'Q.850;cause=3')],
  ['NO_USER_RESPONSE', refused(408, 'Q.850;cause=18')],
  ['NUMBER_CHANGED', refused(410, 'Q.850;cause=22')],
  ['REDIRECTION_TO_NEW_DESTINATION', refused(410, 'Q.850;cause=23')],
  ['NO_ANSWER', refused(480, 'Q.850;cause=19')],
  ['SUBSCRIBER_ABSENT', refused(480, 'Q.850;cause=20')],
  ['EXCHANGE_ROUTING_ERROR', refused(483, 'Q.850;cause=25')],
  ['INVALID_NUMBER_FORMAT', refused(484, 'Q.850;cause=28')],
  ['USER_BUSY', refused(486, 'Q.850;cause=17')],
  ['ORIGINATOR_CANCEL', cancelled(4000, true)],
  ['INCOMPATIBLE_DESTINATION', refused(488, 'Q.850;cause=88')],
  ['INVALID_MSG_UNSPECIFIED', cause(95)],
  ['MANDATORY_IE_MISSING', cause(96)],
  ['MESSAGE_TYPE_NONEXIST', cause(97)],
  ['IE_NONEXIST', cause(99)],
  ['INVALID_IE_CONTENTS', cause(100)],
  ['WRONG_CALL_STATE', cause(101)],
  ['BEARERCAPABILITY_NOTIMPL', cause(65)],
  ['FACILITY_REJECTED', refused(501, 'Q.850;cause=29')],
  ['SERVICE_NOT_IMPLEMENTED', refused(501, 'Q.850;cause=79')],
  ['DESTINATION_OUT_OF_ORDER', refused(502, 'Q.850;cause=27')],
  ['NETWORK_OUT_OF_ORDER', refused(502, 'Q.850;cause=38')],
  ['NORMAL_CIRCUIT_CONGESTION', refused(503, 'Q.850;cause=34')],
  ['NORMAL_TEMPORARY_FAILURE', refused(503, 'Q.850;cause=41')],
  ['SWITCH_CONGESTION', refused(503, 'Q.850;cause=42')],
  ['REQUESTED_CHAN_UNAVAIL', refused(503, 'Q.850;cause=44')],
  ['RECOVERY_ON_TIMER_EXPIRE', refused(504, 'Q.850;cause=102')],
  ['FACILITY_NOT_SUBSCRIBED', cause(50)],
  ['SERVICE_UNAVAILABLE', cause(63)],
  ['INVALID_CALL_REFERENCE', cause(81)],
  ['CHANNEL_UNACCEPTABLE', cause(6)],
  ['PROTOCOL_ERROR', cause(111)],
  ['CALL_AWARDED_DELIVERED', cause(7)],
  ['ACCESS_INFO_DISCARDED', cause(43)],
  ['CALL_REJECTED', refused(603, 'Q.850;cause=21')],
  ['NORMAL_CLEARING', ended('<', 'Q.850;cause=16')],
  ['UNSPECIFIED', refused(480, 'Q.850;cause=31')],
];

/** Causes of the switch itself, which it tells by name. */
const BY_NAME: readonly WireCall[] = [
  ['MANAGER_REQUEST', named(703, 'MANAGER_REQUEST')],
  ['PICKED_OFF', named(805, 'PICKED_OFF')],
  ['USER_NOT_REGISTERED', refused(480, 'SIP;cause=806;text="USER_NOT_REGISTERED"')],
  ['PROGRESS_TIMEOUT', refused(480, 'SIP;cause=807;text="PROGRESS_TIMEOUT"')],
];

/** The same causes in the BYE of an answered call. */
const AFTER_ANSWER: readonly WireCall[] = [
  ['RESPONSE_TO_STATUS_ENQUIRY', ended('<', 'Q.850;cause=30')],
  ['WRONG_MESSAGE', ended('<', 'Q.850;cause=98')],
  ['MANDATORY_IE_LENGTH_ERROR', ended('<', 'Q.850;cause=103')],
  ['CHAN_NOT_IMPLEMENTED', ended('<', 'Q.850;cause=66')],
  ['BEARERCAPABILITY_NOTIMPL', ended('<', 'Q.850;cause=65')],
  ['FACILITY_NOT_IMPLEMENTED', ended('<', 'Q.850;cause=69')],
  ['INTERWORKING', ended('<', 'Q.850;cause=127')],
  ['BEARERCAPABILITY_NOTAVAIL', ended('<', 'Q.850;cause=58')],
  ['SUBSCRIBER_ABSENT', ended('<', 'Q.850;cause=20')],
  ['DESTINATION_OUT_OF_ORDER', ended('<', 'Q.850;cause=27')],
  ['INCOMPATIBLE_DESTINATION', ended('<', 'Q.850;cause=88')],
  ['IE_NONEXIST', ended('<', 'Q.850;cause=99')],
  ['NORMAL_CIRCUIT_CONGESTION', ended('<', 'Q.850;cause=34')],
  ['NORMAL_TEMPORARY_FAILURE', ended('<', 'Q.850;cause=41')],
  ['NETWORK_OUT_OF_ORDER', ended('<', 'Q.850;cause=38')],
  ['PROTOCOL_ERROR', ended('<', 'Q.850;cause=111')],
  ['USER_BUSY', ended('<', 'Q.850;cause=17')],
  ['UNSPECIFIED', ended('<', 'SIP;cause=804;text="MEDIA_TIMEOUT"')],
];

const ITNIO: readonly WireCall[] = [
  ['Line Abnormal', ended('<', 'outofcredit'), OUTBOUND],
  [
    '(Inbound) No Agent Answer',
    refused(480, 'Q.850;cause=19', { ring: true, at: 30_000 }),
    INBOUND,
  ],
  ['(Inbound) Normal Call', ended('>'), INBOUND],
  ['Voicemail (Post-connect)', ended('>'), OUT_TO_VOICEMAIL],
  ['Callee Busy/Rejected', refused(486), OUTBOUND],
  ['Timeout No Answer', cancelled(40_000, true), OUTBOUND],
  ['Caller Hangup', cancelled(8000, true), OUTBOUND],
  ['Out of Service', refused(480, 'Q.850;cause=20'), OUTBOUND],
  ['Telecom Unavailable', refused(503, 'Q.850;cause=38'), OUTBOUND],
  ['Call Failed', refused(402), OUTBOUND],
  ['Short Duration Hangup', ended('<', '', 4.9), OUTBOUND],
  ['Effective Call', ended('<', '', 5), OUTBOUND],
];

const RETELL: readonly WireCall[] = [
  ['no_valid_payment', refused(402)],
  ['error_retell', named(701, 'SYSTEM_SHUTDOWN')],
  ['voicemail_reached', ended('>'), OUT_TO_VOICEMAIL],
  ['max_duration_reached', ended('<', 'dialog_timeout')],
  ['call_transfer', BLIND],
  ['dial_busy', refused(486), OUTBOUND],
  ['marked_as_spam', refused(607)],
  ['user_declined', refused(603)],
  ['dial_no_answer', cancelled(40_000, true), OUTBOUND],
  ['invalid_destination', refused(404)],
  ['sip_routing_error', refused(483)],
  ['telephony_provider_permission_denied', refused(403)],
  ['telephony_provider_unavailable', refused(503)],
  ['agent_hangup', ended('<'), INBOUND],
  ['user_hangup', ended('>'), INBOUND],
  ['dial_failed', refused(500), OUTBOUND],
  ['error_unknown', ended('<', 'Q.850;cause=111')],
];

const CAMPAIGN_STATUS: readonly WireCall[] = [
  ['ABSENT/VOICEMAIL_DETECTED', ended('>'), OUT_TO_VOICEMAIL],
  ['ANSWERED/COMPLETE', ended('>'), OUTBOUND],
  ['ANSWERED/INCOMPLETE', ended('<'), OUTBOUND],
  ['ABSENT/BUSY', refused(486), OUTBOUND],
  ['ABSENT/NO_ANSWER', cancelled(20_000, true), OUTBOUND],
  ['ERROR/REJECTED', refused(603), OUTBOUND],
  ['ERROR/UNALLOCATED_NUMBER', refused(404), OUTBOUND],
  ['ERROR/OTHER', refused(500), OUTBOUND],
];
const CAMPAIGN_RESULT: readonly WireCall[] = [['HANGUP', ended('<'), OUTBOUND]];

export type FieldCalls = readonly [vocabulary: string, field: string, rows: readonly WireCall[]];

/** By vocabulary and field: a call for each code that signalling shows. */
export const WIRE_CALLS: readonly FieldCalls[] = [
  ['tencent-ccc', 'status', TENCENT],
  ['call-status-bye-reason', 'call_status', CALL_STATUS],
  ['call-status-bye-reason', 'bye_reason', BYE_REASON],
  ['itnio-call-center', 'status', ITNIO],
  ['retell', 'disconnection_reason', RETELL],
  ['voice-campaign', 'status', CAMPAIGN_STATUS],
  ['voice-campaign', 'result', CAMPAIGN_RESULT],
];

/** Other calls that get the same codes; they prove no coverage. */
export const MORE_CALLS: readonly FieldCalls[] = [
  ['call-status-bye-reason', 'bye_reason', [...BY_NAME, ...AFTER_ANSWER]],
  [
    'itnio-call-center',
    'status',
    [['Line No Audio', ended('<', 'SIP;cause=804;text="MEDIA_TIMEOUT"'), OUTBOUND]],
  ],
  [
    'retell',
    'disconnection_reason',
    [['error_no_audio_received', ended('<', 'SIP;cause=804;text="MEDIA_TIMEOUT"')]],
  ],
];
