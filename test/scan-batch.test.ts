import { expect, test } from 'vitest';
import { BatchReader, BatchWriter } from '../src/scan-batch.ts';

test('threads whose slab is not shared say so', () => {
  const message = 'the slab is not shared with the other thread';
  expect(() => new BatchReader()).toThrow(message);
  expect(() => new BatchWriter(() => undefined)).toThrow(message);
});
