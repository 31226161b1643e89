/** Milliseconds since the Unix epoch, monotonic within the process: safe for timers and for display. */
export type Clock = () => number;

/** The live clock. `timeOrigin + now()` never steps back, unlike `Date.now()`, and agrees between threads. */
export const monotonicClock: Clock = () => performance.timeOrigin + performance.now();
