/** Recording rules: the ratios of E.425 and RFC 6076, and mean and 95th percentile of durations. */
import { RATIOS } from '../../src/classify/ratios.ts';
import type { RecordingRule, RuleGroup } from './rule.ts';

/** What a value is told by, as the first part of its name says. */
const LEVELS = [['job'], ['job', 'direction'], ['job', 'peer', 'direction']] as const;
/** The short one shows what happens now, the long one is steady enough for few calls. */
const WINDOWS = ['5m', '1h'] as const;

/** A division that leaves a series out where there was nothing to divide by, instead of giving NaN. */
const divide = (above: string, below: string): string => `${above}\n/\n(${below} > 0)`;

function ratioRules(window: string): RecordingRule[] {
  const rates = `job_peer_direction_set:callfate_ratio_attempts:rate${window}`;
  const base = {
    record: rates,
    expr: `sum by (job, peer, direction, set) (rate(callfate_ratio_attempts_total[${window}]))`,
  };
  const ratios = LEVELS.flatMap((labels) =>
    RATIOS.map(({ id, counts, of }) => ({
      record: `${labels.join('_')}:callfate_${id}:ratio_rate${window}`,
      expr: divide(
        `sum by (${labels.join(', ')}) (${rates}{set="${counts}"})`,
        `sum by (${labels.join(', ')}) (${rates}{set="${of}"})`,
      ),
    })),
  );
  return [base, ...ratios];
}

interface Duration {
  /** The short name of the field. */
  readonly id: string;
  readonly metric: string;
  readonly labels: readonly string[];
  /** The first part of the name, where it is not just the labels: the label that tells good from bad is left out. */
  readonly level: string;
  /** False: sum and count alone are counted. */
  readonly buckets: boolean;
}

const LEVEL = 'job_direction';
const PEER_LEVEL = 'job_peer_direction';
const PEER_LABELS = ['job', 'peer', 'direction'];

const DURATIONS: readonly Duration[] = [
  {
    id: 'pdd',
    metric: 'callfate_post_dial_delay_seconds',
    labels: ['job', 'direction'],
    level: LEVEL,
    buckets: true,
  },
  {
    id: 'srd',
    metric: 'callfate_post_dial_delay_seconds',
    labels: ['job', 'direction', 'connected'],
    level: LEVEL,
    buckets: true,
  },
  {
    id: 'ring',
    metric: 'callfate_ring_seconds',
    labels: ['job', 'direction'],
    level: LEVEL,
    buckets: true,
  },
  {
    id: 'acd',
    metric: 'callfate_talk_seconds',
    labels: ['job', 'direction'],
    level: LEVEL,
    buckets: true,
  },
  {
    id: 'sdt',
    metric: 'callfate_session_duration_seconds',
    labels: ['job', 'direction', 'completed'],
    level: LEVEL,
    buckets: true,
  },
  {
    id: 'pdd',
    metric: 'callfate_peer_post_dial_delay_seconds',
    labels: PEER_LABELS,
    level: PEER_LEVEL,
    buckets: false,
  },
  {
    id: 'acd',
    metric: 'callfate_peer_talk_seconds',
    labels: PEER_LABELS,
    level: PEER_LEVEL,
    buckets: false,
  },
];

function durationRules({ id, metric, labels, level, buckets }: Duration, window: string) {
  const by = labels.join(', ');
  const sum = (suffix: string) => `sum by (${by}) (rate(${metric}_${suffix}[${window}]))`;
  const mean = {
    record: `${level}:callfate_${id}_seconds:mean${window}`,
    expr: divide(sum('sum'), sum('count')),
  };
  if (!buckets) return [mean];
  const quantile = `histogram_quantile(0.95, sum by (${by}, le) (rate(${metric}_bucket[${window}])))`;
  return [
    mean,
    {
      record: `${level}:callfate_${id}_seconds:p95_${window}`,
      // A quantile of nothing is NaN.
      expr: `${quantile}\nand\n(${sum('count')} > 0)`,
    },
  ];
}

/** Every recording rule, a group for each kind and window. */
export const RECORDING_GROUPS: readonly RuleGroup[] = WINDOWS.flatMap((window) => [
  { name: `callfate-ratios-${window}`, interval: '30s', rules: ratioRules(window) },
  {
    name: `callfate-durations-${window}`,
    interval: '30s',
    rules: DURATIONS.flatMap((duration) => durationRules(duration, window)),
  },
]);
