import type { ContextNote } from '../context/kinds.ts';

/**
 * What the tracker says of an attempt that ended: facts as seen on the wire, no judgement. Made once per attempt, when
 * it ends, so an ordinary readable object.
 */

/** How the attempt stopped, from the caller's hop alone. */
export const ENDINGS = [
  /** Every INVITE transaction of the caller's hop got a final response of 300 or more. */
  'rejected',
  /** A 401/407 was not answered with credentials within the retry window. */
  'challenged',
  /** The caller sent CANCEL (or a BYE before any answer). */
  'cancelled',
  /** A BYE ended an answered dialog. */
  'hung_up',
  /** A request inside the dialog was answered 481 or 408, and no BYE followed. */
  'dialog_failed',
  /** INVITE was repeated (UDP) to the end of Timer B and nothing came back. */
  'no_response',
  /** A timer of the tracker ran out: no end was seen. */
  'expired',
  /** A cap was hit and this attempt had to go. */
  'evicted',
  /** The observer stopped (drain) while it was in progress. */
  'shutdown',
  /** The platform refused it and never sent it as SIP: only the context API told of it. */
  'refused',
] as const;
export type Ending = (typeof ENDINGS)[number];

/** How two legs were found to be one call, surest first. */
export const JOIN_METHODS = ['session_id', 'correlation', 'header', 'inferred'] as const;
export type JoinMethod = (typeof JOIN_METHODS)[number];

/** Who sent a message of the dialog. `platform`: a hop that joined in transit (its Via stands at the bottom). */
export type Party = 'caller' | 'callee' | 'platform';

/** One Reason header value (RFC 3326) with where it stood. */
export interface ReasonFact {
  /** The value as sent, without the header name, at most `REASON_TEXT_MAX` bytes. */
  readonly raw: string;
  readonly seenIn: 'response' | 'provisional' | 'bye' | 'cancel';
  /** Status of the response it stood in; 0 in a request. */
  readonly status: number;
  /** Who sent the request it stood in; null in a response. */
  readonly by: Party | null;
  /** Index into `branches`; -1 when it belongs to none. */
  readonly branch: number;
  /** ms since the epoch. */
  readonly at: number;
}

/** The end of an attempt at a relayed connection. */
export type RelayedParty = 'caller' | 'callee';

/** A relayed connection was closed under a party of the attempt, which was not heard of again. */
export interface ConnectionLoss {
  readonly party: RelayedParty;
  /** Which end of the connection closed it: the party itself, or the PBX. */
  readonly closedBy: 'client' | 'server';
  /** RFC 6455 section 7.4; 1005: no code, 1006: no close frame. */
  readonly code: number;
  /** ms since the epoch. */
  readonly at: number;
}

/** One INVITE transaction towards one next hop. */
export interface BranchFact {
  /** Who it was sent to: index into the peers, 0 is `other`. */
  readonly peer: number;
  readonly cseq: number;
  /** Number of Via headers: 1 is the caller's own hop. */
  readonly vias: number;
  /** Final status, 0 when none was seen. */
  readonly status: number;
  /** True when the branch belongs to the caller's hop (fewest Vias of the newest CSeq). */
  readonly key: boolean;
  /** Its INVITE was seen, and not only responses to it. */
  readonly invited: boolean;
  /** Another branch of its hop was tried after its final: it decided nothing. */
  readonly passedOver: boolean;
  readonly cancelled: boolean;
  /** Highest provisional status seen, 0 when none. */
  readonly provisional: number;
  /** ms since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number | null;
}

export interface Ended {
  readonly callId: string;
  readonly fromTag: string;
  /** 0 for the first attempt under this Call-ID and From-tag, 1 for its first reuse, … */
  readonly ordinal: number;
  readonly captureId: number;
  readonly source: number;
  readonly ending: Ending;
  /** Peer indices of the caller's hop: who sent the INVITE, who got it; 0 is `other`. */
  readonly peerIn: number;
  readonly peerOut: number;
  /** Nothing said where the INVITE came from: `peerIn` 0 then does not mean an unlisted address. */
  readonly fromUnknown: boolean;
  readonly caller: string | null;
  readonly callee: string | null;
  /** How far the clock of the times below is ahead of arrival, ms; 0 when they are times of arrival. */
  readonly clockAhead: number;
  /** ms since the epoch; null: did not happen. */
  readonly startedAt: number;
  readonly firstResponseAt: number | null;
  readonly ringingAt: number | null;
  readonly earlyMediaAt: number | null;
  readonly queuedAt: number | null;
  readonly answeredAt: number | null;
  readonly cancelAt: number | null;
  readonly byeAt: number | null;
  readonly endedAt: number;
  /** On hold when it ended, and total seconds on hold. */
  readonly onHold: boolean;
  /** Who put it on hold, when it ended on hold. */
  readonly heldBy: 'caller' | 'callee' | null;
  readonly holdSeconds: number;
  /** Final status at the caller's hop, 0 when none; its phrase as sent. */
  readonly status: number;
  readonly phrase: string | null;
  /** Who sent the BYE or CANCEL that ended it; null when none did. */
  readonly endedBy: Party | null;
  /** BYEs came from both sides before either was answered. */
  /** False: the caller's CANCEL is only known from its 200, so its Reason is not. */
  readonly cancelSeen: boolean;
  readonly glare: boolean;
  /** A 2xx to a BYE was seen. */
  readonly byeAnswered: boolean;
  readonly ackSeen: boolean;
  /** A request with Authorization or Proxy-Authorization was seen. */
  readonly authenticated: boolean;
  readonly inviteRetransmissions: number;
  /** Farther hops saw a 2xx of another dialog than the caller's: perhaps a fork whose answer was missed nearer. */
  readonly otherAnswer: boolean;
  /** A try that may have decided was missed: only the ACK of its refusal was seen, or nothing of it near the caller. */
  readonly setupMissed: boolean;
  /** How often a 2xx was sent again: the callee waited for the ACK. */
  readonly answerRetransmissions: number;
  /** A REFER that was accepted and did not fail, by kind (RFC 3515; `attended`: with Replaces, RFC 3891). */
  readonly transfer: 'blind' | 'attended' | null;
  /** A REFER whose NOTIFY said that it failed: the call went on. */
  readonly transferFailed: boolean;
  /** Another call's Replaces took this dialog over; `pickup`: while it rang. */
  readonly replaced: 'attended' | 'pickup' | null;
  /** Status of the in-dialog response that broke the dialog, 481 or 408; 0: none. */
  readonly dialogFailure: 0 | 408 | 481;
  /** Session-Expires in seconds, and the last refresh; null without a session timer (RFC 4028). */
  readonly sessionExpires: number | null;
  readonly refreshedAt: number | null;
  readonly connectionLoss: ConnectionLoss | null;
  readonly branches: readonly BranchFact[];
  readonly reasons: readonly ReasonFact[];
  /** What stage rules and the context API told of it, in order of time. */
  readonly context: readonly ContextNote[];
  /** Facts that did not fit the bounds of one call (branches, records, texts). */
  readonly overflow: number;
  /** Its messages, see `LadderWriter`; null when nobody asked for them, or for too many. */
  readonly ladder: string | null;
}

/** What the tracker says, in this order: an attempt ended; the call of which it was the last leg closed. */
export interface LifecycleEvents {
  ended(ended: Ended): void;
  closed(legs: readonly Ended[], joined: JoinMethod | null): void;
  /** An OPTIONS or REGISTER outside of calls came to its end; status 0: nobody answered. */
  probed(peer: number, method: 'OPTIONS' | 'REGISTER', status: number): void;
  /** The platform refused a call that it never sent as SIP: an attempt outside of all that is counted here. */
  refused(refusal: Ended): void;
}

/** Longest Reason header value kept, bytes; the rest is cut and counted. */
export const REASON_TEXT_MAX = 240;

/** Which bound was hit, label `limit` of `callfate_limit_hits_total`. */
export const LIMITS = [
  'calls',
  'branches',
  'records',
  'text',
  'tombstones',
  'endpoints',
  'text_length',
  'embryos',
  'joins',
  'probes',
  'call_id',
  'reasons',
  'context',
  'context_call',
  'transfers',
  'event_ids',
] as const;
export type Limit = (typeof LIMITS)[number];

/** What became of a media report: label `result` of `callfate_media_reports_total`. */
export const REPORT_RESULTS = [
  'taken',
  /** RTCP, but no report. */
  'silent',
  'no_call_id',
  /** No call in progress has this Call-ID. */
  'unknown_call',
  /** The leg has two ends already, or the address is missing. */
  'unclear',
] as const;
export type ReportResult = (typeof REPORT_RESULTS)[number];

/** What an orphan was: label `signal` of `callfate_orphans_total`. */
export const ORPHANS = ['bye', 'reinvite', 'response', 'cancel', 'ack', 'other'] as const;

/** Stages whose oldest attempt is exported; label `stage` of `callfate_oldest_attempt_age_seconds`. */
export const AGE_STAGES = ['dialing', 'ringing', 'answered', 'settling'] as const;
export type AgeStage = (typeof AGE_STAGES)[number];
