import { ADDRESSES_LENGTH } from './address.ts';
import {
  FLAG_FROM_CLIENT,
  FLAG_FROM_CONNECTION,
  FLAG_SIP_RUN,
  flagsOf,
  payloadOf,
} from './ring-flags.ts';
import { ASLEEP, CONTROL_LENGTH, HEAD, RingMemory, TAIL } from './ring-memory.ts';
import { type FrameMeta, type FrameSink, SOURCES, type SourceId } from './source.ts';

/**
 * Frames from one thread to another through shared memory: one writer, one reader, first in first out, bounded.
 *
 *     control words | record | record | … | wrap marker, unused rest
 *
 * A record starts at a multiple of 8 and never wraps. `head` (next to read) belongs to the reader and `tail` (next to
 * write) to the writer; equal means empty, so the writer never lets the tail catch up with the head.
 */
export function createRing(bytes: number): SharedArrayBuffer {
  const capacity = align(Math.max(bytes, MINIMUM_CAPACITY));
  return new SharedArrayBuffer(CONTROL_LENGTH + capacity);
}

const MINIMUM_CAPACITY = 1024;

/** A record's header, byte offsets. The frame's bytes follow it, shifted by up to seven: see `shiftOf`. */
const LENGTH_AT = 0;
const SOURCE_AT = 4;
const FLAGS_AT = 5;
const TRANSPORT_AT = 6;
const SHIFT_AT = 7;
const ARRIVED_AT = 8;
const ADDRESSES_AT = 16;
const CONNECTION_AT = 52;
const RECORD_HEADER = 56;
const SHIFT_MAX = 7;

/** In place of a length: the next record is at the start of the ring. */
const WRAP_MARKER = 0xffffffff;
/** Before each message of a run of SIP stands its length. */
const MESSAGE_LENGTH = 4;
const FULL = -1;
/** Of frames taken in one go: a run of packets is many messages. */
const DRAIN_BYTES = 262_144;

function align(bytes: number): number {
  return (bytes + 7) & ~7;
}

/**
 * A frame lies in a record as it lies in its own memory, by the eight bytes. Out of and into shared memory V8 copies by the
 * word only then, and else byte by byte.
 */
function shiftOf({ byteOffset }: Uint8Array): number {
  return byteOffset & 7;
}

/** The sending end. `accept` never waits and never throws: what does not fit is dropped and counted. */
export class RingWriter implements FrameSink {
  readonly #memory: RingMemory;
  readonly #wake: () => void;
  readonly #ringFull = new Float64Array(SOURCES.length);
  readonly #oversize = new Float64Array(SOURCES.length);

  /** `wake` is called when a frame was written while the reader slept; at most once for each sleep. */
  constructor(buffer: SharedArrayBuffer, wake: () => void) {
    this.#memory = new RingMemory(buffer);
    this.#wake = wake;
  }

  /** Frames of a source, or packets of its runs, dropped since the start: the ring had no room, or they were larger than half of it. */
  dropped(source: SourceId): { readonly ring_full: number; readonly oversize: number } {
    return {
      ring_full: this.#ringFull[source] as number,
      oversize: this.#oversize[source] as number,
    };
  }

  accept(bytes: Uint8Array, meta: FrameMeta): void {
    const { control, capacity } = this.#memory;
    const needed = align(RECORD_HEADER + shiftOf(bytes) + bytes.length);
    // Half is what always fits in an empty ring, wherever its head and tail are.
    if (needed > capacity / 2) {
      this.#count(this.#oversize, meta);
      return;
    }
    const at = this.#reserve(needed);
    if (at === FULL) {
      this.#count(this.#ringFull, meta);
      return;
    }
    this.#write(at, bytes, meta);
    const end = at + needed;
    Atomics.store(control, TAIL, end === capacity ? 0 : end);
    this.#wakeReader();
  }

  /** Less than half of the ring is free. */
  crowded(): boolean {
    return this.#memory.used() > this.#memory.capacity / 2;
  }

  /** How many frames of this length, bytes, find room for certain, wherever in the ring its end is. */
  room(length: number): number {
    const needed = align(RECORD_HEADER + SHIFT_MAX + length);
    // One more may be wasted at the end of the ring, and the tail never catches up with the head.
    return Math.max(0, Math.floor((this.#memory.capacity - this.#memory.used()) / needed) - 2);
  }

  #count(sums: Float64Array, { source, packets = 1 }: FrameMeta): void {
    sums[source] = (sums[source] as number) + packets;
  }

  /** Where `needed` bytes fit, or `FULL`. Leaves a wrap marker when that is at the start. */
  #reserve(needed: number): number {
    const { control, view, capacity } = this.#memory;
    const tail = Atomics.load(control, TAIL);
    const head = Atomics.load(control, HEAD);
    if (tail < head) return needed < head - tail ? tail : FULL;
    const rest = capacity - tail;
    // A record that ends with the ring moves the tail to 0, which must not be the head.
    if (needed < rest || (needed === rest && head > 0)) return tail;
    if (needed >= head) return FULL;
    view.setUint32(tail, WRAP_MARKER, true);
    return 0;
  }

  #write(at: number, bytes: Uint8Array, meta: FrameMeta): void {
    const { view, bytes: ring } = this.#memory;
    view.setUint32(at + LENGTH_AT, bytes.length, true);
    view.setUint8(at + SOURCE_AT, meta.source);
    view.setUint8(at + FLAGS_AT, flagsOf(meta));
    view.setUint8(at + TRANSPORT_AT, meta.transport);
    view.setUint8(at + SHIFT_AT, shiftOf(bytes));
    view.setFloat64(at + ARRIVED_AT, meta.arrivedAt, true);
    ring.set(meta.addresses, at + ADDRESSES_AT);
    view.setUint32(at + CONNECTION_AT, meta.connection ?? 0, true);
    ring.set(bytes, at + RECORD_HEADER + shiftOf(bytes));
  }

  #wakeReader(): void {
    const { control } = this.#memory;
    // Atomics are sequentially consistent: either this sees the reader asleep, or its re-check sees the new tail.
    if (Atomics.load(control, ASLEEP) === 1 && Atomics.exchange(control, ASLEEP, 0) === 1) {
      this.#wake();
    }
  }
}

/** The receiving end. */
export class RingReader {
  readonly #memory: RingMemory;
  readonly #meta: FrameMeta = {
    source: 0,
    arrivedAt: 0,
    payload: 'sip',
    transport: 0,
    addresses: new Uint8Array(ADDRESSES_LENGTH),
    fromConnection: false,
    connection: 0,
    fromClient: false,
  };

  constructor(buffer: SharedArrayBuffer) {
    this.#memory = new RingMemory(buffer);
  }

  /**
   * Hands up to `max` frames to the sink, in order, and returns how many, a run being one: fewer than the ring holds once
   * they have 256 KiB. Their bytes are a view into the ring, valid during the call. A frame whose sink throws is taken out
   * before the error goes on.
   */
  drain(sink: FrameSink, max: number): number {
    const { control } = this.#memory;
    let count = 0;
    let bytes = 0;
    while (count < max && bytes < DRAIN_BYTES) {
      const head = Atomics.load(control, HEAD);
      if (head === Atomics.load(control, TAIL)) break;
      bytes += this.#take(head, sink);
      count += 1;
    }
    return count;
  }

  /**
   * Declares the reader asleep. True: the ring was empty, and the writer will call its `wake` at the next frame.
   * False: a frame came meanwhile; drain again.
   */
  sleep(): boolean {
    const { control } = this.#memory;
    Atomics.store(control, ASLEEP, 1);
    if (Atomics.load(control, HEAD) === Atomics.load(control, TAIL)) return true;
    Atomics.store(control, ASLEEP, 0);
    return false;
  }

  /** Returns how many bytes the frame has. */
  #take(head: number, sink: FrameSink): number {
    const { control, view, bytes, capacity } = this.#memory;
    const wrapped = view.getUint32(head, true) === WRAP_MARKER;
    const at = wrapped ? 0 : head;
    const length = view.getUint32(at + LENGTH_AT, true);
    const start = at + RECORD_HEADER + view.getUint8(at + SHIFT_AT);
    this.#readMeta(at);
    try {
      if ((view.getUint8(at + FLAGS_AT) & FLAG_SIP_RUN) !== 0)
        this.#messages(sink, start, start + length);
      else sink.accept(bytes.subarray(start, start + length), this.#meta);
    } finally {
      const end = align(start + length);
      Atomics.store(control, HEAD, end === capacity ? 0 : end);
    }
    return length;
  }

  /** The messages of a run, one at a time. */
  #messages(sink: FrameSink, from: number, end: number): void {
    const { view, bytes } = this.#memory;
    for (let at = from; at < end; ) {
      const start = at + MESSAGE_LENGTH;
      at = start + view.getUint32(at, true);
      sink.accept(bytes.subarray(start, at), this.#meta);
    }
  }

  #readMeta(at: number): void {
    const { view, bytes } = this.#memory;
    const meta = this.#meta;
    const flags = view.getUint8(at + FLAGS_AT);
    meta.source = view.getUint8(at + SOURCE_AT);
    meta.payload = payloadOf(flags);
    meta.fromConnection = (flags & FLAG_FROM_CONNECTION) !== 0;
    meta.fromClient = (flags & FLAG_FROM_CLIENT) !== 0;
    meta.connection = view.getUint32(at + CONNECTION_AT, true);
    meta.transport = view.getUint8(at + TRANSPORT_AT);
    meta.arrivedAt = view.getFloat64(at + ARRIVED_AT, true);
    for (let i = 0; i < ADDRESSES_LENGTH; i++) {
      meta.addresses[i] = bytes[at + ADDRESSES_AT + i] ?? 0;
    }
  }
}
