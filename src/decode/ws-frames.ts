import type { StreamReader, WsFrameEvents } from '../sources/source.ts';

const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
const KNOWN: readonly number[] = Object.values(OPCODE);
const FIN = 0x80;
const RESERVED = 0x70;
const MASKED = 0x80;
/** Two octets, eight of length, four of mask. */
const HEADER_MAX = 14;
/** RFC 6455 section 5.5. */
const CONTROL_MAX = 125;
/** A message in fragments begins with room for this many bytes, and doubles. */
const FIRST_ROOM = 2048;
const NO_STATUS = 1005;

/**
 * Reads RFC 6455 frames out of a byte stream that others exchange, in whatever pieces it comes. It only looks: what is
 * wrong is reported once and never thrown. It keeps at most one message of `maxBytes`.
 */
export class WsFrameReader implements StreamReader {
  readonly #maxBytes: number;
  readonly #events: WsFrameEvents;
  readonly #header = new Uint8Array(HEADER_MAX);
  #headerLength = 0;
  /** Length of the header at hand, as far as it is known. */
  #headerNeeds = 2;
  /** Bytes of payload still to come; -1 between two frames. */
  #left = -1;
  #maskAt = -1;
  #maskPhase = 0;
  #message: Uint8Array = new Uint8Array(0);
  #length = 0;
  #inMessage = false;
  #skipping = false;
  readonly #control = new Uint8Array(CONTROL_MAX);
  #controlLength = 0;
  #done = false;

  constructor(maxBytes: number, events: WsFrameEvents) {
    this.#maxBytes = maxBytes;
    this.#events = events;
  }

  get isBetweenFrames(): boolean {
    return !this.#done && this.#left < 0 && this.#headerLength === 0;
  }

  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && !this.#done) {
      at = this.#left < 0 ? this.#readHeader(chunk, at) : this.#readPayload(chunk, at);
    }
  }

  #readHeader(chunk: Uint8Array, from: number): number {
    let at = from;
    const header = this.#header;
    while (at < chunk.length && this.#headerLength < this.#headerNeeds) {
      header[this.#headerLength++] = chunk[at++] as number;
      if (this.#headerLength === 2) this.#headerNeeds = headerLength(header[1] as number);
    }
    if (this.#headerLength === this.#headerNeeds) this.#beginFrame();
    return at;
  }

  #beginFrame(): void {
    const [first = 0, second = 0] = this.#header;
    const length = payloadLength(this.#header);
    if (!this.#isSound(first, length)) {
      this.#stop();
      this.#events.broken();
      return;
    }
    this.#maskAt = (second & MASKED) === 0 ? -1 : this.#headerNeeds - 4;
    this.#maskPhase = 0;
    this.#left = length;
    if (this.#isControl()) this.#controlLength = 0;
    else this.#makeRoom(length);
    if (length === 0) this.#endFrame();
  }

  /** RFC 6455 section 5.2 to 5.5; extensions are not agreed on, so their bits are zero. */
  #isSound(first: number, length: number): boolean {
    const opcode = first & 0x0f;
    if ((first & RESERVED) !== 0 || !KNOWN.includes(opcode)) return false;
    if (opcode >= OPCODE.close) return (first & FIN) !== 0 && length <= CONTROL_MAX;
    return Number.isSafeInteger(length) && this.#inMessage === (opcode === OPCODE.continuation);
  }

  #makeRoom(frame: number): void {
    this.#inMessage = true;
    const needed = this.#length + frame;
    if (needed > this.#maxBytes && !this.#skipping) {
      this.#skipping = true;
      this.#message = new Uint8Array(0);
      this.#events.oversize();
    }
    if (this.#skipping || needed <= this.#message.length) return;
    const whole = ((this.#header[0] as number) & FIN) !== 0;
    const wanted = whole ? needed : Math.max(needed, 2 * this.#message.length, FIRST_ROOM);
    const room = new Uint8Array(Math.min(wanted, this.#maxBytes));
    room.set(this.#message.subarray(0, this.#length));
    this.#message = room;
  }

  #readPayload(chunk: Uint8Array, at: number): number {
    const take = Math.min(this.#left, chunk.length - at);
    if (this.#isControl()) {
      this.#copy(chunk, at, take, this.#control, this.#controlLength);
      this.#controlLength += take;
    } else if (!this.#skipping) {
      this.#copy(chunk, at, take, this.#message, this.#length);
      this.#length += take;
    }
    this.#left -= take;
    if (this.#left === 0) this.#endFrame();
    return at + take;
  }

  /** Copies and unmasks: the chunk itself belongs to the connection and stays as it is. */
  #copy(chunk: Uint8Array, at: number, length: number, target: Uint8Array, to: number): void {
    if (this.#maskAt < 0) {
      target.set(chunk.subarray(at, at + length), to);
      return;
    }
    for (let i = 0; i < length; i++) {
      const key = this.#header[this.#maskAt + ((this.#maskPhase + i) & 3)] as number;
      target[to + i] = (chunk[at + i] as number) ^ key;
    }
    this.#maskPhase = (this.#maskPhase + length) & 3;
  }

  #endFrame(): void {
    const [first = 0] = this.#header;
    this.#left = -1;
    this.#headerLength = 0;
    this.#headerNeeds = 2;
    if (this.#isControl()) this.#endControl(first & 0x0f);
    else if ((first & FIN) !== 0) this.#endMessage();
  }

  #endControl(opcode: number): void {
    if (opcode === OPCODE.ping) this.#events.ping();
    if (opcode !== OPCODE.close) return;
    const [high = 0, low = 0] = this.#control;
    // RFC 6455 section 5.5.1: nothing follows a close frame.
    this.#stop();
    this.#events.close(this.#controlLength < 2 ? NO_STATUS : (high << 8) | low);
  }

  #endMessage(): void {
    const message = this.#message.subarray(0, this.#length);
    const skipped = this.#skipping;
    this.#forget();
    if (!skipped) this.#events.message(message);
  }

  #forget(): void {
    this.#message = new Uint8Array(0);
    this.#length = 0;
    this.#inMessage = false;
    this.#skipping = false;
  }

  #stop(): void {
    this.#done = true;
    this.#forget();
  }

  #isControl(): boolean {
    return ((this.#header[0] as number) & 0x08) !== 0;
  }
}

/** Length of a header, by its second octet. */
function headerLength(second: number): number {
  const short = second & 0x7f;
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
  return 2 + extended + ((second & MASKED) === 0 ? 0 : 4);
}

/** May be above the largest safe integer; then it is no frame that anybody sends. */
function payloadLength(header: Uint8Array): number {
  const short = (header[1] as number) & 0x7f;
  if (short < 126) return short;
  const octets = short === 126 ? 2 : 8;
  return header.subarray(2, 2 + octets).reduce((length, octet) => length * 256 + octet, 0);
}
