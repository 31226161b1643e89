import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { RelayTap } from './relay-tap.ts';
import type { RelaySide } from './source.ts';

/** For the other end to close when one has, ms. */
const LINGER_MS = 10_000;
/** TCP asks a silent peer so often whether it is still there, ms. */
const KEEP_ALIVE_MS = 30_000;

/**
 * Close frames behind what a side sent: code 1001 (RFC 6455 §7.4.1), masked where the client is the sender (§5.3); a mask
 * of zeros is one.
 */
const GOING_AWAY: Readonly<Record<RelaySide, Buffer>> = {
  client: Buffer.from('88820000000003e9', 'hex'),
  upstream: Buffer.from('880203e9', 'hex'),
};

/** The two ends of one relayed connection. */
export type Ends = Readonly<Record<RelaySide, Duplex>>;

/**
 * Passes bytes between a client and the PBX as they are, both ways: frames, fragments, masks, pings and close frames
 * are the ends' own affair. An end that reads slowly stops the reading of the other one, so at most one read and what
 * the stream holds (64 KiB each) wait here. The tap sees each piece after it was passed on.
 */
export class Tunnel {
  readonly #ends: Ends;
  readonly #tap: RelayTap | null;
  /** Resolves when both ends are closed. */
  readonly ended: Promise<void>;
  #bothClosed: () => void = () => undefined;
  readonly #gone = new Set<RelaySide>();
  #linger: NodeJS.Timeout | null = null;

  constructor(ends: Ends, tap: RelayTap | null) {
    this.#ends = ends;
    this.#tap = tap;
    this.ended = new Promise((resolve) => {
      this.#bothClosed = resolve;
    });
  }

  /** `heads`: what each end has sent already. */
  start(heads: Readonly<Record<RelaySide, Uint8Array>>): void {
    for (const side of ['client', 'upstream'] as const) {
      const end = this.#ends[side];
      if (end instanceof Socket) {
        end.setNoDelay(true);
        end.setKeepAlive(true, KEEP_ALIVE_MS);
        end.setTimeout(0);
      }
      if (heads[side].length > 0) this.#pass(side, heads[side]);
      this.#pump(side);
    }
  }

  /** Ends both sides, in order, and after a while by force: with 1001 where no frame is on its way. */
  close(): void {
    for (const side of ['client', 'upstream'] as const) {
      const whole = this.#tap?.isBetweenFrames(side) === true;
      const to = this.#other(side);
      if (whole && to.writable) to.end(GOING_AWAY[side]);
      else to.end();
    }
    this.#tap?.leave();
    this.#lingerOnce();
  }

  destroy(): void {
    for (const end of Object.values(this.#ends)) end.destroy();
  }

  #pump(side: RelaySide): void {
    const from = this.#ends[side];
    const to = this.#other(side);
    from.on('data', (chunk: Buffer) => this.#pass(side, chunk));
    to.on('drain', () => from.resume());
    from.on('end', () => {
      this.#tap?.ended(side);
      to.end();
      this.#lingerOnce();
    });
    from.on('error', () => from.destroy());
    from.on('close', () => this.#closed(side));
    // It may have closed while the other end was still being asked for.
    if (from.destroyed) queueMicrotask(() => this.#closed(side));
    else from.resume();
  }

  #pass(side: RelaySide, chunk: Uint8Array): void {
    const to = this.#other(side);
    if (to.writable && !to.write(chunk)) this.#ends[side].pause();
    this.#tap?.push(side, chunk);
  }

  #closed(side: RelaySide): void {
    // An end that was destroyed before it was joined tells of it twice.
    if (this.#gone.has(side)) return;
    this.#gone.add(side);
    this.#tap?.ended(side);
    const other = this.#other(side);
    other.end();
    // Its end is behind what nobody takes any more.
    other.resume();
    this.#lingerOnce();
    if (this.#gone.size < 2) return;
    if (this.#linger !== null) clearTimeout(this.#linger);
    this.#bothClosed();
  }

  #lingerOnce(): void {
    this.#linger ??= setTimeout(() => this.destroy(), LINGER_MS);
  }

  #other(side: RelaySide): Duplex {
    return side === 'client' ? this.#ends.upstream : this.#ends.client;
  }
}
