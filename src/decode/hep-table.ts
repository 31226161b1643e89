import type { Discard } from '../sources/source.ts';

/** Octets of a version 3 header: its name, and the length of the packet. */
export const HEP_HEADER = 6;
const HEP3 = 0x48455033;
/** The specification's newer name of the same header. */
const EEP3 = 0x45455033;

/** Whether these four octets, high byte first, begin a packet of version 3. */
export function isHep3(name: number): boolean {
  return name === HEP3 || name === EEP3;
}

/** What `decodeHep` found. Everything but `ok` and `rtcp` is counted, see `HEP_DISCARDS`. */
export const HEP_STATUS = {
  ok: 0,
  keepalive: 1,
  otherPayload: 2,
  header: 3,
  version: 4,
  truncated: 5,
  chunk: 6,
  gzip: 7,
  tooLong: 8,
  auth: 9,
  rtcp: 10,
} as const;
export type HepStatus = (typeof HEP_STATUS)[keyof typeof HEP_STATUS];

/** How a status is counted; `null`: the packet holds a SIP message, or RTCP. */
export const HEP_DISCARDS: { readonly [S in HepStatus]: Discard | null } = {
  [HEP_STATUS.ok]: null,
  [HEP_STATUS.keepalive]: { counter: 'not_ours', reason: 'keepalive' },
  [HEP_STATUS.otherPayload]: { counter: 'not_ours', reason: 'other_payload' },
  [HEP_STATUS.header]: { counter: 'malformed', reason: 'hep_header' },
  [HEP_STATUS.version]: { counter: 'malformed', reason: 'hep_version' },
  [HEP_STATUS.truncated]: { counter: 'malformed', reason: 'hep_truncated' },
  [HEP_STATUS.chunk]: { counter: 'malformed', reason: 'hep_chunk' },
  [HEP_STATUS.gzip]: { counter: 'malformed', reason: 'hep_gzip' },
  [HEP_STATUS.tooLong]: { counter: 'malformed', reason: 'too_long' },
  [HEP_STATUS.auth]: { counter: 'lost', reason: 'auth' },
  [HEP_STATUS.rtcp]: null,
};

/**
 * The generic chunks (vendor 0) that are read, HEP3 specification rev. 37. `length` is the body's, bytes; `null`: any.
 * Not read: 0x12 VLAN, 0x13 node name, 0x14 and 0x15 MAC, 0x16 Ethernet type, 0x17 TCP flags, 0x18 TOS, 0x20 MOS,
 * 0x21 R-factor, 0x22 location, 0x23 jitter, 0x24 transaction type, 0x25 to 0x28 JSON keys, tags and events, 0x29 group.
 */
export const HEP_CHUNKS = [
  { type: 0x01, name: 'IP protocol family', length: 1 },
  { type: 0x02, name: 'IP protocol', length: 1 },
  { type: 0x03, name: 'IPv4 source address', length: 4 },
  { type: 0x04, name: 'IPv4 destination address', length: 4 },
  { type: 0x05, name: 'IPv6 source address', length: 16 },
  { type: 0x06, name: 'IPv6 destination address', length: 16 },
  { type: 0x07, name: 'source port', length: 2 },
  { type: 0x08, name: 'destination port', length: 2 },
  { type: 0x09, name: 'timestamp, seconds', length: 4 },
  { type: 0x0a, name: 'timestamp, microseconds offset', length: 4 },
  { type: 0x0b, name: 'protocol type', length: 1 },
  { type: 0x0c, name: 'capture agent id', length: 4 },
  { type: 0x0d, name: 'keep-alive timer', length: 2 },
  { type: 0x0e, name: 'authentication key', length: null },
  { type: 0x0f, name: 'payload', length: null },
  { type: 0x10, name: 'compressed payload', length: null },
  { type: 0x11, name: 'correlation id', length: null },
] as const;
