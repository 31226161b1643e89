/** What a scan says. Zero is a SIP message; `NOT_SIP` and `KEEPALIVE` are not ours; the rest is malformed. */
export const SCAN = {
  OK: 0,
  KEEPALIVE: 1,
  NOT_SIP: 2,
  START_LINE: 3,
  HEADER: 4,
  MISSING_HEADER: 5,
  CONTENT_LENGTH: 6,
} as const;
