/** What a thread holds of the system, given back by another one. With real memory, of a file. */
import { fstatSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { whyNotNative } from '../../src/sources/native.ts';
import { loadPacketCalls } from '../../src/sources/packet-calls.ts';
import { createRingHandle, RingHandle } from '../../src/sources/ring-handle.ts';

const BYTES = 65_536;

test.runIf(whyNotNative('mmap') === null)('socket and memory are given back, once', async () => {
  const calls = await loadPacketCalls();
  const folder = mkdtempSync(join(tmpdir(), 'callfate-handle-'));
  const file = join(folder, 'memory');
  writeFileSync(file, Buffer.alloc(BYTES, 'x'));
  const isMapped = () => readFileSync('/proc/self/maps', 'utf8').includes(file);
  const cells = createRingHandle();

  const descriptor = openSync(file, 'r+');
  const handle = new RingHandle(cells, calls);
  expect(handle.isHeld).toBe(false);
  handle.holdSocket(descriptor);
  const address = calls.mmap(descriptor, BYTES);
  handle.holdMemory(address, BYTES);
  expect(Buffer.from(calls.view(address, BYTES)).toString('latin1', 0, 2)).toBe('xx');
  expect(isMapped()).toBe(true);

  // Another thread after it knows no more than the cells.
  const after = new RingHandle(cells, calls);
  expect(after.isHeld).toBe(true);
  after.release();
  expect(isMapped()).toBe(false);
  expect(() => fstatSync(descriptor)).toThrow('EBADF');
  expect(after.isHeld).toBe(false);

  // The system gives the number to the next who asks, and that one keeps it.
  const other = openSync(file, 'r');
  after.release();
  expect(fstatSync(other).size).toBe(BYTES);
  rmSync(folder, { recursive: true });
});

test.runIf(whyNotNative('mmap') === null)('an error has a name', async () => {
  const calls = await loadPacketCalls();
  expect(calls.mmap(-1, BYTES)).toBe(-1);
  expect(calls.error()).toBe('EBADF');
});
