import type { Discard } from '../sources/source.ts';

/** What `LayerDecoder.decode` found. `udp` and `tcp` are in the segment; `held` waits for its other fragments. */
export const LAYER = {
  udp: 0,
  tcp: 1,
  held: 2,
  linkType: 3,
  otherProtocol: 4,
  encrypted: 5,
  malformed: 6,
  cut: 7,
} as const;
export type LayerStatus = (typeof LAYER)[keyof typeof LAYER];

/** How a status is counted; null: it is not a loss. */
export const LAYER_DISCARDS: { readonly [S in LayerStatus]: Discard | null } = {
  [LAYER.udp]: null,
  [LAYER.tcp]: null,
  [LAYER.held]: null,
  [LAYER.linkType]: { counter: 'not_ours', reason: 'link_type' },
  [LAYER.otherProtocol]: { counter: 'not_ours', reason: 'other_protocol' },
  [LAYER.encrypted]: { counter: 'not_ours', reason: 'encrypted' },
  [LAYER.malformed]: { counter: 'malformed', reason: 'packet' },
  [LAYER.cut]: { counter: 'lost', reason: 'snaplen' },
};

/**
 * The link types that are read (the registry at www.tcpdump.org/linktypes.html). `header`: bytes before the network
 * layer. `protocol`: where its EtherType stands; `family`: an address family of the captured host instead, in either
 * byte order; `version`: nothing, the first four bits of the packet tell.
 */
export const LINK_TYPES = [
  { type: 0, name: 'BSD loopback (NULL)', header: 4, says: 'family', at: 0 },
  { type: 1, name: 'Ethernet', header: 14, says: 'protocol', at: 12 },
  { type: 12, name: 'raw IP', header: 0, says: 'version', at: 0 },
  { type: 14, name: 'raw IP (OpenBSD)', header: 0, says: 'version', at: 0 },
  { type: 101, name: 'raw IP', header: 0, says: 'version', at: 0 },
  { type: 108, name: 'OpenBSD loopback', header: 4, says: 'family', at: 0 },
  { type: 113, name: 'Linux cooked (SLL)', header: 16, says: 'protocol', at: 14 },
  { type: 228, name: 'raw IPv4', header: 0, says: 'version', at: 0 },
  { type: 229, name: 'raw IPv6', header: 0, says: 'version', at: 0 },
  { type: 276, name: 'Linux cooked 2 (SLL2)', header: 20, says: 'protocol', at: 0 },
] as const;

/** IEEE 802 numbers of what may follow a link header. */
export const ETHER_TYPE = {
  ipv4: 0x0800,
  ipv6: 0x86dd,
  vlan: 0x8100,
  providerVlan: 0x88a8,
  /** Q-in-Q before 802.1ad. */
  oldVlan: 0x9100,
  /** Transparent Ethernet bridging: a frame inside GRE (RFC 7637). */
  bridging: 0x6558,
} as const;

/** AF_INET is 2 everywhere; AF_INET6 is 10 on Linux, 24 on NetBSD and OpenBSD, 28 on FreeBSD, 30 on macOS. */
export const IPV4_FAMILY = 2;
export const IPV6_FAMILIES: readonly number[] = [10, 24, 28, 30];

/** IANA protocol numbers. */
export const IP_PROTOCOL = {
  hopByHop: 0,
  ipv4: 4,
  tcp: 6,
  udp: 17,
  ipv6: 41,
  routing: 43,
  fragment: 44,
  gre: 47,
  encrypted: 50,
  authentication: 51,
  destinationOptions: 60,
} as const;

/** Tags and tunnels inside one another that are followed. */
export const NESTING_MAX = 8;
/** IPv6 extension headers of one packet that are followed. */
export const EXTENSIONS_MAX = 8;
