/** The library: `createObserver` and the shape of what it gives. */
export type {
  Attribution,
  Certainty,
  Direction,
  EndedBy,
  EndedByRole,
  Evidence,
  EvidenceKind,
  Outcome,
  Stage,
  Verdict,
  VerdictBranch,
} from './classify/outcome.ts';
export type { ContextFact } from './context/kinds.ts';
export type { ContextAnswer, ContextResult } from './context/results.ts';
export { createObserver, type Observer, type ObserverOptions, type Sighting } from './observer.ts';
export { VERSION } from './version.ts';
