/** Observer health: who is connected, and who was refused. */
import { NONE_IS_GOOD } from './colours.ts';
import { perMinute, perMinuteOrNone, series } from './queries.ts';
import type { Section } from './spec.ts';

export const LISTENERS: Section = {
  title: 'Who is connected, who was refused',
  panels: [
    {
      kind: 'timeseries',
      title: 'Connections',
      description:
        'Open connections of the WebSocket mirror, the relay, and of HEP senders. A fall of the relay means that browsers lost their way to the PBX.',
      width: 8,
      unit: 'short',
      queries: [
        { expr: `sum(${series('callfate_websocket_connections')})`, legend: 'mirror' },
        { expr: `sum(${series('callfate_relay_connections')})`, legend: 'relay' },
        { expr: `sum by (source) (${series('callfate_hep_connections')})`, legend: '{{source}}' },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Relay upgrades a minute',
      description:
        'Browsers that asked for the PBX, by what became of them. unreachable or timeout: the PBX does not answer. limit: raise relay.maxConnections. refused_upstream: the PBX said no.',
      width: 8,
      unit: 'cpm',
      queries: [
        { expr: perMinuteOrNone('result', 'callfate_relay_upgrades_total'), legend: '{{result}}' },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Relayed connections closed, a minute',
      description:
        'By the end that closed first, and its close code. 1006 from client: browsers vanish, which is their network. From upstream: the PBX drops them.',
      width: 8,
      unit: 'cpm',
      queries: [
        {
          expr: perMinute('side, code', 'callfate_relay_closes_total'),
          legend: '{{side}} {{code}}',
        },
      ],
    },
    {
      kind: 'timeseries',
      title: 'Refused, a minute',
      description:
        'WebSocket upgrades, HEP connections, HTTP and context requests without the right credential, path or certificate, and TLS handshakes that failed. A steady stream is a client with an old token; a burst is somebody who tries.',
      width: 12,
      unit: 'cpm',
      queries: [
        {
          expr: perMinuteOrNone('reason', 'callfate_websocket_rejected_total'),
          legend: 'mirror {{reason}}',
        },
        {
          expr: perMinuteOrNone('source, reason', 'callfate_hep_rejected_total'),
          legend: '{{source}} {{reason}}',
        },
        {
          expr: perMinuteOrNone('reason', 'callfate_http_rejected_total'),
          legend: 'http {{reason}}',
        },
        {
          expr: perMinuteOrNone('reason', 'callfate_context_requests_refused_total'),
          legend: 'context {{reason}}',
        },
        {
          expr: perMinuteOrNone('listener', 'callfate_tls_handshake_failures_total'),
          legend: 'tls {{listener}}',
        },
      ],
    },
    {
      kind: 'stat',
      title: 'Certificates end in',
      description:
        'Time until the certificate in use of each TLS listener expires. Negative: clients refuse it. No data: no listener speaks TLS.',
      width: 6,
      height: 8,
      unit: 's',
      queries: [
        {
          expr: `${series('callfate_tls_certificate_expiry_timestamp_seconds')} - time()`,
          legend: '{{listener}}',
        },
      ],
      steps: [
        { at: null, colour: 'red' },
        { at: 3 * 86_400, colour: 'orange' },
        { at: 14 * 86_400, colour: 'green' },
      ],
    },
    {
      kind: 'stat',
      title: 'Certificates not usable',
      description:
        'Changed certificate files that could not be read, in this time range, about. The old certificate stays in use: its log line says what is wrong with the file.',
      width: 6,
      height: 8,
      unit: 'short',
      queries: [
        {
          expr: `sum by (listener) (increase(${series('callfate_tls_certificate_loads_total', 'result="failed"')}[$__range]))`,
          legend: '{{listener}}',
        },
      ],
      steps: NONE_IS_GOOD,
    },
  ],
};
