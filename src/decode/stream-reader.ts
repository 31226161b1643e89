import type { Discard } from '../sources/source.ts';
import { HEP_HEADER, isHep3 } from './hep-table.ts';
import { KEPT, PendingBytes, STREAM_MESSAGE_MAX } from './pending.ts';
import { type SipFraming, Stream, type StreamOutput } from './stream.ts';
import type { StreamSink } from './tcp.ts';
import { readFrameHeader, WS_HEADER } from './websocket.ts';
import { createFrame, WebSocketReader } from './websocket-reader.ts';

/** Enough to tell what a stream carries: the longest SIP method and the scheme behind it. */
const DETECT_MAX = 32;

const HTTP_STARTS = ['GET ', 'HTTP/1.1 101 '].map((text) => Buffer.from(text, 'latin1'));
const HEAD_END = Buffer.from('\r\n\r\n', 'latin1');
const CR = 0x0d;
const LF = 0x0a;
/** TLS records: change cipher spec, alert, handshake, application data (RFC 8446 section 5.1). */
const TLS_FIRST = 20;
const TLS_LAST = 23;
const TLS_MAJOR = 3;

const NOT_SIP: Discard = { counter: 'not_ours', reason: 'not_sip' };
const ENCRYPTED: Discard = { counter: 'not_ours', reason: 'encrypted' };
const KEEPALIVE: Discard = { counter: 'not_ours', reason: 'keepalive' };
const TOO_LONG: Discard = { counter: 'malformed', reason: 'too_long' };
const BROKEN: Discard = { counter: 'malformed', reason: 'stream' };
const GAP: Discard = { counter: 'lost', reason: 'tcp_gap' };
const NO_ROOM: Discard = { counter: 'lost', reason: 'tcp_limit' };

/** In place of the length of a unit. */
const MORE = 0;
const RESYNC = -1;

/**
 * Cuts streams into messages: SIP by its Content-Length, SIP in WebSocket frames, HEP by its length. What a stream
 * carries is told from its first bytes, or from those of a later segment when they were missed.
 */
export class StreamReader implements StreamSink {
  readonly #sip: SipFraming;
  readonly #output: StreamOutput;
  readonly #discard: (discard: Discard) => void;
  readonly #websocket: WebSocketReader;
  readonly #frame = createFrame();
  readonly #pending = new PendingBytes();

  constructor(sip: SipFraming, output: StreamOutput, discard: (discard: Discard) => void) {
    this.#sip = sip;
    this.#output = output;
    this.#discard = discard;
    this.#websocket = new WebSocketReader(output, discard);
  }

  /** Bytes reserved for unfinished messages. */
  get pending(): number {
    return this.#pending.reserved + this.#websocket.pending;
  }

  open(addresses: Uint8Array, begun: boolean): Stream {
    return new Stream(addresses, begun);
  }

  data(stream: Stream, bytes: Buffer, start: number, end: number): void {
    const skipped = Math.min(stream.skip, end - start);
    stream.skip -= skipped;
    if (start + skipped === end) return;
    if (stream.pendingLength === 0) {
      const used = this.#consume(stream, bytes, start + skipped, end);
      this.#keep(stream, bytes, used, end);
      return;
    }
    this.#keep(stream, bytes, start + skipped, end);
    const { pending, pendingLength } = stream;
    if (pending === null || pendingLength === 0) return;
    const used = this.#consume(stream, pending, 0, pendingLength);
    this.#pending.shift(stream, used);
  }

  gap(stream: Stream): void {
    this.#discard(GAP);
    this.#rescue(stream);
    this.#lose(stream);
  }

  close(stream: Stream): void {
    if (!this.#rescue(stream) && stream.pendingLength > 0) {
      this.#discard(stream.protocol === 'new' ? NOT_SIP : GAP);
    }
    this.#pending.drop(stream);
    this.#websocket.drop(stream);
  }

  /** The head of a message whose body never comes still tells how a call goes on. */
  #rescue(stream: Stream): boolean {
    const { pending, pendingLength, protocol, progress } = stream;
    const isHead = protocol === 'sip' && progress.total > 0 && pending !== null;
    if (isHead) this.#output('sip', pending, 0, pendingLength, stream);
    return isHead;
  }

  /** Takes whole units from [start, end) and returns where the unfinished one begins. */
  #consume(stream: Stream, bytes: Buffer, start: number, end: number): number {
    let at = start;
    while (at < end) {
      const length = this.#unit(stream, bytes, at, end);
      if (length === MORE) return at;
      if (length === RESYNC) {
        this.#lose(stream);
        return end;
      }
      const there = Math.min(length, end - at);
      stream.skip = length - there;
      at += there;
      stream.restart();
    }
    return at;
  }

  /** Length of the unit at `at`, which was handed on; or `MORE`, or `RESYNC` when the rest makes no sense. */
  #unit(stream: Stream, bytes: Buffer, at: number, end: number): number {
    switch (stream.protocol) {
      case 'new':
      case 'seek':
        return this.#begin(stream, bytes, at, end);
      case 'sip':
        return this.#sipUnit(stream, bytes, at, end);
      case 'hep':
        return this.#hepUnit(stream, bytes, at, end);
      case 'handshake':
        return this.#handshake(stream, bytes, at, end);
      case 'websocket':
        return this.#websocket.unit(stream, bytes, at, end);
      case 'tls':
        this.#discard(ENCRYPTED);
        return end - at;
    }
  }

  /** Finds out what the stream carries; what it cannot tell is left to the next segment, as nobody's. */
  #begin(stream: Stream, bytes: Buffer, at: number, end: number): number {
    let start = at;
    while (start < end && (bytes[start] === CR || bytes[start] === LF)) start++;
    if (start > at) {
      this.#discard(KEEPALIVE);
      return start - at;
    }
    const found = this.#detect(bytes, at, end);
    if (found !== null) {
      stream.protocol = found;
      return this.#unit(stream, bytes, at, end);
    }
    if (stream.protocol === 'new' && end - at < DETECT_MAX) return MORE;
    this.#discard(NOT_SIP);
    stream.protocol = 'seek';
    return end - at;
  }

  #detect(bytes: Buffer, at: number, end: number): Stream['protocol'] | null {
    if (this.#sip.isStart(bytes, at, end)) return 'sip';
    if (end - at >= HEP_HEADER && isHep3(bytes.readUInt32BE(at))) return 'hep';
    if (HTTP_STARTS.some((text) => text.equals(bytes.subarray(at, at + text.length)))) {
      return 'handshake';
    }
    const first = bytes[at] as number;
    const isTls = first >= TLS_FIRST && first <= TLS_LAST && bytes[at + 1] === TLS_MAJOR;
    if (isTls && end - at >= HEP_HEADER && (bytes[at + 2] as number) <= 4) return 'tls';
    return this.#isFrame(bytes, at, end) ? 'websocket' : null;
  }

  /** A WebSocket frame of which one can see that SIP is inside: for streams whose handshake was missed. */
  #isFrame(bytes: Buffer, at: number, end: number): boolean {
    const frame = this.#frame;
    if (readFrameHeader(bytes, at, end, frame) !== WS_HEADER.OK) return false;
    return this.#websocket.looksLikeSip(bytes, at, end, frame, this.#sip);
  }

  #sipUnit(stream: Stream, bytes: Buffer, at: number, end: number): number {
    const fresh = stream.progress.read === 0;
    if (fresh && (bytes[at] === CR || bytes[at] === LF)) {
      let stop = at + 1;
      while (stop < end && (bytes[stop] === CR || bytes[stop] === LF)) stop++;
      // RFC 3261 section 7.5 lets a line end stand before a start line; two are a ping (RFC 5626 section 3.5.1).
      if (stop - at >= 4) this.#discard(KEEPALIVE);
      return stop - at;
    }
    const length = this.#sip.length(bytes, at, end, stream.progress);
    if (length < 0) {
      this.#discard(BROKEN);
      return RESYNC;
    }
    if (length > STREAM_MESSAGE_MAX) {
      this.#discard(TOO_LONG);
      return length;
    }
    if (length === 0 || length > end - at) return MORE;
    this.#output('sip', bytes, at, at + length, stream);
    return length;
  }

  #hepUnit(stream: Stream, bytes: Buffer, at: number, end: number): number {
    if (end - at < HEP_HEADER) return MORE;
    const length = bytes.readUInt16BE(at + 4);
    if (!isHep3(bytes.readUInt32BE(at)) || length < HEP_HEADER) {
      this.#discard(BROKEN);
      return RESYNC;
    }
    if (length > end - at) return MORE;
    this.#output('hep', bytes, at, at + length, stream);
    return length;
  }

  /** RFC 6455 section 4: one HTTP head in each direction, then frames. */
  #handshake(stream: Stream, bytes: Buffer, at: number, end: number): number {
    const head = bytes.subarray(at, end);
    const stop = head.indexOf(HEAD_END);
    if (stop < 0) return MORE;
    const isUpgrade = /\r\nupgrade:[ \t]*websocket/i.test(head.toString('latin1', 0, stop));
    stream.protocol = isUpgrade ? 'websocket' : 'seek';
    this.#discard(NOT_SIP);
    return isUpgrade ? stop + HEAD_END.length : end - at;
  }

  /** Keeps what is unfinished. */
  #keep(stream: Stream, bytes: Buffer, start: number, end: number): void {
    const kept = this.#pending.add(stream, bytes, start, end);
    if (kept === KEPT.OK) return;
    this.#discard(kept === KEPT.TOO_LONG ? TOO_LONG : NO_ROOM);
    this.#lose(stream);
  }

  /** The unfinished message is lost, and where the next one begins is not known. */
  #lose(stream: Stream): void {
    this.#pending.drop(stream);
    this.#websocket.drop(stream);
    stream.skip = 0;
    if (stream.protocol !== 'tls') stream.protocol = 'seek';
    stream.restart();
  }
}
