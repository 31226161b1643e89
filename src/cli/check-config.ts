import type { Environment } from '../config/env.ts';
import { errorLines } from '../config/errors.ts';
import { configYaml } from '../config/print.ts';
import { loadSetup } from '../config/setup.ts';
import { countSeries } from '../series.ts';
import { type CheckConfigArgs, EXIT } from './args.ts';

/** Text of a command: `out` for its result, `err` for what went wrong. */
export interface Streams {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** `callfate check-config`: one line when all is well, or one for each mistake. Returns the exit code. */
export function checkConfig(
  args: CheckConfigArgs,
  environment: Environment,
  streams: Streams,
): number {
  const result = loadSetup({ file: args.config, environment }, countSeries);
  if (!result.ok) {
    streams.err(`${errorLines(result.error).join('\n')}\n`);
    return EXIT.configuration;
  }
  const { config, vocabularies } = result.value;
  const summary = `${args.config ?? 'defaults'}: the configuration is valid, ${config.peers.length} peers, ${vocabularies.enabled.length} vocabularies\n`;
  streams.out(args.print ? configYaml(config, { comments: false }) : summary);
  return EXIT.ok;
}
