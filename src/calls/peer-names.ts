import { FIELD, type SipScanner } from '../sip/scan.ts';
import { uriHost, uriUser } from '../sip/uri.ts';
import type { Arrival } from './arrival.ts';
import type { CallStore } from './store.ts';

/** Finds the peer of an INVITE's sender or receiver: by address, and by what From or Request-URI name. */
export class PeerNames {
  readonly #store: CallStore;
  readonly #user = new Int32Array(2);
  readonly #host = new Int32Array(2);

  constructor(store: CallStore) {
    this.#store = store;
  }

  /** Peer index: From names who calls, the Request-URI whom. */
  peerOf(message: SipScanner, arrival: Arrival, side: 'source' | 'target'): number {
    const plain = this.#store.peerOf(arrival, side);
    const { peers } = this.#store.endpoints;
    if (!peers.hasNames) return plain;
    const field = side === 'source' ? FIELD.from : FIELD.requestUri;
    const start = message.at[2 * field] as number;
    const end = message.at[2 * field + 1] as number;
    uriUser(start, end, this.#user);
    uriHost(start, end, this.#host);
    const address = side === 'source' ? 0 : 16;
    return peers.refine(plain, arrival.addresses, address, this.#user, this.#host);
  }
}
