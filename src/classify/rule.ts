import type { ContextSource } from '../context/kinds.ts';
import type { Case, Fact } from './facts.ts';
import type { EndedBy, EvidenceKind } from './outcome.ts';
import type { Reading } from './readings.ts';
import type { ReasonId } from './reasons.ts';

/**
 * How a fact weighs. `ruling` ends the matter; `specific` names a cause; `generic` is a default that any specific
 * cause beats, even one of a weaker kind; `synthetic` was made up by a PBX; `none` is shown and never decides;
 * nor does `impossible`, which the signalling rules out, and which is a conflict.
 */
export const WEIGHTS = [
  'ruling',
  'specific',
  'generic',
  'synthetic',
  'none',
  'impossible',
] as const;
export type Weight = (typeof WEIGHTS)[number];

/** A row of the evidence table. A fact is read by the first row whose conditions all hold. */
export interface Rule {
  readonly id: string;
  readonly on: Fact['type'];
  readonly kind: EvidenceKind;
  /** Conditions; one that is left out holds. */
  readonly protocol?: readonly string[];
  readonly causes?: readonly number[];
  readonly text?: RegExp;
  readonly seenIn?: readonly string[];
  /** Where a fact that was told came from. */
  readonly sources?: readonly ContextSource[];
  /** Final status of the message, or of the fact itself. */
  readonly status?: readonly number[];
  readonly when?: (fact: Fact, c: Case) => boolean;
  /** The reason, or the reading that looks it up. */
  readonly reason: ReasonId | Reading;
  /** `row`: generic or specific as the fact's own row says. */
  readonly weight: Weight | 'row';
  /** Who ended the call by it, when the reason is a constant. */
  readonly endedBy?: EndedBy;
  readonly certainty?: 'inferred' | 'assumed';
  readonly why: string;
}
