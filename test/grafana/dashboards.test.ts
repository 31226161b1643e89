/** The generated dashboards: what Grafana needs, what an operator needs, and queries that can have an answer. */
import type { Panel, Threshold } from '@grafana/grafana-foundation-sdk/dashboard';
import * as units from '@grafana/grafana-foundation-sdk/units';
import { describe, expect, test } from 'vitest';
import { OUTCOMES } from '../../src/classify/outcome.ts';
import { REASONS } from '../../src/classify/reasons.ts';
import {
  BUILT_IN,
  defaultValues,
  labelQuery,
  prometheusTargets,
  readBoards,
  substitute,
  targetsOf,
  variablesIn,
} from './boards.ts';
import { knownSeries, wrongSeries } from './families.ts';
import { passes, readPromql } from './promql.ts';

const BOARDS = readBoards();
const KNOWN = knownSeries();
const UNITS: ReadonlySet<unknown> = new Set(Object.values(units));
/** As Grafana writes the use of a variable. */
const use = (variable: string): string => `\${${variable}}`;
const PROMETHEUS = use('datasource');
const LOKI = use('loki');
const NUMERIC = ['timeseries', 'stat', 'table'];
const TYPES = [...NUMERIC, 'logs', 'text'];
/** The windows of Grafana's own variables; any length will do to read a query. */
const TIMES = { __rate_interval: '1m', __range: '1h' };
/** Names of Grafana's palette, which it adapts to the theme. */
const COLOUR =
  /^(?:(?:dark-|semi-dark-|light-|super-light-)?(?:red|orange|yellow|green|blue|purple)|text)$/;
/** Panels that are about what went wrong: a losing fork leg did not. */
const ABOUT_FAILURE = /fault|fail|drop|lost|unreachable/i;

const named = (panel: Panel): string => `${panel.title} (${panel.type})`;

describe('reading PromQL', () => {
  test.each([
    ['a_total', ['a_total'], []],
    ['rate(a{x="1",y=~"b|c"}[5m] offset 1d)', ['a'], []],
    ['60 * sum by (x, y) (rate(a[1m])) > 0 or sum(b)', ['a', 'b'], ['x', 'y']],
    ['a:b:c5m / on (job) group_left (z) d', ['a:b:c5m', 'd'], ['job', 'z']],
    ['time() - max without (q) (a{x="by (n) {m}"})', ['a'], ['q']],
    ['histogram_quantile(0.9, sum by (le) (rate(a_bucket[1m])))', ['a_bucket'], ['le']],
  ])('%s', (expression, names, grouping) => {
    const reading = readPromql(expression);
    expect(reading.selectors.map(({ name }) => name)).toEqual(names);
    expect(reading.grouping).toEqual(grouping);
  });

  test('a label that label_replace makes', () => {
    const expression =
      'label_replace(sum by (x) (a{y="b, \\"c\\""}) > 0, "new", "$1", "x", "(.+)")';
    expect(readPromql(expression)).toMatchObject({ made: ['new'], grouping: ['x'] });
  });

  test.each([
    ['rate($name[1m])', /variable/],
    ['{job="x"}', /without a name/],
    ['a{x="1"', /no }/],
  ])('refuses %s', (expression, message) => {
    expect(() => readPromql(expression)).toThrow(message);
  });

  test.each([
    ['callfate_no_such_total', 'no series callfate_no_such_total'],
    ['callfate_calls_open{peer="a"}', 'callfate_calls_open has no label peer'],
    [
      'callfate_attempts_ended_total{outcome=~"busy|bussy"}',
      'callfate_attempts_ended_total: no outcome is bussy',
    ],
    ['sum by (peer) (callfate_calls_open)', 'no label peer to group by'],
    [
      'job:callfate_asr:ratio_rate5m{direction="inbound"}',
      'job:callfate_asr:ratio_rate5m has no label direction',
    ],
  ])('finds what cannot be in %s', (expression, wrong) => {
    expect(wrongSeries(expression, KNOWN)).toEqual([wrong]);
  });
});

test('there are five dashboards, each with an address of its own', () => {
  expect(BOARDS.map(({ json }) => json.uid).toSorted()).toEqual([
    'callfate-call',
    'callfate-health',
    'callfate-overview',
    'callfate-peer',
    'callfate-reason',
  ]);
  for (const { file, json } of BOARDS) expect(file).toBe(`${json.uid}.json`);
  expect(new Set(BOARDS.map(({ json }) => json.title)).size).toBe(BOARDS.length);
});

describe.each(BOARDS)('$file', (board) => {
  const { json, panels, text } = board;
  const values = { ...defaultValues(board), ...TIMES };

  test('is one that Grafana provisions', () => {
    expect(json).toMatchObject({ id: null, tags: ['callfate'], timezone: 'browser' });
    expect(json.uid?.length).toBeLessThanOrEqual(40);
    // Grafana counts versions itself: one in the file would change with every save.
    expect(json.version).toBeUndefined();
    expect(json.description).not.toBe('');
  });

  test('gives every panel a number and a place of its own', () => {
    const all = json.panels ?? [];
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    const taken = new Map<string, string>();
    for (const panel of all) {
      const { x, y, w, h } = panel.gridPos ?? { x: 0, y: 0, w: 0, h: 0 };
      expect(w * h, panel.title).toBeGreaterThan(0);
      expect(x + w, panel.title).toBeLessThanOrEqual(24);
      for (let cell = 0; cell < w * h; cell += 1) {
        const place = `${x + (cell % w)},${y + Math.floor(cell / w)}`;
        expect(taken.get(place), `${panel.title} lies on`).toBeUndefined();
        taken.set(place, panel.title ?? '');
      }
    }
  });

  test('leaves no gap in a line of panels', () => {
    const lines = new Set(panels.map(({ gridPos }) => gridPos?.y));
    for (const y of lines) {
      const line = panels.map(({ gridPos }) => gridPos).filter((place) => place?.y === y);
      expect(
        line.reduce((sum, place) => sum + (place?.w ?? 0), 0),
        `line at ${y}`,
      ).toBe(24);
      expect(new Set(line.map((place) => place?.h)).size, `heights at ${y}`).toBe(1);
    }
  });

  test.each(panels)('$title: says what it is, and what to do', (panel) => {
    expect(TYPES).toContain(panel.type);
    expect(panel.title).toMatch(/\S/);
    expect(panel.description?.length).toBeGreaterThan(40);
    expect(panel.description).toMatch(/\.$/);
    if (panel.type === 'text') return;
    expect(panel.datasource?.uid).toBe(panel.type === 'logs' ? LOKI : PROMETHEUS);
    for (const target of targetsOf(panel)) expect(target.datasource).toEqual(panel.datasource);
    expect(new Set(targetsOf(panel).map(({ refId }) => refId)).size).toBe(targetsOf(panel).length);
    if (!NUMERIC.includes(panel.type)) return;
    const { unit, thresholds } = panel.fieldConfig?.defaults ?? {};
    expect(UNITS, unit).toContain(unit);
    const steps = thresholds?.steps.map(({ value }: Threshold) => value) ?? [];
    expect(steps[0]).toBeNull();
    expect(steps.slice(1)).toEqual(steps.slice(1).toSorted((a, b) => (a ?? 0) - (b ?? 0)));
  });

  test.each(panels)('$title: asks for series that exist', (panel) => {
    for (const { expr } of prometheusTargets(panel)) {
      expect(wrongSeries(substitute(expr, values), KNOWN), expr).toEqual([]);
    }
  });

  test.each(panels)('$title: names its series by labels that they have', (panel) => {
    for (const { expr, legendFormat = '' } of prometheusTargets(panel)) {
      const { selectors, grouping } = readPromql(substitute(expr, values));
      const own = selectors.flatMap(({ name }) => [...(KNOWN.get(name)?.keys() ?? [])]);
      const kept = new Set(grouping.length > 0 || expr.includes('sum by ()') ? grouping : own);
      const used = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
      expect(
        used.filter((label) => !kept.has(label ?? '')),
        expr,
      ).toEqual([]);
    }
  });

  test.each(panels.filter((panel) => ABOUT_FAILURE.test(named(panel))))(
    '$title: holds no answered_elsewhere',
    (panel) => {
      for (const { expr } of prometheusTargets(panel)) {
        for (const { name, matchers } of readPromql(substitute(expr, values)).selectors) {
          if (!KNOWN.get(name)?.has('outcome')) continue;
          const ways = matchers.filter(({ label }) => label === 'outcome');
          expect(
            ways.some((matcher) => !passes(matcher, 'answered_elsewhere')),
            expr,
          ).toBe(true);
        }
      }
    },
  );

  test('defines every variable that it uses, and uses every one that it defines', () => {
    const defined = new Set(board.variables.map(({ name }) => name));
    expect(defined.size).toBe(board.variables.length);
    const used = new Set(variablesIn(text).filter((name) => !BUILT_IN.has(name)));
    expect([...used].filter((name) => !defined.has(name))).toEqual([]);
    // A variable may stand in its own definition, so only its uses elsewhere count.
    const outside = new Set(variablesIn(JSON.stringify({ ...json, templating: undefined })));
    expect([...defined].filter((name) => !outside.has(name))).toEqual([]);
  });

  test('fills its variables out of series that exist', () => {
    const queries = board.variables.filter(({ type }) => type === 'query');
    expect(queries.length).toBeGreaterThan(0);
    for (const variable of queries) {
      const query = labelQuery(variable);
      expect(query?.label).toBe(variable.name);
      const series = substitute(query?.series ?? '', values);
      expect(wrongSeries(`sum by (${query?.label}) (${series})`, KNOWN)).toEqual([]);
      expect(variable.query).toMatchObject({ query: variable.definition });
      expect(variable.datasource?.uid).toBe(PROMETHEUS);
    }
  });

  test('keeps what nobody chooses out of links', () => {
    const hidden = board.variables.filter(({ type }) => type === 'constant');
    expect(hidden.filter(({ skipUrlSync }) => !skipUrlSync)).toEqual([]);
  });

  test('shows alerts', () => {
    const [alerts] = json.annotations.list ?? [];
    expect(alerts).toMatchObject({ enable: true, datasource: { uid: PROMETHEUS } });
    expect(wrongSeries(substitute(alerts?.expr ?? '', values), KNOWN)).toEqual([]);
  });

  test('links to dashboards that exist, and keeps time range and variables', () => {
    const links = [...text.matchAll(/"url": "(\/d\/[^"]*)"/g)].map(([, url = '']) => url);
    for (const url of links) {
      const [, uid] = /^\/d\/([\w-]+)\?/.exec(url) ?? [];
      const target = BOARDS.find((other) => other.json.uid === uid);
      expect(url).toMatch(/\$\{__url_time_range\}/);
      const kept = [...url.matchAll(/\$\{(\w+):queryparam\}/g)].map(([, name = '']) => name);
      const set = [...url.matchAll(/var-(\w+)=/g)].map(([, name = '']) => name);
      const there = target?.variables.map(({ name }) => name);
      expect(there, url).toEqual(expect.arrayContaining([...kept, ...set]));
      expect(kept, url).toEqual(expect.arrayContaining(['datasource', 'job', 'instance']));
    }
    expect(json.links).toMatchObject([
      { type: 'dashboards', tags: ['callfate'], includeVars: true, keepTime: true },
    ]);
  });

  test('has only colours that suit both themes', () => {
    const colours = [...text.matchAll(/"(?:color|fixedColor|iconColor)": "([^"]*)"/g)];
    expect(colours.length).toBeGreaterThan(0);
    expect(colours.map(([, colour = '']) => colour).filter((one) => !COLOUR.test(one))).toEqual([]);
  });

  test('says of every estimate that it is one', () => {
    for (const panel of panels) {
      if (!targetsOf(panel).some(({ expr }) => expr.includes('increase('))) continue;
      expect(panel.description, panel.title).toMatch(/about/i);
    }
  });

  test('rates over what fits the scrape interval', () => {
    const windows = panels
      .flatMap(prometheusTargets)
      .flatMap(({ expr }) => [...expr.matchAll(/\}\[([^\]]*)\]/g)].map(([, window]) => window));
    const allowed = ['$__rate_interval', '$__range', '$window', '1h'];
    expect(windows.filter((window) => !allowed.includes(window ?? ''))).toEqual([]);
  });
});

describe('faults', () => {
  const overview = BOARDS.find(({ json }) => json.uid === 'callfate-overview');
  const share = overview?.panels.find(({ title }) => title === 'Share of faults');

  test('are exactly the reasons that the table marks as abnormal', () => {
    if (!overview || !share) throw new Error('the panel is gone');
    const [target] = targetsOf(share);
    const expression = substitute(target?.expr ?? '', { ...defaultValues(overview), ...TIMES });
    const matchers = readPromql(expression).selectors[0]?.matchers ?? [];
    const found = REASONS.filter((row) =>
      matchers.every((matcher) => {
        if (matcher.label === 'outcome') return passes(matcher, row.outcome);
        return matcher.label !== 'reason' || passes(matcher, row.id);
      }),
    );
    expect(found.map(({ id }) => id)).toEqual(
      REASONS.filter(({ abnormal }) => abnormal).map(({ id }) => id),
    );
  });
});

test('every outcome has a colour, and every reason its advice', () => {
  const overview = BOARDS.find(({ json }) => json.uid === 'callfate-overview');
  const endings = overview?.panels.find(({ title }) => title === 'Endings a minute, by outcome');
  const coloured = endings?.fieldConfig?.overrides.map(({ matcher }) => matcher.options);
  expect(coloured?.toSorted()).toEqual(OUTCOMES.toSorted());

  const reasons = BOARDS.find(({ json }) => json.uid === 'callfate-reason');
  for (const { id, advice } of REASONS) {
    expect(reasons?.text).toContain(`${JSON.stringify(id)}: {`);
    expect(reasons?.text).toContain(JSON.stringify(advice));
  }
});
