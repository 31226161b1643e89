import 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** Labelled calls of a corpus that this test judged, and how many it judged right; `.ci/report.mjs` prints them. */
    corpus?: { readonly set: string; readonly right: number; readonly total: number };
  }
}
