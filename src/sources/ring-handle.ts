import type { PacketCalls } from './packet-calls.ts';

/** BigInt64 each: descriptor and 1, address and length of the memory; 0: there is none. */
const DESCRIPTOR = 0;
const ADDRESS = 1;
const LENGTH = 2;

/**
 * Where a thread notes what it holds of the system, and nothing else would give back when the thread dies: a socket and
 * the memory that it shares with the kernel.
 */
export function createRingHandle(): SharedArrayBuffer {
  return new SharedArrayBuffer(3 * BigInt64Array.BYTES_PER_ELEMENT);
}

/** What is noted there. One thread at a time. */
export class RingHandle {
  readonly #cells: BigInt64Array;
  readonly #calls: Pick<PacketCalls, 'close' | 'munmap'>;

  constructor(buffer: SharedArrayBuffer, calls: Pick<PacketCalls, 'close' | 'munmap'>) {
    this.#cells = new BigInt64Array(buffer);
    this.#calls = calls;
  }

  get isHeld(): boolean {
    return this.#cells[DESCRIPTOR] !== 0n;
  }

  holdSocket(descriptor: number): void {
    this.#cells[DESCRIPTOR] = BigInt(descriptor + 1);
  }

  holdMemory(address: number, bytes: number): void {
    this.#cells[ADDRESS] = BigInt(address);
    this.#cells[LENGTH] = BigInt(bytes);
  }

  /** Gives everything back. The socket lives as long as its memory is mapped: both have to go. */
  release(): void {
    const [descriptor = 0, address = 0, length = 0] = Array.from(this.#cells, Number);
    this.#cells.fill(0n);
    if (address !== 0) this.#calls.munmap(address, length);
    if (descriptor !== 0) this.#calls.close(descriptor - 1);
  }
}
