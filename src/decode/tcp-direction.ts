import type { Stream } from './stream.ts';

/** As `FrameMeta.addresses`. */
const ADDRESSES_LENGTH = 36;

/** A segment that came before its turn: a copy. */
export interface Held {
  readonly sequence: number;
  readonly bytes: Buffer;
  /** Bytes that the capture cut off behind them. */
  readonly missing: number;
}

/** One direction of a connection, as far as the order of its bytes goes. */
export class Direction {
  readonly key: string;
  readonly stream: Stream;
  /** Sequence number of the byte that is due. */
  next: number;
  /** That of the first byte; -1: the beginning was not seen. */
  first: number;
  /** Sorted, all of them later than what is due. */
  held: Held[] = [];
  heldBytes = 0;
  /** Since when something is missing, ms. */
  waitingSince = 0;
  /** Sequence number behind the last byte; -1: no FIN was seen. */
  last = -1;
  /** Seen since it was last considered for removal. */
  fresh = false;

  constructor(stream: Stream, next: number, first: number) {
    this.key = keyOf(stream.addresses);
    this.stream = stream;
    this.next = next;
    this.first = first;
  }

  /** Whether a SYN before this byte is that of this connection, repeated or late, and not the next one's. */
  isBegunBy(first: number, window: number): boolean {
    if (this.first >= 0) return this.first === first;
    const read = (this.next - first) | 0;
    return read >= 0 && read < window;
  }
}

function keyOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
}

/** Directions that are remembered by a few bits of their addresses. */
const RECENT = 256;

/** Directions by addresses. Those that were found lately are found without making a key. */
export class DirectionTable {
  readonly #all = new Map<string, Direction>();
  readonly #recent: (Direction | null)[] = new Array<Direction | null>(RECENT).fill(null);

  get size(): number {
    return this.#all.size;
  }

  /** In the order in which they were added. */
  values(): Iterable<Direction> {
    return this.#all.values();
  }

  find(addresses: Uint8Array): Direction | null {
    const slot = slotOf(addresses);
    const recent = this.#recent[slot] as Direction | null;
    if (recent !== null && areSame(recent.stream.addresses, addresses)) return recent;
    const found = this.#all.get(keyOf(addresses)) ?? null;
    if (found !== null) this.#recent[slot] = found;
    return found;
  }

  add(direction: Direction): void {
    this.#all.set(direction.key, direction);
  }

  delete(direction: Direction): void {
    this.#all.delete(direction.key);
    const slot = slotOf(direction.stream.addresses);
    if (this.#recent[slot] === direction) this.#recent[slot] = null;
  }
}

/** Out of the last bytes of both addresses and both ports, which differ most. */
function slotOf(addresses: Uint8Array): number {
  const hosts = (addresses[15] as number) ^ ((addresses[31] as number) * 31);
  const ports = ((addresses[33] as number) * 7) ^ ((addresses[35] as number) * 13);
  return (hosts ^ ports ^ (addresses[32] as number) ^ (addresses[34] as number)) & (RECENT - 1);
}

function areSame(one: Uint8Array, other: Uint8Array): boolean {
  // What differs mostly stands last.
  for (let i = ADDRESSES_LENGTH - 1; i >= 0; i--) if (one[i] !== other[i]) return false;
  return true;
}
