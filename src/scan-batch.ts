import { BATCH_BYTES, BATCHES, CONTROL_BYTES } from './batch-memory.ts';
import { TRACKED } from './calls/tracked.ts';
import { Packet } from './decode/packet.ts';
import { SLAB_SECOND, SLAB_WORDS } from './lib/slab.ts';
import type { Pipeline, PipelineSink } from './pipeline.ts';
import { SipScanner } from './sip/scan.ts';
import { restoreScan, SAVED_SCAN_MAX, saveScan } from './sip/scan-copy.ts';

const BATCH_WORDS = BATCH_BYTES / 4;
/** The control word: how many batches were read. */
const READ = 0;

/**
 * A record: the words below, then the scan, then the bytes of the slab, as words. Its length is even, since a time takes
 * two words.
 */
const KIND = 0;
/** Words of the slab's first and second region. */
const FIRST = 1;
const SECOND = 2;
const START = 3;
const END = 4;
const SOURCE = 5;
const CAPTURE_ID = 6;
const TRANSPORT = 7;
const CORRELATION_START = 8;
const CORRELATION_END = 9;
const PROTOCOL_TYPE = 10;
const ARRIVED_AT = 12;
const CAPTURED_AT = 14;
/** 36 bytes, four in a word. */
const ADDRESSES = 16;
const SCAN = 25;
const HEAD_MAX = SCAN + SAVED_SCAN_MAX + 1;

const MESSAGE = 0;
const REPORT = 1;

/** A constant of this module, see `SLAB_VIEW`. */
const SLAB = SLAB_WORDS;
const SECOND_WORD = SLAB_SECOND / 4;
/** What `loadSlab` leaves behind a message. */
const LFS = 0x0a0a0a0a;
const PADDING_WORDS = 16;

/** The scanning end: writes what a pipeline finds, in order. While all batches are full, its thread waits. */
export class BatchWriter implements PipelineSink {
  readonly #control: Int32Array;
  readonly #words: Int32Array;
  readonly #times: Float64Array;
  readonly #send: (words: number) => void;
  /** Batches that are full. */
  #sent = 0;
  /** Of the batch at hand: its first word, and the next one to write; 0: none is at hand. */
  #first = 0;
  #at = 0;

  /** `send`: so many words of the next batch are there to be read. */
  constructor(memory: SharedArrayBuffer, send: (words: number) => void) {
    this.#control = new Int32Array(memory, 0, CONTROL_BYTES / 4);
    this.#words = new Int32Array(memory, CONTROL_BYTES);
    this.#times = new Float64Array(memory, CONTROL_BYTES);
    this.#send = send;
    this.#wait();
  }

  message(message: SipScanner, packet: Packet): number {
    const at = this.#reserve(packet);
    this.#head(at, MESSAGE, packet);
    this.#bytes(at, packet, saveScan(message, this.#words, at + SCAN));
    return TRACKED.TAKEN;
  }

  report(_: unknown, packet: Packet): void {
    const at = this.#reserve(packet);
    this.#head(at, REPORT, packet);
    this.#bytes(at, packet, at + SCAN);
  }

  /** A capture tells of none. */
  connectionClosed(): void {}

  /** Hands on what is there. */
  flush(): void {
    if (this.#at === this.#first) return;
    this.#sent++;
    this.#send(this.#at - this.#first);
    this.#wait();
  }

  #wait(): void {
    for (;;) {
      const read = Atomics.load(this.#control, READ);
      if (this.#sent - read < BATCHES) break;
      Atomics.wait(this.#control, READ, read);
    }
    this.#first = (this.#sent % BATCHES) * BATCH_WORDS;
    this.#at = this.#first;
  }

  #reserve({ end, correlationEnd }: Packet): number {
    const words = HEAD_MAX + ((end + correlationEnd) >> 2) + 2;
    if (this.#at + words > this.#first + BATCH_WORDS) this.flush();
    return this.#at;
  }

  #head(at: number, kind: number, packet: Packet): void {
    const words = this.#words;
    const { addresses } = packet;
    words[at + KIND] = kind;
    words[at + START] = packet.start;
    words[at + END] = packet.end;
    words[at + SOURCE] = packet.source;
    words[at + CAPTURE_ID] = packet.captureId;
    words[at + TRANSPORT] = packet.transport;
    words[at + CORRELATION_START] = packet.correlationStart;
    words[at + CORRELATION_END] = packet.correlationEnd;
    words[at + PROTOCOL_TYPE] = packet.protocolType;
    this.#times[(at + ARRIVED_AT) >> 1] = packet.arrivedAt;
    this.#times[(at + CAPTURED_AT) >> 1] = packet.capturedAt;
    for (let i = 0, k = at + ADDRESSES; i < addresses.length; i += 4, k++) {
      words[k] =
        (addresses[i] as number) |
        ((addresses[i + 1] as number) << 8) |
        ((addresses[i + 2] as number) << 16) |
        ((addresses[i + 3] as number) << 24);
    }
  }

  /** The message, and in front of it or behind it the correlation id. */
  #bytes(record: number, { start, end, correlationEnd }: Packet, from: number): void {
    const words = this.#words;
    const isInflated = start >= SLAB_SECOND;
    const first = ((isInflated ? correlationEnd : Math.max(end, correlationEnd)) + 3) >> 2;
    const second = isInflated ? (end - SLAB_SECOND + 3) >> 2 : 0;
    words[record + FIRST] = first;
    words[record + SECOND] = second;
    words.set(slabWords(0, first), from);
    if (second > 0) words.set(slabWords(SECOND_WORD, second), from + first);
    this.#at = (from + first + second + 1) & ~1;
  }
}

function slabWords(from: number, count: number): Int32Array {
  return new Int32Array(SLAB.buffer, SLAB.byteOffset + 4 * from, count);
}

/** The following end: puts each message into the slab of its thread and hands it to a pipeline. */
export class BatchReader {
  readonly #control: Int32Array;
  readonly #words: Int32Array;
  readonly #times: Float64Array;
  readonly #packet = new Packet();
  readonly #scan = new SipScanner();

  constructor(memory: SharedArrayBuffer) {
    this.#control = new Int32Array(memory, 0, CONTROL_BYTES / 4);
    this.#words = new Int32Array(memory, CONTROL_BYTES);
    this.#times = new Float64Array(memory, CONTROL_BYTES);
  }

  /** Hands on the next batch, which has so many words, and gives it back. */
  play(words: number, pipeline: Pipeline): void {
    const read = Atomics.load(this.#control, READ);
    const first = (read % BATCHES) * BATCH_WORDS;
    for (let at = first; at < first + words; ) at = this.#record(at, pipeline);
    Atomics.store(this.#control, READ, read + 1);
    Atomics.notify(this.#control, READ);
  }

  #record(at: number, pipeline: Pipeline): number {
    this.#head(at);
    if (this.#words[at + KIND] === REPORT) {
      const end = this.#bytes(at, at + SCAN);
      pipeline.reported(this.#packet);
      return end;
    }
    const end = this.#bytes(at, restoreScan(this.#scan, this.#words, at + SCAN));
    pipeline.scanned(this.#scan, this.#packet);
    return end;
  }

  #head(at: number): void {
    const words = this.#words;
    const packet = this.#packet;
    const { addresses } = packet;
    packet.start = words[at + START] as number;
    packet.end = words[at + END] as number;
    packet.source = words[at + SOURCE] as number;
    packet.captureId = (words[at + CAPTURE_ID] as number) >>> 0;
    packet.transport = words[at + TRANSPORT] as number;
    packet.correlationStart = words[at + CORRELATION_START] as number;
    packet.correlationEnd = words[at + CORRELATION_END] as number;
    packet.protocolType = words[at + PROTOCOL_TYPE] as number;
    packet.arrivedAt = this.#times[(at + ARRIVED_AT) >> 1] as number;
    packet.capturedAt = this.#times[(at + CAPTURED_AT) >> 1] as number;
    for (let i = 0, k = at + ADDRESSES; i < addresses.length; i += 4, k++) {
      const word = words[k] as number;
      addresses[i] = word;
      addresses[i + 1] = word >> 8;
      addresses[i + 2] = word >> 16;
      addresses[i + 3] = word >> 24;
    }
  }

  /** Returns where the next record begins. */
  #bytes(record: number, from: number): number {
    const words = this.#words;
    const first = words[record + FIRST] as number;
    const second = words[record + SECOND] as number;
    this.#load(from, first, 0);
    if (second > 0) this.#load(from + first, second, SECOND_WORD);
    return (from + first + second + 1) & ~1;
  }

  #load(from: number, count: number, to: number): void {
    SLAB.set(new Int32Array(this.#words.buffer, this.#words.byteOffset + 4 * from, count), to);
    for (let i = to + count; i < to + count + PADDING_WORDS; i++) SLAB[i] = LFS;
  }
}
