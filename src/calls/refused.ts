import type { ContextNote } from '../context/kinds.ts';
import type { Ended } from './call.ts';
import { UNTOLD } from './untold.ts';

/** A call that was never sent, as an attempt without any message: all that is known of it was told. */
export function toRefused(callId: string, notes: readonly ContextNote[]): Ended {
  const context = [...notes].sort((x, y) => x.at - y.at);
  const [first] = context;
  const refusal = context.findLast(({ kind }) => kind === 'refused') ?? first;
  const startedAt = first?.at ?? 0;
  return {
    ...UNTOLD,
    callId,
    ending: 'refused',
    startedAt,
    endedAt: refusal?.at ?? startedAt,
    context,
  };
}
