/** What stands in the header of one WebSocket frame (RFC 6455 section 5.2). */
export interface WebSocketFrame {
  /** Bytes before the payload, and of the payload. */
  header: number;
  length: number;
  final: boolean;
  /** RSV1: the message is compressed (RFC 7692). */
  compressed: boolean;
  /** 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong. */
  opcode: number;
  masked: boolean;
}

export const OPCODE = { continuation: 0, text: 1, binary: 2 } as const;
export const WS_HEADER = { OK: 0, MORE: 1, BROKEN: 2 } as const;

const FIN = 0x80;
const RSV1 = 0x40;
const RESERVED = 0x30;
const CONTROL = 0x08;
const OPCODE_LAST = 10;
const MASKED = 0x80;
const CONTROL_MAX = 125;
const MASK_LENGTH = 4;

/** Reads the header at `start` into `frame`. `BROKEN`: no frame of RFC 6455 looks so. */
export function readFrameHeader(
  bytes: Buffer,
  start: number,
  end: number,
  frame: WebSocketFrame,
): number {
  if (end - start < 2) return WS_HEADER.MORE;
  const first = bytes[start] as number;
  const second = bytes[start + 1] as number;
  frame.opcode = first & 0x0f;
  frame.final = (first & FIN) !== 0;
  frame.compressed = (first & RSV1) !== 0;
  frame.masked = (second & MASKED) !== 0;
  const short = second & 0x7f;
  if (!isPossible(first, short)) return WS_HEADER.BROKEN;
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
  frame.header = 2 + extended + (frame.masked ? MASK_LENGTH : 0);
  if (end - start < frame.header) return WS_HEADER.MORE;
  frame.length = short;
  if (extended === 2) frame.length = bytes.readUInt16BE(start + 2);
  if (extended < 8) return WS_HEADER.OK;
  frame.length = bytes.readUInt32BE(start + 6);
  return bytes.readUInt32BE(start + 2) === 0 ? WS_HEADER.OK : WS_HEADER.BROKEN;
}

/** Known opcodes, no reserved bits, and short whole control frames (RFC 6455 sections 5.2 and 5.5). */
function isPossible(first: number, length: number): boolean {
  if ((first & RESERVED) !== 0) return false;
  const opcode = first & 0x0f;
  if ((opcode & CONTROL) === 0) return opcode <= OPCODE.binary;
  return opcode <= OPCODE_LAST && length <= CONTROL_MAX && (first & FIN) !== 0;
}

/** Copies a payload without its mask, whose four bytes stand right before it (RFC 6455 section 5.3). */
export function unmask(
  source: Uint8Array,
  start: number,
  length: number,
  target: Uint8Array,
  at: number,
): void {
  const mask = start - MASK_LENGTH;
  for (let i = 0; i < length; i++) {
    target[at + i] = (source[start + i] as number) ^ (source[mask + (i & 3)] as number);
  }
}
