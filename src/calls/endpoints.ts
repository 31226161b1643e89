import { endpointText } from '../lib/endpoint.ts';
import type { Peers } from './peers.ts';
import { Routes } from './routes.ts';

/** Bytes of a key: address 16, port 2, and 2 that stay empty, so that keys are whole words. */
const KEY = 20;
const KEY_WORDS = KEY / 4;
const SLOTS = 1 << 17;
const MASK = SLOTS - 1;
/** Most addresses and ports known at a time, numbered in 16 bits; 0 is "unknown, or the table was full". */
export const ENDPOINTS_MAX = 65_535;

/**
 * Numbers for transport addresses, each with the peer it belongs to, so that a message is attributed without a look at
 * the ranges. The table is bounded: when it is full it begins anew, which is counted.
 */
export class Endpoints {
  peers: Peers;
  /** Addresses that found no room. */
  overflow = 0;
  readonly routes = new Routes();
  readonly #slots = new Uint16Array(SLOTS);
  readonly #keys = new Uint8Array((ENDPOINTS_MAX + 1) * KEY);
  readonly #keyView = new DataView(this.#keys.buffer);
  /** The address and port at hand, as words of a key. */
  readonly #wanted = new Int32Array(KEY_WORDS);
  /** The bytes that were read last, which are mostly those of the one packet, and a view of them. */
  #bytes: Uint8Array = new Uint8Array();
  #view = new DataView(this.#bytes.buffer);
  readonly #peer = new Uint16Array(ENDPOINTS_MAX + 1);
  /** Of endpoints that were asked for. */
  #texts: string[] = [];
  #count = 0;

  readonly #max: number;
  readonly #seed: number;

  /** `max`: addresses known at a time, at most `ENDPOINTS_MAX`. */
  constructor(peers: Peers, max: number, seed: number) {
    this.#seed = seed | 0;
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
    const hash = this.key(bytes, address, port);
    let slot = hash & MASK;
    for (let id = this.#slots[slot] as number; id !== 0; id = this.#slots[slot] as number) {
      if (this.#isWanted(id)) return id;
      slot = (slot + 1) & MASK;
    }
    if (this.#count >= this.#max) {
      // Only a cache of peers: begin anew rather than never learn another address.
      this.overflow++;
      this.#count = 0;
      this.#slots.fill(0);
      this.#texts = [];
      this.routes.forget();
      slot = hash & MASK;
    }
    const id = ++this.#count;
    this.#slots[slot] = id;
    for (let i = 0; i < KEY_WORDS; i++) {
      this.#keyView.setInt32(id * KEY + 4 * i, this.#wanted[i] as number, true);
    }
    this.#peer[id] = this.peers.match(bytes, address);
    return id;
  }

  /** Index of the endpoint's peer; 0 (`other`) for endpoint 0. */
  peerOf(id: number): number {
    return this.#peer[id] as number;
  }

  /** Whether the host of an endpoint stands at `address`, whatever the ports. */
  isHost(id: number, bytes: Uint8Array, address: number): boolean {
    const key = id * KEY;
    for (let i = 15; i >= 0; i--) if (this.#keys[key + i] !== bytes[address + i]) return false;
    return id !== 0;
  }

  /** `192.0.2.1:5060`; empty for endpoint 0 and for an address that is unknown (all zero). */
  text(id: number): string {
    const known = this.#texts[id];
    if (known !== undefined) return known;
    const at = id * KEY;
    const isKnown = id !== 0 && this.#keys.subarray(at, at + 16).some((byte) => byte !== 0);
    const text = isKnown ? endpointText(this.#keys, at, at + 16) : '';
    this.#texts[id] = text;
    return text;
  }

  /** Whether this endpoint is the one that `key` read last. */
  #isWanted(id: number): boolean {
    const first = id * KEY;
    for (let i = 0; i < KEY_WORDS; i++) {
      if (this.#keyView.getInt32(first + 4 * i, true) !== this.#wanted[i]) return false;
    }
    return true;
  }

  /** Seeded hash of address and port, never 0; 0 for an address that is unknown (all zero). */
  key(bytes: Uint8Array, address: number, port: number): number {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes;
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    const wanted = this.#wanted;
    const view = this.#view;
    wanted[KEY_WORDS - 1] = view.getUint16(port, true);
    let h = this.#seed ^ (wanted[KEY_WORDS - 1] as number);
    let any = 0;
    for (let i = 0; i < KEY_WORDS - 1; i++) {
      const word = view.getInt32(address + 4 * i, true);
      wanted[i] = word;
      any |= word;
      h = Math.imul(h ^ word, 0x9e3779b1 | 0);
      h ^= h >>> 15;
    }
    return any === 0 ? 0 : Math.imul(h, 0x85ebca6b) | 1;
  }
}
