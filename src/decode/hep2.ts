import { SLAB_VIEW } from '../lib/slab.ts';
import { HEP_STATUS, type HepStatus } from './hep-table.ts';
import type { Packet } from './packet.ts';

const VIEW = SLAB_VIEW;

/**
 * HEP versions 1 and 2: one fixed header, then SIP, and no room for a key.
 *
 *     version 1 | length 1 | family 1 | protocol 1 | source port 2 | destination port 2 | source | destination
 *     version 2 goes on: seconds 4 | microseconds 4 | capture id 2 | padding 2
 *
 * `length` counts the first line. Ports are in network order; the second line is in the byte order of the sender's
 * host, as captured from Kamailio 5.6.
 */
const PORTS_AT = 4;
const ADDRESSES_AT = 8;
const TIME_LENGTH = 12;
/** `length` of a packet of IPv4 and of IPv6. */
const IPV4_LENGTH = 16;
const IPV6_LENGTH = 40;

/** Decodes the packet that lies in the slab at [start, end) into `packet`, which is clear. */
export function decodeHep2(start: number, end: number, packet: Packet): HepStatus {
  if (end - start < ADDRESSES_AT) return HEP_STATUS.header;
  const version = VIEW.getUint8(start);
  const length = VIEW.getUint8(start + 1);
  if (length !== IPV4_LENGTH && length !== IPV6_LENGTH) return HEP_STATUS.version;
  const payload = start + length + (version === 2 ? TIME_LENGTH : 0);
  if (payload >= end) return HEP_STATUS.truncated;
  packet.transport = VIEW.getUint8(start + 3);
  packet.protocolType = 1;
  copy(packet.addresses, 32, start + PORTS_AT, 4);
  readAddresses(packet.addresses, start + ADDRESSES_AT, length);
  if (version === 2) readTime(packet, start + length);
  packet.start = payload;
  packet.end = end;
  return HEP_STATUS.ok;
}

function readAddresses(addresses: Uint8Array, at: number, length: number): void {
  if (length === IPV6_LENGTH) {
    copy(addresses, 0, at, 32);
    return;
  }
  for (const side of [0, 1]) {
    addresses.fill(0xff, 16 * side + 10, 16 * side + 12);
    copy(addresses, 16 * side + 12, at + 4 * side, 4);
  }
}

/** Whichever byte order lies nearer to the arrival is the sender's. */
function readTime(packet: Packet, at: number): void {
  const [little, big] = [true, false].map((order) => VIEW.getUint32(at, order) * 1000);
  const distance = (time = 0): number => Math.abs(time - packet.arrivedAt);
  const order = distance(little) <= distance(big);
  const micros = VIEW.getUint32(at + 4, order);
  packet.capturedAt = VIEW.getUint32(at, order) * 1000 + micros / 1000;
  packet.captureId = VIEW.getUint16(at + 8, order);
}

function copy(target: Uint8Array, at: number, from: number, length: number): void {
  for (let i = 0; i < length; i++) target[at + i] = VIEW.getUint8(from + i);
}
