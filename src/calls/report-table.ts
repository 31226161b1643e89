import { slotOf } from './rows.ts';

/** The two ends of a media stream. */
export const SIDES = 2;

/** Until `REPORTED` is up, the other columns of a side hold what an earlier attempt left there. */
export const SIDE = {
  REPORTED: 1,
  /** It has sent packets. */
  SENT: 2,
  /** It has said what it receives, be it nothing. */
  LISTENS: 4,
  /** It has received packets. */
  HEARD: 8,
  CALLER: 16,
  CALLEE: 32,
  /** Of the first side: more than two ends reported, such as those of a video stream. */
  CROWDED: 64,
} as const;

/**
 * What media reports told of each attempt, as columns indexed by `SIDES * attempt + side`: 60 bytes an attempt. Times
 * are units of the attempt's clock.
 */
export class ReportTable {
  readonly flags: Uint8Array;
  /** Keys of the addresses that it reports from and to. */
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** With `SENT`: its packet count, and when it last changed. */
  readonly sent: Uint32Array;
  readonly sentAt: Int32Array;
  /** With `HEARD`: the highest sequence number that it received, and when it last changed. */
  readonly highest: Uint32Array;
  readonly highestAt: Int32Array;
  /** Reports since then. */
  readonly still: Uint8Array;
  /** Its last report. */
  readonly lastAt: Int32Array;

  constructor(capacity: number) {
    const size = SIDES * (capacity + 1);
    this.flags = new Uint8Array(size);
    this.from = new Int32Array(size);
    this.to = new Int32Array(size);
    this.sent = new Uint32Array(size);
    this.sentAt = new Int32Array(size);
    this.highest = new Uint32Array(size);
    this.highestAt = new Int32Array(size);
    this.still = new Uint8Array(size);
    this.lastAt = new Int32Array(size);
  }

  has(side: number, flag: number): boolean {
    return ((this.flags[side] as number) & flag) !== 0;
  }

  raise(side: number, flag: number): void {
    this.flags[side] = (this.flags[side] as number) | flag;
  }

  /** Attempt `a` is over. */
  clear(a: number): void {
    const first = SIDES * slotOf(a);
    this.flags.fill(0, first, first + SIDES);
  }
}
