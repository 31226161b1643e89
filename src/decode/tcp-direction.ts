import type { Stream } from './stream.ts';

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

  constructor(key: string, stream: Stream, next: number, first: number) {
    this.key = key;
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
