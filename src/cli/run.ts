import { startEngineThread } from '../engine-client.ts';
import type { RunOptions } from './run/options.ts';

/** `callfate run`: runs until SIGTERM or SIGINT. Resolves with the exit code. */
export async function runCommand(options: RunOptions): Promise<number> {
  // Until somebody listens it would end the process. The configuration is read later, so there is nothing to reload.
  process.on('SIGHUP', () => undefined);
  // Before all that this thread has to load: the two load at the same time.
  const thread = startEngineThread();
  const { runSidecar } = await import('./run/sidecar.ts');
  return runSidecar(options, thread);
}
