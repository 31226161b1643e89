import type { Environment } from '../config/env.ts';
import { errorLines } from '../config/errors.ts';
import { loadSetup } from '../config/setup.ts';
import { Explainer } from '../explain/explain.ts';
import { explanationText } from '../explain/report.ts';
import { EXIT } from './args.ts';
import type { Streams } from './check-config.ts';
import type { ExplainArgs } from './parsed-args.ts';

/** `callfate explain`: what any code means. Returns the exit code. */
export function explainCommand(
  { query, config, json }: ExplainArgs,
  environment: Environment,
  streams: Streams,
): number {
  const setup = loadSetup({ file: config, environment });
  if (!setup.ok) {
    streams.err(`${errorLines(setup.error).join('\n')}\n`);
    return EXIT.configuration;
  }
  const explained = new Explainer(setup.value.vocabularies.all).explain(query);
  if (!explained.ok) {
    streams.err(`callfate: ${explained.error}\n`);
    return EXIT.usage;
  }
  const { value } = explained;
  streams.out(json ? `${JSON.stringify(value, null, 2)}\n` : explanationText(value));
  return EXIT.ok;
}
