import { SLAB } from '../lib/slab.ts';
import { SLAB_SCAN, SLAB_SCAN_MAX } from '../lib/slab-memory.ts';
import * as LAYOUT from '../simd/layout.ts';
import { bucketOf, FIELD, FIELD_COUNT, keysOf, SPELLINGS, type Spelling } from './headers.ts';
import { METHODS } from './methods.ts';
import { REASON_LINES_MAX, SCAN } from './scan.ts';

/** In words, for views of the slab. */
export const RESULT_WORD = SLAB_SCAN / 4;
export const FIELDS_WORD = RESULT_WORD + LAYOUT.FIELDS;
export const REASONS_WORD = FIELDS_WORD + 2 * FIELD_COUNT;

export const REASONS_END_WORD = REASONS_WORD + 2 * REASON_LINES_MAX;

const METHOD_TABLE = 4 * REASONS_END_WORD;
const HEADER_TABLE = METHOD_TABLE + METHODS.length * LAYOUT.METHOD_ROW;
const TABLES_END = SLAB_SCAN + SLAB_SCAN_MAX;

/** What is done with a header beside keeping where it stands; the field of its tag. Those that have no row: nothing. */
const ROLES: Readonly<Record<number, { role: number; tag?: number }>> = {
  [FIELD.via]: { role: LAYOUT.ROLE_VIA },
  [FIELD.from]: { role: LAYOUT.ROLE_TAGGED, tag: FIELD.fromTag },
  [FIELD.to]: { role: LAYOUT.ROLE_TAGGED, tag: FIELD.toTag },
  [FIELD.cseq]: { role: LAYOUT.ROLE_CSEQ },
  [FIELD.contentLength]: { role: LAYOUT.ROLE_CONTENT_LENGTH },
  [FIELD.reason]: { role: LAYOUT.ROLE_REASON },
  [FIELD.rtpStatistics]: { role: LAYOUT.ROLE_LENIENT },
};

/**
 * Writes the tables of src/simd/ into the slab, as a whole: where threads share one, another may be reading the same there.
 * Returns what an instance imports.
 */
export function writeScanTables(): Readonly<Record<string, number>> {
  const methods = methodTable();
  const { table, to } = headerTable();
  if (HEADER_TABLE + table.length > TABLES_END) throw new Error('no room for the table of headers');
  SLAB.set(methods, METHOD_TABLE);
  SLAB.set(table, HEADER_TABLE);
  return {
    RESULT: 4 * RESULT_WORD,
    REASONS: 4 * REASONS_WORD,
    REASONS_MAX: REASON_LINES_MAX,
    HEADER_TABLE,
    METHOD_TABLE,
    METHODS: METHODS.length,
    TO_ROW: to,
    VIA: FIELD.via,
    FROM: FIELD.from,
    TO: FIELD.to,
    CALL_ID: FIELD.callId,
    CSEQ: FIELD.cseq,
    REQUEST_URI: FIELD.requestUri,
    PHRASE: FIELD.phrase,
    BRANCH: FIELD.branch,
    SENT_BY: FIELD.sentBy,
    BOTTOM_SENT_BY: FIELD.bottomSentBy,
    ...SCAN,
  };
}

function methodTable(): Buffer {
  const table = Buffer.alloc(METHODS.length * LAYOUT.METHOD_ROW);
  for (const [i, name] of METHODS.entries()) {
    table.write(name, i * LAYOUT.METHOD_ROW, 'latin1');
    table.writeInt32LE(name.length, i * LAYOUT.METHOD_ROW + LAYOUT.METHOD_LENGTH);
  }
  return table;
}

/** Also the row of `to`, the only name of two letters. */
function headerTable(): { table: Buffer; to: number } {
  const rows = SPELLINGS.flatMap((spelling) =>
    indexesOf(spelling).map((index) => ({ spelling, index })),
  );
  const table = Buffer.alloc(LAYOUT.ROWS + (rows.length + 1) * LAYOUT.ROW);
  let to = 0;
  for (const [i, { spelling, index }] of rows.entries()) {
    const row = i + 1;
    writeRow(table, row, spelling, index === null ? 0 : (table[index] as number));
    if (index === null) to = row;
    else table[index] = row;
  }
  return { table, to };
}

/** Offsets of what points at the rows of a name: by its letter, or by its first four letters; null: nothing does. */
function indexesOf(spelling: Spelling): (number | null)[] {
  const { bytes } = spelling;
  if (bytes.length === 1) return [LAYOUT.COMPACT + (bytes[0] as number)];
  return bytes.length === 2 ? [null] : keysOf(spelling).map(bucketOf);
}

function writeRow(table: Buffer, row: number, { bytes, field }: Spelling, next: number): void {
  const at = LAYOUT.ROWS + row * LAYOUT.ROW;
  const { role, tag = 0 } = ROLES[field] ?? { role: LAYOUT.ROLE_VALUE };
  table.set(bytes, at);
  table.fill(0xff, at + LAYOUT.ROW_MASK, at + LAYOUT.ROW_MASK + bytes.length);
  table.writeInt32LE(bytes.length, at + LAYOUT.ROW_LENGTH);
  table.writeInt32LE(field | (tag << 8) | (role << 16), at + LAYOUT.ROW_FIELD);
  table.writeInt32LE(next, at + LAYOUT.ROW_NEXT);
}
