/** What the calls of wire-calls.ts and told-calls.ts prove, read off the calls themselves. */
import type { EvidenceSource, VocabularyCode } from '../../src/classify/vocabulary/vocabulary.ts';
import { TOLD_CALLS } from './told-calls.ts';
import { type FieldCalls, WIRE_CALLS } from './wire-calls.ts';

/** One call for each code. */
export const PROOFS: readonly FieldCalls[] = [...WIRE_CALLS, ...TOLD_CALLS];

const EVENT = /^\s*\d+\s+!\s+(.*)$/;
/** Media facts, and what phones say of their media in a BYE. */
const MEDIA = /\bmedia\.|RTP-(?:Rx)?Stat:/;

/** The strongest kind of evidence that a script brings along. */
export function evidenceOf(script: string): EvidenceSource {
  if (MEDIA.test(script)) return 'media';
  return script.split('\n').some((line) => EVENT.test(line)) ? 'context' : 'signalling';
}

/** The code or its name stands in a header or an event. The status line is SIP's own, whoever else lists its numbers. */
export function carriesCode(
  script: string,
  { code, name }: Pick<VocabularyCode, 'code' | 'name'>,
): boolean {
  const said = script.split('\n').map(saidIn).join('\n');
  return [code, name].some((word) => word !== '-' && containsWord(said, word));
}

/** Of an event the values of its data, since its type is one of callfate's closed set; of a message the headers. */
function saidIn(line: string): string {
  const event = EVENT.exec(line)?.[1];
  if (event === undefined) return line.split(' | ').slice(1).join('\n');
  return [...event.matchAll(/=(\S+)/g)].map(([, value]) => value).join('\n');
}

function containsWord(text: string, word: string): boolean {
  const escaped = word.replace(/[^\w]/g, '\\$&');
  return new RegExp(`(?<!\\w)${escaped}(?!\\w)`, 'i').test(text);
}

export type Count = Readonly<Record<EvidenceSource | 'ownCode' | 'all', number>>;

/** How many of these codes are proved by which evidence; `ownCode`: of them, by nothing but the vendor's code. */
export function countOf(codes: readonly VocabularyCode[], vocabulary: string): Count {
  const proofs = codes.flatMap((code) => {
    const calls = PROOFS.filter(([id, field]) => id === vocabulary && field === code.field);
    const proof = calls.flatMap(([, , rows]) => rows).find(([name]) => name === code.name);
    return proof === undefined ? [] : [{ code, script: proof[1] }];
  });
  const by = (evidence: EvidenceSource): number =>
    proofs.filter(({ script }) => evidenceOf(script) === evidence).length;
  return {
    signalling: by('signalling'),
    context: by('context'),
    media: by('media'),
    ownCode: proofs.filter(({ code, script }) => carriesCode(script, code)).length,
    all: proofs.length,
  };
}
