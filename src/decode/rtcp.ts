import { SLAB, SLAB_VIEW } from '../lib/slab.ts';

/** What one compound RTCP packet says of who sends and who receives (RFC 3550 §6.4). */
export interface RtcpReport {
  /** Packets that its sender has sent in all; null: it sent none since its last report, or says nothing of it. */
  readonly sent: number | null;
  /** Sources that it received since its last report; null: it says nothing of receiving. */
  readonly heard: number | null;
  /** Extended highest sequence number received of the first of them; 0: none. */
  readonly highest: number;
}

/** `silent`: RTCP, but no report, such as SDES and BYE alone. */
export type RtcpResult = RtcpReport | 'silent' | 'malformed';

/** Longest payload read, bytes: a report with the most blocks that RTCP allows (31) is below it in JSON. */
export const RTCP_MAX = 8192;

const UINT32_MAX = 0xffff_ffff;
const BRACE = 0x7b;
const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
/** RFC 5761 §4: what RTCP packet types may be. */
const TYPE_MIN = 192;
const TYPE_MAX = 223;
const BLOCK_LENGTH = 24;
/** Where the blocks of a report begin, and in them the highest sequence number; where a sender's packet count stands. */
const SENDER_BLOCKS_AT = 28;
const RECEIVER_BLOCKS_AT = 8;
const HIGHEST_AT = 8;
const PACKETS_AT = 20;

type JsonObject = Readonly<Record<string, unknown>>;

/** Reads the payload of HEP type 5 at [start, end) of the slab: JSON, or RTCP as it is. Never throws. */
export function readRtcp(start: number, end: number): RtcpResult {
  if (end - start > RTCP_MAX) return 'malformed';
  return SLAB_VIEW.getUint8(start) === BRACE ? readJson(start, end) : readBinary(start, end);
}

/**
 * The JSON of Asterisk's res_hep_rtcp and of rtpengine. `type` is not looked at: rtpengine names the last packet of a
 * compound there.
 */
function readJson(start: number, end: number): RtcpResult {
  const value = parse(SLAB.toString('latin1', start, end));
  if (!isObject(value)) return 'malformed';
  const sent = packetsOf(value.sender_information ?? null);
  const blocks = blocksOf(value);
  if (sent === undefined || blocks === undefined) return 'malformed';
  return sent === null && blocks === null ? 'silent' : report(sent, blocks);
}

function report(sent: number | null, blocks: readonly number[] | null): RtcpReport {
  return { sent, heard: blocks?.length ?? null, highest: blocks?.[0] ?? 0 };
}

function packetsOf(sender: unknown): number | null | undefined {
  if (sender === null) return null;
  return isObject(sender) ? uint32(sender.packets) : undefined;
}

/** The highest sequence number of each block. */
function blocksOf({ report_count: count, report_blocks: blocks }: JsonObject) {
  if (blocks === undefined || blocks === null) {
    return count === undefined || count === null ? null : uint32(count) === 0 ? [] : undefined;
  }
  if (!Array.isArray(blocks)) return undefined;
  const highest = blocks.map((block: unknown) =>
    isObject(block) ? uint32(block.highest_seq_no) : undefined,
  );
  return highest.every((one) => one !== undefined) ? highest : undefined;
}

/** Some agents quote their numbers. */
function uint32(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isInteger(number)) return undefined;
  return number >= 0 && number <= UINT32_MAX ? number : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A compound packet must be right to its last byte: behind the first header of SRTCP (RFC 3711 §3.4) all is cipher text. */
function readBinary(start: number, end: number): RtcpResult {
  let sent: number | null = null;
  let blocks: number[] | null = null;
  for (let at = start; at < end; ) {
    const length = packetLength(at, end);
    if (length === 0) return 'malformed';
    const type = SLAB_VIEW.getUint8(at + 1);
    if (type === SENDER_REPORT || type === RECEIVER_REPORT) {
      const found = binaryBlocks(at, length, type);
      if (found === null) return 'malformed';
      blocks = [...(blocks ?? []), ...found];
      if (type === SENDER_REPORT) sent = SLAB_VIEW.getUint32(at + PACKETS_AT);
    }
    at += length;
  }
  return sent === null && blocks === null ? 'silent' : report(sent, blocks);
}

/** Bytes of the RTCP packet at `at`, its header included; 0: there is none. */
function packetLength(at: number, end: number): number {
  if (end - at < 4 || SLAB_VIEW.getUint8(at) >> 6 !== 2) return 0;
  const type = SLAB_VIEW.getUint8(at + 1);
  const length = 4 * (SLAB_VIEW.getUint16(at + 2) + 1);
  return type >= TYPE_MIN && type <= TYPE_MAX && length <= end - at ? length : 0;
}

function binaryBlocks(at: number, length: number, type: number): number[] | null {
  const count = SLAB_VIEW.getUint8(at) & 0x1f;
  const first = type === SENDER_REPORT ? SENDER_BLOCKS_AT : RECEIVER_BLOCKS_AT;
  if (length < first + count * BLOCK_LENGTH) return null;
  return Array.from({ length: count }, (_, i) =>
    SLAB_VIEW.getUint32(at + first + i * BLOCK_LENGTH + HIGHEST_AT),
  );
}
