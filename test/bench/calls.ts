/**
 * The calls of the benchmark: the common endings of calls through one proxy that reports both of its hops over HEP.
 * Every message is a template, made once; a call is told from the next by one number of eight digits that stands in its
 * Call-ID, tags, branches and called number.
 */
import { encodeHep } from '../support/hep.ts';

/** What every call writes its own number over. */
const SERIAL = '########';
export const SERIAL_DIGITS = SERIAL.length;

/** One message as a HEP packet, with the places that differ from call to call. */
export interface Template {
  readonly bytes: Buffer;
  /** The SIP message alone: offsets in `bytes`. */
  readonly sipStart: number;
  readonly sipEnd: number;
  /** Offsets of the call's number. */
  readonly serials: readonly number[];
  /** Offset of the seconds of the capture time; the microseconds stand 10 bytes behind them. */
  readonly time: number;
}

/** A kind of call. Messages of one burst follow each other at once; between bursts other calls have their turn. */
export interface Shape {
  readonly name: string;
  /** What it is judged as. */
  readonly outcome: string;
  /** Share among all calls, percent. */
  readonly weight: number;
  readonly bursts: readonly (readonly Template[])[];
  /** Number of bursts after which people talk; 0: never. */
  readonly talkAt: number;
}

const CALLER = '10.0.0.1:5060';
const PROXY = '10.0.0.2:5060';
const CARRIERS = { b: '10.0.0.11:5060', c: '10.0.0.12:5060' } as const;

/** Hop `a`: caller and proxy; `b` and `c`: proxy and a carrier. */
type Hop = 'a' | 'b' | 'c';

interface Line {
  readonly hop: Hop;
  readonly toCallee: boolean;
  readonly method: string;
  /** 0: a request. */
  readonly status: number;
  readonly reason: string | null;
  /** Of the INVITE that this belongs to. */
  readonly cseq: number;
}

const SET_UP = [
  ['a> INVITE', 'a< 100 INVITE', 'b> INVITE'],
  ['b< 180 INVITE', 'a< 180 INVITE'],
] as const;
const ANSWER = ['b< 200 INVITE', 'a< 200 INVITE', 'a> ACK', 'b> ACK'] as const;
const BYE_OF_CALLER = ['a> BYE', 'b> BYE', 'b< 200 BYE', 'a< 200 BYE'] as const;
const BYE_OF_CALLEE = ['b< BYE', 'a< BYE', 'a> 200 BYE', 'b> 200 BYE'] as const;
const CLEARED = '|Q.850;cause=16;text="NORMAL_CLEARING"';

interface Script {
  readonly name: string;
  readonly outcome: string;
  readonly weight: number;
  readonly bursts: readonly (readonly string[])[];
  readonly talkAt?: number;
}

const refused = (final: string): readonly string[] => [
  `b< ${final}`,
  'b> ACK!',
  `a< ${final}`,
  'a> ACK!',
];

const SCRIPTS: readonly Script[] = [
  {
    name: 'answered, caller hangs up',
    outcome: 'completed',
    weight: 38,
    bursts: [...SET_UP, ANSWER, BYE_OF_CALLER.map((line) => line.replace(/BYE$/, `BYE${CLEARED}`))],
    talkAt: 3,
  },
  {
    name: 'answered, callee hangs up',
    outcome: 'completed',
    weight: 20,
    bursts: [...SET_UP, ANSWER, BYE_OF_CALLEE],
    talkAt: 3,
  },
  {
    name: 'cancelled',
    outcome: 'cancelled',
    weight: 14,
    bursts: [
      ...SET_UP,
      ['a> CANCEL', 'a< 200 CANCEL', 'b> CANCEL', 'b< 200 CANCEL', ...refused('487 INVITE')],
    ],
  },
  {
    name: 'busy',
    outcome: 'busy',
    weight: 8,
    bursts: [...SET_UP, refused('486 INVITE|Q.850;cause=17')],
  },
  {
    name: 'no answer',
    outcome: 'no_answer',
    weight: 7,
    bursts: [...SET_UP, refused('480 INVITE|Q.850;cause=19')],
  },
  {
    name: 'no such number',
    outcome: 'invalid_number',
    weight: 4,
    bursts: [SET_UP[0], refused('404 INVITE|Q.850;cause=1;text="UNALLOCATED_NUMBER"')],
  },
  {
    name: 'second carrier, answered',
    outcome: 'completed',
    weight: 4,
    bursts: [
      SET_UP[0],
      ['b< 503 INVITE|Q.850;cause=34', 'b> ACK!', 'c> INVITE'],
      ['c< 180 INVITE', 'a< 180 INVITE'],
      ['c< 200 INVITE', 'a< 200 INVITE', 'a> ACK', 'c> ACK'],
      ['a> BYE', 'c> BYE', 'c< 200 BYE', 'a< 200 BYE'],
    ],
    talkAt: 4,
  },
  {
    name: 'challenged, then answered',
    outcome: 'completed',
    weight: 5,
    bursts: [
      ['a> INVITE', 'a< 407 INVITE', 'a> ACK!'],
      ['a> INVITE 2', 'a< 100 INVITE 2', 'b> INVITE 2'],
      ['b< 180 INVITE 2', 'a< 180 INVITE 2'],
      ['b< 200 INVITE 2', 'a< 200 INVITE 2', 'a> ACK 2', 'b> ACK 2'],
      BYE_OF_CALLER,
    ],
    talkAt: 4,
  },
];

export interface ShapeOptions {
  /** Bytes added to every message as a header that nobody reads. */
  readonly padding?: number;
  /** True: all calls have the same calling number, as those of a call centre. */
  readonly oneCaller?: boolean;
  /** True: the proxy reports the hop to the caller alone, seven messages of an answered call. */
  readonly oneHop?: boolean;
}

export function createShapes(options: ShapeOptions = {}): readonly Shape[] {
  return SCRIPTS.map(({ name, outcome, weight, bursts, talkAt = 0 }) => ({
    name,
    outcome,
    weight,
    talkAt,
    bursts: bursts.map((burst) =>
      burst
        .map(readLine)
        .filter(({ hop }) => options.oneHop !== true || hop === 'a')
        .map((line) => template(line, options)),
    ),
  }));
}

/** `a> INVITE 2`, `b< 486 INVITE|Q.850;cause=17`: hop, direction, status, method, CSeq of the INVITE, Reason. */
const LINE = /^([abc])([<>]) (?:(\d{3}) )?([A-Z]+!?)(?: (\d))?(?:\|(.*))?$/;

function readLine(text: string): Line {
  const match = LINE.exec(text);
  if (match === null) throw new Error(`not a line of a script: ${text}`);
  const [, hop, arrow, status = '0', method = '', cseq = '1', reason = null] = match;
  return {
    hop: hop as Hop,
    toCallee: arrow === '>',
    method,
    status: Number(status),
    reason,
    cseq: Number(cseq),
  };
}

function template(line: Line, options: ShapeOptions): Template {
  const near = line.hop === 'a' ? CALLER : PROXY;
  const far = line.hop === 'a' ? PROXY : CARRIERS[line.hop];
  const [src, dst] = line.toCallee ? [near, far] : [far, near];
  const payload = sipMessage(line, options);
  const bytes = encodeHep({ payload, src, dst, at: 1000, captureId: 2001 });
  const sipStart = bytes.indexOf(payload, 0, 'latin1');
  const time = bytes.indexOf(Buffer.from([0, 0, 0, 9, 0, 10])) + 6;
  return {
    bytes,
    sipStart,
    sipEnd: sipStart + payload.length,
    serials: offsetsOf(bytes, SERIAL),
    time,
  };
}

function offsetsOf(bytes: Buffer, text: string): number[] {
  const offsets: number[] = [];
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + text.length)) {
    offsets.push(at);
  }
  return offsets;
}

const PHRASES: Readonly<Record<number, string>> = {
  100: 'trying -- your call is important to us',
  180: 'Ringing',
  200: 'OK',
  404: 'Not Found',
  407: 'Proxy Authentication Required',
  480: 'Temporarily Unavailable',
  486: 'Busy Here',
  487: 'Request Terminated',
  503: 'Service Unavailable',
};

function sipMessage(line: Line, { padding = 0, oneCaller = false }: ShapeOptions): string {
  const body = sdpOf(line);
  return [
    startLine(line),
    ...viasOf(line).map((via) => `Via: ${via}`),
    ...(line.status === 0 ? ['Max-Forwards: 69'] : []),
    ...partiesOf(line, oneCaller ? '+493012345678' : `+49301${SERIAL}`),
    `Call-ID: 6f2c9d1a-${SERIAL}-4be7-a0c3@pbx.example.com`,
    `CSeq: ${cseqOf(line)} ${line.method.replace('!', '')}`,
    ...headersOf(line),
    ...(padding > 0 ? [`X-Padding: ${'x'.repeat(padding)}`] : []),
    ...(body === '' ? [] : ['Content-Type: application/sdp']),
    `Content-Length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

function startLine({ method, status }: Line): string {
  if (status > 0) return `SIP/2.0 ${status} ${PHRASES[status] ?? 'Unknown'}`;
  return `${method.replace('!', '')} sip:+4930${SERIAL}@carrier.example.net;user=phone SIP/2.0`;
}

/** Whether the request, or the request that is answered, is the caller's. */
function isOfCaller({ toCallee, status }: Line): boolean {
  return toCallee === (status === 0);
}

/** Top Via first. CANCEL and the ACK of a failure belong to the INVITE's own hop. */
function viasOf(line: Line): string[] {
  const kind = /^(?:CANCEL|ACK!)$/.test(line.method) ? 'INVITE' : line.method;
  const ofCaller = isOfCaller(line);
  const branch = `z9hG4bK${kind}${ofCaller ? 'o' : 't'}${line.cseq}`;
  const origin = ofCaller ? CALLER : CARRIERS[line.hop === 'c' ? 'c' : 'b'];
  const first = `SIP/2.0/UDP ${origin};rport=5060;branch=${branch}.${SERIAL}.7`;
  const firstHop = ofCaller ? line.hop === 'a' : line.hop !== 'a';
  if (firstHop) return [first];
  const proxy = `SIP/2.0/UDP ${PROXY};branch=${branch}.${line.hop}.${SERIAL}.c1d2e3f4.0`;
  const hopByHop = kind !== line.method;
  return hopByHop ? [proxy] : [proxy, first];
}

function partiesOf(line: Line, number: string): string[] {
  const early = line.status === 100 || line.status === 407;
  const setUp = /^(?:INVITE|CANCEL)$/.test(line.method) && line.status === 0;
  const carrier = line.hop === 'c' ? 'c' : 'b';
  const tag = setUp || early ? '' : `;tag=as5f3c${SERIAL}${carrier}`;
  const caller = `"Erika Mustermann" <sip:${number}@pbx.example.com>;tag=gK0c${SERIAL}`;
  const callee = `<sip:+4930${SERIAL}@carrier.example.net;user=phone>${tag}`;
  const [from, to] = isOfCaller(line) ? [caller, callee] : [callee, caller];
  return [`From: ${from}`, `To: ${to}`];
}

function cseqOf({ method, cseq }: Line): number {
  return method === 'BYE' ? 20 : cseq;
}

function headersOf(line: Line): string[] {
  const { method, status, reason, cseq } = line;
  const carriesContact = method === 'INVITE' && (status === 0 || (status >= 180 && status < 300));
  return [
    ...(status === 0 && method === 'INVITE' && cseq > 1 ? [AUTHORIZATION] : []),
    ...(status === 407 ? [CHALLENGE] : []),
    ...(carriesContact
      ? [`Contact: <sip:+4930${SERIAL}@${PROXY};transport=udp>`, ...FEATURES]
      : []),
    ...(carriesContact && line.hop !== 'a' ? [RECORD_ROUTE] : []),
    ...(/^(?:ACK|BYE)$/.test(method) && status === 0 ? [ROUTE] : []),
    ...(reason === null ? [] : [`Reason: ${reason}`]),
    status === 0 ? USER_AGENT : SERVER,
  ];
}

const FEATURES = [
  'Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, SUBSCRIBE, NOTIFY, INFO, UPDATE, PRACK',
  'Supported: timer, path, replaces',
];
const RECORD_ROUTE = `Record-Route: <sip:${PROXY};lr;ftag=gK0c;did=5d1.8a2>`;
const ROUTE = `Route: <sip:${PROXY};lr;ftag=gK0c;did=5d1.8a2>`;
const USER_AGENT = 'User-Agent: ExamplePBX 20.6.0~build-4411';
const SERVER = 'Server: ExampleGateway/7.2 (x86_64/linux)';
const CHALLENGE =
  'Proxy-Authenticate: Digest realm="example.com", nonce="5f1c0a9b7e3d4c2f", algorithm=MD5, qop="auth"';
const AUTHORIZATION =
  'Proxy-Authorization: Digest username="erika", realm="example.com", nonce="5f1c0a9b7e3d4c2f", ' +
  'uri="sip:carrier.example.net", response="0f1e2d3c4b5a69788796a5b4c3d2e1f0", algorithm=MD5, qop=auth, nc=00000001';

const SDP = [
  'v=0',
  'o=- 1713451 1713451 IN IP4 10.0.0.1',
  's=call',
  'c=IN IP4 10.0.0.1',
  't=0 0',
  'm=audio 16402 RTP/AVP 8 0 18 101',
  'a=rtpmap:8 PCMA/8000',
  'a=rtpmap:0 PCMU/8000',
  'a=rtpmap:18 G729/8000',
  'a=fmtp:18 annexb=no',
  'a=rtpmap:101 telephone-event/8000',
  'a=fmtp:101 0-16',
  'a=ptime:20',
  'a=sendrecv',
  '',
].join('\r\n');

function sdpOf({ method, status }: Line): string {
  return method === 'INVITE' && (status === 0 || status === 200) ? SDP : '';
}

/** Four more messages of a call that talks. */
export const FURTHER: readonly Template[] = [
  'a> UPDATE 3',
  'b> UPDATE 3',
  'b< 200 UPDATE 3',
  'a< 200 UPDATE 3',
].map((line) => template(readLine(line), {}));
