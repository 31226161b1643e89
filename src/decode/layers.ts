import type { CaptureRecord } from './capture-record.ts';
import { IP_READ, IpReader } from './ip.ts';
import {
  ETHER_TYPE,
  IP_PROTOCOL,
  IPV4_FAMILY,
  IPV6_FAMILIES,
  LAYER,
  LINK_TYPES,
  NESTING_MAX,
} from './layers-table.ts';
import { Segment } from './segment.ts';

type LinkType = (typeof LINK_TYPES)[number];

const LINK_BY_TYPE: ReadonlyMap<number, LinkType> = new Map(
  LINK_TYPES.map((row) => [row.type, row]),
);
const ETHERNET_HEADER = 14;
const VLAN_TAG = 4;
const UDP_HEADER = 8;
const TCP_HEADER = 20;
/** GRE, RFC 2784 and 2890: bits of the first word, each of which adds four bytes. */
const GRE_CHECKSUM = 0x8000;
const GRE_ROUTING = 0x4000;
const GRE_KEY = 0x2000;
const GRE_SEQUENCE = 0x1000;
const GRE_VERSION = 0x0007;

/** Nothing that leads further. */
const NONE = -1;

/**
 * From a captured packet to the UDP payload or TCP segment inside: link header, VLAN tags, IP with its fragments, GRE
 * and IP in IP. One instance a capture; the segment is valid until the next packet.
 */
export class LayerDecoder {
  readonly segment = new Segment();
  readonly #ip = new IpReader();

  /** Fragmented datagrams that were given up. */
  get fragmentsLost(): number {
    return this.#ip.fragments.lost;
  }

  /** One of `LAYER`. `now`: ms, for what waits for its other fragments. */
  decode(record: CaptureRecord, now: number): number {
    const link = LINK_BY_TYPE.get(record.linkType);
    if (link === undefined) return LAYER.linkType;
    const { segment } = this;
    segment.bytes = record.bytes;
    segment.view = record.view;
    segment.start = record.start;
    segment.end = record.end;
    segment.cut = record.cut;
    segment.missing = 0;
    if (segment.end - segment.start < link.header + 1) {
      return segment.cut ? LAYER.cut : LAYER.malformed;
    }
    const etherType = etherTypeOf(link, record);
    segment.start += link.header;
    return this.#network(etherType, now);
  }

  /** Gives up what waits for too long. */
  expire(now: number): void {
    this.#ip.fragments.expire(now);
  }

  finish(): void {
    this.#ip.fragments.finish();
  }

  #network(first: number, now: number): number {
    let etherType = first;
    for (let depth = 0; depth < NESTING_MAX; depth++) {
      if (etherType === ETHER_TYPE.ipv4 || etherType === ETHER_TYPE.ipv6) {
        const status = this.#internet(etherType, now);
        if (status !== IP_READ) return status;
        etherType = this.#tunnel();
      } else etherType = this.#tag(etherType);
      if (etherType === NONE) return LAYER.otherProtocol;
    }
    return LAYER.malformed;
  }

  /** `IP_READ`: something else is inside, perhaps another packet. */
  #internet(etherType: number, now: number): number {
    const isFour = etherType === ETHER_TYPE.ipv4;
    const { segment } = this;
    const status = isFour ? this.#ip.readIpv4(segment, now) : this.#ip.readIpv6(segment, now);
    if (status !== IP_READ) return status;
    const { protocol } = this.#ip;
    if (protocol === IP_PROTOCOL.udp) return this.#udp();
    if (protocol === IP_PROTOCOL.tcp) return this.#tcp();
    return protocol === IP_PROTOCOL.encrypted ? LAYER.encrypted : IP_READ;
  }

  /** EtherType behind a VLAN tag or a bridged frame's own header; `NONE` for anything else. */
  #tag(etherType: number): number {
    const { segment } = this;
    const isVlan =
      etherType === ETHER_TYPE.vlan ||
      etherType === ETHER_TYPE.providerVlan ||
      etherType === ETHER_TYPE.oldVlan;
    if (!isVlan && etherType !== ETHER_TYPE.bridging) return NONE;
    const length = isVlan ? VLAN_TAG : ETHERNET_HEADER;
    if (segment.end - segment.start < length) return NONE;
    segment.start += length;
    return segment.view.getUint16(segment.start - 2);
  }

  /** EtherType of the packet inside IP in IP (RFC 2003, RFC 4213) or GRE. */
  #tunnel(): number {
    const { protocol } = this.#ip;
    if (protocol === IP_PROTOCOL.ipv4) return ETHER_TYPE.ipv4;
    if (protocol === IP_PROTOCOL.ipv6) return ETHER_TYPE.ipv6;
    const { segment } = this;
    if (protocol !== IP_PROTOCOL.gre || segment.end - segment.start < 4) return NONE;
    const flags = segment.view.getUint16(segment.start);
    if ((flags & (GRE_VERSION | GRE_ROUTING)) !== 0) return NONE;
    let length = 4;
    for (const flag of [GRE_CHECKSUM, GRE_KEY, GRE_SEQUENCE]) if ((flags & flag) !== 0) length += 4;
    if (segment.end - segment.start < length) return NONE;
    const etherType = segment.view.getUint16(segment.start + 2);
    segment.start += length;
    return etherType;
  }

  #udp(): number {
    const { segment } = this;
    const { view, start } = segment;
    if (segment.end - start < UDP_HEADER) return segment.cut ? LAYER.cut : LAYER.malformed;
    this.#ports(start);
    // Zero: the rest of a jumbogram (RFC 2675 section 4).
    const length = view.getUint16(start + 4) || segment.end - start;
    if (length < UDP_HEADER) return LAYER.malformed;
    if (length > segment.end - start) {
      if (!segment.cut) return LAYER.malformed;
    } else segment.end = start + length;
    segment.start = start + UDP_HEADER;
    return LAYER.udp;
  }

  #tcp(): number {
    const { segment } = this;
    const { view, start } = segment;
    const room = segment.end - start;
    if (room < TCP_HEADER) return segment.cut ? LAYER.cut : LAYER.malformed;
    const header = (view.getUint8(start + 12) >>> 4) * 4;
    if (header < TCP_HEADER) return LAYER.malformed;
    if (header > room) return segment.cut ? LAYER.cut : LAYER.malformed;
    this.#ports(start);
    segment.sequence = view.getUint32(start + 4);
    segment.flags = view.getUint8(start + 13);
    segment.start = start + header;
    return LAYER.tcp;
  }

  #ports(start: number): void {
    const { addresses, bytes } = this.segment;
    for (let i = 0; i < 4; i++) addresses[32 + i] = bytes[start + i] as number;
  }
}

/** EtherType of the network layer, or `NONE` when it is not IP. */
function etherTypeOf(link: LinkType, { view, start }: CaptureRecord): number {
  switch (link.says) {
    case 'protocol':
      return view.getUint16(start + link.at);
    case 'family':
      return ofFamily(view, start + link.at);
    case 'version': {
      const version = view.getUint8(start) >>> 4;
      return version === 4 ? ETHER_TYPE.ipv4 : version === 6 ? ETHER_TYPE.ipv6 : NONE;
    }
  }
}

/** The host that captured wrote it in its own byte order. */
function ofFamily(view: DataView, at: number): number {
  const little = view.getUint32(at, true);
  const family = little <= 0xff ? little : view.getUint32(at, false);
  if (family === IPV4_FAMILY) return ETHER_TYPE.ipv4;
  return IPV6_FAMILIES.includes(family) ? ETHER_TYPE.ipv6 : NONE;
}
