/** One trunk or all of them: what came of its calls, what it answers, whether it is there. */
import { NONE_IS_GOOD, OUTCOME_COLOURS } from './colours.ts';
import { UIDS } from './links.ts';
import { estimate, perMinute, series } from './queries.ts';
import { peerRatio, RECORDED, ratio } from './ratios.ts';
import type { DashboardSpec, Query, Section, TimeseriesSpec } from './spec.ts';
import { DIRECTION, PEER, SCOPE_VARIABLES, WINDOW } from './variables.ts';

const ENDED = 'callfate_peer_attempts_ended_total';
const OF_PEER = 'peer=~"$peer"';
const WAYS = 'direction=~"$direction"';
/** The family knows no reasons, so refused strangers are in it, as blocked. */
const COUNTS = 'outcome!="answered_elsewhere"';
/** From left to right. */
const RATIOS = ['asr', 'ner', 'abr', 'seer', 'ser', 'isa'] as const;
/** What is part of an ordinary set-up: challenges, and branches that were cancelled. */
const NO_FAILURES = 'status!~"401|407|487"';

const ratioOf = (id: Parameters<typeof ratio>[0]): TimeseriesSpec => ({
  kind: 'timeseries',
  ...ratio(id),
  width: 8,
  unit: 'percentunit',
  max: 1,
  queries: [peerRatio(id, OF_PEER)],
});

const ENDINGS: Section = {
  title: 'What came of its calls',
  panels: [
    {
      kind: 'timeseries',
      title: 'Endings a minute, by outcome',
      description:
        'Attempts of the chosen peers by how they ended. Losing fork legs are left out. Blocked holds refused strangers too: this family does not know reasons.',
      width: 12,
      unit: 'cpm',
      stacked: true,
      queries: [
        { expr: perMinute('outcome', ENDED, OF_PEER, WAYS, COUNTS), legend: '{{outcome}}' },
      ],
      colours: OUTCOME_COLOURS,
    },
    {
      kind: 'timeseries',
      title: 'Failed, dropped, unreachable or lost, a minute',
      description:
        'Attempts of each peer that ended by a fault or were never reached. One peer that rises alone is that trunk. All at once: look at your own PBX, at the network, or at Observer health.',
      width: 12,
      unit: 'cpm',
      queries: [
        {
          expr: perMinute(
            'peer',
            ENDED,
            OF_PEER,
            WAYS,
            'outcome=~"failed|dropped|unreachable|lost"',
          ),
          legend: '{{peer}}',
        },
      ],
    },
  ],
};

const ANSWERS: Section = {
  title: 'What it answers',
  panels: [
    {
      kind: 'timeseries',
      title: 'Failing finals a minute',
      description:
        'Final statuses of each INVITE transaction that the peer refused, hidden failovers and losing forks included. Left out: challenges (401, 407) and cancelled branches (487). 503 or 5xx: the carrier is congested or down, move traffic. 403: it does not know you. 404 or 484: the numbers are wrong. 408: nobody answered at all.',
      width: 12,
      unit: 'cpm',
      queries: [
        {
          expr: `${perMinute('peer, status', 'callfate_branch_finals_total', OF_PEER, 'status=~"[3-6]..|[3-6]xx"', NO_FAILURES)} > 0`,
          legend: '{{peer}} {{status}}',
        },
      ],
    },
    {
      kind: 'table',
      title: 'Finals in this time range',
      description:
        'All final statuses of the peer, answers included, about: an estimate, since Prometheus extrapolates growth, and without the first of its kind since callfate started.',
      width: 12,
      height: 8,
      unit: 'short',
      decimals: 0,
      queries: [
        {
          expr: `${estimate('peer, status', 'callfate_branch_finals_total', OF_PEER)} > 0`,
          legend: '',
        },
      ],
      columns: [
        { field: 'peer' },
        { field: 'status', width: 90 },
        { field: 'Value', title: 'About', width: 100, decimals: 0 },
      ],
      sortedBy: 'About',
    },
  ],
};

const mean = (id: 'pdd' | 'acd'): Query => ({
  expr: `job_peer_direction:callfate_${id}_seconds:mean\${window}{job=~"$job",${OF_PEER},${WAYS}}`,
  legend: '{{peer}} {{direction}}',
});

const HOW_LONG: Section = {
  title: 'How long',
  panels: [
    {
      kind: 'timeseries',
      title: 'Post-dial delay, mean',
      description: `From INVITE to the first sign of progress. One peer that is slower than the others is slow to route; all at once is your own PBX or its DNS. ${RECORDED}`,
      width: 12,
      unit: 's',
      queries: [mean('pdd')],
    },
    {
      kind: 'timeseries',
      title: 'Talk time, mean',
      description: `Average call duration. Far shorter on one peer than on the others, with an ASR as theirs: no or one-way audio, or answers that are charged and not given. ${RECORDED}`,
      width: 12,
      unit: 's',
      queries: [mean('acd')],
    },
  ],
};

const THERE: Section = {
  title: 'Is it there, while nobody calls?',
  panels: [
    {
      kind: 'timeseries',
      title: 'Answers to OPTIONS and REGISTER a minute',
      description:
        'Final responses of the peer to probes and registrations outside of calls. Any status shows that it lives; 200 that it is content. A line that ends is a peer, or a probe, that stopped.',
      width: 12,
      unit: 'cpm',
      queries: [
        {
          expr: perMinute('peer, method, status', 'callfate_peer_probe_finals_total', OF_PEER),
          legend: '{{peer}} {{method}} {{status}}',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Probes without an answer, a minute',
      description:
        'OPTIONS and REGISTER that got no final response in 32 s. Any for some minutes: the peer or the way to it is down. Check DNS, firewall and the trunk.',
      width: 12,
      unit: 'cpm',
      queries: [
        {
          expr: perMinute('peer, method', 'callfate_peer_probe_timeouts_total', OF_PEER),
          legend: '{{peer}} {{method}}',
        },
      ],
    },
  ],
};

const NOW: Section = {
  title: 'Now',
  panels: [
    {
      kind: 'stat',
      title: 'Endings a minute',
      description: 'Attempts of the chosen peers that ended, a minute.',
      width: 8,
      unit: 'cpm',
      queries: [{ expr: perMinute('peer', ENDED, OF_PEER, WAYS, COUNTS), legend: '{{peer}}' }],
    },
    {
      kind: 'stat',
      title: 'Share that failed, was dropped, unreachable or lost',
      description:
        'Of the attempts of the chosen peers over the window of the ratios. No value: none ended. A rise: see below what the peer answers.',
      width: 8,
      unit: 'percentunit',
      decimals: 1,
      queries: [
        {
          expr: `sum by (peer) (rate(${series(ENDED, OF_PEER, WAYS, 'outcome=~"failed|dropped|unreachable|lost"')}[$window])) / (sum by (peer) (rate(${series(ENDED, OF_PEER, WAYS, COUNTS)}[$window])) > 0)`,
          legend: '{{peer}}',
        },
      ],
      steps: [
        { at: null, colour: 'green' },
        { at: 0.1, colour: 'orange' },
        { at: 0.3, colour: 'red' },
      ],
    },
    {
      kind: 'stat',
      title: 'Probes without an answer, a minute',
      description:
        'Highest value of the time range. Anything but 0: see the last row of this dashboard.',
      width: 8,
      unit: 'cpm',
      reduce: 'max',
      queries: [
        {
          expr: perMinute('peer', 'callfate_peer_probe_timeouts_total', OF_PEER),
          legend: '{{peer}}',
        },
      ],
      steps: NONE_IS_GOOD,
    },
  ],
};

export const PEER_DASHBOARD: DashboardSpec = {
  uid: UIDS.peer,
  title: 'callfate: peers',
  description:
    'One trunk or all of them: what came of its calls, what it answers, whether it is there.',
  variables: [...SCOPE_VARIABLES, PEER, DIRECTION, WINDOW],
  sections: [
    NOW,
    ENDINGS,
    {
      title: 'Ratios',
      panels: RATIOS.map(ratioOf),
    },
    ANSWERS,
    HOW_LONG,
    THERE,
  ],
  from: 'now-6h',
};
