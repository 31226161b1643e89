/**
 * Every call, input and edge family that callfate exports: name, type, help, labels with their closed sets, buckets.
 * Layout, exposition, registry and docs/metrics.md derive from these rows. Names and labels only grow within a major
 * version.
 */
import { AGE_STAGES, LIMITS, ORPHANS, REPORT_RESULTS } from '../calls/call.ts';
import {
  type Attribution,
  DIRECTIONS,
  EVIDENCE_KINDS,
  OUTCOMES,
  type Outcome,
  SEEN_IN,
} from '../classify/outcome.ts';
import { RATIO_SETS } from '../classify/ratios.ts';
import { CONTEXT_KIND_NAMES, CONTEXT_SOURCES } from '../context/kinds.ts';
import { CONTEXT_RESULTS, REQUEST_REFUSALS } from '../context/results.ts';
import {
  CLOSE_CODES,
  HEP_REFUSALS,
  HEP_STREAMS,
  HTTP_REFUSALS,
  LOST,
  MALFORMED,
  NOT_OURS,
  RECENT_REMOVALS,
  RELAY_RESULTS,
  RELAY_SIDES,
  SOURCES,
  STREAM_ENDS,
  TLS_LISTENERS,
  WEBSOCKET_REFUSALS,
} from '../sources/source.ts';

/** One row of the reason table, as far as labels go. */
export interface LegalTuple {
  readonly reason: string;
  readonly outcome: Outcome;
  readonly attribution: Attribution;
}

/** What the label sets depend on. Both threads build the same layout from the same input. */
export interface LayoutInput {
  /** callfate's own version. */
  readonly version: string;
  /** Configured peer names, unique; index 0 is `other`. */
  readonly peers: readonly string[];
  readonly tuples: readonly LegalTuple[];
  /** Configured groups of called numbers; index 0 is `other`. */
  readonly prefixes: readonly string[];
  /** Codes of the enabled vocabularies: vocabulary, field, code, name. */
  readonly vocabularyCodes: readonly (readonly [string, string, string, string])[];
  /** Registered final SIP statuses, 200..699. */
  readonly finalStatuses: readonly number[];
}

/** Label sets that vary together: one label and its values, or several labels and their legal combinations. */
export interface Axis {
  readonly labels: readonly string[];
  /** True when a reload can change the rows; such families stand last in the bank. */
  readonly reloadable: boolean;
  /** The values in words when `rows` needs the input; empty: the rows themselves are the description. */
  readonly values: string;
  rows(input: LayoutInput): readonly (readonly string[])[];
}

export type MetricType = 'counter' | 'gauge' | 'histogram';

export interface Family {
  readonly name: string;
  readonly type: MetricType;
  readonly help: string;
  readonly axes: readonly Axis[];
  /** Upper bounds, ascending, without +Inf; empty unless a histogram. */
  readonly buckets: readonly number[];
  /** Which thread writes it; `both`: the edge counts frames, the engine what it decodes. */
  readonly side: 'engine' | 'edge' | 'both';
  /** True: every series is exported from the start, at 0. False: a series appears once it differs from 0. */
  readonly preinit: boolean;
}

export const DUPLICATES = ['retransmission', 'copy'] as const;
/** Requests by which peers are probed outside of calls. */
export const PROBE_METHODS = ['OPTIONS', 'REGISTER'] as const;
export const LOG_RESULTS = ['queued', 'dropped'] as const;
const STATUS_CLASSES = ['2xx', '3xx', '4xx', '5xx', '6xx'] as const;
/** Q.850 causes are 7 bits (§2.2.7); anything larger counts as `other`. */
export const Q850_CAUSE_MAX = 127;

/**
 * Seconds. E.721 sets post-selection delay at 3, 5 and 8 s (mean) and 6, 8 and 11 s (95 %) for local, toll and
 * international calls; 32 s is Timer B.
 */
const POST_DIAL_DELAY_BUCKETS = [0.25, 0.5, 1, 2, 3, 4, 5, 6, 8, 11, 15, 20, 32];
/** Seconds. The usual no-answer timers lie between 15 and 90 s; 180 s is Timer C. */
const RING_BUCKETS = [1, 2, 3, 5, 10, 15, 20, 25, 30, 45, 60, 90, 120, 180];
/** Seconds. Under 5 s is a short call in the vocabularies. */
const TALK_BUCKETS = [1, 3, 5, 10, 30, 60, 120, 180, 300, 600, 1200, 1800, 3600, 7200];

const set = (label: string, values: readonly string[]): Axis => {
  const rows = values.map((value) => [value]);
  return { labels: [label], reloadable: false, values: '', rows: () => rows };
};

const DIRECTION = set('direction', DIRECTIONS);
const OUTCOME = set('outcome', OUTCOMES);
const CONNECTED = set('connected', ['true', 'false']);
const SOURCE = set('source', SOURCES);
const VERSION: Axis = {
  labels: ['version'],
  reloadable: false,
  values: 'the version of callfate',
  rows: (input) => [[input.version]],
};
const PEER: Axis = {
  labels: ['peer'],
  reloadable: true,
  values: 'configured peer names, or `other`',
  rows: (input) => input.peers.map((peer) => [peer]),
};
const PREFIX: Axis = {
  labels: ['prefix'],
  reloadable: true,
  values: 'configured names of number groups, or `other`',
  rows: (input) => input.prefixes.map((prefix) => [prefix]),
};
const PROBE_METHOD = set('method', PROBE_METHODS);
const VERDICT: Axis = {
  labels: ['outcome', 'reason', 'attribution'],
  reloadable: false,
  values: 'the rows of the reason table',
  rows: (input) => input.tuples.map((row) => [row.outcome, row.reason, row.attribution]),
};
const VOCABULARY: Axis = {
  labels: ['vocabulary', 'field', 'code', 'name'],
  reloadable: true,
  values: 'the codes of the enabled vocabularies',
  rows: (input) => input.vocabularyCodes,
};
const FINAL_STATUS: Axis = {
  labels: ['status'],
  reloadable: false,
  values: 'registered final SIP statuses, anything else `2xx` to `6xx`',
  rows: (input) => [...input.finalStatuses.map(String), ...STATUS_CLASSES].map((value) => [value]),
};
const CAUSE: Axis = {
  labels: ['cause'],
  reloadable: false,
  values: '`0` to `127`, or `other`',
  rows: () => [
    ...Array.from({ length: Q850_CAUSE_MAX + 1 }, (_, cause) => [`${cause}`]),
    ['other'],
  ],
};

const CLOSE_CODE: Axis = {
  labels: ['code'],
  reloadable: false,
  values: 'registered close codes, or `other`',
  rows: () => [...CLOSE_CODES.map((code) => [String(code)]), ['other']],
};

const ENGINE = { axes: [], buckets: [], side: 'engine', preinit: true } as const;
const EDGE = { axes: [], buckets: [], side: 'edge', preinit: true } as const;
const INPUT = { buckets: [], side: 'both', preinit: true } as const;

export const METRICS = [
  {
    ...ENGINE,
    name: 'callfate_attempts_started_total',
    type: 'counter',
    help: 'Attempts seen to start. Equals ended plus active in every scrape.',
  },
  {
    ...ENGINE,
    name: 'callfate_attempts_ended_total',
    type: 'counter',
    help: 'Attempts that ended, lost and evicted ones included, by how, why and whose doing.',
    axes: [DIRECTION, VERDICT],
  },
  {
    ...ENGINE,
    name: 'callfate_attempts_active',
    type: 'gauge',
    help: 'Attempts in progress or settling.',
  },
  {
    ...ENGINE,
    name: 'callfate_calls_opened_total',
    type: 'counter',
    help: 'Calls opened. Equals closed plus open plus merged in every scrape.',
  },
  {
    ...ENGINE,
    name: 'callfate_calls_closed_total',
    type: 'counter',
    help: 'Calls whose last leg ended.',
  },
  {
    ...ENGINE,
    name: 'callfate_calls_merged_total',
    type: 'counter',
    help: 'Calls that turned out to be a leg of another call.',
  },
  {
    ...ENGINE,
    name: 'callfate_calls_open',
    type: 'gauge',
    help: 'Calls with at least one leg in progress.',
  },
  {
    ...ENGINE,
    name: 'callfate_peer_attempts_ended_total',
    type: 'counter',
    help: 'Attempts that ended, by the peer on the carrier side.',
    axes: [PEER, DIRECTION, OUTCOME],
  },
  {
    ...ENGINE,
    name: 'callfate_ratio_attempts_total',
    type: 'counter',
    help: 'Attempts by the sets that ratios are made of, an attempt in several, by the peer on the carrier side.',
    axes: [
      PEER,
      DIRECTION,
      set(
        'set',
        RATIO_SETS.map(({ id }) => id),
      ),
    ],
  },
  {
    ...ENGINE,
    name: 'callfate_branch_finals_total',
    type: 'counter',
    help: 'Final SIP statuses of INVITE transactions, each failed branch of a fork or failover included, by the peer that answered.',
    axes: [PEER, FINAL_STATUS],
    preinit: false,
  },
  {
    ...ENGINE,
    name: 'callfate_peer_probe_finals_total',
    type: 'counter',
    help: 'Final responses to OPTIONS and REGISTER outside of calls, by the peer that was asked.',
    axes: [PEER, PROBE_METHOD, FINAL_STATUS],
    preinit: false,
  },
  {
    ...ENGINE,
    name: 'callfate_peer_probe_timeouts_total',
    type: 'counter',
    help: 'OPTIONS and REGISTER outside of calls without a final response in 32 s (Timer F).',
    axes: [PEER, PROBE_METHOD],
  },
  {
    ...ENGINE,
    name: 'callfate_prefix_attempts_ended_total',
    type: 'counter',
    help: 'Attempts that ended, by group of called numbers.',
    axes: [PREFIX, DIRECTION, OUTCOME],
    preinit: false,
  },
  {
    ...ENGINE,
    name: 'callfate_oldest_attempt_age_seconds',
    type: 'gauge',
    help: 'Age of the oldest attempt in each stage, 0 when there is none.',
    axes: [set('stage', AGE_STAGES)],
  },
  {
    ...ENGINE,
    name: 'callfate_q850_causes_total',
    type: 'counter',
    help: 'Q.850 causes seen in Reason headers, by where they were seen.',
    axes: [CAUSE, set('seen_in', SEEN_IN)],
    preinit: false,
  },
  {
    ...ENGINE,
    name: 'callfate_evidence_conflicts_total',
    type: 'counter',
    help: 'Pairs of evidence that disagreed on how an attempt ended, by the kind that decided and the kind that lost.',
    axes: [set('winner', EVIDENCE_KINDS), set('loser', EVIDENCE_KINDS)],
  },
  {
    ...ENGINE,
    name: 'callfate_vocabulary_total',
    type: 'counter',
    help: "Endings in a vendor's own words: codes of calls once a call, of legs once a leg, of transitions once each.",
    axes: [VOCABULARY],
  },
  {
    ...ENGINE,
    name: 'callfate_post_dial_delay_seconds',
    type: 'histogram',
    help: 'From INVITE to the first sign of progress.',
    axes: [DIRECTION, CONNECTED],
    buckets: POST_DIAL_DELAY_BUCKETS,
  },
  {
    ...ENGINE,
    name: 'callfate_ring_seconds',
    type: 'histogram',
    help: 'From ringing to answer, or to the end of an unanswered attempt.',
    axes: [DIRECTION, CONNECTED],
    buckets: RING_BUCKETS,
  },
  {
    ...ENGINE,
    name: 'callfate_talk_seconds',
    type: 'histogram',
    help: 'Talk time of attempts that an agent or the final party answered.',
    axes: [DIRECTION],
    buckets: TALK_BUCKETS,
  },
  {
    ...ENGINE,
    name: 'callfate_session_duration_seconds',
    type: 'histogram',
    help: 'From answer to end, whoever answered; completed: with a BYE and a 2xx to it (RFC 6076 section 4.5).',
    axes: [DIRECTION, set('completed', ['true', 'false'])],
    buckets: TALK_BUCKETS,
  },
  {
    ...ENGINE,
    name: 'callfate_peer_post_dial_delay_seconds',
    type: 'histogram',
    help: 'From INVITE to the first sign of progress, by the peer on the carrier side; sum and count alone.',
    axes: [PEER, DIRECTION, CONNECTED],
  },
  {
    ...ENGINE,
    name: 'callfate_peer_talk_seconds',
    type: 'histogram',
    help: 'Talk time, by the peer on the carrier side; sum and count alone.',
    axes: [PEER, DIRECTION],
  },
  {
    ...INPUT,
    name: 'callfate_input_frames_total',
    type: 'counter',
    help: 'Frames received: WebSocket messages, HEP packets, messages handed to the library.',
    axes: [SOURCE],
  },
  {
    ...INPUT,
    name: 'callfate_input_messages_total',
    type: 'counter',
    help: 'SIP messages read from frames.',
    axes: [SOURCE],
  },
  {
    ...INPUT,
    name: 'callfate_input_not_ours_total',
    type: 'counter',
    help: 'Sound input that is not about a call.',
    axes: [SOURCE, set('reason', NOT_OURS)],
  },
  {
    ...INPUT,
    name: 'callfate_input_malformed_total',
    type: 'counter',
    help: 'Input that breaks its own format.',
    axes: [SOURCE, set('reason', MALFORMED)],
  },
  {
    ...INPUT,
    name: 'callfate_input_lost_total',
    type: 'counter',
    help: 'Input that was sent to callfate and dropped before it was read.',
    axes: [SOURCE, set('reason', LOST)],
  },
  {
    ...INPUT,
    name: 'callfate_input_duplicates_total',
    type: 'counter',
    help: 'SIP messages seen before: sent again by the sender, or copied by another hop or tap.',
    axes: [SOURCE, set('kind', DUPLICATES)],
  },
  {
    ...EDGE,
    name: 'callfate_capture_configured',
    type: 'gauge',
    help: '1 when a live capture is to run, from an interface or on standard input; otherwise 0.',
  },
  {
    ...ENGINE,
    name: 'callfate_capture_running',
    type: 'gauge',
    help: '1 while a live capture runs; 0: none is configured, or it ended and is to begin again.',
    axes: [],
  },
  {
    ...ENGINE,
    name: 'callfate_capture_ring',
    type: 'gauge',
    help: '1 while packets are captured through a ring; 0: through tcpdump, or not at all (capture.receiver).',
    axes: [],
  },
  {
    ...INPUT,
    name: 'callfate_receive_buffer_bytes',
    type: 'gauge',
    help: 'Socket receive buffer that the kernel really gave.',
    axes: [SOURCE],
    preinit: false,
  },
  {
    ...INPUT,
    name: 'callfate_hep_udp_batched',
    type: 'gauge',
    help: '1: HEP over UDP is received many datagrams at a time; 0: one at a time, or not at all (hep.udp.receiver).',
    axes: [],
  },
  {
    ...ENGINE,
    name: 'callfate_scanner_simd',
    type: 'gauge',
    help: '1 while SIP is read by machine code with SIMD; 0: by the plain scanner, which says the same in more time.',
    axes: [],
  },
  {
    ...ENGINE,
    name: 'callfate_orphans_total',
    type: 'counter',
    help: 'Messages of a dialog whose INVITE was not seen.',
    axes: [set('signal', ORPHANS)],
  },
  {
    ...ENGINE,
    name: 'callfate_stragglers_total',
    type: 'counter',
    help: 'Messages of an attempt that had already ended, absorbed.',
  },
  {
    ...ENGINE,
    name: 'callfate_late_joins_total',
    type: 'counter',
    help: 'Joins of legs that came after the verdict of one of them and were not applied.',
  },
  {
    ...ENGINE,
    name: 'callfate_ambiguous_joins_total',
    type: 'counter',
    help: 'Legs that fitted several calls in set-up and stayed calls of their own.',
  },
  {
    ...ENGINE,
    name: 'callfate_limit_hits_total',
    type: 'counter',
    help: 'Times a configured bound was reached and something was evicted, cut or left out.',
    axes: [set('limit', LIMITS)],
  },
  {
    ...INPUT,
    name: 'callfate_media_reports_total',
    type: 'counter',
    help: 'RTCP reports in HEP by what became of them; unreadable ones are malformed input.',
    axes: [set('result', REPORT_RESULTS)],
  },
  {
    ...INPUT,
    name: 'callfate_context_events_total',
    type: 'counter',
    help: 'Events of the context API by what became of them; all but accepted, held and duplicate were refused.',
    axes: [set('result', CONTEXT_RESULTS)],
  },
  {
    ...EDGE,
    name: 'callfate_context_requests_refused_total',
    type: 'counter',
    help: 'Requests to the context API that were refused whole.',
    axes: [set('reason', REQUEST_REFUSALS)],
  },
  {
    ...ENGINE,
    name: 'callfate_context_facts_total',
    type: 'counter',
    help: 'Facts on attempts that ended, by where they came from.',
    axes: [set('source', CONTEXT_SOURCES), set('kind', CONTEXT_KIND_NAMES)],
    preinit: false,
  },
  {
    ...ENGINE,
    name: 'callfate_context_held_facts',
    type: 'gauge',
    help: 'Facts that wait for a call that is not seen yet.',
  },
  {
    ...ENGINE,
    name: 'callfate_context_expired_facts_total',
    type: 'counter',
    help: 'Facts whose call was not seen in time.',
  },
  {
    ...ENGINE,
    name: 'callfate_context_attempts_ended_total',
    type: 'counter',
    help: 'Calls that the platform refused and never sent as SIP. In no other figure of attempts or calls.',
    axes: [DIRECTION, VERDICT],
    preinit: false,
  },
  {
    ...ENGINE,
    name: 'callfate_capture_time_rejected_total',
    type: 'counter',
    help: 'Capture times ignored because they lay beyond the configured skew.',
  },
  {
    ...ENGINE,
    name: 'callfate_verdicts_dropped_total',
    type: 'counter',
    help: 'Verdicts counted here but not handed to the log, because the output queue was full.',
  },
  {
    ...EDGE,
    name: 'callfate_build_info',
    type: 'gauge',
    help: 'Always 1.',
    axes: [VERSION],
  },
  {
    ...EDGE,
    name: 'callfate_series',
    type: 'gauge',
    help: 'Series of callfate that a scrape can have at most, with peers, number groups and vocabularies as configured.',
  },
  {
    ...EDGE,
    name: 'callfate_series_limit',
    type: 'gauge',
    help: 'Most series that a configuration may make (limits.series).',
  },
  {
    ...EDGE,
    name: 'callfate_config_last_reload_successful',
    type: 'gauge',
    help: '1 when the last load of the configuration succeeded, otherwise 0.',
  },
  {
    ...EDGE,
    name: 'callfate_config_last_reload_success_timestamp_seconds',
    type: 'gauge',
    help: 'Unix time of the last successful load of the configuration.',
  },
  {
    ...EDGE,
    name: 'callfate_websocket_connections',
    type: 'gauge',
    help: 'WebSocket connections open.',
  },
  {
    ...EDGE,
    name: 'callfate_websocket_rejected_total',
    type: 'counter',
    help: 'WebSocket upgrades refused.',
    axes: [set('reason', WEBSOCKET_REFUSALS)],
  },
  {
    ...EDGE,
    name: 'callfate_relay_connections',
    type: 'gauge',
    help: 'Relayed WebSocket connections open.',
  },
  {
    ...EDGE,
    name: 'callfate_relay_upgrades_total',
    type: 'counter',
    help: 'WebSocket upgrades that asked the relay for the PBX, by what became of them.',
    axes: [set('result', RELAY_RESULTS)],
  },
  {
    ...EDGE,
    name: 'callfate_relay_closes_total',
    type: 'counter',
    help: 'Relayed connections closed, by the end that closed first and its close code; 1005: no code, 1006: no close frame.',
    axes: [set('side', RELAY_SIDES), CLOSE_CODE],
    preinit: false,
  },
  {
    ...EDGE,
    name: 'callfate_hep_connections',
    type: 'gauge',
    help: 'Connections of HEP senders open.',
    axes: [set('source', HEP_STREAMS)],
  },
  {
    ...EDGE,
    name: 'callfate_hep_rejected_total',
    type: 'counter',
    help: 'Connections of HEP senders closed as soon as they were there.',
    axes: [set('source', HEP_STREAMS), set('reason', HEP_REFUSALS)],
  },
  {
    ...EDGE,
    name: 'callfate_http_rejected_total',
    type: 'counter',
    help: 'HTTP requests without the token or the client certificate that is asked for, or under the name of another site.',
    axes: [set('reason', HTTP_REFUSALS)],
  },
  {
    ...EDGE,
    name: 'callfate_recent_calls',
    type: 'gauge',
    help: 'Calls that are kept for the live page and the API.',
  },
  {
    ...EDGE,
    name: 'callfate_recent_bytes',
    type: 'gauge',
    help: 'Characters of their verdicts and ladders.',
  },
  {
    ...EDGE,
    name: 'callfate_recent_calls_removed_total',
    type: 'counter',
    help: 'Calls that are no longer kept, by the bound that was reached; size: the call was too large to be kept; rate: more ended in a second than are kept.',
    axes: [set('reason', RECENT_REMOVALS)],
  },
  {
    ...EDGE,
    name: 'callfate_streams',
    type: 'gauge',
    help: 'Open streams of calls that end.',
  },
  {
    ...EDGE,
    name: 'callfate_streams_ended_total',
    type: 'counter',
    help: 'Streams that ended: the client left, it was too slow, or callfate stopped.',
    axes: [set('reason', STREAM_ENDS)],
  },
  {
    ...EDGE,
    name: 'callfate_streams_refused_total',
    type: 'counter',
    help: 'Streams that were refused because as many as configured were open.',
  },
  {
    ...EDGE,
    name: 'callfate_stream_calls_skipped_total',
    type: 'counter',
    help: 'Calls that a stream did not carry because more ended in a second than it may.',
  },
  {
    ...EDGE,
    name: 'callfate_tls_handshake_failures_total',
    type: 'counter',
    help: 'TLS handshakes that failed, by listener.',
    axes: [set('listener', TLS_LISTENERS)],
  },
  {
    ...EDGE,
    name: 'callfate_tls_certificate_loads_total',
    type: 'counter',
    help: 'Certificates read: taken over, at the start or since the files changed, or not usable, so that the old one stays.',
    axes: [set('listener', TLS_LISTENERS), set('result', ['loaded', 'failed'])],
  },
  {
    ...EDGE,
    name: 'callfate_tls_certificate_expiry_timestamp_seconds',
    type: 'gauge',
    help: 'Unix time at which the certificate in use expires.',
    axes: [set('listener', TLS_LISTENERS)],
    preinit: false,
  },
  {
    ...EDGE,
    name: 'callfate_engine_restarts_total',
    type: 'counter',
    help: 'Times the engine died and was started again beside a relay that went on.',
  },
  {
    ...EDGE,
    name: 'callfate_log_lines_total',
    type: 'counter',
    help: 'Log lines: of ended calls, queued for standard output; of any kind, dropped from the queue because it was full.',
    axes: [set('result', LOG_RESULTS)],
  },
  {
    ...EDGE,
    // The engine is where exemplars are made, so it counts each once; at the writer they would count once a scrape.
    side: 'engine',
    name: 'callfate_exemplars_dropped_total',
    type: 'counter',
    help: 'Exemplars left out because their Call-ID is longer than OpenMetrics allows.',
  },
] as const satisfies readonly Family[];

export type MetricName = (typeof METRICS)[number]['name'];

/** Label names of a family in the order in which they are written. */
export function labelNames(family: Family): readonly string[] {
  return family.axes.flatMap((axis) => axis.labels);
}
