import { describe, expect, test } from 'vitest';
import { METRICS } from '../../src/outputs/metric-table.ts';
import { ProcessMetrics } from '../../src/outputs/process-metrics.ts';
import { parse, sampleKey } from './fixtures.ts';

describe('process metrics', () => {
  const metrics = new ProcessMetrics();
  const cpu = sampleKey('process_cpu_seconds_total');

  test('keep the names of their samples in both formats, whichever came first', async () => {
    await metrics.render('openmetrics');
    const text = parse(await metrics.render('text'));
    const open = parse(await metrics.render('openmetrics'));
    expect(text.samples.has(cpu)).toBe(true);
    expect(open.samples.has(cpu)).toBe(true);
    expect(text.types.get('process_cpu_seconds_total')).toBe('counter');
    expect(open.types.get('process_cpu_seconds')).toBe('counter');
    expect(open.types.has('process_cpu_seconds_total')).toBe(false);
  });

  test('hold the values of the process', async () => {
    const { samples } = parse(await metrics.render('text'));
    expect(samples.get(cpu)?.value).toBeGreaterThan(0);
    expect(samples.get(sampleKey('process_resident_memory_bytes'))?.value).toBeGreaterThan(1e6);
    const [major, minor, patch] = process.version.slice(1).split('.');
    const labels = { version: process.version, major, minor, patch } as Record<string, string>;
    expect(samples.get(sampleKey('nodejs_version_info', labels))?.value).toBe(1);
  });

  test('share no name with ours and carry no end mark', async () => {
    const { types, ended } = parse(await metrics.render('openmetrics'));
    expect(ended).toBe(false);
    for (const { name } of METRICS) {
      expect(types.has(name)).toBe(false);
      expect(types.has(name.replace(/_total$/, ''))).toBe(false);
    }
    expect(types.size).toBeGreaterThan(10);
  });
});
