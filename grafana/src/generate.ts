/** Every file of `grafana/` that is made out of the tables beside this one; `npm run generate` writes them. */
import { stringify } from 'yaml';
import { dashboardOf } from './dashboards/dashboard.ts';
import { DASHBOARDS } from './dashboards/index.ts';
import { ratiosPage } from './ratios-doc.ts';
import { RECORDING_GROUPS } from './recording.ts';
import type { Output, RuleGroup } from './rule.ts';

const NOTE = '# Generated from grafana/src; `npm run generate` writes it anew.\n';

/** No line is folded, so that what is searched for is found. */
const yaml = (value: unknown): string => `${NOTE}\n${stringify(value, { lineWidth: 0 })}`;

const ruleFile = (groups: readonly RuleGroup[]): string => yaml({ groups });

export const OUTPUTS: readonly Output[] = [
  { path: 'grafana/prometheus/callfate.rules.yaml', text: () => ruleFile(RECORDING_GROUPS) },
  { path: 'docs/ratios.md', text: ratiosPage },
  ...DASHBOARDS.map((spec) => ({
    path: `grafana/dashboards/${spec.uid}.json`,
    text: () => `${JSON.stringify(dashboardOf(spec), null, 2)}\n`,
  })),
];
