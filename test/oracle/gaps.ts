import type { OracleCall } from './generate.ts';

/**
 * A shape of calls that the engine gets wrong today. Its calls are held out of the runs and stand in a test that has to
 * fail, so that the gap goes with the fault.
 */
export interface Gap {
  readonly name: string;
  /** What is wrong; the report with it says what would be right. */
  readonly why: string;
  /** Only under these faults; all when left out. */
  readonly faults?: readonly string[];
  /** The fault that shows it. */
  readonly shownBy: string;
  readonly matches: (call: OracleCall) => boolean;
}

export const GAPS: readonly Gap[] = [];

/** The gaps that a call falls into under this fault. */
export function gapsOf(call: OracleCall, fault: string): Gap[] {
  return GAPS.filter((gap) => (gap.faults?.includes(fault) ?? true) && gap.matches(call));
}
