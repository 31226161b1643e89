import { HepThread } from './hep-thread.ts';
import { monotonicClock } from './lib/clock.ts';
import type { HepState, HepUdpData } from './messages.ts';
import { createHepUdpSource, type HepUdpSource } from './sources/hep-udp.ts';
import type { FrameSink } from './sources/source.ts';
import { whyNoBatches } from './sources/udp-batches.ts';

export interface HepInputEvents {
  readonly sink: FrameSink;
  /** An error of the socket after it was bound; it goes on. */
  readonly onError: (text: string) => void;
}

/** HEP over UDP: in batches, by a thread of its own, where that can be had; else with `dgram`, in the engine's thread. */
export class HepInput {
  readonly #data: HepUdpData;
  /** Why not in batches; null: in batches, or nobody wants them. */
  #fallback: string | null = null;
  #thread: HepThread | null = null;
  #source: HepUdpSource | null = null;

  /** A thread of its own begins to load, so that the engine can be made meanwhile. */
  constructor(data: HepUdpData) {
    this.#data = data;
    if (data.receiver === 'dgram') return;
    this.#fallback = whyNoBatches();
    if (this.#fallback === null) this.#thread = new HepThread(data);
  }

  /** Resolves when it listens. Rejects with one clear line when it cannot. */
  async start(events: HepInputEvents): Promise<HepState> {
    if (this.#thread !== null) {
      try {
        const { address, port, receiveBuffer } = await this.#thread.start(events);
        const state = { host: address, port, ...receiveBuffer };
        return { ...state, receiver: 'batched', fallback: null };
      } catch (error) {
        if (this.#data.receiver === 'batched') throw error;
        this.#thread = null;
        this.#fallback = error instanceof Error ? error.message : String(error);
      }
    }
    if (this.#data.receiver === 'batched')
      throw new Error(`HEP over UDP cannot be received in batches: ${this.#fallback}`);
    return this.#listen(events);
  }

  /** Datagrams lost since the start: in the kernel (null: it does not say), and for want of room on their way here. */
  lost(): { readonly kernel: number | null; readonly ringFull: number } {
    return this.#thread?.lost() ?? { kernel: this.#source?.kernelDrops() ?? null, ringFull: 0 };
  }

  /** Stops receiving, and hands on what was received; what the kernel still holds goes with the socket. */
  async close(sink: FrameSink): Promise<void> {
    await this.#thread?.close(sink);
    await this.#source?.close();
  }

  async #listen({ sink, onError }: HepInputEvents): Promise<HepState> {
    const source = await createHepUdpSource({
      ...this.#data,
      sink,
      clock: monotonicClock,
      onError: (error) => onError(error.message),
    });
    this.#source = source;
    const { address, port } = source.address();
    const state = { host: address, port, ...source.receiveBuffer };
    return { ...state, receiver: 'dgram', fallback: this.#fallback };
  }
}
