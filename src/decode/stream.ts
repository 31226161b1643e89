import type { FrameMeta } from '../sources/source.ts';

/** What a stream was found to carry. */
export type StreamProtocol =
  /** Nothing was seen yet; its first byte is to come. */
  | 'new'
  /** Its beginning was missed, or it is nobody's: a message is looked for where a segment begins. */
  | 'seek'
  | 'sip'
  | 'hep'
  /** An HTTP request or response that may become WebSocket. */
  | 'handshake'
  | 'websocket'
  | 'tls';

/** Reads SIP framing (`sip/framing.ts`), which decoding knows nothing of. */
export interface SipFraming {
  length(bytes: Buffer, start: number, end: number, progress: Progress): number;
  isStart(bytes: Uint8Array, start: number, end: number): boolean;
}

export interface Progress {
  read: number;
  body: number;
  total: number;
}

/** One direction of a connection, as far as its content goes. */
export class Stream {
  readonly addresses: Uint8Array;
  protocol: StreamProtocol;
  /** The unfinished message or frame: the first `pendingLength` bytes. */
  pending: Buffer | null = null;
  pendingLength = 0;
  readonly progress: Progress = { read: 0, body: 0, total: 0 };
  /** Bytes still to come that nobody reads. */
  skip = 0;
  /** The WebSocket message of which fragments were seen; null: none. */
  message: Buffer | null = null;
  messageLength = 0;
  /** The WebSocket message that is under way is dropped: too long, or compressed. */
  dropped = false;

  constructor(addresses: Uint8Array, begun: boolean) {
    // Not slice: of a Buffer that is a view.
    this.addresses = new Uint8Array(addresses);
    this.protocol = begun ? 'new' : 'seek';
  }

  /** A unit is complete, or given up: the next one begins. */
  restart(): void {
    this.progress.read = 0;
    this.progress.body = 0;
    this.progress.total = 0;
  }
}

/** What comes out of the streams: one SIP message or HEP packet, valid during the call. */
export type StreamOutput = (
  payload: FrameMeta['payload'],
  bytes: Buffer,
  start: number,
  end: number,
  stream: Stream,
) => void;
