import { getSystemErrorName } from 'node:util';

/** The functions of the C library that a packet socket needs, as koffi binds them. Below 0 is an error. */
export interface PacketCalls {
  socket(family: number, type: number, protocol: number): number;
  ioctl(descriptor: number, request: number, argument: Buffer): number;
  setsockopt(descriptor: number, level: number, name: number, value: Buffer, size: number): number;
  getsockopt(descriptor: number, level: number, name: number, value: Buffer, size: Buffer): number;
  bind(descriptor: number, address: Buffer, size: number): number;
  close(descriptor: number): number;
  /** Address of memory that the kernel shares, readable and writable; -1: an error. */
  mmap(descriptor: number, bytes: number): number;
  munmap(address: number, bytes: number): number;
  /** The memory at an address. It must not be touched after `munmap`. */
  view(address: number, bytes: number): ArrayBuffer;
  /** Where these bytes lie, as long as they live. */
  address(bytes: Buffer): bigint;
  /** Name of the last error, such as `EPERM`. */
  error(): string;
}

/** mmap(2). */
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;

/** Rejects when koffi cannot be loaded. */
export async function loadPacketCalls(): Promise<PacketCalls> {
  const { default: koffi } = await import('koffi');
  const libc = koffi.load(null);
  const mmap = libc.func('intptr_t mmap(void *, size_t, int, int, int, int64_t)');
  return {
    socket: libc.func('int socket(int, int, int)'),
    ioctl: libc.func('int ioctl(int, unsigned long, void *)'),
    setsockopt: libc.func('int setsockopt(int, int, int, void *, unsigned int)'),
    getsockopt: libc.func('int getsockopt(int, int, int, void *, void *)'),
    bind: libc.func('int bind(int, void *, unsigned int)'),
    close: libc.func('int close(int)'),
    mmap: (descriptor, bytes) =>
      Number(mmap(null, bytes, PROT_READ_WRITE, MAP_SHARED, descriptor, 0)),
    munmap: libc.func('int munmap(intptr_t, size_t)'),
    view: (address, bytes) => koffi.view(address, bytes),
    address: (bytes) => koffi.address(bytes),
    error: () => getSystemErrorName(-koffi.errno()),
  };
}
