import type { Bank } from './outputs/bank.ts';
import type { Discard, SourceEvents, WebSocketRefusal } from './sources/source.ts';

const DISCARD_METRICS = {
  not_ours: 'callfate_input_not_ours_total',
  malformed: 'callfate_input_malformed_total',
  lost: 'callfate_input_lost_total',
} as const;

/** Counts what the WebSocket listener reports into the edge's bank. */
export function websocketEvents(bank: Bank): SourceEvents {
  const frames = bank.cell('callfate_input_frames_total', 'websocket');
  const open = bank.cell('callfate_websocket_connections');
  return {
    received: () => bank.add(frames),
    discarded: ({ counter, reason }: Discard) =>
      bank.add(bank.cell(DISCARD_METRICS[counter], 'websocket', reason)),
    rejected: (reason: WebSocketRefusal) =>
      bank.add(bank.cell('callfate_websocket_rejected_total', reason)),
    connections: (count) => bank.set(open, count),
  };
}
