import { CAPTURED_MAX, type CaptureFormat, type CaptureRecord, READ } from './capture-record.ts';

/** Block types (draft-ietf-opsawg-pcapng, section 4). All others are passed over. */
const BLOCK = {
  section: 0x0a0d0d0a,
  interface: 1,
  obsolete: 2,
  simple: 3,
  statistics: 5,
  packet: 6,
};
/** First four bytes of a pcapng file; the same in either byte order. */
export const PCAPNG_MAGIC = BLOCK.section;

const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** Type and length, which stands again at the end. */
const BLOCK_HEADER = 8;
const BLOCK_MIN = 12;
/** The largest block whose inside is read: a packet with its options. Larger ones are passed over. */
const READ_MAX = CAPTURED_MAX + 65_536;
/** Interfaces of one section; packets of more are counted as broken. */
export const INTERFACES_MAX = 1024;

/** Options that are read; a code means something else in each kind of block. */
const OPTION = { end: 0, timeResolution: 9, timeOffset: 14, interfaceDrops: 5, systemDrops: 7 };

interface Interface {
  readonly linkType: number;
  /** Time stamp units in one ms. */
  readonly perMs: number;
  /** Added to every time stamp, ms. */
  readonly offset: number;
  /** Most bytes kept of a packet; 0: all. Simple packet blocks do not say their length otherwise. */
  readonly snapLength: number;
}

/** pcapng: sections of either byte order, several interfaces each with its own link type and time resolution. */
export class PcapngFormat implements CaptureFormat {
  isPacket = false;
  problem = '';
  broken = 0;
  #little = true;
  #interfaces: Interface[] = [];
  /** By interface of the section: packets dropped so far, as the last statistics block said. */
  #drops: number[] = [];
  #droppedBefore = 0;
  #saysDrops = false;

  get dropped(): number | null {
    if (!this.#saysDrops) return null;
    return this.#drops.reduce((sum, one) => sum + one, this.#droppedBefore);
  }

  read(record: CaptureRecord, at: number, end: number): number {
    this.isPacket = false;
    if (end - at < BLOCK_MIN) return READ.MORE;
    const { view } = record;
    if (view.getUint32(at, true) === BLOCK.section && !this.#section(view, at)) return READ.CORRUPT;
    const type = view.getUint32(at, this.#little);
    const length = view.getUint32(at + 4, this.#little);
    if (length < BLOCK_MIN || length % 4 !== 0) {
      this.problem = `a block of ${length} bytes`;
      return READ.CORRUPT;
    }
    if (length > READ_MAX) {
      if (type === BLOCK.packet || type === BLOCK.obsolete) this.broken++;
      return length;
    }
    if (end - at < length) return READ.MORE;
    if (view.getUint32(at + length - 4, this.#little) !== length) {
      this.problem = 'a block that ends otherwise than it began';
      return READ.CORRUPT;
    }
    this.#block(type, record, at, at + length - 4);
    return length;
  }

  #section(view: DataView, at: number): boolean {
    const little = view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC;
    if (!little && view.getUint32(at + 8, false) !== BYTE_ORDER_MAGIC) {
      this.problem = 'a section without a byte order';
      return false;
    }
    this.#little = little;
    this.#droppedBefore = this.dropped ?? 0;
    this.#interfaces = [];
    this.#drops = [];
    return true;
  }

  /** One block whose end, before its second length, is `end`. */
  #block(type: number, record: CaptureRecord, at: number, end: number): void {
    const body = at + BLOCK_HEADER;
    if (type === BLOCK.packet) this.#packet(record, body, end);
    else if (type === BLOCK.interface) this.#interface(record.view, body, end);
    else if (type === BLOCK.simple) this.#simplePacket(record, body, end);
    else if (type === BLOCK.obsolete) this.#packet(record, body, end, true);
    else if (type === BLOCK.statistics) this.#statistics(record.view, body, end);
  }

  /** Enhanced packet block, section 4.3; the obsolete packet block has a drop count beside a short interface number. */
  #packet(record: CaptureRecord, body: number, end: number, obsolete = false): void {
    const { view } = record;
    const little = this.#little;
    if (end - body < 20) {
      this.broken++;
      return;
    }
    const number = obsolete ? view.getUint16(body, little) : view.getUint32(body, little);
    const from = this.#interfaces[number];
    const length = view.getUint32(body + 12, little);
    if (from === undefined || length > end - body - 20 || length > CAPTURED_MAX) {
      this.broken++;
      return;
    }
    const units = view.getUint32(body + 4, little) * 2 ** 32 + view.getUint32(body + 8, little);
    record.time[0] = units / from.perMs + from.offset;
    record.cut = view.getUint32(body + 16, little) > length;
    this.#take(record, from, body + 20, length);
  }

  /** Simple packet block, section 4.4: of the first interface, without a time, so it has that of the packet before. */
  #simplePacket(record: CaptureRecord, body: number, end: number): void {
    const [from] = this.#interfaces;
    if (from === undefined || end - body < 4) {
      this.broken++;
      return;
    }
    const original = record.view.getUint32(body, this.#little);
    const kept = from.snapLength === 0 ? original : Math.min(original, from.snapLength);
    const length = Math.min(kept, end - body - 4, CAPTURED_MAX);
    record.cut = original > length;
    this.#take(record, from, body + 4, length);
  }

  #take(record: CaptureRecord, from: Interface, start: number, length: number): void {
    record.start = start;
    record.end = start + length;
    record.linkType = from.linkType;
    this.isPacket = true;
  }

  #interface(view: DataView, body: number, end: number): void {
    if (end - body < 8 || this.#interfaces.length >= INTERFACES_MAX) {
      this.broken++;
      return;
    }
    let perMs = 1000;
    let offset = 0;
    this.#options(view, body + 8, end, (code, at, length) => {
      if (code === OPTION.timeResolution && length === 1) perMs = unitsPerMs(view.getUint8(at));
      if (code === OPTION.timeOffset && length === 8) offset = this.#number64(view, at) * 1000;
    });
    this.#interfaces.push({
      linkType: view.getUint16(body, this.#little),
      perMs,
      offset,
      snapLength: view.getUint32(body + 4, this.#little),
    });
  }

  /** Interface statistics block, section 4.6. Its counts are sums since the capture began. */
  #statistics(view: DataView, body: number, end: number): void {
    if (end - body < 12) {
      this.broken++;
      return;
    }
    const number = view.getUint32(body, this.#little);
    if (number >= this.#interfaces.length) {
      this.broken++;
      return;
    }
    let drops = 0;
    this.#options(view, body + 12, end, (code, at, length) => {
      if ((code !== OPTION.interfaceDrops && code !== OPTION.systemDrops) || length !== 8) return;
      const count = this.#number64(view, at);
      // Nobody counted so far: the writer has no count, or is wrong.
      if (count < 0) return;
      drops += count;
      this.#saysDrops = true;
    });
    this.#drops[number] = drops;
  }

  #options(
    view: DataView,
    from: number,
    end: number,
    take: (code: number, at: number, length: number) => void,
  ): void {
    for (let at = from; end - at >= 4; ) {
      const code = view.getUint16(at, this.#little);
      const length = view.getUint16(at + 2, this.#little);
      if (code === OPTION.end || length > end - at - 4) return;
      take(code, at + 4, length);
      at += 4 + ((length + 3) & ~3);
    }
  }

  #number64(view: DataView, at: number): number {
    return Number(view.getBigInt64(at, this.#little));
  }
}

/** Section 4.2, if_tsresol: a negative power of ten or, with the top bit set, of two. */
function unitsPerMs(resolution: number): number {
  const power = resolution & 0x7f;
  return ((resolution & 0x80) === 0 ? 10 : 2) ** power / 1000;
}
