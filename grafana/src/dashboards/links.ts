/** Addresses of the dashboards, and links that keep time range and variables. */
import type { DataLink } from './spec.ts';

export const UIDS = {
  overview: 'callfate-overview',
  peer: 'callfate-peer',
  reason: 'callfate-reason',
  call: 'callfate-call',
  health: 'callfate-health',
} as const;

const KEPT =
  '${__url_time_range}&${datasource:queryparam}&${job:queryparam}&${instance:queryparam}';

/** A link that sets one variable there to what was clicked on. */
function link(title: string, uid: string, variable: string, value: string): DataLink {
  return { title, url: `/d/${uid}?${KEPT}&var-${variable}=\${${value}:percentencode}` };
}

/** From a series, or from a row of a table, that has the label. */
export const TO_REASON = {
  series: link('This reason', UIDS.reason, 'reason', '__field.labels.reason'),
  row: link('This reason', UIDS.reason, 'reason', '__data.fields.reason'),
} as const;
export const TO_PEER = {
  series: link('This peer', UIDS.peer, 'peer', '__field.labels.peer'),
  row: link('This peer', UIDS.peer, 'peer', '__data.fields.peer'),
} as const;
export const TO_HEALTH: DataLink = { title: 'Observer health', url: `/d/${UIDS.health}?${KEPT}` };
