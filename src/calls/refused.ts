import type { ContextNote } from '../context/kinds.ts';
import type { Ended } from './call.ts';

/** A call that was never sent, as an attempt without any message: all that is known of it was told. */
export function toRefused(callId: string, notes: readonly ContextNote[]): Ended {
  const context = [...notes].sort((x, y) => x.at - y.at);
  const [first] = context;
  const refusal = context.findLast(({ kind }) => kind === 'refused') ?? first;
  const startedAt = first?.at ?? 0;
  return {
    callId,
    fromTag: '',
    ordinal: 0,
    captureId: 0,
    source: 0,
    ending: 'refused',
    peerIn: 0,
    peerOut: 0,
    fromUnknown: true,
    caller: null,
    callee: null,
    startedAt,
    firstResponseAt: null,
    ringingAt: null,
    earlyMediaAt: null,
    queuedAt: null,
    answeredAt: null,
    cancelAt: null,
    byeAt: null,
    endedAt: refusal?.at ?? startedAt,
    onHold: false,
    heldBy: null,
    holdSeconds: 0,
    status: 0,
    phrase: null,
    endedBy: null,
    cancelSeen: false,
    glare: false,
    ackSeen: false,
    authenticated: false,
    inviteRetransmissions: 0,
    otherAnswer: false,
    answerRetransmissions: 0,
    transfer: null,
    transferFailed: false,
    replaced: null,
    dialogFailure: 0,
    sessionExpires: null,
    refreshedAt: null,
    branches: [],
    reasons: [],
    context,
    connectionLoss: null,
    overflow: 0,
    ladder: null,
  };
}
