// The reading thread of ring.test.ts: checks every frame against its sequence number and reports the first fault.
import { isMainThread, parentPort, workerData } from 'node:worker_threads';

if (isMainThread || parentPort === null) throw new Error('runs as a worker only');
const port = parentPort;
const { RingReader } = await import(workerData.module);
const reader = new RingReader(workerData.ring);
const progress = new Int32Array(workerData.progress);

let received = 0;
let naps = 0;
/** @type {object | null} */
let fault = null;

const sink = {
  /** @type {import('../../src/sources/source.ts').FrameSink['accept']} */
  accept(bytes, meta) {
    const sequence = received++;
    const length = workerData.shortest + ((sequence * 37) % workerData.spread);
    const intact =
      bytes.length === length &&
      bytes.every((byte) => byte === (sequence & 0xff)) &&
      meta.arrivedAt === sequence + 0.5 &&
      meta.addresses[35] === (sequence & 0xff);
    Atomics.store(progress, 0, received);
    if (!intact) fault ??= { sequence, length: bytes.length, arrivedAt: meta.arrivedAt };
  },
};

port.on('message', ({ expected }) => {
  do {
    while (reader.drain(sink, 64) > 0);
  } while (!reader.sleep());
  naps += 1;
  if (received >= expected) port.postMessage({ received, naps, fault });
});
port.postMessage('ready');
