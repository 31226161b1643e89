import { parentPort, workerData } from 'node:worker_threads';
import { monotonicClock } from './lib/clock.ts';
import type { FromReceiver, ReceiverData } from './messages.ts';
import { createHepUdpSource, type HepUdpSource, hepUdpMeta } from './sources/hep-udp.ts';
import { RingWriter } from './sources/ring.ts';
import type { FrameMeta, FrameSink } from './sources/source.ts';
import { DATAGRAM_MAX, errorText, UdpBatches } from './sources/udp-batches.ts';
import { findDescriptor } from './sources/udp-table.ts';

/** What a thread that waits for datagrams may need until it sees that it is to stop, ms. */
const WAIT_MS = 50;
/**
 * After a batch smaller than this the next one is waited for so long, ms: one system call and one wake-up of the engine
 * for many datagrams cost less than one each.
 */
const SMALL_BATCH = 32;
const GATHER_MS = 1;
/** After an error of the socket, ms, so that one that stays costs nothing. */
const ERROR_MS = 100;

/**
 * The thread that receives HEP over UDP in batches, so that datagrams leave the kernel's buffer while the engine works.
 * They go to it through a ring. The socket is that of `dgram`, which binds it, sizes it and closes it even when the thread
 * is ended from outside; `dgram` only reads while the event loop turns, before and after.
 */
class HepReceiver implements FrameSink {
  readonly #data: ReceiverData;
  readonly #post: (message: FromReceiver) => void;
  readonly #writer: RingWriter;
  readonly #stopped: Int32Array;
  readonly #dropped: BigUint64Array;
  readonly #meta = hepUdpMeta();
  #toldError = 0;
  #toldDrops = 0;
  #source: HepUdpSource | null = null;

  constructor(data: ReceiverData, post: (message: FromReceiver) => void) {
    this.#data = data;
    this.#post = post;
    this.#writer = new RingWriter(data.ring, () => post({ type: 'bell' }));
    this.#stopped = new Int32Array(data.stop);
    this.#dropped = new BigUint64Array(data.dropped);
  }

  /** Resolves when it is to stop. Rejects with one clear line when it cannot listen, or not in batches. */
  async run(): Promise<void> {
    const { options } = this.#data;
    const source = await createHepUdpSource({
      ...options,
      sink: this,
      clock: monotonicClock,
      onError: (error) => this.#post({ type: 'error', text: error.message }),
    });
    this.#source = source;
    const { address, family, port } = source.address();
    const batches = await UdpBatches.open(findDescriptor({ address, family, port }));
    if (!batches.ok) throw new Error(`no datagrams in batches: ${batches.error}`);
    // It was to stop before there was a socket that could be closed.
    if (Atomics.load(this.#stopped, 0) !== 0) {
      await source.close();
      return;
    }
    this.#post({
      type: 'ready',
      socket: { address, family, port, receiveBuffer: source.receiveBuffer },
    });
    this.#receive(batches.value);
  }

  async close(): Promise<void> {
    await this.#source?.close();
  }

  accept(bytes: Uint8Array, meta: FrameMeta): void {
    this.#writer.accept(bytes, meta);
    const { ring_full } = this.#writer.dropped(meta.source);
    if (ring_full === this.#toldDrops) return;
    this.#toldDrops = ring_full;
    Atomics.store(this.#dropped, 0, BigInt(ring_full));
  }

  /** Blocks the thread until it is to stop. */
  #receive(batches: UdpBatches): void {
    const accept = (datagram: Uint8Array): void => this.accept(datagram, this.#meta);
    while (Atomics.load(this.#stopped, 0) === 0) {
      // What the ring has no room for is better off in the kernel.
      const room = this.#writer.room(DATAGRAM_MAX);
      if (room === 0) {
        this.#pause(GATHER_MS);
        continue;
      }
      this.#meta.arrivedAt = monotonicClock();
      const count = batches.take(accept, room);
      if (count === 0) batches.wait(WAIT_MS);
      else if (count < 0) this.#failed(count);
      // Where the ring had room for less, more is waiting.
      else if (count < Math.min(room, SMALL_BATCH)) this.#pause(GATHER_MS);
    }
  }

  /** Each error is told once. */
  #failed(code: number): void {
    if (this.#toldError !== code) this.#post({ type: 'error', text: errorText(code) });
    this.#toldError = code;
    this.#pause(ERROR_MS);
  }

  /** Ends at once when the thread is to stop. */
  #pause(milliseconds: number): void {
    Atomics.wait(this.#stopped, 0, 0, milliseconds);
  }
}

function main(): void {
  const port = parentPort;
  if (port === null) throw new Error('hep-receiver runs as a worker of callfate only');
  const post = (message: FromReceiver): void => port.postMessage(message);
  const receiver = new HepReceiver(workerData as ReceiverData, post);
  // The only message there is: stop.
  port.once('message', () => {
    void receiver.close().then(() => port.close());
  });
  receiver.run().catch((error: unknown) => {
    post({ type: 'failed', error: error instanceof Error ? error.message : String(error) });
  });
}

main();
