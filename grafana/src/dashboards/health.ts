/** Whether callfate itself can be trusted: scrapes, laws, drops, input by source, bounds, memory. */
import { littleIsGood, NONE_IS_GOOD } from './colours.ts';
import { PROCESS, TRACKING } from './health-engine.ts';
import { INPUT } from './health-input.ts';
import { LISTENERS } from './health-listeners.ts';
import { KEPT } from './health-page.ts';
import { UIDS } from './links.ts';
import { COUNTED, perMinute, perMinuteOrNone, scoped, series } from './queries.ts';
import type { DashboardSpec, Section, Step } from './spec.ts';
import { SCOPE_VARIABLES } from './variables.ts';

/** Exactly zero: the sides of a law are whole numbers out of one scrape. */
const ZERO: readonly Step[] = [
  { at: null, colour: 'red' },
  { at: 0, colour: 'green' },
  { at: 1, colour: 'red' },
];
const UP: readonly Step[] = [
  { at: null, colour: 'red' },
  { at: 1, colour: 'green' },
];

const total = (name: Parameters<typeof series>[0]) => `sum by (job, instance) (${series(name)})`;

const TRUST: Section = {
  title: 'Can the numbers be trusted?',
  panels: [
    {
      kind: 'stat',
      title: 'Scraped',
      description:
        'Whether the last scrape succeeded. Down: callfate does not run, its engine does not answer (503), the token or certificate is wrong, or the network is in the way. Ask /readyz.',
      width: 4,
      unit: 'short',
      queries: [{ expr: scoped('up'), legend: '{{instance}}' }],
      steps: UP,
      texts: { '0': 'down', '1': 'up' },
    },
    {
      kind: 'stat',
      title: 'Law of attempts, off by',
      description:
        'started - ended - active, out of one scrape. It is 0, always. Anything else is a bug of callfate: report it, and do not trust its counts.',
      width: 4,
      unit: 'short',
      queries: [
        {
          expr: `${total('callfate_attempts_started_total')} - ${total('callfate_attempts_ended_total')} - ${total('callfate_attempts_active')}`,
          legend: '{{instance}}',
        },
      ],
      steps: ZERO,
    },
    {
      kind: 'stat',
      title: 'Law of calls, off by',
      description:
        'opened - closed - open - merged, out of one scrape. It is 0, always. Anything else is a bug of callfate: report it, and do not trust its counts.',
      width: 4,
      unit: 'short',
      queries: [
        {
          expr: `${total('callfate_calls_opened_total')} - ${total('callfate_calls_closed_total')} - ${total('callfate_calls_open')} - ${total('callfate_calls_merged_total')}`,
          legend: '{{instance}}',
        },
      ],
      steps: ZERO,
    },
    {
      kind: 'stat',
      title: 'Input lost a minute',
      description:
        'Signalling that was sent to callfate and dropped before it was read; the highest value of the time range. Below is by source and reason what was lost.',
      width: 4,
      unit: 'cpm',
      reduce: 'max',
      queries: [{ expr: perMinute('', 'callfate_input_lost_total'), legend: 'lost' }],
      steps: NONE_IS_GOOD,
    },
    {
      kind: 'stat',
      title: 'Share of lost calls',
      description:
        'Attempts whose end was not seen, of all that ended, in the last hour. A few are normal after a start. Many: a hop is missing from the copies, packets are dropped, or calls.timeouts.answeredSeconds is shorter than your calls.',
      width: 4,
      unit: 'percentunit',
      decimals: 1,
      queries: [
        {
          expr: `sum(rate(${series('callfate_attempts_ended_total', 'outcome="lost"')}[1h])) / (sum(rate(${series('callfate_attempts_ended_total', COUNTED)}[1h])) > 0)`,
          legend: 'lost',
        },
      ],
      steps: littleIsGood(0.01, 0.05),
    },
    {
      kind: 'stat',
      title: 'Configuration',
      description:
        'Whether the last load of the configuration succeeded. Refused: callfate goes on with the old one; its log says why, and check-config does too.',
      width: 4,
      unit: 'short',
      queries: [{ expr: series('callfate_config_last_reload_successful'), legend: '{{instance}}' }],
      steps: UP,
      texts: { '0': 'refused', '1': 'as in the file' },
    },
    {
      kind: 'timeseries',
      title: 'Lost before it was read, a minute',
      description:
        'By source and reason. kernel: the receive buffer overflowed, see docs/operations.md. ring_full: the engine is behind. auth: a wrong HEP key. oversize, tcp_gap, fragment, snaplen: the capture is incomplete.',
      width: 12,
      unit: 'cpm',
      queries: [
        {
          expr: perMinuteOrNone('source, reason', 'callfate_input_lost_total'),
          legend: '{{source}} {{reason}}',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Outputs dropped, a minute',
      description:
        'Verdicts that found no room on their way to the log, log lines that found none on their way out, and exemplars with too long a Call-ID. Counters stay right. The first two: whatever reads standard output is too slow.',
      width: 12,
      unit: 'cpm',
      queries: [
        { expr: perMinute('', 'callfate_verdicts_dropped_total'), legend: 'verdicts' },
        {
          expr: perMinute('', 'callfate_log_lines_total', 'result="dropped"'),
          legend: 'log lines',
        },
        { expr: perMinute('', 'callfate_exemplars_dropped_total'), legend: 'exemplars' },
      ],
    },
  ],
};

export const HEALTH: DashboardSpec = {
  uid: UIDS.health,
  title: 'callfate: observer health',
  description:
    'Whether callfate can be trusted: scrapes, laws, drops, input by source, bounds, memory. While it is blind, its outcomes are no reason to wake anybody.',
  variables: SCOPE_VARIABLES,
  sections: [TRUST, INPUT, LISTENERS, TRACKING, KEPT, PROCESS],
  from: 'now-3h',
};
