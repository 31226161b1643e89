/** Datagrams in reassembly at a time; one more and the oldest is given up. */
export const FRAGMENTED_MAX = 64;
/** A datagram whose fragments are further apart is given up, ms: the reassembly time of RFC 8200 section 4.5. */
export const FRAGMENT_MS = 60_000;
/** The longest datagram, bytes: 16 bits of length. */
const DATAGRAM_MAX = 65_535;
/** Fragments begin at multiples of this (RFC 791 section 3.1). */
const UNIT = 8;
const UNITS = (DATAGRAM_MAX + 1) / UNIT;

/** One datagram in reassembly. Slots are made when first needed and used again. */
export class Datagram {
  readonly bytes: Buffer = Buffer.allocUnsafeSlow(DATAGRAM_MAX + UNIT);
  readonly view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
  /** Which units of eight bytes are there. */
  readonly #have = new Uint8Array(UNITS);
  #count = 0;
  /** Length as the last fragment tells; -1: not seen. */
  length = -1;
  /** Where the fragment that lies furthest ends. */
  #furthest = 0;
  key = '';
  since = 0;

  reset(key: string, since: number): void {
    this.key = key;
    this.since = since;
    this.length = -1;
    this.#furthest = 0;
    this.#count = 0;
    this.#have.fill(0);
  }

  /** Takes one fragment; what is there already stays (RFC 5722: no overlap may rewrite). False: it cannot be. */
  add(source: Uint8Array, start: number, end: number, offset: number, more: boolean): boolean {
    const last = offset + (end - start);
    if (last > DATAGRAM_MAX || (more && (end - start) % UNIT !== 0) || end <= start) return false;
    if (!more) {
      if (this.length >= 0 && this.length !== last) return false;
      // What lies behind the end must not count in place of what is missing before it.
      if (last < this.#furthest) return false;
      this.length = last;
    } else if (this.length >= 0 && last > this.length) return false;
    this.#furthest = Math.max(this.#furthest, last);
    for (let at = offset; at < last; at += UNIT) {
      if (this.#have[at / UNIT] === 1) continue;
      this.#have[at / UNIT] = 1;
      this.#count++;
      const from = start + at - offset;
      this.bytes.set(source.subarray(from, Math.min(from + UNIT, end)), at);
    }
    return true;
  }

  get complete(): boolean {
    return this.length >= 0 && this.#count === Math.ceil(this.length / UNIT);
  }
}

/** Puts fragments of IPv4 and IPv6 together, in whatever order they come. */
export class Fragments {
  /** Datagrams that were given up. */
  lost = 0;
  readonly #waiting = new Map<string, Datagram>();
  readonly #free: Datagram[] = [];
  /** The whole datagram that was returned last: whoever has it still reads it, perhaps to find a fragment in it. */
  #lent: Datagram | null = null;

  /** Takes one fragment. Returns the whole datagram when it was the last one missing, valid until the next call. */
  add(
    key: string,
    now: number,
    source: Uint8Array,
    range: { readonly start: number; readonly end: number; readonly offset: number },
    more: boolean,
  ): Datagram | null {
    this.expire(now);
    const datagram = this.#waiting.get(key) ?? this.#open(key, now);
    if (!datagram.add(source, range.start, range.end, range.offset, more)) {
      this.#giveUp(datagram);
      return null;
    }
    if (!datagram.complete) return null;
    this.#waiting.delete(key);
    if (this.#lent !== null) this.#free.push(this.#lent);
    this.#lent = datagram;
    return datagram;
  }

  /** Gives up what waits for too long. */
  expire(now: number): void {
    for (const datagram of this.#waiting.values()) {
      if (now - datagram.since <= FRAGMENT_MS) return;
      this.#giveUp(datagram);
    }
  }

  /** Nothing more comes. */
  finish(): void {
    for (const datagram of this.#waiting.values()) this.#giveUp(datagram);
  }

  #open(key: string, now: number): Datagram {
    if (this.#waiting.size >= FRAGMENTED_MAX) {
      for (const oldest of this.#waiting.values()) {
        this.#giveUp(oldest);
        break;
      }
    }
    const datagram = this.#free.pop() ?? new Datagram();
    datagram.reset(key, now);
    this.#waiting.set(key, datagram);
    return datagram;
  }

  #giveUp(datagram: Datagram): void {
    this.lost++;
    this.#waiting.delete(datagram.key);
    this.#free.push(datagram);
  }
}
