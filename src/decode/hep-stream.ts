import type { StreamReader } from '../sources/source.ts';
import { HEP_HEADER, isHep3 } from './hep-table.ts';

/** Bytes of packets that are handed on together. */
const RUN_MAX = 65_536;

/**
 * Cuts a byte stream into runs of HEP version 3 packets, each of which starts with its name and its length. It keeps at
 * most one packet, 65,535 bytes. A stream that has lost its place has no mark to find it by, so it ends there.
 */
export class HepStreamReader implements StreamReader {
  readonly #packets: (bytes: Uint8Array, count: number) => void;
  readonly #broken: () => void;
  /** The beginning of a packet whose rest is still to come. */
  #kept: Uint8Array = new Uint8Array(HEP_HEADER);
  #length = 0;
  #done = false;

  /**
   * `packets` is called with whole packets one behind the other, 65,536 bytes at most, valid during the call, and how
   * many they are; `broken` once, where no packet starts: the rest of the stream cannot be read.
   */
  constructor(packets: (bytes: Uint8Array, count: number) => void, broken: () => void) {
    this.#packets = packets;
    this.#broken = broken;
  }

  /** True between the first and the last byte of a packet. */
  get pending(): boolean {
    return this.#length > 0;
  }

  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && !this.#done) {
      const end = this.#length === 0 ? this.#run(chunk, at) : at;
      at = end > at ? end : this.#complete(chunk, at);
    }
  }

  /** Packets that lie in this chunk whole are handed on where they lie. Returns where they end. */
  #run(chunk: Uint8Array, from: number): number {
    let at = from;
    let count = 0;
    while (chunk.length - at >= HEP_HEADER) {
      const length = packetLength(chunk, at);
      if (length < 0 || length > chunk.length - at || at + length - from > RUN_MAX) break;
      at += length;
      count++;
    }
    if (count > 0) this.#packets(chunk.subarray(from, at), count);
    return at;
  }

  /** A packet that comes in several pieces: first its header, then as much as that says. */
  #complete(chunk: Uint8Array, at: number): number {
    const needed = this.#length < HEP_HEADER ? HEP_HEADER : packetLength(this.#kept, 0);
    const take = Math.min(needed - this.#length, chunk.length - at);
    this.#kept.set(chunk.subarray(at, at + take), this.#length);
    this.#length += take;
    if (this.#length < needed) return at + take;
    const length = packetLength(this.#kept, 0);
    if (length < 0) return this.#break(chunk);
    if (this.#length < length) this.#makeRoom(length);
    else this.#emit();
    return at + take;
  }

  #makeRoom(length: number): void {
    const room = new Uint8Array(length);
    room.set(this.#kept.subarray(0, HEP_HEADER));
    this.#kept = room;
  }

  #emit(): void {
    const packet = this.#kept.subarray(0, this.#length);
    this.#kept = new Uint8Array(HEP_HEADER);
    this.#length = 0;
    this.#packets(packet, 1);
  }

  #break(chunk: Uint8Array): number {
    this.#done = true;
    this.#length = 0;
    this.#broken();
    return chunk.length;
  }
}

/** What the header at `at` states; -1 when it is none. */
function packetLength(bytes: Uint8Array, at: number): number {
  const octet = (i: number): number => bytes[at + i] as number;
  const name = (octet(0) << 24) | (octet(1) << 16) | (octet(2) << 8) | octet(3);
  const length = (octet(4) << 8) | octet(5);
  return isHep3(name) && length >= HEP_HEADER ? length : -1;
}
