/** Blocks of a TPACKET_V3 ring as the kernel writes them (linux/if_packet.h), byte by byte. */
export interface RingPacket {
  readonly sec: number;
  readonly nsec: number;
  /** From the link header on; of a cooked socket from the network layer on. */
  readonly data: Uint8Array;
  /** Length on the wire, when less was kept. */
  readonly length?: number;
  /** EtherType, where there is no link header. */
  readonly protocol?: number;
}

const BLOCK_HEADER = 48;
/** `struct tpacket3_hdr`, `struct sockaddr_ll`, and the room that the kernel leaves behind them. */
const DATA_AT = 96;

/** Fills one block; `status` 1: it is the reader's. */
export function writeBlock(block: Buffer, packets: readonly RingPacket[], status = 1): void {
  block.fill(0);
  block.writeUInt32LE(1, 0); // version
  block.writeUInt32LE(BLOCK_HEADER, 4); // offset of private bytes
  block.writeUInt32LE(status, 8);
  block.writeUInt32LE(packets.length, 12);
  block.writeUInt32LE(BLOCK_HEADER, 16); // offset of the first packet
  let at = BLOCK_HEADER;
  for (const packet of packets) {
    const { data, length = data.length, protocol = 0 } = packet;
    const size = Math.ceil((DATA_AT + data.length) / 8) * 8;
    block.writeUInt32LE(packet === packets.at(-1) ? 0 : size, at); // offset of the next one
    block.writeUInt32LE(packet.sec, at + 4);
    block.writeUInt32LE(packet.nsec, at + 8);
    block.writeUInt32LE(data.length, at + 12); // kept
    block.writeUInt32LE(length, at + 16); // on the wire
    block.writeUInt16LE(DATA_AT, at + 24); // link header
    block.writeUInt16LE(DATA_AT, at + 26); // network layer
    block.writeUInt16LE(17, at + 48); // sockaddr_ll: AF_PACKET
    block.writeUInt16BE(protocol, at + 50);
    block.set(data, at + DATA_AT);
    at += size;
  }
  block.writeUInt32LE(at, 20); // bytes used
}
