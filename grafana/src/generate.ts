/** Every file that is made out of the tables beside this one; `npm run generate` writes them. */
import { stringify } from 'yaml';
import { alertGroups } from './alert-rules.ts';
import { alertmanagerConfig } from './alertmanager.ts';
import { clock } from './clock.ts';
import { dashboardOf } from './dashboards/dashboard.ts';
import { DASHBOARDS } from './dashboards/index.ts';
import { dashboardsPage } from './dashboards/page.ts';
import { grafanaAlerts } from './grafana-alerts.ts';
import { inputGroup } from './inputs.ts';
import { ratiosPage } from './ratios-doc.ts';
import { RECORDING_GROUPS } from './recording.ts';
import type { Output } from './rule.ts';
import { runbooksPage } from './runbooks.ts';
import { runbooksModule } from './runbooks-html.ts';

const NOTE = '# Generated from grafana/src; `npm run generate` writes it anew.\n';

/** No line is folded, so that what is searched for is found. */
const yaml = (value: unknown): string => `${NOTE}\n${stringify(value, { lineWidth: 0 })}`;

/** The files of Prometheus and Alertmanager; `minute`: seconds that a minute of theirs takes, see clock.ts. */
export function ruleFiles(minute = 60, webhook = 'http://127.0.0.1:9095/alerts') {
  const t = clock(minute);
  return {
    recording: yaml({ groups: [...RECORDING_GROUPS, inputGroup(t)] }),
    alerts: yaml({ groups: alertGroups(t) }),
    alertmanager: yaml(alertmanagerConfig(t, webhook)),
  };
}

export const OUTPUTS: readonly Output[] = [
  { path: 'grafana/prometheus/callfate.rules.yaml', text: () => ruleFiles().recording },
  { path: 'grafana/prometheus/callfate.alerts.yaml', text: () => ruleFiles().alerts },
  { path: 'grafana/alertmanager/callfate.yaml', text: () => ruleFiles().alertmanager },
  {
    path: 'grafana/provisioning/alerting/callfate.yaml',
    text: () => yaml(grafanaAlerts(clock())),
  },
  { path: 'docs/ratios.md', text: ratiosPage },
  { path: 'docs/runbooks.md', text: runbooksPage },
  { path: 'src/api/runbooks-document.ts', text: runbooksModule },
  { path: 'docs/dashboards.md', text: dashboardsPage },
  ...DASHBOARDS.map((spec) => ({
    path: `grafana/dashboards/${spec.uid}.json`,
    text: () => `${JSON.stringify(dashboardOf(spec), null, 2)}\n`,
  })),
];
