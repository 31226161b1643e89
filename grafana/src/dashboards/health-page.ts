/** Observer health: what the live page and the API keep, who follows it, and the media reports that came. */
import { perMinute, perMinuteOrNone, series } from './queries.ts';
import type { Section } from './spec.ts';

export const KEPT: Section = {
  title: 'Live page, API and media reports',
  panels: [
    {
      kind: 'timeseries',
      title: 'Calls kept',
      description:
        'Calls that the live page and the API still know, and the characters that they take. recent.maxCalls, recent.maxAgeSeconds and recent.maxBytes bound them.',
      width: 12,
      unit: 'short',
      queries: [
        { expr: `sum(${series('callfate_recent_calls')})`, legend: 'calls' },
        { expr: `sum(${series('callfate_recent_bytes')})`, legend: 'characters' },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Calls no longer kept, a minute',
      description:
        'By the bound that was reached. count, age and bytes are normal; size: a call was too large to keep; rate: more ended in a second than are kept, so that the page shows a part of them.',
      width: 12,
      unit: 'cpm',
      queries: [
        {
          expr: perMinuteOrNone('reason', 'callfate_recent_calls_removed_total'),
          legend: '{{reason}}',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Followers of the page',
      description:
        'Open streams of calls that end, and a minute: streams ended for being slow, streams refused because recent.streams were open, and calls that a stream left out. Counters and log lines lack none of these.',
      width: 12,
      unit: 'short',
      queries: [
        { expr: `sum(${series('callfate_streams')})`, legend: 'open' },
        {
          expr: perMinute('', 'callfate_streams_ended_total', 'reason="slow"'),
          legend: 'too slow',
        },
        { expr: perMinute('', 'callfate_streams_refused_total'), legend: 'refused' },
        { expr: perMinute('', 'callfate_stream_calls_skipped_total'), legend: 'calls left out' },
      ],
    },
    {
      kind: 'timeseries',
      title: 'RTCP reports, a minute',
      description:
        'Reports in HEP by what became of them. unknown_call or no_call_id all the time: the sender does not give the Call-ID of the SIP that callfate sees, so that its reports prove nothing.',
      width: 12,
      unit: 'cpm',
      queries: [
        { expr: perMinuteOrNone('result', 'callfate_media_reports_total'), legend: '{{result}}' },
      ],
    },
  ],
};
