/** Observer health: bounds, joins, facts of the platform, memory and event loop. */
import { littleIsGood, NONE_IS_GOOD } from './colours.ts';
import { perMinute, perMinuteOrNone, scoped, series } from './queries.ts';
import type { Section } from './spec.ts';

export const TRACKING: Section = {
  title: 'Bounds, joins and facts',
  panels: [
    {
      kind: 'timeseries',
      title: 'Bounds that were hit, a minute',
      description:
        'Something was evicted, cut or left out because a bound was reached. docs/operations.md says for each limit what happened and what to do; calls and embryos mean that calls.max is too small or somebody floods.',
      width: 12,
      unit: 'cpm',
      queries: [
        { expr: perMinuteOrNone('limit', 'callfate_limit_hits_total'), legend: '{{limit}}' },
      ],
    },
    {
      kind: 'timeseries',
      title: 'In progress',
      description:
        'Attempts (legs) and calls that have not ended. Attempts that only rise: ends are not seen, see the age of the oldest and the share of lost calls.',
      width: 12,
      unit: 'short',
      queries: [
        { expr: `sum(${series('callfate_attempts_active')})`, legend: 'attempts' },
        { expr: `sum(${series('callfate_calls_open')})`, legend: 'calls' },
        { expr: `sum(${series('callfate_context_held_facts')})`, legend: 'facts that wait' },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Oldest attempt, by stage',
      description:
        'Age of the oldest attempt in each stage. It ends at the time-out of the stage at the latest; one that grows beyond your longest call is a call whose BYE was missed.',
      width: 12,
      unit: 's',
      queries: [
        {
          expr: `max by (stage) (${series('callfate_oldest_attempt_age_seconds')})`,
          legend: '{{stage}}',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Legs that were not joined, a minute',
      description:
        'ambiguous: a leg of a B2BUA fitted several calls. late: the other leg had been judged. Such calls count twice. Give callfate a sure sign, see docs/joins.md.',
      width: 12,
      unit: 'cpm',
      queries: [
        { expr: perMinute('', 'callfate_ambiguous_joins_total'), legend: 'ambiguous' },
        { expr: perMinute('', 'callfate_late_joins_total'), legend: 'late' },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Events of the platform, a minute',
      description:
        'Events of the context API by what became of them. accepted, held and duplicate are good; all others were refused, and the answer to the sender says why.',
      width: 12,
      unit: 'epm',
      queries: [
        { expr: perMinuteOrNone('result', 'callfate_context_events_total'), legend: '{{result}}' },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Facts beside the signalling, a minute',
      description:
        'Facts on attempts that ended, by where they came from, and facts whose call was not seen in time. Expired ones: the Call-ID of the sender is not the one on the wire, or it sends too early.',
      width: 12,
      unit: 'cpm',
      queries: [
        {
          expr: perMinute('source, kind', 'callfate_context_facts_total'),
          legend: '{{source}} {{kind}}',
        },
        { expr: perMinute('', 'callfate_context_expired_facts_total'), legend: 'expired' },
      ],
    },
  ],
};

export const PROCESS: Section = {
  title: 'The process',
  panels: [
    {
      kind: 'timeseries',
      title: 'Memory',
      description:
        "Resident memory of the process, and Node's heap of its main thread. Resident rises with calls in progress up to what calls.max reserves and then stays: docs/architecture.md has figures. A heap that only rises is a leak.",
      width: 8,
      unit: 'bytes',
      queries: [
        {
          expr: scoped('process_resident_memory_bytes'),
          legend: 'resident {{instance}}',
        },
        { expr: scoped('nodejs_heap_size_used_bytes'), legend: 'heap {{instance}}' },
      ],
    },
    {
      kind: 'timeseries',
      title: 'CPU',
      description:
        'Cores that the process uses, both threads. Near 1 for the engine alone it falls behind and input is lost: docs/performance.md says what a message costs.',
      width: 8,
      unit: 'percentunit',
      queries: [
        {
          expr: `rate(${scoped('process_cpu_seconds_total')}[$__rate_interval])`,
          legend: '{{instance}}',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Event loop delay, 99 %',
      description:
        'How late the main thread comes to its work: listeners, relay and HTTP. Above 0.1 s relayed messages wait noticeably; a scrape of many series is the usual cause.',
      width: 8,
      unit: 's',
      queries: [
        {
          expr: scoped('nodejs_eventloop_lag_p99_seconds'),
          legend: '{{instance}}',
        },
      ],
      steps: littleIsGood(0.1, 0.5),
    },
    {
      kind: 'stat',
      title: 'Version',
      description: 'The version of callfate that each instance runs.',
      width: 6,
      unit: 'short',
      queries: [{ expr: series('callfate_build_info'), legend: '{{version}}' }],
      nameOnly: true,
    },
    {
      kind: 'stat',
      title: 'Up for',
      description: 'Time since the process started. Calls in progress at a restart end as lost.',
      width: 6,
      unit: 's',
      queries: [
        {
          expr: `time() - ${scoped('process_start_time_seconds')}`,
          legend: '{{instance}}',
        },
      ],
    },
    {
      kind: 'stat',
      title: 'Configuration loaded',
      description: 'Time since the configuration in force was loaded.',
      width: 6,
      unit: 's',
      queries: [
        {
          expr: `time() - ${series('callfate_config_last_reload_success_timestamp_seconds')}`,
          legend: '{{instance}}',
        },
      ],
    },
    {
      kind: 'stat',
      title: 'Engine restarts',
      description:
        'Times the engine died beside a relay that went on, and was started again. Anything but 0: report it with the log.',
      width: 6,
      unit: 'short',
      queries: [{ expr: series('callfate_engine_restarts_total'), legend: '{{instance}}' }],
      steps: NONE_IS_GOOD,
    },
    {
      kind: 'timeseries',
      title: 'Log lines of calls, a minute',
      description: 'Lines queued for standard output: one a call. It follows calls that end.',
      width: 18,
      height: 6,
      unit: 'cpm',
      queries: [
        { expr: perMinute('', 'callfate_log_lines_total', 'result="queued"'), legend: 'queued' },
        { expr: perMinute('', 'callfate_calls_closed_total'), legend: 'calls closed' },
      ],
    },
    {
      kind: 'stat',
      title: 'Fast paths',
      description:
        'Whether SIP is read by machine code with SIMD, and HEP over UDP many datagrams at a time. Without them all is the same but for its cost; the log says why at the start.',
      width: 6,
      height: 6,
      unit: 'short',
      queries: [
        { expr: series('callfate_scanner_simd'), legend: '{{instance}} SIMD' },
        { expr: series('callfate_hep_udp_batched'), legend: '{{instance}} batches' },
      ],
      texts: { '0': 'no', '1': 'yes' },
    },
  ],
};
