import { type Truth, truth } from './truth.ts';

/** A final response of the callee or its carrier, and what it means. */
export interface Refusal {
  readonly name: string;
  readonly status: number;
  readonly phrase?: string;
  readonly reasons: readonly string[];
  /** Whether the callee was alerted before: `long` is 12 s and more, `brief` less than 5 s. */
  readonly rang: 'never' | 'long' | 'brief' | 'any';
  /** Any of them is right. */
  readonly truths: readonly Truth[];
}

/** Where the RFC says no more than that the far side ended it. */
const FAR = ['network', 'callee'];

const row = (
  name: string,
  status: number,
  reasons: readonly string[],
  truths: readonly Truth[],
  rang: Refusal['rang'] = 'any',
): Refusal => ({ name, status, reasons, truths, rang });

const q850 = (cause: number, text = ''): string =>
  text === '' ? `Q.850;cause=${cause}` : `Q.850 ;cause=${cause} ;text="${text}"`;

const unavailable = truth('temporarily_unavailable', FAR);
const noAnswer = truth('no_answer', [...FAR, 'platform']);
const busy = truth('user_busy', 'callee');

/** 503 stands apart: a proxy may turn it into 500. */
export const REFUSALS: readonly Refusal[] = [
  row('404', 404, [], [truth('unallocated_number', 'network')]),
  row('404-q1', 404, [q850(1, 'UNALLOCATED_NUMBER')], [truth('unallocated_number', 'network')]),
  row('404-q3', 404, [q850(3)], [truth('no_route_destination', 'network')]),
  row('480', 480, [], [unavailable], 'never'),
  row('480-brief', 480, [], [unavailable, noAnswer], 'brief'),
  row('480-long', 480, [], [noAnswer], 'long'),
  row('480-q18', 480, [q850(18)], [truth('no_user_response', FAR)], 'never'),
  row('480-q19', 480, [q850(19, 'No answer from user (user alerted)')], [noAnswer], 'long'),
  row('480-q20', 480, [q850(20, 'SUBSCRIBER_ABSENT')], [truth('subscriber_absent', FAR)], 'never'),
  row('480-q16', 480, [q850(16, 'NORMAL_CLEARING')], [truth('rejected_by_platform', 'platform')]),
  row('480-q21', 480, [q850(21, 'CALL_REJECTED')], [truth('call_rejected', 'callee')]),
  row('486', 486, [], [busy]),
  row('486-q17', 486, [q850(17, 'USER_BUSY')], [busy]),
  row('486-q34', 486, [q850(34)], [busy]),
  row(
    '486-q34-network',
    486,
    ['Q.850;cause=34;location=LN'],
    [truth('no_circuit_available', 'network')],
  ),
  row('600', 600, [], [truth('busy_everywhere', 'callee')]),
  row('603', 603, [], [truth('declined_everywhere', 'callee')]),
  row('603-q21', 603, [q850(21)], [truth('call_rejected', 'callee')]),
  row('603-q17', 603, [q850(17)], [busy]),
  row('603-q16-ring', 603, [q850(16)], [truth('ring_timeout_platform', 'platform')], 'long'),
  row('603-q16', 603, [q850(16)], [truth('rejected_by_platform', 'platform')], 'never'),
  row(
    '603-analytics',
    603,
    ['SIP;cause=603;text="v=analytics1;url=https://example.com/redress";location=RLN'],
    [truth('call_rejected_by_analytics', 'network')],
    'never',
  ),
  row(
    '603-analytics-q21',
    603,
    ['Q.850;cause=21;text="v=analytics1;url=https://example.com/redress"'],
    [truth('call_rejected_by_analytics', 'network')],
    'never',
  ),
  row('607', 607, [], [truth('user_unwanted', 'callee')]),
  row('608', 608, [], [truth('call_rejected_by_analytics', 'network')], 'never'),
  row('488', 488, [], [truth('not_acceptable_media', FAR)]),
  row('488-q88', 488, [q850(88)], [truth('incompatible_destination', FAR)]),
  row('606', 606, [], [truth('not_acceptable_media', FAR)]),
  row('484', 484, [], [truth('invalid_number_format', FAR)], 'never'),
  row('484-q28', 484, [q850(28, 'INVALID_NUMBER_FORMAT')], [truth('invalid_number_format', FAR)]),
  row('410-q22', 410, [q850(22)], [truth('number_changed', FAR)]),
  row('403', 403, [], [truth('forbidden', FAR)]),
  row('403-q52', 403, [q850(52)], [truth('outgoing_calls_barred', FAR)]),
  row('483', 483, [], [truth('too_many_hops', FAR)], 'never'),
  row('500', 500, [], [truth('server_internal_error', 'network')]),
  row('500-q41', 500, [q850(41)], [truth('temporary_failure', 'network')]),
  row(
    '500-q34',
    500,
    [q850(34, 'NORMAL_CIRCUIT_CONGESTION')],
    [truth('no_circuit_available', 'network')],
  ),
  row('437', 437, [], [truth('stir_unsupported_credential', 'network')], 'never'),
  // RFC 3261 §8.1.3.2: an unknown status is read as x00 of its class.
  row('499', 499, [], [truth('bad_request', 'network')], 'never'),
  row('555', 555, [], [truth('unexpected_status', 'network')], 'never'),
  row('599-q17', 599, [q850(17)], [busy]),
  row('699', 699, [], [truth('busy_everywhere', 'callee')]),
  row('501', 501, [], [truth('not_implemented', 'network')]),
  row('502', 502, [], [truth('bad_gateway', 'network')]),
  row('502-q27', 502, [q850(27)], [truth('destination_out_of_order', FAR)]),
  row('502-q38', 502, [q850(38)], [truth('network_out_of_order', 'network')]),
  row('504', 504, [], [truth('server_timeout', 'network')]),
  row('604', 604, [], [truth('unallocated_number', 'network')]),
  row(
    '480-two-lines',
    480,
    ['SIP;cause=480', 'Q.850;cause=34;text="Circuit congestion"'],
    [truth('no_circuit_available', 'network')],
  ),
  row(
    '480-list',
    480,
    ['SIP;cause=480;text="Temporarily, Unavailable", Q.850;cause=38'],
    [truth('network_out_of_order', 'network')],
  ),
];

/** What the last proxy makes of its branches when its callee says 503 (RFC 3261 §16.7 step 6). */
export const UNAVAILABLES: readonly (Refusal & { readonly hidden: readonly Truth[] })[] = [
  {
    ...row('503', 503, [], [truth('service_unavailable', 'network')]),
    hidden: [truth('service_unavailable', 'network'), truth('server_internal_error', 'network')],
  },
  {
    ...row('503-q34', 503, [q850(34)], [truth('no_circuit_available', 'network')]),
    hidden: [truth('no_circuit_available', 'network')],
  },
  {
    ...row(
      '503-q38',
      503,
      [q850(38, 'NETWORK_OUT_OF_ORDER')],
      [truth('network_out_of_order', 'network')],
    ),
    hidden: [truth('network_out_of_order', 'network')],
  },
  {
    ...row('503-q41', 503, [q850(41)], [truth('temporary_failure', 'network')]),
    hidden: [truth('temporary_failure', 'network')],
  },
  {
    ...row('503-q42', 503, [q850(42)], [truth('switch_congestion', 'network')]),
    hidden: [truth('switch_congestion', 'network')],
  },
];
