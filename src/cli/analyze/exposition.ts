import type { Engine } from '../../engine.ts';
import { Exposition } from '../../outputs/exposition.ts';

/** The counters as a scrape of the sidecar would have them, in Prometheus text. */
export function exposition(engine: Engine): string {
  const { cells } = engine.snapshot();
  return new Exposition(engine.bank.layout).render('text', cells);
}
