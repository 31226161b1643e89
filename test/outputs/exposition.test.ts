import fc from 'fast-check';
import { Counter, Gauge, Histogram } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { Bank, createLayout, seriesLabels } from '../../src/outputs/bank.ts';
import { Exposition } from '../../src/outputs/exposition.ts';
import {
  type Family,
  labelNames,
  METRICS,
  type MetricName,
} from '../../src/outputs/metric-table.ts';
import { CallRecorder } from '../../src/outputs/recorder.ts';
import { END_MARK, type Exemplar, type Format } from '../../src/outputs/text-format.ts';
import { clientRegistry, INPUT, parse, sampleKey, verdict } from './fixtures.ts';

const layout = createLayout(INPUT);

function render(bank: Bank, format: Format, exemplars: readonly Exemplar[] = []) {
  const text = new Exposition(bank.layout).render(format, bank.cells, exemplars);
  return parse(`${text}${END_MARK[format]}`);
}

/** prom-client's answer to the same operations. */
class Oracle {
  readonly registry: ReturnType<typeof clientRegistry>;
  readonly #metrics = new Map<string, Counter | Gauge | Histogram>();

  constructor(format: Format) {
    this.registry = clientRegistry(format);
    for (const { definition, seriesCount } of layout.families) {
      const metric = this.#create(definition);
      this.#metrics.set(definition.name, metric);
      if (!definition.preinit) continue;
      for (let series = 0; series < seriesCount; series++) {
        const labels = labelsOf(definition.name as MetricName, series);
        if (metric instanceof Histogram) metric.zero(labels);
        else if (metric instanceof Gauge) metric.set(labels, 0);
        else metric.inc(labels, 0);
      }
    }
  }

  apply(name: MetricName, series: number, value: number): void {
    const metric = this.#metrics.get(name);
    const labels = labelsOf(name, series);
    if (metric instanceof Histogram) metric.observe(labels, value);
    else if (metric instanceof Gauge) metric.set(labels, value);
    else metric?.inc(labels, value);
  }

  #create(family: Family): Counter | Gauge | Histogram {
    const { name, help, type, buckets } = family;
    const options = { name, help, labelNames: labelNames(family), registers: [this.registry] };
    if (type === 'histogram') return new Histogram({ ...options, buckets: [...buckets] });
    return type === 'gauge' ? new Gauge(options) : new Counter(options);
  }
}

function labelsOf(name: MetricName, series: number): Record<string, string> {
  const family = layout.family(name);
  const values = seriesLabels(family, series);
  return Object.fromEntries(
    labelNames(family.definition).map((label, index) => [label, values[index] ?? '']),
  );
}

function apply(bank: Bank, name: MetricName, series: number, value: number): void {
  const family = layout.family(name);
  const cell = family.base + series * family.width;
  if (family.definition.type === 'histogram') bank.observe(cell, value);
  else if (family.definition.type === 'gauge') bank.set(cell, value);
  else bank.add(cell, value);
}

/** Any series, with a value that its type allows; never 0, which prom-client shows and we do not when untouched. */
const operation = fc.constantFrom(...METRICS).chain(({ name, type }) => {
  const positive = fc.oneof(
    fc.integer({ min: 1, max: 1e9 }),
    fc.double({ min: 1e-9, max: 1e25, noNaN: true }),
  );
  const special = fc.constantFrom(
    -1,
    -0.25,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
  );
  return fc.record({
    name: fc.constant(name),
    series: fc.nat({ max: layout.family(name).seriesCount - 1 }),
    value: type === 'gauge' ? fc.oneof(positive, special) : positive,
  });
});

describe.each(['text', 'openmetrics'] as const)('%s', (format) => {
  test('says what prom-client says', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 60 }), async (operations) => {
        const bank = new Bank(layout);
        const oracle = new Oracle(format);
        for (const { name, series, value } of operations) {
          apply(bank, name, series, value);
          oracle.apply(name, series, value);
        }
        const expected = parse(await oracle.registry.metrics());
        const actual = render(bank, format);
        expect(actual.samples).toEqual(expected.samples);
        expect(actual.types).toEqual(expected.types);
        expect(actual.help).toEqual(expected.help);
        expect(actual.ended).toBe(expected.ended);
        expect(actual.ended).toBe(format === 'openmetrics');
      }),
      { numRuns: 30 },
    );
  });

  test('writes nothing of untouched series that are not initialised', () => {
    const bank = new Bank(layout);
    const before = render(bank, format).samples.size;
    bank.add(bank.cell('callfate_q850_causes_total', '34', 'response'));
    const { samples } = render(bank, format);
    expect(samples.size).toBe(before + 1);
    const key = sampleKey('callfate_q850_causes_total', { cause: '34', seen_in: 'response' });
    expect(samples.get(key)?.value).toBe(1);
  });

  test('writes bounds as floats, so that a series does not depend on the scraper', () => {
    const text = new Exposition(layout).render(format, new Bank(layout).cells);
    const bounds = new Set(Array.from(text.matchAll(/le="([^"]*)"/g), ([, bound]) => bound));
    expect(bounds).toContain('1.0');
    expect(bounds).toContain('0.25');
    expect(bounds).toContain('+Inf');
    expect(bounds).not.toContain('1');
  });

  test('renders the same again', () => {
    const bank = new Bank(layout);
    const exposition = new Exposition(layout);
    const first = exposition.render(format, bank.cells);
    exposition.render('openmetrics', bank.cells);
    exposition.render('text', bank.cells);
    expect(exposition.render(format, bank.cells)).toBe(first);
  });
});

test('the series that exist from the start', () => {
  const names = Array.from(render(new Bank(layout), 'text').samples.keys(), (key) =>
    key.slice(0, key.indexOf(' ')),
  );
  const counts = Object.fromEntries(METRICS.map(({ name }) => [name, 0]));
  for (const name of names) {
    const family = name.replace(/_(bucket|sum|count)$/, '');
    counts[family] = (counts[family] ?? 0) + 1;
  }
  // 3 tuples, 5 directions, 3 peers, 17 outcomes, 8 kinds of evidence; a histogram adds +Inf, sum and count.
  expect(counts).toMatchObject({
    callfate_attempts_started_total: 1,
    callfate_attempts_ended_total: 3 * 5,
    callfate_peer_attempts_ended_total: 3 * 5 * 17,
    callfate_branch_finals_total: 0,
    callfate_q850_causes_total: 0,
    callfate_evidence_conflicts_total: 8 * 8,
    callfate_post_dial_delay_seconds: 5 * 2 * (13 + 3),
    callfate_ring_seconds: 5 * 2 * (14 + 3),
    callfate_talk_seconds: 5 * (14 + 3),
    callfate_receive_buffer_bytes: 0,
    callfate_orphans_total: 6,
    callfate_limit_hits_total: 16,
    callfate_media_reports_total: 5,
    callfate_context_events_total: 13,
    callfate_context_requests_refused_total: 9,
    callfate_context_facts_total: 0,
    callfate_context_attempts_ended_total: 0,
    callfate_websocket_rejected_total: 8,
    callfate_build_info: 1,
  });
  expect(Object.keys(counts)).toHaveLength(METRICS.length);
});

test('names follow the rules of both formats', () => {
  for (const { name, type } of METRICS) {
    expect(name).toMatch(/^callfate_[a-z][a-z0-9_]*$/);
    expect(name.endsWith('_total'), name).toBe(type === 'counter');
    expect(name).not.toMatch(/_(bucket|sum|count|created)$/);
  }
  expect(new Set(METRICS.map(({ name }) => name)).size).toBe(METRICS.length);
});

describe('exemplars', () => {
  const bank = new Bank(layout);
  const ended = ['outbound', 'unreachable', 'no_circuit', 'carrier'];
  const key = sampleKey('callfate_attempts_ended_total', {
    direction: 'outbound',
    outcome: 'unreachable',
    reason: 'no_circuit',
    attribution: 'carrier',
  });
  const exemplar = (cell: number, callId: string): Exemplar => ({
    cell,
    labels: { call_id: callId },
    value: 1,
    timestamp: 1763719202.5,
  });
  const cell = bank.cell('callfate_attempts_ended_total', ...ended);

  test('stand on their counter, escaped', () => {
    const { samples } = render(bank, 'openmetrics', [exemplar(cell, 'a"b\\c')]);
    expect(samples.get(key)?.exemplar).toBe('{call_id="a\\"b\\\\c"} 1 1763719202.5');
    const marked = Array.from(samples.values()).filter((sample) => sample.exemplar !== '');
    expect(marked).toHaveLength(1);
  });

  test('stand on the bucket of their cell, and on +Inf for the count cell', () => {
    const talk = bank.cell('callfate_talk_seconds', 'inbound');
    const { samples } = render(bank, 'openmetrics', [
      exemplar(talk + 1, 'three'),
      exemplar(talk + 15, 'long'),
    ]);
    const bucket = (le: string) =>
      samples.get(sampleKey('callfate_talk_seconds_bucket', { direction: 'inbound', le }));
    expect(bucket('3.0')?.exemplar).toContain('three');
    expect(bucket('+Inf')?.exemplar).toContain('long');
  });

  test('are never in text, nor on a gauge', () => {
    const gauge = exemplar(bank.cell('callfate_attempts_active'), 'x');
    const all = [exemplar(cell, 'x'), gauge];
    expect(render(bank, 'text', all).samples.get(key)?.exemplar).toBe('');
    const open = render(bank, 'openmetrics', [gauge]);
    expect(open.samples.get(sampleKey('callfate_attempts_active'))?.exemplar).toBe('');
  });

  test('are left out when their labels hold more than 128 code points', () => {
    const of = (callId: string) =>
      render(bank, 'openmetrics', [exemplar(cell, callId)]).samples.get(key)?.exemplar;
    expect(of('x'.repeat(121))).not.toBe('');
    expect(of('x'.repeat(122))).toBe('');
    // One code point each, two UTF-16 units.
    expect(of('😀'.repeat(121))).not.toBe('');
    expect(of('😀'.repeat(122))).toBe('');
  });

  test('are what prom-client writes', async () => {
    const recorded = new Bank(layout);
    const recorder = new CallRecorder(recorded);
    recorder.attemptEnded(verdict({ callId: 'one' }), 1);
    const registry = clientRegistry('openmetrics');
    const counter = new Counter<string>({
      name: 'callfate_attempts_ended_total',
      help: 'x',
      labelNames: ['direction', 'outcome', 'reason', 'attribution'],
      registers: [registry],
      enableExemplars: true,
    });
    const labels = {
      direction: 'outbound',
      outcome: 'unreachable',
      reason: 'no_circuit',
      attribution: 'carrier',
    };
    counter.inc({ labels, value: 1, exemplarLabels: { call_id: 'one' } });
    const ours = render(recorded, 'openmetrics', recorder.exemplars()).samples.get(key);
    const theirs = parse(await registry.metrics()).samples.get(key);
    const withoutTime = (sample = { value: 0, exemplar: '' }) => ({
      ...sample,
      exemplar: sample.exemplar.replace(/ \S+$/, ''),
    });
    expect(withoutTime(ours)).toEqual(withoutTime(theirs));
    expect(withoutTime(ours).exemplar).toBe('{call_id="one"} 1');
  });
});
