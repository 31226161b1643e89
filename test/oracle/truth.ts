/**
 * What a call truly ended with, in words of its own: the ids are those of docs/reasons.md, read as text. A change there
 * that this table does not follow is a failure here, as it should be.
 */
export interface Truth {
  readonly outcome: string;
  readonly reason: string;
  /** Any of these is right. */
  readonly endedBy: readonly string[];
  readonly connected: boolean;
}

/** Another ending that is as good when all messages that prove `key` are lost. */
export interface Excuse {
  readonly key: string;
  readonly truths: readonly Truth[];
}

const OUTCOMES = {
  completed: [
    'normal_clearing_caller',
    'normal_clearing_callee',
    'normal_clearing_platform',
    'normal_clearing_unknown',
  ],
  dropped: [
    'media_timeout',
    'session_timer_expired',
    'max_duration_reached',
    'transaction_does_not_exist',
    'dropped_network_out_of_order',
    'dropped_temporary_failure',
    'dropped_resource_unavailable',
    'dropped_recovery_on_timer_expiry',
    'dropped_request_timeout',
  ],
  transferred: ['blind_transfer', 'attended_transfer'],
  busy: ['user_busy', 'busy_everywhere'],
  no_answer: ['no_answer', 'ring_timeout_platform'],
  declined: ['call_rejected', 'declined_everywhere'],
  redirected: ['redirected'],
  unreachable: [
    'temporarily_unavailable',
    'subscriber_absent',
    'no_user_response',
    'destination_out_of_order',
    'normal_unspecified',
  ],
  invalid_number: ['unallocated_number', 'number_changed', 'invalid_number_format'],
  cancelled: [
    'caller_cancelled_before_ringing',
    'caller_cancelled_ringing',
    'caller_cancelled_early_media',
    'caller_cancelled_at_answer',
    'cancelled_by_platform',
    'request_terminated',
  ],
  answered_elsewhere: ['answered_elsewhere'],
  blocked: [
    'forbidden',
    'stir_unsupported_credential',
    'user_unwanted',
    'call_rejected_by_analytics',
    'outgoing_calls_barred',
  ],
  failed: [
    'ack_timeout',
    'authentication_given_up',
    'bad_gateway',
    'bad_request',
    'incompatible_destination',
    'interworking_unspecified',
    'network_out_of_order',
    'no_circuit_available',
    'no_response',
    'no_route_destination',
    'not_acceptable_media',
    'not_implemented',
    'rejected_by_platform',
    'request_timeout',
    'server_internal_error',
    'server_timeout',
    'service_unavailable',
    'switch_congestion',
    'temporary_failure',
    'too_many_hops',
    'unexpected_status',
  ],
  lost: ['no_end_seen', 'no_final_seen'],
} as const;

type Reason = (typeof OUTCOMES)[keyof typeof OUTCOMES][number];

const OUTCOME_OF: ReadonlyMap<string, string> = new Map(
  Object.entries(OUTCOMES).flatMap(([outcome, reasons]) =>
    reasons.map((reason): [string, string] => [reason, outcome]),
  ),
);

/** `connected` by default as the outcome has it: completed, dropped and transferred calls were answered. */
export function truth(reason: Reason, endedBy: string | readonly string[], up?: boolean): Truth {
  const outcome = OUTCOME_OF.get(reason);
  if (outcome === undefined) throw new Error(`no outcome for ${reason}`);
  const answered = ['completed', 'dropped', 'transferred'].includes(outcome);
  const who = typeof endedBy === 'string' ? [endedBy] : endedBy;
  return { outcome, reason, endedBy: who, connected: up ?? answered };
}

export const CANCEL_STAGES = [
  truth('caller_cancelled_before_ringing', 'caller'),
  truth('caller_cancelled_early_media', 'caller'),
  truth('caller_cancelled_ringing', 'caller'),
] as const;
