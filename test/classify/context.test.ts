import { describe, expect, test } from 'vitest';
import type { PeerRole } from '../../src/calls/peers.ts';
import {
  CONTEXT_KINDS,
  CONTEXT_SOURCES,
  type ContextKind,
  type ContextSource,
} from '../../src/classify/context.ts';
import { FACT_ROWS } from '../../src/classify/context-facts.ts';
import { CONTEXT_RULES, STAGE_RULES } from '../../src/classify/context-rules.ts';
import type { Verdict } from '../../src/classify/outcome.ts';
import { STAGES } from '../../src/classify/outcome.ts';
import { RULES } from '../../src/classify/rules.ts';
import { CONTEXT_NAMES, CONTEXT_STAGES } from '../../src/context/kinds.ts';
import { ANSWERED, CALLEE_BYE, CALLER_BYE, RINGING } from '../support/calls.ts';
import { tell, verdictTold } from '../support/context.ts';

/** The platform answered at 1000. */
const PLATFORM = '0 > INVITE\n1000 < 200\n1010 > ACK';
const LEAVES = '20000 > BYE\n20010 < 200 BYE';
const ENDS = '20000 < BYE\n20010 > 200 BYE';
const [CALLER, CALLEE] = ['10.0.0.1', '10.0.0.2'];
const OUTBOUND: Record<string, PeerRole> = { [CALLER]: 'pbx', [CALLEE]: 'carrier' };

interface Case {
  readonly name: string;
  readonly script: string;
  readonly expected: object;
  /** A row without which the verdict is another one. */
  readonly rule?: string;
  readonly peers?: Readonly<Record<string, PeerRole>>;
}

const inQueue = `${PLATFORM}\n1100 ! stage.entered name=queue`;
const fault = (fact: string, reason: string, name = fact): Case => ({
  name,
  script: `${CALLEE_BYE}\n8900 ! ${fact}`,
  expected: { reason, outcome: 'dropped', connected: true },
  rule: 'fact',
});
const announced = (value: string, reason: string): Case => ({
  name: `announcement ${value}`,
  script: `0 > INVITE\n400 < 183 sdp=sendrecv\n900 ! announcement.${value}\n8000 < 480`,
  expected: { reason, connected: false, certainty: 'observed', endedBy: 'network' },
  rule: 'fact',
});
const refused = (line: string, reason: string, name = line): Case => ({
  name: `refused: ${name}`,
  script: `0 ! ${line}\n0 ! refused`,
  expected: { source: 'context', reason, connected: false, served: false },
  rule: 'fact',
});

const LEFT: readonly Case[] = [
  {
    name: 'left in the greeting',
    script: `${PLATFORM}\n1100 ! stage.entered name=greeting\n${LEAVES}`,
    expected: { reason: 'abandoned_greeting', stage: 'greeting', served: false },
    rule: 'left-greeting',
  },
  {
    name: 'left in the IVR',
    script: `${PLATFORM}\n1100 ! stage.entered name=ivr\n${LEAVES}`,
    expected: { outcome: 'abandoned', reason: 'abandoned_ivr', stage: 'ivr', endedBy: 'caller' },
    rule: 'left-ivr',
  },
  {
    name: 'left the queue',
    script: `${inQueue}\n${LEAVES}`,
    expected: {
      outcome: 'abandoned',
      reason: 'abandoned_queue',
      stage: 'queue',
      connected: true,
      served: false,
      timing: { talk: null },
    },
    rule: 'left-queue',
  },
  {
    name: 'left while an agent was rung',
    script: `${inQueue}\n5000 ! agent.offered\n${LEAVES}`,
    expected: { reason: 'abandoned_agent_ringing', stage: 'agent_ringing' },
    rule: 'left-agent-ringing',
  },
  {
    name: 'left the queue after an agent had not answered',
    script: `${inQueue}\n5000 ! agent.offered\n15000 ! agent.timeout\n${LEAVES}`,
    expected: { reason: 'abandoned_queue', stage: 'queue' },
    rule: 'fact-and-left',
  },
  {
    name: 'left at the voicemail',
    script: `${PLATFORM}\n1100 ! stage.entered name=voicemail\n${LEAVES}`,
    expected: { reason: 'abandoned_voicemail', stage: 'voicemail', served: false },
    rule: 'left-voicemail',
  },
  {
    name: 'left on hold, as told',
    script: `${ANSWERED}\n4000 ! agent.answered\n5000 ! stage.entered name=on_hold\n${LEAVES}`,
    expected: { reason: 'abandoned_on_hold', stage: 'on_hold', served: true },
    rule: 'left-on-hold',
  },
  {
    name: 'left on hold, by SDP',
    script: `${ANSWERED}\n5000 < REINVITE n=2 sdp=sendonly\n5010 > 200 n=2 sdp=recvonly\n${LEAVES}`,
    expected: { reason: 'abandoned_on_hold', stage: 'on_hold', certainty: 'assumed' },
    rule: 'left-held',
  },
  {
    name: 'a hold that was refused is not what a later 2xx accepts',
    script:
      `${ANSWERED}\n5000 < REINVITE n=2 sdp=sendonly\n5010 > 491 n=2\n` +
      `7000 > 200 n=3 sdp=sendrecv\n7010 < REINVITE n=3 sdp=sendrecv\n${LEAVES}`,
    expected: { reason: 'normal_clearing_caller', stage: 'talking' },
  },
  {
    name: 'who held the call may hang up',
    script: `${ANSWERED}\n5000 > REINVITE n=2 sdp=sendonly\n5010 < 200 n=2 sdp=recvonly\n${LEAVES}`,
    expected: { reason: 'normal_clearing_caller', stage: 'on_hold' },
  },
  {
    name: '182 and given up',
    script: '0 > INVITE\n400 < 182\n30000 > CANCEL\n30010 < 487',
    expected: {
      reason: 'abandoned_queue',
      certainty: 'assumed',
      stage: 'queue',
      connected: false,
    },
    rule: 'left-queued',
  },
  {
    name: '182, and answered elsewhere',
    script:
      '0 > INVITE\n400 < 182\n30000 > CANCEL | Reason: SIP;cause=200;text="Call completed elsewhere"\n30010 < 487',
    expected: { reason: 'answered_elsewhere', certainty: 'observed' },
  },
  {
    name: '182, then an answer shortly before the end',
    script: '0 > INVITE\n400 < 182\n5000 < 200\n5010 > ACK\n5050 > BYE\n5060 < 200 BYE',
    expected: { reason: 'normal_clearing_caller', connected: true },
  },
  {
    name: '182, then an agent rang',
    script: '0 > INVITE\n400 < 182\n5000 < 180\n30000 > CANCEL\n30010 < 487',
    expected: { reason: 'caller_cancelled_ringing', stage: 'ringing' },
  },
  {
    name: 'a customer who was called left the queue',
    script: `${inQueue}\n${ENDS}`,
    peers: OUTBOUND,
    expected: { direction: 'outbound', reason: 'abandoned_queue', endedByRole: 'customer' },
    rule: 'left-queue',
  },
  {
    name: 'a customer of a campaign left, peers unknown',
    script: `${inQueue}\n1200 ! task.predictive\n${ENDS}`,
    expected: { direction: 'outbound', reason: 'abandoned_queue' },
    rule: 'left-queue',
  },
];

const AGENTS: readonly Case[] = [
  {
    name: 'an agent who did not answer ended the call',
    script: `${inQueue}\n5000 ! agent.offered\n19900 ! agent.timeout\n${ENDS}`,
    expected: {
      outcome: 'no_answer',
      reason: 'agent_no_answer',
      attribution: 'agent',
      served: false,
    },
    rule: 'fact',
  },
  {
    name: 'an agent who did not answer was a step',
    script: `${inQueue}\n5000 ! agent.offered\n9000 ! agent.timeout\n9100 ! agent.offered\n12000 ! agent.answered\n${ENDS}`,
    expected: {
      reason: 'normal_clearing_callee',
      served: true,
      stage: 'talking',
      timing: { talk: 8 },
    },
    rule: 'fact-went-on',
  },
  {
    name: 'an agent who refused',
    script: `${inQueue}\n5000 ! agent.offered\n19900 ! agent.rejected\n${ENDS}`,
    expected: { outcome: 'declined', reason: 'agent_rejected' },
    rule: 'fact',
  },
  {
    name: 'an agent who refused before the answer',
    script: `${RINGING}\n600 ! agent.offered\n5000 ! agent.rejected\n5100 < 480`,
    expected: { reason: 'agent_rejected', connected: false },
    rule: 'fact',
  },
  {
    name: 'no agent',
    script: `${inQueue}\n1200 ! agent.none_available\n${ENDS}`,
    expected: { outcome: 'failed', reason: 'no_agent_available', attribution: 'agent' },
    rule: 'fact',
  },
  fault('agent.connection_lost', 'agent_connection_lost'),
  {
    name: 'agent.connection_lost before the answer',
    script: `${RINGING}\n5000 ! agent.connection_lost\n5100 < 480`,
    expected: { reason: 'connection_lost', outcome: 'failed', attribution: 'device' },
  },
  {
    name: 'a customer left after an agent refused, and no stage was told',
    script: `${PLATFORM}\n5000 ! agent.offered\n15000 ! agent.rejected\n${LEAVES}`,
    expected: {
      outcome: 'abandoned',
      reason: 'abandoned_queue',
      served: false,
      stages: [
        { stage: 'dialing' },
        { stage: 'queue' },
        { stage: 'agent_ringing' },
        { stage: 'queue' },
      ],
    },
    rule: 'left-queue',
  },
  {
    name: 'an agent answered without a stage told',
    script: `${PLATFORM}\n5000 ! agent.offered\n8000 ! agent.answered\n${LEAVES}`,
    expected: { outcome: 'completed', served: true, timing: { talk: 12 } },
  },
  {
    name: 'an agent answered',
    script: `${inQueue}\n5000 ! agent.offered\n8000 ! agent.answered\n${ENDS}`,
    expected: {
      outcome: 'completed',
      served: true,
      timing: { talk: 12 },
      stages: [
        { stage: 'dialing' },
        { stage: 'queue' },
        { stage: 'agent_ringing' },
        { stage: 'talking' },
      ],
    },
  },
];

const MACHINES: readonly Case[] = [
  {
    name: 'an IVR that did its job',
    script: `${PLATFORM}\n1100 ! stage.entered name=ivr\n19000 ! ivr.completed\n${LEAVES}`,
    expected: { outcome: 'completed', reason: 'ivr_completed', stage: 'ivr', served: false },
    rule: 'fact',
  },
  {
    name: 'an IVR that the platform ended',
    script: `${PLATFORM}\n1100 ! stage.entered name=ivr\n${ENDS}`,
    expected: { reason: 'ivr_completed', certainty: 'inferred', stage: 'ivr' },
    rule: 'ended-in-ivr',
  },
  {
    name: 'an IVR in early media that never sent 200',
    script:
      '0 > INVITE\n400 < 183 sdp=sendrecv\n500 ! stage.entered name=ivr\n9000 ! ivr.completed\n9500 > CANCEL\n9510 < 487',
    expected: { outcome: 'completed', reason: 'ivr_completed', connected: false, stage: 'ivr' },
    rule: 'fact',
  },
  {
    name: 'an IVR was called',
    script: `${PLATFORM}\n5000 ! ivr.detected\n6000 > BYE`,
    expected: { reason: 'ivr_reached', stage: 'ivr', served: false, timing: { talk: null } },
    rule: 'fact',
  },
  {
    name: 'a voicemail was reached',
    script: `${PLATFORM}\n5000 ! voicemail.detected\n6000 > BYE`,
    peers: OUTBOUND,
    expected: { outcome: 'voicemail', reason: 'voicemail_reached', served: false },
    rule: 'fact',
  },
  {
    name: 'a voicemail was heard before the answer',
    script: `${RINGING}\n5000 ! voicemail.detected\n6000 > CANCEL\n6010 < 487`,
    expected: { outcome: 'voicemail', reason: 'voicemail_reached', connected: false },
    rule: 'fact',
  },
  {
    name: 'a message was left',
    script: `${PLATFORM}\n1100 ! stage.entered name=voicemail\n19000 ! voicemail.message_left\n${LEAVES}`,
    expected: { reason: 'voicemail_message_left', stage: 'voicemail' },
    rule: 'fact',
  },
  {
    name: 'the platform ended it at the voicemail',
    script: `${PLATFORM}\n1100 ! stage.entered name=voicemail\n${ENDS}`,
    expected: { reason: 'voicemail_reached', served: false },
    rule: 'ended-in-voicemail',
  },
  {
    name: 'the platform ended it in the queue',
    script: `${inQueue}\n${ENDS}`,
    expected: { outcome: 'answered_by_platform', certainty: 'assumed', served: false },
    rule: 'ended-waiting',
  },
  {
    name: 'a message played to its end',
    script: `${CALLER_BYE}\n8900 ! playback.complete`,
    expected: { outcome: 'completed', reason: 'playback_complete' },
    rule: 'fact',
  },
  {
    name: 'a message played in part',
    script: `${CALLEE_BYE}\n9020 ! playback.partial`,
    expected: { outcome: 'completed', reason: 'playback_partial' },
    rule: 'fact',
  },
  {
    name: 'a message played to a voicemail',
    script: `${CALLER_BYE}\n4000 ! voicemail.detected\n8900 ! playback.complete`,
    expected: { outcome: 'voicemail', reason: 'voicemail_playback_complete' },
  },
  {
    name: 'a message played to a voicemail in part, told the other way round',
    script: `${CALLER_BYE}\n8000 ! playback.partial\n8900 ! voicemail.detected`,
    expected: { outcome: 'voicemail', reason: 'voicemail_playback_partial' },
  },
];

const POLICIES: readonly Case[] = [
  refused('policy.blacklist subject=caller', 'caller_blacklisted'),
  refused('policy.blacklist subject=callee', 'callee_blacklisted'),
  refused('policy.blacklist subject=callee enforcedBy=carrier', 'callee_blacklisted_by_carrier'),
  refused('policy.blacklist enforcedBy=carrier', 'blocked_by_carrier'),
  refused('policy.hours', 'outside_hours'),
  refused('policy.hours enforcedBy=carrier', 'calling_time_restricted'),
  refused('task.preview\n0 ! policy.hours', 'calling_time_restricted'),
  refused('policy.area', 'area_restricted'),
  refused('policy.area enforcedBy=carrier', 'area_restricted_by_carrier'),
  refused('policy.rate', 'rate_limited'),
  refused('policy.credit', 'payment_required'),
  refused('policy.tariff', 'tariff_missing'),
  refused('policy.concurrency', 'concurrency_limit_reached'),
  refused('policy.spam', 'call_rejected_by_analytics'),
  refused('policy.scam', 'scam_detected'),
  refused('limit.registration', 'call_registration_expired'),
  {
    name: 'refused, and nothing else',
    script: '0 ! refused',
    expected: {
      source: 'context',
      outcome: 'failed',
      reason: 'rejected_by_platform',
      endedBy: 'platform',
      sip: { status: null },
      fromTag: '',
      timing: { total: 0 },
    },
    rule: 'fact',
  },
  {
    name: 'a caller on the blacklist who heard so',
    script: `${PLATFORM}\n1100 ! policy.blacklist subject=caller\n5000 < BYE`,
    expected: { outcome: 'blocked', reason: 'caller_blacklisted', connected: true, served: false },
    rule: 'fact',
  },
  {
    ...fault('policy.credit', 'dropped_payment_required'),
    name: 'credit that ran out during the call',
  },
];

const FAULTS: readonly Case[] = [
  fault('limit.silence', 'silence_timeout'),
  fault('limit.duration', 'max_duration_reached'),
  {
    name: 'nobody joined',
    script: `${PLATFORM}\n19900 ! limit.join\n${ENDS}`,
    expected: { outcome: 'no_answer', reason: 'join_timeout', served: false },
    rule: 'fact',
  },
  fault('media.no_audio', 'no_audio'),
  fault('media.one_way', 'one_way_audio'),
  fault('media.interrupted', 'media_timeout'),
  fault('device.mic', 'agent_device_error'),
  fault('device.conflict', 'client_call_conflict'),
  fault('device.unresponsive', 'client_unresponsive'),
  fault('device.interrupted', 'client_media_interrupted'),
  {
    name: 'a microphone that failed before the answer',
    script: `${RINGING}\n5000 ! device.mic\n5100 < 480`,
    expected: { outcome: 'failed', reason: 'client_device_failed', connected: false },
  },
  {
    name: 'a component that did not open',
    script: `${PLATFORM}\n1100 ! component.open_failed name=llm\n2000 < BYE`,
    expected: { outcome: 'failed', reason: 'component_open_failed', served: false },
    rule: 'fact',
  },
  fault('component.connection_lost name=llm', 'component_connection_lost'),
  fault('component.runtime_error name=llm', 'component_runtime_error'),
  fault('component.corrupt_payload name=llm', 'component_corrupt_payload'),
  fault('component.error name=asr', 'speech_recognition_failed'),
  fault('component.error', 'platform_internal_error'),
  fault('component.unknown_error', 'platform_internal_error'),
];

const ROUTES: readonly Case[] = [
  announced('power_off', 'callee_power_off'),
  announced('not_exist', 'unallocated_number'),
  announced('invalid', 'invalid_number_format'),
  announced('arrears', 'callee_arrears'),
  announced('out_of_area', 'callee_out_of_area'),
  announced('call_reminder', 'callee_call_reminder'),
  announced('restricted', 'callee_restricted'),
  announced('forwarding', 'callee_forwarding_announced'),
  {
    name: 'forwarded to the telephone network',
    script: `${RINGING}\n5000 ! forward.pstn\n5100 < 480`,
    expected: { outcome: 'redirected', reason: 'forwarded_to_pstn' },
    rule: 'fact',
  },
  {
    name: 'redirected to the telephone network',
    script: `${RINGING}\n5000 ! forward.pstn\n5100 < 302`,
    expected: { outcome: 'redirected', reason: 'forwarded_to_pstn', conflicts: [] },
    rule: 'fact',
  },
  {
    name: 'forwarded, and busy there',
    script: `${RINGING}\n5000 ! forward.pstn\n5100 < 486`,
    expected: { outcome: 'busy', reason: 'user_busy' },
  },
  {
    name: 'forwarded, and answered there',
    script: `100 ! forward.pstn\n${CALLER_BYE}`,
    expected: { outcome: 'completed', served: true, conflicts: [] },
  },
  {
    name: 'forwarded inside',
    script: `${RINGING}\n5000 ! forward.internal\n5100 < 480`,
    expected: { outcome: 'redirected', reason: 'redirected' },
    rule: 'fact',
  },
  {
    name: 'transferred blindly',
    script: `${CALLEE_BYE}\n8900 ! transfer.blind`,
    expected: { outcome: 'transferred', reason: 'blind_transfer' },
    rule: 'fact',
  },
  {
    name: 'transferred after a talk',
    script: `${CALLEE_BYE}\n8900 ! transfer.attended`,
    expected: { outcome: 'transferred', reason: 'attended_transfer' },
    rule: 'fact',
  },
  {
    name: 'transferred from the IVR',
    script: `${PLATFORM}\n1100 ! stage.entered name=ivr\n19000 ! stage.left name=ivr\n19900 ! transfer.blind\n${ENDS}`,
    expected: { outcome: 'transferred', reason: 'transferred_from_ivr' },
    rule: 'fact',
  },
  {
    name: 'transferred from the queue',
    script: `${inQueue}\n19900 ! transfer.attended\n${ENDS}`,
    expected: { outcome: 'transferred', reason: 'transferred_from_queue', served: false },
    rule: 'fact',
  },
  ...(['manual', 'preview', 'fixed', 'predictive'] as const).map((task) => ({
    name: `${task} task`,
    script: `0 ! task.${task}\n${CALLER_BYE}`,
    expected: { direction: 'outbound', outcome: 'completed' },
  })),
  {
    name: 'inbound task',
    script: `0 ! task.inbound\n${CALLER_BYE}`,
    expected: { direction: 'inbound', outcome: 'completed' },
  },
];

const STATISTICS: readonly Case[] = [
  {
    name: 'who hung up heard nothing',
    script: `${ANSWERED}\n12000 > BYE | P-RTP-Stat: PS=450,OS=72000,PR=0,OR=0,PL=0,JI=0,LA=0,DU=9`,
    expected: {
      reason: 'one_way_audio',
      certainty: 'inferred',
      context: [{ kind: 'media', value: 'one_way', name: 'caller', source: 'media', id: null }],
    },
    rule: 'media-statistics',
  },
  {
    name: 'neither heard anything',
    script: `${ANSWERED}\n12000 > BYE | X-RTP-Stat: CS=0;PS=450;ES=1;OS=1;PR=0;OR=0\n12010 < 200 BYE | P-RTP-Stat: PS=430,OS=9,PR=0,OR=0`,
    expected: { reason: 'no_audio' },
    rule: 'media-statistics',
  },
  {
    name: 'no packet at all',
    script: `${ANSWERED}\n12000 < BYE | P-RTP-Stat: PS=0,OS=0,PR=0,OR=0`,
    expected: { reason: 'no_audio' },
    rule: 'media-statistics',
  },
  {
    name: 'a receiver that counted nothing',
    script: `${ANSWERED}\n12000 < BYE | RTP-RxStat: Dur=9,Pkt=0,Oct=0,LatePkt=0,VQMetrics="MLQK=0,Pkt=7"`,
    expected: { reason: 'one_way_audio', context: [{ name: 'callee' }] },
    rule: 'media-statistics',
  },
  {
    name: 'a call too short to tell',
    script: `${ANSWERED}\n4000 > BYE | P-RTP-Stat: PS=20,OS=1,PR=0,OR=0`,
    expected: { reason: 'normal_clearing_caller', context: [{ value: 'one_way' }] },
    rule: 'media-short',
  },
  {
    name: 'statistics of a sound call',
    script: `${ANSWERED}\n12000 > BYE | P-RTP-Stat: PS=450,OS=1,PR=449,OR=1`,
    expected: { reason: 'normal_clearing_caller', context: [] },
  },
];

const CONTRADICTIONS: readonly Case[] = [
  {
    name: 'an announcement of a call that was answered',
    script: `${CALLER_BYE}\n900 ! announcement.power_off`,
    expected: {
      outcome: 'completed',
      connected: true,
      conflicts: [
        { winner: { decided: true }, loser: { kind: 'context', value: 'announcement.power_off' } },
      ],
    },
    rule: 'fact-impossible',
  },
  {
    name: 'a limit of a call that was refused',
    script: `${RINGING}\n5000 ! limit.duration\n5100 < 486`,
    expected: {
      outcome: 'busy',
      connected: false,
      conflicts: [{ loser: { value: 'limit.duration' } }],
    },
    rule: 'fact-impossible',
  },
  {
    name: 'a caller on the blacklist who talked with an agent',
    script: `${CALLER_BYE}\n3100 ! agent.answered\n4000 ! limit.join`,
    expected: {
      outcome: 'completed',
      served: true,
      conflicts: [{ loser: { value: 'limit.join' } }],
    },
    rule: 'fact-impossible',
  },
  {
    name: 'a fact and another cause: the fact wins, and it is a conflict',
    script: `${ANSWERED}\n8900 ! agent.none_available\n9000 < BYE | Reason: Q.850;cause=41`,
    expected: {
      reason: 'no_agent_available',
      conflicts: [{ winner: { kind: 'context' }, loser: { kind: 'q850', value: '41' } }],
    },
  },
];

const GROUPS = {
  'customers who leave': LEFT,
  agents: AGENTS,
  machines: MACHINES,
  'policies and refusals': POLICIES,
  faults: FAULTS,
  'routes and announcements': ROUTES,
  'media statistics': STATISTICS,
  contradictions: CONTRADICTIONS,
} as const;
const ALL: readonly Case[] = Object.values(GROUPS).flat();

/** What a test compares when a row is missing. */
function essence({ reason, certainty, conflicts, evidence }: Verdict): string {
  const [decided] = evidence.filter((item) => item.decided);
  return JSON.stringify([reason, certainty, conflicts.length, decided?.kind, decided?.why]);
}

describe.each(Object.entries(GROUPS))('%s', (_, cases) => {
  test.each(cases)('$name', ({ script, expected, rule, peers = {} }) => {
    const verdict = verdictTold(script, { peers });
    expect(verdict).toMatchObject(expected);
    expect(verdict.evidence.filter((item) => item.decided)).toHaveLength(1);
    if (rule === undefined) return;
    expect(RULES.map(({ id }) => id)).toContain(rule);
    const without = RULES.filter(({ id }) => id !== rule);
    expect(essence(verdictTold(script, { peers, rules: without }))).not.toBe(essence(verdict));
  });
});

describe('the tables', () => {
  test('every fact of the closed set has a case', () => {
    const told = new Set(ALL.flatMap(({ script }) => script.match(/(?<=! )[a-z_.]+/g) ?? []));
    const names = CONTEXT_NAMES.map((name) => (name === 'refused.refused' ? 'refused' : name));
    expect(names.filter((name) => !told.has(name))).toEqual([]);
  });

  test('every row that reads a fact names one', () => {
    expect(FACT_ROWS.filter(({ fact }) => !CONTEXT_NAMES.includes(fact))).toEqual([]);
  });

  test('every rule about facts and stages is needed by a case', () => {
    const needed = new Set(ALL.map(({ rule }) => rule));
    const ids = [...CONTEXT_RULES, ...STAGE_RULES].map(({ id }) => id);
    // A rule that reads SIP; test/calls/stage-rules.test.ts needs it.
    expect(ids.filter((id) => !needed.has(id))).toEqual(['fact-by-rule']);
  });

  test('the stages that facts can name are stages', () => {
    expect(CONTEXT_STAGES.filter((stage) => !STAGES.includes(stage))).toEqual([]);
  });

  test('the closed set is reached under the name of the verdict', () => {
    const first: ContextKind = 'stage';
    const sources: readonly ContextSource[] = ['rule', 'api', 'media'];
    expect(Object.keys(CONTEXT_KINDS)).toHaveLength(15);
    expect(Object.keys(CONTEXT_KINDS)[0]).toBe(first);
    expect(CONTEXT_SOURCES).toEqual(sources);
  });
});

describe('stages', () => {
  test('entry and leave times are kept: left the queue after 5 s', () => {
    const { stages, context } = verdictTold(
      `${PLATFORM}\n1000 ! stage.entered name=queue\n6000 > BYE\n6050 ! stage.left name=queue`,
    );
    expect(
      stages.map(({ stage, enteredAt, leftAt }) => [
        stage,
        Date.parse(leftAt) - Date.parse(enteredAt),
      ]),
    ).toEqual([
      ['dialing', 1000],
      ['queue', 5000],
    ]);
    expect(context.map(({ value, name }) => `${value} ${name}`)).toEqual([
      'entered queue',
      'left queue',
    ]);
  });

  test('a queue that was left for an agent of whom nothing was told', () => {
    const { stages, served, timing } = verdictTold(
      `${inQueue}\n8000 ! stage.left name=queue\n${LEAVES}`,
    );
    expect(stages.map(({ stage }) => stage)).toEqual(['dialing', 'queue', 'talking']);
    expect([served, timing.talk]).toEqual([true, 12]);
  });

  test('time in the queue is no talk time', () => {
    const { timing } = verdictTold(
      `${inQueue}\n5000 ! agent.answered\n10000 ! stage.entered name=queue\n15000 ! agent.answered\n${LEAVES}`,
    );
    expect(timing.talk).toBe(10);
  });

  test('an event without a time is of its arrival, one from the future too', () => {
    const { context } = verdictTold(
      `${PLATFORM}\n2000 ! stage.entered name=ivr time=-\n3000 ! stage.entered name=queue time=99000\n${LEAVES}`,
    );
    const seconds = context.map(({ at }) => new Date(at).getUTCSeconds());
    expect(seconds).toEqual([2, 3]);
  });

  test('events that come in any order give the same verdict', () => {
    const events = [
      'stage.entered name=queue time=1100',
      'agent.offered time=5000',
      'agent.answered time=8000',
    ];
    const verdicts = [events, events.toReversed()].map((list) => {
      const lines = list.map((line, i) => `${20_100 + i} ! ${line} event=${line.length}`);
      return verdictTold([PLATFORM, LEAVES, ...lines].join('\n'));
    });
    expect(verdicts[0]?.timing.talk).toBe(12);
    expect(verdicts[1]).toEqual(verdicts[0]);
  });
});

describe('several legs', () => {
  const headers = 'Session-ID: 0123456789abcdef0123456789abcdef';
  const legs = `
    0 > INVITE | ${headers}
    100 < 200
    110 > ACK
    200 > INVITE id=leg-2 from=g caller=x | ${headers}
    3000 < 180 id=leg-2 from=g
    9000 < BYE
    9010 > CANCEL id=leg-2 from=g
    9020 < 487 id=leg-2 from=g`;

  test('what was told of the first leg decides the call', () => {
    const { rig } = tell(`${legs}\n8990 ! agent.timeout\n500 ! stage.entered name=queue`);
    expect(rig.closed.map(({ legs: { length } }) => length)).toEqual([2]);
    const lead = rig.verdicts.find(({ callId }) => callId === 'call-1');
    expect(lead).toMatchObject({ reason: 'agent_no_answer' });
  });
});
