import { isIP, isIPv6 } from 'node:net';

/** Where the fields of the 36 address bytes lie; see `FrameMeta.addresses`. */
export const ADDRESS_BYTES = {
  source: 0,
  destination: 16,
  sourcePort: 32,
  destinationPort: 34,
} as const;
export const ADDRESSES_LENGTH = 36;
const ADDRESS_LENGTH = 16;

/**
 * Writes an IP address in text as 16 bytes at `at`, IPv4 as ::ffff:a.b.c.d. A zone (`%eth0`) is ignored.
 * Returns false, and writes nothing, when the text is no IP address.
 */
export function writeAddress(text: string, target: Uint8Array, at: number): boolean {
  const zone = text.indexOf('%');
  const bare = zone < 0 ? text : text.slice(0, zone);
  const family = isIP(bare);
  if (family === 0) return false;
  target.fill(0, at, at + ADDRESS_LENGTH);
  if (family === 4) {
    target.fill(0xff, at + 10, at + 12);
    writeIpv4(bare, target, at + 12);
  } else {
    writeIpv6(bare, target, at);
  }
  return true;
}

/**
 * Writes `address:port` or `[address]:port` into the 36 address bytes, as their source or destination.
 * Returns false, and writes nothing, when the text is not an IP address with a port of 1 to 65535.
 */
export function writeEndpoint(
  text: string,
  addresses: Uint8Array,
  side: 'source' | 'destination',
): boolean {
  const colon = text.lastIndexOf(':');
  const portText = text.slice(colon + 1);
  const port = Number(portText);
  if (colon < 1 || !/^\d{1,5}$/.test(portText) || port < 1 || port > 65_535) return false;
  const host = text.slice(0, colon);
  const bracketed = host.startsWith('[') && host.endsWith(']');
  const address = bracketed ? host.slice(1, -1) : host;
  // RFC 3986 section 3.2.2: without brackets the last group of an IPv6 address would read as a port.
  if (bracketed !== isIPv6(address)) return false;
  if (!writeAddress(address, addresses, ADDRESS_BYTES[side])) return false;
  writePort(port, addresses, side);
  return true;
}

/** Writes a port into the 36 address bytes, network order. */
export function writePort(
  port: number,
  addresses: Uint8Array,
  side: 'source' | 'destination',
): void {
  const at = side === 'source' ? ADDRESS_BYTES.sourcePort : ADDRESS_BYTES.destinationPort;
  addresses[at] = port >>> 8;
  addresses[at + 1] = port & 0xff;
}

function writeIpv4(text: string, target: Uint8Array, at: number): void {
  const parts = text.split('.');
  for (let i = 0; i < 4; i++) target[at + i] = Number(parts[i]);
}

function writeIpv6(text: string, target: Uint8Array, at: number): void {
  const gap = text.indexOf('::');
  const head = gap < 0 ? text : text.slice(0, gap);
  const end = writeGroups(head, target, at);
  if (gap < 0) return;
  const tail = new Uint8Array(ADDRESS_LENGTH);
  const length = writeGroups(text.slice(gap + 2), tail, 0);
  target.set(tail.subarray(0, length), Math.max(end, at + ADDRESS_LENGTH - length));
}

/** Writes colon-separated groups, the last of which may be an IPv4 address. Returns the offset behind them. */
function writeGroups(text: string, target: Uint8Array, at: number): number {
  let end = at;
  for (const group of text.split(':')) {
    if (group === '') continue;
    if (group.includes('.')) {
      writeIpv4(group, target, end);
      end += 4;
    } else {
      const value = Number.parseInt(group, 16);
      target[end] = value >>> 8;
      target[end + 1] = value & 0xff;
      end += 2;
    }
  }
  return end;
}
