import { setTimeout as delay } from 'node:timers/promises';

/** Polls until `condition` holds; throws after the deadline, ms. */
export async function until(condition: () => boolean, deadline = 10_000): Promise<void> {
  const end = performance.now() + deadline;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not within ${deadline} ms: ${condition}`);
    await delay(5);
  }
}
