import type { ContextNote, ContextSource } from '../context/kinds.ts';
import type { Case } from './facts.ts';
import type { EndedBy, Stage } from './outcome.ts';
import type { ReasonId } from './reasons.ts';
import { lastTold } from './timeline.ts';

/**
 * When a fact can be true of the call: `connected`, `setup` (never connected), `unserved` (nobody is known to have
 * talked), or whatever the signalling shows. A fact that cannot is a conflict and decides nothing.
 */
export type Holds = 'connected' | 'setup' | 'unserved' | 'always';

/** What a fact means for the end of a call. A fact is read by the first row whose conditions all hold. */
export interface FactRow {
  /** `limit.silence`, one of `CONTEXT_NAMES`. */
  readonly fact: string;
  /** Conditions; one that is left out holds. */
  readonly name?: readonly string[];
  readonly enforcedBy?: readonly string[];
  readonly subject?: readonly string[];
  /** Stage that was told last when the fact came. */
  readonly from?: Stage;
  /** Another fact of the call. */
  readonly beside?: string;
  /** The call was made by the platform. */
  readonly outbound?: true;
  /** The final response was a 3xx (RFC 3261 §21.3). */
  readonly redirected?: true;
  readonly holds: Holds;
  /** Before an answer, and after it; null: as before it. */
  readonly setup: ReasonId;
  readonly connected: ReasonId | null;
  /** A default that any specific cause beats. */
  readonly generic?: true;
  readonly endedBy: EndedBy | null;
}

type Tail = Pick<FactRow, 'holds' | 'setup' | 'connected' | 'endedBy'>;

const at = (
  holds: Holds,
  setup: ReasonId,
  connected: ReasonId | null = null,
  endedBy: EndedBy | null = null,
): Tail => ({ holds, setup, connected, endedBy });
const platform = (holds: Holds, setup: ReasonId, connected: ReasonId | null = null): Tail =>
  at(holds, setup, connected, 'platform');
const carrier = (holds: Holds, setup: ReasonId, connected: ReasonId | null = null): Tail =>
  at(holds, setup, connected, 'network');

const CARRIER = ['carrier', 'network'];
const SPEECH = ['asr', 'stt', 'speech', 'speech_recognition'];

/** Every fact that can end a call. The others only tell where a call was. */
// biome-ignore format: a row is a fact, and a fact stays together
export const FACT_ROWS: readonly FactRow[] = [
  { fact: 'agent.rejected', ...platform('unserved', 'agent_rejected') },
  { fact: 'agent.timeout', ...platform('unserved', 'agent_no_answer') },
  { fact: 'agent.none_available', ...platform('unserved', 'no_agent_available') },
  { fact: 'agent.connection_lost', ...at('always', 'connection_lost', 'agent_connection_lost', 'network') },

  { fact: 'ivr.completed', ...at('unserved', 'ivr_completed') },
  { fact: 'ivr.detected', ...at('connected', 'ivr_reached') },

  { fact: 'voicemail.detected', beside: 'playback.complete', ...at('always', 'voicemail_playback_complete') },
  { fact: 'voicemail.detected', beside: 'playback.partial', ...at('always', 'voicemail_playback_partial') },
  { fact: 'voicemail.detected', ...at('always', 'voicemail_reached') },
  { fact: 'voicemail.message_left', ...at('always', 'voicemail_message_left') },
  { fact: 'playback.complete', beside: 'voicemail.detected', ...at('always', 'voicemail_playback_complete') },
  { fact: 'playback.partial', beside: 'voicemail.detected', ...at('always', 'voicemail_playback_partial') },
  { fact: 'playback.complete', ...at('connected', 'playback_complete') },
  { fact: 'playback.partial', ...at('connected', 'playback_partial') },

  { fact: 'announcement.power_off', ...carrier('setup', 'callee_power_off') },
  { fact: 'announcement.not_exist', ...carrier('setup', 'unallocated_number') },
  { fact: 'announcement.invalid', ...carrier('setup', 'invalid_number_format') },
  { fact: 'announcement.arrears', ...carrier('setup', 'callee_arrears') },
  { fact: 'announcement.out_of_area', ...carrier('setup', 'callee_out_of_area') },
  { fact: 'announcement.call_reminder', ...carrier('setup', 'callee_call_reminder') },
  { fact: 'announcement.restricted', ...carrier('setup', 'callee_restricted') },
  { fact: 'announcement.forwarding', ...carrier('setup', 'callee_forwarding_announced') },

  { fact: 'policy.blacklist', subject: ['callee'], enforcedBy: CARRIER, ...carrier('unserved', 'callee_blacklisted_by_carrier') },
  { fact: 'policy.blacklist', subject: ['callee'], ...platform('unserved', 'callee_blacklisted') },
  { fact: 'policy.blacklist', enforcedBy: CARRIER, ...carrier('unserved', 'blocked_by_carrier') },
  { fact: 'policy.blacklist', ...platform('unserved', 'caller_blacklisted') },
  { fact: 'policy.hours', enforcedBy: CARRIER, ...carrier('unserved', 'calling_time_restricted') },
  { fact: 'policy.hours', outbound: true, ...platform('unserved', 'calling_time_restricted') },
  { fact: 'policy.hours', ...platform('unserved', 'outside_hours') },
  { fact: 'policy.area', enforcedBy: CARRIER, ...carrier('unserved', 'area_restricted_by_carrier') },
  { fact: 'policy.area', ...platform('unserved', 'area_restricted') },
  { fact: 'policy.rate', enforcedBy: CARRIER, ...carrier('unserved', 'rate_limited') },
  { fact: 'policy.rate', ...platform('unserved', 'rate_limited') },
  { fact: 'policy.credit', ...platform('always', 'payment_required', 'dropped_payment_required') },
  { fact: 'policy.tariff', ...platform('unserved', 'tariff_missing') },
  { fact: 'policy.concurrency', ...platform('unserved', 'concurrency_limit_reached') },
  { fact: 'policy.spam', enforcedBy: CARRIER, ...carrier('unserved', 'call_rejected_by_analytics') },
  { fact: 'policy.spam', ...platform('unserved', 'call_rejected_by_analytics') },
  { fact: 'policy.scam', ...platform('always', 'scam_detected') },

  { fact: 'limit.silence', ...platform('connected', 'silence_timeout') },
  { fact: 'limit.duration', ...platform('connected', 'max_duration_reached') },
  { fact: 'limit.join', ...platform('unserved', 'join_timeout') },
  { fact: 'limit.registration', ...platform('unserved', 'call_registration_expired') },

  { fact: 'media.no_audio', ...at('connected', 'no_audio') },
  { fact: 'media.one_way', beside: 'media.no_audio', ...at('connected', 'no_audio') },
  { fact: 'media.one_way', ...at('connected', 'one_way_audio') },
  { fact: 'media.interrupted', ...at('connected', 'media_timeout') },

  { fact: 'device.mic', ...at('always', 'client_device_failed', 'agent_device_error') },
  { fact: 'device.conflict', ...platform('always', 'client_device_failed', 'client_call_conflict') },
  { fact: 'device.unresponsive', ...platform('always', 'client_device_failed', 'client_unresponsive') },
  { fact: 'device.interrupted', ...platform('always', 'client_device_failed', 'client_media_interrupted') },

  { fact: 'component.open_failed', ...platform('always', 'component_open_failed') },
  { fact: 'component.connection_lost', ...platform('always', 'component_open_failed', 'component_connection_lost') },
  { fact: 'component.runtime_error', ...platform('always', 'component_open_failed', 'component_runtime_error') },
  { fact: 'component.corrupt_payload', ...platform('always', 'component_open_failed', 'component_corrupt_payload') },
  { fact: 'component.error', name: SPEECH, ...platform('always', 'component_open_failed', 'speech_recognition_failed') },
  { fact: 'component.error', ...platform('always', 'server_internal_error', 'platform_internal_error') },
  { fact: 'component.unknown_error', ...platform('always', 'unspecified_failure', 'platform_internal_error') },

  // A 3xx says that the call was sent elsewhere, and the fact where to.
  { fact: 'forward.pstn', redirected: true, ...at('setup', 'forwarded_to_pstn') },
  // The call went on to somebody else: what became of it there says more.
  { fact: 'forward.pstn', generic: true, ...at('setup', 'forwarded_to_pstn') },
  { fact: 'forward.internal', generic: true, ...at('setup', 'redirected') },
  { fact: 'transfer.blind', from: 'ivr', ...platform('connected', 'transferred_from_ivr') },
  { fact: 'transfer.attended', from: 'ivr', ...platform('connected', 'transferred_from_ivr') },
  { fact: 'transfer.blind', from: 'queue', ...platform('connected', 'transferred_from_queue') },
  { fact: 'transfer.attended', from: 'queue', ...platform('connected', 'transferred_from_queue') },
  { fact: 'transfer.blind', ...at('connected', 'blind_transfer') },
  { fact: 'transfer.attended', ...at('connected', 'attended_transfer') },

  { fact: 'refused.refused', generic: true, ...platform('setup', 'rejected_by_platform') },
];

/** The row that reads this fact; undefined when it only tells where the call was. */
export function factRow(note: ContextNote, c: Case): FactRow | undefined {
  const name = nameOf(note);
  return FACT_ROWS.find((row) => row.fact === name && applies(row, note, c));
}

/** Where a fact that was told came from. */
export const TOLD_BY = {
  api: 'context event',
  rule: 'stage rule',
  media: 'media statistics',
} as const satisfies Record<ContextSource, string>;

/** `agent.timeout`. */
export function nameOf({ kind, value }: ContextNote): string {
  return `${kind}.${value}`;
}

/** What the signalling shows does not rule the fact out. */
export function isPossible({ holds }: FactRow, c: Case): boolean {
  switch (holds) {
    case 'connected':
      return c.connected;
    case 'setup':
      return !c.connected;
    case 'unserved':
      return c.timeline.agentAnsweredAt === null;
    case 'always':
      return true;
  }
}

/** Facts of a step that the call survived: an agent answered later, or was offered it again. */
const STEPS: ReadonlySet<string> = new Set([
  'agent',
  'ivr',
  'voicemail',
  'announcement',
  'policy',
  'forward',
  'transfer',
  'component',
]);

/** An agent who did not answer ended a call that ends within this time, with an announcement perhaps, ms. */
const AGENT_ENDS_MS = 60_000;

/** The call went on after the fact: it was a transition and no end. */
export function wentOn(note: ContextNote, { connected, ended, timeline }: Case): boolean {
  if (!STEPS.has(note.kind)) return false;
  if (note.kind === 'forward' && connected) return true;
  if (timeline.agentAnsweredAt !== null && timeline.agentAnsweredAt >= note.at) return true;
  if (note.kind !== 'agent') return false;
  if (ended.endedAt - note.at > AGENT_ENDS_MS) return true;
  return ended.context.some((later) => nameOf(later) === 'agent.offered' && later.at > note.at);
}

function applies(row: FactRow, note: ContextNote, c: Case): boolean {
  return (
    (row.name?.includes(note.name?.toLowerCase() ?? '') ?? true) &&
    (row.enforcedBy?.includes(note.enforcedBy ?? '') ?? true) &&
    (row.subject?.includes(note.subject ?? '') ?? true) &&
    (row.outbound === undefined || c.outbound) &&
    (row.redirected === undefined || isRedirected(c)) &&
    (row.from === undefined || row.from === lastTold(c.ended, note.at)) &&
    (row.beside === undefined || isBeside(row.beside, note, c))
  );
}

function isRedirected({ ended }: Case): boolean {
  return ended.status >= 300 && ended.status < 400;
}

/** Nobody heard anything when one way and the other were both silent. */
function isBeside(fact: string, note: ContextNote, { ended }: Case): boolean {
  const others = ended.context.filter((other) => other !== note);
  if (others.some((other) => nameOf(other) === fact)) return true;
  if (fact !== 'media.no_audio') return false;
  return others.some(
    (other) => nameOf(other) === 'media.one_way' && other.name !== note.name && other.name !== null,
  );
}
