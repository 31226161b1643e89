/** The budget of series: what a configuration can make, before anything is started with it. */
import type { Vocabulary } from './classify/vocabulary/vocabulary.ts';
import type { Config } from './config/schema.ts';
import { engineOptions } from './engine-options.ts';
import { layoutFor } from './metric-layout.ts';
import { seriesOf } from './outputs/bank.ts';
import { VERSION } from './version.ts';

/** Series of callfate's own that a scrape can have at most under this configuration. */
export function countSeries(config: Config, enabled: readonly Vocabulary[]): number {
  return seriesOf(layoutFor(engineOptions(config, VERSION, enabled)));
}
