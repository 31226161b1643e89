import { Worker } from 'node:worker_threads';
import type { FromReceiver, HepUdpData, ReceiverData, ReceiverSocket } from './messages.ts';
import { createRing, RingReader } from './sources/ring.ts';
import { RingDrain } from './sources/ring-drain.ts';
import type { FrameSink } from './sources/source.ts';
import { readKernelDrops } from './sources/udp-table.ts';

export interface HepThreadEvents {
  readonly sink: FrameSink;
  /** An error of the socket after it was bound; it goes on. */
  readonly onError: (text: string) => void;
}

/** The engine's end of the thread that receives HEP over UDP in batches. */
export class HepThread {
  readonly #worker: Worker;
  readonly #ring: RingReader;
  readonly #stop = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  readonly #dropped = new SharedArrayBuffer(BigUint64Array.BYTES_PER_ELEMENT);
  readonly #exited: Promise<void>;
  #socket: ReceiverSocket | null = null;
  #closing = false;

  /** Starts the thread, which listens at once; what comes waits for `start`. */
  constructor({ host, port, receiveBufferBytes, ringBytes }: HepUdpData) {
    const ring = createRing(ringBytes);
    this.#ring = new RingReader(ring);
    const data: ReceiverData = {
      options: { host, port, receiveBufferBytes },
      ring,
      stop: this.#stop,
      dropped: this.#dropped,
    };
    this.#worker = new Worker(new URL('./hep-receiver.js', import.meta.url), { workerData: data });
    // Not `once` of node:events: it would take an error of the thread, which is to end the engine.
    this.#exited = new Promise((resolve) => this.#worker.once('exit', () => resolve()));
  }

  /** Resolves when it listens. Rejects with one clear line when it cannot, and the thread is gone. */
  async start(events: HepThreadEvents): Promise<ReceiverSocket> {
    const drain = new RingDrain(this.#ring, events.sink);
    const socket = await this.#ready(events, drain);
    this.#socket = socket;
    drain.wake();
    return socket;
  }

  /** Datagrams lost since the start: in the kernel (null: it does not say), and for want of room in the ring. */
  lost(): { readonly kernel: number | null; readonly ringFull: number } {
    const socket = this.#closing ? null : this.#socket;
    return {
      kernel: socket === null ? null : readKernelDrops(socket),
      ringFull: Number(Atomics.load(new BigUint64Array(this.#dropped), 0)),
    };
  }

  /** Stops receiving, and hands on what was received; what the kernel still holds goes with the socket. */
  async close(sink: FrameSink): Promise<void> {
    this.#closing = true;
    const stop = new Int32Array(this.#stop);
    Atomics.store(stop, 0, 1);
    Atomics.notify(stop, 0);
    this.#worker.postMessage('stop');
    await this.#exited;
    new RingDrain(this.#ring, sink).finish();
  }

  #ready({ onError }: HepThreadEvents, drain: RingDrain): Promise<ReceiverSocket> {
    return new Promise((resolve, reject) => {
      this.#worker.on('message', (message: FromReceiver) => {
        switch (message.type) {
          case 'ready':
            resolve(message.socket);
            return;
          case 'failed':
            this.#closing = true;
            void this.#worker.terminate().then(() => reject(new Error(message.error)));
            return;
          case 'error':
            onError(message.text);
            return;
          case 'bell':
            drain.wake();
        }
      });
      // Nobody receives any more: it ends the engine, which is told, and is started again where it can be.
      this.#worker.on('exit', (code) => {
        if (!this.#closing) throw new Error(`the HEP receiver exited with ${code}`);
      });
    });
  }
}
