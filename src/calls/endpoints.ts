import type { Peers } from './peers.ts';

const KEY = 18;
const SLOTS = 1 << 17;
const MASK = SLOTS - 1;
/** Most addresses and ports known at a time, numbered in 16 bits; 0 is "unknown, or the table was full". */
export const ENDPOINTS_MAX = 65_535;

/**
 * Numbers for transport addresses, each with the peer it belongs to, so that a message is attributed without a look at
 * the ranges. The table is bounded: an address that finds no room is endpoint 0, of peer `other`, and counted.
 */
export class Endpoints {
  peers: Peers;
  /** Addresses that found no room. */
  overflow = 0;
  readonly #slots = new Uint16Array(SLOTS);
  readonly #keys = new Uint8Array((ENDPOINTS_MAX + 1) * KEY);
  readonly #peer = new Uint16Array(ENDPOINTS_MAX + 1);
  #count = 0;

  readonly #max: number;

  /** `max`: addresses known at a time, at most `ENDPOINTS_MAX`. */
  constructor(peers: Peers, max: number) {
    this.peers = peers;
    this.#max = Math.min(max, ENDPOINTS_MAX);
  }

  /** New peers from now on: every known address is matched again. */
  reload(peers: Peers): void {
    this.peers = peers;
    for (let id = 1; id <= this.#count; id++) this.#peer[id] = peers.match(this.#keys, id * KEY);
  }

  /** Number of the endpoint whose address stands at `address` (16 bytes) and port at `port` (2 bytes). */
  intern(bytes: Uint8Array, address: number, port: number): number {
    let slot = hash(bytes, address, port) & MASK;
    for (let id = this.#slots[slot] as number; id !== 0; id = this.#slots[slot] as number) {
      if (this.#equals(id, bytes, address, port)) return id;
      slot = (slot + 1) & MASK;
    }
    if (this.#count === this.#max) {
      this.overflow++;
      return 0;
    }
    const id = ++this.#count;
    this.#slots[slot] = id;
    for (let i = 0; i < 16; i++) this.#keys[id * KEY + i] = bytes[address + i] as number;
    this.#keys[id * KEY + 16] = bytes[port] as number;
    this.#keys[id * KEY + 17] = bytes[port + 1] as number;
    this.#peer[id] = this.peers.match(bytes, address);
    return id;
  }

  /** Index of the endpoint's peer; 0 (`other`) for endpoint 0. */
  peerOf(id: number): number {
    return this.#peer[id] as number;
  }

  #equals(id: number, bytes: Uint8Array, address: number, port: number): boolean {
    const key = id * KEY;
    if (this.#keys[key + 16] !== bytes[port] || this.#keys[key + 17] !== bytes[port + 1])
      return false;
    for (let i = 15; i >= 0; i--) if (this.#keys[key + i] !== bytes[address + i]) return false;
    return true;
  }
}

function hash(bytes: Uint8Array, address: number, port: number): number {
  let h = ((bytes[port] as number) << 8) | (bytes[port + 1] as number);
  for (let i = 0; i < 16; i++) h = Math.imul(h ^ (bytes[address + i] as number), 0x01000193);
  return h ^ (h >>> 15);
}
