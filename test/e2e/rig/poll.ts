/** Calls `probe` until it gives a value; rejects at the deadline with what `state` says then. */
export async function poll<T>(
  probe: () => Promise<T | undefined> | T | undefined,
  deadlineMs: number,
  state: () => string,
): Promise<T> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`gave up after ${deadlineMs} ms: ${state()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
