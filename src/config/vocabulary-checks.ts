/** What only all codes of a vocabulary together show: names given twice, and codes that no call can get. */
import { type Fault, unreachable } from '../classify/vocabulary/reach.ts';
import type { VocabularyCode } from '../classify/vocabulary/vocabulary.ts';
import { pathText } from './keys.ts';
import type { VocabularyReader } from './vocabulary-reader.ts';

export function checkCodes(reader: VocabularyReader, codes: readonly VocabularyCode[]): void {
  const first = new Map<string, number>();
  const fields = new Map<string, number[]>();
  for (const [index, { field, name }] of codes.entries()) {
    const owner = first.get(`${field} ${name}`);
    fields.set(field, [...(fields.get(field) ?? []), index]);
    if (owner === undefined) first.set(`${field} ${name}`, index);
    else {
      const wrong = `"${name}" is the name of ${pathText(['codes', owner])} in ${field} already`;
      reader.fail('CFG_VOCABULARY', ['codes', index, 'name'], wrong, 'keep one of the two');
    }
  }
  if (reader.errors.length > 0) return;
  for (const members of fields.values()) {
    const faults = unreachable(members.map((index) => codes[index] as VocabularyCode));
    for (const [at, fault] of faults) tellFault(reader, members, at, fault);
  }
}

function tellFault(
  reader: VocabularyReader,
  members: readonly number[],
  at: number,
  fault: Fault,
): void {
  const path = ['codes', members[at] ?? 0];
  if (fault.kind === 'too_intricate') {
    reader.fail(
      'CFG_VOCABULARY',
      path,
      'its conditions have too many combinations',
      'split the code, or shorten unless',
    );
    return;
  }
  if (fault.kind === 'contradiction') {
    reader.fail(
      'CFG_VOCABULARY',
      path,
      'no call can get this code: its conditions exclude each other',
      'correct when and unless',
    );
    return;
  }
  const by =
    fault.by === null
      ? 'the codes above it take'
      : `${pathText(['codes', members[fault.by] ?? 0])} takes`;
  reader.fail(
    'CFG_VOCABULARY',
    path,
    `no call can get this code: ${by} every call that it is for`,
    'move it up, or narrow what stands above',
  );
}
