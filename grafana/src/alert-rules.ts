/** The table of alerts as rules of Prometheus. */
import { REASONS } from '../../src/classify/reasons.ts';
import type { Alert } from './alert.ts';
import { OUTCOME_ALERTS, TRAFFIC_ALERTS } from './alerts.ts';
import type { Clock } from './clock.ts';
import { OBSERVER_ALERTS } from './observer-alerts.ts';
import type { AlertingRule, RuleGroup } from './rule.ts';

export const ALERTS: readonly Alert[] = [...OUTCOME_ALERTS, ...TRAFFIC_ALERTS, ...OBSERVER_ALERTS];

/** Every sidecar hands out the runbooks of its version; of one that cannot be reached, the file has to do. */
export const RUNBOOKS = {
  served: 'http://{{ $labels.instance }}/runbooks',
  file: 'docs/runbooks.md',
};

export interface Advice {
  readonly cause: string;
  readonly step: string;
}

/** An advice of the reason table says what is wrong, a colon, and what to do. */
export function adviceOf(reason: string): Advice {
  const row = REASONS.find(({ id }) => id === reason);
  if (row === undefined) throw new Error(`no reason ${reason}`);
  const [cause = '', ...rest] = row.advice.split(': ');
  const step = rest.join(': ');
  if (step === '') throw new Error(`the advice of ${reason} names no step`);
  const said = step.charAt(0).toUpperCase() + step.slice(1);
  // What people choose or are needs no action, call by call; many at once are what the alert is about.
  if (cause === 'No action') {
    return { cause: said, step: 'None for one call; of many, look at who is called and by whom.' };
  }
  return { cause: `${cause}.`, step: said };
}

/** What the label `reason` stands for, as a template of Go, which Prometheus and Grafana share. */
function choice(reasons: readonly string[], pick: keyof Advice): string {
  const arms = reasons.map((reason, i) => {
    const test = `{{ ${i === 0 ? 'if' : 'else if'} eq $labels.reason "${reason}" }}`;
    return `${test}${adviceOf(reason)[pick]}`;
  });
  return `${arms.join('')}{{ end }}`;
}

function annotationsOf({
  name,
  summary,
  advice,
  unreachable = false,
}: Alert): Record<string, string> {
  const pick = (part: keyof Advice): string => {
    if (advice.by === 'label') return choice(advice.reasons, part);
    return (advice.by === 'reason' ? adviceOf(advice.reason) : advice)[part];
  };
  return {
    summary,
    cause: pick('cause'),
    first_step: pick('step'),
    runbook_url: `${unreachable ? RUNBOOKS.file : RUNBOOKS.served}#${name.toLowerCase()}`,
  };
}

function ruleOf(alert: Alert, t: Clock): AlertingRule {
  const { name, kind, severity } = alert;
  return {
    alert: name,
    expr: alert.expr(t),
    ...(alert.for > 0 ? { for: t(alert.for) } : {}),
    labels: { severity, kind },
    annotations: annotationsOf(alert),
  };
}

export function alertGroups(t: Clock): readonly RuleGroup[] {
  const group = (name: string, alerts: readonly Alert[]): RuleGroup => ({
    name,
    interval: t(0.5),
    rules: alerts.map((alert) => ruleOf(alert, t)),
  });
  return [
    group('callfate-outcomes', [...OUTCOME_ALERTS, ...TRAFFIC_ALERTS]),
    group('callfate-observer', OBSERVER_ALERTS),
  ];
}
