const SLOTS = 1 << 17;
const MASK = SLOTS - 1;
/** Most pairs of addresses known at a time, numbered in 16 bits. */
export const ROUTES_MAX = 65_535;

/**
 * Numbers for pairs of endpoints between which messages travel, whatever the direction: what a call remembers of a
 * message has room for one number. Bounded: when the table is full it begins anew.
 */
export class Routes {
  /** Pairs that found no room. */
  overflow = 0;
  readonly #slots = new Uint16Array(SLOTS);
  /** Smaller endpoint number in the high half. */
  readonly #pairs = new Int32Array(ROUTES_MAX + 1);
  #count = 0;

  /** Number of the pair, 1 to `ROUTES_MAX`. */
  intern(one: number, other: number): number {
    const pair = one < other ? (one << 16) | other : (other << 16) | one;
    let slot = home(pair);
    for (let id = this.#slots[slot] as number; id !== 0; id = this.#slots[slot] as number) {
      if (this.#pairs[id] === pair) return id;
      slot = (slot + 1) & MASK;
    }
    if (this.#count === ROUTES_MAX) {
      this.overflow++;
      this.forget();
      slot = home(pair);
    }
    const id = ++this.#count;
    this.#slots[slot] = id;
    this.#pairs[id] = pair;
    return id;
  }

  /** Begins anew. */
  forget(): void {
    this.#count = 0;
    this.#slots.fill(0);
  }

  /** Endpoint numbers of a pair, the smaller one first. */
  endsOf(id: number): readonly [number, number] {
    const pair = this.#pairs[id] as number;
    return [pair >>> 16, pair & 0xffff];
  }
}

function home(pair: number): number {
  const x = Math.imul(pair ^ (pair >>> 15), 0x9e3779b1 | 0);
  return (x ^ (x >>> 15)) & MASK;
}
