import type { Discard } from '../sources/source.ts';
import type { SipFraming, Stream, StreamOutput } from './stream.ts';
import { OPCODE, readFrameHeader, unmask, type WebSocketFrame, WS_HEADER } from './websocket.ts';

/** The longest message, bytes; see `SLAB_MESSAGE_MAX`. */
const MESSAGE_MAX = 65_536;
/** Messages in fragments under way at a time in all streams, each with room for the longest. */
export const FRAGMENTED_MESSAGES_MAX = 256;
/** Bytes of a masked payload that are looked at to see whether it is SIP. */
const LOOK = 24;
/** A text or binary frame that is a whole message. */
const WHOLE: readonly number[] = [OPCODE.text, OPCODE.binary];

const TOO_LONG: Discard = { counter: 'malformed', reason: 'too_long' };
const BROKEN: Discard = { counter: 'malformed', reason: 'stream' };
const COMPRESSED: Discard = { counter: 'lost', reason: 'compressed' };
const NO_ROOM: Discard = { counter: 'lost', reason: 'tcp_limit' };
const MORE = 0;
const RESYNC = -1;

export function createFrame(): WebSocketFrame {
  return { header: 0, length: 0, final: false, compressed: false, opcode: 0, masked: false };
}

/** Reads WebSocket frames of a stream: unmasks them and puts the fragments of a message together (RFC 6455). */
export class WebSocketReader {
  readonly #output: StreamOutput;
  readonly #discard: (discard: Discard) => void;
  readonly #frame = createFrame();
  readonly #scratch = Buffer.alloc(MESSAGE_MAX);
  #fragmented = 0;

  constructor(output: StreamOutput, discard: (discard: Discard) => void) {
    this.#output = output;
    this.#discard = discard;
  }

  /** Bytes reserved for messages in fragments. */
  get pending(): number {
    return this.#fragmented * MESSAGE_MAX;
  }

  /** Length of the frame at `at`, which was handed on; 0 when it is unfinished, -1 when it is none. */
  unit(stream: Stream, bytes: Buffer, at: number, end: number): number {
    const frame = this.#frame;
    const status = readFrameHeader(bytes, at, end, frame);
    if (status === WS_HEADER.MORE) return MORE;
    if (status === WS_HEADER.BROKEN) {
      this.#discard(BROKEN);
      return RESYNC;
    }
    const length = frame.header + frame.length;
    if (frame.opcode > OPCODE.binary) return length > end - at ? MORE : length;
    if (!this.#accepts(stream, frame)) return length;
    if (length > end - at) return MORE;
    this.#take(stream, bytes, at + frame.header, frame);
    return length;
  }

  /** Whether the masked or plain payload at `at` begins like SIP. */
  looksLikeSip(
    bytes: Buffer,
    at: number,
    end: number,
    { opcode, compressed, masked, header, length }: WebSocketFrame,
    sip: SipFraming,
  ): boolean {
    if (!WHOLE.includes(opcode) || compressed) return false;
    const seen = Math.min(length, end - at - header, LOOK);
    if (!masked) return sip.isStart(bytes, at + header, at + header + seen);
    unmask(bytes, at + header, seen, this.#scratch, 0);
    return sip.isStart(this.#scratch, 0, seen);
  }

  drop(stream: Stream): void {
    if (stream.message !== null) this.#fragmented--;
    stream.message = null;
    stream.messageLength = 0;
    stream.dropped = false;
  }

  /** False: the frame belongs to a message that is not read, which is counted once. */
  #accepts(stream: Stream, frame: WebSocketFrame): boolean {
    if (frame.opcode !== OPCODE.continuation) this.drop(stream);
    if (!stream.dropped) {
      const refusal = this.#refusal(stream, frame);
      if (refusal === null) return true;
      this.#discard(refusal);
      this.drop(stream);
    }
    stream.dropped = !frame.final;
    return false;
  }

  #refusal(stream: Stream, { compressed, length, final }: WebSocketFrame): Discard | null {
    if (compressed) return COMPRESSED;
    if (stream.messageLength + length > MESSAGE_MAX) return TOO_LONG;
    const needsRoom = !final && stream.message === null;
    return needsRoom && this.#fragmented >= FRAGMENTED_MESSAGES_MAX ? NO_ROOM : null;
  }

  #take(stream: Stream, bytes: Buffer, payload: number, frame: WebSocketFrame): void {
    const { length, final, masked } = frame;
    if (stream.message === null && final) {
      if (masked) unmask(bytes, payload, length, this.#scratch, 0);
      if (masked) this.#output('sip', this.#scratch, 0, length, stream);
      else this.#output('sip', bytes, payload, payload + length, stream);
      return;
    }
    if (stream.message === null) {
      stream.message = Buffer.allocUnsafeSlow(MESSAGE_MAX);
      this.#fragmented++;
    }
    if (masked) unmask(bytes, payload, length, stream.message, stream.messageLength);
    else bytes.copy(stream.message, stream.messageLength, payload, payload + length);
    stream.messageLength += length;
    if (!final) return;
    this.#output('sip', stream.message, 0, stream.messageLength, stream);
    this.drop(stream);
  }
}
