/** The variables above the panels. Those of several dashboards have one name, so that links keep them. */
import { NORMAL_REASONS } from './queries.ts';
import type { NamedVariable } from './spec.ts';

const SCOPED = 'job=~"$job",instance=~"$instance"';

/** On every dashboard. */
export const SCOPE_VARIABLES: readonly NamedVariable[] = [
  {
    label: 'Prometheus',
    description: 'The data source that scrapes callfate.',
    spec: { kind: 'datasource', name: 'datasource', plugin: 'prometheus' },
  },
  {
    label: 'Job',
    description: 'Scrape job of callfate. Ratios are recorded for each job as a whole.',
    spec: { kind: 'label', name: 'job', series: 'callfate_build_info', multi: true },
  },
  {
    label: 'Instance',
    description: 'One sidecar. Ratios, which are recorded, do not tell instances apart.',
    spec: {
      kind: 'label',
      name: 'instance',
      series: 'callfate_build_info{job=~"$job"}',
      multi: true,
    },
  },
];

export const DIRECTION: NamedVariable = {
  label: 'Direction',
  description: 'Which way calls went, from the roles of the peers.',
  spec: {
    kind: 'label',
    name: 'direction',
    series: `callfate_peer_attempts_ended_total{${SCOPED}}`,
    multi: true,
  },
};

export const PEER: NamedVariable = {
  label: 'Peer',
  description:
    'The peer on the carrier side, as configured; `other` is any address that no peer lists.',
  spec: {
    kind: 'label',
    name: 'peer',
    series: `callfate_peer_attempts_ended_total{${SCOPED}}`,
    multi: true,
  },
};

export const REASON: NamedVariable = {
  label: 'Reason',
  description: 'Why calls ended: a row of the reason table.',
  spec: {
    kind: 'label',
    name: 'reason',
    series: `callfate_attempts_ended_total{${SCOPED},outcome!="answered_elsewhere"}`,
    multi: true,
  },
};

/** Length of the window that a recorded ratio looks back over. */
export const WINDOW: NamedVariable = {
  label: 'Ratio over',
  description: 'Window of the recorded ratios. With few calls an hour says more than five minutes.',
  spec: { kind: 'choice', name: 'window', values: ['5m', '1h'] },
};

/** Never seen by a user: it keeps the queries that want faults readable. */
export const NORMAL: NamedVariable = {
  label: 'Not a fault',
  description: 'Reasons of faulty outcomes that are no fault themselves.',
  spec: { kind: 'hidden', name: 'normal', value: NORMAL_REASONS },
};

export const LOKI: NamedVariable = {
  label: 'Loki',
  description: 'The data source with the log lines of callfate.',
  spec: { kind: 'datasource', name: 'loki', plugin: 'loki' },
};

export const LOGS: NamedVariable = {
  label: 'Log stream',
  description: 'Labels by which Loki finds the log of callfate, as its shipper sets them.',
  spec: { kind: 'text', name: 'logs', initial: 'job="callfate"' },
};

export const CALL_ID: NamedVariable = {
  label: 'Call-ID',
  description: 'Of the call to look at, as the log line has it.',
  spec: { kind: 'text', name: 'call_id', initial: '' },
};

export const API: NamedVariable = {
  label: 'callfate at',
  description: "Address of callfate's HTTP listener, as your browser reaches it.",
  spec: { kind: 'text', name: 'api', initial: 'http://127.0.0.1:9606' },
};
