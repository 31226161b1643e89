import { type Segment, TCP_FLAG } from './segment.ts';
import type { Stream } from './stream.ts';
import { Direction, DirectionTable, type Held } from './tcp-direction.ts';

/** Directions of connections followed at a time; one more and one that was idle lately is given up. */
export const STREAMS_MAX = 65_536;
/** Segments of one direction that wait for a missing one, and their bytes. */
export const HELD_SEGMENTS_MAX = 256;
export const HELD_BYTES_MAX = 1_048_576;
/** The same for all directions together, bytes. */
export const HELD_TOTAL_MAX = 67_108_864;
/** A missing segment is given up after this time, ms: the sender would have repeated it. */
export const HELD_MS = 3000;
/** A sequence number further away than this belongs to another connection of the same ports. */
const WINDOW = 16_777_216;

/** What a reader of streams does with bytes that are in order. */
export interface StreamSink {
  /** A direction of a connection. `begun`: its first byte was seen, and not only some later one. */
  open(addresses: Uint8Array, begun: boolean): Stream;
  /** The next bytes; valid during the call. */
  data(stream: Stream, bytes: Buffer, start: number, end: number): void;
  /** Bytes are missing here. */
  gap(stream: Stream): void;
  close(stream: Stream): void;
}

/**
 * Puts TCP segments in order: late ones wait for their turn, repeated bytes are dropped, and what stays missing is given
 * up within bounds (RFC 9293 section 3.4). It does not need the beginning of a connection.
 */
export class TcpAssembler {
  /** Places where bytes were missing, and directions given up because a bound was hit. */
  gaps = 0;
  evicted = 0;
  readonly #sink: StreamSink;
  readonly #directions = new DirectionTable();
  /** Directions with segments that wait, the longest waiting first. */
  readonly #waiting = new Set<Direction>();
  #heldTotal = 0;

  constructor(sink: StreamSink) {
    this.#sink = sink;
  }

  /** Bytes that wait for a missing segment. */
  get held(): number {
    return this.#heldTotal;
  }

  segment(segment: Segment, now: number): void {
    this.expire(now);
    const known = this.#directions.find(segment.addresses);
    if ((segment.flags & TCP_FLAG.rst) !== 0) {
      if (known !== null) this.#close(known, now);
      return;
    }
    if ((segment.flags & TCP_FLAG.syn) !== 0) {
      this.#begin(known, segment, now);
      return;
    }
    this.#take(known, segment, segment.sequence, now);
  }

  /** Gives up what is missing for too long. */
  expire(now: number): void {
    if (this.#waiting.size === 0) return;
    for (const direction of this.#waiting) {
      if (now - direction.waitingSince <= HELD_MS) return;
      this.#skip(direction, now);
    }
  }

  /** Nothing more comes: what waits is as good as it gets. */
  finish(now: number): void {
    for (const direction of this.#directions.values()) this.#close(direction, now);
  }

  #begin(known: Direction | null, segment: Segment, now: number): void {
    const first = (segment.sequence + 1) >>> 0;
    const isRepeat = known?.isBegunBy(first, WINDOW) ?? false;
    if (known !== null && !isRepeat) this.#close(known, now);
    const direction =
      known !== null && isRepeat ? known : this.#open(segment.addresses, first, true, now);
    // RFC 7413: a SYN may carry data.
    this.#take(direction, segment, first, now);
  }

  #take(known: Direction | null, segment: Segment, sequence: number, now: number): void {
    const length = segment.end - segment.start;
    const isLast = (segment.flags & TCP_FLAG.fin) !== 0;
    if (known === null && length === 0) return;
    const direction = known ?? this.#open(segment.addresses, sequence, false, now);
    direction.fresh = true;
    if (length > 0) this.#data(direction, segment, sequence, now);
    if (isLast) direction.last = (sequence + length + segment.missing) >>> 0;
    const isDone = direction.last >= 0 && ((direction.next - direction.last) | 0) >= 0;
    if (isDone) this.#close(direction, now);
  }

  #data(direction: Direction, segment: Segment, sequence: number, now: number): void {
    const ahead = (sequence - direction.next) | 0;
    const { bytes, start, end, missing } = segment;
    const length = end - start + missing;
    if (ahead > WINDOW || ahead < -WINDOW) {
      this.#restart(direction, sequence);
      this.#deliver(direction, bytes, start, end, missing);
    } else if (ahead > 0) this.#hold(direction, segment, sequence, now);
    else if (length + ahead > 0) {
      this.#deliver(direction, bytes, Math.min(start - ahead, end), end, missing);
      this.#release(direction, now);
    }
  }

  #deliver(direction: Direction, bytes: Buffer, start: number, end: number, missing: number): void {
    direction.next = (direction.next + end - start + missing) >>> 0;
    if (start < end) this.#sink.data(direction.stream, bytes, start, end);
    if (missing > 0) this.#gap(direction);
  }

  /** Another connection of the same ports, whose beginning was not seen. */
  #restart(direction: Direction, sequence: number): void {
    this.#forget(direction);
    this.#gap(direction);
    direction.next = sequence;
    direction.first = -1;
    direction.last = -1;
  }

  #hold(direction: Direction, segment: Segment, sequence: number, now: number): void {
    const { held } = direction;
    let at = held.length;
    while (at > 0 && (((held[at - 1] as Held).sequence - sequence) | 0) > 0) at--;
    const bytes = Buffer.from(segment.bytes.subarray(segment.start, segment.end));
    held.splice(at, 0, { sequence, bytes, missing: segment.missing });
    direction.heldBytes += bytes.length;
    this.#heldTotal += bytes.length;
    if (!this.#waiting.has(direction)) {
      direction.waitingSince = now;
      this.#waiting.add(direction);
    }
    while (this.#holdsTooMuch(direction)) this.#skip(direction, now);
  }

  #holdsTooMuch({ held, heldBytes }: Direction): boolean {
    if (held.length === 0) return false;
    return (
      held.length > HELD_SEGMENTS_MAX ||
      heldBytes > HELD_BYTES_MAX ||
      this.#heldTotal > HELD_TOTAL_MAX
    );
  }

  /** Gives up what is missing and goes on with the segment that waits for it. */
  #skip(direction: Direction, now: number): void {
    const [first] = direction.held;
    if (first === undefined) return;
    this.#gap(direction);
    direction.next = first.sequence;
    this.#waiting.delete(direction);
    this.#release(direction, now);
  }

  /** Delivers what waited and is due. What still waits then waits for something else. */
  #release(direction: Direction, now: number): void {
    const { held } = direction;
    if (held.length === 0) return;
    let taken = 0;
    for (; taken < held.length; taken++) {
      const { sequence, bytes, missing } = held[taken] as Held;
      const ahead = (sequence - direction.next) | 0;
      if (ahead > 0) break;
      direction.heldBytes -= bytes.length;
      this.#heldTotal -= bytes.length;
      if (bytes.length + missing + ahead <= 0) continue;
      this.#deliver(direction, bytes, Math.min(-ahead, bytes.length), bytes.length, missing);
    }
    if (taken === 0 && this.#waiting.has(direction)) return;
    held.splice(0, taken);
    this.#waiting.delete(direction);
    if (held.length === 0) return;
    direction.waitingSince = now;
    this.#waiting.add(direction);
  }

  #gap({ stream }: Direction): void {
    this.gaps++;
    this.#sink.gap(stream);
  }

  #forget(direction: Direction): void {
    this.#heldTotal -= direction.heldBytes;
    direction.heldBytes = 0;
    direction.held = [];
    this.#waiting.delete(direction);
  }

  #open(addresses: Uint8Array, next: number, begun: boolean, now: number): Direction {
    if (this.#directions.size >= STREAMS_MAX) this.#evict(now);
    const stream = this.#sink.open(addresses, begun);
    const direction = new Direction(stream, next, begun ? next : -1);
    this.#directions.add(direction);
    return direction;
  }

  /** The first in the order of opening that was idle since its last turn; the others go to the end. */
  #evict(now: number): void {
    for (const direction of this.#directions.values()) {
      if (direction.fresh) {
        direction.fresh = false;
        this.#directions.delete(direction);
        this.#directions.add(direction);
        continue;
      }
      this.evicted++;
      this.#close(direction, now);
      return;
    }
  }

  /** What waits for a missing segment will not get it. */
  #close(direction: Direction, now: number): void {
    while (direction.held.length > 0) this.#skip(direction, now);
    this.#waiting.delete(direction);
    this.#directions.delete(direction);
    this.#sink.close(direction.stream);
  }
}
