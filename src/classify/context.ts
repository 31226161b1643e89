/** The closed set of context facts, under the name by which the verdict's readers know it. */
export {
  CONTEXT_KINDS,
  CONTEXT_SOURCES,
  type ContextFact,
  type ContextKind,
  type ContextSource,
} from '../context/kinds.ts';
