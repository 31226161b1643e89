/** From any code to its meaning: the canonical reason, whose fault, what to do, and every other vocabulary's word. */
import type { Attribution, Certainty, Evidence, Outcome, Verdict } from '../classify/outcome.ts';
import { type ReasonId, type ReasonRow, reasonRow } from '../classify/reasons.ts';
import type { Weight } from '../classify/rules.ts';
import { VocabularyTable } from '../classify/vocabulary/assign.ts';
import { factsOf, type VocabularyFacts } from '../classify/vocabulary/facts.ts';
import type {
  CallType,
  EvidenceSource,
  Scope,
  Vocabulary,
  VocabularyCode,
} from '../classify/vocabulary/vocabulary.ts';
import { fail, ok, type Result } from '../lib/result.ts';
import { exampleOf, typicalFacts } from './example.ts';
import { type Reading, readQuery } from './query.ts';
import { judgeWire, SETTINGS, type SettingId } from './wire.ts';

/** What a vendor says of its own code. */
export interface VendorCode {
  readonly vocabulary: string;
  readonly field: string;
  readonly code: string;
  readonly name: string;
  readonly title: string | null;
  readonly scope: Scope;
  readonly callType: CallType;
  readonly attribution: string | null;
  readonly connected: boolean | null;
  readonly evidence: EvidenceSource;
  readonly note: string | null;
}

/** One reading of the question. */
export interface Match {
  /** What was asked for, in words. */
  readonly input: string;
  /** Where it was said; null for a code or a reason. */
  readonly setting: SettingId | null;
  readonly reason: ReasonId;
  readonly outcome: Outcome;
  readonly attribution: Attribution;
  readonly abnormal: boolean;
  readonly advice: string;
  readonly source: string;
  /** null: a vendor's code or a reason says it outright. */
  readonly certainty: Certainty | null;
  readonly why: string;
  readonly evidence: readonly Evidence[];
  readonly vendor: VendorCode | null;
  readonly vocabularies: Verdict['vocabularies'];
}

export interface Explanation {
  readonly query: string;
  /** The likeliest first; never empty. */
  readonly matches: readonly Match[];
}

/** Answers questions; made once for a set of vocabularies. */
export class Explainer {
  readonly #vocabularies: readonly Vocabulary[];
  readonly #table: VocabularyTable;

  constructor(vocabularies: readonly Vocabulary[]) {
    this.#vocabularies = vocabularies;
    this.#table = new VocabularyTable(vocabularies);
  }

  /** The error is one line: what is wrong; what to do. */
  explain(query: string): Result<Explanation, string> {
    const readings = readQuery(query, this.#vocabularies);
    if (!readings.ok) return fail(readings.error);
    const matches = readings.value.flatMap((reading) => this.#matches(reading));
    if (matches.length === 0) {
      const [said] = readings.value.flatMap((one) => (one.kind === 'wire' ? one.words : []));
      return fail(
        `${said} says nothing of an ending; add the status that stood beside it: 486 q850:0`,
      );
    }
    return ok({ query: query.trim(), matches });
  }

  #matches(reading: Reading): readonly Match[] {
    switch (reading.kind) {
      case 'wire':
        return this.#judged(reading);
      case 'code':
        return [this.#stated(reading.vocabulary, reading.code)];
      case 'reason': {
        const why = 'a canonical reason of callfate';
        const asked = {
          input: reading.id,
          setting: null,
          certainty: null,
          why,
          evidence: [],
          vendor: null,
        };
        return [this.#match(reading.id, typicalFacts(reading.id), asked)];
      }
    }
  }

  /** In every setting where it decides, and says something else than in the ones before. */
  #judged({ words, name, status, reasons }: Extract<Reading, { kind: 'wire' }>): readonly Match[] {
    const settings = SETTINGS.filter(({ seenIn }) => status === null || seenIn === 'response');
    const judged = settings
      .map((setting) => ({ setting, ...judgeWire(status, reasons, setting) }))
      .filter(({ verdict }) => verdict.evidence.some((one) => one.decided && isAsked(one, status)));
    const placeOf = (one: (typeof judged)[number]): number =>
      name !== null && reasonRow(one.reason).source.includes(name) ? -1 : rank(one);
    const ranked = status === null ? judged.toSorted((a, b) => placeOf(a) - placeOf(b)) : judged;
    return ranked
      .filter(({ reason }, index) => ranked.findIndex((one) => one.reason === reason) === index)
      .map(({ setting, reason, verdict }) =>
        this.#match(reason, factsOf(verdict), {
          input: `${words} ${setting.words}`,
          setting: setting.id,
          certainty: verdict.certainty,
          why: verdict.evidence.find((one) => one.decided)?.why ?? '',
          evidence: verdict.evidence
            .filter((one) => isAsked(one, status))
            .map((one) => ({ ...one, at: null })),
          vendor: null,
        }),
      );
  }

  #stated(vocabulary: Vocabulary, code: VocabularyCode): Match {
    const { title, scope, callType, attribution, connected, evidence: proof, note } = code;
    const vendor: VendorCode = {
      vocabulary: vocabulary.id,
      field: code.field,
      code: code.code,
      name: code.name,
      ...{ title, scope, callType, attribution, connected, evidence: proof, note },
    };
    const why = `${vocabulary.title}; proven by ${proof}`;
    const asked = {
      input: codeWords(vendor),
      setting: null,
      certainty: null,
      why,
      evidence: [],
      vendor,
    };
    return this.#match(code.reason, exampleOf(code), asked);
  }

  #match(
    id: ReasonId,
    facts: VocabularyFacts,
    asked: Pick<Match, 'input' | 'setting' | 'certainty' | 'why' | 'evidence' | 'vendor'>,
  ): Match {
    const { outcome, attribution, abnormal, advice, source }: ReasonRow = reasonRow(id);
    const { codes } = this.#table.assignFacts(facts);
    return {
      ...asked,
      reason: id,
      outcome,
      attribution,
      abnormal,
      advice,
      source,
      vocabularies: codes,
    };
  }
}

/** Where a Reason names a cause first; one that names none is first of all a hang-up. */
function rank({ weight, setting }: { weight: Weight; setting: { id: SettingId } }): number {
  if (weight === 'specific' || weight === 'ruling') return 0;
  return setting.id === 'bye' ? 1 : 2;
}

/** A Reason alone needs a message to stand in; what that message itself says was not asked. */
function isAsked({ kind }: Evidence, status: number | null): boolean {
  return kind !== 'inference' && (status !== null || kind !== 'sip_status') && kind !== 'request';
}

/** `tencent-ccc:status 206 busy`; a code that is the name itself stands once. */
export function codeWords(
  code: Pick<VendorCode, 'vocabulary' | 'field' | 'code' | 'name'>,
): string {
  const own =
    code.code === code.name || code.code === '-' ? code.name : `${code.code} ${code.name}`;
  return `${code.vocabulary}:${code.field} ${own}`;
}
