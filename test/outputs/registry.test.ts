import {
  Counter,
  type OpenMetricsContentType,
  type PrometheusContentType,
  Registry,
} from 'prom-client';
import { describe, expect, test } from 'vitest';
import { Bank, createLayout } from '../../src/outputs/bank.ts';
import { Exposition } from '../../src/outputs/exposition.ts';
import { METRICS } from '../../src/outputs/metric-table.ts';
import { CallRecorder } from '../../src/outputs/recorder.ts';
import { registerFamilies } from '../../src/outputs/registry.ts';
import type { Format } from '../../src/outputs/text-format.ts';
import { clientRegistry, INPUT, parse, verdict } from './fixtures.ts';

const EDGE_NAMES = METRICS.filter(({ side }) => side === 'edge').map(({ name }) => name);

function setUp() {
  const bank = new Bank(createLayout(INPUT));
  const recorder = new CallRecorder(bank);
  const timing = { postDialDelay: 0.4, ring: 2, talk: 90, hold: null, total: 3 };
  recorder.attemptEnded(verdict({ timing }), 2);
  recorder.branchFinal(2, 499);
  return { bank, recorder };
}

/** What our own writer says of the same bank, without the families of the edge. */
function expected(bank: Bank, recorder: CallRecorder, format: Format) {
  const text = new Exposition(bank.layout).render(format, bank.cells, recorder.exemplars());
  const { samples } = parse(text);
  for (const key of samples.keys()) {
    if (EDGE_NAMES.some((name) => key.startsWith(`${name} `))) samples.delete(key);
  }
  return samples;
}

describe("an embedder's registry", () => {
  test('says what our own writer says, in text', async () => {
    const { bank, recorder } = setUp();
    const registry = new Registry();
    registerFamilies(bank, registry, { exemplars: () => recorder.exemplars() });
    expect(parse(await registry.metrics()).samples).toEqual(expected(bank, recorder, 'text'));
  });

  test('says what our own writer says, in OpenMetrics, exemplars included', async () => {
    const { bank, recorder } = setUp();
    const registry = clientRegistry('openmetrics');
    registerFamilies(bank, registry, { exemplars: () => recorder.exemplars() });
    const { samples, ended } = parse(await registry.metrics());
    expect(samples).toEqual(expected(bank, recorder, 'openmetrics'));
    expect(Array.from(samples.values()).some(({ exemplar }) => exemplar !== '')).toBe(true);
    expect(ended).toBe(true);
  });

  test('keeps _total when it changes its content type to and fro', async () => {
    const { bank, recorder } = setUp();
    const registry = new Registry<OpenMetricsContentType | PrometheusContentType>();
    registerFamilies(bank, registry);
    const before = await registry.metrics();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    const between = parse(await registry.metrics());
    registry.setContentType(Registry.PROMETHEUS_CONTENT_TYPE);
    expect(await registry.metrics()).toBe(before);
    expect(between.types.get('callfate_attempts_started')).toBe('counter');
    expect(between.samples.size).toBe(expected(bank, recorder, 'openmetrics').size);
  });

  test('follows the bank, also into another layout, and is not reset', async () => {
    const { bank, recorder } = setUp();
    const registry = new Registry();
    registerFamilies(bank, registry);
    bank.relayout(createLayout({ ...INPUT, peers: ['other', 'new'] }));
    recorder.branchFinal(1, 200);
    registry.resetMetrics();
    const text = await registry.metrics();
    expect(text).toContain('callfate_branch_finals_total{peer="new",status="200"} 1');
    expect(text).toContain('reason="no_circuit",attribution="carrier"} 1');
  });

  test('serves JSON and merges with others', async () => {
    const { bank } = setUp();
    const registry = new Registry();
    registerFamilies(bank, registry);
    const other = new Registry();
    new Counter({ name: 'app_total', help: 'x', registers: [other] }).inc();
    const text = await Registry.merge([registry, other]).metrics();
    expect(text).toContain('app_total 1');
    expect(text).toContain('callfate_attempts_active 0');
    const json = await registry.getMetricsAsJSON();
    expect(json.map(({ name }) => name)).toContain('callfate_talk_seconds');
  });

  test('refuses a name that it has', () => {
    const { bank } = setUp();
    const registry = new Registry();
    registerFamilies(bank, registry);
    expect(() => registerFamilies(bank, registry)).toThrow('already been registered');
  });
});
