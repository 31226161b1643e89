import type { SipScanner } from '../sip/scan.ts';
import type { Arrival } from './arrival.ts';
import type { Closing } from './connections.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { CallStore } from './store.ts';

/** Reads over which relayed connection the parties of a call talk, and what becomes of it. */
export class CarrierReader {
  readonly #store: CallStore;
  readonly #life: Lifecycle;

  constructor(store: CallStore, life: Lifecycle) {
    this.#store = store;
    this.#life = life;
  }

  /** An answered call does not wait for hours for a BYE that cannot come. */
  closed(closing: Closing): void {
    for (const a of this.#store.connections.closed(closing)) this.#life.touch(a);
  }

  /** A message of attempt `a` came over this connection, if over any. */
  carried(a: number, message: SipScanner, { connection, fromClient }: Arrival): void {
    if (connection === 0) return;
    const store = this.#store;
    const sentByCaller = store.forward(a) === message.isRequest;
    const party = sentByCaller === fromClient ? 'caller' : 'callee';
    if (store.connections.saw(a, message, connection, party)) this.#life.touch(a);
  }
}
