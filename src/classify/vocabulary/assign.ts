import type { ContextFact } from '../context.ts';
import type { Verdict } from '../outcome.ts';
import { REASONS, reasonIndex } from '../reasons.ts';
import { type Box, holds, Space } from './boxes.ts';
import { factsOf, namesOf, type VocabularyFacts } from './facts.ts';
import type { Scope, Vocabulary, VocabularyCode } from './vocabulary.ts';

/** A code with its place among all codes of all vocabularies: the row of its counter. */
export interface PlacedCode {
  readonly row: number;
  readonly vocabulary: string;
  readonly code: VocabularyCode;
}

/** What one ending is called in every vocabulary. */
export interface Assignment {
  /** In the shape of a verdict: vocabulary, field, code. A field without a code for this ending is left out. */
  readonly codes: Verdict['vocabularies'];
  readonly placed: readonly PlacedCode[];
}

interface Candidate {
  readonly placed: PlacedCode;
  readonly boxes: readonly Box[];
}

/** Assignments remembered by the facts that rules look at; when full it begins anew. */
export const ASSIGNMENTS_MAX = 4096;

/** Every code of the vocabularies in order: the label tuples of `callfate_vocabulary_total`. */
export function placeCodes(vocabularies: readonly Vocabulary[]): readonly PlacedCode[] {
  return vocabularies
    .flatMap(({ id, codes }) => codes.map((code) => ({ vocabulary: id, code })))
    .map((placed, row) => ({ ...placed, row }));
}

/** The vocabularies, compiled. Pure but for what it remembers. */
export class VocabularyTable {
  readonly #ids: readonly string[];
  readonly #space: Space;
  /** By field and there by reason: the codes that calls with this reason may get, in order. */
  readonly #fields: readonly (readonly (readonly Candidate[])[])[];
  readonly #transitions: readonly PlacedCode[];
  /** Reason and cells of all axes but those of context facts fit one exact number. */
  readonly #isCountable: boolean;
  readonly #memory = new Map<number | string, Assignment>();

  /** The loader has checked the vocabularies; a rule that is too intricate to compile here gets no call. */
  constructor(vocabularies: readonly Vocabulary[]) {
    const placed = placeCodes(vocabularies);
    this.#ids = vocabularies.map(({ id }) => id);
    this.#space = new Space(placed.map(({ code }) => code));
    const points = this.#space.plain.reduce<number>((all, { size }) => all * size, REASONS.length);
    this.#isCountable = points <= Number.MAX_SAFE_INTEGER;
    const candidates = placed.map((one) => ({
      placed: one,
      boxes: this.#space.boxesOf(one.code) ?? [],
    }));
    const fields = new Map<string, Candidate[]>();
    for (const one of candidates) {
      const key = `${one.placed.vocabulary} ${one.placed.code.field}`;
      fields.set(key, [...(fields.get(key) ?? []), one]);
    }
    this.#fields = [...fields.values()].map(byReason);
    this.#transitions = placed.filter(({ code }) => code.scope === 'transition');
  }

  assign(verdict: Verdict): Assignment {
    return this.assignFacts(factsOf(verdict));
  }

  assignFacts(facts: VocabularyFacts): Assignment {
    const reason = reasonIndex(facts.reason);
    const key = this.#key(reason, facts);
    const known = this.#memory.get(key);
    if (known !== undefined) return known;
    const point = this.#space.point(facts);
    const placed = this.#fields.flatMap(
      (field) =>
        field[reason]?.find(({ boxes }) => boxes.some((box) => holds(box, reason, point)))
          ?.placed ?? [],
    );
    const assignment = { placed, codes: toCodes(this.#ids, placed) };
    if (this.#memory.size >= ASSIGNMENTS_MAX) this.#memory.clear();
    this.#memory.set(key, assignment);
    return assignment;
  }

  /**
   * Reason and cells: two calls with the same key get the same codes. Without context facts, as most calls are, it is
   * one number.
   */
  #key(reason: number, facts: VocabularyFacts): number | string {
    if (facts.context.length > 0 || !this.#isCountable) {
      return `${reason} ${this.#space.point(facts).join(' ')}`;
    }
    let key = reason;
    for (const axis of this.#space.plain) key = key * axis.size + axis.cellOf(facts);
    return key;
  }

  /** What happened to the call on its way: a code for each context fact that shows it. */
  transitions({ context }: Pick<Verdict, 'context'>): readonly PlacedCode[] {
    if (context.length === 0) return [];
    const facts = inOrder(context);
    return this.#transitions.flatMap((placed) =>
      facts
        .filter((fact, index) => shows(placed.code, fact, facts.slice(index + 1)))
        .map(() => placed),
    );
  }

  /**
   * What to count for a call that closed, each code as often as it happened: of scope `call` once a call, of scope
   * `leg` once for each leg whose own verdict gets it, of scope `transition` with its verdict and once a context fact.
   */
  count(call: Verdict, assigned: Assignment, legs: readonly Verdict[]): readonly PlacedCode[] {
    if (legs.length === 1 && call.context.length === 0) return assigned.placed;
    const several = legs.length > 1;
    const own = several ? legs.flatMap((leg) => this.assign(leg).placed.filter(isOf('leg'))) : [];
    const told = assigned.placed.filter((placed) => !own.includes(placed));
    return [...told, ...own, ...this.transitions(call)];
  }
}

function isOf(scope: Scope): (placed: PlacedCode) => boolean {
  return ({ code }) => code.scope === scope;
}

function byReason(candidates: readonly Candidate[]): readonly (readonly Candidate[])[] {
  return REASONS.map((_, reason) =>
    candidates.flatMap(({ placed, boxes }) => {
      const possible = boxes.filter((box) => box.reasons[reason] === true);
      return possible.length === 0 ? [] : [{ placed, boxes: possible }];
    }),
  );
}

/** By time, and a fact that two legs of the call were told by one event only once. */
function inOrder(context: readonly ContextFact[]): readonly ContextFact[] {
  const keys = context.map((fact) => [fact.id, ...namesOf(fact)].join(' '));
  return context
    .filter(({ id }, index) => id === null || keys.indexOf(keys[index] ?? '') === index)
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

/** Frozen, since verdicts share it. */
function toCodes(ids: readonly string[], placed: readonly PlacedCode[]): Verdict['vocabularies'] {
  const entries = ids.map((id) => {
    const own = placed.filter(({ vocabulary }) => vocabulary === id);
    const fields = own.map(({ code: { field, code, name } }) => [
      field,
      Object.freeze({ code, name }),
    ]);
    return [id, Object.freeze(Object.fromEntries(fields))];
  });
  return Object.freeze(Object.fromEntries(entries));
}

function shows(code: VocabularyCode, fact: ContextFact, later: readonly ContextFact[]): boolean {
  const isOneOf = (list: readonly string[], one: ContextFact): boolean =>
    namesOf(one).some((name) => list.includes(name));
  if (!isOneOf(code.on, fact)) return false;
  return code.followedBy.length === 0 || later.some((one) => isOneOf(code.followedBy, one));
}
