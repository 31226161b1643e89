/** Scripts of messages and context events, played through the whole engine with every shipped vocabulary. */
import type { Verdict } from '../../src/classify/outcome.ts';
import { DEFAULTS } from '../../src/config/schema.ts';
import { shippedVocabularies } from '../../src/config/setup.ts';
import { parseContextEvent } from '../../src/context/event.ts';
import type { ContextAnswer } from '../../src/context/results.ts';
import { Engine } from '../../src/engine.ts';
import { engineOptions } from '../../src/engine-options.ts';
import type { MetricName } from '../../src/outputs/metric-table.ts';
import { SOURCES } from '../../src/sources/source.ts';
import { CONTEXT, perform } from './context.ts';
import { frameOf, type Play, peersOf, T0 } from './sip.ts';

const VOCABULARIES = shippedVocabularies(DEFAULTS);
/** Long after the last timer of any call, ms of a script. */
const LONG_AFTER_MS = 1_000_000_000;

export interface Judged {
  /** One a call. */
  readonly verdicts: readonly Verdict[];
  /** To the events of the script, in their order. */
  readonly answers: readonly ContextAnswer[];
  /** A cell of the metrics. */
  value(name: MetricName, ...labels: readonly string[]): number;
}

/** What the engine makes of a script, with the roles of its peers; lets time run out. */
export function throughEngine(script: string, { peers = {} }: Play = {}): Judged {
  const verdicts: Verdict[] = [];
  const answers: ContextAnswer[] = [];
  const options = engineOptions(DEFAULTS, 'test', VOCABULARIES);
  const tracker = { ...options.tracker, capacity: 64, endpoints: 256, context: CONTEXT };
  const engine = new Engine(
    { ...options, tracker, peers: peersOf(peers), seed: [1, 2] },
    (verdict) => verdicts.push(verdict),
  );
  const library = { source: SOURCES.indexOf('library'), transport: 17 };
  perform(script, {
    send: (step) => {
      const { bytes, meta } = frameOf(step);
      engine.pipeline.accept(bytes, { ...library, ...meta });
    },
    tell: (event, now) => {
      const parsed = parseContextEvent(event);
      answers.push(parsed.ok ? engine.context(parsed.value, now) : parsed.error);
    },
    advance: (at) => engine.tracker.advance(T0 + at),
  });
  engine.tracker.advance(T0 + LONG_AFTER_MS);
  engine.publish();
  const { bank } = engine;
  return {
    verdicts,
    answers,
    value: (name, ...labels) => bank.cells[bank.cell(name, ...labels)] ?? Number.NaN,
  };
}
