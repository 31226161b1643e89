/**
 * Rules as boxes. A fact has a few cells (the words of its set; the pieces into which the numbers of all rules cut a
 * number), so a condition is a set of cells for each fact: a box. Deciding a rule and proving that no call can reach
 * it use the same boxes, and so cannot disagree.
 */
import { REASONS, type ReasonRow } from '../reasons.ts';
import { namesOf, type VocabularyFacts } from './facts.ts';
import {
  type Condition,
  FLAG_CONDITIONS,
  NUMBER_CONDITIONS,
  type NumberCondition,
  SECONDS_CONDITIONS,
  type VocabularyCode,
  WORD_CONDITIONS,
  type WordCondition,
} from './vocabulary.ts';

/** One true or false for each cell. */
export type Cells = readonly boolean[];

export interface Axis {
  readonly size: number;
  cellOf(facts: VocabularyFacts): number;
  /** The cells that a condition allows; null: it does not speak of this fact. */
  allowed(condition: Condition): Cells | null;
}

/** Reasons by their index, and a set of cells for each axis; null: all of them. */
export interface Box {
  readonly reasons: Cells;
  readonly cells: readonly (Cells | null)[];
}

/** Boxes that one rule may become; more means that it is written too intricately. */
export const BOXES_MAX = 256;

type WordAxis = Exclude<WordCondition, 'reason' | 'outcome' | 'attribution'>;
const WORD_AXES: readonly WordAxis[] = ['stage', 'endedBy', 'endedByRole', 'direction', 'task'];
const ALL_REASONS: Cells = REASONS.map(() => true);

function wordAxis(key: WordAxis): Axis {
  const words: readonly string[] = WORD_CONDITIONS[key];
  // Only the task may be unknown, and then has a cell behind those of the words.
  const unknown = key === 'task' ? [false] : [];
  return {
    size: words.length + unknown.length,
    cellOf: (facts) => {
      const word = facts[key];
      return word === null ? words.length : words.indexOf(word);
    },
    allowed: (condition) => {
      const list = condition.words[key];
      return list === undefined ? null : [...words.map((word) => list.includes(word)), ...unknown];
    },
  };
}

function flagAxis(key: (typeof FLAG_CONDITIONS)[number]): Axis {
  return {
    size: 2,
    cellOf: (facts) => Number(facts[key]),
    allowed: ({ flags }) => {
      const flag = flags[key];
      return flag === undefined ? null : [!flag, flag];
    },
  };
}

/** Cell 0 is that of no number; cell n holds the numbers from `cuts[n - 1]` to before `cuts[n]`. */
function cutAxis(
  cuts: readonly number[],
  numberOf: (facts: VocabularyFacts) => number | null,
  spansOf: (condition: Condition) => readonly { from: number; below: number }[] | null,
): Axis {
  return {
    size: cuts.length + 1,
    cellOf: (facts) => {
      const value = numberOf(facts);
      if (value === null) return 0;
      let cell = cuts.length;
      while (cell > 0 && (cuts[cell - 1] as number) > value) cell--;
      return cell;
    },
    allowed: (condition) => {
      const spans = spansOf(condition);
      if (spans === null) return null;
      const within = (at: number): boolean =>
        spans.some((span) => span.from <= at && at < span.below);
      return [false, ...cuts.map(within)];
    },
  };
}

function cutsOf(spans: readonly { from: number; below: number }[]): readonly number[] {
  const ends = spans.flatMap(({ from, below }) => [from, below]).filter(Number.isFinite);
  return [...new Set([0, ...ends])].sort((a, b) => a - b);
}

function numberSpans(condition: Condition, key: NumberCondition) {
  return condition.numbers[key]?.map(({ from, to }) => ({ from, below: to + 1 })) ?? null;
}

function contextAxis(name: string): Axis {
  return {
    size: 2,
    cellOf: ({ context }) => Number(context.some((fact) => namesOf(fact).includes(name))),
    // A list of facts is any of them, which no single box can say: see `boxesOf`.
    allowed: () => null,
  };
}

/** The facts that these rules look at, and how to make boxes of their conditions. */
export class Space {
  readonly axes: readonly Axis[];
  /** Those before the axes of context facts. */
  readonly plain: readonly Axis[];
  readonly #contextAt: ReadonlyMap<string, number>;

  constructor(codes: readonly VocabularyCode[]) {
    const conditions = codes.flatMap(({ when, unless }) => [...when, ...unless]);
    const used = (key: WordAxis): boolean =>
      key === 'direction' || conditions.some(({ words }) => words[key] !== undefined);
    const plain: Axis[] = [
      ...WORD_AXES.filter(used).map(wordAxis),
      ...FLAG_CONDITIONS.map(flagAxis),
      ...(Object.keys(NUMBER_CONDITIONS) as NumberCondition[]).map((key) =>
        cutAxis(
          cutsOf(conditions.flatMap((condition) => numberSpans(condition, key) ?? [])),
          (facts) => facts[key],
          (condition) => numberSpans(condition, key),
        ),
      ),
      ...SECONDS_CONDITIONS.map((key) =>
        cutAxis(
          cutsOf(conditions.flatMap(({ seconds }) => seconds[key] ?? [])),
          (facts) => facts[key],
          ({ seconds }) => (seconds[key] === undefined ? null : [seconds[key]]),
        ),
      ),
    ];
    const names = [...new Set(conditions.flatMap(({ context }) => context))];
    this.#contextAt = new Map(names.map((name, index) => [name, plain.length + index]));
    this.axes = [...plain, ...names.map(contextAxis)];
    this.plain = plain;
  }

  /** The cell of each axis. */
  point(facts: VocabularyFacts): number[] {
    return this.axes.map((axis) => axis.cellOf(facts));
  }

  /** The calls that a rule holds for, callType included. Null: it becomes more than `BOXES_MAX` boxes. */
  boxesOf({ when, unless, callType }: VocabularyCode): readonly Box[] | null {
    const refused = callType === 'any' ? unless : [...unless, OTHER_WAY[callType]];
    let boxes = when.flatMap((condition) => this.#holds(condition));
    for (const condition of refused) {
      const outside = this.#holdsNot(condition);
      boxes = boxes.flatMap((box) => outside.flatMap((other) => intersection(box, other) ?? []));
      if (boxes.length > BOXES_MAX) return null;
    }
    return boxes.length > BOXES_MAX ? null : boxes;
  }

  #holds(condition: Condition): Box[] {
    const box: Box = { reasons: reasonsOf(condition), cells: this.#allowed(condition) };
    if (condition.context.length === 0) return [box];
    return condition.context.map((name) => ({
      ...box,
      cells: this.#with(box.cells, name, PRESENT),
    }));
  }

  /** Outside of one part is enough to be outside of the condition. */
  #holdsNot(condition: Condition): Box[] {
    const all: readonly (Cells | null)[] = this.axes.map(() => null);
    const reasons = reasonsOf(condition);
    const boxes: Box[] = reasons.every(Boolean) ? [] : [{ reasons: negate(reasons), cells: all }];
    for (const [index, cells] of this.#allowed(condition).entries()) {
      if (cells === null) continue;
      boxes.push({ reasons: ALL_REASONS, cells: all.with(index, negate(cells)) });
    }
    if (condition.context.length > 0) {
      const none = condition.context.reduce<Box['cells']>(
        (cells, name) => this.#with(cells, name, ABSENT),
        all,
      );
      boxes.push({ reasons: ALL_REASONS, cells: none });
    }
    return boxes;
  }

  #allowed(condition: Condition): (Cells | null)[] {
    return this.axes.map((axis) => axis.allowed(condition));
  }

  #with(cells: Box['cells'], name: string, value: Cells): Box['cells'] {
    return cells.with(this.#contextAt.get(name) ?? -1, value);
  }
}

const ABSENT: Cells = [true, false];
const PRESENT: Cells = [false, true];

/** A row for inbound calls is not for those that are known to be outbound, and the other way round. */
const only = (direction: 'inbound' | 'outbound'): Condition => ({
  words: { direction: [direction] },
  flags: {},
  numbers: {},
  seconds: {},
  context: [],
});
const OTHER_WAY = { inbound: only('outbound'), outbound: only('inbound') } as const;

function reasonsOf({ words }: Condition): Cells {
  const { reason, outcome, attribution } = words;
  return REASONS.map(
    (row: ReasonRow) =>
      (reason?.includes(row.id) ?? true) &&
      (outcome?.includes(row.outcome) ?? true) &&
      (attribution?.includes(row.attribution) ?? true),
  );
}

function negate(cells: Cells): Cells {
  return cells.map((cell) => !cell);
}

function both(a: Cells | null, b: Cells | null): Cells | null {
  if (a === null || b === null) return a ?? b;
  return a.map((cell, index) => cell && b[index] === true);
}

/** Null when no call is in both. */
function intersection(a: Box, b: Box): Box | null {
  const reasons = both(a.reasons, b.reasons) ?? a.reasons;
  const cells = a.cells.map((own, index) => both(own, b.cells[index] ?? null));
  return isEmpty({ reasons, cells }) ? null : { reasons, cells };
}

export function isEmpty({ reasons, cells }: Box): boolean {
  return !reasons.includes(true) || cells.some((set) => set !== null && !set.includes(true));
}

/** Whether a call with this reason and these cells is in the box. */
export function holds(box: Box, reason: number, point: readonly number[]): boolean {
  if (box.reasons[reason] !== true) return false;
  return box.cells.every((cells, index) => cells === null || cells[point[index] ?? 0] === true);
}
