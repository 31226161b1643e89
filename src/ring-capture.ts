import { setTimeout as pause } from 'node:timers/promises';
import type { CaptureInput } from './capture-input.ts';
import { PacketBlocks } from './decode/packet-blocks.ts';
import type { Clock } from './lib/clock.ts';
import { openPacketRing, type PacketRingOptions } from './sources/packet-ring.ts';
import { BLOCK_BYTES, type PacketSocket } from './sources/packet-socket.ts';

export interface RingCaptureOptions extends PacketRingOptions {
  readonly input: CaptureInput;
  readonly clock: Clock;
  /** It ended although nobody stopped it: why. */
  readonly onEnd: (text: string) => void;
}

/** How often the ring is looked at while it is empty, ms. It holds what comes meanwhile. */
const POLL_MS = 20;
/** Blocks that are read before others get their turn. */
const BLOCKS_A_TURN = 4;
/** How often the socket is asked what is wrong with its interface, ms. */
const CHECK_MS = 500;
/** How often the ring is looked at, and how long at most, ms, until its last block is handed over. */
const LAST_POLL_MS = 5;
const LAST_MS = 500;
/** How long what came before the end is read at most, ms: verdicts have to be handed over then. */
const LAST_READ_MS = 3000;

/**
 * Captures through a ring that the kernel fills: packets wait in it while the engine is busy, and are read where they lie.
 */
export class RingCapture {
  readonly #options: RingCaptureOptions;
  readonly #socket: PacketSocket;
  readonly #blocks: PacketBlocks;
  #timer: NodeJS.Timeout | null = null;
  #turnAt: NodeJS.Immediate | null = null;
  #checkAt = 0;
  /** Packets read. */
  #packets = 0;
  #over: Promise<void> | null = null;

  private constructor(options: RingCaptureOptions, socket: PacketSocket) {
    this.#options = options;
    this.#socket = socket;
    this.#blocks = new PacketBlocks(socket.memory, BLOCK_BYTES, socket.link);
  }

  /** Resolves when it captures. Rejects with one clear line when it cannot. */
  static async start(options: RingCaptureOptions): Promise<RingCapture> {
    const capture = new RingCapture(options, await openPacketRing(options));
    // Not before whoever waits for this has it.
    capture.#turnAt = setImmediate(() => capture.#turn());
    return capture;
  }

  /** Packets that found no room in the ring, since the start. */
  dropped(): number {
    return this.#socket.counts().dropped;
  }

  /** Takes no more packets in, and hands on all that came. */
  stop(): Promise<void> {
    this.#over ??= this.#finish();
    return this.#over;
  }

  #turn(): void {
    const now = this.#options.clock();
    const read = this.#read(now, BLOCKS_A_TURN);
    if (now >= this.#checkAt && this.#isBroken(now)) return;
    if (read === BLOCKS_A_TURN) this.#turnAt = setImmediate(() => this.#turn());
    else this.#timer = setTimeout(() => this.#turn(), POLL_MS);
  }

  /** Reads so many blocks at most, and returns how many. */
  #read(now: number, most: number): number {
    const { input } = this.#options;
    const blocks = this.#blocks;
    let count = 0;
    for (; count < most && blocks.open(); count++) {
      while (blocks.next()) {
        this.#packets++;
        input.packet(blocks.record, now);
      }
      blocks.release();
    }
    return count;
  }

  #isBroken(now: number): boolean {
    this.#checkAt = now + CHECK_MS;
    // Its counters have 32 bits, until they are read.
    this.#socket.counts();
    const problem = this.#socket.problem();
    if (problem === null) return false;
    void this.stop().then(() => this.#options.onEnd(problem));
    return true;
  }

  async #finish(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#turnAt !== null) clearImmediate(this.#turnAt);
    this.#socket.refuse();
    // A block that is not full is handed over when its time has come.
    const { clock } = this.#options;
    const until = clock() + LAST_READ_MS;
    for (let waited = 0; waited < LAST_MS && clock() < until; ) {
      const read = this.#read(clock(), BLOCKS_A_TURN);
      if (this.#packets >= this.#socket.counts().received) break;
      // While there is something to read, it is no waiting.
      if (read === 0) waited += LAST_POLL_MS;
      await pause(read === 0 ? LAST_POLL_MS : 0);
    }
    this.#socket.close();
  }
}
