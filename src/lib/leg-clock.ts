/** A leg whose times are by a clock that is this far ahead of arrival, ms. */
interface Clocked {
  readonly clockAhead: number;
}

/** Clocks of capture agents that are no further apart than this are taken to be right: packets may be as late, ms. */
const AGREE_MS = 500;

/**
 * How much to take off the times of a leg before they are held against those of the others, ms. Legs that agents with
 * different clocks saw are held against each other by arrival.
 */
export function clocksOf(legs: readonly Clocked[]): (leg: Clocked) => number {
  const ahead = legs.map(({ clockAhead }) => clockAhead);
  const agree = Math.max(...ahead) - Math.min(...ahead) <= AGREE_MS;
  return agree ? () => 0 : ({ clockAhead }) => clockAhead;
}
