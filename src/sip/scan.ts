import { SLAB, SLAB_VIEW } from '../lib/slab.ts';
import { FIELD, FIELD_COUNT, headerAt, nameMatches } from './headers.ts';
import { findColon, findLineEnd, isBlankLine, trimEnd } from './lines.ts';
import { methodAt } from './method-at.ts';
import { METHOD } from './methods.ts';
import { findParam, headerParams, isSpace, skipSpaces } from './params.ts';
import { SCAN } from './scan-result.ts';
import { scanStartLine } from './start-line.ts';
import { isViaValue, viaBranch, viaSentBy, viaValueEnd } from './via.ts';

const VIEW = SLAB_VIEW;

export { FIELD } from './headers.ts';
export { METHOD, METHODS } from './methods.ts';
export { SCAN } from './scan-result.ts';

/** Most Reason header lines of one message that are kept; more are counted in `reasonCount` only. */
export const REASON_LINES_MAX = 8;

const CR = 0x0d;
const TAG = Buffer.from('tag', 'latin1');
const MANDATORY = [FIELD.via, FIELD.from, FIELD.to, FIELD.callId, FIELD.cseq] as const;
/** RFC 3261 §8.1.1.5: less than 2^31. */
const CSEQ_MAX = 0x7fffffff;

/**
 * Reads one SIP message in the slab by offset. It allocates nothing for a message and never throws: a message that is
 * not SIP, or is broken, gives another `SCAN` value. What it read is valid until the next scan.
 */
export class SipScanner {
  isRequest = false;
  /** Index into `METHODS`; of a response, the CSeq's. */
  method: number = METHOD.OTHER;
  /** 100–699; 0 for a request. */
  status = 0;
  cseq = 0;
  cseqMethod: number = METHOD.OTHER;
  viaCount = 0;
  /** Reason header lines seen; the first `REASON_LINES_MAX` have offsets in `reasons`. */
  reasonCount = 0;
  readonly reasons: Int32Array;
  /** Body offsets, cut at the Content-Length or at the end of the frame. */
  bodyStart = 0;
  bodyEnd = 0;
  /** The frame ended before its headers or its body did. */
  truncated = false;
  /** Offsets (start, end) by field number; start === end means absent or empty. */
  readonly at: Int32Array;
  headersStart = 0;
  headersEnd = 0;
  #contentLength = -1;

  /** Where it writes offsets to; by default to memory of its own. */
  constructor(
    at: Int32Array = new Int32Array(2 * FIELD_COUNT),
    reasons: Int32Array = new Int32Array(2 * REASON_LINES_MAX),
  ) {
    this.at = at;
    this.reasons = reasons;
  }

  scan(start: number, end: number): number {
    this.#reset();
    let p = start;
    while (p < end && isSpace(VIEW.getUint8(p))) p++;
    if (p >= end) return SCAN.KEEPALIVE;
    const lineEnd = findLineEnd(p, end);
    const first = scanStartLine(this, p, trimEnd(p, lineEnd));
    if (first !== SCAN.OK) return first;
    const problem = this.#scanHeaders(lineEnd + 1, end);
    return problem === SCAN.OK ? this.#finish(end) : problem;
  }

  /** Text of a field with folding removed; empty when it is absent. */
  text(field: number): string {
    return this.slice(this.at[2 * field] as number, this.at[2 * field + 1] as number);
  }

  has(field: number): boolean {
    return (this.at[2 * field] as number) < (this.at[2 * field + 1] as number);
  }

  slice(start: number, end: number): string {
    const raw = SLAB.toString('latin1', start, end);
    return raw.includes('\n') ? raw.replace(/\r?\n[ \t]+/g, ' ') : raw;
  }

  /** Finds the value of the first header called `name` (lower-case) and writes its offsets. For rare headers. */
  find(name: string, out: Int32Array): boolean {
    return this.findNext([Buffer.from(name, 'latin1')], 0, out) >= 0;
  }

  /**
   * Finds the next header from `from` on, 0 at first, that has one of these names (lower-case bytes). Writes the offsets of
   * its value, then which name it was. Returns where to look for another one; -1 when there is none.
   */
  findNext(names: readonly Uint8Array[], from: number, out: Int32Array): number {
    for (let p = Math.max(from, this.headersStart); p < this.headersEnd; ) {
      const lineEnd = findLineEnd(p, this.headersEnd);
      for (let i = 0; i < names.length; i++) {
        const colon = nameMatches(names[i] as Uint8Array, p, lineEnd) ? findColon(p, lineEnd) : -1;
        if (colon < 0) continue;
        out[0] = skipSpaces(colon + 1, lineEnd);
        out[1] = trimEnd(out[0], lineEnd);
        out[2] = i;
        return lineEnd + 1;
      }
      p = lineEnd + 1;
    }
    return -1;
  }

  #reset(): void {
    const { at } = this;
    // A loop, since calling `fill` takes longer.
    for (let i = 0; i < at.length; i++) at[i] = 0;
    this.viaCount = 0;
    this.reasonCount = 0;
    this.cseq = 0;
    this.status = 0;
    this.truncated = false;
    this.#contentLength = -1;
  }

  #scanHeaders(start: number, end: number): number {
    this.headersStart = start;
    let p = start;
    while (p < end && !isBlankLine(p, end)) {
      const lineEnd = findLineEnd(p, end);
      const problem = this.#scanHeader(p, lineEnd);
      if (problem !== SCAN.OK) return problem;
      p = lineEnd + 1;
    }
    this.headersEnd = Math.min(p, end);
    this.truncated = p >= end;
    this.bodyStart = this.truncated ? end : p + (VIEW.getUint8(p) === CR ? 2 : 1);
    return SCAN.OK;
  }

  #scanHeader(start: number, lineEnd: number): number {
    const field = headerAt(start, lineEnd);
    if (field < 0) return SCAN.OK;
    const colon = findColon(start, lineEnd);
    if (colon < 0) return field === FIELD.rtpStatistics ? SCAN.OK : SCAN.HEADER;
    const from = skipSpaces(colon + 1, lineEnd);
    return this.#keep(field, from, trimEnd(from, lineEnd));
  }

  #keep(field: number, start: number, end: number): number {
    switch (field) {
      case FIELD.via:
        this.#keepVia(start, end);
        return SCAN.OK;
      case FIELD.reason: {
        const slot = 2 * this.reasonCount++;
        if (slot >= 2 * REASON_LINES_MAX) return SCAN.OK;
        this.reasons[slot] = start;
        this.reasons[slot + 1] = end;
        return SCAN.OK;
      }
      default:
    }
    // The first of a header that must be single counts: later ones are an attack or a mistake (RFC 4475 §3.3.8).
    if (this.has(field)) return SCAN.OK;
    this.at[2 * field] = start;
    this.at[2 * field + 1] = end;
    if (field === FIELD.from) this.#keepTag(FIELD.fromTag, start, end);
    else if (field === FIELD.to) this.#keepTag(FIELD.toTag, start, end);
    else if (field === FIELD.cseq) return this.#keepCseq(start, end);
    else if (field === FIELD.contentLength) return this.#keepContentLength(start, end);
    return SCAN.OK;
  }

  #keepVia(start: number, end: number): void {
    let from = start;
    while (from < end) {
      const stop = viaValueEnd(from, end);
      if (!isViaValue(from, stop)) {
        from = skipSpaces(stop + 1, end);
        continue;
      }
      // Every value is for a moment the bottom one; only few messages have more than three.
      if (this.viaCount === 0) {
        this.at[2 * FIELD.via] = from;
        this.at[2 * FIELD.via + 1] = stop;
        const sentBy = viaSentBy(from, stop, this.at, 2 * FIELD.sentBy);
        viaBranch(from, sentBy, stop, this.at, 2 * FIELD.branch);
        this.#copy(FIELD.sentBy, FIELD.bottomSentBy);
      } else viaSentBy(from, stop, this.at, 2 * FIELD.bottomSentBy);
      this.viaCount++;
      from = skipSpaces(stop + 1, end);
    }
  }

  #copy(from: number, to: number): void {
    this.at[2 * to] = this.at[2 * from] as number;
    this.at[2 * to + 1] = this.at[2 * from + 1] as number;
  }

  #keepTag(field: number, start: number, end: number): void {
    findParam(TAG, headerParams(start, end), end, this.at, 2 * field);
  }

  #keepCseq(start: number, end: number): number {
    let p = start;
    let value = 0;
    for (; p < end; p++) {
      const digit = VIEW.getUint8(p) - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
      if (value > CSEQ_MAX) return SCAN.HEADER;
    }
    const method = skipSpaces(p, end);
    if (p === start || method === p || method >= end) return SCAN.HEADER;
    this.cseq = value;
    this.cseqMethod = methodAt(method, end);
    return SCAN.OK;
  }

  #keepContentLength(start: number, end: number): number {
    let value = 0;
    for (let p = start; p < end; p++) {
      const digit = VIEW.getUint8(p) - 0x30;
      if (digit < 0 || digit > 9) return SCAN.CONTENT_LENGTH;
      value = value * 10 + digit;
    }
    if (start === end || value > CSEQ_MAX) return SCAN.CONTENT_LENGTH;
    this.#contentLength = value;
    return SCAN.OK;
  }

  #finish(end: number): number {
    for (let i = 0; i < MANDATORY.length; i++) {
      if (!this.has(MANDATORY[i] as number)) return SCAN.MISSING_HEADER;
    }
    if (this.isRequest && this.method !== this.cseqMethod) return SCAN.HEADER;
    if (!this.isRequest) this.method = this.cseqMethod;
    const room = end - this.bodyStart;
    // A body longer than the frame is a cut capture, not a reason to lose the call: its headers are whole.
    if (this.#contentLength > room) this.truncated = true;
    this.bodyEnd =
      this.#contentLength >= 0 && this.#contentLength < room
        ? this.bodyStart + this.#contentLength
        : end;
    return SCAN.OK;
  }
}
