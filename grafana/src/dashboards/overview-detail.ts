/** The lower half of the overview: reasons and peers in the time range, durations, numbers, vendors' words. */
import { TO_PEER, TO_REASON } from './links.ts';
import { estimate, FAULTS, perMinute, quantile, series } from './queries.ts';
import { peerRatio, RECORDED, ratio } from './ratios.ts';
import type { Query, Section } from './spec.ts';

const ENDED = 'callfate_attempts_ended_total';
const WAYS = 'direction=~"$direction"';
const talk = (part: 'sum' | 'count') =>
  `sum by (direction) (rate(${series(`callfate_talk_seconds_${part}`, WAYS)}[$__rate_interval]))`;

/** Without the name of the metric, which would keep the rows of two queries apart. */
const nowOf = (id: 'asr' | 'ner'): Query => ({
  expr: `max by (job, peer, direction) (${peerRatio(id).expr})`,
  legend: '',
});

export const WHERE: Section = {
  title: 'Which reasons, which peers',
  panels: [
    {
      kind: 'table',
      title: 'Faults in this time range',
      description:
        'The twenty most frequent reasons of a fault. About: Prometheus extrapolates growth, so it is an estimate and no count. Click on a reason for its advice and its calls.',
      width: 12,
      unit: 'short',
      decimals: 0,
      queries: [
        {
          expr: `topk(20, ${estimate('reason, outcome, attribution', ENDED, FAULTS, WAYS)} > 0)`,
          legend: '',
        },
      ],
      columns: [
        { field: 'reason', links: [TO_REASON.row] },
        { field: 'outcome', width: 120 },
        { field: 'attribution', width: 120 },
        { field: 'Value', title: 'About', width: 90, unit: 'short', decimals: 0 },
      ],
      sortedBy: 'About',
    },
    {
      kind: 'table',
      title: 'Peers in this time range',
      description: `Attempts by the peer on the carrier side, about: an estimate, since Prometheus extrapolates growth. Beside it the ratios as they are now. Click on a peer for what it answers. ${RECORDED}`,
      width: 12,
      unit: 'short',
      queries: [
        {
          expr: `${estimate('job, peer, direction', 'callfate_peer_attempts_ended_total', 'outcome!="answered_elsewhere"', WAYS)} > 0`,
          legend: '',
        },
        nowOf('asr'),
        nowOf('ner'),
      ],
      columns: [
        { field: 'peer', links: [TO_PEER.row] },
        { field: 'direction', width: 100 },
        { field: 'job', width: 100 },
        { field: 'Value #A', title: 'About', width: 90, decimals: 0 },
        {
          field: 'Value #B',
          title: 'ASR',
          width: 80,
          unit: 'percentunit',
          decimals: 1,
          steps: ratio('asr').steps,
        },
        {
          field: 'Value #C',
          title: 'NER',
          width: 80,
          unit: 'percentunit',
          decimals: 1,
          steps: ratio('ner').steps,
        },
      ],
      sortedBy: 'About',
    },
  ],
};

export const HOW_LONG: Section = {
  title: 'How long',
  panels: [
    {
      kind: 'timeseries',
      title: 'Post-dial delay',
      description:
        'From INVITE to the first sign of progress, of answered attempts: half of them are below p50, 95 of 100 below p95. E.721 asks for 5 s on average in a toll network. A rise points to a slow carrier, or to failover that tries others first.',
      width: 8,
      unit: 's',
      queries: [
        {
          expr: quantile(
            0.5,
            'direction',
            'callfate_post_dial_delay_seconds',
            WAYS,
            'connected="true"',
          ),
          legend: 'p50 {{direction}}',
        },
        {
          expr: quantile(
            0.95,
            'direction',
            'callfate_post_dial_delay_seconds',
            WAYS,
            'connected="true"',
          ),
          legend: 'p95 {{direction}}',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Ring time',
      description:
        'From ringing to the answer, or to the end of an attempt that nobody answered (connected is false). A ceiling at a round number is a timer of yours or of the carrier.',
      width: 8,
      unit: 's',
      queries: [
        {
          expr: quantile(0.5, 'connected', 'callfate_ring_seconds', WAYS),
          legend: 'p50 connected {{connected}}',
        },
        {
          expr: quantile(0.95, 'connected', 'callfate_ring_seconds', WAYS),
          legend: 'p95 connected {{connected}}',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Talk time, mean',
      description:
        'Of attempts that an agent or the final party answered. A sudden fall with unchanged ASR is often one-way or no audio: people hang up early.',
      width: 8,
      unit: 's',
      queries: [{ expr: `${talk('sum')} / (${talk('count')} > 0)`, legend: '{{direction}}' }],
    },
  ],
};

export const MORE: Section = {
  title: 'Numbers, words, and what does not count',
  panels: [
    {
      kind: 'timeseries',
      title: 'Endings a minute, by group of called numbers',
      description:
        'Groups are configured under prefixes; everything else is other. One group that fails alone is a destination, or a route to it.',
      width: 8,
      unit: 'cpm',
      queries: [
        {
          expr: perMinute(
            'prefix, outcome',
            'callfate_prefix_attempts_ended_total',
            'outcome!="answered_elsewhere"',
            WAYS,
          ),
          legend: '{{prefix}} {{outcome}}',
        },
      ],
    },
    {
      kind: 'table',
      title: "Endings in vendors' words",
      description:
        'The 30 most frequent codes of the enabled vocabularies in this time range, about: an estimate, since Prometheus extrapolates growth. A call can have a code in each of them, so do not add them up.',
      width: 8,
      height: 8,
      unit: 'short',
      decimals: 0,
      queries: [
        {
          expr: `topk(30, ${estimate('vocabulary, field, code, name', 'callfate_vocabulary_total')} > 0)`,
          legend: '',
        },
      ],
      columns: [
        { field: 'vocabulary' },
        { field: 'field', width: 90 },
        { field: 'code', width: 70 },
        { field: 'name' },
        { field: 'Value', title: 'About', width: 70, decimals: 0 },
      ],
      sortedBy: 'About',
    },
    {
      kind: 'timeseries',
      title: 'Outside of all ratios, a minute',
      description:
        'Losing fork and queue legs, refused strangers, and calls that the platform refused and never sent as SIP. Many strangers: somebody scans you; block the source if it floods.',
      width: 8,
      unit: 'cpm',
      queries: [
        {
          expr: perMinute('reason', ENDED, 'reason=~"answered_elsewhere|unsolicited"', WAYS),
          legend: '{{reason}}',
        },
        {
          expr: perMinute('', 'callfate_context_attempts_ended_total', WAYS),
          legend: 'refused by the platform',
        },
      ],
    },
  ],
};
