import type { Verdict } from '../../classify/outcome.ts';

/** Columns in their order; new ones are appended. Absent facts are empty. */
const COLUMNS: readonly (readonly [string, (v: Verdict) => string | number | boolean | null])[] = [
  ['id', (v) => v.id],
  ['call_id', (v) => v.callId],
  ['legs', (v) => v.legs.length],
  ['direction', (v) => v.direction],
  ['peer_in', (v) => v.peerIn],
  ['peer_out', (v) => v.peerOut],
  ['caller', (v) => v.caller],
  ['callee', (v) => v.callee],
  ['started_at', (v) => v.startedAt],
  ['ringing_at', (v) => v.ringingAt],
  ['answered_at', (v) => v.answeredAt],
  ['ended_at', (v) => v.endedAt],
  ['outcome', (v) => v.outcome],
  ['reason', (v) => v.reason],
  ['attribution', (v) => v.attribution],
  ['stage', (v) => v.stage],
  ['ended_by', (v) => v.endedBy],
  ['connected', (v) => v.connected],
  ['served', (v) => v.served],
  ['certainty', (v) => v.certainty],
  ['sip_status', (v) => v.sip.status],
  ['sip_far_status', (v) => v.sip.farStatus],
  ['q850_cause', (v) => v.q850?.cause ?? null],
  ['post_dial_delay_seconds', (v) => v.timing.postDialDelay],
  ['ring_seconds', (v) => v.timing.ring],
  ['talk_seconds', (v) => v.timing.talk],
  ['total_seconds', (v) => v.timing.total],
];

/** RFC 4180: CRLF behind every line, quotes around what needs them. */
const LINE_END = '\r\n';

export const CSV_HEADER = `${COLUMNS.map(([name]) => name).join(',')}${LINE_END}`;

export function csvLine(verdict: Verdict): string {
  return `${COLUMNS.map(([, value]) => cell(value(verdict))).join(',')}${LINE_END}`;
}

function cell(value: string | number | boolean | null): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  // A spreadsheet takes these for the beginning of a formula; the wire may say anything.
  const text = /^[=+\-@\t\r]/.test(value) && !/^\+?[\d\s().-]+$/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
