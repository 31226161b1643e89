import { gzipSync } from 'node:zlib';
import { writeEndpoint } from '../../src/sources/address.ts';

/** A chunk to append as it is: generic (vendor 0) or a vendor's own. */
export interface HepChunk {
  readonly vendor?: number;
  readonly type: number;
  readonly body: Uint8Array | string;
  /** Chunk length field to claim, header included; the true one by default. */
  readonly length?: number;
}

export interface HepFields {
  readonly payload: string | Uint8Array;
  /** `192.0.2.1:5060` or `[2001:db8::1]:5060`; both of one family. */
  readonly src?: string;
  readonly dst?: string;
  /** IANA protocol number, 17 by default. */
  readonly transport?: number;
  /** Capture time, ms since the epoch, with microseconds as its fraction. */
  readonly at?: number;
  /** 1 is SIP (the default), 5 RTCP as JSON, 100 a log line. */
  readonly protocolType?: number;
  readonly captureId?: number;
  readonly keepAlive?: number;
  readonly authKey?: string;
  readonly correlationId?: string;
  readonly vlan?: number;
  /** The agent's own name, chunk 0x13. */
  readonly nodeName?: string;
  readonly group?: string;
  /** Send the payload as chunk 0x10 instead of 0x0f. */
  readonly gzip?: boolean;
  /** Appended behind all others. */
  readonly extra?: readonly HepChunk[];
}

/** Encodes one HEP v3 packet as agents do. Fields that are left out make no chunk, except those with a default. */
export function encodeHep(fields: HepFields): Buffer {
  const chunks: Buffer[] = [
    ...addressChunks(fields.src ?? '192.0.2.1:5060', fields.dst ?? '192.0.2.2:5060'),
    encodeChunk({ type: 0x02, body: uint(1, fields.transport ?? 17) }),
    ...timeChunks(fields.at ?? 0),
    encodeChunk({ type: 0x0b, body: uint(1, fields.protocolType ?? 1) }),
    ...numberChunk(0x0c, 4, fields.captureId),
    ...numberChunk(0x0d, 2, fields.keepAlive),
    ...textChunk(0x0e, fields.authKey),
    ...textChunk(0x11, fields.correlationId),
    ...numberChunk(0x12, 2, fields.vlan),
    ...textChunk(0x13, fields.nodeName),
    ...textChunk(0x29, fields.group),
    encodeChunk(
      fields.gzip === true
        ? { type: 0x10, body: gzipSync(fields.payload) }
        : { type: 0x0f, body: fields.payload },
    ),
    ...(fields.extra ?? []).map(encodeChunk),
  ];
  return wrapHep(chunks);
}

/** The `HEP3` header around chunks that are already encoded. `length` claims another total length. */
export function wrapHep(chunks: readonly Uint8Array[], length?: number): Buffer {
  const body = Buffer.concat(chunks);
  const header = Buffer.from('HEP3\0\0', 'latin1');
  header.writeUInt16BE(length ?? body.length + 6, 4);
  return Buffer.concat([header, body]);
}

export function encodeChunk(chunk: HepChunk): Buffer {
  const body = Buffer.from(chunk.body);
  const header = Buffer.alloc(6);
  header.writeUInt16BE(chunk.vendor ?? 0, 0);
  header.writeUInt16BE(chunk.type, 2);
  header.writeUInt16BE(chunk.length ?? body.length + 6, 4);
  return Buffer.concat([header, body]);
}

/** `src` and `dst` as the 36 bytes of `FrameMeta.addresses` and `Packet.addresses`. */
export function encodeAddresses(src: string, dst: string): Uint8Array {
  const addresses = new Uint8Array(36);
  if (!writeEndpoint(src, addresses, 'source')) throw new Error(`no endpoint: ${src}`);
  if (!writeEndpoint(dst, addresses, 'destination')) throw new Error(`no endpoint: ${dst}`);
  return addresses;
}

function addressChunks(src: string, dst: string): Buffer[] {
  const addresses = encodeAddresses(src, dst);
  const v6 = src.startsWith('[');
  const skip = v6 ? 0 : 12;
  return [
    encodeChunk({ type: 0x01, body: uint(1, v6 ? 10 : 2) }),
    encodeChunk({ type: v6 ? 0x05 : 0x03, body: addresses.subarray(skip, 16) }),
    encodeChunk({ type: v6 ? 0x06 : 0x04, body: addresses.subarray(16 + skip, 32) }),
    encodeChunk({ type: 0x07, body: addresses.subarray(32, 34) }),
    encodeChunk({ type: 0x08, body: addresses.subarray(34, 36) }),
  ];
}

function timeChunks(at: number): Buffer[] {
  const microseconds = Math.round(at * 1000);
  return [
    encodeChunk({ type: 0x09, body: uint(4, Math.floor(microseconds / 1_000_000)) }),
    encodeChunk({ type: 0x0a, body: uint(4, microseconds % 1_000_000) }),
  ];
}

function numberChunk(type: number, width: number, value: number | undefined): Buffer[] {
  return value === undefined ? [] : [encodeChunk({ type, body: uint(width, value) })];
}

function textChunk(type: number, value: string | undefined): Buffer[] {
  return value === undefined ? [] : [encodeChunk({ type, body: value })];
}

function uint(width: number, value: number): Buffer {
  const bytes = Buffer.alloc(width);
  bytes.writeUIntBE(value, 0, width);
  return bytes;
}
