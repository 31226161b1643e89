/** Puts one scrape together: the engine's snapshot, the edge's own counters and the process metrics. */
import { setTimeout } from 'node:timers/promises';
import { fail, ok, type Result } from '../lib/result.ts';
import { type Bank, sumCells } from './bank.ts';
import { Exposition } from './exposition.ts';
import type { Snapshot } from './recorder.ts';
import { END_MARK, type Format } from './text-format.ts';

/** Why there is no page: the engine did not answer in time, refused, or still has the layout of before a reload. */
export type ScrapeFailure = 'engine_timeout' | 'engine_failed' | 'reloading';

export interface MetricsPageOptions {
  /** Counters of this thread; same layout as the engine's. */
  readonly edge: Bank;
  readonly scrape: () => Promise<Snapshot>;
  readonly processMetrics: { render(format: Format): Promise<string> };
  /** How long the engine may take, ms. */
  readonly scrapeTimeoutMs: number;
}

export class MetricsPage {
  readonly #options: MetricsPageOptions;
  #exposition: Exposition;

  /** Sets `callfate_build_info`, which is constant. */
  constructor(options: MetricsPageOptions) {
    const { edge } = options;
    edge.set(edge.cell('callfate_build_info', edge.layout.input.version), 1);
    this.#options = options;
    this.#exposition = new Exposition(edge.layout);
  }

  async render(format: Format): Promise<Result<string, ScrapeFailure>> {
    const { edge, processMetrics } = this.#options;
    const [first, processText] = await Promise.all([
      this.#snapshot(),
      processMetrics.render(format),
    ]);
    // One that was asked for before a reload, and came after it: the engine is told of a reload before it is asked again.
    const isOld = first.ok && first.value.layoutId !== edge.layout.id;
    const taken = isOld ? await this.#snapshot() : first;
    if (!taken.ok) return taken;
    const { layoutId, cells, exemplars } = taken.value;
    if (layoutId !== edge.layout.id) return fail('reloading');
    if (this.#exposition.layout !== edge.layout) this.#exposition = new Exposition(edge.layout);
    const text = this.#exposition.render(format, sumCells(cells, edge.cells), exemplars);
    return ok(`${text}${processText}${END_MARK[format]}`);
  }

  async #snapshot(): Promise<Result<Snapshot, ScrapeFailure>> {
    const { scrape, scrapeTimeoutMs } = this.#options;
    const stop = new AbortController();
    const late = setTimeout(scrapeTimeoutMs, fail<ScrapeFailure>('engine_timeout'), {
      signal: stop.signal,
    });
    // Stopping the timer rejects it after the race is over.
    late.catch(() => {});
    try {
      return await Promise.race([scrape().then(ok), late]);
    } catch {
      return fail('engine_failed');
    } finally {
      stop.abort();
    }
  }
}
