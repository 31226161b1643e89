/** The same alerts as Grafana provisions them, for those who alert from Grafana and not from Prometheus. */
import { alertGroups } from './alert-rules.ts';
import type { Clock } from './clock.ts';
import type { AlertingRule, RuleGroup } from './rule.ts';

/** The data source that is asked; the provisioned one has this uid. */
const DATASOURCE = 'prometheus';
/** Grafana's own expressions. */
const EXPRESSION = '__expr__';
/** Grafana allows 40 characters. */
const uidOf = (alert: string): string => `cf-${alert.toLowerCase()}`.slice(0, 40);

/** Grafana names the value of a query by its letter. */
const forGrafana = (text: string): string => text.replaceAll('$value', '$values.A.Value');

function ruleOf({ alert, expr, for: held = '0s', labels, annotations }: AlertingRule): object {
  return {
    uid: uidOf(alert),
    title: alert,
    condition: 'B',
    data: [
      {
        refId: 'A',
        relativeTimeRange: { from: 600, to: 0 },
        datasourceUid: DATASOURCE,
        model: { refId: 'A', expr, instant: true, range: false },
      },
      {
        refId: 'B',
        datasourceUid: EXPRESSION,
        // An expression gives a series where it fires, whatever its value: 0 too.
        model: { refId: 'B', type: 'math', expression: 'is_number($A) || is_inf($A)' },
      },
    ],
    noDataState: 'OK',
    execErrState: 'Error',
    for: held,
    labels,
    annotations: Object.fromEntries(
      Object.entries(annotations).map(([name, text]) => [name, forGrafana(text)]),
    ),
    isPaused: false,
  };
}

function groupOf({ name, rules }: RuleGroup): object {
  return {
    orgId: 1,
    name,
    folder: 'callfate',
    // Grafana evaluates no oftener than every 10 s, and in steps of that.
    interval: '1m',
    rules: rules.flatMap((rule) => ('alert' in rule ? [ruleOf(rule)] : [])),
  };
}

export function grafanaAlerts(t: Clock): object {
  return { apiVersion: 1, groups: alertGroups(t).map(groupOf) };
}
