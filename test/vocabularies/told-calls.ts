/**
 * A call for each code that needs facts of the platform or of media, by vocabulary and field: messages on the wire, and
 * context events where a line has a `!`.
 */
import type { Play } from '../support/sip.ts';
import { ended, type FieldCalls, INBOUND, OUTBOUND, refused, type WireCall } from './wire-calls.ts';

/** A contact centre's own switch stands between its agents and the carrier. */
const TO_CENTRE: Play = { peers: { '10.0.0.1': 'carrier', '10.0.0.2': 'pbx' } };
const FROM_CENTRE: Play = { peers: { '10.0.0.1': 'pbx', '10.0.0.2': 'carrier' } };

/** A call with events; each says when it happened, in ms of the call. */
const told = (call: string, ...events: readonly string[]): string =>
  [call, ...events.map((event) => event.replace(/^\d+/, '$& !'))].join('\n');
/** The platform answered, or dialled and was answered, and lets the customer wait for an agent. */
const WAITS = '3100 stage.entered name=queue';

/** A call that the platform never sent: only its events are there. */
const unsent = (...events: readonly string[]): string =>
  [...events, 'refused'].map((event) => `0 ! ${event}`).join('\n');

/** Refused after an announcement in early media. */
const announced = (value: string): string => `0 > INVITE
  400 < 183 sdp=sendrecv
  900 ! announcement.${value}
  8000 < 480
  8010 > ACK fail`;

/** Answered at 3000 by the platform, which ends it at 63000; the customer called. */
const ENDED = ended('<');
/** The same call, ended by who called. */
const LEFT = ended('>');

const TENCENT: readonly WireCall[] = [
  ['clientError', told(LEFT, '62900 device.mic'), OUTBOUND],
  ['callConflict', told(ENDED, '62900 device.conflict'), TO_CENTRE],
  ['clientTimeout', told(ENDED, '62900 device.unresponsive'), TO_CENTRE],
  ['voipClientError', told(ENDED, '62900 device.interrupted'), TO_CENTRE],
  ['blackList', told(refused(603), '900 policy.blacklist subject=caller'), TO_CENTRE],
  ['notWorkTime', told(ENDED, '62900 policy.hours'), TO_CENTRE],
  ['noSeatOnline', told(ENDED, WAITS, '62900 agent.none_available'), TO_CENTRE],
  ['ivrEnd', told(ENDED, '3100 stage.entered name=ivr', '62900 ivr.completed'), TO_CENTRE],
  [
    'seatGiveUp',
    told(
      LEFT,
      WAITS,
      '5000 agent.offered',
      '20000 agent.timeout',
      '21000 agent.offered',
      '24000 agent.answered',
    ),
    TO_CENTRE,
  ],
  ['restrictedCallee', unsent('task.predictive', 'policy.blacklist subject=callee')],
  ['tooManyRequest', unsent('task.predictive', 'policy.rate')],
  ['restrictedArea', unsent('task.manual', 'policy.area')],
  ['restrictedTime', unsent('task.preview', 'policy.hours')],
  ['powerOff', announced('power_off'), OUTBOUND],
  ['outOfCredit', announced('arrears'), OUTBOUND],
  ['callReminder', announced('call_reminder'), OUTBOUND],
  ['promptCallForwarding', announced('forwarding'), OUTBOUND],
  [
    'calleeRestricted',
    told(refused(403), '900 policy.blacklist subject=callee enforcedBy=carrier'),
    OUTBOUND,
  ],
  ['areaRestricted', told(refused(403), '900 policy.area enforcedBy=carrier'), OUTBOUND],
];

const BYE_REASON: readonly WireCall[] = [
  [
    'Caller_Left_Voicemail',
    told(LEFT, '3100 stage.entered name=voicemail', '50000 voicemail.message_left'),
    TO_CENTRE,
  ],
  [
    'Transferred_From_IVR',
    told(
      LEFT,
      '3100 stage.entered name=ivr',
      '10000 stage.left name=ivr',
      '10000 stage.entered name=queue',
    ),
    TO_CENTRE,
  ],
  [
    'Transferred_From_Call_System',
    told(LEFT, WAITS, '10000 agent.offered', '15000 agent.answered'),
    TO_CENTRE,
  ],
  ['CALL_FORWARD', told(refused(302), '900 forward.pstn'), TO_CENTRE],
];

const ITNIO: readonly WireCall[] = [
  ['Ring Abandon', told(LEFT, WAITS, '40000 agent.offered', '62000 agent.timeout'), FROM_CENTRE],
  ['Queue Abandon (Long)', told(LEFT, WAITS, '62900 agent.connection_lost'), FROM_CENTRE],
  [
    'Queue Abandon (Short)',
    told(ended('>', '', 4.9), WAITS, '7800 agent.connection_lost'),
    FROM_CENTRE,
  ],
  [
    'Voicemail (Pre-connect)',
    told(refused(480, '', { ring: true, at: 20_000 }), '15000 voicemail.detected'),
    FROM_CENTRE,
  ],
  [
    'Line No Audio',
    ended('<', '', 60).replace(/ BYE$/m, ' BYE | P-RTP-Stat: PS=0,OS=0,PR=0,OR=0'),
    OUTBOUND,
  ],
];

const RETELL: readonly WireCall[] = [
  ['error_llm_websocket_open', told(refused(500), '900 component.open_failed name=llm'), INBOUND],
  [
    'error_llm_websocket_lost_connection',
    told(ENDED, '62900 component.connection_lost name=llm'),
    INBOUND,
  ],
  ['error_llm_websocket_runtime', told(ENDED, '62900 component.runtime_error name=llm'), INBOUND],
  [
    'error_llm_websocket_corrupt_payload',
    told(ENDED, '62900 component.corrupt_payload name=llm'),
    INBOUND,
  ],
  ['error_asr', told(ENDED, '62900 component.error name=asr'), INBOUND],
  ['error_no_audio_received', told(ENDED, '62900 media.no_audio'), INBOUND],
  ['error_user_not_joined', unsent('limit.join')],
  ['registered_call_timeout', unsent('limit.registration')],
  ['concurrency_limit_reached', unsent('task.predictive', 'policy.concurrency')],
  ['scam_detected', told(ENDED, '62900 policy.scam'), INBOUND],
  ['ivr_reached', told(LEFT, '9000 ivr.detected'), OUTBOUND],
  ['inactivity', told(ENDED, '62900 limit.silence'), INBOUND],
];

const CAMPAIGN_STATUS: readonly WireCall[] = [
  ['ERROR/BLACKLISTED', unsent('task.fixed', 'policy.blacklist subject=callee')],
];
const CAMPAIGN_RESULT: readonly WireCall[] = [
  [
    'VOICEMAIL_COMPLETE',
    told(LEFT, '200 task.fixed', '9000 voicemail.detected', '62900 playback.complete'),
    FROM_CENTRE,
  ],
  [
    'VOICEMAIL_INCOMPLETE',
    told(ENDED, '200 task.fixed', '9000 voicemail.detected', '62900 playback.partial'),
    FROM_CENTRE,
  ],
];

/** Answered, and in this stage from then on. */
const inStage = (name: string): string => `3100 stage.entered name=${name}`;
const LEAVES = [WAITS, '200 task.predictive'];

/** Codes that signalling shows as well, told by the platform. */
const TENCENT_TOLD: readonly WireCall[] = [
  ['ivrGiveUp', told(LEFT, inStage('ivr')), TO_CENTRE],
  ['ivrGiveUp', told(LEFT, inStage('greeting')), TO_CENTRE],
  ['waitingGiveUp', told(LEFT, WAITS), TO_CENTRE],
  ['ringingGiveUp', told(LEFT, WAITS, '60000 agent.offered'), TO_CENTRE],
  ['blackList', unsent('task.inbound', 'policy.blacklist subject=caller')],
  ['notWorkTime', told(refused(480), '900 policy.hours'), TO_CENTRE],
  ['clientError', told(ENDED, '5000 agent.answered', '62900 agent.connection_lost'), TO_CENTRE],
  ['tooManyRequest', unsent('policy.concurrency')],
  ['restrictedCallee', told(refused(403), '900 policy.blacklist subject=callee'), FROM_CENTRE],
  ['carrierBlocked', told(refused(480), '900 policy.spam enforcedBy=carrier'), OUTBOUND],
  ['carrierBlocked', told(refused(480), '900 policy.blacklist enforcedBy=carrier'), OUTBOUND],
  ['notInService', announced('out_of_area'), OUTBOUND],
  ['numberNotExist', announced('not_exist'), OUTBOUND],
  ['numberInvalid', announced('invalid'), OUTBOUND],
  ['callRestricted', announced('restricted'), OUTBOUND],
  ['callForward', told(LEFT, '62900 transfer.blind'), OUTBOUND],
];

const BYE_REASON_TOLD: readonly WireCall[] = [
  ['Terminated_From_Server', told(ENDED, '62900 limit.silence'), TO_CENTRE],
  ['Abandoned_IVR_Menu', told(LEFT, inStage('ivr')), TO_CENTRE],
  ['End_In_IVR', told(ENDED, inStage('ivr')), TO_CENTRE],
  [
    'Abandoned_On_Hold',
    told(LEFT, '9000 agent.answered', '50000 stage.entered name=on_hold'),
    TO_CENTRE,
  ],
  ['Abandoned_Voicemail', told(LEFT, inStage('voicemail')), TO_CENTRE],
  ['Ended_In_Call_System', told(LEFT, inStage('greeting')), TO_CENTRE],
  ['Ended_In_Call_System', told(LEFT, WAITS), TO_CENTRE],
  ['Ended_In_Call_System', told(LEFT, WAITS, '60000 agent.offered'), TO_CENTRE],
  ['Ended_In_Call_System', told(ENDED, WAITS), TO_CENTRE],
  ['Ended_In_Call_System', told(ENDED, WAITS, '62900 agent.none_available'), TO_CENTRE],
  ['BLIND_TRANSFER', told(LEFT, '62900 transfer.blind'), TO_CENTRE],
  ['ATTENDED_TRANSFER', told(LEFT, '62900 transfer.attended'), TO_CENTRE],
  ['CALL_FORWARD', told(refused(487), '900 forward.pstn'), TO_CENTRE],
  ['CALL_FORWARD', told(refused(480), '900 forward.pstn'), TO_CENTRE],
];

const CALL_STATUS_TOLD: readonly WireCall[] = [
  ['Abandoned', told(LEFT, WAITS), TO_CENTRE],
  ['Abandoned', told(LEFT, inStage('voicemail')), TO_CENTRE],
  ['Abandoned', told(LEFT, '9000 agent.answered', '50000 stage.entered name=on_hold'), TO_CENTRE],
  ['Call Ended', told(LEFT, WAITS, '9000 agent.answered'), TO_CENTRE],
  ['Call Ended', told(ENDED, inStage('ivr'), '62900 ivr.completed'), TO_CENTRE],
  ['Not Answered', told(ENDED, WAITS, '40000 agent.offered', '62000 agent.timeout'), TO_CENTRE],
];

const ITNIO_TOLD: readonly WireCall[] = [
  ['Ring Abandon', told(ENDED, ...LEAVES, '60000 agent.offered'), FROM_CENTRE],
  ['Ring Abandon', told(LEFT, WAITS, '40000 agent.offered', '62000 agent.rejected'), FROM_CENTRE],
  ['Queue Abandon (Long)', told(ended('<', '', 5), ...LEAVES), FROM_CENTRE],
  ['Queue Abandon (Short)', told(ended('<', '', 4.9), ...LEAVES), FROM_CENTRE],
  [
    '(Inbound) No Agent Answer',
    told(ENDED, WAITS, '40000 agent.offered', '62000 agent.timeout'),
    TO_CENTRE,
  ],
  ['(Inbound) Normal Call', told(LEFT, WAITS, '9000 agent.answered'), TO_CENTRE],
  ['Voicemail (Post-connect)', told(LEFT, '9000 voicemail.detected'), FROM_CENTRE],
  ['Line Abnormal', told(LEFT, '62900 policy.credit'), FROM_CENTRE],
  ['Call Failed', unsent('task.manual', 'policy.tariff')],
  ['Telecom Unavailable', told(refused(403), '900 policy.area enforcedBy=carrier'), OUTBOUND],
  ['Out of Service', announced('power_off'), OUTBOUND],
  ['Short Duration Hangup', told(LEFT, WAITS, '60000 agent.answered'), FROM_CENTRE],
  ['Effective Call', told(LEFT, WAITS, '9000 agent.answered'), FROM_CENTRE],
  ['Line No Audio', told(LEFT, '62900 media.no_audio'), OUTBOUND],
];

const RETELL_TOLD: readonly WireCall[] = [
  ['no_valid_payment', unsent('policy.credit')],
  ['marked_as_spam', told(refused(480), '900 policy.spam enforcedBy=carrier'), OUTBOUND],
  ['error_retell', told(ENDED, '62900 component.error name=router'), INBOUND],
  ['error_unknown', told(ENDED, '62900 component.unknown_error'), INBOUND],
  ['voicemail_reached', told(LEFT, '9000 voicemail.detected'), FROM_CENTRE],
  ['max_duration_reached', told(ENDED, '62900 limit.duration'), INBOUND],
  ['call_transfer', told(LEFT, '62900 transfer.attended'), OUTBOUND],
  ['invalid_destination', announced('not_exist'), OUTBOUND],
  ['agent_hangup', told(ENDED, inStage('ivr'), '62900 ivr.completed'), TO_CENTRE],
  ['user_hangup', told(LEFT, WAITS), TO_CENTRE],
];

const CAMPAIGN_STATUS_TOLD: readonly WireCall[] = [
  ['ABSENT/VOICEMAIL_DETECTED', told(LEFT, '9000 voicemail.detected'), FROM_CENTRE],
  ['ANSWERED/COMPLETE', told(ENDED, '62900 playback.complete'), FROM_CENTRE],
  ['ANSWERED/INCOMPLETE', told(LEFT, '62900 playback.partial'), FROM_CENTRE],
  ['ERROR/UNALLOCATED_NUMBER', announced('not_exist'), OUTBOUND],
];

/** Other calls that get the same codes; they prove no coverage. */
export const MORE_TOLD_CALLS: readonly FieldCalls[] = [
  ['tencent-ccc', 'status', TENCENT_TOLD],
  ['call-status-bye-reason', 'bye_reason', BYE_REASON_TOLD],
  ['call-status-bye-reason', 'call_status', CALL_STATUS_TOLD],
  ['itnio-call-center', 'status', ITNIO_TOLD],
  ['retell', 'disconnection_reason', RETELL_TOLD],
  ['voice-campaign', 'status', CAMPAIGN_STATUS_TOLD],
];

/** By vocabulary and field. */
export const TOLD_CALLS: readonly FieldCalls[] = [
  ['tencent-ccc', 'status', TENCENT],
  ['call-status-bye-reason', 'bye_reason', BYE_REASON],
  ['itnio-call-center', 'status', ITNIO],
  ['retell', 'disconnection_reason', RETELL],
  ['voice-campaign', 'status', CAMPAIGN_STATUS],
  ['voice-campaign', 'result', CAMPAIGN_RESULT],
];
