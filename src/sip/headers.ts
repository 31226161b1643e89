import { SLAB_VIEW } from '../lib/slab.ts';
import { HASH_FACTOR, HASH_SHIFT } from '../simd/layout.ts';

const VIEW = SLAB_VIEW;

/**
 * The headers the scanner keeps, with their compact forms (RFC 3261 §7.3.3, §20; RFC 4028, RFC 3515, RFC 6665).
 * A row's index is its field number. All others can still be read by `SipScanner.header(name)`.
 */
const HEADERS = [
  { field: 'via', names: ['via', 'v'] },
  { field: 'from', names: ['from', 'f'] },
  { field: 'to', names: ['to', 't'] },
  { field: 'callId', names: ['call-id', 'i'] },
  { field: 'cseq', names: ['cseq'] },
  { field: 'contact', names: ['contact', 'm'] },
  { field: 'contentLength', names: ['content-length', 'l'] },
  { field: 'contentType', names: ['content-type', 'c'] },
  { field: 'reason', names: ['reason'] },
  { field: 'sessionId', names: ['session-id'] },
  { field: 'authorization', names: ['authorization'] },
  { field: 'proxyAuthorization', names: ['proxy-authorization'] },
  { field: 'sessionExpires', names: ['session-expires', 'x'] },
  { field: 'referTo', names: ['refer-to', 'r'] },
  { field: 'replaces', names: ['replaces'] },
  { field: 'event', names: ['event', 'o'] },
  { field: 'require', names: ['require'] },
  { field: 'retryAfter', names: ['retry-after'] },
  { field: 'userAgent', names: ['user-agent'] },
  { field: 'server', names: ['server'] },
  // Asterisk's chan_sip: the Q.850 cause, in BYE and in finals of an INVITE, with or without a Reason.
  { field: 'hangupCause', names: ['x-asterisk-hangupcausecode'] },
  // RTP statistics in a BYE: here only whether there are any, each is read by its own name.
  { field: 'rtpStatistics', names: ['p-rtp-stat', 'x-rtp-stat', 'rtp-rxstat'] },
] as const;

/** Fields of the start line and parts of headers, numbered behind the headers. */
const PARTS = [
  'requestUri',
  'phrase',
  'fromTag',
  'toTag',
  'branch',
  'sentBy',
  'bottomSentBy',
] as const;

export type FieldName = (typeof HEADERS)[number]['field'] | (typeof PARTS)[number];

/** Field number by name: index of the pair of offsets in `SipScanner`. */
export const FIELD = Object.freeze(
  Object.fromEntries(
    [...HEADERS.map((row) => row.field), ...PARTS].map((name, index) => [name, index]),
  ),
) as Readonly<Record<FieldName, number>>;

export const FIELD_COUNT = HEADERS.length + PARTS.length;

/** One spelling of a header name. `key` is its first four bytes, lower-cased, little-endian. */
export interface Spelling {
  readonly field: number;
  readonly bytes: Uint8Array;
  readonly key: number;
}

export const SPELLINGS: readonly Spelling[] = HEADERS.flatMap((row, field) =>
  row.names.map((name) => {
    const bytes = Buffer.from(name, 'latin1');
    return { field, bytes, key: Buffer.from(`${name}:   `, 'latin1').readInt32LE(0) | 0x20202020 };
  }),
);

const COLON = 0x3a;
const SPACE = 0x20;
const TAB = 0x09;

const BUCKETS = 256;
const FACTOR = HASH_FACTOR | 0;

/** Which bucket a key belongs to. */
export function bucketOf(key: number): number {
  return Math.imul(key, FACTOR) >>> HASH_SHIFT;
}

/** Spellings of at least three letters by hash of their first four bytes; one-letter forms by letter. */
const LONG: readonly (readonly Spelling[])[] = buckets();
const COMPACT = compactForms();

function buckets(): Spelling[][] {
  const table: Spelling[][] = Array.from({ length: BUCKETS }, () => []);
  for (const spelling of SPELLINGS) {
    if (spelling.bytes.length > 2) {
      for (const key of keysOf(spelling)) table[bucketOf(key)]?.push(spelling);
    }
  }
  // `to` is the only name of two letters: its third byte is a colon or white space, so it has its own test.
  return table;
}

/** A name of three letters (`Via`) has the colon or the white space before it (RFC 3261 §7.3.1) for fourth byte. */
export function keysOf({ bytes, key }: Spelling): number[] {
  if (bytes.length !== 3) return [key];
  return [COLON, SPACE, TAB].map((byte) => (key & 0x00ffffff) | ((byte | 0x20) << 24));
}

function compactForms(): Int8Array {
  const forms = new Int8Array(128).fill(-1);
  for (const { bytes, field } of SPELLINGS) if (bytes.length === 1) forms[bytes[0] ?? 0] = field;
  return forms;
}

/**
 * Field number of the header line at `start` in the slab, or -1 when it is not kept. Four lower-cased bytes pick the
 * candidates, then the whole name is verified (`content-length` and `contact` share theirs).
 */
export function headerAt(start: number, end: number): number {
  // Not even room for a letter and its colon. What stands behind `end` belongs to somebody else.
  if (end - start < 2) return -1;
  const second = VIEW.getUint8(start + 1);
  if (second === COLON || second === SPACE || second === TAB) {
    const letter = VIEW.getUint8(start) | 0x20;
    return letter < 128 ? (COMPACT[letter] as number) : -1;
  }
  const key = VIEW.getInt32(start, true) | 0x20202020;
  if ((key & 0xffff) === 0x6f74 && start + 2 < end) {
    const third = VIEW.getUint8(start + 2);
    if (third === COLON || third === SPACE || third === TAB) return FIELD.to;
  }
  const bucket = LONG[bucketOf(key)] as readonly Spelling[];
  for (let i = 0; i < bucket.length; i++) {
    const spelling = bucket[i] as Spelling;
    if (nameMatches(spelling.bytes, start, end)) return spelling.field;
  }
  return -1;
}

/** Whole name, case-insensitive, followed by a colon or by white space before one (RFC 3261 §7.3.1). */
export function nameMatches(name: Uint8Array, start: number, end: number): boolean {
  const length = name.length;
  if (start + length >= end) return false;
  for (let i = 0; i < length; i++) {
    const byte = VIEW.getUint8(start + i);
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower !== (name[i] as number)) return false;
  }
  const next = VIEW.getUint8(start + length);
  return next === COLON || next === SPACE || next === TAB;
}
