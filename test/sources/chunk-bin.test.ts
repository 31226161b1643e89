import { expect, it } from 'vitest';
import { ChunkBin } from '../../src/sources/chunk-bin.ts';

it('takes the memory of a chunk that has it for itself, and no other', () => {
  const bin = new ChunkBin();
  const own = Buffer.from(new ArrayBuffer(65_536));
  bin.free(own);
  expect(own.length).toBe(0);

  const shared = Buffer.from(new ArrayBuffer(65_536));
  bin.free(shared.subarray(0, 32_768));
  const pooled = Buffer.from('in the pool of Node');
  bin.free(pooled);
  const small = Buffer.from(new ArrayBuffer(1024));
  bin.free(small);
  const crossing = Buffer.from(new SharedArrayBuffer(65_536));
  bin.free(crossing);
  expect([shared, pooled, small, crossing].map(({ length }) => length)).toEqual([
    65_536, 19, 1024, 65_536,
  ]);
});

it('does so a moment later, too', async () => {
  const bin = new ChunkBin();
  await new Promise(setImmediate);
  const own = Buffer.from(new ArrayBuffer(16_384));
  bin.free(own);
  expect(own.length).toBe(0);
  // What is gone already is no fault.
  bin.free(own);
});
