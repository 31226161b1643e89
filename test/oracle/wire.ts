/** From the parts of a SIP message to its bytes, in the several spellings that RFC 3261 §7.3 allows. */

export interface Via {
  readonly transport: string;
  readonly sentBy: string;
  readonly branch: string;
}

export interface Draft {
  readonly startLine: string;
  /** Top first. */
  readonly vias: readonly Via[];
  readonly from: string;
  readonly to: string;
  readonly callId: string;
  readonly cseq: number;
  readonly method: string;
  readonly headers: readonly Header[];
  readonly body: string | null;
}

export type Header = readonly [name: string, value: string];

export interface Spelling {
  readonly names: 'canonical' | 'compact' | 'lower';
  readonly eol: '\r\n' | '\n';
  /** Breaks From, Via and Reason at their first parameter (RFC 3261 §7.3.1). */
  readonly folded: boolean;
  /** All Vias in one line, divided by commas. */
  readonly viaList: boolean;
}

const COMPACT: Readonly<Record<string, string>> = {
  Via: 'v',
  From: 'f',
  To: 't',
  'Call-ID': 'i',
  Contact: 'm',
  'Content-Type': 'c',
  'Content-Length': 'l',
  Supported: 'k',
};
const FOLDED = new Set(['Via', 'From', 'Reason']);

export function encode(draft: Draft, spelling: Spelling): Buffer {
  const { eol } = spelling;
  const vias = draft.vias.map(viaText);
  const lines: Header[] = [
    ...(spelling.viaList ? [vias.join(', ')] : vias).map((value): Header => ['Via', value]),
    ['From', draft.from],
    ['To', draft.to],
    ['Call-ID', draft.callId],
    ['CSeq', `${draft.cseq} ${draft.method}`],
    ...draft.headers,
  ];
  const type = draft.method === 'NOTIFY' ? 'message/sipfrag;version=2.0' : 'application/sdp';
  if (draft.body !== null) lines.push(['Content-Type', type]);
  lines.push(['Content-Length', String(draft.body === null ? 0 : draft.body.length)]);
  const head = lines.map(([name, value]) => headerLine(name, value, spelling)).join(eol);
  return Buffer.from(`${draft.startLine}${eol}${head}${eol}${eol}${draft.body ?? ''}`, 'latin1');
}

function headerLine(name: string, value: string, { names, folded, eol }: Spelling): string {
  const compact = names === 'compact' ? COMPACT[name] : undefined;
  const spelt = names === 'lower' ? name.toLowerCase() : (compact ?? name);
  const semicolon = value.indexOf(';');
  const fold = folded && FOLDED.has(name) && semicolon > 0;
  const text = fold ? `${value.slice(0, semicolon)}${eol} ${value.slice(semicolon)}` : value;
  return `${spelt}: ${text}`;
}

function viaText({ transport, sentBy, branch }: Via): string {
  return `SIP/2.0/${transport} ${sentBy};branch=${branch};rport`;
}

/** A session description; `hold` offers `a=sendonly` or `a=inactive` (RFC 3264 §8.4). */
export function sdp(host: string, version: number, direction: string): string {
  return [
    'v=0',
    `o=- 1000 ${version} IN IP4 ${host}`,
    's=-',
    `c=IN IP4 ${host}`,
    't=0 0',
    'm=audio 40000 RTP/AVP 8 101',
    'a=rtpmap:8 PCMA/8000',
    'a=rtpmap:101 telephone-event/8000',
    `a=${direction}`,
    '',
  ].join('\r\n');
}

export const PHRASES: Readonly<Record<number, string>> = {
  100: 'Trying',
  180: 'Ringing',
  181: 'Call Is Being Forwarded',
  182: 'Queued',
  183: 'Session Progress',
  200: 'OK',
  302: 'Moved Temporarily',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  407: 'Proxy Authentication Required',
  408: 'Request Timeout',
  410: 'Gone',
  422: 'Session Interval Too Small',
  480: 'Temporarily Unavailable',
  481: 'Call/Transaction Does Not Exist',
  483: 'Too Many Hops',
  484: 'Address Incomplete',
  486: 'Busy Here',
  487: 'Request Terminated',
  488: 'Not Acceptable Here',
  491: 'Request Pending',
  500: 'Server Internal Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Server Time-out',
  600: 'Busy Everywhere',
  603: 'Decline',
  604: 'Does Not Exist Anywhere',
  606: 'Not Acceptable',
  607: 'Unwanted',
  608: 'Rejected',
};
