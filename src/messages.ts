import type { ContextAnswer, ContextEvent } from './context/results.ts';
import type { EngineOptions } from './engine.ts';
import type { HandoverOptions, VerdictBatch } from './handover.ts';
import type { CaptureOrigin } from './live-capture.ts';
import type { Snapshot } from './outputs/recorder.ts';
import type { HepUdpOptions, ReceiveBuffer } from './sources/hep-udp.ts';
import type { BoundSocket } from './sources/udp-table.ts';

/** What the edge tells the engine's thread. */
export type ToEngine =
  /** The first message, and once. */
  | { readonly type: 'start'; readonly data: EngineData }
  /** The ring has frames and the engine had gone to sleep. */
  | { readonly type: 'bell' }
  | { readonly type: 'scrape' }
  | { readonly type: 'reload'; readonly options: EngineOptions }
  /** Facts of the context API. */
  | { readonly type: 'context'; readonly id: number; readonly events: readonly ContextEvent[] }
  /** So many verdicts were written. */
  | { readonly type: 'written'; readonly count: number }
  /** End all calls, hand over their verdicts and stop. */
  | { readonly type: 'stop' };

/** What the engine's thread tells the edge. */
export type FromEngine =
  | { readonly type: 'ready'; readonly hep: HepState | null }
  | { readonly type: 'failed'; readonly error: string }
  | { readonly type: 'info' | 'warning'; readonly text: string }
  /** The capture on standard input is over; `problem` null: as it should. */
  | { readonly type: 'capture_ended'; readonly problem: string | null }
  | { readonly type: 'snapshot'; readonly snapshot: Snapshot }
  | { readonly type: 'context'; readonly id: number; readonly answers: readonly ContextAnswer[] }
  | { readonly type: 'verdicts'; readonly batch: VerdictBatch }
  | { readonly type: 'stopped' };

export interface HepState {
  readonly host: string;
  readonly port: number;
  /** Receive buffer asked for and given, bytes. */
  readonly requested: number;
  readonly granted: number;
  readonly receiver: 'batched' | 'dgram';
  /** Why `dgram`, where `auto` would have liked batches better; null: as asked for. */
  readonly fallback: string | null;
}

/** What the thread that receives HEP over UDP starts with. */
export interface ReceiverData {
  readonly options: Pick<HepUdpOptions, 'host' | 'port' | 'receiveBufferBytes'>;
  readonly ring: SharedArrayBuffer;
  /** An Int32: 1 when it is to stop. */
  readonly stop: SharedArrayBuffer;
  /** A BigUint64: datagrams that found no room in the ring. */
  readonly dropped: SharedArrayBuffer;
}

/** The socket of that thread. */
export interface ReceiverSocket extends BoundSocket {
  readonly receiveBuffer: ReceiveBuffer;
}

/** What that thread tells the engine's. */
export type FromReceiver =
  | { readonly type: 'ready'; readonly socket: ReceiverSocket }
  | { readonly type: 'failed'; readonly error: string }
  /** An error of the socket; it goes on. */
  | { readonly type: 'error'; readonly text: string }
  /** The ring has frames and the engine had gone to sleep. */
  | { readonly type: 'bell' };

/** HEP over UDP as configured. */
export interface HepUdpData {
  readonly host: string;
  readonly port: number;
  readonly receiveBufferBytes: number;
  readonly receiver: 'auto' | 'batched' | 'dgram';
  /** Room for datagrams that wait for the engine, where another thread receives them, bytes. */
  readonly ringBytes: number;
}

/** What the engine's thread starts with. */
export interface EngineData {
  readonly options: EngineOptions;
  readonly ring: SharedArrayBuffer;
  readonly hep: HepUdpData | null;
  /** A live capture; null: none. */
  readonly capture: CaptureOrigin | null;
  /** Another thread ran before it and died: a capture that cannot begin is no reason to stop. */
  readonly again: boolean;
  /** Verdicts that may be on their way to the edge; more are counted and dropped. */
  readonly verdictQueue: number;
  readonly handover: HandoverOptions;
}
