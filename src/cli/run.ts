import { startEngineThread } from '../engine-client.ts';
import type { RunOptions } from './run/options.ts';

/** `callfate run`: runs until SIGTERM or SIGINT. Resolves with the exit code. */
export async function runCommand(options: RunOptions): Promise<number> {
  // Before all that this thread has to load: the two load at the same time.
  const thread = startEngineThread();
  const { runSidecar } = await import('./run/sidecar.ts');
  return runSidecar(options, thread);
}
