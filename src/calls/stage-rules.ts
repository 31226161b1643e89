import type { ContextKind } from '../context/kinds.ts';
import type { PeerRole } from './peers.ts';

/** Messages that a stage rule may look at. */
export const RULE_MESSAGES = ['invite', 'progress', 'answer', 'bye'] as const;
export type RuleMessage = (typeof RULE_MESSAGES)[number];

/** A rule over messages: when all that it names holds, the call has its fact. Plain data: it crosses to a thread. */
export interface StageRule {
  /** `progress`: a provisional response; `answer`: a 2xx to the INVITE; `bye`: a BYE, or the 2xx to it. */
  readonly in: RuleMessage;
  /** Status of the response; null: any. */
  readonly status: number | null;
  /** Role of the peer that was called, or that answered; null: any. */
  readonly role: PeerRole | null;
  /** Pattern of the Request-URI, of an INVITE; null: any. */
  readonly uri: string | null;
  /** Header name; null: none is looked at. */
  readonly header: string | null;
  /** Pattern of the header's value; null: any. */
  readonly value: string | null;
  readonly kind: ContextKind;
  readonly fact: string;
  /** Of the fact: the stage, the component. */
  readonly name: string | null;
}

const ANY = { status: null, role: null, uri: null, header: null, value: null, name: null } as const;

/** What SIP says of itself beyond doubt. The user's rules are asked first. */
export const BUILT_IN_RULES = [
  // RFC 3840 §10.18: who answers takes messages.
  {
    ...ANY,
    in: 'answer',
    header: 'contact',
    value: '*;actor="msg-taker"*',
    kind: 'voicemail',
    fact: 'detected',
  },
  // RFC 4458 §5: sent to voicemail on behalf of `target`, because of `cause`. The order of parameters is free.
  { ...ANY, in: 'invite', uri: '*;target=*;cause=*', kind: 'voicemail', fact: 'detected' },
  { ...ANY, in: 'invite', uri: '*;cause=*;target=*', kind: 'voicemail', fact: 'detected' },
] as const satisfies readonly StageRule[];

/**
 * Headers in which a phone or gateway tells its RTP statistics when the call ends, and its names for packets sent and
 * received. `sent` null: only what was received is told.
 */
export const STATISTICS = [
  { header: 'p-rtp-stat', sent: 'ps', received: 'pr' },
  { header: 'x-rtp-stat', sent: 'ps', received: 'pr' },
  { header: 'rtp-rxstat', sent: null, received: 'pkt' },
] as const;
