import type { CaptureRecord } from './decode/capture-record.ts';
import { isHep3 } from './decode/hep-table.ts';
import { LayerDecoder } from './decode/layers.ts';
import { LAYER, LAYER_DISCARDS, type LayerStatus } from './decode/layers-table.ts';
import type { Segment } from './decode/segment.ts';
import type { Stream } from './decode/stream.ts';
import { StreamReader } from './decode/stream-reader.ts';
import { TcpAssembler } from './decode/tcp.ts';
import { isSipStart, sipMessageLength } from './sip/framing.ts';
import { ADDRESSES_LENGTH } from './sources/address.ts';
import { type Discard, type FrameMeta, type FrameSink, SOURCES } from './sources/source.ts';

/** The last moment that is believed, ms: the end of the year 9999, which every date can be written for. */
const TIME_MAX = Date.UTC(9999, 11, 31);
/** Link types that are not read and are told apart. */
const UNKNOWN_LINKS_MAX = 16;
const UDP = 17;
const TCP = 6;

const NOT_SIP: Discard = { counter: 'not_ours', reason: 'not_sip' };
const TCP_LIMIT: Discard = { counter: 'lost', reason: 'tcp_limit' };
const FRAGMENT: Discard = { counter: 'lost', reason: 'fragment' };

/** HEP 1 and 2 begin with version, length of the header and address family. */
const OLD_HEP_LENGTHS: readonly number[] = [16, 28, 40, 52];
const OLD_HEP_FAMILIES: readonly number[] = [2, 10];

/** Where packets of a capture go: frames counted as they come, messages, and what is none. */
export interface CaptureSink {
  /** One packet was captured. */
  frame(source: number): void;
  /** One message out of packets that were counted. */
  relay: FrameSink['accept'];
  discard(source: number, discard: Discard): void;
}

/**
 * From captured packets to SIP messages and HEP packets: link, IP, UDP and TCP layers put together. `arrivedAt` of what
 * comes out never goes back; a record that is earlier than one before it has its own time as capture time.
 */
export class CaptureInput {
  /** Latest time seen, ms since the epoch; 0 before the first packet. */
  now = 0;
  /** How far a record went back behind one before it at most, ms. */
  setBack = 0;
  /** Packets of which the capture kept less than was sent. */
  cut = 0;
  /** Records by link type that is not read. */
  readonly unknownLinks = new Map<number, number>();
  readonly #sink: CaptureSink;
  readonly #layers = new LayerDecoder();
  readonly #streams: StreamReader;
  readonly #tcp: TcpAssembler;
  readonly #meta: FrameMeta & { capturedAt: number };
  #fragmentsLost = 0;
  #evicted = 0;

  constructor(sink: CaptureSink) {
    this.#sink = sink;
    this.#meta = {
      source: SOURCES.indexOf('capture'),
      arrivedAt: 0,
      payload: 'sip',
      transport: UDP,
      addresses: new Uint8Array(ADDRESSES_LENGTH),
      capturedAt: 0,
    };
    this.#streams = new StreamReader(
      { length: sipMessageLength, isStart: isSipStart },
      (payload, bytes, start, end, stream) => this.#ofStream(payload, bytes, start, end, stream),
      (discard) => this.#discard(discard),
    );
    this.#tcp = new TcpAssembler(this.#streams);
  }

  /** Bytes that wait for a missing TCP segment, and that are reserved for unfinished messages. */
  get held(): number {
    return this.#tcp.held;
  }
  get pending(): number {
    return this.#streams.pending;
  }

  /** One packet. `arrivedAt`: when it came, ms since the epoch, for a live capture; of a file its own time counts. */
  packet(record: CaptureRecord, arrivedAt?: number): void {
    this.#sink.frame(this.#meta.source);
    const time = Math.min(Math.max(record.time[0] as number, 0), TIME_MAX);
    this.#setTime(time, arrivedAt ?? time);
    if (record.cut) this.cut++;
    const status = this.#layers.decode(record, this.now) as LayerStatus;
    if (status === LAYER.udp) this.#udp(this.#layers.segment);
    else if (status === LAYER.tcp) this.#tcp.segment(this.#layers.segment, this.now);
    else this.#leave(status, record);
    this.#countLosses();
  }

  /** Moves time on while no packets come. */
  advance(now: number): void {
    this.now = Math.max(this.now, now);
    this.#meta.arrivedAt = this.now;
    this.#layers.expire(this.now);
    this.#tcp.expire(this.now);
    this.#countLosses();
  }

  /** No more packets come: hands on what is half there. */
  finish(): void {
    this.#layers.finish();
    this.#tcp.finish(this.now);
    this.#countLosses();
  }

  #setTime(time: number, arrivedAt: number): void {
    if (arrivedAt > this.now) this.now = arrivedAt;
    else this.setBack = Math.max(this.setBack, this.now - arrivedAt);
    this.#meta.arrivedAt = this.now;
    this.#meta.capturedAt = time === this.now ? 0 : time;
  }

  #udp({ bytes, start, end, addresses }: Segment): void {
    const payload = payloadOf(bytes, start, end);
    if (payload === null) {
      this.#discard(NOT_SIP);
      return;
    }
    const meta = this.#meta;
    meta.payload = payload;
    meta.transport = UDP;
    meta.addresses.set(addresses);
    this.#sink.relay(part(bytes, start, end), meta);
  }

  #ofStream(
    payload: FrameMeta['payload'],
    bytes: Buffer,
    start: number,
    end: number,
    stream: Stream,
  ): void {
    const meta = this.#meta;
    meta.payload = payload;
    meta.transport = TCP;
    meta.addresses.set(stream.addresses);
    this.#sink.relay(part(bytes, start, end), meta);
  }

  #leave(status: LayerStatus, record: CaptureRecord): void {
    const discard = LAYER_DISCARDS[status];
    if (discard !== null) this.#discard(discard);
    if (status !== LAYER.linkType) return;
    const { linkType } = record;
    if (!this.unknownLinks.has(linkType) && this.unknownLinks.size >= UNKNOWN_LINKS_MAX) return;
    this.unknownLinks.set(linkType, (this.unknownLinks.get(linkType) ?? 0) + 1);
  }

  /** What the layers gave up since the last packet. */
  #countLosses(): void {
    for (; this.#fragmentsLost < this.#layers.fragmentsLost; this.#fragmentsLost++) {
      this.#discard(FRAGMENT);
    }
    for (; this.#evicted < this.#tcp.evicted; this.#evicted++) this.#discard(TCP_LIMIT);
  }

  #discard(discard: Discard): void {
    this.#sink.discard(this.#meta.source, discard);
  }
}

/** What `subarray` gives, as a plain array: a Buffer costs more to make. */
function part(bytes: Buffer, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start);
}

/** HEP, something that may be SIP, or null: RTP, STUN, DNS and the like, which no scan needs to look at. */
function payloadOf(bytes: Buffer, start: number, end: number): FrameMeta['payload'] | null {
  if (start === end) return null;
  const first = bytes[start] as number;
  // A start line is text; before it there may be line ends, and nothing but them in a keep-alive.
  if (first >= 0x21 && first <= 0x7e) {
    if (end - start < 4) return null;
    return isHep3(bytes.readUInt32BE(start)) ? 'hep' : 'sip';
  }
  if (first === 0x0d || first === 0x0a || first === 0x20 || first === 0x09) return 'sip';
  const isOldHep =
    (first === 1 || first === 2) &&
    OLD_HEP_LENGTHS.includes(bytes[start + 1] as number) &&
    OLD_HEP_FAMILIES.includes(bytes[start + 2] as number);
  return isOldHep ? 'hep' : null;
}
