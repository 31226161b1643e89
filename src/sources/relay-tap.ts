import type { Clock } from '../lib/clock.ts';
import { ADDRESSES_LENGTH } from './address.ts';
import {
  type Discard,
  type FrameMeta,
  type FrameSink,
  type RelayEvents,
  type RelaySide,
  SOURCES,
  type StreamReader,
  type WsFrameEvents,
} from './source.ts';

export interface TapOptions {
  readonly sink: FrameSink;
  readonly events: RelayEvents;
  readonly clock: Clock;
  /** Takes WebSocket frames apart; see `decode/ws-frames.ts`. */
  readonly createReader: (maxBytes: number, events: WsFrameEvents) => StreamReader;
  /** False: nothing is copied. Read for each piece that passes, so that a reload can switch the tap off. */
  readonly observe: () => boolean;
}

/** Longest SIP message that is copied, bytes; a longer one passes all the same. */
export const TAP_MESSAGE_MAX = 65_536;

const OVERSIZE: Discard = { counter: 'lost', reason: 'oversize' };
const BROKEN: Discard = { counter: 'malformed', reason: 'ws_frame' };
const OBSERVER: Discard = { counter: 'lost', reason: 'observer' };
const ABNORMAL = 1006;

/**
 * Reads along what passes between one client and the PBX, and never touches it. Whatever goes wrong in here is counted
 * and ends in here.
 */
export class RelayTap {
  readonly #options: TapOptions;
  readonly #readers: Readonly<Record<RelaySide, StreamReader>>;
  readonly #metas: Readonly<Record<RelaySide, FrameMeta>>;
  #on = true;
  #closed = false;
  /** The PBX sent a ping and nothing has come from the client since. */
  #unanswered = false;

  /** `addresses`: of the client as source and the PBX as destination. */
  constructor(options: TapOptions, connection: number, addresses: Uint8Array) {
    this.#options = options;
    this.#metas = {
      client: metaOf(connection, addresses, true),
      upstream: metaOf(connection, mirrored(addresses), false),
    };
    this.#readers = { client: this.#reader('client'), upstream: this.#reader('upstream') };
  }

  /** Bytes that `side` sent. */
  push(side: RelaySide, chunk: Uint8Array): void {
    if (side === 'client') this.#unanswered = false;
    if (!this.#isOn()) return;
    try {
      this.#readers[side].push(chunk);
    } catch {
      this.#on = false;
      this.#options.events.discarded(OBSERVER);
    }
  }

  /** The connection of `side` ended. After a close frame that is no news. */
  ended(side: RelaySide): void {
    // A PBX that gives up a client which answers no ping only says that the client is gone.
    this.#close(side === 'upstream' && this.#unanswered ? 'client' : side, ABNORMAL);
  }

  /** What `side` sent ends with a whole frame; false when that is not known. */
  isBetweenFrames(side: RelaySide): boolean {
    return this.#on && this.#readers[side].isBetweenFrames === true;
  }

  /** The relay itself ends the connection: neither end closed it. */
  leave(): void {
    this.#closed = true;
  }

  #isOn(): boolean {
    // Once off, the reader has lost its place in the stream.
    if (!this.#options.observe()) this.#on = false;
    return this.#on;
  }

  #reader(side: RelaySide): StreamReader {
    const { events, createReader } = this.#options;
    return createReader(TAP_MESSAGE_MAX, {
      message: (bytes) => {
        events.received();
        this.#hand(bytes, this.#metas[side]);
      },
      oversize: () => {
        events.received();
        events.discarded(OVERSIZE);
      },
      ping: () => {
        this.#unanswered = side === 'upstream';
      },
      close: (code) => this.#close(side, code),
      broken: () => {
        events.received();
        events.discarded(BROKEN);
      },
    });
  }

  #close(side: RelaySide, code: number): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.events.closed(side, code);
    if (!this.#isOn()) return;
    const meta = this.#metas[side];
    meta.payload = 'closing';
    this.#hand(Uint8Array.of(code >>> 8, code & 0xff), meta);
    // The other side may still send what was on its way.
    meta.payload = 'sip';
  }

  /** One message that the observer chokes on must not make the reader lose its place. */
  #hand(bytes: Uint8Array, meta: FrameMeta): void {
    meta.arrivedAt = this.#options.clock();
    try {
      this.#options.sink.accept(bytes, meta);
    } catch {
      this.#options.events.discarded(OBSERVER);
    }
  }
}

function metaOf(connection: number, addresses: Uint8Array, fromClient: boolean): FrameMeta {
  return {
    source: SOURCES.indexOf('relay'),
    arrivedAt: 0,
    payload: 'sip',
    transport: 6,
    addresses,
    connection,
    fromClient,
  };
}

/** Source and destination swapped. */
function mirrored(addresses: Uint8Array): Uint8Array {
  const other = new Uint8Array(ADDRESSES_LENGTH);
  other.set(addresses.subarray(16, 32), 0);
  other.set(addresses.subarray(0, 16), 16);
  other.set(addresses.subarray(34, 36), 32);
  other.set(addresses.subarray(32, 34), 34);
  return other;
}
