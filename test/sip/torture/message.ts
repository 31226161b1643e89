import type { METHODS } from '../../../src/sip/scan.ts';

type Method = (typeof METHODS)[number];

/** What the scanner must read. Left out: a response has no `method`, a request no `status`; one Via; no body. */
export interface Reading {
  readonly method?: Method;
  readonly status?: number;
  readonly callId: string;
  readonly fromTag: string;
  readonly toTag?: string;
  readonly cseq: readonly [number: number, method: Method];
  /** Of the top Via; empty when it has none. */
  readonly branch: string;
  readonly vias?: number;
  /** Octets of the body. */
  readonly body?: number;
  readonly truncated?: true;
}

/** One message of RFC 4475. */
export interface TortureMessage {
  /** The name the RFC gives it. */
  readonly id: string;
  readonly section: string;
  readonly title: string;
  readonly wire: Buffer;
  /** A number is the `SCAN` status that refuses the message. */
  readonly read: Reading | number;
}

/** The octets of a message from its lines: each char code is one octet, CRLF stands between lines only. */
export function lines(...all: string[]): Buffer {
  return Buffer.from(all.join('\r\n'), 'latin1');
}

/** Text whose UTF-8 octets go on the wire. */
export function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** The session description that nearly every message of the RFC carries. */
export function sdp(address: string): string[] {
  return [
    'v=0',
    `o=mhandley 29739 7272939 IN IP4 ${address}`,
    's=-',
    `c=IN IP4 ${address}`,
    't=0 0',
    'm=audio 49217 RTP/AVP 0 12',
    'm=video 3227 RTP/AVP 31',
    'a=rtpmap:31 LPC',
  ];
}
