import { setTimeout as delay } from 'node:timers/promises';

/** Polls until `condition` holds; throws after the deadline, ms. */
export async function until(condition: () => boolean, deadline = 60_000): Promise<void> {
  const end = performance.now() + deadline;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`not within ${deadline} ms: ${condition}`);
    await delay(5);
  }
}

/** The same for a condition that has to be asked for; a rejection counts as "not yet". */
export async function untilAsync(
  condition: () => Promise<boolean>,
  deadline = 60_000,
): Promise<void> {
  const end = performance.now() + deadline;
  while (!(await condition().catch(() => false))) {
    if (performance.now() > end) throw new Error(`not within ${deadline} ms: ${condition}`);
    await delay(20);
  }
}
