/** Tables of scenarios: a script, and what its one verdict must say. */
import { expect, test } from 'vitest';
import type { Verdict } from '../../src/classify/outcome.ts';
import { type Play, verdictOf } from './sip.ts';

/** The part of a verdict that a row states. */
export type Expected = Partial<Omit<Verdict, 'sip' | 'timing' | 'q850'>> & {
  readonly sip?: Partial<Verdict['sip']>;
  readonly timing?: Partial<Verdict['timing']>;
  readonly q850?: Partial<NonNullable<Verdict['q850']>> | null;
};
export type Row = readonly [name: string, script: string, expected: Expected, options?: Play];

/** One test a row. */
export function scenarios(rows: readonly Row[]): void {
  for (const [name, script, expected, options] of rows) {
    test(name, () => {
      expect(verdictOf(script, options)).toMatchObject(expected);
    });
  }
}
