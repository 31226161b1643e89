import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { monotonicClock } from '../../src/lib/clock.ts';

test('threads agree on the time, whenever they were started', async () => {
  const script = `require('node:worker_threads').parentPort.postMessage(performance.timeOrigin)`;
  const worker = new Worker(script, { eval: true });
  const [origin] = await once(worker, 'message');
  // Frames that one thread stamps are aged by another: were its origin that of its own start, the system clock could have
  // been set in between.
  expect(origin).toBe(performance.timeOrigin);
  const before = monotonicClock();
  expect(monotonicClock()).toBeGreaterThanOrEqual(before);
});
