import { CaptureRecord } from './capture-record.ts';

/** linux/if_packet.h, `struct tpacket_block_desc` and in it `struct tpacket_hdr_v1`: byte offsets. */
const BLOCK = { status: 8, packets: 12, first: 16 } as const;
/** TP_STATUS_USER: the block is the reader's until it gives it back. */
const STATUS_READER = 1;
const STATUS_KERNEL = 0;
/** The same, `struct tpacket3_hdr`: byte offsets. Its numbers are in the byte order of the host. */
const PACKET = { next: 0, sec: 4, nsec: 8, kept: 12, length: 16, link: 24, network: 26 } as const;
/** `struct sockaddr_ll`, which follows it; there is room between its end and the packet of a cooked socket. */
const ADDRESS = { at: 48, protocol: 50 } as const;

/** See `LINK_TYPES`. */
export const LINK = { ethernet: 1, cooked: 113 } as const;
export type RingLink = keyof typeof LINK;
const COOKED_HEADER = 16;
const COOKED_PROTOCOL = 2;

/**
 * Reads the blocks of a TPACKET_V3 ring, in memory that the kernel writes to (Documentation/networking/packet_mmap.rst):
 * packets are read where they lie. For little-endian hosts.
 */
export class PacketBlocks {
  readonly record = new CaptureRecord();
  readonly #link: RingLink;
  readonly #blockBytes: number;
  readonly #blocks: number;
  readonly #words: Int32Array;
  #block = 0;
  /** Of the block that is being read. */
  #left = 0;
  #at = 0;

  /** `link`: with a header, or cooked: from the network layer on. */
  constructor(memory: ArrayBuffer, blockBytes: number, link: RingLink) {
    this.#link = link;
    this.#blockBytes = blockBytes;
    this.#blocks = Math.floor(memory.byteLength / blockBytes);
    this.#words = new Int32Array(memory);
    this.record.bytes = Buffer.from(memory);
    this.record.view = new DataView(memory);
    this.record.linkType = LINK[link];
  }

  /** True: the next block is full, or old enough, and the reader's. */
  open(): boolean {
    const block = this.#block * this.#blockBytes;
    const status = Atomics.load(this.#words, (block + BLOCK.status) / 4);
    if ((status & STATUS_READER) === 0) return false;
    const { view } = this.record;
    this.#left = view.getUint32(block + BLOCK.packets, true);
    this.#at = block + view.getUint32(block + BLOCK.first, true);
    return true;
  }

  /** True: the next packet of the block is in `record`, valid until `release`. False: there are no more. */
  next(): boolean {
    if (this.#left === 0) return false;
    const { record } = this;
    const { view } = record;
    const at = this.#at;
    const kept = view.getUint32(at + PACKET.kept, true);
    const start = at + view.getUint16(at + PACKET.link, true);
    record.start = start;
    record.end = start + kept;
    record.cut = kept < view.getUint32(at + PACKET.length, true);
    record.time[0] =
      view.getUint32(at + PACKET.sec, true) * 1000 +
      Math.floor(view.getUint32(at + PACKET.nsec, true) / 1000) / 1000;
    if (this.#link === 'cooked') this.#cook(at);
    this.#left--;
    this.#at = at + view.getUint32(at + PACKET.next, true);
    return true;
  }

  /** Gives the block back to the kernel, which may write to it at once. */
  release(): void {
    const block = this.#block * this.#blockBytes;
    Atomics.store(this.#words, (block + BLOCK.status) / 4, STATUS_KERNEL);
    this.#block = (this.#block + 1) % this.#blocks;
    this.#left = 0;
  }

  /** Puts a header of LINKTYPE_LINUX_SLL before the network layer, of which only the protocol is looked at. */
  #cook(at: number): void {
    const { record } = this;
    const { view } = record;
    const network = at + view.getUint16(at + PACKET.network, true);
    view.setUint16(network - COOKED_PROTOCOL, view.getUint16(at + ADDRESS.protocol));
    record.start = network - COOKED_HEADER;
    record.end = network + view.getUint32(at + PACKET.kept, true);
  }
}
