/** Captures made byte by byte: packets, files around them, and what callfate reads out of them. */
import { CaptureInput } from '../../src/capture-input.ts';
import { CaptureReader } from '../../src/decode/capture-reader.ts';
import type { CaptureStop } from '../../src/decode/capture-record.ts';
import { endpointText } from '../../src/lib/endpoint.ts';
import { ADDRESSES_LENGTH, writeEndpoint } from '../../src/sources/address.ts';
import type { Discard, FrameMeta } from '../../src/sources/source.ts';

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const ACK = 0x10;

const u8 = (...values: number[]) => Buffer.from(values);
const u16 = (...values: number[]) =>
  Buffer.from(values.flatMap((value) => [(value >>> 8) & 0xff, value & 0xff]));
const u32 = (value: number) => u16(Math.floor(value / 65_536), value % 65_536);
const cat = (...parts: Uint8Array[]) => Buffer.concat(parts);

/** Address bytes and port of `192.0.2.1:5060` or `[2001:db8::1]:5060`. */
function endpoint(text: string): { address: Buffer; isFour: boolean; port: number } {
  const bytes = Buffer.alloc(ADDRESSES_LENGTH);
  if (!writeEndpoint(text, bytes, 'source')) throw new Error(`no endpoint: ${text}`);
  const isFour = !text.startsWith('[');
  return { address: bytes.subarray(isFour ? 12 : 0, 16), isFour, port: bytes.readUInt16BE(32) };
}

export interface Fragment {
  readonly id: number;
  /** Bytes, a multiple of eight. */
  readonly offset: number;
  readonly more: boolean;
}

/** An IPv4 header (RFC 791 section 3.1) around a payload. */
export function ipv4(
  src: string,
  dst: string,
  protocol: number,
  payload: Uint8Array,
  fragment?: Fragment,
  options: Uint8Array = Buffer.alloc(0),
): Buffer {
  const { id = 7, offset = 0, more = false } = fragment ?? {};
  return cat(
    u8(0x45 + options.length / 4, 0), // version 4, header of so many words; TOS
    u16(20 + options.length + payload.length, id), // total length, identification
    u16((more ? 0x2000 : 0) | (offset / 8)), // flags, fragment offset
    u8(64, protocol, 0, 0), // TTL, protocol, checksum
    endpoint(src).address,
    endpoint(dst).address,
    options,
    payload,
  );
}

/** An IPv6 header (RFC 8200 section 3) around a payload. */
export function ipv6(src: string, dst: string, next: number, payload: Uint8Array): Buffer {
  return cat(
    u32(0x60000000), // version 6, traffic class, flow label
    u16(payload.length),
    u8(next, 64), // next header, hop limit
    endpoint(src).address,
    endpoint(dst).address,
    payload,
  );
}

/** RFC 8200 section 4.5. */
export function ipv6Fragment(next: number, { id, offset, more }: Fragment, part: Uint8Array) {
  return cat(u8(next, 0), u16(offset | (more ? 1 : 0)), u32(id), part);
}

/** RFC 768. */
export function udpHeader(src: string, dst: string, payload: Uint8Array): Buffer {
  return cat(u16(endpoint(src).port, endpoint(dst).port, 8 + payload.length, 0), payload);
}

/** RFC 9293 section 3.1. */
export function tcpHeader(
  src: string,
  dst: string,
  sequence: number,
  flags: number,
  payload: Uint8Array = Buffer.alloc(0),
): Buffer {
  return cat(
    u16(endpoint(src).port, endpoint(dst).port),
    u32(sequence),
    u32(0), // acknowledgement
    u8(0x50, flags), // header of five words
    u16(0xffff, 0, 0), // window, checksum, urgent
    payload,
  );
}

/** One UDP datagram in IPv4 or IPv6. */
export function udp(src: string, dst: string, payload: Uint8Array | string): Buffer {
  const inner = udpHeader(src, dst, Buffer.from(payload));
  return endpoint(src).isFour ? ipv4(src, dst, 17, inner) : ipv6(src, dst, 17, inner);
}

export function tcp(
  src: string,
  dst: string,
  sequence: number,
  flags: number,
  payload: Uint8Array | string = '',
): Buffer {
  const inner = tcpHeader(src, dst, sequence >>> 0, flags, Buffer.from(payload));
  return endpoint(src).isFour ? ipv4(src, dst, 6, inner) : ipv6(src, dst, 6, inner);
}

const etherTypeOf = (packet: Buffer) => ((packet[0] ?? 0) >>> 4 === 6 ? 0x86dd : 0x0800);

/** How a packet is wrapped for each link type. */
export const LINKS = {
  ethernet: (packet: Buffer, etherType = etherTypeOf(packet)) =>
    cat(Buffer.alloc(12, 0xaa), u16(etherType), packet),
  vlan: (packet: Buffer) =>
    cat(Buffer.alloc(12, 0xaa), u16(0x8100, 0x0064, etherTypeOf(packet)), packet),
  qinq: (packet: Buffer) =>
    cat(Buffer.alloc(12, 0xaa), u16(0x88a8, 0x0064, 0x8100, 0x00c8, etherTypeOf(packet)), packet),
  // Packet type 0 (to us), ARPHRD 1, length of the address, address, protocol.
  sll: (packet: Buffer) => cat(u16(0, 1, 6), Buffer.alloc(8), u16(etherTypeOf(packet)), packet),
  // Protocol, reserved, interface index, ARPHRD, packet type, length of the address, address.
  sll2: (packet: Buffer) =>
    cat(u16(etherTypeOf(packet), 0), u32(2), u16(1), u8(0, 6), Buffer.alloc(8), packet),
  raw: (packet: Buffer) => Buffer.from(packet),
  nullLittle: (packet: Buffer) => cat(u8(etherTypeOf(packet) === 0x0800 ? 2 : 30, 0, 0, 0), packet),
  nullBig: (packet: Buffer) => cat(u32(etherTypeOf(packet) === 0x0800 ? 2 : 24), packet),
  // RFC 2784, with a key and a sequence number (RFC 2890).
  gre: (packet: Buffer) =>
    cat(
      Buffer.alloc(12, 0xaa),
      u16(0x0800),
      ipv4(
        '198.51.100.1:1',
        '198.51.100.2:1',
        47,
        cat(u16(0x3000, etherTypeOf(packet)), u32(1), u32(2), packet),
      ),
    ),
  ipip: (packet: Buffer) =>
    cat(
      Buffer.alloc(12, 0xaa),
      u16(0x0800),
      ipv4('198.51.100.1:1', '198.51.100.2:1', etherTypeOf(packet) === 0x0800 ? 4 : 41, packet),
    ),
};

export interface Packet {
  /** ms since the epoch. */
  readonly at: number;
  readonly data: Uint8Array;
  /** Length on the wire, when the capture kept less. */
  readonly original?: number;
}

export interface FileOptions {
  readonly linkType?: number;
  readonly little?: boolean;
  readonly nano?: boolean;
}

/** Numbers in the byte order of a file. */
function words(little: boolean) {
  const write = (size: 2 | 4) => (value: number) => {
    const bytes = Buffer.alloc(size);
    if (little) bytes.writeUIntLE(value, 0, size);
    else bytes.writeUIntBE(value, 0, size);
    return bytes;
  };
  return { w16: write(2), w32: write(4) };
}

/** A classic pcap file. */
export function pcap(packets: readonly Packet[], options: FileOptions = {}): Buffer {
  const { linkType = 1, little = true, nano = false } = options;
  const { w16, w32 } = words(little);
  return cat(
    w32(nano ? 0xa1b23c4d : 0xa1b2c3d4),
    w16(2), // version 2.4
    w16(4),
    w32(0), // time zone
    w32(0),
    w32(262_144), // snap length
    w32(linkType),
    ...packets.flatMap(({ at, data, original = data.length }) => [
      w32(Math.floor(at / 1000)),
      w32(Math.round((at % 1000) * (nano ? 1e6 : 1000))),
      w32(data.length),
      w32(original),
      Buffer.from(data),
    ]),
  );
}

/** A pcapng block: type, length, body padded to four bytes, length. */
export function block(type: number, body: Uint8Array, little = true): Buffer {
  const { w32 } = words(little);
  const padded = cat(body, Buffer.alloc((4 - (body.length % 4)) % 4));
  const length = w32(12 + padded.length);
  return cat(w32(type), length, padded, length);
}

/** Section header, and an interface with its time resolution. */
export function pcapngStart({
  linkType = 1,
  little = true,
  nano = false,
}: FileOptions = {}): Buffer {
  const { w16, w32 } = words(little);
  const section = cat(w32(0x1a2b3c4d), w16(1), w16(0), w32(0xffffffff), w32(0xffffffff));
  const resolution = cat(w16(9), w16(1), u8(nano ? 9 : 6, 0, 0, 0), w16(0), w16(0));
  return cat(
    block(0x0a0d0d0a, section, little),
    block(1, cat(w16(linkType), w16(0), w32(0), nano ? resolution : Buffer.alloc(0)), little),
  );
}

export function packetBlock(
  { at, data, original = data.length }: Packet,
  { little = true, nano = false }: FileOptions = {},
): Buffer {
  const { w32 } = words(little);
  const units = BigInt(Math.round(at * 1000)) * (nano ? 1000n : 1n);
  return block(
    6,
    cat(
      w32(0), // interface
      w32(Number(units >> 32n)),
      w32(Number(units & 0xffffffffn)),
      w32(data.length),
      w32(original),
      Buffer.from(data),
    ),
    little,
  );
}

export function pcapng(packets: readonly Packet[], options: FileOptions = {}): Buffer {
  return cat(pcapngStart(options), ...packets.map((packet) => packetBlock(packet, options)));
}

/** Statistics of the first interface: packets that it and the system dropped; -1: 64 bits of ones. */
export function statisticsBlock(interfaceDrops: number, systemDrops: number): Buffer {
  const { w16, w32 } = words(true);
  const w64 = (value: number) => (value < 0 ? Buffer.alloc(8, 0xff) : cat(w32(value), w32(0)));
  const option = (code: number, value: number) => cat(w16(code), w16(8), w64(value));
  return block(
    5,
    cat(w32(0), w32(0), w32(0), option(5, interfaceDrops), option(7, systemDrops), w16(0), w16(0)),
  );
}

/** A WebSocket frame (RFC 6455 section 5.2). */
export function frame(
  payload: Uint8Array | string,
  { opcode = 1, final = true, mask = true, rsv1 = false } = {},
): Buffer {
  const bytes = Buffer.from(payload);
  const first = (final ? 0x80 : 0) | (rsv1 ? 0x40 : 0) | opcode;
  const bit = mask ? 0x80 : 0;
  const length = bytes.length;
  const head =
    length < 126
      ? u8(first, bit | length)
      : length < 65_536
        ? cat(u8(first, bit | 126), u16(length))
        : cat(u8(first, bit | 127), u32(0), u32(length));
  if (!mask) return cat(head, bytes);
  const key = u8(0x37, 0xfa, 0x21, 0x3d);
  return cat(head, key, Buffer.from(bytes.map((byte, i) => byte ^ (key[i & 3] ?? 0))));
}

/** One message as it came out of a capture. */
export interface Message {
  readonly payload: FrameMeta['payload'];
  readonly text: string;
  readonly src: string;
  readonly dst: string;
  readonly transport: number;
  /** When it arrived, ms; and its own time where that differs, else 0. */
  readonly at: number;
  readonly capturedAt: number;
}

export interface Read {
  readonly messages: Message[];
  /** What was discarded: `lost tcp_gap` and how often. */
  readonly discards: Record<string, number>;
  readonly packets: number;
  readonly stop: CaptureStop | null;
  readonly dropped: number | null;
  readonly broken: number;
  readonly input: CaptureInput;
}

/** Reads a whole capture, in pieces of `chunk` bytes. */
export function readCapture(file: Uint8Array, chunk = file.length): Read {
  const messages: Message[] = [];
  const discards: Record<string, number> = {};
  const input = new CaptureInput({
    frame: () => undefined,
    relay: (bytes, meta) =>
      messages.push({
        payload: meta.payload,
        text: Buffer.from(bytes).toString('latin1'),
        src: endpointText(meta.addresses, 0, 32),
        dst: endpointText(meta.addresses, 16, 34),
        transport: meta.transport,
        at: meta.arrivedAt,
        capturedAt: meta.capturedAt ?? 0,
      }),
    discard: (_, { counter, reason }: Discard) => {
      const name = `${counter} ${reason}`;
      discards[name] = (discards[name] ?? 0) + 1;
    },
  });
  const reader = new CaptureReader();
  for (let at = 0; at < file.length && reader.stop === null; ) {
    at += reader.push(file.subarray(at, at + Math.max(chunk, 1)));
    while (reader.next()) input.packet(reader.record);
  }
  reader.finish();
  input.finish();
  const { packets, stop, dropped, broken } = reader;
  return { messages, discards, packets, stop, dropped, broken, input };
}
