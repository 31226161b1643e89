import { FIELD_COUNT } from './headers.ts';
import { REASON_LINES_MAX, type SipScanner } from './scan.ts';

/** Integers that `saveScan` writes at most. */
export const SAVED_SCAN_MAX = 12 + 2 * FIELD_COUNT + 2 * REASON_LINES_MAX;

/** Writes all that the last scan found to `to`, from `from` on, for a scanner of another thread. Returns where it ends. */
export function saveScan(scan: SipScanner, to: Int32Array, from: number): number {
  const { at, reasons } = scan;
  to[from] = scan.isRequest ? 1 : 0;
  to[from + 1] = scan.method;
  to[from + 2] = scan.status;
  to[from + 3] = scan.cseq;
  to[from + 4] = scan.cseqMethod;
  to[from + 5] = scan.viaCount;
  to[from + 6] = scan.reasonCount;
  to[from + 7] = scan.bodyStart;
  to[from + 8] = scan.bodyEnd;
  to[from + 9] = scan.truncated ? 1 : 0;
  to[from + 10] = scan.headersStart;
  to[from + 11] = scan.headersEnd;
  let i = from + 12;
  for (let k = 0; k < 2 * FIELD_COUNT; k++) to[i++] = at[k] as number;
  const kept = 2 * Math.min(scan.reasonCount, REASON_LINES_MAX);
  for (let k = 0; k < kept; k++) to[i++] = reasons[k] as number;
  return i;
}

/**
 * As if `scan` had done the scan that was saved at `from`; the message must stand where it stood in the other slab. Returns
 * where what was saved ends.
 */
export function restoreScan(scan: SipScanner, saved: Int32Array, from: number): number {
  const { at, reasons } = scan;
  scan.isRequest = saved[from] === 1;
  scan.method = saved[from + 1] as number;
  scan.status = saved[from + 2] as number;
  scan.cseq = saved[from + 3] as number;
  scan.cseqMethod = saved[from + 4] as number;
  scan.viaCount = saved[from + 5] as number;
  scan.reasonCount = saved[from + 6] as number;
  scan.bodyStart = saved[from + 7] as number;
  scan.bodyEnd = saved[from + 8] as number;
  scan.truncated = saved[from + 9] === 1;
  scan.headersStart = saved[from + 10] as number;
  scan.headersEnd = saved[from + 11] as number;
  let i = from + 12;
  for (let k = 0; k < 2 * FIELD_COUNT; k++) at[k] = saved[i++] as number;
  const kept = 2 * Math.min(scan.reasonCount, REASON_LINES_MAX);
  for (let k = 0; k < kept; k++) reasons[k] = saved[i++] as number;
  return i;
}
