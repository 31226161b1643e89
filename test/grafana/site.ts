/** A made-up site whose calls are counted by the real recorder, so that rules are tried on the real metrics. */
import { REASONS } from '../../src/classify/reasons.ts';
import { SIP_STATUSES } from '../../src/classify/sip-status.ts';
import { Bank, createLayout, seriesLabels } from '../../src/outputs/bank.ts';
import { labelNames, type MetricName } from '../../src/outputs/metric-table.ts';
import { CallRecorder } from '../../src/outputs/recorder.ts';
import { formatLabels } from '../../src/outputs/text-format.ts';
import { verdict } from '../outputs/fixtures.ts';

const PEERS = ['other', 'carrier-a', 'carrier-b'];
const LAYOUT = createLayout({
  version: '1.2.3',
  peers: PEERS,
  prefixes: ['other'],
  vocabularyCodes: [],
  tuples: REASONS.map(({ id, outcome, attribution }) => ({ reason: id, outcome, attribution })),
  finalStatuses: SIP_STATUSES.map((row) => row.status).filter((status) => status >= 200),
});

/** How calls end: a reason, and the final status of their INVITE; 200 is an answer, 0 none. */
export type Ending = readonly [reason: string, status: number];
/** Endings with how many of them, over one peer. */
export type Calls = readonly (readonly [count: number, ending: Ending])[];

export const ANSWERED: Ending = ['normal_clearing_caller', 200];

/** An input series of promtool: what it is called, and a value for each step; null: no scrape. */
export interface Series {
  readonly series: string;
  readonly values: readonly (number | null)[];
}

export class Site {
  #bank = new Bank(LAYOUT);
  #recorder = new CallRecorder(this.#bank);
  readonly #steps: (Float64Array | null)[] = [];
  readonly #target: readonly (readonly [string, string])[];

  /** `instance`: the target of Prometheus. The configuration was taken over. */
  constructor(instance = 'pbx-1') {
    this.#target = [
      ['job', 'callfate'],
      ['instance', instance],
    ];
    this.set('callfate_config_last_reload_successful', [], 1);
  }

  /** These calls end in this step, over a peer. */
  end(calls: Calls, peer = 'carrier-a'): void {
    for (const [count, ending] of calls) {
      for (let i = 0; i < count; i++) this.#endOne(ending, PEERS.indexOf(peer));
    }
  }

  add(name: MetricName, labels: readonly string[], n: number): void {
    this.#bank.add(this.#bank.cell(name, ...labels), n);
  }

  set(name: MetricName, labels: readonly string[], value: number): void {
    this.#bank.set(this.#bank.cell(name, ...labels), value);
  }

  /** A scrape; `false`: nobody answers it. */
  scrape(answered = true): void {
    this.#steps.push(answered ? this.#bank.copy() : null);
  }

  /** Scrapes so far. */
  get steps(): number {
    return this.#steps.length;
  }

  /** Everything counted is gone. */
  restart(): void {
    this.#bank = new Bank(LAYOUT);
    this.#recorder = new CallRecorder(this.#bank);
    this.set('callfate_config_last_reload_successful', [], 1);
  }

  /** Every series that was ever another than 0 or stands alone in its family, and `up`. */
  series(): Series[] {
    const found: Series[] = [];
    for (const family of LAYOUT.families) {
      const { definition, base, width, seriesCount } = family;
      if (definition.type === 'histogram') continue;
      for (let at = 0; at < seriesCount; at++) {
        const cell = base + at * width;
        // A series that is once counted is not shown before.
        const values = this.#steps.map(
          (cells) => cells?.[cell] || (cells !== null && definition.preinit ? 0 : null),
        );
        const shown = values.some((value) => value !== null && value !== 0);
        if (!shown && (!definition.preinit || seriesCount > 1)) continue;
        const own = labelNames(definition).map(
          (label, i) => [label, seriesLabels(family, at)[i] ?? ''] as const,
        );
        found.push({
          series: `${definition.name}${formatLabels([...this.#target, ...own])}`,
          values,
        });
      }
    }
    const up = this.#steps.map((cells) => (cells === null ? 0 : 1));
    return [...found, { series: `up${formatLabels(this.#target)}`, values: up }];
  }

  #endOne([reason, status]: Ending, peer: number): void {
    const row = REASONS.find(({ id }) => id === reason);
    if (row === undefined) throw new Error(`no reason ${reason}`);
    const { outcome, attribution, stage } = row;
    const connected = status === 200;
    const facts = { reason, outcome, attribution, stage, connected };
    const seen = status === 0 ? null : status;
    const sip = { status: seen, phrase: null, farStatus: seen };
    this.#recorder.attemptEnded(verdict({ ...facts, sip }), peer, connected);
    if (status > 0) this.#recorder.branchFinal(peer, status);
    for (const name of ['callfate_attempts_started_total', 'callfate_calls_opened_total'] as const)
      this.add(name, [], 1);
    this.add('callfate_calls_closed_total', [], 1);
    this.add('callfate_input_frames_total', ['hep_udp'], 10);
    this.add('callfate_input_messages_total', ['hep_udp'], 10);
  }
}
