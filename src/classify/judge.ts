import type { Case, Fact } from './facts.ts';
import {
  type Certainty,
  type EndedBy,
  EVIDENCE_KINDS,
  type EvidenceKind,
  type Outcome,
} from './outcome.ts';
import { locationRow } from './q850.ts';
import { type ReasonId, reasonRow } from './reasons.ts';
import { RULES, type Rule, WEIGHTS, type Weight } from './rules.ts';

/** A fact as one rule read it. */
export interface Reading {
  readonly fact: Fact;
  readonly rule: Rule;
  readonly kind: EvidenceKind;
  readonly reason: ReasonId;
  readonly outcome: Outcome;
  readonly weight: Weight;
  readonly certainty: Certainty;
  readonly endedBy: EndedBy | null;
}

/** All readings, the deciding one first, and those that it overruled although they said something else. */
export interface Judgement {
  readonly readings: readonly [Reading, ...Reading[]];
  readonly overruled: readonly Reading[];
}

/**
 * Weighs the facts (docs/verdicts.md): weight first, so that a specific cause beats a default of a stronger kind; then
 * kind, strongest first; then the order in which they were collected.
 */
export function judge(c: Case, rules: readonly Rule[]): Judgement {
  const book = rules === RULES ? BY_FACT : byFact(rules);
  const read: Reading[] = [];
  for (const fact of c.facts) {
    const reading = readFact(fact, c, book[fact.type]);
    if (reading !== null) read.push(reading);
  }
  if (read.length > 1) read.sort(byStrength);
  const [first, ...rest] = read;
  if (first === undefined) throw new Error('no rule reads how the attempt stopped');
  const overruled = rest.filter((other) => disagrees(first, other));
  return { readings: [first, ...rest], overruled };
}

type Book = Readonly<Record<Fact['type'], readonly Rule[]>>;

/** The rules by what they read, each list in their order. */
function byFact(rules: readonly Rule[]): Book {
  const on = (type: Fact['type']): readonly Rule[] => rules.filter((rule) => rule.on === type);
  return {
    reason: on('reason'),
    status: on('status'),
    context: on('context'),
    ending: on('ending'),
    connection: on('connection'),
  };
}

const BY_FACT = byFact(RULES);

function readFact(fact: Fact, c: Case, rules: readonly Rule[]): Reading | null {
  const rule = rules.find((row) => matches(row, fact, c));
  if (rule === undefined) return null;
  const meaning =
    typeof rule.reason === 'string'
      ? { reason: rule.reason, generic: false, endedBy: null }
      : rule.reason(fact, c);
  const weight = rule.weight === 'row' ? (meaning.generic ? 'generic' : 'specific') : rule.weight;
  return {
    fact,
    rule,
    kind: rule.kind,
    reason: meaning.reason,
    outcome: reasonRow(meaning.reason).outcome,
    weight,
    certainty: rule.certainty ?? (isAssumed(c) ? 'assumed' : 'observed'),
    endedBy: locatedBy(fact) ?? rule.endedBy ?? meaning.endedBy,
  };
}

function matches(rule: Rule, fact: Fact, c: Case): boolean {
  if (rule.when !== undefined && !rule.when(fact, c)) return false;
  if (fact.type === 'ending' || fact.type === 'connection') return true;
  if (fact.type === 'context') return rule.sources?.includes(fact.note.source) ?? true;
  if (fact.type === 'status') return rule.status?.includes(fact.status) ?? true;
  return matchesReason(rule, fact);
}

function matchesReason(rule: Rule, { value, header }: Extract<Fact, { type: 'reason' }>): boolean {
  return (
    (rule.protocol?.includes(value.key) ?? true) &&
    (rule.causes?.includes(value.cause ?? -1) ?? true) &&
    (rule.text?.test(value.text ?? '') ?? true) &&
    (rule.seenIn?.includes(header.seenIn) ?? true) &&
    (rule.status?.includes(header.status) ?? true)
  );
}

/**
 * A BYE ended a call whose answer was not seen, or perhaps only one of two dialogs; or the set-up that failed had tries
 * that were not seen.
 */
function isAssumed({ connected, ended }: Case): boolean {
  if (!connected) return ended.setupMissed;
  return ended.answeredAt === null || ended.otherAnswer;
}

/** RFC 8606: the location says which side released the call, whatever the cause. */
function locatedBy(fact: Fact): EndedBy | null {
  if (fact.type !== 'reason' || fact.value.location === null) return null;
  return locationRow(fact.value.location)?.side === 'network' ? 'network' : null;
}

function byStrength(a: Reading, b: Reading): number {
  return (
    WEIGHTS.indexOf(a.weight) - WEIGHTS.indexOf(b.weight) ||
    EVIDENCE_KINDS.indexOf(a.kind) - EVIDENCE_KINDS.indexOf(b.kind)
  );
}

/** A default that was refined is no conflict; a cause that named another outcome is, and a fact that cannot be true. */
function disagrees(winner: Reading, other: Reading): boolean {
  const names = other.weight === 'specific' || other.weight === 'impossible';
  return names && other.outcome !== winner.outcome;
}
