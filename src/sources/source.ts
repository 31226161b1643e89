/**
 * What a source hands on: bytes with their arrival, 5-tuple and source id. A source knows nothing of SIP.
 *
 * `bytes` is only valid during the call: whoever wants to keep it copies it.
 */
export interface FrameSink {
  accept(bytes: Uint8Array, meta: FrameMeta): void;
  /** True: soon there will be no room, and frames will be dropped. Absent: there always is. */
  crowded?(): boolean;
}

/** Reused by the source from frame to frame; a sink must not keep it. */
export interface FrameMeta {
  /** Index into the configured sources, see `SOURCES`. */
  source: SourceId;
  /** Arrival, ms since the epoch, monotonic (`lib/clock.ts`). Timers run on it. */
  arrivedAt: number;
  /**
   * What the bytes are: one SIP message, one HEP packet, a run of whole HEP packets of version 3 one behind the other, or
   * two octets: the close code (RFC 6455 section 7.1.5) with which a connection ended that may have carried calls.
   * `sip_run`: SIP messages one behind the other, each behind its length (4 bytes, little-endian), as far as the ring,
   * which hands on one message at a time.
   */
  payload: 'sip' | 'sip_run' | 'hep' | 'hep_run' | 'closing';
  /** Packets or messages of a run; absent: one. */
  packets?: number;
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
  /** Number of the relayed connection, 1 to 2^32 - 1; 0 or absent: none. */
  connection?: number;
  /** Of a relayed connection, true: its client sent this, or closed it. Absent: the server. */
  fromClient?: boolean;
  /** When the message was on the wire, ms since the epoch, where that is better known than by its arrival; 0: it is not. */
  capturedAt?: number;
}

/** The sources of one sidecar; the label `source` of the input-health metrics. New ones are appended. */
export const SOURCES = [
  'websocket',
  'hep_udp',
  'library',
  'relay',
  'hep_tcp',
  'hep_tls',
  'capture',
] as const;
export type SourceName = (typeof SOURCES)[number];
export type SourceId = number;

/** Why a frame or a message did not become a SIP message of ours. Three different counters, never mixed. */
export const NOT_OURS = [
  'keepalive',
  'not_sip',
  'other_payload',
  'other_method',
  'link_type',
  'other_protocol',
  'encrypted',
] as const;
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
  'ws_frame',
  'hep_stream',
  'packet',
  'stream',
  'rtcp',
] as const;
export const LOST = [
  'kernel',
  'ring_full',
  'oversize',
  'auth',
  'rate',
  'observer',
  'snaplen',
  'fragment',
  'tcp_gap',
  'tcp_limit',
  'compressed',
] as const;
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
  'certificate',
] as const;
export type WebSocketRefusal = (typeof WEBSOCKET_REFUSALS)[number];

/** What became of an upgrade that asked the relay for the PBX. */
export const RELAY_RESULTS = [
  'accepted',
  'handshake',
  'origin',
  'certificate',
  'limit',
  'unreachable',
  'timeout',
  'refused_upstream',
  'client_gone',
] as const;
export type RelayResult = (typeof RELAY_RESULTS)[number];

/** Which end of a relayed connection closed it first. */
export const RELAY_SIDES = ['client', 'upstream'] as const;
export type RelaySide = (typeof RELAY_SIDES)[number];

/**
 * Close codes of RFC 6455 section 7.4.1 and its registry; 1005: a close frame without a code; 1006: no close frame.
 */
export const CLOSE_CODES = [
  1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 1015,
] as const;

/** Takes one direction of a byte stream, in whatever pieces it comes. Must not keep the chunk. */
export interface StreamReader {
  push(chunk: Uint8Array): void;
  /** Of a reader of frames: what came ends with a whole frame, and another may follow. */
  readonly isBetweenFrames?: boolean;
}

/** What a reader finds in one direction of a WebSocket connection. */
export interface WsFrameEvents {
  /** A whole data message, unmasked and put together; valid during the call. */
  message(bytes: Uint8Array): void;
  /** A data message above the bound; it is skipped. */
  oversize(): void;
  ping(): void;
  /** The close frame, with its code; 1005 when it states none (RFC 6455 section 7.1.5). */
  close(code: number): void;
  /** These are no WebSocket frames without extensions: nothing of this direction is read from here on. */
  broken(): void;
}

/** What a reader of the plain frames of a WebSocket connection finds. */
export interface WsRunEvents {
  /** So many messages one behind the other, see `sip_run` of `FrameMeta`; valid during the call. */
  messages(run: Uint8Array, count: number): void;
  /** A whole frame, or once `left` was called any bytes, that another reader is to have and may keep. */
  others(bytes: Buffer): void;
  /** From here on the other reader gets all bytes. */
  left(): void;
}

/** Such a reader. */
export interface WsRunStream {
  push(chunk: Buffer): void;
  /** Leaves the rest of the stream to the other reader, with what is kept of a frame. */
  leave(): void;
}

/** What a listener reports of its frames as it happens; the app counts it. Implementations must not throw. */
export interface FrameEvents {
  /** One frame arrived, or so many. It goes to the sink, or to `discarded`. */
  received(frames?: number): void;
  /** One frame that did not go to the sink. */
  discarded(discard: Discard): void;
}

/** What the mirror listener reports besides. */
export interface SourceEvents extends FrameEvents {
  /** One upgrade was refused. */
  rejected(reason: WebSocketRefusal): void;
  /** Connections open now. */
  connections(open: number): void;
}

/** What the relay reports besides. */
export interface RelayEvents extends FrameEvents {
  /** One upgrade was let through or refused. */
  upgrade(result: RelayResult): void;
  /** Connections open now. */
  connections(open: number): void;
  /** A connection was closed: by whom first, and how (1006: without a close frame). */
  closed(side: RelaySide, code: number): void;
}

/** The sources of HEP that are streams. */
export const HEP_STREAMS = ['hep_tcp', 'hep_tls'] as const;
export type HepStreamName = (typeof HEP_STREAMS)[number];

/** Why a connection of a HEP sender was closed as soon as it was there. */
export const HEP_REFUSALS = ['limit', 'certificate'] as const;

/** What the listeners for HEP streams report. */
export interface HepStreamEvents {
  /** So many packets arrived. They go to the sink, or to `discarded`. */
  received(name: HepStreamName, packets: number): void;
  discarded(name: HepStreamName, discard: Discard): void;
  rejected(name: HepStreamName, reason: (typeof HEP_REFUSALS)[number]): void;
  handshakeFailed(name: HepStreamName): void;
  /** Connections open now. */
  connections(name: HepStreamName, open: number): void;
}

/** The listeners that may speak TLS; label `listener` of the metrics about certificates. */
export const TLS_LISTENERS = ['http', 'websocket', 'relay', 'hep_tls'] as const;
export type TlsListener = (typeof TLS_LISTENERS)[number];

/** Why a call is no longer among the recent ones, or never was. */
export const RECENT_REMOVALS = ['count', 'age', 'bytes', 'size', 'rate'] as const;
export type RecentRemoval = (typeof RECENT_REMOVALS)[number];

/** Why a stream of calls ended. */
export const STREAM_ENDS = ['client', 'slow', 'stopped'] as const;
export type StreamEnd = (typeof STREAM_ENDS)[number];

/** Why a request to the HTTP listener was refused. */
export const HTTP_REFUSALS = ['auth', 'certificate', 'host'] as const;
