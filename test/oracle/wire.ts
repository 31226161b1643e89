import { type Oddity, otherCase } from './oddities.ts';

/** From the parts of a SIP message to its bytes, in the several spellings that RFC 3261 §7.3 allows. */

export interface Via {
  readonly transport: string;
  readonly sentBy: string;
  /** Null: none, as in RFC 2543; all are one's own there. */
  readonly branch: string | null;
  /** What the next hop added (RFC 3261 §18.2.1, RFC 3581 §4), and what else stands there. */
  readonly params: string;
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
  readonly oddities: ReadonlySet<Oddity>;
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

/** `datagram`: one message in each, so that its length is that of the datagram (RFC 3261 §18.3). */
export function encode(draft: Draft, spelling: Spelling, datagram: boolean): Buffer {
  const { eol, oddities } = spelling;
  const texts = draft.vias.map((via) => viaText(via, oddities));
  const vias = (spelling.viaList ? [texts.join(', ')] : texts).map(
    (value): Header => ['Via', value],
  );
  const last = oddities.has('vias-last');
  const lines: Header[] = [
    ...(oddities.has('filler') ? FILLER : []),
    ...(last ? [] : vias),
    ['From', spaced(draft.from, oddities)],
    ['To', spaced(draft.to, oddities)],
    ['Call-ID', draft.callId],
    ['CSeq', `${draft.cseq}${oddities.has('spacious') ? ' \t' : ' '}${draft.method}`],
    ...draft.headers,
    ...(last ? vias : []),
  ];
  const type = draft.method === 'NOTIFY' ? 'message/sipfrag;version=2.0' : 'application/sdp';
  if (draft.body !== null) lines.push(['Content-Type', type]);
  const odd = draft.body !== null && draft.method !== 'NOTIFY' && oddities.has('header-body');
  const body = odd ? `${draft.body}${BODY}` : (draft.body ?? '');
  const bare = datagram && oddities.has('no-length');
  if (!bare) lines.push(['Content-Length', String(body.length)]);
  const behind = datagram && !bare && oddities.has('trailing') ? '\r\n\0\0\0' : '';
  const head = lines.map(([name, value]) => headerLine(name, value, spelling)).join(eol);
  return Buffer.from(`${draft.startLine}${eol}${head}${eol}${eol}${body}${behind}`, 'latin1');
}

/** More than 8 KiB of headers that nobody reads. */
const FILLER: readonly Header[] = Array.from({ length: 100 }, (_, i) => [
  `X-Filler-${i}`,
  `Via: SIP/2.0/UDP ${'x'.repeat(70)};branch=z9hG4bKno;tag=no`,
]);
/** Lines of a body that look like headers. */
const BODY =
  'a=x\r\n\r\nVia: SIP/2.0/UDP 1.2.3.4;branch=z9hG4bKno\r\nCSeq: 7 BYE\r\nReason: Q.850;cause=17\r\n';

/** White space around what divides a tag from its address. */
function spaced(value: string, oddities: ReadonlySet<Oddity>): string {
  return oddities.has('spacious') ? value.replace(/;tag=(?=[^;"<>]*$)/, ' ;\tTAG = ') : value;
}

function headerLine(name: string, value: string, spelling: Spelling): string {
  const { names, folded, eol, oddities } = spelling;
  const compact = names === 'compact' ? COMPACT[name] : undefined;
  const mixed = oddities.has('mixed-names') ? otherCase(name) : name;
  const spelt = names === 'lower' ? name.toLowerCase() : (compact ?? mixed);
  if (oddities.has('folded-all')) return `${spelt}:${eol}\t${value}`;
  const semicolon = value.indexOf(';');
  const fold = folded && FOLDED.has(name) && semicolon > 0;
  const text = fold ? `${value.slice(0, semicolon)}${eol} ${value.slice(semicolon)}` : value;
  const colon = oddities.has('spacious') ? '\t: \t' : oddities.has('tight') ? ':' : ': ';
  return `${spelt}${colon}${text}`;
}

function viaText(via: Via, oddities: ReadonlySet<Oddity>): string {
  const { transport, sentBy, branch, params } = via;
  const own = branch === null ? '' : `;branch=${branch}`;
  if (!oddities.has('spacious')) return `SIP/2.0/${transport} ${sentBy}${own}${params}`;
  return `SIP / 2.0 / ${transport} ${sentBy}${`${params}${own}`.replace(/;/g, ' ; ').replace(/=/g, ' = ')}`;
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
