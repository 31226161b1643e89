/** Whether callfate sees all calls: the warning at the top of every view, and the view `#/health`. */
import type { Health } from '../api/health.ts';
import { ApiError, get } from './client.ts';
import { byId, el, facts, fill, link, table } from './dom.ts';
import { counted, lossesSince, plain } from './words.ts';

const REFRESH_MS = 5000;
/** A loss is warned of for so long after it was seen, ms. */
const WARN_MS = 300_000;

/** Asks again and again, and keeps what was said last. */
export class HealthWatch {
  #last: Health | null = null;
  #problem: string | null = null;
  #stream: string | null = null;
  /** By words, when it was seen last. */
  readonly #losses = new Map<string, number>();
  #draw: () => void = () => undefined;

  get last(): Health | null {
    return this.#last;
  }

  start(): void {
    const again = (): void => {
      void this.#ask().finally(() => setTimeout(again, REFRESH_MS));
    };
    again();
  }

  /** What is called when there is something new to draw; the view `#/health`. */
  onChange(draw: () => void): void {
    this.#draw = draw;
  }

  /** null: it is live. */
  streamBroken(words: string | null): void {
    this.#stream = words;
    this.#warn();
  }

  async #ask(): Promise<void> {
    if (document.hidden) return;
    try {
      const health = await get<Health>('/v1/health', AbortSignal.timeout(2 * REFRESH_MS));
      this.#note(lossesSince(this.#last, health));
      this.#last = health;
      this.#problem = null;
    } catch (error) {
      this.#problem =
        error instanceof ApiError
          ? error.message
          : 'callfate cannot be reached: what you see is old';
    }
    this.#warn();
    this.#draw();
  }

  #note(losses: readonly string[]): void {
    const now = Date.now();
    for (const words of losses) this.#losses.set(words, now);
    for (const [words, at] of this.#losses) if (now - at > WARN_MS) this.#losses.delete(words);
  }

  #warnings(): readonly string[] {
    const { laws, parts = {} } = this.#last ?? {};
    const notReady = Object.entries(parts).filter(([, ready]) => !ready);
    return [
      ...(this.#problem === null ? [] : [this.#problem]),
      ...(this.#stream === null ? [] : [`calls are not told as they end: ${this.#stream}`]),
      ...notReady.map(([name]) => `${plain(name)} is not ready`),
      ...this.#losses.keys(),
      ...(laws?.attempts === false || laws?.calls === false
        ? ['a conservation law is broken']
        : []),
    ];
  }

  #warn(): void {
    const banner = byId('banner');
    const warnings = this.#warnings();
    const text = warnings.join('; ');
    if (banner.dataset.text === text) return;
    banner.dataset.text = text;
    banner.hidden = warnings.length === 0;
    fill(
      banner,
      'callfate may be blind: ',
      el('span', {}, text),
      '. ',
      link('#/health', 'Input health'),
    );
  }
}

export function showHealth(watch: HealthWatch): { view: HTMLElement; stop: () => void } {
  const body = el('div', {});
  const draw = (): void => {
    if (watch.last !== null) fill(body, ...parts(watch.last));
    else fill(body, el('p', { class: 'hint' }, 'Nothing is known yet.'));
  };
  watch.onChange(draw);
  draw();
  return {
    view: el('section', {}, el('h1', { tabindex: -1 }, 'Input health'), body),
    stop: () => watch.onChange(() => undefined),
  };
}

function parts(health: Health): readonly HTMLElement[] {
  const { input, attempts, calls, laws, limits } = health;
  const holds = (law: boolean): string => (law ? 'holds' : 'BROKEN');
  const number = (n: number): string => n.toLocaleString('en');
  const hits = Object.entries(limits).map(([name, n]) => `${name} ${number(n)}`);
  const ready = Object.entries(health.parts).map(
    ([name, is]) => `${plain(name)}: ${is ? 'yes' : 'NO'}`,
  );
  return [
    facts([
      ['Ready', ready.join(', ')],
      [
        'Attempts',
        `${number(attempts.started)} started = ${number(attempts.ended)} ended + ${number(attempts.active)} active: ${holds(laws.attempts)}`,
      ],
      [
        'Calls',
        `${number(calls.opened)} opened = ${number(calls.closed)} closed + ${number(calls.open)} open + ${number(calls.merged)} merged: ${holds(laws.calls)}`,
      ],
      [
        'Dropped',
        `${counted(health.verdictsDropped, 'verdict')}, ${counted(health.logLinesDropped, 'log line')}`,
      ],
      ['Engine', `started again ${counted(health.engineRestarts, 'time')}`],
      ['Bounds hit', hits.length === 0 ? 'none' : hits.join(', ')],
      ['Version', health.version],
    ]),
    el('h2', {}, 'Input since the start'),
    input.length === 0
      ? el('p', { class: 'hint' }, 'Nothing has come in yet. docs/sources.md says how to send SIP.')
      : table(
          'Input by source',
          [
            { head: 'Source', cell: ({ source }) => plain(source) },
            { head: 'Frames', cell: ({ frames }) => number(frames), class: 'number' },
            { head: 'Messages', cell: ({ messages }) => number(messages), class: 'number' },
            { head: 'Not ours', cell: ({ notOurs }) => number(notOurs), class: 'number' },
            { head: 'Malformed', cell: ({ malformed }) => number(malformed), class: 'number' },
            { head: 'Lost', cell: ({ lost }) => number(lost), class: 'number' },
          ],
          input,
          ({ lost }) => ({ class: lost > 0 ? 'bad-row' : '' }),
        ),
  ];
}
