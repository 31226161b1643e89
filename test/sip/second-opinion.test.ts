/**
 * What sip.js makes of the same messages. Its parser is a full grammar, so where both read a message they must agree.
 * It is the slower and the stricter one: what it refuses is listed, and proves nothing against the scanner.
 */
import { IncomingRequestMessage, LoggerFactory, Parser } from 'sip.js/lib/core/index.js';
import { describe, expect, test } from 'vitest';
import { loadSlab } from '../../src/lib/slab.ts';
import { FIELD, METHODS, SCAN, SipScanner } from '../../src/sip/scan.ts';
import { INVALID_MESSAGES } from './torture/invalid.ts';
import { lines, sdp } from './torture/message.ts';
import { SEMANTIC_MESSAGES } from './torture/semantic.ts';
import { VALID_MESSAGES } from './torture/valid.ts';

interface Opinion {
  readonly request: boolean;
  readonly method: string;
  readonly status: number;
  readonly callId: string;
  readonly fromTag: string;
  readonly toTag: string;
  readonly cseq: number;
  readonly branch: string;
  readonly vias: number;
  readonly reasons: readonly string[];
}

const factory = new LoggerFactory();
factory.builtinEnabled = false;
const logger = factory.getLogger('parser');

/** The declared types leave out that a field may be missing. */
function text(value: string | undefined): string {
  return value ?? '';
}

/** Null when sip.js drops the message or throws. */
function sipJs(wire: Buffer): Opinion | null {
  try {
    const message = Parser.parseMessage(wire.toString('latin1'), logger);
    if (message === undefined) return null;
    const request = message instanceof IncomingRequestMessage;
    return {
      request,
      method: METHODS.find((name) => name === message.method) ?? 'OTHER',
      status: request ? 0 : (message.statusCode ?? 0),
      callId: message.callId,
      fromTag: text(message.fromTag),
      toTag: text(message.toTag),
      cseq: message.cseq,
      branch: text(message.viaBranch),
      vias: message.getHeaders('via').length,
      reasons: message.getHeaders('reason'),
    };
  } catch {
    return null;
  }
}

function ours(wire: Buffer): Opinion | null {
  const scanner = new SipScanner();
  if (scanner.scan(0, loadSlab(wire)) !== SCAN.OK) return null;
  return {
    request: scanner.isRequest,
    method: METHODS[scanner.method] ?? 'OTHER',
    status: scanner.status,
    callId: scanner.text(FIELD.callId),
    fromTag: scanner.text(FIELD.fromTag),
    toTag: scanner.text(FIELD.toTag),
    cseq: scanner.cseq,
    branch: scanner.text(FIELD.branch),
    vias: scanner.viaCount,
    reasons: Array.from({ length: scanner.reasonCount }, (_, i) =>
      scanner.slice(scanner.reasons[2 * i] ?? 0, scanner.reasons[2 * i + 1] ?? 0),
    ),
  };
}

function differing(a: Opinion, b: Opinion): string[] {
  const other = new Map<string, unknown>(Object.entries(b));
  return Object.entries(a)
    .filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(other.get(name)))
    .map(([name]) => name);
}

const TORTURE = [...VALID_MESSAGES, ...INVALID_MESSAGES, ...SEMANTIC_MESSAGES];

/** What sip.js drops, throws on, or needs a stricter grammar for, though an observer can read it. */
const SIP_JS_REFUSES: Readonly<Record<string, string>> = {
  badinv01: 'empty elements in Via',
  quotbal: 'unbalanced quote in To',
  ltgtruri: 'angle brackets around the Request-URI',
  lwsruri: 'white space in the Request-URI',
  lwsstart: 'two spaces in the Request-Line',
  trws: 'spaces at the end of the Request-Line',
  regbadct: 'one bad Contact drops the message',
  badaspec: 'spaces within the addr-spec of To',
  baddn: 'comma in an unquoted display name',
  unksm2: 'a URI scheme that is not SIP in To',
};

/** What sip.js lets pass and the scanner refuses on purpose. */
const WE_REFUSE: Readonly<Record<string, string>> = {
  scalar02: 'CSeq of 2^31 or more',
  scalarlg: 'CSeq of 2^31 or more',
  badvers: 'SIP/7.0',
  mismatch01: 'CSeq names another method',
  mismatch02: 'CSeq names another method',
  insuf: 'no Call-ID, From or To',
};

const BOTH_REFUSE: Readonly<Record<string, string>> = {
  ncl: 'negative Content-Length',
  bigcode: 'a status of ten digits',
};

/** Both read it and differ, in these fields only. */
const DIFFERENT: Readonly<
  Record<string, { readonly fields: readonly string[]; readonly why: string }>
> = {
  wsinv: { fields: ['vias'], why: 'sip.js counts Via lines, the scanner Via values' },
  multi01: {
    fields: ['callId', 'fromTag', 'cseq'],
    why: 'of repeated single-value headers sip.js takes the last, the scanner the first',
  },
};

const VIA = 'Via: SIP/2.0/WSS df7jal23ls0d.invalid;branch=z9hG4bK56sdasks';
const DIALOG = [
  'From: "J\xc3\xb6rg; tag=no" <sip:alice@example.com;transport=ws>;tag=asdyka899',
  'To: <sip:bob@example.com>;tag=bmqkjhsd',
  'Call-ID: asidkj3ss@192.0.2.1',
];

/** Ordinary messages of one call. */
const ORDINARY: Readonly<Record<string, Buffer>> = {
  invite: lines(
    'INVITE sip:bob@example.com SIP/2.0',
    VIA,
    'Max-Forwards: 70',
    'From: sip:alice@example.com;tag=asdyka899',
    'To: sip:bob@example.com',
    'Call-ID: asidkj3ss',
    'CSeq: 1 INVITE',
    'Contact: <sip:alice@df7jal23ls0d.invalid;transport=ws;ob>;expires=60',
    'Proxy-Authorization: Digest username="alice", realm="example.com", nonce="n", uri="sip:bob@example.com", response="6629fae49393a05397450978507c4ef1"',
    'Supported: path, outbound, gruu',
    'Content-Type: application/sdp',
    'Content-Length: 138',
    '',
    ...sdp('192.0.2.1'),
    '',
  ),
  'invite over three hops': lines(
    'INVITE sip:+4930123456@[2001:db8::5]:5060;user=phone SIP/2.0',
    'v: SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bK.2',
    'v: SIP/2.0/TCP proxy.example.com;branch=z9hG4bK.1;received=192.0.2.7;rport=40123',
    VIA,
    'Record-Route: <sip:proxy.example.com;lr>',
    'f: Alice <sip:alice@example.com>;tag=1',
    't: <sip:bob@example.com>',
    'i: a84b4c76e66710@pc33.example.com',
    'CSeq: 314159 INVITE',
    'm: <sip:alice@pc33.example.com>',
    'l: 0',
    '',
    '',
  ),
  trying: lines(
    'SIP/2.0 100 Trying',
    VIA,
    ...DIALOG,
    'CSeq: 1 INVITE',
    'Content-Length: 0',
    '',
    '',
  ),
  progress: lines(
    'SIP/2.0 183 Session Progress',
    VIA,
    ...DIALOG,
    'CSeq: 1 INVITE',
    'Require: 100rel',
    'RSeq: 7',
    'Reason: Q.850;cause=34',
    'Content-Length: 0',
    '',
    '',
  ),
  challenge: lines(
    'SIP/2.0 407 Proxy Authentication Required',
    VIA,
    ...DIALOG,
    'CSeq: 1 INVITE',
    'Proxy-Authenticate: Digest realm="example.com", nonce="n", qop="auth"',
    'Content-Length: 0',
    '',
    '',
  ),
  busy: lines(
    'SIP/2.0 486 Busy Here',
    VIA,
    ...DIALOG,
    'CSeq: 1 INVITE',
    'Reason: Q.850 ;cause=17 ;text="User; busy"',
    'Content-Length: 0',
    '',
    '',
  ),
  answer: lines(
    'SIP/2.0 200 OK',
    VIA,
    ...DIALOG,
    'CSeq: 1 INVITE',
    'Contact: <sip:bob@192.0.2.4>',
    'Content-Type: application/sdp',
    'Content-Length: 138',
    '',
    ...sdp('192.0.2.4'),
    '',
  ),
  ack: lines(
    'ACK sip:bob@192.0.2.4 SIP/2.0',
    VIA,
    ...DIALOG,
    'CSeq: 1 ACK',
    'Content-Length: 0',
    '',
    '',
  ),
  cancel: lines(
    'CANCEL sip:bob@example.com SIP/2.0',
    VIA,
    ...DIALOG,
    'CSeq: 1 CANCEL',
    'Reason: SIP;cause=200;text="Call completed elsewhere"',
    'Content-Length: 0',
    '',
    '',
  ),
  bye: lines(
    'BYE sip:alice@df7jal23ls0d.invalid;transport=ws SIP/2.0',
    VIA,
    ...DIALOG,
    'CSeq: 2 BYE',
    'Reason: SIP;cause=200;text="User hung up", Q.850;cause=16',
    'Reason: X.int;reasoncode=0x0',
    'Content-Length: 0',
    '',
    '',
  ),
};

describe('sip.js agrees', () => {
  test.each(Object.entries(ORDINARY))('on the %s', (_name, wire) => {
    const opinion = sipJs(wire);
    expect(opinion).not.toBeNull();
    expect(ours(wire)).toEqual(opinion);
  });

  for (const { id, section, wire } of TORTURE) {
    test(`on ${section} ${id}, or is known not to`, () => {
      const [theirs, own] = [sipJs(wire), ours(wire)];
      expect(theirs === null, 'sip.js refuses').toBe(id in SIP_JS_REFUSES || id in BOTH_REFUSE);
      expect(own === null, 'we refuse').toBe(id in WE_REFUSE || id in BOTH_REFUSE);
      if (theirs === null || own === null) return;
      expect(differing(own, theirs)).toEqual(DIFFERENT[id]?.fields ?? []);
    });
  }
});
