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

/** Memory of at least so many bytes, all zero; null where there is none for WebAssembly. */
export function createMemory(bytes: number, shared: boolean): VisibleMemory | null {
  const pages = Math.ceil(bytes / PAGE);
  try {
    return API === undefined ? null : new API.Memory({ initial: pages, maximum: pages, shared });
  } catch {
    // It asks for gigabytes of addresses, not of memory, and there may be a limit (`ulimit -v`).
    return null;
  }
}

/** Whether instances can work in it: true for what this or another thread made with `createMemory`. */
export function isVisible(memory: VisibleMemory): boolean {
  return API !== undefined && memory instanceof API.Memory;
}

/** The code in a file; an error when there is no such file, or this machine cannot run it. */
export function loadCode(path: string): Code | Error {
  try {
    if (API === undefined) return new Error('this Node has no WebAssembly');
    return new API.Module(readFileSync(path));
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** An instance of the code that works in `memory`; `numbers`: what it imports, by module and name. */
export function instantiate(
  code: Code,
  memory: VisibleMemory,
  numbers: Readonly<Record<string, Readonly<Record<string, number>>>>,
): Functions {
  if (API === undefined) throw new Error('this Node has no WebAssembly');
  return new API.Instance(code, { env: { memory }, ...numbers }).exports;
}
