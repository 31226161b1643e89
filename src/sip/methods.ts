/** SIP methods by index; 0 is any method not listed. Names are case-sensitive (RFC 3261 §7.1). */
export const METHODS = [
  'OTHER',
  'INVITE',
  'ACK',
  'BYE',
  'CANCEL',
  'PRACK',
  'UPDATE',
  'REFER',
  'NOTIFY',
  'INFO',
  'OPTIONS',
  'REGISTER',
  'SUBSCRIBE',
  'MESSAGE',
  'PUBLISH',
] as const;

/** Indices into `METHODS`, named. */
export const METHOD = {
  OTHER: 0,
  INVITE: 1,
  ACK: 2,
  BYE: 3,
  CANCEL: 4,
  PRACK: 5,
  UPDATE: 6,
  REFER: 7,
  NOTIFY: 8,
  INFO: 9,
  OPTIONS: 10,
  REGISTER: 11,
  SUBSCRIBE: 12,
  MESSAGE: 13,
  PUBLISH: 14,
} as const;
