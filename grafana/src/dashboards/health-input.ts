/** Observer health: what arrives, and from where. */
import { littleIsGood } from './colours.ts';
import { perMinute, perMinuteOrNone, scoped, series } from './queries.ts';
import type { Section } from './spec.ts';

export const INPUT: Section = {
  title: 'What arrives',
  panels: [
    {
      kind: 'timeseries',
      title: 'SIP messages a minute, by source',
      description:
        'Messages read. A source that falls to 0 while calls go on has stopped sending copies: look at the tracing of that PBX.',
      width: 8,
      unit: 'mpm',
      stacked: true,
      queries: [
        {
          expr: perMinute('source', 'callfate_input_messages_total'),
          legend: '{{source}}',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Frames a minute, by source',
      description:
        'WebSocket messages and HEP packets, whatever is in them. More frames than messages: see what is not ours or malformed.',
      width: 8,
      unit: 'cpm',
      queries: [{ expr: perMinute('source', 'callfate_input_frames_total'), legend: '{{source}}' }],
    },
    {
      kind: 'timeseries',
      title: 'Seen before, a minute',
      description:
        'copy: another agent or hop showed the same message, which is normal with two taps. retransmission: its sender sent it again, so somebody did not answer in time.',
      width: 8,
      unit: 'mpm',
      queries: [
        {
          expr: perMinuteOrNone('source, kind', 'callfate_input_duplicates_total'),
          legend: '{{source}} {{kind}}',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Not ours, a minute',
      description:
        'Sound input that is not about a call: keep-alives, other methods, RTP, other protocols. No reason to act, unless it is most of the input: then filter it at the sender.',
      width: 8,
      unit: 'cpm',
      queries: [
        {
          expr: perMinuteOrNone('source, reason', 'callfate_input_not_ours_total'),
          legend: '{{source}} {{reason}}',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Malformed, a minute',
      description:
        'Input that breaks its own format. Some: scanners and broken telephones. Much from one source: its capture agent speaks another protocol or version; docs/sources.md tells the reasons apart.',
      width: 8,
      unit: 'cpm',
      queries: [
        {
          expr: perMinuteOrNone('source, reason', 'callfate_input_malformed_total'),
          legend: '{{source}} {{reason}}',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Messages that fit no call, a minute',
      description:
        'Orphans: a dialog whose INVITE was not seen. After a start these are the calls that were up already; later on one direction is not copied. Stragglers: a call that had ended; a steady stream is a capture agent that lags. Clock: capture times that were ignored, mend that clock.',
      width: 8,
      unit: 'mpm',
      queries: [
        { expr: perMinuteOrNone('signal', 'callfate_orphans_total'), legend: 'orphan {{signal}}' },
        { expr: perMinute('', 'callfate_stragglers_total'), legend: 'straggler' },
        { expr: perMinute('', 'callfate_capture_time_rejected_total'), legend: 'clock' },
      ],
    },
    {
      kind: 'stat',
      title: 'Live capture',
      description:
        'Whether a live capture runs, and whether through a ring. None: none is configured. Off: it ended; it begins again, and the log says why it ended.',
      width: 4,
      unit: 'short',
      queries: [
        {
          expr: `${series('callfate_capture_running')} + ${series('callfate_capture_ring')} - (${series('callfate_capture_configured')} == bool 0)`,
          legend: '{{instance}}',
        },
      ],
      texts: { '-1': 'none', '0': 'off', '1': 'runs', '2': 'runs, ring' },
    },
    {
      kind: 'stat',
      title: 'Receive buffer',
      description:
        'Socket buffer that the kernel gave. Less than hep.udp.receiveBufferBytes: bursts may be dropped; raise net.core.rmem_max and restart callfate.',
      width: 5,
      unit: 'bytes',
      queries: [
        { expr: series('callfate_receive_buffer_bytes'), legend: '{{instance}} {{source}}' },
      ],
    },
    {
      kind: 'stat',
      title: 'Series budget used',
      description:
        'Series that the configuration can make, as a share of limits.series. A reload that would make more is refused: fewer peers, number groups or vocabularies, or a higher limit.',
      width: 5,
      unit: 'percentunit',
      queries: [
        {
          expr: `${series('callfate_series')} / ${series('callfate_series_limit')}`,
          legend: '{{instance}}',
        },
      ],
      steps: littleIsGood(0.9, 1),
    },
    {
      kind: 'stat',
      title: 'Samples a scrape',
      description:
        'All series of the last scrape, those of Node and the process among them. Prometheus keeps each of them.',
      width: 5,
      unit: 'short',
      queries: [{ expr: scoped('scrape_samples_scraped'), legend: '{{instance}}' }],
    },
    {
      kind: 'stat',
      title: 'Scrape takes',
      description:
        'Duration of a scrape as Prometheus sees it. Near its scrape_timeout: fewer peers, or a longer time-out.',
      width: 5,
      unit: 's',
      queries: [{ expr: scoped('scrape_duration_seconds'), legend: '{{instance}}' }],
    },
  ],
};
