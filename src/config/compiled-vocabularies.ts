/**
 * The shipped vocabularies as the build left them: read, checked and proven reachable. What is compiled is taken only
 * for the very texts and thresholds that it was made of; anything else is read and proven at start.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Thresholds, Vocabulary } from '../classify/vocabulary/vocabulary.ts';

/** What a compiled file was made of. */
export interface Origin {
  /** YAML of each shipped vocabulary, in order. */
  readonly texts: readonly string[];
  readonly thresholds: Thresholds;
}

/** No JSON of its own is spelt so, and no vocabulary may hold what is not printable. */
const INFINITE = '"\\u0000infinite"';

/** The text of a compiled file. */
export function compile(vocabularies: readonly Vocabulary[], origin: Origin): string {
  const text = JSON.stringify(vocabularies, (_, value: unknown) =>
    value === Number.POSITIVE_INFINITY ? '\u0000infinite' : value,
  );
  // JSON has no word for it, but a number that is too large is read as it.
  return `${digest(origin)}\n${text.replaceAll(INFINITE, '1e999')}\n`;
}

/** The vocabularies of a compiled file; null: there is none, it is broken, or it was made of something else. */
export function readCompiled(path: string, origin: Origin): readonly Vocabulary[] | null {
  try {
    const text = readFileSync(path, 'utf8');
    const end = text.indexOf('\n');
    return text.slice(0, end) === digest(origin) ? JSON.parse(text.slice(end)) : null;
  } catch {
    return null;
  }
}

function digest({ texts, thresholds }: Origin): string {
  return createHash('sha256')
    .update(JSON.stringify([texts, Object.entries(thresholds).toSorted()]))
    .digest('hex');
}
