import { startEngineThread } from '../engine-client.ts';

export interface RunOptions {
  /** Path of the configuration file; null: defaults and environment. */
  readonly file: string | null;
  /** Interface to capture from, in place of the configured one; null: as configured. */
  readonly interface?: string | null;
  /** A live capture comes on standard input. */
  readonly pcap?: boolean;
}

/** `callfate run`: runs until SIGTERM or SIGINT. Resolves with the exit code. */
export async function runCommand(options: RunOptions): Promise<number> {
  // Before all that this thread has to load: the two load at the same time.
  const thread = startEngineThread();
  const { runSidecar } = await import('./run/sidecar.ts');
  return runSidecar(options, thread);
}
