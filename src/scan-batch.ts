import { BATCH_BYTES, BATCHES, CONTROL, FIRST_BATCH } from './batch-memory.ts';
import { TRACKED } from './calls/tracked.ts';
import { Packet } from './decode/packet.ts';
import { SLAB, SLAB_WORDS } from './lib/slab.ts';
import { SLAB_PADDING, SLAB_PLACE, sharedSlab } from './lib/slab-memory.ts';
import type { Pipeline, PipelineSink } from './pipeline.ts';
import { SipScanner } from './sip/scan.ts';
import { restoreScan, SAVED_SCAN_MAX, saveScan } from './sip/scan-copy.ts';

const BATCH_WORDS = BATCH_BYTES / 4;

/**
 * A record: the words below, then the scan, then the frame where it was scanned. It begins with an even word, since a time
 * takes two.
 */
/** Four bytes: kind, source, transport and HEP's type of protocol. */
const KINDS = 0;
/** Where the next record begins. */
const NEXT = 1;
const START = 2;
const END = 3;
const CAPTURE_ID = 4;
const CORRELATION_START = 5;
const CORRELATION_END = 6;
const ARRIVED_AT = 8;
const CAPTURED_AT = 10;
/** 36 bytes. */
const ADDRESSES = 12;
const ADDRESS_WORDS = 9;
const SCAN = ADDRESSES + ADDRESS_WORDS;
/** Even, as said above. */
const HEAD_WORDS = (SCAN + SAVED_SCAN_MAX + 1) & ~1;
/** Words of the longest record: a frame can be shifted by up to seven bytes. */
const RECORD_MAX = HEAD_WORDS + 2 + SLAB_PLACE / 4;

const MESSAGE = 0;
const REPORT = 1;

/** Constants of this module, see `SLAB_VIEW`. */
const WORDS = SLAB_WORDS;
const TIMES = new Float64Array(SLAB.buffer, 0, SLAB.length >> 3);

/**
 * The scanning end: says where a pipeline puts its frames, and writes in front of them what it finds, in order. While all
 * batches are full, its thread waits.
 */
export class BatchWriter implements PipelineSink {
  readonly #send: (words: number) => void;
  /** Batches that are full. */
  #sent = 0;
  /** Of the batch at hand: its first word, and the next one to write. */
  #first = 0;
  #at = 0;

  /** `send`: so many words of the next batch are there to be read. */
  constructor(send: (words: number) => void) {
    checkShared();
    this.#send = send;
    this.#wait();
  }

  /**
   * Where in the slab the next frame goes. It lies there as it lies in its own memory, by the eight bytes: into shared memory
   * V8 copies by the word only then, and else byte by byte.
   */
  readonly place = (frame: Uint8Array): number => {
    if (this.#at + RECORD_MAX > this.#first + BATCH_WORDS) this.flush();
    return 4 * (this.#at + HEAD_WORDS) + (frame.byteOffset & 7);
  };

  message(message: SipScanner, packet: Packet): number {
    saveScan(message, packet.start, WORDS, this.#at + SCAN);
    this.#head(MESSAGE, packet);
    return TRACKED.TAKEN;
  }

  report(_: unknown, packet: Packet): void {
    this.#head(REPORT, packet);
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
      const read = Atomics.load(WORDS, CONTROL);
      if (this.#sent - read < BATCHES) break;
      Atomics.wait(WORDS, CONTROL, read);
    }
    this.#first = FIRST_BATCH + (this.#sent % BATCHES) * BATCH_WORDS;
    this.#at = this.#first;
  }

  #head(kind: number, packet: Packet): void {
    const at = this.#at;
    const { end, correlationEnd, source, transport, protocolType } = packet;
    // The frame ends there, but for what nobody reads.
    const last = Math.max(end, correlationEnd) + SLAB_PADDING;
    this.#at = ((last + 7) >> 3) << 1;
    WORDS[at + KINDS] = kind | (source << 8) | (transport << 16) | (protocolType << 24);
    WORDS[at + NEXT] = this.#at;
    WORDS[at + START] = packet.start;
    WORDS[at + END] = end;
    WORDS[at + CAPTURE_ID] = packet.captureId;
    WORDS[at + CORRELATION_START] = packet.correlationStart;
    WORDS[at + CORRELATION_END] = correlationEnd;
    TIMES[(at + ARRIVED_AT) >> 1] = packet.arrivedAt;
    TIMES[(at + CAPTURED_AT) >> 1] = packet.capturedAt;
    const { words } = packet;
    for (let i = 0; i < ADDRESS_WORDS; i++) WORDS[at + ADDRESSES + i] = words[i] as number;
  }
}

/** The following end: hands each message to a pipeline, where it stands. */
export class BatchReader {
  readonly #packet = new Packet();
  /** The plain one: it never scans, and what it is told must not lie where the other thread's scanner writes. */
  readonly #scan = new SipScanner();

  constructor() {
    checkShared();
  }

  /** Hands on the next batch, which has so many words, and gives it back. */
  play(words: number, pipeline: Pipeline): void {
    const read = Atomics.load(WORDS, CONTROL);
    const first = FIRST_BATCH + (read % BATCHES) * BATCH_WORDS;
    for (let at = first; at < first + words; ) at = this.#record(at, pipeline);
    Atomics.store(WORDS, CONTROL, read + 1);
    Atomics.notify(WORDS, CONTROL);
  }

  /** Returns where the next record begins. */
  #record(at: number, pipeline: Pipeline): number {
    const packet = this.#packet;
    const kinds = WORDS[at + KINDS] as number;
    packet.source = (kinds >> 8) & 0xff;
    packet.transport = (kinds >> 16) & 0xff;
    packet.protocolType = kinds >>> 24;
    packet.start = WORDS[at + START] as number;
    packet.end = WORDS[at + END] as number;
    packet.captureId = (WORDS[at + CAPTURE_ID] as number) >>> 0;
    packet.correlationStart = WORDS[at + CORRELATION_START] as number;
    packet.correlationEnd = WORDS[at + CORRELATION_END] as number;
    packet.arrivedAt = TIMES[(at + ARRIVED_AT) >> 1] as number;
    packet.capturedAt = TIMES[(at + CAPTURED_AT) >> 1] as number;
    const { words } = packet;
    for (let i = 0; i < ADDRESS_WORDS; i++) words[i] = WORDS[at + ADDRESSES + i] as number;
    if ((kinds & 0xff) === REPORT) pipeline.reported(packet);
    else {
      restoreScan(this.#scan, packet.start, WORDS, at + SCAN);
      pipeline.scanned(this.#scan, packet);
    }
    return WORDS[at + NEXT] as number;
  }
}

/** Somebody loaded the slab before it was to be shared. */
function checkShared(): void {
  if (SLAB.buffer !== sharedSlab()?.buffer)
    throw new Error('the slab is not shared with the other thread');
}
