import { getSystemErrorName } from 'node:util';
import { fail, ok, type Result } from '../lib/result.ts';
import { whyNotNative } from './native.ts';

/** Datagrams of one system call at most. */
export const BATCH_MAX = 64;
/** Room for each, bytes: more than any UDP datagram has. Memory that no datagram reached is never touched. */
export const DATAGRAM_MAX = 65_536;

/** recvmmsg(2): `struct mmsghdr` and `struct iovec` of Linux with pointers of 64 bits, bytes; libc's and musl's agree. */
const HEADER = { size: 64, iov: 16, iovCount: 24, received: 56 } as const;
const VECTOR = { size: 16, base: 0, length: 8 } as const;
/** poll(2): `struct pollfd`, and the event that something can be read. */
const POLL = { size: 8, descriptor: 0, events: 4, readable: 1 } as const;
const MSG_DONTWAIT = 0x40;
/** Not errors: nothing was there, or a signal came. */
const NOTHING: readonly string[] = ['EAGAIN', 'EINTR'];

/** Why batches cannot be had here, without trying; null: they may be. */
export function whyNoBatches(): string | null {
  return whyNotNative('recvmmsg');
}

/** The functions of the C library, as koffi binds them. */
interface Libc {
  recvmmsg(descriptor: number, headers: Buffer, count: number, flags: number, wait: null): number;
  poll(descriptors: Buffer, count: number, milliseconds: number): number;
  errno(): number;
}

/** Takes many datagrams out of a UDP socket with one system call. */
export class UdpBatches {
  readonly #libc: Libc;
  readonly #descriptor: number;
  readonly #slots = new Uint8Array(BATCH_MAX * DATAGRAM_MAX);
  readonly #headers = Buffer.alloc(BATCH_MAX * HEADER.size);
  readonly #poll = Buffer.alloc(POLL.size);
  /** The kernel reads it through the addresses in `#headers`: it must live as long. */
  readonly #vectors = Buffer.alloc(BATCH_MAX * VECTOR.size);

  private constructor(libc: Libc, descriptor: number, addressOf: (bytes: Uint8Array) => bigint) {
    this.#libc = libc;
    this.#descriptor = descriptor;
    const [slots, vectors] = [addressOf(this.#slots), addressOf(this.#vectors)];
    for (let i = 0; i < BATCH_MAX; i++) {
      const vector = i * VECTOR.size;
      this.#vectors.writeBigUInt64LE(slots + BigInt(i * DATAGRAM_MAX), vector + VECTOR.base);
      this.#vectors.writeBigUInt64LE(BigInt(DATAGRAM_MAX), vector + VECTOR.length);
      const header = i * HEADER.size;
      this.#headers.writeBigUInt64LE(vectors + BigInt(vector), header + HEADER.iov);
      this.#headers.writeBigUInt64LE(1n, header + HEADER.iovCount);
    }
    this.#poll.writeInt32LE(descriptor, POLL.descriptor);
    this.#poll.writeInt16LE(POLL.readable, POLL.events);
  }

  /** For the socket with this descriptor, which stays its owner's. Fails with the reason why batches cannot be had. */
  static async open(descriptor: number | null): Promise<Result<UdpBatches, string>> {
    if (descriptor === null) return fail('/proc does not tell the descriptor of the socket');
    try {
      const { default: koffi } = await import('koffi');
      const library = koffi.load(null);
      const libc = {
        recvmmsg: library.func('int recvmmsg(int, void *, unsigned int, int, void *)'),
        poll: library.func('int poll(void *, unsigned long, int)'),
        errno: () => koffi.errno(),
      };
      return ok(new UdpBatches(libc, descriptor, (bytes) => koffi.address(bytes)));
    } catch (error) {
      return fail(`koffi: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /**
   * Hands on what is there, `limit` and `BATCH_MAX` datagrams at most, and returns how many; their bytes are valid during
   * the call.
   * A negative number is an error of the socket: see `errorText`.
   */
  take(accept: (datagram: Uint8Array) => void, limit: number): number {
    const count = this.#libc.recvmmsg(
      this.#descriptor,
      this.#headers,
      Math.min(limit, BATCH_MAX),
      MSG_DONTWAIT,
      null,
    );
    if (count < 0) {
      const code = -this.#libc.errno();
      return NOTHING.includes(getSystemErrorName(code)) ? 0 : code;
    }
    for (let i = 0; i < count; i++) {
      const length = this.#headers.readUInt32LE(i * HEADER.size + HEADER.received);
      accept(this.#slots.subarray(i * DATAGRAM_MAX, i * DATAGRAM_MAX + length));
    }
    return count;
  }

  /** Blocks the thread until something can be read, at most so long. */
  wait(milliseconds: number): void {
    this.#libc.poll(this.#poll, 1, milliseconds);
  }
}

/** What `take` returned, in words: `recvmmsg EBADF`. */
export function errorText(code: number): string {
  return `recvmmsg ${getSystemErrorName(code)}`;
}
