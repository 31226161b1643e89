/** LogQL over callfate's log: one JSON line for each call, `msg` "call ended". */

/** `raw`: as written, quotes and all. */
const STREAM = '{${logs:raw}}';
/** Put in quotes by Grafana, so that no Call-ID can break the query. */
const CALL_ID = '${call_id:doublequote}';
const ENDED = 'msg="call ended"';

/** A verdict in one line, of fields as Loki's `json` names them. */
const IN_WORDS =
  '{{.outcome}}: {{.reason}} | {{.attribution}} | {{.stage}} | ended by {{.endedBy}} | {{.certainty}} | {{.direction}} {{.peerIn}} to {{.peerOut}} | status {{.sip_status}} cause {{.q850_cause}} | {{.timing_total}} s | {{.callId}}';

/** Of calls that ended and fulfil the condition, a line each. */
export function latestCalls(condition: string): string {
  return `${STREAM} | json | ${ENDED} | ${condition} | line_format \`${IN_WORDS}\``;
}

const OF_CALL = `${STREAM} |= ${CALL_ID} | json | ${ENDED} | callId=${CALL_ID}`;

/** The verdict on the chosen call, in one line. */
export const VERDICT_LINE = `${OF_CALL} | line_format \`${IN_WORDS}\``;
/** All that the log says of the chosen call. */
export const WHOLE_LINE = OF_CALL;

/** One list of the chosen call's verdict, which `json` alone leaves out. */
export function listOf(field: 'evidence' | 'conflicts' | 'branches' | 'stages'): string {
  return `${OF_CALL} | json list="${field}" | line_format \`{{.list}}\``;
}

/** What every vocabulary calls it: an object, so it is asked for by name too. */
export const VOCABULARIES = `${OF_CALL} | json list="vocabularies" | line_format \`{{.list}}\``;
