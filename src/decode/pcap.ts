import { CAPTURED_MAX, type CaptureFormat, type CaptureRecord, READ } from './capture-record.ts';

/** The first four bytes of a classic capture, read big-endian (draft-ietf-opsawg-pcap, section 4). */
export const PCAP_MAGICS = [
  { magic: 0xa1b2c3d4, little: false, perSecond: 1e6 },
  { magic: 0xd4c3b2a1, little: true, perSecond: 1e6 },
  { magic: 0xa1b23c4d, little: false, perSecond: 1e9 },
  { magic: 0x4d3cb2a1, little: true, perSecond: 1e9 },
] as const;
export type PcapMagic = (typeof PCAP_MAGICS)[number];

const FILE_HEADER = 24;
const RECORD_HEADER = 16;
/** The upper bits of the link type tell the length of a frame check sequence. */
const LINK_TYPE_MASK = 0xffff;

/** Classic pcap: one link type a file, seconds and a fraction a record. */
export class PcapFormat implements CaptureFormat {
  isPacket = false;
  problem = '';
  readonly dropped = null;
  readonly broken = 0;
  readonly #little: boolean;
  readonly #perMs: number;
  #linkType = -1;

  constructor({ little, perSecond }: PcapMagic) {
    this.#little = little;
    this.#perMs = perSecond / 1000;
  }

  read(record: CaptureRecord, at: number, end: number): number {
    if (this.#linkType < 0) return this.#header(record, at, end);
    if (end - at < RECORD_HEADER) return READ.MORE;
    const { view } = record;
    const length = view.getUint32(at + 8, this.#little);
    if (length > CAPTURED_MAX) {
      this.problem = `a record of ${length} bytes; ${CAPTURED_MAX} is the most`;
      return READ.CORRUPT;
    }
    const size = RECORD_HEADER + length;
    if (end - at < size) return READ.MORE;
    record.start = at + RECORD_HEADER;
    record.end = at + size;
    record.cut = view.getUint32(at + 12, this.#little) > length;
    record.linkType = this.#linkType;
    record.time[0] =
      view.getUint32(at, this.#little) * 1000 + view.getUint32(at + 4, this.#little) / this.#perMs;
    this.isPacket = true;
    return size;
  }

  #header(record: CaptureRecord, at: number, end: number): number {
    if (end - at < FILE_HEADER) return READ.MORE;
    this.#linkType = record.view.getUint32(at + 20, this.#little) & LINK_TYPE_MASK;
    return FILE_HEADER;
  }
}
