import { readFileSync } from 'node:fs';

/** Bytes that a WebAssembly instance may see as well as we do. */
export interface VisibleMemory {
  readonly buffer: ArrayBufferLike;
}

/** Machine code in a file's bytes; what it is called with, and what it can do, is up to whoever knows it. */
export type Code = object;

type Functions = Readonly<Record<string, (...numbers: number[]) => number>>;

interface Descriptor {
  readonly initial: number;
  readonly maximum: number;
  readonly shared: boolean;
}

/** What is used of WebAssembly: neither ES2023 nor the types of Node know it, and `node --jitless` has none. */
interface Api {
  readonly Memory: new (pages: Descriptor) => VisibleMemory;
  readonly Module: new (bytes: Uint8Array) => Code;
  readonly Instance: new (code: Code, imports: object) => { readonly exports: Functions };
}

const API = (globalThis as object as { readonly WebAssembly?: Api }).WebAssembly;
const PAGE = 65_536;

/**
 * Memory of at least so many bytes, all zero; null where there is none for WebAssembly. It takes 10 GiB of addresses, so
 * that no access has to be checked, and of memory what is written to. Where addresses are limited that is left to others.
 */
export function createMemory(bytes: number, shared: boolean): VisibleMemory | null {
  const pages = Math.ceil(bytes / PAGE);
  try {
    if (API === undefined || areAddressesLimited()) return null;
    return new API.Memory({ initial: pages, maximum: pages, shared });
  } catch {
    return null;
  }
}

/** `ulimit -v`, or systemd's `LimitAS`. */
function areAddressesLimited(): boolean {
  try {
    const [, limit] =
      /^Max address space +(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return limit !== undefined && limit !== 'unlimited';
  } catch {
    return false;
  }
}

/** Why instances cannot work in this memory, of this or another thread; null: they can. */
export function whyNotVisible(memory: VisibleMemory): string | null {
  if (API === undefined) return 'this Node has no WebAssembly';
  if (memory instanceof API.Memory) return null;
  return areAddressesLimited()
    ? 'the address space is limited (ulimit -v), and WebAssembly takes 10 GiB of it'
    : 'WebAssembly gets no memory';
}

/** The code in a file; an error when there is no such file, or this machine cannot run it. */
export function loadCode(path: string): Code | Error {
  try {
    if (API === undefined) return new Error('this Node has no WebAssembly');
    return new API.Module(readFileSync(path));
  } catch (error) {
    return asError(error);
  }
}

/**
 * An instance of the code that works in `memory`; an error when it is code for another memory or imports. `numbers`: what
 * it imports, by module and name.
 */
export function instantiate(
  code: Code,
  memory: VisibleMemory,
  numbers: Readonly<Record<string, Readonly<Record<string, number>>>>,
): Functions | Error {
  try {
    if (API === undefined) return new Error('this Node has no WebAssembly');
    return new API.Instance(code, { env: { memory }, ...numbers }).exports;
  } catch (error) {
    return asError(error);
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
