/** Pieces of PromQL that alert rules share. */

/** How often something was counted in a window, for each sidecar and by these further labels (`, peer`). */
export const sum = (by: string, selector: string, window: string): string =>
  `sum by (job, instance${by}) (increase(${selector}[${window}]))`;

/**
 * How often something was counted by series that were not there in the window before this one. `increase` does not see
 * the first count of a family that is once counted.
 */
export const appeared = (by: string, selector: string, window: string): string =>
  `sum by (job, instance${by}) (${selector} unless last_over_time(${selector}[${window}] offset ${window}))`;

export const anyOf = (values: readonly string[]): string => `=~"${values.join('|')}"`;

/** A series of a sidecar against many of it, against one of it, and against one of the same peer. */
export const MANY = 'on (job, instance) group_left ()';
export const PER_INSTANCE = 'on (job, instance)';
export const PER_PEER = 'on (job, instance, peer)';
