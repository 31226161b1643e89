import { Fragments } from './fragments.ts';
import { EXTENSIONS_MAX, IP_PROTOCOL, LAYER } from './layers-table.ts';
import type { Segment } from './segment.ts';

const IPV4_HEADER = 20;
const IPV6_HEADER = 40;
const FRAGMENT_HEADER = 8;
const MORE_FRAGMENTS = 0x2000;
const FRAGMENT_OFFSET = 0x1fff;
/** Returned by `read` for a packet whose payload is in the segment. */
export const IP_READ = -1;

/**
 * Reads one IPv4 or IPv6 header with its extensions and puts fragments together. In and out through the segment: its
 * range is the packet before and the payload behind, and its addresses are set.
 */
export class IpReader {
  readonly fragments = new Fragments();
  /** IANA number of what the payload is. */
  protocol = 0;

  /** `IP_READ`, or the status of a packet that leads no further. */
  readIpv4(segment: Segment, now: number): number {
    const { view, start, end } = segment;
    if (end - start < IPV4_HEADER) return segment.cut ? LAYER.cut : LAYER.malformed;
    const first = view.getUint8(start);
    const header = (first & 0x0f) * 4;
    if (first >>> 4 !== 4 || header < IPV4_HEADER) return LAYER.malformed;
    if (header > end - start) return segment.cut ? LAYER.cut : LAYER.malformed;
    // Zero: the network card cuts a large segment up later, and the capture saw it whole.
    const total = view.getUint16(start + 2) || end - start;
    if (total < header) return LAYER.malformed;
    this.#bound(segment, start + total);
    setIpv4(segment.addresses, 0, segment.bytes, start + 12);
    setIpv4(segment.addresses, 16, segment.bytes, start + 16);
    this.protocol = view.getUint8(start + 9);
    segment.start = start + header;
    const flags = view.getUint16(start + 6);
    if ((flags & (MORE_FRAGMENTS | FRAGMENT_OFFSET)) === 0) return IP_READ;
    const key = `${segment.bytes.toString('latin1', start + 12, start + 20)}${view.getUint16(start + 4)} ${this.protocol}`;
    const offset = (flags & FRAGMENT_OFFSET) * 8;
    return this.#fragment(segment, key, now, offset, (flags & MORE_FRAGMENTS) !== 0);
  }

  readIpv6(segment: Segment, now: number): number {
    const { view, bytes, start, end } = segment;
    if (end - start < IPV6_HEADER) return segment.cut ? LAYER.cut : LAYER.malformed;
    if (view.getUint8(start) >>> 4 !== 6) return LAYER.malformed;
    // Zero: a jumbogram, or a segment that the network card cuts up later.
    const length = view.getUint16(start + 4) || end - start - IPV6_HEADER;
    this.#bound(segment, start + IPV6_HEADER + length);
    bytes.copy(segment.addresses, 0, start + 8, start + IPV6_HEADER);
    this.protocol = view.getUint8(start + 6);
    segment.start = start + IPV6_HEADER;
    return this.#extensions(segment, now);
  }

  /** RFC 8200 section 4: each header names the next one. */
  #extensions(segment: Segment, now: number): number {
    for (let count = 0; count < EXTENSIONS_MAX; count++) {
      if (!isExtension(this.protocol)) return IP_READ;
      const status = this.#extension(segment, now);
      if (status !== IP_READ) return status;
    }
    return LAYER.malformed;
  }

  #extension(segment: Segment, now: number): number {
    const { view, start, end } = segment;
    const { protocol } = this;
    if (end - start < FRAGMENT_HEADER) return segment.cut ? LAYER.cut : LAYER.malformed;
    const length = extensionLength(protocol, view.getUint8(start + 1));
    if (length > end - start) return segment.cut ? LAYER.cut : LAYER.malformed;
    this.protocol = view.getUint8(start);
    segment.start = start + length;
    if (protocol !== IP_PROTOCOL.fragment) return IP_READ;
    const flags = view.getUint16(start + 2);
    // Offset 0 and no more: an atomic fragment (RFC 6946), which is whole.
    if ((flags & 0xfff9) === 0) return IP_READ;
    const key = `${segment.addresses.toString('latin1', 0, 32)}${view.getUint32(start + 4)}`;
    return this.#fragment(segment, key, now, flags & 0xfff8, (flags & 1) !== 0);
  }

  #fragment(segment: Segment, key: string, now: number, offset: number, more: boolean): number {
    if (segment.cut) return LAYER.cut;
    const { start, end } = segment;
    const whole = this.fragments.add(key, now, segment.bytes, { start, end, offset }, more);
    if (whole === null) return LAYER.held;
    segment.bytes = whole.bytes;
    segment.view = whole.view;
    segment.start = 0;
    segment.end = whole.length;
    return IP_READ;
  }

  /** What stands behind the packet is padding of the link; what is missing was cut off. */
  #bound(segment: Segment, end: number): void {
    if (end > segment.end) {
      segment.cut = true;
      segment.missing = end - segment.end;
    } else segment.end = end;
  }
}

function isExtension(protocol: number): boolean {
  return (
    protocol === IP_PROTOCOL.hopByHop ||
    protocol === IP_PROTOCOL.routing ||
    protocol === IP_PROTOCOL.fragment ||
    protocol === IP_PROTOCOL.destinationOptions ||
    protocol === IP_PROTOCOL.authentication
  );
}

/** In units of eight bytes beyond the first, but of four for the authentication header (RFC 4302 section 2.2). */
function extensionLength(protocol: number, field: number): number {
  if (protocol === IP_PROTOCOL.fragment) return FRAGMENT_HEADER;
  return protocol === IP_PROTOCOL.authentication ? (field + 2) * 4 : (field + 1) * 8;
}

/** IPv4 as ::ffff:a.b.c.d. Byte by byte: `fill` of so few costs more than the rest of the header. */
function setIpv4(addresses: Uint8Array, at: number, bytes: Uint8Array, from: number): void {
  for (let i = 0; i < 10; i++) addresses[at + i] = 0;
  addresses[at + 10] = 0xff;
  addresses[at + 11] = 0xff;
  for (let i = 0; i < 4; i++) addresses[at + 12 + i] = bytes[from + i] as number;
}
