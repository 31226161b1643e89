/** Every dashboard, in the order in which people come to them. */
import { CALL_DASHBOARD } from './call.ts';
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
