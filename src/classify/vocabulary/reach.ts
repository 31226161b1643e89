/** Which rows of a field some call can get: what earlier rows take is cut away, and something must be left. */
import { REASONS } from '../reasons.ts';
import { type Box, type Cells, isEmpty, Space } from './boxes.ts';
import type { VocabularyCode } from './vocabulary.ts';

/** Why no call can get a code. */
export type Fault =
  | { readonly kind: 'contradiction' }
  /** `by`: index of an earlier code that alone takes every call; null: several together do. */
  | { readonly kind: 'shadowed'; readonly by: number | null }
  | { readonly kind: 'too_intricate' };

/** Pieces looked at for one code. A code that needs more counts as reachable: nothing is refused without a proof. */
export const REACH_STEPS_MAX = 100_000;

/** A fault for each code of one field that no call can get, by its index; codes in the order in which they are tried. */
export function unreachable(codes: readonly VocabularyCode[]): ReadonlyMap<number, Fault> {
  const space = new Space(codes);
  const taken: (readonly Box[])[] = [];
  const faults = new Map<number, Fault>();
  for (const code of codes) {
    const boxes = space.boxesOf(code);
    const fault = boxes === null ? TOO_INTRICATE : faultOf(space, code, boxes, taken);
    if (fault !== null) faults.set(taken.length, fault);
    taken.push(boxes ?? []);
  }
  return faults;
}

const TOO_INTRICATE: Fault = { kind: 'too_intricate' };

function faultOf(
  space: Space,
  { when }: VocabularyCode,
  boxes: readonly Box[],
  earlier: readonly (readonly Box[])[],
): Fault | null {
  // A transition that ends no call.
  if (when.length === 0 || isReached(space, boxes, earlier.flat())) return null;
  if (boxes.every(isEmpty)) return { kind: 'contradiction' };
  const by = earlier.findIndex((other) => !isReached(space, boxes, other));
  return { kind: 'shadowed', by: by < 0 ? null : by };
}

/** Reason by reason, since a reason is what rules ask for first and the rest is then a small box. */
function isReached(space: Space, boxes: readonly Box[], taken: readonly Box[]): boolean {
  const whole = space.axes.map(({ size }): Cells => new Array<boolean>(size).fill(true));
  const budget = { steps: REACH_STEPS_MAX };
  return boxes.some((box) => {
    if (isEmpty(box)) return false;
    const piece = box.cells.map((cells, axis) => cells ?? whole[axis] ?? []);
    return REASONS.some((_, reason) => {
      if (box.reasons[reason] !== true) return false;
      return isAnyLeft(
        piece,
        taken.filter((other) => other.reasons[reason] === true),
        budget,
      );
    });
  });
}

/** Whether the boxes leave some of the piece uncovered. */
function isAnyLeft(
  first: readonly Cells[],
  boxes: readonly Box[],
  budget: { steps: number },
): boolean {
  const open = [{ piece: first, at: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { piece, at } = next;
    const box = boxes[at];
    if (box === undefined || budget.steps-- <= 0) return true;
    for (const left of outside(piece, box)) open.push({ piece: left, at: at + 1 });
  }
  return false;
}

/** What of the piece is not in the box, as pieces that do not meet. */
function outside(piece: readonly Cells[], box: Box): (readonly Cells[])[] {
  const meet = piece.every((cells, axis) => common(cells, box.cells[axis] ?? null).includes(true));
  if (!meet) return [piece];
  const pieces: (readonly Cells[])[] = [];
  let inside = piece;
  for (const [axis, cells] of piece.entries()) {
    const theirs = box.cells[axis] ?? null;
    const rest = cells.map((cell, index) => cell && theirs?.[index] === false);
    if (rest.includes(true)) pieces.push(inside.with(axis, rest));
    inside = inside.with(axis, common(cells, theirs));
  }
  return pieces;
}

function common(cells: Cells, others: Cells | null): Cells {
  return others === null ? cells : cells.map((cell, index) => cell && others[index] === true);
}
