/** Series that alert rules compare with their own past, recorded so that looking days back is cheap. */
import { FAILED_OUTCOMES } from '../../src/classify/ratios.ts';
import type { Clock } from './clock.ts';
import type { RecordingRule, RuleGroup } from './rule.ts';

/** Minutes of the present. Long enough for ten failures of a small site, short enough to call somebody in time. */
export const NOW = 10;

/** Names by what they hold; `for` of them in `alerts.ts`. */
export const INPUTS = {
  failures: 'job_instance_reason:callfate_failures:increase10m',
  peerFailures: 'job_instance_peer:callfate_failures:increase10m',
  abandoned: 'job_instance:callfate_abandoned:increase10m',
  lost: 'job_instance:callfate_lost:increase10m',
  ended: 'job_instance:callfate_attempts_ended:increase10m',
  decided: 'job_instance:callfate_decided:increase10m',
  peerDecided: 'job_instance_peer:callfate_decided:increase10m',
  sets: 'job_instance_direction_set:callfate_ratio_attempts:increase10m',
  started: 'job_instance:callfate_attempts_started:increase10m',
} as const;

function rules(t: Clock): readonly RecordingRule[] {
  const sum = (by: string, selector: string): string =>
    `sum by (job, instance${by}) (increase(${selector}[${t(NOW)}]))`;
  const failures = `outcome=~"${FAILED_OUTCOMES.join('|')}"`;
  const decided = 'callfate_ratio_attempts_total{set="decided"}';
  return [
    {
      record: INPUTS.failures,
      expr: sum(
        ', outcome, reason, attribution',
        `callfate_attempts_ended_total{${failures},reason!="unsolicited"}`,
      ),
    },
    {
      record: INPUTS.peerFailures,
      // From the same calls as `peerDecided`: those of scanners are in neither.
      expr: sum(', peer', 'callfate_ratio_attempts_total{peer!="other",set="failed"}'),
    },
    {
      record: INPUTS.abandoned,
      expr: sum('', 'callfate_attempts_ended_total{outcome="abandoned"}'),
    },
    {
      record: INPUTS.lost,
      expr: sum('', 'callfate_attempts_ended_total{outcome="lost",reason!="observer_stopped"}'),
    },
    { record: INPUTS.ended, expr: sum('', 'callfate_attempts_ended_total') },
    { record: INPUTS.decided, expr: sum('', decided) },
    { record: INPUTS.peerDecided, expr: sum(', peer', decided) },
    { record: INPUTS.sets, expr: sum(', direction, set', 'callfate_ratio_attempts_total') },
    { record: INPUTS.started, expr: sum('', 'callfate_attempts_started_total') },
  ];
}

export function inputGroup(t: Clock): RuleGroup {
  return { name: 'callfate-alert-inputs', interval: t(0.5), rules: rules(t) };
}
