import { TRACKED } from './calls/tracked.ts';
import type { Tracker } from './calls/tracker.ts';
import { decodeHep, type HepOptions, hepLength } from './decode/hep.ts';
import { HEP_DISCARDS, HEP_STATUS } from './decode/hep-table.ts';
import { Packet } from './decode/packet.ts';
import { readRtcp } from './decode/rtcp.ts';
import { InputHealth } from './input-health.ts';
import { loadSlab } from './lib/slab.ts';
import { createScanner } from './scanner.ts';
import { METHOD, SCAN, type SipScanner } from './sip/scan.ts';
import { viaEndpoint } from './sip/via-address.ts';
import {
  type Discard,
  type FrameMeta,
  type FrameSink,
  type HepStreamName,
  SOURCES,
} from './sources/source.ts';

const TOO_LONG: Discard = { counter: 'malformed', reason: 'too_long' };
const RTCP: Discard = { counter: 'malformed', reason: 'rtcp' };
const OBSERVER: Discard = { counter: 'lost', reason: 'observer' };
const OTHER_METHOD: Discard = { counter: 'not_ours', reason: 'other_method' };

/** How a scan that found no message is counted. */
const SCAN_DISCARDS: Readonly<Record<number, Discard>> = {
  [SCAN.KEEPALIVE]: { counter: 'not_ours', reason: 'keepalive' },
  [SCAN.NOT_SIP]: { counter: 'not_ours', reason: 'not_sip' },
  [SCAN.START_LINE]: { counter: 'malformed', reason: 'start_line' },
  [SCAN.HEADER]: { counter: 'malformed', reason: 'header' },
  [SCAN.MISSING_HEADER]: { counter: 'malformed', reason: 'missing_header' },
  [SCAN.CONTENT_LENGTH]: { counter: 'malformed', reason: 'content_length' },
};

/** Follows what comes out of the pipeline, in order: a tracker, or whoever hands it to one in another thread. */
export type PipelineSink = Pick<Tracker, 'message' | 'report' | 'connectionClosed'>;

/** Looks at a message where it stands; whoever wants to keep something copies it. */
export type MessageTap = (message: SipScanner, packet: Packet) => void;

/** Told of an exception in reading, following or judging: a bug of callfate. */
export type OnFault = (error: unknown) => void;

export interface PipelineOptions {
  /** HEP packets must carry this key; null: any or none. */
  readonly authKey: Uint8Array | null;
  /** The same for HEP over TCP and TLS; absent: as `authKey`. */
  readonly streamKeys?: StreamKeys;
}

/** Where in the slab a frame goes. */
export type Place = (frame: Uint8Array) => number;

export type StreamKeys = Readonly<Record<HepStreamName, Uint8Array | null>>;

/**
 * The hops between the stages: frame → (HEP) → SIP message → tracker. One message at a time, in the slab; whatever
 * does not get through is counted under its reason.
 */
export class Pipeline implements FrameSink {
  readonly health = new InputHealth();
  #keys: readonly HepOptions[];
  /** Sees every message before it is tracked, in place; null: nobody does. */
  tap: MessageTap | null = null;
  /** Null: a bug throws. Else what it hit is left out and counted, and all else goes on. */
  onFault: OnFault | null = null;
  readonly #sink: PipelineSink;
  readonly #place: Place | null;
  readonly #scanner: SipScanner;
  /** Why messages are read by the plain scanner; null: they are read by the faster one. */
  readonly scannerProblem: string | null;
  readonly #packet = new Packet();

  /** `place`: where each frame goes; null: where the slab begins. */
  constructor(sink: PipelineSink, options: PipelineOptions, place: Place | null = null) {
    this.#sink = sink;
    this.#place = place;
    this.#keys = keysOf(options);
    const { scanner, problem } = createScanner();
    this.#scanner = scanner;
    this.scannerProblem = problem;
  }

  /** Other keys from now on. */
  configure(options: PipelineOptions): void {
    this.#keys = keysOf(options);
  }

  /** SIP messages so far, of all sources. */
  get messages(): number {
    return this.health.messages.reduce((sum, one) => sum + one, 0);
  }

  /** A frame of a source that runs in this thread. */
  accept(bytes: Uint8Array, meta: FrameMeta): void {
    this.frame(meta.source, meta.packets);
    this.relay(bytes, meta);
  }

  /** One packet of a capture, which may hold several messages, or none. */
  frame(source: number, packets = 1): void {
    this.health.frames[source] = (this.health.frames[source] as number) + packets;
  }

  /** What is none of ours, or was lost on the way here. */
  discard(source: number, discard: Discard): void {
    this.health.discard(source, discard);
  }

  /** A frame that was counted when it arrived, in another thread or as a packet of a capture. */
  relay(bytes: Uint8Array, meta: FrameMeta): void {
    try {
      this.#relay(bytes, meta);
    } catch (error) {
      this.fault(error, meta.source);
    }
  }

  /** Something of this source was left out because of a bug. Throws it on when nobody is to be told. */
  fault(error: unknown, source: number): void {
    if (this.onFault === null) throw error;
    this.health.discard(source, OBSERVER);
    this.onFault(error);
  }

  #relay(bytes: Uint8Array, meta: FrameMeta): void {
    const packet = this.#packet;
    packet.source = meta.source;
    packet.arrivedAt = meta.arrivedAt;
    packet.connection = meta.connection ?? 0;
    packet.fromClient = meta.fromClient === true;
    if (meta.payload === 'closing') {
      this.#closing(bytes);
      return;
    }
    // As it lies in its own memory, by the eight bytes: out of shared memory V8 copies by the word only then.
    const start = this.#place === null ? bytes.byteOffset & 7 : this.#place(bytes);
    const end = loadSlab(bytes, start);
    if (end < 0) this.health.discard(meta.source, TOO_LONG);
    else if (meta.payload === 'hep') this.#hep(start, end);
    else if (meta.payload === 'hep_run') this.#run(start, end);
    else this.#sip(start, end, meta);
  }

  #closing([high = 0, low = 0]: Uint8Array): void {
    const { connection, fromClient, arrivedAt } = this.#packet;
    const closedBy = fromClient ? 'client' : 'server';
    this.#sink.connectionClosed({
      connection,
      closedBy,
      code: (high << 8) | low,
      at: arrivedAt,
    });
  }

  /** HEP packets one behind the other in the slab. A bug costs the one that hits it, and no other. */
  #run(start: number, end: number): void {
    for (let at = start, next = start; at < end; at = next) {
      next = Math.min(end, at + hepLength(at));
      try {
        this.#hep(at, next, end);
      } catch (error) {
        this.fault(error, this.#packet.source);
      }
    }
  }

  #hep(start: number, end: number, free = end): void {
    const packet = this.#packet;
    const keys = this.#keys[packet.source] as HepOptions;
    const status = decodeHep(start, end, packet, keys, free);
    if (status === HEP_STATUS.ok) this.#scan(false);
    else if (status === HEP_STATUS.rtcp) this.reported(packet);
    else {
      const discard = HEP_DISCARDS[status];
      if (discard !== null) this.health.discard(packet.source, discard);
    }
  }

  /** An RTCP packet in the slab. */
  reported(packet: Packet): void {
    const report = readRtcp(packet.start, packet.end);
    if (report === 'malformed') this.health.discard(packet.source, RTCP);
    else this.#sink.report(report === 'silent' ? null : report, packet);
  }

  #sip(start: number, end: number, meta: FrameMeta): void {
    const packet = this.#packet;
    packet.start = start;
    packet.end = end;
    packet.capturedAt = meta.capturedAt ?? 0;
    packet.captureId = 0;
    packet.transport = meta.transport;
    packet.correlationStart = 0;
    packet.correlationEnd = 0;
    packet.addresses.set(meta.addresses);
    this.#scan(meta.fromConnection === true);
  }

  #scan(fromConnection: boolean): void {
    const { source, start, end } = this.#packet;
    const message = this.#scanner;
    const result = message.scan(start, end);
    const discard = SCAN_DISCARDS[result];
    if (discard !== undefined) {
      this.health.discard(source, discard);
      return;
    }
    if (fromConnection && message.method === METHOD.INVITE) this.#refine();
    this.scanned(message, this.#packet);
  }

  /** A message in the slab that was scanned, here or in another thread. */
  scanned(message: SipScanner, packet: Packet): void {
    const { source } = packet;
    this.health.messages[source] = (this.health.messages[source] as number) + 1;
    if (this.tap !== null) this.tap(message, packet);
    if (this.#sink.message(message, packet) === TRACKED.OTHER_METHOD) {
      this.health.discard(source, OTHER_METHOD);
    }
  }

  /**
   * The addresses are those of the connection that carried a copy. The message's own top Via knows its hop better: it
   * names the sender of a request and the receiver of a response. The other end is unknown.
   */
  #refine(): void {
    const { addresses } = this.#packet;
    const near = this.#scanner.isRequest ? [0, 32] : [16, 34];
    const far = this.#scanner.isRequest ? [16, 34] : [0, 32];
    const [address = 0, port = 0] = near;
    if (!viaEndpoint(this.#scanner, addresses, address, port) && !this.#scanner.isRequest) {
      // The client that mirrors is the best guess for the hop that the Via does not name.
      addresses.copyWithin(16, 0, 16);
      addresses.copyWithin(34, 32, 34);
    }
    addresses.fill(0, far[0], (far[0] ?? 0) + 16);
    addresses.fill(0, far[1], (far[1] ?? 0) + 2);
  }
}

/** By source. */
function keysOf({ authKey, streamKeys }: PipelineOptions): readonly HepOptions[] {
  return SOURCES.map((name) => {
    const stream = name === 'hep_tcp' || name === 'hep_tls' ? streamKeys?.[name] : undefined;
    return { authKey: stream === undefined ? authKey : stream };
  });
}
