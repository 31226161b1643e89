import { factRow, isPossible, wentOn } from './context-facts.ts';
import type { Case, Fact } from './facts.ts';
import type { EndedBy } from './outcome.ts';
import { causeRow, freeswitchCauseByName } from './q850.ts';
import type { ReasonId } from './reasons.ts';
import { statusRow } from './sip-status.ts';

/** What a fact says: its reason, whether its own row calls it generic, and who ended the call by it. */
export interface Meaning {
  readonly reason: ReasonId;
  readonly generic: boolean;
  readonly endedBy: EndedBy | null;
}

/** Looks a fact up in the tables. Only called for facts that the rule's conditions let through. */
export type Reading = (fact: Fact, c: Case) => Meaning;

const CLEARING = {
  caller: 'normal_clearing_caller',
  callee: 'normal_clearing_callee',
  platform: 'normal_clearing_platform',
} as const satisfies Record<string, ReasonId>;

function clearing(_: Fact, { ended }: Case): Meaning {
  const by = ended.glare ? null : ended.endedBy;
  const reason = by === null ? 'normal_clearing_unknown' : CLEARING[by];
  return { reason, generic: true, endedBy: ended.endedBy };
}

/** By how far the call had come when the caller gave up. */
function cancelled(_: Fact, { ended }: Case): Meaning {
  const reason: ReasonId =
    ended.ringingAt !== null
      ? 'caller_cancelled_ringing'
      : ended.earlyMediaAt !== null
        ? 'caller_cancelled_early_media'
        : 'caller_cancelled_before_ringing';
  return { reason, generic: true, endedBy: 'caller' };
}

/** The party whose connection was closed under it, or the PBX that closed it. */
function cutOff(fact: Fact, { connected }: Case): Meaning {
  const loss = fact.type === 'connection' ? fact.loss : null;
  if (loss?.closedBy === 'server') {
    const reason = connected ? 'dropped_platform_stopped' : 'platform_stopped';
    return { reason, generic: false, endedBy: 'platform' };
  }
  const reason = connected ? 'dropped_connection_lost' : 'connection_lost';
  return { reason, generic: false, endedBy: loss?.party ?? null };
}

function causeOf(fact: Fact): number {
  return fact.type === 'reason' ? (fact.value.cause ?? -1) : -1;
}

function cause(fact: Fact, c: Case): Meaning {
  const row = causeRow(causeOf(fact));
  if (row === undefined) return { reason: 'unspecified_failure', generic: true, endedBy: null };
  if (c.connected && row.answered === 'normal_clearing_unknown') return clearing(fact, c);
  const reason = c.connected ? row.answered : row.setup;
  return { reason, generic: row.generic, endedBy: row.endedBy };
}

function statusOf(fact: Fact): number {
  return fact.type === 'status' ? fact.status : causeOf(fact);
}

function status(fact: Fact, c: Case): Meaning {
  const row = statusRow(statusOf(fact));
  const reason = c.connected ? row.answered : row.reason;
  if (reason === null) return { reason: 'unexpected_status', generic: true, endedBy: null };
  return { reason, generic: row.generic, endedBy: row.endedBy };
}

function freeswitch(fact: Fact, c: Case): Meaning {
  const name = fact.type === 'reason' ? (fact.value.text ?? '') : '';
  const row = freeswitchCauseByName(name);
  if (row === undefined) return { reason: 'unspecified_failure', generic: true, endedBy: null };
  if (row.name === 'ORIGINATOR_CANCEL' && !c.connected) return cancelled(fact, c);
  return { reason: c.connected ? row.answered : row.setup, generic: false, endedBy: row.endedBy };
}

function transferred(_: Fact, { ended }: Case): Meaning {
  const reason = ended.transfer === 'attended' ? 'attended_transfer' : 'blind_transfer';
  return { reason, generic: false, endedBy: ended.endedBy };
}

function dialogFailed(_: Fact, { ended }: Case): Meaning {
  const gone = ended.dialogFailure === 481;
  const reason = gone ? 'transaction_does_not_exist' : 'dropped_request_timeout';
  return { reason, generic: false, endedBy: 'network' };
}

function preempted(_: Fact, c: Case): Meaning {
  const reason = c.connected ? 'dropped_preempted' : 'preempted';
  return { reason, generic: false, endedBy: 'network' };
}

function credit(_: Fact, c: Case): Meaning {
  const reason = c.connected ? 'dropped_payment_required' : 'payment_required';
  return { reason, generic: false, endedBy: 'platform' };
}

function context(fact: Fact, c: Case): Meaning {
  const row = fact.type === 'context' ? factRow(fact.note, c) : undefined;
  if (row === undefined) return { reason: 'unspecified_failure', generic: true, endedBy: null };
  const reason = c.connected ? (row.connected ?? row.setup) : row.setup;
  return { reason, generic: row.generic ?? false, endedBy: row.endedBy };
}

/** The readings that rules name. */
export const readings = {
  clearing,
  cutOff,
  cancelled,
  cause,
  status,
  freeswitch,
  transferred,
  dialogFailed,
  preempted,
  credit,
  context,
  contextKnown: (fact: Fact, c: Case): boolean =>
    fact.type === 'context' && factRow(fact.note, c) !== undefined,
  contextPossible: (fact: Fact, c: Case): boolean => {
    const row = fact.type === 'context' ? factRow(fact.note, c) : undefined;
    return row !== undefined && isPossible(row, c);
  },
  contextWentOn: (fact: Fact, c: Case): boolean => fact.type === 'context' && wentOn(fact.note, c),
  causeKnown: (fact: Fact): boolean => causeRow(causeOf(fact)) !== undefined,
  statusKnown: (fact: Fact): boolean => statusOf(fact) >= 300 && statusOf(fact) <= 699,
  freeswitchKnown: (fact: Fact): boolean =>
    fact.type === 'reason' && freeswitchCauseByName(fact.value.text ?? '') !== undefined,
} as const;
