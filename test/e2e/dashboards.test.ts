/**
 * SIPp → Kamailio → callfate ← Prometheus, and every query of every dashboard asked of that Prometheus as Grafana would:
 * with all values of the variables, and with one of each. Grafana and Loki are no packages of this Debian: what is sent
 * to Loki is only held to the fields that log lines have.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { RECORDING_GROUPS } from '../../grafana/src/recording.ts';
import {
  type Board,
  defaultValues,
  labelQuery,
  prometheusTargets,
  readBoards,
  substitute,
  type Target,
  targetsOf,
  variablesIn,
} from '../grafana/boards.ts';
import { issue } from '../support/certificates.ts';
import { kamailioIn } from './rig/kamailio.ts';
import type { Prometheus } from './rig/prometheus.ts';
import { run } from './rig/promtool.ts';
import { type Calls, placeCalls } from './rig/sipp.ts';
import { Stack } from './rig/stack.ts';
import { canRun, expectLaws, SETTLE_MS } from './rig/suite.ts';
import { SCENARIOS } from './scenarios.ts';

const PROXY = '127.0.0.1:5060';
const SCRAPE_SECONDS = 2;
/** Grafana takes four scrapes at least; of which a busy machine may miss one. */
const RATE_INTERVAL = `${5 * SCRAPE_SECONDS}s`;
const RUN_MS = 30_000;

/** Endings that differ in what they count. The one that takes longest comes first and ends while others are played. */
const PLAYED = ['no-bye', 'bye-q850-38', 'cancel-elsewhere', 'refused-503', 'refused-486', 'fork'];
/** Prometheus sees no growth in a series that begins with its count: statuses and causes are counted once more. */
const AGAIN = 'refused-503';
const LIMITED: Calls = {
  name: 'limited',
  count: 2,
  target: PROXY,
  caller: { template: 'uac-hangs-up', values: { user: 'trunk', bye: 'X-Hangup: max' } },
  callees: [{ template: 'uas-answers', values: { ringMs: '200' }, address: '127.0.0.11' }],
};
const PROBES: Calls = {
  name: 'probes',
  count: 3,
  target: PROXY,
  caller: { template: 'uac-probes', values: { user: 'trunk' } },
  callees: [{ template: 'uas-is-probed', values: {}, address: '127.0.0.11' }],
};

/** One value of each variable of which there are too many to try. */
const CHOSEN: Readonly<Record<string, string>> = { reason: 'no_circuit_available' };

/** The rules as they are shipped, evaluated as often as this Prometheus scrapes; and an alert that always fires. */
const RULES = [
  ...RECORDING_GROUPS.map((group) => ({ ...group, interval: '1s' })),
  {
    name: 'test',
    interval: '1s',
    rules: [{ alert: 'CallfateTest', expr: 'callfate_build_info == 1' }],
  },
];
const CONFIGURATION = {
  global: { scrape_interval: `${SCRAPE_SECONDS}s`, scrape_timeout: `${SCRAPE_SECONDS}s` },
  rule_files: ['rules.yml'],
  scrape_configs: [{ job_name: 'callfate', static_configs: [{ targets: ['127.0.0.1:9606'] }] }],
};

/** Two events for a call that the platform refuses, as docs/context.md has them. */
const refusal = (task: string) =>
  ['callfate.policy.blacklist', 'callfate.refused'].map((type) => ({
    specversion: '1.0',
    id: `${task}-${type}`,
    source: '/dialler',
    type,
    subject: task,
  }));

const BOARDS = readBoards();
const PANELS = BOARDS.flatMap((board) =>
  board.panels
    .filter((panel) => prometheusTargets(panel).length > 0)
    .map((panel) => ({ board, panel, name: `${board.json.uid}: ${panel.title}` })),
);
const VARIABLES = BOARDS.flatMap((board) =>
  board.variables.flatMap((variable) => {
    const query = labelQuery(variable);
    return query === null ? [] : [{ board, query, name: `${board.json.uid}: ${variable.name}` }];
  }),
);

interface Sample {
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

/** Asks as Grafana does, and keeps what is a number. */
class Asker {
  readonly #prometheus: Prometheus;
  readonly #start: number;
  readonly #end: number;

  constructor(prometheus: Prometheus, start: number, end: number) {
    this.#prometheus = prometheus;
    this.#start = start;
    this.#end = end;
  }

  /** Series with at least one number; a ratio of nothing is none. */
  async series({ expr, instant }: Target, values: Readonly<Record<string, string>>) {
    const query = substitute(expr, {
      ...values,
      __rate_interval: RATE_INTERVAL,
      __range: `${Math.ceil(this.#end - this.#start)}s`,
      // Nothing here is a day old, or a week.
    }).replaceAll(/offset 1[dw]/g, 'offset 2s');
    const { result } = (await (instant
      ? this.#prometheus.ask('query', { query, time: String(this.#end) })
      : this.#prometheus.ask('query_range', {
          query,
          start: String(this.#start),
          end: String(this.#end),
          step: `${SCRAPE_SECONDS}s`,
        }))) as { readonly result: readonly Sample[] };
    return result.filter(({ value, values: many }) =>
      [...(many ?? []), ...(value ? [value] : [])].some(([, text]) =>
        Number.isFinite(Number(text)),
      ),
    );
  }

  async labelValues(query: { readonly series: string; readonly label: string }, board: Board) {
    const match = substitute(query.series, defaultValues(board));
    const values = await this.#prometheus.ask(`label/${query.label}/values`, { 'match[]': match });
    return values as readonly string[];
  }

  async exemplars(expr: string, values: Readonly<Record<string, string>>) {
    const query = substitute(expr, { ...values, __rate_interval: RATE_INTERVAL });
    const found = await this.#prometheus.ask('query_exemplars', {
      query,
      start: String(this.#start),
      end: String(this.#end),
    });
    return found as readonly { readonly exemplars: readonly { readonly labels: object }[] }[];
  }
}

/** Fields of a line as the `json` of Loki names them: nested names joined by `_`, lists left out. */
function fieldsOf(value: object, prefix = ''): string[] {
  return Object.entries(value).flatMap(([key, inner]) => {
    if (Array.isArray(inner)) return [];
    if (typeof inner === 'object' && inner !== null) return fieldsOf(inner, `${prefix}${key}_`);
    return [prefix + key];
  });
}

describe.runIf(canRun('dashboards', ['promtool']))('dashboards', () => {
  let stack: Stack;
  let asker: Asker;

  async function place(calls: Calls): Promise<void> {
    await placeCalls(stack.namespace, calls);
  }

  async function play(name: string, round = 'first'): Promise<void> {
    const scenario = SCENARIOS.find((one) => one.name === name);
    if (!scenario) throw new Error(`no scenario ${name}`);
    await place({ ...scenario, name: `${name}-${round}`, target: PROXY, count: 2 });
  }

  async function program(name: string, args: readonly string[]): Promise<void> {
    await stack.namespace.start({ name, command: process.execPath, args, ready: [] });
    expect(await stack.namespace.wait(name, RUN_MS)).toEqual({ code: 0, signal: null });
  }

  async function refuse(task: string): Promise<void> {
    const type = 'application/cloudevents-batch+json';
    const request = {
      method: 'POST',
      headers: { 'content-type': type },
      body: JSON.stringify(refusal(task)),
    };
    const script = `const { status } = await fetch('http://127.0.0.1:9606/v1/context', ${JSON.stringify(request)}); process.exit(status === 200 ? 0 : 1);`;
    await program(task, ['--input-type=module', '-e', script]);
  }

  beforeAll(async () => {
    stack = await Stack.open('dashboards', {
      callfate: 'callfate-dashboards.yml',
      prepare: async (directory) => {
        const { cert, key } = issue('server', null);
        const files = {
          'certificate.pem': cert,
          'key.pem': key,
          'rules.yml': stringify({ groups: RULES }),
          'prometheus.yml': stringify(CONFIGURATION),
        };
        for (const [file, text] of Object.entries(files))
          await writeFile(join(directory, file), text);
      },
      prometheus: (directory) => join(directory, 'prometheus.yml'),
      pbx: (directory) => kamailioIn(directory, { hep: true }),
    });
    const { namespace, prometheus } = stack;
    await prometheus.settled(SETTLE_MS);
    const start = (await prometheus.lastScrape()) ?? 0;
    for (const name of PLAYED) await play(name);
    await place(LIMITED);
    await place(PROBES);
    await refuse('task-1');
    const phones = [namespace.program('clients/main.js'), 'sip.js', 'jssip', 'vanish', '1'];
    await program('phones', [...phones, 'phones', 'relay']);
    await play(AGAIN, 'again');
    await prometheus.settled(SETTLE_MS);
    asker = new Asker(prometheus, start, (await prometheus.lastScrape()) ?? 0);
  });
  afterAll(async () => {
    await stack?.close();
  });

  test.for(VARIABLES)('$name has values', async ({ board, query }) => {
    expect(await asker.labelValues(query, board)).not.toEqual([]);
  });

  test.for(PANELS)('$name', async ({ board, panel }) => {
    const all = defaultValues(board);
    for (const target of prometheusTargets(panel)) {
      expect(await asker.series(target, all), target.expr).not.toEqual([]);
      await eachVariable(board, panel, target, all);
    }
  });

  /** Whatever one chooses is a query that Prometheus takes, and of some choice there is data. */
  async function eachVariable(
    board: Board,
    panel: Panel,
    target: Target,
    all: Readonly<Record<string, string>>,
  ): Promise<void> {
    for (const name of new Set(variablesIn(target.expr))) {
      const values = await choices(board, name);
      if (values.length === 0) continue;
      let found = 0;
      for (const value of values) {
        found += (await asker.series(target, { ...all, [name]: value })).length;
      }
      expect(found, `${panel.title} with each ${name}: ${target.expr}`).toBeGreaterThan(0);
    }
  }

  async function choices(board: Board, name: string): Promise<readonly string[]> {
    const variable = board.variables.find((one) => one.name === name);
    if (!variable) return [];
    if (variable.type === 'custom') return String(variable.query).split(',');
    const query = labelQuery(variable);
    if (query === null) return [];
    const chosen = CHOSEN[name];
    return chosen === undefined ? asker.labelValues(query, board) : [chosen];
  }

  test('faults carry the Call-ID of a call', async () => {
    const targets = PANELS.flatMap(({ board, panel }) =>
      prometheusTargets(panel).map((target) => ({ board, target })),
    ).filter(({ target }) => target.exemplar);
    expect(targets.length).toBeGreaterThan(1);
    for (const { board, target } of targets) {
      const found = await asker.exemplars(target.expr, defaultValues(board));
      const labels = found.flatMap(({ exemplars }) => exemplars.map((one) => one.labels));
      expect(labels, target.expr).toContainEqual({
        call_id: expect.stringMatching(/^refused-503-\w+-\d$/),
      });
    }
  });

  test.for(BOARDS)('$file marks an alert that fires', async (board) => {
    const [alerts] = board.json.annotations.list ?? [];
    const target = { refId: 'A', expr: alerts?.expr ?? '' };
    expect(await asker.series(target, defaultValues(board))).toHaveLength(1);
    const one = { ...defaultValues(board), job: 'callfate' };
    expect(await asker.series(target, one)).toHaveLength(1);
    const another = { ...defaultValues(board), job: 'other' };
    expect(await asker.series(target, another)).toHaveLength(0);
  });

  test('log lines have the fields that Loki is asked for', async () => {
    const log = await readFile(join(stack.namespace.directory, 'callfate.out'), 'utf8');
    const lines = log.split('\n').filter((line) => line.includes('"msg":"call ended"'));
    expect(lines.length).toBeGreaterThan(10);
    const verdicts = lines.map((line) => JSON.parse(line) as object);
    const fields = new Set(verdicts.flatMap((verdict) => fieldsOf(verdict)));
    const lists = new Set(verdicts.flatMap((verdict) => Object.keys(verdict)));
    const queries = BOARDS.flatMap(({ panels }) => panels)
      .filter(({ type }) => type === 'logs')
      .flatMap((panel) => targetsOf(panel).map(({ expr }) => expr));
    expect(queries.length).toBeGreaterThan(5);
    for (const expr of queries) {
      const shown = [...expr.matchAll(/\{\{\.(\w+)\}\}/g)].map(([, field = '']) => field);
      const compared = [...expr.matchAll(/\| (\w+)=~?[$"]/g)].map(([, field = '']) => field);
      const picked = [...expr.matchAll(/json list="(\w+)"/g)].map(([, field = '']) => field);
      expect(compared).toContain('msg');
      const names = [...shown.filter((field) => field !== 'list'), ...compared];
      expect(
        names.filter((field) => !fields.has(field)),
        expr,
      ).toEqual([]);
      expect(
        picked.filter((field) => !lists.has(field)),
        expr,
      ).toEqual([]);
    }
  });

  test('the example configuration of Prometheus is sound', () => {
    const checked = run('promtool', ['check', 'config', 'grafana/prometheus/prometheus.yaml']);
    expect(checked).toContain('2 rule files found');
  });

  test('the laws held in every scrape', async () => {
    await expectLaws(stack.prometheus);
  });
});
