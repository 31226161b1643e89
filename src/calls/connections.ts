import { FIELD, METHOD, type SipScanner } from '../sip/scan.ts';
import type { ConnectionLoss, RelayedParty } from './call.ts';
import type { TrackerTimeouts } from './options.ts';

/** Over which connections the two parties of one attempt talk; 0: not known to the relay. */
interface Carried {
  caller: number;
  callee: number;
  loss: ConnectionLoss | null;
}

/** How a connection was closed. */
export interface Closing {
  readonly connection: number;
  readonly closedBy: ConnectionLoss['closedBy'];
  readonly code: number;
  /** ms since the epoch. */
  readonly at: number;
}

/**
 * Which relayed connections carry which attempts, so that the close of one is known to have cut off its calls. Beside
 * the table of attempts, for the few that are relayed: at most two entries for each of them.
 */
export class Connections {
  readonly #carried = new Map<number, Carried>();
  readonly #attempts = new Map<number, Set<number>>();

  /**
   * A message of attempt `a` travelled over a connection whose client is this party. True when that party had been cut
   * off and is back.
   */
  saw(a: number, message: SipScanner, connection: number, party: RelayedParty): boolean {
    const strength = speaksFor(message);
    if (strength === 'none') return false;
    const carried = this.#carried.get(a) ?? { caller: 0, callee: 0, loss: null };
    this.#carried.set(a, carried);
    const old = carried[party];
    if (old === connection) return false;
    const lost = carried.loss?.party === party;
    // Several browsers ring: only the one that answers is the callee.
    if (strength === 'weak' && old !== 0 && !lost) return false;
    carried[party] = connection;
    this.#detach(a, old, carried);
    const attempts = this.#attempts.get(connection);
    if (attempts === undefined) this.#attempts.set(connection, new Set([a]));
    else attempts.add(a);
    if (lost) carried.loss = null;
    return lost;
  }

  /** Marks what a connection carried. Returns the attempts that have lost a party by it. */
  closed({ connection, ...how }: Closing): number[] {
    const attempts = [...(this.#attempts.get(connection) ?? [])];
    this.#attempts.delete(connection);
    return attempts.filter((a) => {
      const carried = this.#carried.get(a);
      if (carried === undefined || carried.loss !== null) return false;
      carried.loss = { party: carried.caller === connection ? 'caller' : 'callee', ...how };
      return true;
    });
  }

  /** How a party of the attempt was cut off; null when it was not, or came back. */
  lossOf(a: number): ConnectionLoss | null {
    return this.#carried.get(a)?.loss ?? null;
  }

  /** How long, ms, an answered attempt may be silent: a BYE of who was cut off cannot come. */
  patience(a: number, { answered, connectionLost }: TrackerTimeouts): number {
    return this.lossOf(a) === null ? answered : Math.min(answered, connectionLost);
  }

  /** The attempt is over: its number will be another's. */
  forget(a: number): void {
    const carried = this.#carried.get(a);
    if (carried === undefined) return;
    this.#carried.delete(a);
    this.#detach(a, carried.caller, null);
    this.#detach(a, carried.callee, null);
  }

  #detach(a: number, connection: number, carried: Carried | null): void {
    if (carried?.caller === connection || carried?.callee === connection) return;
    const attempts = this.#attempts.get(connection);
    attempts?.delete(a);
    if (attempts?.size === 0) this.#attempts.delete(connection);
  }
}

/**
 * Whether a message tells over which connection its party talks. CANCEL, ACK and refusals also go to forks that lost;
 * an INVITE or a provisional response tells only while nothing better is known.
 */
function speaksFor(message: SipScanner): 'strong' | 'weak' | 'none' {
  if (message.method === METHOD.CANCEL || message.method === METHOD.ACK) return 'none';
  if (message.method !== METHOD.INVITE) return 'strong';
  if (message.isRequest) return message.has(FIELD.toTag) ? 'strong' : 'weak';
  if (message.status < 200) return 'weak';
  return message.status < 300 ? 'strong' : 'none';
}
