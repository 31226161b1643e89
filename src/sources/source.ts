/**
 * What a source hands on: bytes with their arrival, 5-tuple and source id. A source knows nothing of SIP.
 *
 * `bytes` is only valid during the call: whoever wants to keep it copies it.
 */
export interface FrameSink {
  accept(bytes: Uint8Array, meta: FrameMeta): void;
}

/** Reused by the source from frame to frame; a sink must not keep it. */
export interface FrameMeta {
  /** Index into the configured sources, see `SOURCES`. */
  source: SourceId;
  /** Arrival, ms since the epoch, monotonic (`lib/clock.ts`). Timers run on it. */
  arrivedAt: number;
  /** What the bytes are: one SIP message, or one HEP packet. */
  payload: 'sip' | 'hep';
  /** IANA protocol number of the transport below: 17 UDP, 6 TCP (WebSocket too), 0 unknown. */
  transport: number;
  /**
   * 36 bytes: source address (16, IPv4 as ::ffff:a.b.c.d), destination address (16), source port (2), destination
   * port (2), network order. All-zero address: unknown. For HEP these are the capture agent's and are not used.
   */
  readonly addresses: Uint8Array;
  /**
   * True: the addresses are those of the connection that carried a copy, not of the message's own hop, and whoever
   * reads SIP may know better. False or absent: the sender stated them.
   */
  fromConnection?: boolean;
}

/** The sources of one sidecar; the label `source` of the input-health metrics. New ones are appended. */
export const SOURCES = ['websocket', 'hep_udp', 'library'] as const;
export type SourceName = (typeof SOURCES)[number];
export type SourceId = number;

/** Why a frame or a message did not become a SIP message of ours. Three different counters, never mixed. */
export const NOT_OURS = ['keepalive', 'not_sip', 'other_payload', 'other_method'] as const;
export const MALFORMED = [
  'start_line',
  'header',
  'missing_header',
  'content_length',
  'too_long',
  'hep_header',
  'hep_chunk',
  'hep_truncated',
  'hep_version',
  'hep_gzip',
  'encoding',
] as const;
export const LOST = ['kernel', 'ring_full', 'oversize', 'auth', 'rate'] as const;
export type NotOurs = (typeof NOT_OURS)[number];
export type Malformed = (typeof MALFORMED)[number];
export type Lost = (typeof LOST)[number];

/** Why one frame did not become a message of ours: which counter, and its reason. */
export type Discard =
  | { readonly counter: 'not_ours'; readonly reason: NotOurs }
  | { readonly counter: 'malformed'; readonly reason: Malformed }
  | { readonly counter: 'lost'; readonly reason: Lost };

/** Why a WebSocket upgrade was refused. */
export const WEBSOCKET_REFUSALS = [
  'subprotocol',
  'auth',
  'origin',
  'limit',
  'path',
  'endpoint',
  'handshake',
] as const;
export type WebSocketRefusal = (typeof WEBSOCKET_REFUSALS)[number];

/** What a listener reports as it happens; the app counts it. Implementations must not throw. */
export interface SourceEvents {
  /** One frame arrived. It goes to the sink, or to `discarded`. */
  received(): void;
  /** One frame that did not go to the sink. */
  discarded(discard: Discard): void;
  /** One upgrade was refused. */
  rejected(reason: WebSocketRefusal): void;
  /** Connections open now. */
  connections(open: number): void;
}
