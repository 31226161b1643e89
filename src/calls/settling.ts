import type { TrackerOptions } from './options.ts';
import { slotOf } from './rows.ts';
import type { CallStore } from './store.ts';
import { STATE } from './transitions.ts';

/** How much longer than the reorder window an ended attempt waits for facts. */
export class Settling {
  readonly #store: CallStore;
  #waitMs = 0;
  /** By peer index: 1 when attempts with this peer wait; null: all do. */
  #peers: Uint8Array | null = null;

  constructor(store: CallStore, options: TrackerOptions) {
    this.#store = store;
    this.configure(options);
  }

  configure({ context, peers }: TrackerOptions): void {
    const names = context.waitPeers;
    this.#waitMs = context.waitMs;
    this.#peers =
      names === null ? null : Uint8Array.from(peers.list, ({ name }) => +names.includes(name));
  }

  get waitMs(): number {
    return this.#waitMs;
  }

  /** Of attempt `a`, ms. An embryo is no attempt yet. */
  of(a: number): number {
    const { attempts, branches } = this.#store;
    if (this.#waitMs === 0 || attempts.state[slotOf(a)] === STATE.embryo) return 0;
    const wanted = this.#peers;
    if (wanted === null) return this.#waitMs;
    for (let b = attempts.branches[a] as number; b !== 0; b = branches.pool.next[b] as number) {
      if (wanted[branches.source(b)] === 1) return this.#waitMs;
      if (wanted[branches.target(b)] === 1) return this.#waitMs;
    }
    return 0;
  }
}
