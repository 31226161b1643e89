import type { ProcessMetrics } from './process-metrics.ts';
import type { Format } from './text-format.ts';

/** The process metrics, loaded apart: prom-client is much of the code of the edge, and only a scrape needs it. */
export class ProcessMetricsLoader {
  #metrics: Promise<ProcessMetrics> | null = null;

  /** They count from here on. */
  load(): Promise<ProcessMetrics> {
    this.#metrics ??= import('./process-metrics.ts').then((loaded) => new loaded.ProcessMetrics());
    return this.#metrics;
  }

  /** All families, without the end mark. */
  async render(format: Format): Promise<string> {
    return (await this.load()).render(format);
  }
}
