import type { Random } from './random.ts';

/** How the identifiers of one implementation look; `n` counts up within a call. */
export interface Style {
  readonly name: string;
  readonly agent: string;
  readonly transports: readonly Transport[];
  tag(r: Random): string;
  branch(r: Random, n: number): string;
  callId(r: Random, host: string): string;
  cseq(r: Random): number;
}

export type Transport = 'UDP' | 'TCP' | 'WS' | 'WSS';

export const AGENTS: readonly Style[] = [
  {
    name: 'sipp',
    agent: 'SIPp',
    transports: ['UDP', 'TCP'],
    tag: (r) => `${r.digits(5)}SIPpTag00${r.int(1, 9)}`,
    branch: (r, n) => `z9hG4bK-${r.digits(6)}-1-${n}`,
    callId: (r, host) => `${r.int(1, 99)}-${r.digits(8)}@${host}`,
    cseq: () => 1,
  },
  {
    name: 'pjsip',
    agent: 'Asterisk PBX 20.5.0',
    transports: ['UDP', 'TCP'],
    tag: (r) => r.uuid(),
    branch: (r) => `z9hG4bKPj${r.uuid()}`,
    callId: (r) => r.uuid(),
    // It draws from 0 on, which nothing forbids (RFC 3261 §8.1.1.5).
    cseq: (r) => (r.chance(0.25) ? 0 : r.int(1, 32_000)),
  },
  {
    name: 'chan_sip',
    agent: 'Asterisk PBX 13.38.3',
    transports: ['UDP'],
    tag: (r) => `as${r.hex(8)}`,
    branch: (r) => `z9hG4bK${r.hex(8)}`,
    callId: (r, host) => `${r.hex(32)}@${host}:5060`,
    cseq: () => 102,
  },
  {
    name: 'freeswitch',
    agent: 'FreeSWITCH-mod_sofia/1.10.12-release',
    transports: ['UDP', 'TCP'],
    tag: (r) => r.alnum(13),
    branch: (r) => `z9hG4bK${r.alnum(13)}`,
    callId: (r) => `${r.uuid().slice(0, 23)}-123B-${r.hex(12)}`,
    cseq: (r) => r.int(100_000_000, 140_000_000),
  },
  {
    name: 'jssip',
    agent: 'JsSIP 3.10.1',
    transports: ['WSS', 'WS'],
    tag: (r) => r.lower(10),
    branch: (r) => `z9hG4bK${r.digits(7)}`,
    callId: (r) => r.lower(22),
    cseq: (r) => r.int(1, 9999),
  },
  {
    name: 'sip.js',
    agent: 'SIP.js/0.21.2',
    transports: ['WSS'],
    tag: (r) => r.lower(10),
    branch: (r) => `z9hG4bK${r.digits(7)}`,
    callId: (r) => r.lower(20),
    cseq: () => 1,
  },
];

export const PROXIES: readonly Style[] = [
  {
    name: 'kamailio',
    agent: 'kamailio (5.6.3 (x86_64/linux))',
    transports: ['UDP', 'TCP'],
    tag: (r) => `${r.hex(32)}-${r.hex(4)}`,
    branch: (r) => `z9hG4bK${r.hex(4)}.${r.hex(32)}.0`,
    callId: (r, host) => `${r.hex(16)}-${r.int(1000, 9999)}@${host}`,
    cseq: () => 1,
  },
  {
    name: 'opensips',
    agent: 'OpenSIPS (3.4.2 (x86_64/linux))',
    transports: ['UDP', 'TCP'],
    tag: (r) => `${r.hex(8)}-${r.hex(4)}`,
    branch: (r) => `z9hG4bK${r.hex(4)}.${r.hex(8)}.0`,
    callId: (r, host) => `B2B.${r.digits(3)}.${r.digits(7)}@${host}`,
    cseq: () => 1,
  },
  {
    name: 'flexisip',
    agent: 'Flexisip/2.3.3 (sofia-sip-nta/2.0)',
    transports: ['UDP', 'TCP'],
    tag: (r) => r.alnum(13),
    branch: (r) => `z9hG4bK.${r.alnum(21)}`,
    callId: (r) => r.alnum(20),
    cseq: () => 1,
  },
];
