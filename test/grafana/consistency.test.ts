/** Metrics, rules, dashboards and runbooks name each other's things, both ways. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ALERTS, alertGroups } from '../../grafana/src/alert-rules.ts';
import { clock } from '../../grafana/src/clock.ts';
import { inputGroup } from '../../grafana/src/inputs.ts';
import { RECORDING_GROUPS } from '../../grafana/src/recording.ts';
import { RUNBOOKS_DOCUMENT } from '../../src/api/runbooks-document.ts';
import { METRICS } from '../../src/outputs/metric-table.ts';
import { familyOf, metricsIn, recordedIn, sources, wrongNames } from './queries.ts';

const DOCS = resolve(import.meta.dirname, '../../docs');
const GROUPS = [...RECORDING_GROUPS, inputGroup(clock())];
const RECORDED = new Set(
  GROUPS.flatMap(({ rules }) => rules.flatMap((rule) => ('record' in rule ? [rule.record] : []))),
);
const SOURCES = sources();

/** Metrics that no rule, dashboard or runbook needs, and why they are there. One that is used leaves this list. */
const UNUSED: Readonly<Record<string, string>> = {};

describe.each(SOURCES)('$path', ({ texts }) => {
  test('names metrics, labels, values and recorded series that exist', () => {
    expect(texts.flatMap((text) => wrongNames(text, RECORDED))).toEqual([]);
  });
});

test('the check of names finds what is wrong', () => {
  const wrong = [
    ['rate(callfate_attempts_endde_total[5m])', 'no metric callfate_attempts_endde_total'],
    ['callfate_attempts_ended_total{peer="x"}', 'callfate_attempts_ended_total has no label peer'],
    [
      'callfate_attempts_ended_total{outcome=~"failed|drpped"}',
      'callfate_attempts_ended_total outcome=~"failed|drpped"',
    ],
    ['callfate_log_lines_total{result="lost"}', 'callfate_log_lines_total result="lost"'],
    ['sum by (reson) (callfate_attempts_ended_total)', 'no label reson'],
    ['job:callfate_asr:ratio_rate7m', 'no recorded series job:callfate_asr:ratio_rate7m'],
    ['callfate_attempts_active_count', 'no metric callfate_attempts_active_count'],
  ] as const;
  for (const [text, found] of wrong) expect(wrongNames(text, RECORDED)).toEqual([found]);
  const right =
    'sum by (le) (rate(callfate_ring_seconds_bucket{connected="true",direction=~"$d"}[5m]))';
  expect(wrongNames(right, RECORDED)).toEqual([]);
});

test('every metric is used, or stands in the list of those that need not be', () => {
  const used = new Set(
    SOURCES.flatMap(({ texts }) => texts.flatMap(metricsIn)).map((name) => familyOf(name)?.name),
  );
  const unused = METRICS.map(({ name }) => name).filter((name) => !used.has(name));
  expect(new Set(unused)).toEqual(new Set(Object.keys(UNUSED)));
});

test('every recorded input of alerts is used by one', () => {
  const rules = SOURCES.find(({ path }) => path === 'grafana/prometheus/callfate.alerts.yaml');
  const used = new Set(rules?.texts.flatMap(recordedIn));
  const inputs = inputGroup(clock()).rules.flatMap((rule) =>
    'record' in rule ? [rule.record] : [],
  );
  expect(inputs.filter((name) => !used.has(name))).toEqual([]);
});

test('every recorded series that a page names exists', () => {
  const pages = readdirSync(DOCS)
    .filter((name) => name.endsWith('.md'))
    .map((name) => readFileSync(join(DOCS, name), 'utf8'));
  const named = pages.flatMap(recordedIn);
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => !RECORDED.has(name))).toEqual([]);
});

test('every sidecar hands out the runbook that its alert leads to', () => {
  const rules = alertGroups(clock())
    .flatMap((group) => group.rules)
    .filter((rule) => 'alert' in rule);
  expect(rules.length).toBe(ALERTS.length);
  for (const { alert, expr, annotations } of rules) {
    const [address = '', anchor = ''] = (annotations.runbook_url ?? '').split('#');
    expect(RUNBOOKS_DOCUMENT, alert).toContain(`<section id="${anchor}"><h2>${alert}</h2>`);
    // The link holds the label, so the expression must have it: without one there is no sidecar to ask.
    const hasInstance = !/absent|\b(?:by|on|without) \((?![^)]*\binstance\b)/.test(expr);
    const expected = hasInstance ? 'http://{{ $labels.instance }}/runbooks' : 'docs/runbooks.md';
    expect(address, alert).toBe(expected);
  }
});

test('every alert has a runbook, named as its link has it, and no two are alike', () => {
  const page = readFileSync(join(DOCS, 'runbooks.md'), 'utf8');
  const headings = [...page.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
  expect(headings).toEqual(ALERTS.map(({ name }) => name));
  expect(new Set(ALERTS.map(({ name }) => name.toLowerCase().slice(0, 37))).size).toBe(
    ALERTS.length,
  );
});
