import type { SipScanner } from '../sip/scan.ts';
import { Pool } from './pool.ts';
import { Rows } from './rows.ts';

/** Messages one attempt remembers; the rest is counted as overflow. A fork to three through a proxy has 27. */
export const RECORDS_MAX = 48;
/** Records that lie together in one block: a link for each of them would take as much as what it links. */
const RECORDS_PER_BLOCK = 3;
/** A block: its link, three words of each record, column by column, and one for the kinds of all three. */
const WORDS = 11;
const KEY = 1;
const TIME = 4;
const ROUTE = 7;
const KINDS = 10;

/** `key`: the method in the four lowest bits, which are the least mixed of a signature, in their place. */
const METHOD_BITS = 0xf;
/** `time`: the direction, whether it is a far one, and the units: of a far one without the two lowest bits. */
const REVERSED = 1;
const FAR = 2;
const TIME_SHIFT = 2;
/** Units of the first far time, and of the last before the start that is not: almost 15 hours. */
const FAR_UNITS = 1 << 29;
/** `route`: its number, the tap, and how often the message was seen again. */
const ROUTE_BITS = 0xffff;
const TAP_SHIFT = 16;
const TAP_BITS = 0xff;
const REPEATS_SHIFT = 24;
const REPEATS_MAX = 0xff;
/** `kinds`: of a response its status, of a request its Vias: fewer than the lowest status. */
const KIND_WIDTH = 10;
const KIND_BITS = (1 << KIND_WIDTH) - 1;
const STATUS_MIN = 100;
export const VIAS_MAX = 31;

/** What a record says of its message. */
export interface Remembered {
  readonly method: number;
  readonly status: number;
  /** Number of the two endpoints, and whether it went from the one with the larger number to the other. */
  readonly route: number;
  readonly reversed: boolean;
}

/**
 * Hash of what makes a message itself; `branch` and `toTag` are hashes of theirs. Its upper bits are the mixed ones.
 */
export function signatureOf(message: SipScanner, branch: number, toTag: number): number {
  // A 183 with SDP is news after one without.
  const body = message.bodyEnd > message.bodyStart ? 1 << 20 : 0;
  const what = message.method | (message.status << 8) | body;
  const first = Math.imul(branch ^ Math.imul(toTag, 31), 0x9e3779b1 | 0);
  return Math.imul(first ^ what ^ Math.imul(message.cseq, 0x85ebca6b), 0xc2b2ae35 | 0);
}

/**
 * What an attempt remembers of its messages: enough to tell a repeat from news, and to draw the ladder. Blocks of three,
 * chained newest first; within a block in order of arrival. Less than 15 bytes a record. The number of a record is that
 * of its block and its place there; 0 is none.
 */
export class RecordTable {
  /** Of blocks. */
  readonly pool: Pool;
  readonly #key: Int32Array;
  readonly #time: Int32Array;
  readonly #route: Int32Array;
  /** Of a block. */
  readonly #kinds: Int32Array;

  /** `capacity`: blocks. */
  constructor(capacity: number) {
    const rows = new Rows(capacity, WORDS);
    this.pool = new Pool(capacity, rows.words(0), WORDS);
    this.#key = rows.words(KEY);
    this.#time = rows.words(TIME);
    this.#route = rows.words(ROUTE);
    this.#kinds = rows.words(KINDS);
  }

  /**
   * The record of this message among the `count` of the chain; 0 when it is new. Method and status are compared as such:
   * with them 28 bits of the signature tell as much as all of it would.
   */
  find(head: number, count: number, signature: number, method: number, status: number): number {
    const key = keyOf(signature, method);
    let left = count;
    for (let block = head; block !== 0; block = this.pool.next[block] as number) {
      const filled = ((left - 1) % RECORDS_PER_BLOCK) + 1;
      for (let r = block; r < block + filled; r++) {
        if (this.#key[r] === key && this.#statusOf(r) === status) return r;
      }
      left -= filled;
    }
    return 0;
  }

  /** The `count` records of the chain, in order of arrival. */
  list(head: number, count: number): readonly number[] {
    const newestFirst: number[] = [];
    let left = count;
    for (let block = head; block !== 0; block = this.pool.next[block] as number) {
      const filled = ((left - 1) % RECORDS_PER_BLOCK) + 1;
      for (let r = block + filled - 1; r >= block; r--) newestFirst.push(r);
      left -= filled;
    }
    return newestFirst.reverse();
  }

  /** Room for one more record behind the `count` of the chain; 0 when there is none. Its block is the chain's head. */
  take(head: number, count: number): number {
    const place = count % RECORDS_PER_BLOCK;
    if (place !== 0) return head + place;
    const block = this.pool.take();
    if (block !== 0) this.pool.next[block] = head;
    return block;
  }

  /** Number of the block of a record. */
  blockOf(r: number): number {
    return r - placeOf(r);
  }

  /**
   * What the message is: part by part, here and below, since an object for each message would be garbage. `status`: 0 of
   * a request, of whose `vias` `VIAS_MAX` at most are told apart; those of a response are not kept.
   */
  write(r: number, signature: number, method: number, status: number, vias: number): void {
    this.#key[r] = keyOf(signature, method);
    const place = placeOf(r);
    const kind = (status === 0 ? Math.min(vias, VIAS_MAX) : status) << (KIND_WIDTH * place);
    const kinds = this.#kinds;
    kinds[r - place] = place === 0 ? kind : (kinds[r - place] as number) | kind;
  }

  /**
   * When it came, in units from the attempt's start, and which way, as in `Remembered`. `tap`: which capture agent saw
   * it, folded to a byte. More than 14 hours from the start, four units are one.
   */
  travelled(r: number, units: number, route: number, reversed: boolean, tap: number): void {
    const near = units >= -FAR_UNITS && units < FAR_UNITS;
    const time = near ? units << TIME_SHIFT : (units & ~(FAR | REVERSED)) | FAR;
    this.#time[r] = reversed ? time | REVERSED : time;
    this.#route[r] = route | ((tap & TAP_BITS) << TAP_SHIFT);
  }

  /** What was written. */
  read(r: number): Remembered {
    return {
      method: (this.#key[r] as number) & METHOD_BITS,
      status: this.#statusOf(r),
      route: (this.#route[r] as number) & ROUTE_BITS,
      reversed: ((this.#time[r] as number) & REVERSED) !== 0,
    };
  }

  /** Tenths of a millisecond from the attempt's start. */
  at(r: number): number {
    const time = this.#time[r] as number;
    return (time & FAR) === 0 ? time >> TIME_SHIFT : time & ~(FAR | REVERSED);
  }

  tap(r: number): number {
    return ((this.#route[r] as number) >>> TAP_SHIFT) & TAP_BITS;
  }

  /** Of a request. */
  vias(r: number): number {
    const kind = this.#kindOf(r);
    return kind < STATUS_MIN ? kind : 0;
  }

  #statusOf(r: number): number {
    const kind = this.#kindOf(r);
    return kind < STATUS_MIN ? 0 : kind;
  }

  #kindOf(r: number): number {
    const place = placeOf(r);
    return ((this.#kinds[r - place] as number) >>> (KIND_WIDTH * place)) & KIND_BITS;
  }

  /** How often it was seen again, at most 255. */
  repeats(r: number): number {
    return (this.#route[r] as number) >>> REPEATS_SHIFT;
  }

  repeated(r: number): void {
    if (this.repeats(r) === REPEATS_MAX) return;
    this.#route[r] = (this.#route[r] as number) + (1 << REPEATS_SHIFT);
  }
}

function keyOf(signature: number, method: number): number {
  return (signature & ~METHOD_BITS) | method;
}

function placeOf(r: number): number {
  return r % WORDS;
}
