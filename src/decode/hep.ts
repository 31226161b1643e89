import { unzipSync } from 'node:zlib';
import { loadSlab, SLAB, SLAB_MESSAGE_MAX, SLAB_PADDING, SLAB_VIEW } from '../lib/slab.ts';
import { HEP_CHUNKS, HEP_HEADER, HEP_STATUS, type HepStatus, isHep3 } from './hep-table.ts';
import { decodeHep2 } from './hep2.ts';
import type { Packet } from './packet.ts';

const VIEW = SLAB_VIEW;

export interface HepOptions {
  /** The bytes that chunk 0x0e must hold; `null` takes packets with any key and with none. */
  readonly authKey: Uint8Array | null;
}

const [LAST_READ, ANY_LENGTH] = [0x11, -1];
/** Indexed by chunk type. */
const BODY_LENGTH = Int8Array.from([ANY_LENGTH, ...HEP_CHUNKS.map((c) => c.length ?? ANY_LENGTH)]);

const CHUNK_HEADER_LENGTH = 6;
/** SIP; and RTCP, as JSON or as it is. 34, 35 and others are statistics in formats of their own. */
const PAYLOADS: Readonly<Record<number, HepStatus>> = { 1: HEP_STATUS.ok, 5: HEP_STATUS.rtcp };

/** Bits of the chunks seen in one packet: bit n is type n, and bit 0 a key that matched. */
const AUTHENTICATED = 1;
const SEEN_SECONDS = 1 << 0x09;
const SEEN_PROTOCOL = 1 << 0x0b;
const SEEN_KEEP_ALIVE = 1 << 0x0d;
const SEEN_PAYLOAD = 1 << 0x0f;
const SEEN_COMPRESSED = 1 << 0x10;
const BAD_CHUNK = -1;

/**
 * Decodes the HEP packet, of version 3 or before, that lies in the slab at [start, end) into `packet`, whose `source`
 * and `arrivedAt` it leaves alone. The SIP bytes stay where they are, or are inflated to behind `free`, the end of all that
 * counts in the slab; chunks may follow them, so a reader stops at `packet.end`. Never throws; allocates only to inflate.
 */
export function decodeHep(
  start: number,
  end: number,
  packet: Packet,
  options: HepOptions,
  free = end,
): HepStatus {
  clearPacket(packet);
  const header = checkHeader(start, end);
  if (header === HEP_STATUS.version) {
    const older = decodeHep2(start, end, packet);
    // Before version 3 there was no key to show.
    return older === HEP_STATUS.ok && options.authKey !== null ? HEP_STATUS.auth : older;
  }
  if (header !== HEP_STATUS.ok) return header;
  const seen = readChunks(start + HEP_HEADER, end, packet, options.authKey);
  if (seen === BAD_CHUNK) return HEP_STATUS.chunk;
  if (options.authKey !== null && (seen & AUTHENTICATED) === 0) return HEP_STATUS.auth;
  if ((seen & SEEN_SECONDS) === 0) packet.capturedAt = 0;
  return finish(seen, packet, free);
}

/** What the header at `at` states, at least its own length: packets of version 3 may lie one behind the other. */
export function hepLength(at: number): number {
  return Math.max(HEP_HEADER, VIEW.getUint16(at + 4));
}

function finish(seen: number, packet: Packet, free: number): HepStatus {
  if ((seen & (SEEN_PAYLOAD | SEEN_COMPRESSED)) === 0) {
    return (seen & SEEN_KEEP_ALIVE) === 0 ? HEP_STATUS.chunk : HEP_STATUS.keepalive;
  }
  if ((seen & SEEN_PROTOCOL) === 0) return HEP_STATUS.chunk;
  const found = PAYLOADS[packet.protocolType] ?? HEP_STATUS.otherPayload;
  if (found === HEP_STATUS.otherPayload) return found;
  if (packet.start === packet.end) return HEP_STATUS.chunk;
  const inflated = (seen & SEEN_COMPRESSED) === 0 ? HEP_STATUS.ok : inflatePayload(packet, free);
  return inflated === HEP_STATUS.ok ? found : inflated;
}

function clearPacket(packet: Packet): void {
  packet.start = 0;
  packet.end = 0;
  packet.capturedAt = 0;
  packet.captureId = 0;
  packet.transport = 0;
  packet.correlationStart = 0;
  packet.correlationEnd = 0;
  packet.protocolType = 0;
  const { words } = packet;
  // A loop, since calling `fill` takes longer than these few words.
  for (let i = 0; i < words.length; i++) words[i] = 0;
}

function checkHeader(start: number, end: number): HepStatus {
  if (end - start < HEP_HEADER) return HEP_STATUS.header;
  const id = VIEW.getUint32(start);
  if (!isHep3(id)) return headerOf(id);
  const length = VIEW.getUint16(start + 4);
  if (length > end - start) return HEP_STATUS.truncated;
  return length === end - start ? HEP_STATUS.ok : HEP_STATUS.header;
}

/** HEP v1 and v2 have no magic: they start with their version in one octet. */
function headerOf(id: number): HepStatus {
  const first = id >>> 24;
  return first === 1 || first === 2 ? HEP_STATUS.version : HEP_STATUS.header;
}

/** Returns the bits of the chunks seen, or `BAD_CHUNK`. */
function readChunks(
  start: number,
  end: number,
  packet: Packet,
  authKey: Uint8Array | null,
): number {
  let seen = 0;
  let at = start;
  while (at < end) {
    const length = chunkLength(at, end);
    if (length === BAD_CHUNK) return BAD_CHUNK;
    // Vendor and type in one word: a vendor's own chunk is a large number.
    const type = VIEW.getUint32(at);
    if (type > 0 && type <= LAST_READ) {
      if (!isAcceptable(type, length - CHUNK_HEADER_LENGTH, seen)) return BAD_CHUNK;
      seen |= (1 << type) | readChunk(type, at + CHUNK_HEADER_LENGTH, at + length, packet, authKey);
    }
    at += length;
  }
  return seen;
}

/** The length of the chunk at `at`, its header included; `BAD_CHUNK` when it does not fit. */
function chunkLength(at: number, end: number): number {
  if (end - at < CHUNK_HEADER_LENGTH) return BAD_CHUNK;
  const length = VIEW.getUint16(at + 4);
  return length >= CHUNK_HEADER_LENGTH && length <= end - at ? length : BAD_CHUNK;
}

/**
 * A second chunk of one type, or a second payload, is refused: it would let a sender show one thing to us and another
 * to the next reader.
 */
function isAcceptable(type: number, bodyLength: number, seen: number): boolean {
  const expected = BODY_LENGTH[type];
  if (expected !== ANY_LENGTH && expected !== bodyLength) return false;
  const alike = type === 0x0f || type === 0x10 ? SEEN_PAYLOAD | SEEN_COMPRESSED : 1 << type;
  return (seen & alike) === 0;
}

/** Stores one chunk whose length is right. Returns `AUTHENTICATED` for the key that was asked for, else 0. */
function readChunk(
  type: number,
  body: number,
  end: number,
  packet: Packet,
  authKey: Uint8Array | null,
): number {
  switch (type) {
    case 0x02:
      packet.transport = VIEW.getUint8(body);
      break;
    case 0x09:
      packet.capturedAt += VIEW.getUint32(body) * 1000;
      break;
    case 0x0a:
      packet.capturedAt += VIEW.getUint32(body) / 1000;
      break;
    case 0x0b:
      packet.protocolType = VIEW.getUint8(body);
      break;
    case 0x0c:
      packet.captureId = VIEW.getUint32(body);
      break;
    case 0x0e:
      return authKey !== null && equalsKey(authKey, body, end) ? AUTHENTICATED : 0;
    case 0x0f:
    case 0x10:
      packet.start = body;
      packet.end = end;
      break;
    case 0x11:
      packet.correlationStart = body;
      packet.correlationEnd = end;
      break;
    default:
      readAddress(type, body, packet.addresses);
  }
  return 0;
}

function readAddress(type: number, body: number, addresses: Uint8Array): void {
  switch (type) {
    case 0x03:
      writeIpv4(addresses, 0, body);
      break;
    case 0x04:
      writeIpv4(addresses, 16, body);
      break;
    case 0x05:
      copy(addresses, 0, body, 16);
      break;
    case 0x06:
      copy(addresses, 16, body, 16);
      break;
    case 0x07:
      copy(addresses, 32, body, 2);
      break;
    case 0x08:
      copy(addresses, 34, body, 2);
      break;
  }
}

function writeIpv4(addresses: Uint8Array, at: number, body: number): void {
  for (let i = at; i < at + 10; i++) addresses[i] = 0;
  addresses[at + 10] = 0xff;
  addresses[at + 11] = 0xff;
  copy(addresses, at + 12, body, 4);
}

function copy(target: Uint8Array, at: number, from: number, length: number): void {
  for (let i = 0; i < length; i++) target[at + i] = VIEW.getUint8(from + i);
}

/** Constant time for a key of the right length: the time tells only the length. */
function equalsKey(key: Uint8Array, start: number, end: number): boolean {
  if (key.length !== end - start) return false;
  let difference = 0;
  for (let i = 0; i < key.length; i++) {
    difference |= (key[i] ?? 0) ^ VIEW.getUint8(start + i);
  }
  return difference === 0;
}

function inflatePayload(packet: Packet, free: number): HepStatus {
  try {
    // The specification says "gzip/inflate": agents send either wrapping, and unzip tells them apart.
    const bytes = unzipSync(SLAB.subarray(packet.start, packet.end), {
      maxOutputLength: SLAB_MESSAGE_MAX,
    });
    if (bytes.length === 0) return HEP_STATUS.gzip;
    packet.start = free + SLAB_PADDING;
    packet.end = loadSlab(bytes, packet.start);
    return HEP_STATUS.ok;
  } catch (error) {
    return isTooLarge(error) ? HEP_STATUS.tooLong : HEP_STATUS.gzip;
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}
