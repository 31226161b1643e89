import type { ContextNote } from '../context/kinds.ts';
import { EMPTY_ENDED, type Ended } from './call.ts';

/** A call that was never sent, as an attempt without any message: all that is known of it was told. */
export function toRefused(callId: string, notes: readonly ContextNote[]): Ended {
  const context = [...notes].sort((x, y) => x.at - y.at);
  const [first] = context;
  const refusal = context.findLast(({ kind }) => kind === 'refused') ?? first;
  const startedAt = first?.at ?? 0;
  const endedAt = refusal?.at ?? startedAt;
  return { ...EMPTY_ENDED, callId, ending: 'refused', startedAt, endedAt, context };
}
