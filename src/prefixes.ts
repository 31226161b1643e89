/** A configured group of called numbers. */
export interface PrefixGroup {
  readonly name: string;
  /** Leading characters of the called number as it stands in the Request-URI, `+49` or `0049`. */
  readonly starts: readonly string[];
}

/** Row 0: numbers that no group lists. */
export const OTHER_PREFIX = 'other';

/** Finds the group of a called number; the longest prefix wins. */
export class PrefixTable {
  readonly #routes: readonly { readonly start: string; readonly index: number }[];

  constructor(groups: readonly PrefixGroup[]) {
    this.#routes = groups
      .flatMap(({ starts }, i) => starts.map((start) => ({ start, index: i + 1 })))
      .sort((a, b) => b.start.length - a.start.length);
  }

  /** Index of the group, 1 for the first; 0 for `other` and for calls without a number. */
  indexOf(callee: string | null): number {
    if (callee === null) return 0;
    return this.#routes.find(({ start }) => callee.startsWith(start))?.index ?? 0;
  }
}
