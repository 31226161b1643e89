/** What an instance is told: where in memory it finds its tables and writes its result, and the numbers of things. */

/** Addresses. */
export declare const RESULT: usize;
export declare const REASONS: usize;
export declare const HEADER_TABLE: usize;
export declare const METHOD_TABLE: usize;

export declare const METHODS: i32;
export declare const REASONS_MAX: i32;

/** Field numbers. */
export declare const VIA: i32;
export declare const FROM: i32;
export declare const TO: i32;
export declare const CALL_ID: i32;
export declare const CSEQ: i32;
export declare const REQUEST_URI: i32;
export declare const PHRASE: i32;
export declare const BRANCH: i32;
export declare const SENT_BY: i32;
export declare const BOTTOM_SENT_BY: i32;

/** Row of the header name `to` in the table. */
export declare const TO_ROW: i32;

/** What a scan says, see src/sip/scan-result.ts. */
export declare const OK: i32;
export declare const KEEPALIVE: i32;
export declare const NOT_SIP: i32;
export declare const START_LINE: i32;
export declare const HEADER: i32;
export declare const MISSING_HEADER: i32;
export declare const CONTENT_LENGTH: i32;
