import { SLAB_WORDS } from '../lib/slab.ts';
import * as LAYOUT from '../simd/layout.ts';
import { SCAN, SipScanner } from './scan.ts';
import { FIELDS_WORD, REASONS_END_WORD, REASONS_WORD, RESULT_WORD } from './simd-tables.ts';

/** A constant of this module, see `SLAB_VIEW`. */
const WORDS = SLAB_WORDS;

/**
 * The scanner of `scan.ts` as machine code, see src/simd/. It needs a slab that WebAssembly can see. All scanners of one slab
 * write to one place, so what one found is valid until any of them scans.
 */
export class SimdScanner extends SipScanner {
  readonly #scan: (start: number, end: number) => number;

  /** `scan`: of an instance that imports what `writeScanTables` returned. */
  constructor(scan: (start: number, end: number) => number) {
    super(
      WORDS.subarray(FIELDS_WORD, REASONS_WORD),
      WORDS.subarray(REASONS_WORD, REASONS_END_WORD),
    );
    this.#scan = scan;
  }

  override scan(start: number, end: number): number {
    const result = this.#scan(start, end);
    if (result !== SCAN.OK) return result;
    this.isRequest = WORDS[RESULT_WORD + LAYOUT.IS_REQUEST] === 1;
    this.method = WORDS[RESULT_WORD + LAYOUT.METHOD] as number;
    this.status = WORDS[RESULT_WORD + LAYOUT.STATUS] as number;
    this.cseq = WORDS[RESULT_WORD + LAYOUT.CSEQ] as number;
    this.cseqMethod = WORDS[RESULT_WORD + LAYOUT.CSEQ_METHOD] as number;
    this.viaCount = WORDS[RESULT_WORD + LAYOUT.VIA_COUNT] as number;
    this.reasonCount = WORDS[RESULT_WORD + LAYOUT.REASON_COUNT] as number;
    this.bodyStart = WORDS[RESULT_WORD + LAYOUT.BODY_START] as number;
    this.bodyEnd = WORDS[RESULT_WORD + LAYOUT.BODY_END] as number;
    this.truncated = WORDS[RESULT_WORD + LAYOUT.TRUNCATED] === 1;
    this.headersStart = WORDS[RESULT_WORD + LAYOUT.HEADERS_START] as number;
    this.headersEnd = WORDS[RESULT_WORD + LAYOUT.HEADERS_END] as number;
    return result;
  }
}
