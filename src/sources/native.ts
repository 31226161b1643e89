import { createRequire } from 'node:module';
import { endianness } from 'node:os';

/** Where pointers have 64 bits, and koffi has a binary. */
const ARCHITECTURES: readonly string[] = ['x64', 'arm64', 'riscv64', 'loong64'];

/** Why `what`, which Linux has, cannot be used here, without trying; null: it may be. */
export function whyNotNative(what: string): string | null {
  if (process.platform !== 'linux') return `${process.platform} has no ${what}`;
  if (!ARCHITECTURES.includes(process.arch) || endianness() !== 'LE')
    return `not made for ${process.arch}`;
  try {
    createRequire(import.meta.url).resolve('koffi');
    return null;
  } catch {
    return 'the package koffi is not installed';
  }
}
