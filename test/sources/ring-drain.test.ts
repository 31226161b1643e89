import { afterEach, expect, test } from 'vitest';
import { createRing, RingReader, RingWriter } from '../../src/sources/ring.ts';
import { RING_BATCH, RingDrain } from '../../src/sources/ring-drain.ts';
import type { FrameMeta } from '../../src/sources/source.ts';
import { until } from '../support/until.ts';

const META: FrameMeta = {
  source: 0,
  arrivedAt: 0,
  payload: 'sip',
  transport: 6,
  addresses: new Uint8Array(36),
};
const FRAMES = 8 * RING_BATCH;

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

function setUp() {
  const ring = createRing(1_048_576);
  const seen = { frames: 0, wakes: 0 };
  const writer = new RingWriter(ring, () => {
    seen.wakes++;
    drain.wake();
  });
  const drain = new RingDrain(new RingReader(ring), { accept: () => seen.frames++ });
  const write = (count: number): void => {
    for (let i = 0; i < count; i++) writer.accept(new Uint8Array(8), META);
  };
  return { seen, drain, write };
}

test('takes what comes while it sleeps, and while it is at work', async () => {
  const { seen, drain, write } = setUp();
  drain.wake();
  write(1);
  expect(seen).toEqual({ frames: 1, wakes: 1 });
  write(1);
  expect(seen).toEqual({ frames: 2, wakes: 2 });
  write(FRAMES);
  await until(() => seen.frames === FRAMES + 2);
});

test('takes one batch a turn, however often it is woken meanwhile', async () => {
  const { seen, drain, write } = setUp();
  write(FRAMES);
  drain.wake();
  const turns = [seen.frames];
  const look = (): void => {
    turns.push(seen.frames);
    // As a writer does that sees the reader about to sleep.
    drain.wake();
    if (seen.frames < FRAMES) timer = setImmediate(look);
  };
  let timer = setImmediate(look);
  cleanUps.push(() => clearImmediate(timer));
  await until(() => seen.frames === FRAMES);
  const batches = turns.slice(1).map((frames, i) => frames - (turns[i] ?? 0));
  expect(Math.max(...batches)).toBe(RING_BATCH);
});

test('takes all at once at its end', () => {
  const { seen, drain, write } = setUp();
  write(FRAMES);
  drain.finish();
  expect(seen.frames).toBe(FRAMES);
});
