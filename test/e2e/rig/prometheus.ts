/** What Prometheus knows of callfate, through its query API. */
import type { Namespace } from './namespace.ts';
import { poll } from './poll.ts';

const API = 'http://127.0.0.1:9090/api/v1';

/** Every sample of one scrape: `name{label="value",…}`, labels sorted, to value. */
export type Scrape = ReadonlyMap<string, number>;

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data: { readonly result: readonly Sample[] };
}

/** Labels that Prometheus adds itself. */
const OWN_LABELS = new Set(['__name__', 'job', 'instance']);

export class Prometheus {
  readonly #namespace: Namespace;

  constructor(namespace: Namespace) {
    this.#namespace = namespace;
  }

  /** An instant query; `at` is Unix time in seconds, absent: now. */
  async query(expression: string, at?: number): Promise<readonly Sample[]> {
    const parameters = new URLSearchParams({ query: expression });
    if (at !== undefined) parameters.set('time', String(at));
    const { status, body } = await this.#namespace.fetch(`${API}/query?${parameters}`);
    const answer = JSON.parse(body) as Answer;
    if (status !== 200) throw new Error(`${expression}: ${status} ${answer.error}`);
    return answer.data.result;
  }

  /** `data` of any other answer of the API, such as `query_range`, `query_exemplars` or `label/NAME/values`. */
  async ask(path: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
    const query = new URLSearchParams(parameters);
    const { status, body } = await this.#namespace.fetch(`${API}/${path}?${query}`);
    const answer: { readonly data: unknown; readonly error?: string } = JSON.parse(body);
    if (status !== 200) throw new Error(`${path} ${query}: ${status} ${answer.error}`);
    return answer.data;
  }

  /** The one value of an expression, undefined when it has none. */
  async scalar(expression: string, at?: number): Promise<number | undefined> {
    const sample = (await this.query(expression, at))[0];
    return sample && Number(sample.value[1]);
  }

  /** Time of the newest scrape of callfate, undefined before the first. */
  lastScrape(): Promise<number | undefined> {
    return this.scalar('timestamp(callfate_attempts_started_total)');
  }

  /** All samples of one scrape share its timestamp, so a query at that time mixes no two scrapes. */
  async scrape(at: number): Promise<Scrape> {
    const samples = await this.query('{__name__=~"callfate_.+"}', at);
    return new Map(samples.map(({ metric, value }) => [seriesName(metric), Number(value[1])]));
  }

  /**
   * The second of two scrapes that show `started` attempts in all and none in progress: the first might hide a count
   * that is still to come. `started` absent: any number, the same in both; no scrape of before counts then, which may
   * have found it idle between two calls.
   */
  async settled(deadlineMs: number, started?: number): Promise<Scrape> {
    const since = started === undefined ? Date.now() / 1000 : 0;
    const first = await this.#idleScrape(since, deadlineMs, started);
    const second = await this.#idleScrape(first.at, deadlineMs, started ?? first.started);
    return this.scrape(second.at);
  }

  /** The first scrape later than `after` with nothing in progress. */
  async #idleScrape(after: number, deadlineMs: number, started?: number): Promise<Progress> {
    let seen: Progress | undefined;
    const state = () => `expected ${started} attempts and none active: ${JSON.stringify(seen)}`;
    const probe = async () => {
      seen = await this.#progress();
      if (seen === undefined || seen.at <= after || seen.active > 0 || seen.open > 0) return;
      if (seen.started > (started ?? seen.started)) throw new Error(state());
      return seen.started === (started ?? seen.started) ? seen : undefined;
    };
    return poll(probe, deadlineMs, state);
  }

  async #progress(): Promise<Progress | undefined> {
    const at = await this.lastScrape();
    if (at === undefined) return undefined;
    const read = async (name: string) => (await this.scalar(name, at)) ?? Number.NaN;
    return {
      at,
      started: await read('callfate_attempts_started_total'),
      active: await read('callfate_attempts_active'),
      open: await read('callfate_calls_open'),
    };
  }
}

interface Progress {
  readonly at: number;
  readonly started: number;
  readonly active: number;
  readonly open: number;
}

/** How much each counter of these families grew; those that did not are left out. */
export function increments(
  before: Scrape,
  after: Scrape,
  families: readonly string[],
): Record<string, number> {
  const grown = [...after]
    .filter(([series]) => families.includes(series.split('{', 1)[0] ?? ''))
    .map(([series, value]) => [series, value - (before.get(series) ?? 0)] as const)
    .filter(([, growth]) => growth !== 0);
  return Object.fromEntries(grown);
}

/** `name{label="value",…}` with the labels sorted, as `Scrape` holds it. */
export function seriesName(metric: Readonly<Record<string, string | undefined>>): string {
  const labels = Object.keys(metric)
    .filter((label) => !OWN_LABELS.has(label))
    .sort((a, b) => (a < b ? -1 : 1))
    .map((label) => `${label}="${metric[label]}"`);
  const name = metric.__name__ ?? '';
  return labels.length === 0 ? name : `${name}{${labels.join(',')}}`;
}
