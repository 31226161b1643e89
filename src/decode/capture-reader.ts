import {
  CAPTURED_MAX,
  type CaptureFormat,
  CaptureRecord,
  type CaptureStop,
  READ,
} from './capture-record.ts';
import { PCAP_MAGICS, PcapFormat } from './pcap.ts';
import { PCAPNG_MAGIC, PcapngFormat } from './pcapng.ts';

/** Bytes of a file in memory at a time; a whole packet must fit. */
export const READ_BUFFER = 1_048_576;
const MAGIC_LENGTH = 4;
/** Of a step that goes on beyond what is there, a block with its options. */
const LOOK_AHEAD = CAPTURED_MAX + 131_072;

/**
 * Reads one capture, pcap or pcapng, whatever the pieces in which its bytes come. Whoever has bytes writes them into
 * `room()` and says how many with `wrote()`, or hands them to `push()`; then `next()` gives the packets one by one in
 * `record`.
 */
export class CaptureReader {
  readonly record = new CaptureRecord();
  /** Why reading stopped before the end of the bytes; null: it did not. */
  stop: CaptureStop | null = null;
  /** Packets read. */
  packets = 0;
  #format: CaptureFormat | null = null;
  /** What is read and not yet used: [at, end) of the buffer. */
  #at = 0;
  #end = 0;
  /** Bytes before the buffer's first one. */
  #before = 0;
  /** Bytes still to come that nobody reads. */
  #skip = 0;

  constructor(bufferBytes = READ_BUFFER) {
    const bytes = Buffer.allocUnsafeSlow(Math.max(bufferBytes, LOOK_AHEAD));
    this.record.bytes = bytes;
    this.record.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Bytes of the file read so far. */
  get offset(): number {
    return this.#before + this.#end;
  }

  /** Packets that were dropped before they reached the file, as it says itself; null: it does not say. */
  get dropped(): number | null {
    return this.#format?.dropped ?? null;
  }

  /** Packets and interfaces that are broken inside a sound file. */
  get broken(): number {
    return this.#format?.broken ?? 0;
  }

  /** Where the next bytes of the file go. Never empty after `next()` was false, unless reading stopped. */
  room(): Uint8Array {
    const { bytes } = this.record;
    if (this.#at > 0) {
      bytes.copyWithin(0, this.#at, this.#end);
      this.#before += this.#at;
      this.#end -= this.#at;
      this.#at = 0;
    }
    return bytes.subarray(this.#end);
  }

  wrote(count: number): void {
    this.#end += count;
  }

  /** Takes as many bytes as there is room for and returns how many. */
  push(bytes: Uint8Array): number {
    const room = this.room();
    const count = Math.min(room.length, bytes.length);
    room.set(bytes.subarray(0, count));
    this.wrote(count);
    return count;
  }

  /** True: the next packet is in `record`. False: more bytes are needed, or reading stopped. */
  next(): boolean {
    for (;;) {
      if (this.#skip > 0 && !this.#pass()) return false;
      const format = this.#format ?? this.#detect();
      if (format === null || this.stop !== null) return false;
      const used = format.read(this.record, this.#at, this.#end);
      if (used === READ.MORE) return false;
      if (used === READ.CORRUPT) {
        this.#stopHere('corrupt', format.problem);
        return false;
      }
      this.#advance(used);
      if (format.isPacket) {
        this.packets++;
        return true;
      }
    }
  }

  /** No more bytes come. What is left over is the beginning of something. */
  finish(): void {
    if (this.stop !== null) return;
    const left = this.#end - this.#at;
    if (this.#format === null && left === 0) this.#stopHere('foreign', 'nothing at all');
    else if (this.#format === null) this.#stopHere('foreign', 'too few bytes to be a capture');
    else if (left > 0) this.#stopHere('truncated', `${left} bytes of an unfinished packet`);
    else if (this.#skip > 0) this.#stopHere('truncated', 'an unfinished block');
  }

  #detect(): CaptureFormat | null {
    if (this.stop !== null || this.#end - this.#at < MAGIC_LENGTH) return null;
    const magic = this.record.view.getUint32(this.#at, false);
    const row = PCAP_MAGICS.find((one) => one.magic === magic);
    if (row !== undefined) this.#format = new PcapFormat(row);
    else if (magic === PCAPNG_MAGIC) this.#format = new PcapngFormat();
    else this.#stopHere('foreign', `it begins with ${magic.toString(16).padStart(8, '0')}`);
    return this.#format;
  }

  #advance(count: number): void {
    const there = Math.min(count, this.#end - this.#at);
    this.#at += there;
    this.#skip = count - there;
  }

  /** True: all that was to be passed over is. */
  #pass(): boolean {
    this.#advance(this.#skip);
    return this.#skip === 0;
  }

  #stopHere(kind: CaptureStop['kind'], what: string): void {
    this.stop = { kind, offset: this.#before + this.#at, what };
  }
}
