import { isUtf8 } from 'node:buffer';
import type { StreamReader, WsRunEvents } from '../sources/source.ts';
import { OPCODE, readFrameHeader, type WebSocketFrame, WS_HEADER } from './websocket.ts';

/** The longest message, bytes; see `SLAB_MESSAGE_MAX`. */
const MESSAGE_MAX = 65_536;
/** Before each message of a run stands its length, so many bytes. */
const LENGTH = 4;
/** The beginning of a frame gets room for this many bytes, and more as they come. */
const FIRST_ROOM = 2048;
/** Two octets, eight of length, four of mask. */
const HEADER_MAX = 14;
const PING = 9;
const CR = 0x0d;
const LF = 0x0a;
/** Of four bytes at a time: set where one is not ASCII. */
const NOT_ASCII = 0x80808080;

/** In place of a frame's length: it is unfinished, or it is for the other reader. */
const MORE = 0;
const OTHER = -1;

/** Where messages of one connection after the other are unmasked: no reader keeps anything there between two chunks. */
export class RunRoom {
  readonly bytes: Buffer = Buffer.alloc(LENGTH + MESSAGE_MAX);
  readonly view: DataView = viewOf(this.bytes);
}

/**
 * Reads the stream of frames that a WebSocket client sends, as long as it is plain: every message is one masked frame,
 * whole, and not compressed. Messages are unmasked four bytes at a time and handed on in runs; a frame that needs an
 * answer goes to another reader, which knows all of RFC 6455. At the first frame that is anything else, a fragment, a close
 * or a fault, that reader gets the rest of the stream. It keeps at most one frame.
 */
export class WsRunReader implements StreamReader {
  readonly #maxBytes: number;
  readonly #events: WsRunEvents;
  readonly #frame: WebSocketFrame = {
    header: 0,
    length: 0,
    final: false,
    compressed: false,
    opcode: 0,
    masked: false,
  };
  readonly #run: Buffer;
  readonly #runView: DataView;
  #runLength = 0;
  #count = 0;
  /** The beginning of a frame whose rest is still to come, and how many bytes the frame has at least. */
  #kept: Buffer = Buffer.alloc(0);
  #keptLength = 0;
  #needed = 0;
  #left = false;

  /** `maxBytes`: of a message, 65,536 at most. `room` is shared by all readers of a thread. */
  constructor(maxBytes: number, events: WsRunEvents, room: RunRoom) {
    this.#maxBytes = Math.min(maxBytes, MESSAGE_MAX);
    this.#run = room.bytes;
    this.#runView = room.view;
    this.#events = events;
  }

  push(chunk: Buffer): void {
    if (this.#left) {
      this.#events.others(chunk);
      return;
    }
    const from = this.#keptLength === 0 ? 0 : this.#complete(chunk);
    if (from < chunk.length) this.#read(chunk, from);
    this.#flush();
  }

  /** Leaves the rest of the stream to the other reader, with what is kept of a frame. */
  leave(): void {
    if (this.#left) return;
    this.#flush();
    this.#left = true;
    this.#events.left();
    if (this.#keptLength > 0) this.#events.others(this.#kept.subarray(0, this.#keptLength));
    this.#kept = Buffer.alloc(0);
    this.#keptLength = 0;
  }

  /** Takes the frames from `from` on, and keeps the beginning of the last one. */
  #read(chunk: Buffer, from: number): void {
    const view = viewOf(chunk);
    let at = from;
    while (at < chunk.length) {
      const length = this.#take(chunk, view, at, chunk.length);
      if (length === MORE) {
        this.#keep(chunk, at, chunk.length);
        return;
      }
      if (length === OTHER) {
        this.leave();
        this.#events.others(chunk.subarray(at));
        return;
      }
      at += length;
    }
  }

  /** The rest of the frame that is kept. Returns where it ends in the chunk. */
  #complete(chunk: Buffer): number {
    for (let at = 0; ; ) {
      const take = Math.min(this.#needed - this.#keptLength, chunk.length - at);
      this.#keep(chunk, at, at + take);
      at += take;
      if (this.#keptLength < this.#needed) return at;
      const kept = this.#kept;
      const length = this.#take(kept, viewOf(kept), 0, this.#keptLength);
      if (length === OTHER) {
        this.leave();
        if (at < chunk.length) this.#events.others(chunk.subarray(at));
        return chunk.length;
      }
      if (length === MORE) continue;
      this.#keptLength = 0;
      if (kept.length > FIRST_ROOM) this.#kept = Buffer.alloc(0);
      return at;
    }
  }

  #keep(chunk: Buffer, from: number, to: number): void {
    const length = this.#keptLength + to - from;
    if (length > this.#kept.length) {
      const wanted = Math.max(length, 2 * this.#kept.length, FIRST_ROOM);
      const room = Buffer.allocUnsafeSlow(Math.min(wanted, HEADER_MAX + MESSAGE_MAX));
      this.#kept.copy(room, 0, 0, this.#keptLength);
      this.#kept = room;
    }
    chunk.copy(this.#kept, this.#keptLength, from, to);
    this.#keptLength = length;
  }

  /** Length of the frame at `at`, which is done with; else `MORE`, and `#needed` says how much, or `OTHER`. */
  #take(bytes: Buffer, view: DataView, at: number, end: number): number {
    const frame = this.#frame;
    const status = readFrameHeader(bytes, at, end, frame);
    if (status === WS_HEADER.MORE) {
      this.#needed = end - at + 1;
      return MORE;
    }
    if (status !== WS_HEADER.OK || !this.#isPlain(frame)) return OTHER;
    const length = frame.header + frame.length;
    if (length > end - at) {
      this.#needed = length;
      return MORE;
    }
    if (frame.opcode < PING) return this.#message(bytes, view, at);
    this.#other(bytes.subarray(at, at + length));
    return length;
  }

  /** What a client may send again and again. */
  #isPlain({ opcode, final, masked, compressed, length }: WebSocketFrame): boolean {
    if (!final || !masked || compressed) return false;
    return opcode === OPCODE.text || opcode === OPCODE.binary
      ? length <= this.#maxBytes
      : opcode >= PING;
  }

  #message(bytes: Buffer, view: DataView, at: number): number {
    const { header, length, opcode } = this.#frame;
    if (this.#runLength + LENGTH + length > this.#run.length) this.#flush();
    const start = this.#runLength + LENGTH;
    const isAscii = this.#unmask(bytes, view, at + header, length, start);
    // RFC 6455 section 8.1.
    const isText = isAscii || opcode !== OPCODE.text || this.#isUtf8(start, length);
    if (!isText) return OTHER;
    const first = this.#run[start];
    if (length === 0 || first === CR || first === LF) {
      // It may be a keep-alive, which is answered.
      this.#other(bytes.subarray(at, at + header + length));
    } else {
      this.#runView.setUint32(this.#runLength, length, true);
      this.#runLength = start + length;
      this.#count++;
    }
    return header + length;
  }

  #isUtf8(start: number, length: number): boolean {
    return isUtf8(this.#run.subarray(start, start + length));
  }

  /** Copies a payload without its mask, whose four bytes stand right before it (RFC 6455 section 5.3). True: all is ASCII. */
  #unmask(bytes: Buffer, view: DataView, from: number, length: number, to: number): boolean {
    const run = this.#run;
    const runView = this.#runView;
    const mask = view.getInt32(from - 4, true);
    const words = length & ~3;
    let seen = 0;
    for (let i = 0; i < words; i += 4) {
      const word = view.getInt32(from + i, true) ^ mask;
      seen |= word;
      runView.setInt32(to + i, word, true);
    }
    for (let i = words; i < length; i++) {
      const byte = (bytes[from + i] as number) ^ (bytes[from - 4 + (i & 3)] as number);
      seen |= byte;
      run[to + i] = byte;
    }
    return (seen & NOT_ASCII) === 0;
  }

  /** In its place among the messages. A copy: the other reader may send some of it back, later. */
  #other(frame: Buffer): void {
    this.#flush();
    this.#events.others(Buffer.from(frame));
  }

  #flush(): void {
    if (this.#count === 0) return;
    const run = this.#run.subarray(0, this.#runLength);
    const count = this.#count;
    this.#runLength = 0;
    this.#count = 0;
    this.#events.messages(run, count);
  }
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}
