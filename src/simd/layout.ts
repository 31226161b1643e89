/**
 * How `scan.ts` and whoever calls it share memory. The one file of this folder that is TypeScript as well as
 * AssemblyScript: both compilers read it.
 */

/** Words of a scan's result: numbers first, then the offsets of fields, and behind those the offsets of Reasons. */
export const IS_REQUEST = 0;
export const METHOD = 1;
export const STATUS = 2;
export const CSEQ = 3;
export const CSEQ_METHOD = 4;
export const VIA_COUNT = 5;
export const REASON_COUNT = 6;
export const BODY_START = 7;
export const BODY_END = 8;
export const TRUNCATED = 9;
export const HEADERS_START = 10;
export const HEADERS_END = 11;
/** Of the scanner's own: what the header says, or -1. */
export const CONTENT_LENGTH = 12;
/** Even, since fields and Reasons are pairs. */
export const FIELDS = 14;

/** What the scanner does with a header's value, beside keeping where it stands. */
export const ROLE_VALUE = 0;
export const ROLE_VIA = 1;
export const ROLE_REASON = 2;
/** From and To: their tag is kept too. */
export const ROLE_TAGGED = 3;
export const ROLE_CSEQ = 4;
export const ROLE_CONTENT_LENGTH = 5;
/** Without a colon it is no header, and no harm. */
export const ROLE_LENIENT = 6;

/**
 * The table of header names: first which row a name may have, by hash of its first four letters and, for names of one
 * letter, by that letter; 0 is none. Then the rows; the first of them is that of no name.
 */
export const COMPACT = 256;
export const ROWS = 384;
/** A hash of four letters: they times this, and of the 32 bits the highest eight. */
export const HASH_FACTOR = 0x9e3779b1;
export const HASH_SHIFT = 24;
/** Bytes of a row: 32 of the name in lower case, 32 that say which of them count, three words, and one to spare. */
export const ROW = 80;
export const ROW_MASK = 32;
export const ROW_LENGTH = 64;
/** Field number, in the low byte; above it the field of its tag, and above that its role. */
export const ROW_FIELD = 68;
/** The row of another name with the same hash. */
export const ROW_NEXT = 72;

/** A row of the table of methods: twelve bytes of the name, then its length in a word. */
export const METHOD_ROW = 16;
export const METHOD_LENGTH = 12;
