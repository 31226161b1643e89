/** Every dashboard as the text of its file in grafana/dashboards. */
import { CALL_DASHBOARD } from './call.ts';
import { dashboardOf } from './dashboard.ts';
import { HEALTH } from './health.ts';
import { OVERVIEW } from './overview.ts';
import { PEER_DASHBOARD } from './peer.ts';
import { REASON_DASHBOARD } from './reason.ts';
import type { DashboardSpec } from './spec.ts';

export const DASHBOARDS: readonly DashboardSpec[] = [
  OVERVIEW,
  PEER_DASHBOARD,
  REASON_DASHBOARD,
  CALL_DASHBOARD,
  HEALTH,
];

/** Path below grafana/, and text. */
export function dashboardFiles(): readonly { readonly path: string; readonly text: string }[] {
  return DASHBOARDS.map((spec) => ({
    path: `dashboards/${spec.uid}.json`,
    text: `${JSON.stringify(dashboardOf(spec), null, 2)}\n`,
  }));
}
