/** WebSocket frames by hand (RFC 6455 section 5.2), for what a library would not send. */

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FrameOptions {
  readonly opcode: number;
  /** Default: true. */
  readonly fin?: boolean;
  /** Default: none. */
  readonly mask?: readonly [number, number, number, number];
}

export function wsFrame(payload: Uint8Array, { opcode, fin = true, mask }: FrameOptions): Buffer {
  const first = (fin ? 0x80 : 0) | opcode;
  const masked = mask === undefined ? 0 : 0x80;
  const head =
    payload.length < 126
      ? Buffer.from([first, masked | payload.length])
      : payload.length < 65_536
        ? Buffer.from([first, masked | 126, payload.length >>> 8, payload.length & 0xff])
        : Buffer.alloc(10);
  if (payload.length >= 65_536) {
    head.set([first, masked | 127]);
    head.writeUInt32BE(payload.length, 6);
  }
  if (mask === undefined) return Buffer.concat([head, payload]);
  const body = payload.map((byte, i) => byte ^ (mask[i & 3] ?? 0));
  return Buffer.concat([head, Buffer.from(mask), body]);
}
