/** Alerts on what callfate sees, and on callfate itself. */
import type { Alert } from './alert.ts';
import { sum } from './promql.ts';

const words = (cause: string, step: string) => ({ by: 'words', cause, step }) as const;

// biome-ignore format: a row is one alert, its texts on lines of their own
export const OBSERVER_ALERTS: readonly Alert[] = [
  {
    name: 'CallfateObserverBlind', kind: 'blind', severity: 'critical', for: 1,
    expr: (t) => {
      const lost = sum(', source', 'callfate_input_lost_total{reason!="auth"}', t(5));
      const frames = sum(', source', 'callfate_input_frames_total', t(5));
      return `${lost} / (${frames} + ${lost}) >= 0.01\nand ${lost} >= 10`;
    },
    summary: '{{ $labels.instance }}: {{ $value | humanizePercentage }} of what {{ $labels.source }} was sent is lost',
    when: 'At least 10 frames of a source, and 1 % of all that was sent to it, were dropped before they were read in 5 minutes. Those with a wrong key do not count: anybody can send such. While it fires, alerts on outcomes of this sidecar are muted.',
    advice: words('The kernel or the ring dropped bursts, or packets are missing from a capture.', 'Look at the label reason of callfate_input_lost_total, and do what docs/sources.md says of it.'),
    next: [
      'Why: `sum by (source, reason) (increase(callfate_input_lost_total[5m]))`.',
      '`kernel`: raise `net.core.rmem_max` and see `callfate_receive_buffer_bytes`; where `callfate_hep_udp_batched` is 0, see `hep.udp.receiver`. Of a capture: raise `capture.bufferKib`, and where `callfate_capture_ring` is 0, see `capture.receiver`. `ring_full`: the engine has too little CPU. `tcp_gap`, `snaplen`: the tap loses packets or cuts them.',
    ],
  },
  {
    name: 'CallfateLawBroken', kind: 'blind', severity: 'critical', for: 1,
    expr: () =>
      [
        'callfate_attempts_started_total',
        '- on (job, instance) sum by (job, instance) (callfate_attempts_ended_total)',
        '- on (job, instance) callfate_attempts_active != 0',
        'or',
        'callfate_calls_opened_total',
        '- on (job, instance) callfate_calls_closed_total',
        '- on (job, instance) callfate_calls_merged_total',
        '- on (job, instance) callfate_calls_open != 0',
      ].join('\n'),
    summary: '{{ $labels.instance }}: attempts or calls do not add up',
    when: 'Attempts started are not those ended and active, or calls opened not those closed, merged and open. This cannot happen; if it does, no count can be trusted, and alerts on outcomes of this sidecar are muted.',
    advice: words('A fault of callfate itself.', 'Keep the scrape and the log, restart callfate when few calls are up, and report it.'),
    next: ['Take `callfate_build_info` and the scrape of `/metrics` into the report.'],
  },
  {
    name: 'CallfateTableFull', kind: 'blind', severity: 'critical', for: 1,
    expr: (t) => `${sum(', limit', 'callfate_limit_hits_total{limit=~"calls|embryos"}', t(5))} >= 10`,
    summary: '{{ $labels.instance }}: the table of calls is full, and calls are evicted ({{ $labels.limit }})',
    when: 'At least 10 attempts were evicted in 5 minutes, because as many were in progress as `calls.max` allows. While it fires, alerts on outcomes of this sidecar are muted.',
    advice: { by: 'reason', reason: 'evicted' },
    next: ['How many are in progress: `callfate_attempts_active`; how old the oldest is: `callfate_oldest_attempt_age_seconds`.'],
  },
  {
    name: 'CallfateInputMalformed', kind: 'input', severity: 'warning', for: 5,
    expr: (t) => {
      const bad = sum(', source', 'callfate_input_malformed_total', t(10));
      const frames = sum(', source', 'callfate_input_frames_total', t(10));
      return `${bad} / ${frames} >= 0.05\nand ${bad} >= 20`;
    },
    summary: '{{ $labels.instance }}: {{ $value | humanizePercentage }} of what {{ $labels.source }} brings cannot be read',
    when: 'At least 20 frames of a source, and 5 % of all, broke their own format in 10 minutes.',
    advice: words('A sender speaks another format or version than the listener expects, or somebody scans the port.', 'Look at the label reason of callfate_input_malformed_total, and capture one of the packets.'),
    next: [
      'Which rule they break: `sum by (source, reason) (increase(callfate_input_malformed_total[10m]))`.',
      'What is sound and not about a call is in `callfate_input_not_ours_total`.',
    ],
  },
  {
    name: 'CallfateSenderRefused', kind: 'input', severity: 'warning', for: 5,
    expr: (t) =>
      [
        `${sum(', source', 'callfate_hep_rejected_total', t(10))} >= 5`,
        'or',
        `${sum(', source', 'callfate_input_lost_total{reason="auth"}', t(10))} >= 5`,
        'or',
        `${sum('', 'callfate_websocket_rejected_total', t(10))} >= 5`,
        'or',
        `${sum(', listener', 'callfate_tls_handshake_failures_total', t(10))} >= 5`,
        'or',
        `${sum('', 'callfate_http_rejected_total', t(10))} >= 5`,
        'or',
        `${sum('', 'callfate_context_requests_refused_total', t(10))} >= 5`,
      ].join('\n'),
    summary: '{{ $labels.instance }}: senders are refused',
    when: 'At least 5 connections, requests or HEP packets were refused in 10 minutes: too many, without the right token, key or certificate, or a TLS handshake failed.',
    advice: words('A certificate or token was changed on one side only, a limit is too low, or somebody tries credentials.', 'Find out which listener refuses and why, from the labels of the metrics below.'),
    next: [
      '`callfate_hep_rejected_total`, `callfate_websocket_rejected_total`, `callfate_http_rejected_total`, `callfate_context_requests_refused_total` by `reason`; `callfate_input_lost_total{reason="auth"}`: a HEP key differs; `callfate_tls_handshake_failures_total` by `listener`.',
    ],
  },
  {
    name: 'CallfateFactsRefused', kind: 'input', severity: 'warning', for: 5,
    expr: (t) =>
      [
        `${sum(', result', 'callfate_context_events_total{result!~"accepted|held|duplicate"}', t(10))} >= 10`,
        'or',
        `${sum('', 'callfate_context_expired_facts_total', t(10))} >= 10`,
      ].join('\n'),
    summary: '{{ $labels.instance }}: facts of the platform are refused or find no call',
    when: 'At least 10 events of the context API were refused in 10 minutes, or as many facts waited for a call that was never seen.',
    advice: words('The platform sends another shape of event than docs/context.md has, or a Call-ID that no call has.', 'Send one event by hand and read the answer: it names what is wrong.'),
    next: ['`callfate_context_held_facts` shows how many wait; `callfate_context_facts_total` those that were used.'],
  },
  {
    name: 'CallfateCaptureStopped', kind: 'blind', severity: 'critical', for: 2,
    expr: () => 'callfate_capture_running == 0\nand callfate_capture_configured == 1',
    summary: '{{ $labels.instance }}: the live capture stands still',
    when: 'A live capture is configured and does not run: it ended, or never began.',
    advice: words('The capture ended or cannot begin: the interface is not there or down, or callfate may not open it.', 'Read the log of callfate: it says with what it ended.'),
    next: ['docs/sources.md says what the live capture needs.'],
  },
  {
    name: 'CallfateRelayCannotReach', kind: 'sidecar', severity: 'critical', for: 1,
    expr: (t) =>
      `${sum('', 'callfate_relay_upgrades_total{result=~"unreachable|timeout|limit"}', t(5))} >= 5`,
    summary: '{{ $labels.instance }}: the relay turns browsers away',
    when: 'At least 5 browsers in 5 minutes did not get through the relay to the PBX: it did not answer, or too many are connected. Their users cannot call.',
    advice: words('The WebSocket port of the PBX is down or slow, or relay.maxConnections is reached.', 'Connect to the WebSocket port of the PBX directly.'),
    next: [
      '`sum by (result) (increase(callfate_relay_upgrades_total[5m]))`; how connections end: `sum by (side, code) (rate(callfate_relay_closes_total[15m]))`.',
    ],
  },
  {
    name: 'CallfateDown', kind: 'sidecar', severity: 'critical', for: 2,
    expr: () => 'up{job="callfate"} == 0\nor\nabsent(up{job="callfate"})',
    summary: '{{ $labels.instance }}: callfate cannot be scraped',
    when: 'Prometheus gets no answer from callfate, or has no target with job `callfate`. A scrape that the engine does not answer within 5 s is a 503 and counts too.',
    advice: words('The process ended, its port is closed, or the engine is dead beside a relay that goes on.', 'Ask /readyz: it names the part that is not ready; then read the log.'),
    next: ['With a relay, browsers keep their connections as long as the process lives. `process_start_time_seconds` tells when it started.'],
    unreachable: true,
  },
  {
    name: 'CallfateEngineRestarted', kind: 'sidecar', severity: 'warning', for: 0,
    expr: (t) => `increase(callfate_engine_restarts_total[${t(15)}]) > 0`,
    summary: '{{ $labels.instance }}: the engine died and was started again',
    when: 'The engine was started again in the last 15 minutes. Calls that were in progress then are unknown to it.',
    advice: words('A fault of callfate itself, or memory ran out.', 'Read the log line of the failure, and report it.'),
    next: ['`callfate_engine_restarts_total` says how often.'],
  },
  {
    name: 'CallfateConfigReloadFailed', kind: 'sidecar', severity: 'warning', for: 5,
    expr: () => 'callfate_config_last_reload_successful == 0',
    summary: '{{ $labels.instance }}: the configuration file was not taken over',
    when: 'The last reload was refused; the configuration before it is still in force.',
    advice: words('The file has a mistake, or a key differs that needs a restart.', 'Run callfate check-config on the file: it names line and key.'),
    next: ['When the last one succeeded: `callfate_config_last_reload_success_timestamp_seconds`.'],
  },
  {
    name: 'CallfateCertificateExpires', kind: 'sidecar', severity: 'warning', for: 60,
    expr: () => 'callfate_tls_certificate_expiry_timestamp_seconds - time() < 14 * 86400',
    summary: '{{ $labels.instance }}: the certificate of {{ $labels.listener }} expires soon',
    when: 'The certificate that a listener uses expires within 14 days.',
    advice: words('It was not renewed, or the renewed file is not where the configuration says.', 'Renew it; callfate takes changed files over by itself.'),
    next: ['`callfate_tls_certificate_expiry_timestamp_seconds - time()` in seconds, by `listener`.'],
  },
  {
    name: 'CallfateCertificateNotLoaded', kind: 'sidecar', severity: 'warning', for: 0,
    expr: (t) => `${sum(', listener', 'callfate_tls_certificate_loads_total{result="failed"}', t(60))} > 0`,
    summary: '{{ $labels.instance }}: a new certificate of {{ $labels.listener }} could not be read',
    when: 'The files of a certificate changed within the hour and could not be used. The old one stays in force.',
    advice: words('Key and certificate do not belong together, or callfate may not read the file.', 'Read the log line: it names the file and what is wrong with it.'),
    next: ['`callfate_tls_certificate_loads_total` by `listener` and `result`.'],
  },
  {
    name: 'CallfateLimitHit', kind: 'sidecar', severity: 'warning', for: 0,
    expr: (t) => `${sum(', limit', 'callfate_limit_hits_total{limit!~"calls|embryos"}', t(15))} >= 10`,
    summary: '{{ $labels.instance }}: the limit {{ $labels.limit }} is hit',
    when: 'A bound was hit at least 10 times in 15 minutes: something was cut or left out.',
    advice: words('More traffic, or stranger traffic, than the bound allows.', 'The table of limits in docs/operations.md says what to do about each.'),
    next: ['[Limit hits](operations.md#what-the-numbers-mean), one row for each `limit`.'],
  },
  {
    name: 'CallfateLogLost', kind: 'sidecar', severity: 'warning', for: 0,
    expr: (t) =>
      [
        `increase(callfate_verdicts_dropped_total[${t(15)}]) > 0`,
        'or',
        `${sum('', 'callfate_log_lines_total{result="dropped"}', t(15))} > 0`,
      ].join('\n'),
    summary: '{{ $labels.instance }}: log lines of calls are missing',
    when: 'Verdicts were counted but not logged in the last 15 minutes, since a queue was full. Metrics are whole.',
    advice: words('Whatever reads standard output is too slow or stands still.', 'Look at the log shipper and its disk.'),
    next: ['`limits.verdictQueue` and `limits.logQueueBytes` bound the queues.'],
  },
];
