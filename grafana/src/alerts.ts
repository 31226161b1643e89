/** Every alert: what it is about, when it fires, its cause and first step. Rule files and runbooks are made of it. */
import { FAILED_OUTCOMES } from '../../src/classify/ratios.ts';
import { REASONS } from '../../src/classify/reasons.ts';
import type { Alert } from './alert.ts';
import type { Clock } from './clock.ts';
import { INPUTS, NOW } from './inputs.ts';
import { fall, spike } from './past.ts';
import { anyOf, appeared, MANY, PER_INSTANCE, PER_PEER, sum } from './promql.ts';

const CONGESTION = ['no_circuit_available', 'switch_congestion', 'service_unavailable'] as const;
const AUDIO = ['no_audio', 'one_way_audio', 'media_timeout', 'ice_failed'] as const;
const FAILURE_REASONS = REASONS.filter(
  ({ id, outcome }) => FAILED_OUTCOMES.includes(outcome) && id !== 'unsolicited',
).map(({ id }) => id);

/** Calls of a peer, at least so many, that ended ineffective, and none that was answered. */
function allFail(minutes: number, least: number, t: Clock): string {
  const calls = (set: string): string =>
    sum(', peer', `callfate_ratio_attempts_total{peer!="other",set="${set}"}`, t(minutes));
  return [
    `${calls('ineffective')} >= ${least}`,
    `and ${calls('ineffective')} >= 0.8 * ${calls('decided')}`,
    `unless ${calls('answered')} > 0`,
  ].join('\n');
}

/** A trunk whose calls fail all alike: 5xx and 408 as its final responses, or no better ending of its calls. */
function trunkDown(t: Clock): string {
  const finals = (status: string, count = sum): string =>
    count(', peer', `callfate_branch_finals_total{peer!="other"${status}}`, t(5));
  const good = ',status=~"2.."';
  const bad = ',status=~"408|5.."';
  return [
    `(${finals(bad)} >= 10`,
    `and ${finals(bad)} >= 0.8 * ${finals('')}`,
    `unless ${finals(good)} > 0`,
    `unless ${finals(good, appeared)} > 0)`,
    'or',
    `(${allFail(5, 10, t)})`,
  ].join('\n');
}

/** Three OPTIONS to a peer in a window without an answer, and none with one. */
function probesFail(window: string): string {
  const options = '{method="OPTIONS",peer!="other"}';
  const finals = `callfate_peer_probe_finals_total${options}`;
  return [
    `${sum(', peer', `callfate_peer_probe_timeouts_total${options}`, window)} >= 3`,
    `unless ${sum(', peer', finals, window)} > 0`,
    `unless ${appeared(', peer', finals, window)} > 0`,
  ].join('\n');
}

// biome-ignore format: a row is one alert, its texts on lines of their own
export const OUTCOME_ALERTS: readonly Alert[] = [
  {
    name: 'CallfateFailureSpike', kind: 'outcome', severity: 'critical', for: 2,
    expr: (t) =>
      spike({ part: INPUTS.failures, whole: INPUTS.decided, matching: MANY, least: 10, share: 0.05, times: 3 }, t),
    summary: '{{ $labels.instance }}: {{ $value | humanizePercentage }} of calls end with {{ $labels.reason }}',
    when: 'A reason ends at least 10 calls in 10 minutes and 5 % of all, and more than three times the share that it had in the last six hours, at this hour yesterday and at this hour a week ago.',
    advice: { by: 'label', reasons: FAILURE_REASONS },
    next: [
      'Which trunk: `sum by (peer, outcome) (rate(callfate_peer_attempts_ended_total[15m]))`.',
      'One call of them: the exemplar of `callfate_attempts_ended_total` has a Call-ID, and the log line of that call the evidence.',
    ],
  },
  {
    name: 'CallfatePeerFailureSpike', kind: 'outcome', severity: 'critical', for: 2,
    expr: (t) =>
      spike({ part: INPUTS.peerFailures, whole: INPUTS.peerDecided, matching: PER_PEER, least: 10, share: 0.1, times: 3 }, t),
    summary: '{{ $labels.instance }}: {{ $value | humanizePercentage }} of calls over {{ $labels.peer }} fail',
    when: 'At least 10 calls of a peer fail in 10 minutes and 10 % of all its calls, and more than three times the share that failed in the last six hours, at this hour yesterday and at this hour a week ago. Requests of scanners (`unsolicited`) do not count.',
    advice: { by: 'words',
      cause: 'The carrier behind this peer, or the way to it, has a fault; or one customer calls numbers that do not exist.',
      step: 'Look at what this peer answers, and move traffic to another trunk if it is 5xx.' },
    next: [
      'What it answers: `sum by (status) (rate(callfate_branch_finals_total{peer="carrier-a"}[15m]))`.',
      'Which reasons rise: `topk(5, sum by (reason, attribution) (rate(callfate_attempts_ended_total[15m])))`.',
      'Compare with the other peers: when all fail, the fault is on this side.',
    ],
  },
  {
    name: 'CallfateTrunkDown', kind: 'outcome', severity: 'critical', for: 1,
    expr: trunkDown,
    summary: '{{ $labels.instance }}: every call over {{ $labels.peer }} fails',
    when: 'In 5 minutes a peer gave at least 10 final responses of 408 or 5xx, they are 80 % of all that it gave, and none was 2xx; or as many of its calls ended ineffective (408, 500, 503, 504 or nothing) and none was answered. Branches of a failover count, so it fires while another trunk takes the calls.',
    advice: { by: 'reason', reason: 'service_unavailable' },
    next: [
      'Does it answer OPTIONS: `increase(callfate_peer_probe_timeouts_total[5m])` and `increase(callfate_peer_probe_finals_total[5m])`.',
      'A proxy or PBX is told too, when all that it has left fails: then look at the trunks behind it.',
      'Ask the carrier with a Call-ID and the time; take the trunk out of the routing until it is back.',
    ],
  },
  {
    // One caller who tries one number again and again looks the same: nobody is called at night for it.
    name: 'CallfateTrunkUnanswered', kind: 'outcome', severity: 'warning', for: 1,
    expr: (t) => allFail(60, 5, t),
    summary: '{{ $labels.instance }}: no call over {{ $labels.peer }} got through in an hour',
    when: 'In an hour at least 5 calls of a peer, and 80 % of all that it had, ended ineffective (408, 500, 503, 504 or nothing), and none was answered. It is CallfateTrunkDown for sites of few calls, and a warning, since one caller who tries one number again and again looks the same.',
    advice: { by: 'reason', reason: 'service_unavailable' },
    next: [
      'Are they calls of one caller to one number: see the log lines of these calls.',
      'Make a test call over this trunk to another number.',
    ],
  },
  {
    name: 'CallfateTrunkProbesFail', kind: 'outcome', severity: 'critical', for: 1,
    // Who probes often hears of it soon; who probes every few minutes has no three in five.
    expr: (t) => [5, 15].map((minutes) => `(${probesFail(t(minutes))})`).join('\nor\n'),
    summary: '{{ $labels.instance }}: {{ $labels.peer }} answers no OPTIONS',
    when: 'At least 3 OPTIONS to a peer had no answer within 32 s in 5 minutes or in 15, and none had any. It fires while nobody calls. Addresses of one peer are counted together: one that answers hides another that does not.',
    advice: { by: 'words',
      cause: 'The peer is down, or the way to it is closed.',
      step: 'Check address, firewall and whether the peer is up.' },
    next: [
      'Send an OPTIONS from the PBX by hand, and look with tcpdump whether it leaves and whether anything comes back.',
      'The peer may have been told to ignore OPTIONS: then stop probing it, or silence this alert for it.',
    ],
  },
  {
    name: 'CallfateCongestion', kind: 'outcome', severity: 'critical', for: 2,
    expr: (t) => {
      const part = `${INPUTS.failures}{reason${anyOf(CONGESTION)}}`;
      return spike({ part, whole: INPUTS.decided, matching: MANY, least: 5, share: 0.02, times: 2 }, t);
    },
    summary: '{{ $labels.instance }}: {{ $value | humanizePercentage }} of calls find no circuit ({{ $labels.reason }})',
    when: 'Calls that end for want of circuits or capacity (Q.850 causes 34 and 42, status 503) are at least 5 in 10 minutes and 2 % of all, and more than twice the share of the last six hours, of this hour yesterday and a week ago.',
    advice: { by: 'label', reasons: CONGESTION },
    next: [
      'Which trunk: `sum by (peer) (rate(callfate_branch_finals_total{status="503"}[15m]))`.',
      'Compare `callfate_attempts_active` with the channels that were bought.',
      'What the carriers say in so many words: `sum by (cause) (rate(callfate_q850_causes_total{cause=~"34|42|44|47"}[15m]))`.',
    ],
  },
  {
    name: 'CallfateTrunkCongested', kind: 'outcome', severity: 'warning', for: 2,
    expr: (t) => {
      const busy = sum(', peer', 'callfate_branch_finals_total{peer!="other",status="503"}', t(NOW));
      const all = sum(', peer', 'callfate_branch_finals_total{peer!="other"}', t(NOW));
      return `${busy} / ${all} >= 0.1\nand ${busy} >= 10`;
    },
    summary: '{{ $labels.instance }}: {{ $labels.peer }} refuses {{ $value | humanizePercentage }} of calls with 503',
    when: 'A peer answered at least 10 INVITEs with 503 in 10 minutes, and 10 % of all. A failover hides this from callers.',
    advice: { by: 'reason', reason: 'service_unavailable' },
    next: ['See whether another trunk took the calls over: `sum by (peer) (rate(callfate_branch_finals_total{status="200"}[15m]))`.'],
  },
  {
    name: 'CallfateAsrDrop', kind: 'outcome', severity: 'warning', for: 5,
    expr: (t) => fall({ sets: INPUTS.sets, counts: 'answered', of: 'reached', least: 20, below: 0.6 }, t),
    summary: '{{ $labels.instance }}: only {{ $value | humanizePercentage }} of {{ $labels.direction }} calls are answered',
    when: 'Of at least 20 calls of one direction in 10 minutes, the share that was answered is below 60 % of what it was in the last six hours, at this hour yesterday and at this hour a week ago.',
    advice: { by: 'words',
      cause: 'Calls fail on their way, or they reach people who do not answer: a campaign, a holiday, a queue without agents.',
      step: 'Look whether NER fell too: then the network fails; otherwise look at who is called.' },
    next: [
      '`job_direction:callfate_ner:ratio_rate5m` beside `job_direction:callfate_asr:ratio_rate5m`.',
      'What takes the place of answers: `sum by (outcome) (rate(callfate_attempts_ended_total[15m]))`.',
    ],
  },
  {
    name: 'CallfateNerDrop', kind: 'outcome', severity: 'critical', for: 5,
    expr: (t) => fall({ sets: INPUTS.sets, counts: 'effective', of: 'reached', least: 20, below: 0.85 }, t),
    summary: '{{ $labels.instance }}: the network delivers only {{ $value | humanizePercentage }} of {{ $labels.direction }} calls',
    when: 'Of at least 20 calls of one direction in 10 minutes, the share that the network delivered (answered, busy, no answer, declined) is below 85 % of what it was in the last six hours, at this hour yesterday and at this hour a week ago.',
    advice: { by: 'words',
      cause: 'A carrier or a route fails; what people do does not lower NER.',
      step: 'Find the peer whose NER fell, and move its traffic.' },
    next: [
      '`job_peer_direction:callfate_ner:ratio_rate5m`, lowest first.',
      'The reasons: `topk(5, sum by (reason, attribution) (rate(callfate_attempts_ended_total{outcome=~"failed|invalid_number"}[15m])))`.',
    ],
  },
  {
    name: 'CallfateAudioLoss', kind: 'outcome', severity: 'warning', for: 2,
    expr: (t) => {
      const bad = sum(', reason', `callfate_attempts_ended_total{reason${anyOf(AUDIO)}}`, t(15));
      const answered = sum('', 'callfate_ratio_attempts_total{set="answered"}', t(15));
      return `${bad} / ${MANY} ${answered} >= 0.02\nand ${bad} >= 5`;
    },
    summary: '{{ $labels.instance }}: {{ $value | humanizePercentage }} of answered calls end for want of audio ({{ $labels.reason }})',
    when: 'In 15 minutes at least 5 answered calls, and 2 % of them, ended because audio was missing or went one way only. It looks at no past, so a level that is always there is a warning; a sudden rise to 5 % of all calls is CallfateFailureSpike.',
    advice: { by: 'label', reasons: AUDIO },
    next: ['Was an SBC, a firewall rule, a NAT or a public address changed? Audio that goes one way is nearly always one of them.'],
  },
  {
    name: 'CallfateAbandonedSurge', kind: 'outcome', severity: 'warning', for: 5,
    expr: (t) =>
      spike({ part: INPUTS.abandoned, whole: INPUTS.ended, matching: PER_INSTANCE, least: 10, share: 0.1, times: 2 }, t),
    summary: '{{ $labels.instance }}: {{ $value | humanizePercentage }} of callers leave before they are served',
    when: 'At least 10 callers, and 10 % of all calls, left an IVR, a queue, a ringing agent, a greeting or hold in 10 minutes, and more than twice the share of the last six hours, of this hour yesterday and a week ago.',
    advice: { by: 'reason', reason: 'abandoned_queue' },
    next: [
      'Where they leave: `sum by (reason) (rate(callfate_attempts_ended_total{outcome="abandoned"}[15m]))`.',
      'Are agents there: `sum by (reason) (rate(callfate_attempts_ended_total{reason=~"no_agent_available|agent_no_answer"}[15m]))`.',
    ],
  },
  {
    name: 'CallfateLostSurge', kind: 'outcome', severity: 'warning', for: 5,
    expr: (t) =>
      spike({ part: INPUTS.lost, whole: INPUTS.ended, matching: PER_INSTANCE, least: 10, share: 0.05, times: 3 }, t),
    summary: '{{ $labels.instance }}: no end is seen of {{ $value | humanizePercentage }} of calls',
    when: 'Of at least 10 calls, and 5 % of all, no end was seen in 10 minutes, and more than three times the share of the last six hours, of this hour yesterday and a week ago.',
    advice: { by: 'reason', reason: 'no_end_seen' },
    next: [
      'By reason: `sum by (reason) (rate(callfate_attempts_ended_total{outcome="lost"}[15m]))`.',
      'Does one direction come alone: `sum by (signal) (rate(callfate_orphans_total[15m]))` rises when INVITEs are missing.',
      'How old the oldest call is: `callfate_oldest_attempt_age_seconds`.',
    ],
  },
];

// biome-ignore format: a row is one alert, its texts on lines of their own
export const TRAFFIC_ALERTS: readonly Alert[] = [
  {
    name: 'CallfateNoTraffic', kind: 'traffic', severity: 'critical', for: 5,
    expr: (t) => {
      const past = (minutes: number): string =>
        `min_over_time(${INPUTS.started}[${t(60)}] offset ${t(minutes - 30)})`;
      return `${INPUTS.started} == 0\nand ${past(1440)} >= 5\nand ${past(10_080)} >= 5`;
    },
    summary: '{{ $labels.instance }}: no call starts, where at this hour they always do',
    when: 'No call started for 10 minutes, although around this hour yesterday and a week ago there were never fewer than 5 in 10 minutes. So it takes a week until it can fire, and a public holiday fires it. It inhibits nothing and nothing inhibits it.',
    advice: { by: 'words',
      cause: 'The PBX, its HEP module or the tap stopped, a network path closed, or nobody can call.',
      step: 'Make a test call; if it works, the copies are missing, and if not, the PBX or its network is down.' },
    next: [
      'Does anything arrive, by source: `sum by (source) (rate(callfate_input_messages_total[5m]))`, and `callfate_input_frames_total` beside it.',
      'Connections of senders: `callfate_hep_connections`, `callfate_websocket_connections`, `callfate_relay_connections`.',
    ],
  },
];
