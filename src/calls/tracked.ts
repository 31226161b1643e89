/** What became of a message. `OTHER_METHOD`: not part of any call, as far as the tracker cares. */
export const TRACKED = { TAKEN: 0, OTHER_METHOD: 1 } as const;
