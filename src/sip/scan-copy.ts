import { FIELD_COUNT } from './headers.ts';
import { REASON_LINES_MAX, type SipScanner } from './scan.ts';

/** Where each part begins: numbers, body and headers, a word for each field, and one for each Reason. */
const COUNTS = 1;
const CSEQ = 2;
const OFFSETS = 3;
const FIELDS = OFFSETS + 4;
const REASONS = FIELDS + FIELD_COUNT;

/** Integers that `saveScan` writes at most. */
export const SAVED_SCAN_MAX = REASONS + REASON_LINES_MAX;

/** The first word: the status in ten bits, and above it what is below. */
const METHOD_SHIFT = 10;
const CSEQ_METHOD_SHIFT = 18;
const STATUS_BITS = 0x3ff;
const METHOD_BITS = 0xff;
const REQUEST = 1 << 26;
const TRUNCATED = 1 << 27;
/** Vias and Reasons of one message are fewer than its bytes. */
const HALF = 16;
const HALF_BITS = 0xffff;

/**
 * Writes all that the last scan found to `to`, from `from` on, for a scanner of another thread that sees the message where
 * it is. Half as many words as it has numbers: what is written here, the other thread has to fetch.
 */
export function saveScan(scan: SipScanner, base: number, to: Int32Array, from: number): void {
  const { at, reasons, status, method, cseqMethod, reasonCount } = scan;
  to[from] =
    status |
    (method << METHOD_SHIFT) |
    (cseqMethod << CSEQ_METHOD_SHIFT) |
    (scan.isRequest ? REQUEST : 0) |
    (scan.truncated ? TRUNCATED : 0);
  to[from + COUNTS] = scan.viaCount | (reasonCount << HALF);
  to[from + CSEQ] = scan.cseq;
  to[from + OFFSETS] = scan.bodyStart;
  to[from + OFFSETS + 1] = scan.bodyEnd;
  to[from + OFFSETS + 2] = scan.headersStart;
  to[from + OFFSETS + 3] = scan.headersEnd;
  savePairs(at, FIELD_COUNT, base, to, from + FIELDS);
  savePairs(reasons, Math.min(reasonCount, REASON_LINES_MAX), base, to, from + REASONS);
}

/**
 * Offset from `base` and length in one word; 0 for what is absent or empty. One loop for fields and Reasons: of one that is
 * not run for long V8 knows nothing, and compiles all around it anew when it is.
 */
function savePairs(
  pairs: Int32Array,
  count: number,
  base: number,
  to: Int32Array,
  from: number,
): void {
  for (let k = 0; k < count; k++) {
    const start = pairs[2 * k] as number;
    const length = (pairs[2 * k + 1] as number) - start;
    to[from + k] = length === 0 ? 0 : ((start - base) << HALF) | length;
  }
}

/** As if `scan` had done the scan that was saved at `from`. */
export function restoreScan(scan: SipScanner, base: number, saved: Int32Array, from: number): void {
  const { at, reasons } = scan;
  const first = saved[from] as number;
  const counts = saved[from + COUNTS] as number;
  const reasonCount = counts >>> HALF;
  scan.isRequest = (first & REQUEST) !== 0;
  scan.truncated = (first & TRUNCATED) !== 0;
  scan.status = first & STATUS_BITS;
  scan.method = (first >>> METHOD_SHIFT) & METHOD_BITS;
  scan.cseqMethod = (first >>> CSEQ_METHOD_SHIFT) & METHOD_BITS;
  scan.viaCount = counts & HALF_BITS;
  scan.reasonCount = reasonCount;
  scan.cseq = saved[from + CSEQ] as number;
  scan.bodyStart = saved[from + OFFSETS] as number;
  scan.bodyEnd = saved[from + OFFSETS + 1] as number;
  scan.headersStart = saved[from + OFFSETS + 2] as number;
  scan.headersEnd = saved[from + OFFSETS + 3] as number;
  restorePairs(at, FIELD_COUNT, base, saved, from + FIELDS);
  restorePairs(reasons, Math.min(reasonCount, REASON_LINES_MAX), base, saved, from + REASONS);
}

function restorePairs(
  pairs: Int32Array,
  count: number,
  base: number,
  saved: Int32Array,
  from: number,
): void {
  for (let k = 0; k < count; k++) {
    const word = saved[from + k] as number;
    const start = base + (word >>> HALF);
    pairs[2 * k] = start;
    pairs[2 * k + 1] = start + (word & HALF_BITS);
  }
}
