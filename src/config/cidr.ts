import { fail, ok, type Result } from '../lib/result.ts';
import { writeAddress } from '../sources/address.ts';

/** A network. IPv4 is kept as ::ffff:a.b.c.d, so its prefix is 96 longer than written. */
export interface Cidr {
  /** 16 bytes, network order, host bits zero. */
  readonly address: Uint8Array;
  /** Leading bits that count, 0 to 128. */
  readonly prefix: number;
}

const ADDRESS_BYTES = 16;
const MAPPED_BITS = 96;

/**
 * Reads `address` or `address/prefix`, IPv4 or IPv6. The error says what is wrong and what to do, in words.
 * Host bits must be zero: `10.0.0.5/24` is more often a typing mistake than a network.
 */
export function parseCidr(text: string): Result<Cidr, string> {
  const slash = text.indexOf('/');
  const host = slash < 0 ? text : text.slice(0, slash);
  const address = new Uint8Array(ADDRESS_BYTES);
  if (!isAddress(host) || !writeAddress(host, address, 0)) {
    return fail('is no IP address or network; write 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32');
  }
  const width = host.includes(':') ? 128 : 32;
  const written = slash < 0 ? String(width) : text.slice(slash + 1);
  if (!/^(0|[1-9]\d{0,2})$/.test(written) || Number(written) > width) {
    return fail(`has a wrong prefix length; write a number from 0 to ${width} behind the slash`);
  }
  const prefix = Number(written) + (width === 32 ? MAPPED_BITS : 0);
  if (hasHostBits(address, prefix)) {
    return fail(
      'has address bits behind its prefix; set them to zero, or leave the prefix out for one host',
    );
  }
  return ok({ address, prefix });
}

/** A literal IP address without a zone. */
export function isAddress(text: string): boolean {
  return !text.includes('%') && writeAddress(text, new Uint8Array(ADDRESS_BYTES), 0);
}

/** The same text for the same network, however it was written. */
export function cidrKey(cidr: Cidr): string {
  return `${Buffer.from(cidr.address).toString('hex')}/${cidr.prefix}`;
}

function hasHostBits(address: Uint8Array, prefix: number): boolean {
  return address.some((byte, index) => {
    return (byte & (0xff >> keptBits(prefix, index))) !== 0;
  });
}

/** How many leading bits of byte `index` belong to the prefix. */
function keptBits(prefix: number, index: number): number {
  return Math.min(8, Math.max(0, prefix - index * 8));
}
