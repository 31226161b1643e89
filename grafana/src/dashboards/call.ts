/** One call: its verdict, the evidence, and where to see its messages. */
import { UIDS } from './links.ts';
import { latestCalls, listOf, VERDICT_LINE, VOCABULARIES, WHOLE_LINE } from './logs.ts';
import { FAULTS, perMinute } from './queries.ts';
import type { DashboardSpec } from './spec.ts';
import { API, CALL_ID, LOGS, LOKI, NORMAL, SCOPE_VARIABLES } from './variables.ts';

const NO_LINE =
  'Empty: write a Call-ID above, widen the time range, or see whether Loki has the log. With redacted numbers a Call-ID that holds a number stands in the log with a hash in its place: search by it.';

export const CALL_DASHBOARD: DashboardSpec = {
  uid: UIDS.call,
  title: 'callfate: one call',
  description: 'One call by its Call-ID: its verdict, the evidence, and where to see its messages.',
  variables: [...SCOPE_VARIABLES, LOKI, LOGS, CALL_ID, API, NORMAL],
  sections: [
    {
      title: 'The call',
      panels: [
        {
          kind: 'text',
          title: 'Where else to look',
          description: 'callfate itself knows its recent calls, with their messages.',
          width: 24,
          height: 4,
          markdown: [
            'Call-ID: `${call_id}`',
            '',
            '- [Live page of callfate](${api}/#/search?q=${call_id:percentencode}): the ladder of its messages, with the deciding one marked',
            '- [The same as JSON](${api}/v1/calls?callId=${call_id:percentencode})',
          ].join('\n'),
        },
        {
          kind: 'logs',
          title: 'Verdict',
          description: `How the call ended, why, whose doing it was and who ended it. ${NO_LINE}`,
          width: 24,
          height: 5,
          queries: [{ expr: VERDICT_LINE, legend: '' }],
        },
        {
          kind: 'logs',
          title: 'Evidence',
          description: `What was seen, in which message, and which of it decided and why. ${NO_LINE}`,
          width: 12,
          height: 14,
          pretty: true,
          queries: [{ expr: listOf('evidence'), legend: '' }],
        },
        {
          kind: 'logs',
          title: 'Everything the log says',
          description: `The whole line, as docs/verdicts.md explains it. ${NO_LINE}`,
          width: 12,
          height: 14,
          pretty: true,
          queries: [{ expr: WHOLE_LINE, legend: '' }],
        },
        {
          kind: 'logs',
          title: 'Branches',
          description: `Each INVITE transaction towards a next hop, with its peer, final status and cause: failover and forks. ${NO_LINE}`,
          width: 8,
          height: 8,
          pretty: true,
          queries: [{ expr: listOf('branches'), legend: '' }],
        },
        {
          kind: 'logs',
          title: 'Evidence that disagreed',
          description: `Pairs of which one won. An empty list: all agreed. ${NO_LINE}`,
          width: 8,
          height: 8,
          pretty: true,
          queries: [{ expr: listOf('conflicts'), legend: '' }],
        },
        {
          kind: 'logs',
          title: "In vendors' words",
          description: `What each enabled vocabulary calls this ending. ${NO_LINE}`,
          width: 8,
          height: 8,
          pretty: true,
          queries: [{ expr: VOCABULARIES, legend: '' }],
        },
      ],
    },
    {
      title: 'Find one',
      panels: [
        {
          kind: 'timeseries',
          title: 'Faults a minute, with the Call-ID of some',
          description:
            'Each diamond is the Call-ID of a call that ended by a fault: point at it and follow its link to come back here with that call. Needs exemplar storage in Prometheus and the link in the data source, as provisioned. A Call-ID that is too long for OpenMetrics has none.',
          width: 12,
          height: 10,
          unit: 'cpm',
          queries: [
            {
              expr: `${perMinute('reason', 'callfate_attempts_ended_total', FAULTS)} > 0`,
              legend: '{{reason}}',
              exemplars: true,
            },
          ],
        },
        {
          kind: 'logs',
          title: 'Latest calls that ended by a fault',
          description:
            'One line a call, out of the log in Loki. Open a line and follow its Call-ID. Empty without Loki, or when Log stream does not name the log of callfate.',
          width: 12,
          queries: [{ expr: latestCalls('abnormal="true"'), legend: '' }],
        },
      ],
    },
  ],
  from: 'now-6h',
};
