import { describe, expect, test } from 'vitest';
import { Brake } from '../../src/sources/brake.ts';
import { createRing, RingReader, RingWriter } from '../../src/sources/ring.ts';
import { type FrameMeta, SOURCES } from '../../src/sources/source.ts';
import { until } from '../support/until.ts';

const META: FrameMeta = {
  source: SOURCES.indexOf('hep_tcp'),
  arrivedAt: 0,
  payload: 'hep',
  transport: 6,
  addresses: new Uint8Array(36),
};
const FRAME = new Uint8Array(100);

/** A ring with its brake; `fill` writes until it is crowded, `empty` reads all. */
function setUp() {
  const ring = createRing(4096);
  const writer = new RingWriter(ring, () => undefined);
  const reader = new RingReader(ring);
  return {
    writer,
    brake: new Brake(writer),
    fill: () => {
      while (!writer.crowded()) writer.accept(FRAME, META);
    },
    empty: () => reader.drain({ accept: () => undefined }, 1000),
  };
}

class Stream {
  isHeld = false;
  pauses = 0;
  pause(): void {
    this.isHeld = true;
    this.pauses++;
  }
  resume(): void {
    this.isHeld = false;
  }
}

describe('a ring is crowded', () => {
  test('when more than half of it is used, wherever its head and tail are', () => {
    const { writer, fill, empty } = setUp();
    for (let i = 0; i < 40; i++) {
      expect(writer.crowded()).toBe(false);
      fill();
      expect(writer.crowded()).toBe(true);
      expect(empty()).toBeGreaterThan(10);
    }
    expect(writer.dropped(META.source)).toEqual({ ring_full: 0, oversize: 0 });
  });
});

describe('streams', () => {
  test('are held up while the sink is crowded, and go on when it has room', async () => {
    const { brake, fill, empty } = setUp();
    const streams = [new Stream(), new Stream()];
    for (const stream of streams) brake.check(stream);
    expect(streams.map(({ isHeld }) => isHeld)).toEqual([false, false]);
    fill();
    for (const stream of streams) brake.check(stream);
    expect(streams.map(({ isHeld }) => isHeld)).toEqual([true, true]);
    empty();
    await until(() => streams.every(({ isHeld }) => !isHeld));
  });

  test('go on although it is crowded, when that takes too long, and are held up again once it had room', async () => {
    const { brake, fill, empty } = setUp();
    const stream = new Stream();
    fill();
    brake.check(stream);
    await until(() => !stream.isHeld);
    brake.check(stream);
    expect(stream).toMatchObject({ isHeld: false, pauses: 1 });
    empty();
    brake.check(stream);
    fill();
    brake.check(stream);
    expect(stream).toMatchObject({ isHeld: true, pauses: 2 });
    empty();
    await until(() => !stream.isHeld);
  });

  test('that are gone are forgotten', async () => {
    const { brake, fill, empty } = setUp();
    const [gone, other] = [new Stream(), new Stream()];
    fill();
    brake.check(gone);
    brake.check(other);
    brake.forget(gone);
    empty();
    await until(() => !other.isHeld);
    expect(gone.isHeld).toBe(true);
  });

  test('are never held up by a sink that always has room', () => {
    const stream = new Stream();
    new Brake({ accept: () => undefined }).check(stream);
    expect(stream.pauses).toBe(0);
  });
});
