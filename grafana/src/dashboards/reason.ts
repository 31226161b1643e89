/** Why calls end, what to do about it, and which calls they were. */
import { REASONS } from '../../../src/classify/reasons.ts';
import { ATTRIBUTION_COLOURS } from './colours.ts';
import { TO_REASON, UIDS } from './links.ts';
import { latestCalls } from './logs.ts';
import { estimate, perMinute, perMinuteOrNone, series } from './queries.ts';
import type { DashboardSpec, Section } from './spec.ts';
import { DIRECTION, LOGS, LOKI, REASON, SCOPE_VARIABLES } from './variables.ts';

const ENDED = 'callfate_attempts_ended_total';
/** Losing legs are no failure of anybody. */
const CHOSEN = ['outcome!="answered_elsewhere"', 'reason=~"$reason"', 'direction=~"$direction"'];
const ADVICE = Object.fromEntries(REASONS.map(({ id, advice }) => [id, advice]));

const ago = (time: string) =>
  `60 * sum(rate(${series(ENDED, ...CHOSEN)}[$__rate_interval] offset ${time}))`;

const WHAT_TO_DO: Section = {
  title: 'Reasons and what to do',
  panels: [
    {
      kind: 'table',
      title: 'Reasons in this time range',
      description:
        'Every reason that ended an attempt, the most frequent first, with what to check or do. About: Prometheus extrapolates growth, so it is an estimate and no count. Click on a reason to see it alone. docs/reasons.md has them all.',
      width: 24,
      height: 12,
      unit: 'short',
      decimals: 0,
      queries: [
        {
          // A second label with the reason in it: the panel shows the advice in its place.
          expr: `label_replace(${estimate('reason, outcome, attribution', ENDED, ...CHOSEN)} > 0, "advice", "$1", "reason", "(.+)")`,
          legend: '',
        },
      ],
      columns: [
        { field: 'reason', width: 260, links: [TO_REASON.row] },
        { field: 'outcome', width: 150 },
        { field: 'attribution', width: 110 },
        { field: 'Value', title: 'About', width: 80, decimals: 0 },
        { field: 'advice', title: 'What to do', texts: ADVICE },
      ],
      sortedBy: 'About',
    },
  ],
};

const COURSE: Section = {
  title: 'How they go',
  panels: [
    {
      kind: 'timeseries',
      title: 'Endings a minute, by reason',
      description:
        'The ten most frequent of the chosen reasons at each moment. A diamond is a call that ended by a fault: point at it for its Call-ID and a way to that call.',
      width: 12,
      unit: 'cpm',
      queries: [
        {
          expr: `topk(10, ${perMinute('reason', ENDED, ...CHOSEN)} > 0)`,
          legend: '{{reason}}',
          exemplars: true,
        },
      ],
      links: [TO_REASON.series],
    },
    {
      kind: 'timeseries',
      title: 'Against yesterday and last week, a minute',
      description:
        'The chosen reasons together, beside the same time a day and a week ago. What rose against both is news; what follows them is the rhythm of your day.',
      width: 12,
      unit: 'cpm',
      queries: [
        { expr: perMinute('', ENDED, ...CHOSEN), legend: 'now' },
        { expr: ago('1d'), legend: 'a day ago' },
        { expr: ago('1w'), legend: 'a week ago' },
      ],
      colours: { now: 'blue', 'a day ago': 'semi-dark-yellow', 'a week ago': 'semi-dark-purple' },
    },
    {
      kind: 'timeseries',
      title: 'Endings a minute, by direction',
      description:
        'The chosen reasons, apart by which way calls went. Which peer they went to is on the dashboard of peers: series of reasons carry no peer.',
      width: 12,
      unit: 'cpm',
      stacked: true,
      queries: [{ expr: perMinute('direction', ENDED, ...CHOSEN), legend: '{{direction}}' }],
    },
    {
      kind: 'timeseries',
      title: 'Endings a minute, by whose doing',
      description: 'The chosen reasons, by the side whose doing they are.',
      width: 12,
      unit: 'cpm',
      stacked: true,
      queries: [{ expr: perMinute('attribution', ENDED, ...CHOSEN), legend: '{{attribution}}' }],
      colours: ATTRIBUTION_COLOURS,
    },
  ],
};

const EVIDENCE: Section = {
  title: 'What they are read from (all reasons)',
  panels: [
    {
      kind: 'table',
      title: 'Q.850 causes in this time range',
      description:
        'Causes in Reason headers and where they stood, about: an estimate, since Prometheus extrapolates growth, and without the first of its kind since callfate started. The choice of reasons does not apply. docs/reasons.md says what each cause means; 34, 38, 41 and 42 are a congested or failing network.',
      width: 12,
      unit: 'short',
      decimals: 0,
      queries: [
        { expr: `${estimate('cause, seen_in', 'callfate_q850_causes_total')} > 0`, legend: '' },
      ],
      columns: [
        { field: 'cause', width: 90 },
        { field: 'seen_in' },
        { field: 'Value', title: 'About', width: 100, decimals: 0 },
      ],
      sortedBy: 'About',
    },
    {
      kind: 'timeseries',
      title: 'Evidence that disagreed, a minute',
      description:
        'Pairs of evidence that named different outcomes, by the kind that won and the kind that lost. A pair that grows means that the statuses and causes of some peer do not fit together: look at the conflicts of such a call.',
      width: 12,
      height: 10,
      unit: 'cpm',
      queries: [
        {
          expr: perMinuteOrNone('winner, loser', 'callfate_evidence_conflicts_total'),
          legend: '{{winner}} over {{loser}}',
        },
      ],
    },
  ],
};

export const REASON_DASHBOARD: DashboardSpec = {
  uid: UIDS.reason,
  title: 'callfate: reasons',
  description: 'Why calls end, what to do about it, and which calls they were.',
  variables: [...SCOPE_VARIABLES, REASON, DIRECTION, LOKI, LOGS],
  sections: [
    WHAT_TO_DO,
    COURSE,
    {
      title: 'Which calls',
      panels: [
        {
          kind: 'logs',
          title: 'Latest calls with the chosen reasons',
          description:
            'One line a call, out of the log in Loki. Open a line and follow its Call-ID to that call. Empty without Loki, or when Log stream does not name the log of callfate.',
          width: 24,
          queries: [{ expr: latestCalls('reason=~"$reason"'), legend: '' }],
        },
      ],
    },
    EVIDENCE,
  ],
  from: 'now-6h',
};
