import { NEVER, NO_CSEQ, RARE_MOMENTS } from './marks.ts';
import { Pool } from './pool.ts';

/**
 * What only few attempts have while they are in progress: hold, session timer, repeats, a second dialog; and what comes
 * with the end. An attempt takes a row when it first writes to one. There are as many rows as attempts, so there is
 * always one. Row 0 is nobody's and is never written: it reads as "nothing of all that".
 */
export class Extras {
  readonly pool: Pool;
  /** The other tag of an embryo, which may turn out to be the caller's. */
  readonly otherTag: Int32Array;
  /** To-tag hash of a second dialog that was answered: forks that both answered. */
  readonly secondDialog: Int32Array;
  /** Hash of the bottom sent-by of the first BYE. */
  readonly byeSentBy: Int32Array;
  /** CSeq of the caller's latest re-INVITE, or `NO_CSEQ`; its finals are not the attempt's. */
  readonly reinviteCseq: Int32Array;
  readonly holdUnits: Int32Array;
  /** Session-Expires in seconds (RFC 4028); 0: no session timer. */
  readonly sessionExpires: Int32Array;
  /** Of attempts under the same Call-ID and From-tag; of an embryo, what began it. */
  readonly ordinal: Uint16Array;
  /** Facts that did not fit the attempt's bounds. */
  readonly overflow: Uint16Array;
  readonly inviteRepeats: Uint16Array;
  readonly answerRepeats: Uint16Array;
  /** Request inside the dialog (`MidcallReader`) that made the offer which waits, and the last 2xx without one. */
  readonly offeredIn: Uint16Array;
  readonly answeredIn: Uint16Array;
  /** The latest REFER, where there was one (`FLAG.REFER`): the low bits of its CSeq, and its side. */
  readonly referIn: Uint16Array;
  /** `RARE_MOMENTS` of each row. */
  readonly moments: Int32Array;

  constructor(capacity: number) {
    const size = capacity + 1;
    this.pool = new Pool(capacity);
    this.otherTag = new Int32Array(size);
    this.secondDialog = new Int32Array(size);
    this.byeSentBy = new Int32Array(size);
    this.reinviteCseq = new Int32Array(size);
    this.holdUnits = new Int32Array(size);
    this.sessionExpires = new Int32Array(size);
    this.ordinal = new Uint16Array(size);
    this.overflow = new Uint16Array(size);
    this.inviteRepeats = new Uint16Array(size);
    this.answerRepeats = new Uint16Array(size);
    this.offeredIn = new Uint16Array(size);
    this.answeredIn = new Uint16Array(size);
    this.referIn = new Uint16Array(size);
    this.moments = new Int32Array(size * RARE_MOMENTS);
    this.moments.fill(NEVER, 0, RARE_MOMENTS);
    this.reinviteCseq[0] = NO_CSEQ;
  }

  /** An empty row. */
  take(): number {
    const e = this.pool.take();
    this.otherTag[e] = 0;
    this.secondDialog[e] = 0;
    this.byeSentBy[e] = 0;
    this.reinviteCseq[e] = NO_CSEQ;
    this.holdUnits[e] = 0;
    this.sessionExpires[e] = 0;
    this.ordinal[e] = 0;
    this.overflow[e] = 0;
    this.inviteRepeats[e] = 0;
    this.answerRepeats[e] = 0;
    this.offeredIn[e] = 0;
    this.answeredIn[e] = 0;
    this.referIn[e] = 0;
    const first = e * RARE_MOMENTS;
    // `fill` of a few words takes longer: it leaves the compiled code.
    for (let i = first; i < first + RARE_MOMENTS; i++) this.moments[i] = NEVER;
    return e;
  }
}
