import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { createRing, RingReader, RingWriter } from '../../src/sources/ring.ts';
import type { FrameMeta, FrameSink } from '../../src/sources/source.ts';

interface Frame {
  readonly bytes: Buffer;
  readonly meta: FrameMeta;
}

function copy(bytes: Uint8Array, meta: FrameMeta): Frame {
  return {
    bytes: Buffer.from(bytes),
    meta: { ...meta, addresses: Uint8Array.from(meta.addresses) },
  };
}

const PAYLOADS = ['sip', 'hep', 'hep_run', 'closing'] as const;

function frame(sequence: number, length: number): Frame {
  return {
    bytes: Buffer.alloc(length, sequence & 0xff),
    meta: {
      source: sequence % 3,
      arrivedAt: sequence + 0.5,
      payload: PAYLOADS[sequence % PAYLOADS.length] ?? 'sip',
      transport: sequence % 5 === 0 ? 17 : 6,
      addresses: new Uint8Array(36).fill(sequence & 0xff),
      fromConnection: sequence % 7 === 0,
      connection: (sequence * 0x1000001) >>> 0,
      fromClient: sequence % 3 === 0,
    },
  };
}

function drainAll(reader: RingReader, max = Number.POSITIVE_INFINITY): Frame[] {
  const frames: Frame[] = [];
  const sink: FrameSink = { accept: (bytes, meta) => frames.push(copy(bytes, meta)) };
  expect(reader.drain(sink, max)).toBe(frames.length);
  return frames;
}

const HEADER = 56;
const CAPACITY = 1024;
/** Of all sources. */
function droppedBy(writer: RingWriter) {
  const all = [0, 1, 2].map((source) => writer.dropped(source));
  return {
    ring_full: all.reduce((sum, { ring_full }) => sum + ring_full, 0),
    oversize: all.reduce((sum, { oversize }) => sum + oversize, 0),
  };
}
const noWake = (): void => {};

describe('ring', () => {
  it('has room for as many frames as it says, wherever it is', () => {
    const writer = new RingWriter(createRing(CAPACITY), noWake);
    expect(writer.room(CAPACITY)).toBe(0);
    const length = 72;
    fc.assert(
      fc.property(fc.array(fc.nat(200), { maxLength: 40 }), fc.nat(7), (lengths, shift) => {
        const ring = createRing(CAPACITY);
        const [writer, reader] = [new RingWriter(ring, noWake), new RingReader(ring)];
        for (const [i, before] of lengths.entries()) {
          writer.accept(Buffer.alloc(before + (i % 8)).subarray(i % 8), frame(0, 0).meta);
          if (i % 3 === 0) drainAll(reader, 2);
        }
        const dropped = droppedBy(writer).ring_full;
        const room = writer.room(length);
        const bytes = Buffer.alloc(length + shift).subarray(shift);
        for (let i = 0; i < room; i++) writer.accept(bytes, frame(0, 0).meta);
        expect(droppedBy(writer).ring_full).toBe(dropped);
      }),
    );
    // Two fewer than an empty one really takes of those that are shifted.
    expect(writer.room(length)).toBe(Math.floor(CAPACITY / (HEADER + 8 + length)) - 2);
  });

  it('carries bytes and every field of the meta', () => {
    const ring = createRing(CAPACITY);
    const writer = new RingWriter(ring, noWake);
    const frames = [frame(0, 0), frame(1, 7), frame(2, 300), frame(255, 1)];
    for (const { bytes, meta } of frames) writer.accept(bytes, meta);
    expect(drainAll(new RingReader(ring))).toEqual(frames);
    expect(droppedBy(writer)).toEqual({ ring_full: 0, oversize: 0 });
  });

  it('lays a frame as it lies in its own memory, by the eight bytes', () => {
    const ring = createRing(CAPACITY);
    const [writer, reader] = [new RingWriter(ring, noWake), new RingReader(ring)];
    const all = Buffer.alloc(40, 'abcdefg');
    for (let i = 0; i < 30; i++) {
      const bytes = all.subarray(i % 8, 8 + i);
      writer.accept(bytes, frame(i, 0).meta);
      const seen: unknown[] = [];
      reader.drain({ accept: (one) => seen.push([one.byteOffset % 8, Buffer.from(one)]) }, 9);
      expect(seen).toEqual([[i % 8, bytes]]);
    }
  });

  it('gives the reader no more than it asks for', () => {
    const ring = createRing(CAPACITY);
    const writer = new RingWriter(ring, noWake);
    const reader = new RingReader(ring);
    for (let i = 0; i < 5; i++) writer.accept(frame(i, 8).bytes, frame(i, 8).meta);
    expect(drainAll(reader, 2)).toHaveLength(2);
    expect(drainAll(reader, 0)).toHaveLength(0);
    expect(drainAll(reader, 9)).toEqual([frame(2, 8), frame(3, 8), frame(4, 8)]);
  });

  it('ends a turn after 256 KiB, whatever the number of frames', () => {
    const ring = createRing(1_048_576);
    const writer = new RingWriter(ring, noWake);
    const reader = new RingReader(ring);
    const large = Buffer.alloc(65_000);
    for (let i = 0; i < 12; i++) writer.accept(large, frame(i, 0).meta);
    expect([9, 9, 9, 9].map((max) => drainAll(reader, max).length)).toEqual([5, 5, 2, 0]);
  });

  it('hands on the messages of a run of SIP one at a time, and counts it as one', () => {
    const ring = createRing(CAPACITY);
    const [writer, reader] = [new RingWriter(ring, noWake), new RingReader(ring)];
    const texts = ['a', 'bcd', 'e'.repeat(200)];
    const run = Buffer.concat(
      texts.flatMap((text) => [Buffer.from([text.length, 0, 0, 0]), Buffer.from(text)]),
    );
    const { meta } = frame(0, 0);
    // Also where it lies at the beginning of the ring again.
    for (let round = 0; round < 9; round++) {
      writer.accept(run, { ...meta, payload: 'sip_run', packets: texts.length });
      writer.accept(Buffer.from('single'), meta);
      const seen: Frame[] = [];
      const sink: FrameSink = { accept: (bytes, its) => seen.push(copy(bytes, its)) };
      expect(reader.drain(sink, 9)).toBe(2);
      expect(seen.map(({ bytes }) => String(bytes))).toEqual([...texts, 'single']);
      for (const one of seen) expect(one.meta).toEqual(meta);
    }
  });

  it('counts the packets of a run that it drops', () => {
    const writer = new RingWriter(createRing(CAPACITY), noWake);
    const run = (length: number, packets: number) =>
      writer.accept(Buffer.alloc(length), { ...frame(0, 0).meta, payload: 'hep_run', packets });
    run(900, 7);
    expect(droppedBy(writer)).toEqual({ ring_full: 0, oversize: 7 });
    run(400, 3);
    run(400, 4);
    run(400, 5);
    expect(droppedBy(writer)).toEqual({ ring_full: 5, oversize: 7 });
  });

  it('takes a frame of half the ring wherever it stands, and drops a larger one as oversize', () => {
    const largest = CAPACITY / 2 - HEADER;
    for (let offset = 0; offset < CAPACITY / 8; offset++) {
      const ring = createRing(CAPACITY);
      const writer = new RingWriter(ring, noWake);
      const reader = new RingReader(ring);
      // Moves the empty ring's position in steps of 64 and 72 bytes.
      for (let i = 0; i < offset; i++) {
        const step = frame(i, i % 2 === 0 ? 8 : 16);
        writer.accept(step.bytes, step.meta);
        drainAll(reader);
      }
      const full = frame(1, largest);
      writer.accept(full.bytes, full.meta);
      expect(drainAll(reader)).toEqual([full]);
      writer.accept(Buffer.alloc(largest + 1), full.meta);
      expect(droppedBy(writer)).toEqual({ ring_full: 0, oversize: 1 });
    }
  });

  it('goes on behind a frame whose sink threw', () => {
    const ring = createRing(CAPACITY);
    const writer = new RingWriter(ring, noWake);
    const reader = new RingReader(ring);
    for (const i of [1, 2]) writer.accept(frame(i, 8).bytes, frame(i, 8).meta);
    const broken: FrameSink = {
      accept: () => {
        throw new Error('broken sink');
      },
    };
    expect(() => reader.drain(broken, 9)).toThrow('broken sink');
    expect(drainAll(reader)).toEqual([frame(2, 8)]);
  });

  it('wakes a sleeping reader once, and never one that is awake', () => {
    const ring = createRing(CAPACITY);
    let wakes = 0;
    const writer = new RingWriter(ring, () => {
      wakes += 1;
    });
    const reader = new RingReader(ring);
    const write = () => writer.accept(frame(0, 8).bytes, frame(0, 8).meta);
    write();
    expect(wakes).toBe(0);
    expect(reader.sleep()).toBe(false);
    write();
    expect(wakes).toBe(0);
    drainAll(reader);
    expect(reader.sleep()).toBe(true);
    write();
    write();
    expect(wakes).toBe(1);
  });
});

/** A ring beside a plain list of the frames that it took and did not yet give. */
class Pair {
  readonly #ring = createRing(CAPACITY);
  readonly #writer = new RingWriter(this.#ring, noWake);
  readonly #reader = new RingReader(this.#ring);
  readonly #queue: Frame[] = [];
  #sequence = 0;

  write(length: number): void {
    const next = frame(this.#sequence++, length);
    const size = sizeOf(next);
    const before = droppedBy(this.#writer);
    const used = this.#queue.reduce((sum, queued) => sum + sizeOf(queued), 0);
    this.#writer.accept(next.bytes, next.meta);
    const after = droppedBy(this.#writer);
    if (size > CAPACITY / 2) {
      expect(after).toEqual({ ...before, oversize: before.oversize + 1 });
    } else if (after.ring_full === before.ring_full) {
      expect(used + size).toBeLessThan(CAPACITY);
      this.#queue.push(next);
    } else {
      // What a wrap leaves unused is smaller than the record at the start of the ring, which is still inside.
      expect(2 * (used + size)).toBeGreaterThanOrEqual(CAPACITY);
    }
  }

  drain(max = Number.POSITIVE_INFINITY): void {
    expect(drainAll(this.#reader, max)).toEqual(this.#queue.splice(0, max));
  }
}

function sizeOf({ bytes }: Frame): number {
  return Math.ceil((HEADER + bytes.length) / 8) * 8;
}

const operation = fc.oneof(
  fc.record({ write: fc.integer({ min: 0, max: CAPACITY / 2 - HEADER + 8 }) }),
  fc.record({ write: fc.integer({ min: 0, max: 40 }) }),
  fc.record({ drain: fc.integer({ min: 0, max: 8 }) }),
);

describe('ring against a plain queue', () => {
  it('loses nothing that it took, keeps the order, and drops only when it has no room', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
        const pair = new Pair();
        for (const step of operations) {
          if ('write' in step) pair.write(step.write);
          else pair.drain(step.drain);
        }
        pair.drain();
      }),
      { numRuns: 1000 },
    );
  });
});

interface Report {
  readonly received: number;
  readonly naps: number;
  readonly fault: unknown;
}

/** A worker cannot read TypeScript: `npm test` builds first. */
const BUILT_RING = new URL('../../dist/sources/ring.js', import.meta.url);
const SHORTEST = 4;
const SPREAD = 900;

const workers: Worker[] = [];
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
});

/** A reading thread, and a writer whose doorbell reaches it. */
async function startReader(capacity: number, expected: number) {
  const ring = createRing(capacity);
  const progress = new SharedArrayBuffer(4);
  const worker = new Worker(new URL('./ring-reader.mjs', import.meta.url), {
    workerData: { module: BUILT_RING.href, ring, progress, shortest: SHORTEST, spread: SPREAD },
  });
  workers.push(worker);
  await once(worker, 'message');
  const report = once(worker, 'message').then(([message]) => message as Report);
  const writer = new RingWriter(ring, () => worker.postMessage({ expected }));
  const received = () => Atomics.load(new Int32Array(progress), 0);
  return { worker, writer, report, received };
}

function write(writer: RingWriter, sequence: number): boolean {
  const before = droppedBy(writer).ring_full;
  const f = frame(sequence, SHORTEST + ((sequence * 37) % SPREAD));
  writer.accept(f.bytes, f.meta);
  return droppedBy(writer).ring_full === before;
}

describe('ring between two threads', () => {
  it('loses, repeats and reorders nothing', async () => {
    const total = 50_000;
    const { worker, writer, report } = await startReader(16_384, total);
    worker.postMessage({ expected: total });
    const deadline = performance.now() + 25_000;
    for (let sequence = 0; sequence < total; sequence++) {
      // A full ring empties by the other thread alone: this one need not yield.
      while (!write(writer, sequence)) {
        if (performance.now() > deadline) throw new Error(`stuck at frame ${sequence}`);
      }
    }
    const { received, fault } = await report;
    expect({ received, fault }).toEqual({ received: total, fault: null });
  });

  it('wakes the reader for every single frame', async () => {
    const total = 5000;
    const { worker, writer, report, received } = await startReader(16_384, total);
    worker.postMessage({ expected: total });
    const deadline = performance.now() + 25_000;
    for (let sequence = 0; sequence < total; sequence++) {
      expect(write(writer, sequence)).toBe(true);
      // The next frame follows while the reader is about to fall asleep; nothing else would wake it.
      while (received() <= sequence) {
        if (performance.now() > deadline) throw new Error(`frame ${sequence} was never read`);
      }
    }
    const { naps, fault } = await report;
    expect(fault).toBeNull();
    expect(naps).toBeGreaterThan(1);
  });

  it('counts what it drops while the reader is stalled, and delivers the rest', async () => {
    const { worker, writer, report } = await startReader(16_384, 0);
    let taken = 0;
    while (write(writer, taken)) taken += 1;
    for (let i = 0; i < 99; i++) expect(write(writer, taken)).toBe(false);
    expect(droppedBy(writer)).toEqual({ ring_full: 100, oversize: 0 });
    worker.postMessage({ expected: taken });
    const { received, fault } = await report;
    expect({ received, fault }).toEqual({ received: taken, fault: null });
  });
});
